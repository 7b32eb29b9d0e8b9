"""The canonical tables: one frame shape each for areas, officers, assignments, facilities and what belongs to them.

Every table has a natural key. Periods are half-open, `valid_from` <= day < `valid_to`, as datetime64[s]; a
missing `valid_from` (NaT) means "since always", a missing `valid_to` "still". Text that is unknown is missing
(pandas' null), never an empty string. Geometry is in storage degrees (EPSG:4326). One area has many children and
one parent; an officer holds many assignments; a facility has many licences, machines and operators.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, get_args

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa

from gis.texts import N_

Kind = Literal[
    "areas",
    "officers",
    "assignments",
    "facilities",
    "licences",
    "equipment",
    "operators",
    "outreach",
    "inspections",
    "population",
    "births",
    "times",
]
Geometry = Literal["polygon", "point"]
ChangeKind = Literal["split", "merge", "redraw", "recode"]

TARGET_KINDS: Final = ("area", "facility")
ASSIGNMENT_ROLES: Final = ("primary", "deputy")
INSPECTION_RESULTS: Final = ("pass", "conditions", "fail")
Severity = Literal["clerical", "minor", "serious", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""The lightest first."""
SEVERITY_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"clerical": N_("Clerical"), "minor": N_("Minor"), "serious": N_("Serious"), "critical": N_("Critical")}
)
"""Severity -> what it is called, the lightest first."""

WOMEN: Final[tuple[str, ...]] = tuple(f"women_{age}_{age + 4}" for age in range(15, 50, 5))
"""Columns of women by five-year age group, the youngest first."""


