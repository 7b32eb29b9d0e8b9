"""How demand for antenatal care is modelled: fertility, visits, scans, errors, and how fine a cell may be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gis.errors import UsageError
from gis.policies.reader import Reader, load, naming
from gis.settings import DATA
from gis.tables import WOMEN
from gis.texts import _

SHIPPED: Final = DATA / "policies" / "demand.toml"
SETTINGS: Final = ("urban", "rural")
TRIMESTERS: Final = 3
FINEST_METRES: Final = 250
"""No policy may let a cell be finer than this."""
FEWEST_RESIDENTS: Final = 50
"""Nor let it have fewer residents."""

Rates = tuple[float, ...]
"""Births of a year for each woman, for the seven age groups of `gis.tables.WOMEN`."""


@dataclass(frozen=True)
class DemandPolicy:
    """What an authority sets for the model. Raises UsageError for a number that cannot be."""

    fertility: Mapping[str, Rates]
    """Setting (urban, rural) -> rates."""
    age_shares: Rates
    """Women of each age group as a share of all residents, for grids without ages."""
    fertility_of: Mapping[str, Rates] = field(default_factory=lambda: MappingProxyType({}))
    """Code of an area -> rates in it and in everything inside."""
    by_code: bool = True
    urban: frozenset[str] = frozenset()
    rural: frozenset[str] = frozenset()
    usual: str = "urban"
    pregnancies_per_birth: float = 1.2
    visits: Rates = (1.0, 2.0, 5.0)
    scans: Rates = (0.0, 1.0, 0.0)
    scan_minutes: float = 30.0
    population_error: float = 0.1
    cell_rates_error: float = 0.1
    rates_error: float = 0.1
    pregnancies_error: float = 0.05
    cell_metres: float = FINEST_METRES
    cell_residents: float = 100.0
    per_dwelling: float = 2.62

    def __post_init__(self) -> None:
        rates = {f"fertility.{name}": values for name, values in self.fertility.items()}
        rates |= {f"fertility_of.{code}": values for code, values in self.fertility_of.items()}
        rates["people"] = self.age_shares
        ranges = {
            f"{place}.{age}": (value, 0.0, 1.0)
            for place, values in rates.items()
            for age, value in zip(WOMEN, values, strict=True)
        }
        ranges |= {f"visits.by_trimester {n}": (value, 0.0, 100.0) for n, value in enumerate(self.visits, 1)}
        ranges |= {f"ultrasound.by_trimester {n}": (value, 0.0, 100.0) for n, value in enumerate(self.scans, 1)}
        ranges |= {
            "pregnancies_per_birth": (self.pregnancies_per_birth, 1.0, 3.0),
            "ultrasound.minutes": (self.scan_minutes, 1.0, 240.0),
            "errors.population": (self.population_error, 0.0, 1.0),
            "errors.rates_of_cell": (self.cell_rates_error, 0.0, 1.0),
            "errors.rates": (self.rates_error, 0.0, 1.0),
            "errors.pregnancies": (self.pregnancies_error, 0.0, 1.0),
            "cells.metres": (self.cell_metres, float(FINEST_METRES), 100_000.0),
            "cells.residents": (self.cell_residents, float(FEWEST_RESIDENTS), 1e6),
            "people.per_dwelling": (self.per_dwelling, 0.1, 20.0),
            "people, all ages together,": (sum(self.age_shares), 0.0, 1.0),
        }
        for name, (value, least, most) in ranges.items():
            if not least <= value <= most:
                text = _("{name}: {value} is not from {least} to {most}.")
                raise UsageError(text.format(name=name, value=value, least=least, most=most))


def read_demand_policy(file: Path | None = None) -> DemandPolicy:
    """The policy of a file, that of `data/policies/demand.toml` where none is given.

    Raises UsageError, naming file, key and what would do, for one that cannot be read.
    """
    source = file or SHIPPED
    found = Reader(source, load(source))
    found.refuse_others(
        *("pregnancies_per_birth", "fertility", "fertility_of", "setting", "visits", "ultrasound"),
        *("errors", "cells", "people"),
    )
    fertility, special = found.table("fertility"), found.table("fertility_of")
    fertility.refuse_others(*SETTINGS)
    setting, visits, scans = found.table("setting"), found.table("visits"), found.table("ultrasound")
    errors, cells, people = found.table("errors"), found.table("cells"), found.table("people")
    setting.refuse_others("by_code", "urban", "rural", "usual")
    visits.refuse_others("by_trimester")
    scans.refuse_others("by_trimester", "minutes")
    errors.refuse_others("population", "rates_of_cell", "rates", "pregnancies")
    cells.refuse_others("metres", "residents")
    people.refuse_others(*WOMEN, "per_dwelling")
    with naming(source):
        return DemandPolicy(
            fertility=MappingProxyType({name: _read_rates(fertility.table(name)) for name in SETTINGS}),
            age_shares=tuple(_decimal(people, age, None) for age in WOMEN),
            fertility_of=MappingProxyType({code: _read_rates(special.table(code)) for code in special.values}),
            by_code=_flag(setting, "by_code"),
            urban=frozenset(setting.texts("urban")),
            rural=frozenset(setting.texts("rural")),
            usual=_setting(setting),
            pregnancies_per_birth=_decimal(found, "pregnancies_per_birth", 1.2),
            visits=_trimesters(visits, (1.0, 2.0, 5.0)),
            scans=_trimesters(scans, (0.0, 1.0, 0.0)),
            scan_minutes=_decimal(scans, "minutes", 30.0),
            population_error=_decimal(errors, "population", 0.1),
            cell_rates_error=_decimal(errors, "rates_of_cell", 0.1),
            rates_error=_decimal(errors, "rates", 0.1),
            pregnancies_error=_decimal(errors, "pregnancies", 0.05),
            cell_metres=_decimal(cells, "metres", float(FINEST_METRES)),
            cell_residents=_decimal(cells, "residents", 100.0),
            per_dwelling=_decimal(people, "per_dwelling", 2.62),
        )


def _read_rates(table: Reader) -> Rates:
    """Seven rates; a missing one is an error, for a forgotten line would be read as no births."""
    table.refuse_others(*WOMEN)
    return tuple(_decimal(table, age, None) for age in WOMEN)


def _trimesters(table: Reader, usual: Rates) -> Rates:
    values = table.values.get("by_trimester", list(usual))
    good = isinstance(values, list) and len(values) == TRIMESTERS
    if not good or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        raise table.wrong("by_trimester", _("three numbers"))
    return tuple(map(float, values))


def _setting(table: Reader) -> str:
    value = table.values.get("usual", "urban")
    if value not in SETTINGS:
        raise table.wrong("usual", _("one of {names}", names=", ".join(SETTINGS)))
    return str(value)


def _flag(table: Reader, key: str) -> bool:
    value = table.values.get(key, True)
    if not isinstance(value, bool):
        raise table.wrong(key, _("true or false"))
    return value


def _decimal(table: Reader, key: str, usual: float | None) -> float:
    """A number with or without decimals; without a usual one it must be there."""
    value = table.values.get(key, usual)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise table.wrong(key, _("a number"))
    return float(value)


@cache
def shipped_demand_policy() -> DemandPolicy:
    """That of `data/policies/demand.toml`, read once."""
    return read_demand_policy()
