"""How sweeps are planned: length and worth of visits, who may make them, speeds, the calendar."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from gis.errors import UsageError
from gis.policies.calendar import SATURDAY, Calendar, read_calendar
from gis.policies.reader import Reader, load, naming
from gis.settings import DATA
from gis.texts import _

SHIPPED: Final = DATA / "policies" / "sweep.toml"
LONGEST: Final = 24 * 60
MOST_COST: Final = 1_000_000
LONGEST_CURRENCY: Final = 10
NUMBERS: Final = ("unequal_percent", "night_minutes", "most_due")
SOURCES: Final = ("never", "overdue", "due_soon", "ranked")


@dataclass(frozen=True)
class Cost:
    """What the work of a sweep costs, where an authority says so. Raises UsageError for what cannot be."""

    team_hour: float
    """Of a team, all of its people together."""
    km: float
    currency: str

    def __post_init__(self) -> None:
        for name, amount in (("team_hour", self.team_hour), ("km", self.km)):
            if not 0 <= amount <= MOST_COST:
                text = _("{name}: {number} is not from {least} to {most}.")
                raise UsageError(text.format(name=f"cost.{name}", number=amount, least=0, most=MOST_COST))


@dataclass(frozen=True)
class SweepPolicy:
    """Numbers that an authority sets for its sweeps. Raises UsageError for those that cannot be."""

    usual_hours: str = "Mo-Fr 08:30-17:30"
    closed_on_holidays: bool = True
    unequal_percent: int = 50
    night_minutes: int = 120
    most_due: int = 200
    default_minutes: int = 45
    visit_minutes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Kind of facility -> length of a visit."""
    needs: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Kind of facility -> qualifications."""
    worth_minutes: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({"never": 180, "overdue": 120, "due_soon": 60, "ranked": 180})
    )
    calendar: Calendar = field(default_factory=Calendar)
    cost: Cost | None = None

    def __post_init__(self) -> None:
        spans = {"default": self.default_minutes, **self.visit_minutes}
        checked = [(f"visit_minutes of {name}", minutes, 1, LONGEST) for name, minutes in spans.items()]
        checked += [(f"worth_minutes of {name}", minutes, 0, LONGEST) for name, minutes in self.worth_minutes.items()]
        checked += [
            ("unequal_percent", self.unequal_percent, 0, 1000),
            ("night_minutes", self.night_minutes, 0, LONGEST),
            ("most_due", self.most_due, 0, 5000),
        ]
        for name, number, least, most in checked:
            if not least <= number <= most:
                text = _("{name}: {number} is not from {least} to {most}.")
                raise UsageError(text.format(name=name, number=number, least=least, most=most))

    def minutes_of(self, kind: str | None) -> int:
        """Length of a visit to a kind of facility."""
        return self.visit_minutes.get(kind or "", self.default_minutes)

    def is_worked(self, day: date) -> bool:
        """Whether teams work on the day; in a year without a known calendar from Monday to Friday."""
        worked = self.calendar.is_workday(day)
        return day.weekday() < SATURDAY if worked is None else worked

    def is_holiday(self, day: date) -> bool:
        """Whether a day of the working week is off."""
        return day.weekday() < SATURDAY and not self.is_worked(day)


def read_sweep_policy(file: Path | None = None) -> SweepPolicy:
    """The policy of a file, that of `data/policies/sweep.toml` where none is given. Raises UsageError."""
    return _make(Reader(file or SHIPPED, load(file or SHIPPED)))


def policy_to_json(policy: SweepPolicy) -> dict[str, Any]:
    """The policy as a plan keeps it: the keys of the file."""
    numbers = {name: getattr(policy, name) for name in (*NUMBERS, "usual_hours", "closed_on_holidays")}
    calendar = policy.calendar
    days = {"holidays": calendar.holidays, "workdays": calendar.workdays}
    cost = {"cost": vars(policy.cost)} if policy.cost else {}
    return {
        **numbers,
        "visit_minutes": {"default": policy.default_minutes, **policy.visit_minutes},
        "needs": {kind: sorted(needs) for kind, needs in policy.needs.items()},
        "worth_minutes": dict(policy.worth_minutes),
        "calendar": {
            "official": calendar.official,
            "years": sorted(calendar.years),
            **{name: sorted(day.isoformat() for day in those) for name, those in days.items()},
        },
        **cost,
    }


def policy_from_json(values: Mapping[str, Any]) -> SweepPolicy:
    """The way back. Raises UsageError, and ValueError or TypeError for what is no policy at all."""
    calendar = dict(values.get("calendar", {}))
    for name in ("holidays", "workdays"):
        calendar[name] = [date.fromisoformat(day) for day in calendar.get(name, [])]
    return _make(Reader(Path("policy"), {**values, "calendar": calendar}))


def _make(found: Reader) -> SweepPolicy:
    usual = SweepPolicy()
    tables = ("visit_minutes", "needs", "worth_minutes", "calendar", "cost")
    found.refuse_others("usual_hours", "closed_on_holidays", *NUMBERS, *tables)
    visits, needs, worth = (found.table(name) for name in tables[:3])
    worth.refuse_others(*SOURCES)
    hours, closed = found.values.get("usual_hours", usual.usual_hours), found.values.get("closed_on_holidays", True)
    if not isinstance(hours, str):
        raise found.wrong("usual_hours", _("a text such as 08:30-17:30"))
    if not isinstance(closed, bool):
        raise found.wrong("closed_on_holidays", _("true or false"))
    with naming(found.file):
        return SweepPolicy(
            usual_hours=hours,
            closed_on_holidays=closed,
            **{name: found.number(name, getattr(usual, name)) for name in NUMBERS},
            default_minutes=visits.number("default", usual.default_minutes),
            visit_minutes=MappingProxyType({k: visits.number(k, 0) for k in visits.values if k != "default"}),
            needs=MappingProxyType({kind: frozenset(needs.texts(kind)) for kind in needs.values}),
            worth_minutes=MappingProxyType({s: worth.number(s, usual.worth_minutes[s]) for s in SOURCES}),
            calendar=read_calendar(found.table("calendar")),
            cost=_read_cost(found.table("cost")) if "cost" in found.values else None,
        )


def _read_cost(found: Reader) -> Cost:
    found.refuse_others("team_hour", "km", "currency")
    amounts = {name: found.values.get(name, 0) for name in ("team_hour", "km")}
    for name, amount in amounts.items():
        if not isinstance(amount, int | float) or isinstance(amount, bool):
            raise found.wrong(name, _("a number"))
    currency = found.values.get("currency", "元")
    if not isinstance(currency, str) or not currency.isprintable() or not 1 <= len(currency) <= LONGEST_CURRENCY:
        raise found.wrong("currency", _("a short text such as 元"))
    return Cost(**amounts, currency=currency)


@cache
def shipped_sweep_policy() -> SweepPolicy:
    """That of `data/policies/sweep.toml`, read once."""
    return read_sweep_policy()