@dataclass(frozen=True)
class Table:
    """One canonical table: its key, its columns in order, and the geometry it carries."""

    kind: Kind
    key: tuple[str, ...]
    """The natural key. The versions of one key have periods that do not overlap."""
    schema: pa.DataFrameSchema
    geometry: Geometry | None = None
    references: Mapping[str, Kind] = field(default_factory=lambda: MappingProxyType({}))
    """Column -> the table whose `code` it must name."""
    day: str | None = None
    """Of a table of events: the column with the day of the event, from which on a row is in force."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns in order, without geometry."""
        return tuple(self.schema.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that may not be missing in any row."""
        return tuple(name for name, column in self.schema.columns.items() if not column.nullable)


def _text(*, null: bool = False, one_of: tuple[str, ...] = ()) -> pa.Column:
    return pa.Column(pa.String, nullable=null, checks=[pa.Check.isin(one_of)] if one_of else None)


def _count() -> pa.Column:
    return pa.Column("Int64", nullable=True, checks=pa.Check.ge(0, error="≥ 0"))


def _amount(*, null: bool = False) -> pa.Column:
    return pa.Column(float, nullable=null, checks=pa.Check.ge(0, error="≥ 0"))


def _table(
    kind: Kind,
    key: tuple[str, ...],
    columns: dict[str, pa.Column],
    *,
    geometry: Geometry | None = None,
    references: Mapping[str, Kind] | None = None,
    day: str | None = None,
) -> Table:
    period = {name: pa.Column("datetime64[s]", nullable=True) for name in ("valid_from", "valid_to")}
    schema = pa.DataFrameSchema({**columns, **period}, name=kind)
    return Table(kind, key, schema, geometry, MappingProxyType(dict(references or {})), day)


AREAS: Final = _table(
    "areas",
    ("code",),
    {
        "code": _text(),
        "name": _text(),
        "level": _text(),
        "parent_code": _text(null=True),
        "dwellings": _count(),
    },
    geometry="polygon",
    references={"parent_code": "areas"},
)

OFFICERS: Final = _table(
    "officers",
    ("code",),
    {
        "code": _text(),
        "name": _text(),
        "department": _text(null=True),
        "work_phone": _text(null=True),
    },
)

ASSIGNMENTS: Final = _table(
    "assignments",
    ("officer_code", "target_kind", "target_code", "role"),
    {
        "officer_code": _text(),
        "target_kind": _text(one_of=TARGET_KINDS),
        "target_code": _text(),
        "role": _text(one_of=ASSIGNMENT_ROLES),
    },
    references={"officer_code": "officers"},
)

FACILITIES: Final = _table(
    "facilities",
    ("code",),
    {
        "code": _text(),
        "name": _text(),
        "kind": _text(null=True),
        "address": _text(null=True),
        "hours": _text(null=True),
        "area_code": _text(null=True),
        "raw_lon": pa.Column(float),
        "raw_lat": pa.Column(float),
        "source_datum": _text(),
    },
    geometry="point",
)

LICENCES: Final = _table(
    "licences",
    ("facility_code", "number"),
    {"facility_code": _text(), "number": _text(), "kind": _text(null=True)},
    references={"facility_code": "facilities"},
)

EQUIPMENT: Final = _table(
    "equipment",
    ("serial", "facility_code"),
    {
        "serial": _text(),
        "facility_code": _text(),
        "kind": _text(null=True),
        "maker": _text(null=True),
        "model": _text(null=True),
    },
    references={"facility_code": "facilities"},
)

OPERATORS: Final = _table(
    "operators",
    ("operator_code", "facility_code", "qualification"),
    {"operator_code": _text(), "facility_code": _text(), "qualification": _text()},
    references={"facility_code": "facilities"},
)

OUTREACH: Final = _table(
    "outreach",
    ("code",),
    {
        "code": _text(),
        "area_code": _text(),
        "held_on": pa.Column("datetime64[s]"),
        "kind": _text(null=True),
        "reach": _count(),
    },
    references={"area_code": "areas"},
    day="held_on",
)
"""Public sessions. A session is in force from the day it was held, without an end."""

INSPECTIONS: Final = _table(
    "inspections",
    ("code",),
    {
        "code": _text(),
        "facility_code": _text(),
        "inspected_on": pa.Column("datetime64[s]"),
        "checklist": _text(null=True),
        "inspectors": _text(null=True),
        "result": _text(null=True, one_of=INSPECTION_RESULTS),
        **{name: _count() for name in SEVERITIES},
    },
    references={"facility_code": "facilities"},
    day="inspected_on",
)
"""Visits to premises, in force from their day, without an end. `inspectors` is codes or names with `;` between."""

POPULATION: Final = _table(
    "population",
    ("cell",),
    {
        "cell": _text(),
        "population": _amount(),
        **{name: _amount(null=True) for name in WOMEN},
        "raw_lon": pa.Column(float),
        "raw_lat": pa.Column(float),
        "source_datum": _text(),
    },
    geometry="point",
)
"""Residents of a map cell, at its middle: counts, often with decimals, of which either all ages are known or none."""

BIRTHS: Final = _table(
    "births",
    ("area_code", "period"),
    {
        "area_code": _text(),
        "period": _text(),
        "boys": pa.Column("Int64", checks=pa.Check.ge(0, error="≥ 0")),
        "girls": pa.Column("Int64", checks=pa.Check.ge(0, error="≥ 0")),
    },
    references={"area_code": "areas"},
)
"""Registered totals of an area over whole months (`gis.months`), shown for streets and above, hidden and rounded."""

TIMES: Final = _table(
    "times",
    ("origin", "destination"),
    {"origin": _text(), "destination": _text(), "minutes": _amount()},
    references={"destination": "facilities"},
)
"""Minutes from a cell to a facility. A pair that is not there is out of reach."""

TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {
        t.kind: t
        for t in (
            *(AREAS, OFFICERS, ASSIGNMENTS, FACILITIES, LICENCES, EQUIPMENT, OPERATORS),
            *(OUTREACH, INSPECTIONS),
            *(POPULATION, BIRTHS, TIMES),
        )
    }
)


@dataclass(frozen=True)
class AreaChange:
    """A split, merge, redraw or recode on a date: what ends, what begins, and how the one maps to the other.

    Nothing is deleted: the versions in `before` and `ended` end on the date, all others begin on it.
    """

    kind: ChangeKind
    on: date
    before: gpd.GeoDataFrame
    """Area versions that end: canonical columns, as they stand in the store."""
    after: gpd.GeoDataFrame
    """Area versions that begin: canonical columns, `valid_from` the date."""
    reparented: gpd.GeoDataFrame
    """New versions, from the date, of the children whose parent changed: canonical columns."""
    crosswalk: pd.DataFrame
    """old_code, new_code (str), area_m2, weight_area, weight_dwellings (float64): of each old area's quantity the
    share that goes to each new one; the weights of one old area add up to 1."""
    ended: pd.DataFrame
    """Assignments that end on the date: canonical columns and `carried`."""
    begun: pd.DataFrame
    """Assignments that begin on the date: canonical columns and `carried`."""
    facilities: pd.DataFrame
    """code, area_code: facilities whose claimed area changes with it."""
    undoes: int | None = None
    """Number of the change that this one takes back."""
    note: str | None = None
