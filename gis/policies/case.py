"""How long each step of a case against a facility may take, and which law says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, cast

from gis.errors import UsageError
from gis.policies.calendar import Calendar, read_calendar
from gis.policies.reader import Reader, load, naming
from gis.settings import DATA
from gis.texts import _

SHIPPED: Final = DATA / "policies" / "case.toml"
MOST_DAYS: Final = 366
LONGEST_HOLIDAY: Final = 30

ClockName = Literal["reply", "decision", "service", "appeal", "closure"]
CLOCKS: Final[tuple[ClockName, ...]] = ("reply", "decision", "service", "appeal", "closure")
Unit = Literal["workdays", "days"]


@dataclass(frozen=True)
class Clock:
    """A term. The day from which it runs is not part of it."""

    length: int
    unit: Unit
    legal_basis: str
    next_workday: bool = False
    """Where the last day is a day off the term ends with the next working day."""


_USUAL: Final[Mapping[ClockName, Clock]] = MappingProxyType(
    {
        "reply": Clock(5, "workdays", ""),
        "decision": Clock(90, "days", ""),
        "service": Clock(7, "workdays", ""),
        "appeal": Clock(60, "days", "", next_workday=True),
        "closure": Clock(15, "workdays", ""),
    }
)


@dataclass(frozen=True)
class CasePolicy:
    """The clocks of a case. Raises UsageError for one that cannot be."""

    clocks: Mapping[ClockName, Clock] = field(default_factory=lambda: _USUAL)
    link_days: int = 30
    """How long a reply link holds where the end of the reply clock is not known."""
    calendar: Calendar = field(default_factory=Calendar)

    def __post_init__(self) -> None:
        lengths = {f"clocks.{name}.length": clock.length for name, clock in self.clocks.items()}
        for name, days in {**lengths, "link_days": self.link_days}.items():
            if not 1 <= days <= MOST_DAYS:
                raise UsageError(_("{name}: {days} is not from 1 to {most}.", name=name, days=days, most=MOST_DAYS))

    def due(self, clock: ClockName, start: date) -> date | None:
        """The last day of a clock that runs from a day; None where it falls into a year without a known calendar.

        >>> from datetime import date
        >>> CasePolicy().due("reply", date(2026, 9, 30))  # the National Day's holiday; 10 October is worked
        datetime.date(2026, 10, 13)
        >>> CasePolicy().due("decision", date(2026, 9, 30))
        datetime.date(2026, 12, 29)
        """
        term = self.clocks[clock]
        if term.unit == "workdays":
            return self.calendar.add(start, term.length)
        last = start + timedelta(days=term.length)
        return self._next_workday(last) if term.next_workday else last

    def _next_workday(self, day: date) -> date | None:
        for later in range(LONGEST_HOLIDAY):
            found = day + timedelta(days=later)
            worked = self.calendar.is_workday(found)
            if worked is None:
                return None
            if worked:
                return found
        return None


def read_case_policy(file: Path | None = None) -> CasePolicy:
    """The policy of a file, that of `data/policies/case.toml` where none is given. Raises UsageError."""
    found = Reader(file or SHIPPED, load(file or SHIPPED))
    found.refuse_others("clocks", "link_days", "calendar")
    clocks = found.table("clocks")
    clocks.refuse_others(*CLOCKS)
    inside = Reader(found.file, clocks.values, "clocks.")
    with naming(found.file):
        return CasePolicy(
            clocks=MappingProxyType({name: _read_clock(inside, name) for name in CLOCKS}),
            link_days=found.number("link_days", 30),
            calendar=read_calendar(found.table("calendar")),
        )


def _read_clock(clocks: Reader, name: ClockName) -> Clock:
    usual = _USUAL[name]
    table = Reader(clocks.file, clocks.table(name).values, f"clocks.{name}.")
    table.refuse_others("length", "unit", "legal_basis", "next_workday")
    unit = table.values.get("unit", usual.unit)
    if unit not in ("workdays", "days"):
        raise table.wrong("unit", _('"workdays" or "days"'))
    basis, rolls = table.values.get("legal_basis", ""), table.values.get("next_workday", usual.next_workday)
    if not isinstance(basis, str):
        raise table.wrong("legal_basis", _("a text"))
    if not isinstance(rolls, bool):
        raise table.wrong("next_workday", _("true or false"))
    return Clock(table.number("length", usual.length), cast("Unit", unit), basis, rolls)


@cache
def shipped_case_policy() -> CasePolicy:
    """That of `data/policies/case.toml`, read once."""
    return read_case_policy()
