"""Which premises give antenatal care, how many visits they can take, and what counts as within reach."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from gis.errors import UsageError
from gis.policies.reader import Reader, load, naming
from gis.roads import MODES, Mode
from gis.settings import DATA
from gis.texts import _

SHIPPED: Final = DATA / "policies" / "care.toml"
METHODS: Final = ("2sfca", "e2sfca", "3sfca")
MOST_VISITS: Final = 100_000
LONGEST_MINUTES: Final = 1440
MOST_LIMITS: Final = 4


@dataclass(frozen=True)
class CareKind:
    """What premises of one kind can do. Raises UsageError for numbers that cannot be."""

    name: str
    visits_a_week: int = 0
    visits_a_week_per_machine: int = 0
    machine_hours_a_week: int = 0
    licences: tuple[str, ...] = ()
    """A licence of one of these kinds must be in force; empty where none is asked for."""
    least_machines: int = 0

    def __post_init__(self) -> None:
        most = {"visits_a_week": MOST_VISITS, "visits_a_week_per_machine": MOST_VISITS}
        most |= {"machine_hours_a_week": 168, "least_machines": 1000}
        for name, limit in most.items():
            _within(f"kinds.{self.name}.{name}", getattr(self, name), 0, limit)
        if not self.visits_a_week and not self.visits_a_week_per_machine:
            raise UsageError(_("kinds.{kind}: no visits, neither of the premises nor of a machine.", kind=self.name))


@dataclass(frozen=True)
class CarePolicy:
    """Kinds with their capacity, limits and method. Raises UsageError for numbers that cannot be."""

    kinds: Mapping[str, CareKind] = field(default_factory=lambda: MappingProxyType({}))
    limits_minutes: tuple[int, ...] = (30, 60)
    """Rising."""
    imported_times: Mode = "drive"
    """What imported times are ways of."""
    weeks_a_year: int = 50
    method: str = "e2sfca"
    weights: str = "gaussian"
    """step, gaussian, or power: and an exponent."""
    catchment_minutes: int = 60
    machine_kinds: tuple[str, ...] = ()
    """Kinds of equipment that count as machines; empty where all do."""

    def __post_init__(self) -> None:
        for minutes in (*self.limits_minutes, self.catchment_minutes):
            _within("limits_minutes, catchment_minutes", minutes, 1, LONGEST_MINUTES)
        if not self.limits_minutes or list(self.limits_minutes) != sorted(set(self.limits_minutes)):
            raise UsageError(_("limits_minutes: one number or more, each larger than the one before."))
        if len(self.limits_minutes) > MOST_LIMITS:
            raise UsageError(_("limits_minutes: {most} at most.", most=MOST_LIMITS))
        _within("weeks_a_year", self.weeks_a_year, 1, 53)
        if self.method not in METHODS:
            raise UsageError(_("method.name: choose one of {expected}.", expected=", ".join(METHODS)))
        if self.imported_times not in MODES:
            raise UsageError(_("imported_times: choose one of {expected}.", expected=", ".join(MODES)))

    @property
    def farthest_minutes(self) -> int:
        """No way that is longer matters to any figure: the cut of a search."""
        return max(*self.limits_minutes, self.catchment_minutes)

    def to_json(self) -> dict[str, Any]:
        """The policy as it stands in answers."""
        return {
            "limits_minutes": list(self.limits_minutes),
            "imported_times": self.imported_times,
            "weeks_a_year": self.weeks_a_year,
            "machine_kinds": list(self.machine_kinds),
            "method": {
                "name": self.method,
                "weights": self.weights,
                "catchment_minutes": self.catchment_minutes,
            },
            "kinds": {
                name: {key: list(value) if isinstance(value, tuple) else value for key, value in vars(kind).items()}
                for name, kind in self.kinds.items()
            },
        }


def read_care_policy(file: Path | None = None) -> CarePolicy:
    """The policy of a file, that of `data/policies/care.toml` where none is given.

    Raises UsageError, naming file, key and what would do, for one that cannot be read.
    """
    usual = CarePolicy()
    found = Reader(file or SHIPPED, load(file or SHIPPED))
    found.refuse_others("limits_minutes", "imported_times", "weeks_a_year", "machine_kinds", "method", "kinds")
    method, kinds = found.table("method"), found.table("kinds")
    method.refuse_others("name", "weights", "catchment_minutes")
    with naming(found.file):
        return CarePolicy(
            kinds=MappingProxyType({name: _read_kind(kinds.table(name), name) for name in kinds.values}),
            limits_minutes=_whole_numbers(found, "limits_minutes", usual.limits_minutes),
            imported_times=cast("Mode", _text(found, "imported_times", usual.imported_times)),
            weeks_a_year=found.number("weeks_a_year", usual.weeks_a_year),
            machine_kinds=found.texts("machine_kinds"),
            method=_text(method, "name", usual.method),
            weights=_text(method, "weights", usual.weights),
            catchment_minutes=method.number("catchment_minutes", usual.catchment_minutes),
        )


def _read_kind(table: Reader, name: str) -> CareKind:
    numbers = ("visits_a_week", "visits_a_week_per_machine", "machine_hours_a_week", "least_machines")
    table.refuse_others(*numbers, "licences")
    return CareKind(name, licences=table.texts("licences"), **{key: table.number(key, 0) for key in numbers})


def _whole_numbers(table: Reader, key: str, usual: tuple[int, ...]) -> tuple[int, ...]:
    value = table.values.get(key, list(usual))
    if not isinstance(value, list) or not all(isinstance(n, int) and not isinstance(n, bool) for n in value):
        raise table.wrong(key, _("a list of whole numbers"))
    return tuple(value)


def _text(table: Reader, key: str, usual: str) -> str:
    value = table.values.get(key, usual)
    if not isinstance(value, str):
        raise table.wrong(key, _("a text"))
    return value


def _within(name: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        why = _("{number} is not from {least} to {most}.", number=number, least=least, most=most)
        raise UsageError(f"{name}: {why}")


@cache
def shipped_care_policy() -> CarePolicy:
    """That of `data/policies/care.toml`, read once."""
    return read_care_policy()
