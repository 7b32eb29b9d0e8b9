"""Which rows of a table a reader wants, as SQL conditions on the row `s`. Values are parameters, never pasted."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final, TypedDict

import shapely

from gis.errors import UsageError
from gis.store.naming import Names
from gis.texts import _

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


class Filters(TypedDict, total=False):
    """What may be asked of a table besides its two times; a filter that is None picks everything."""

    codes: Sequence[str] | None
    """Own codes; of the target for assignments, of the facility for what belongs to one."""
    facility: str | None
    """Code of the facility that the rows belong to, or are assigned to."""
    level: str | None
    parent: str | None
    kind: str | None
    bbox: Box | None
    """The geometry meets this box."""
    search: str | None
    """Part of a name or code, in any case."""
    mine: bool | None
    """Only what the account that the transaction works for answers for."""
    area: str | None
    """Facilities inside the polygon of this area as of the same day, its border included; sessions held in this area
    or one below it."""


_CODE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "assignments": "target_code",
        "licences": "facility_code",
        "equipment": "facility_code",
        "operators": "facility_code",
        "population": "cell",
        "births": "area_code",
        "times": "origin",
    }
)

_SEARCHED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "assignments": ("officer_code", "target_code"),
        "licences": ("number", "facility_code"),
        "equipment": ("serial", "facility_code"),
        "operators": ("operator_code", "facility_code"),
        "outreach": ("code", "area_code", "kind"),
        "inspections": ("code", "facility_code", "checklist"),
        "population": ("cell",),
        "births": ("area_code", "period"),
        "times": ("origin", "destination"),
    }
)


def in_time(row: str, *, on: date | None, known: datetime | None) -> str:
    """SQL: the version is valid on the day `on` (None: any) and was held at the instant `known` (None: now)."""
    held = f"upper_inf({row}.recorded)" if known is None else f"{row}.recorded @> CAST(%(known)s AS timestamptz)"
    return held if on is None else f"{held} AND {row}.valid @> CAST(%(on)s AS date)"


def time_values(*, on: date | None, known: datetime | None) -> dict[str, Any]:
    """The parameters of `in_time`; an instant without a zone is taken as UTC."""
    return {"on": on, "known": known.replace(tzinfo=UTC) if known and known.tzinfo is None else known}


def build_where(
    names: Names, filters: Filters, *, on: date | None, known: datetime | None
) -> tuple[str, dict[str, Any]]:
    """The conditions, joined, and their parameters. Raises UsageError for a filter that the table does not have."""
    conditions, values = [in_time("s", on=on, known=known)], time_values(on=on, known=known)
    for name, value in filters.items():
        if value is not None:
            condition = _CONDITIONS[name](names, on, known)
            if condition is None:
                raise UsageError(_("{kind} cannot be filtered by {name}.", kind=names.kind, name=name))
            conditions.append(condition)
            values[name] = _VALUES[name](value) if name in _VALUES else value
    return " AND ".join(conditions), values


def _codes(names: Names, *_time: object) -> str:
    return f"s.{_CODE.get(names.kind, 'code')} = ANY(%(codes)s)"


def _facility(names: Names, *_time: object) -> str | None:
    if names.kind == "assignments":
        return "s.target_kind = 'facility' AND s.target_code = %(facility)s"
    return "s.facility_code = %(facility)s" if "facility_code" in names.columns else None


def _equals(column: str, name: str) -> "_Condition":
    return lambda names, *_time: f"s.{column} = %({name})s" if column in names.columns else None


def _bbox(names: Names, *_time: object) -> str | None:
    return "ST_Intersects(s.geometry, ST_GeomFromText(%(bbox)s, 4326))" if "geometry" in names.columns else None


def _search(names: Names, *_time: object) -> str:
    columns = _SEARCHED.get(names.kind, ("code", "name"))
    return "(" + " OR ".join(f"s.{c} ILIKE %(search)s" for c in columns) + ")"


def _area(names: Names, on: date | None, known: datetime | None) -> str | None:
    if names.kind == "outreach":
        return f"""s.area_code IN (
            WITH RECURSIVE inside AS (
                SELECT CAST(%(area)s AS text) COLLATE "C" AS code
                UNION
                SELECT a.code FROM area a JOIN inside i ON a.parent_code = i.code
                WHERE {in_time("a", on=on, known=known)})
            SELECT code FROM inside)"""
    if names.kind != "facilities":
        return None
    # Written as a list of ids so that the one polygon is held against the index of the points.
    return f"""s.id IN (
        SELECT f.id FROM area a JOIN facility f ON ST_Intersects(a.geometry, f.geometry) AND a.valid && f.valid
        WHERE a.code = %(area)s AND {in_time("a", on=on, known=known)} AND {in_time("f", on=on, known=known)})"""


# `IS TRUE` keeps the planner from joining, which might call the functions again for each row.
_OWN_ASSIGNMENT: Final = """CASE {row}.target_kind
    WHEN 'area' THEN ({row}.target_code IN (SELECT wangge_scope())) IS TRUE
    ELSE ({row}.target_code IN {facilities}) IS TRUE END"""
_OWN_FACILITIES: Final = "(SELECT f.code FROM facility f WHERE (f.id IN (SELECT wangge_facility_rows())) IS TRUE)"

_MINE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "facilities": "(s.id IN (SELECT wangge_facility_rows())) IS TRUE",
        "population": "(s.id IN (SELECT wangge_cell_rows())) IS TRUE",
        "times": "true",
    }
)


def _mine(names: Names, *_time: object) -> str:
    if names.kind in _MINE:
        return _MINE[names.kind]
    if names.kind == "assignments":
        return _OWN_ASSIGNMENT.format(row="s", facilities=_OWN_FACILITIES)
    if names.kind == "officers":
        held = _OWN_ASSIGNMENT.format(row="p", facilities=_OWN_FACILITIES)
        above = "p.target_kind = 'area' AND (p.target_code IN (SELECT wangge_above())) IS TRUE"
        holders = f"SELECT p.officer_code FROM assignment p WHERE {held} OR ({above})"
        return f"(s.code = (SELECT wangge_officer()) OR (s.code IN ({holders})) IS TRUE)"
    if "facility_code" in names.columns:
        return f"(s.facility_code IN {_OWN_FACILITIES}) IS TRUE"
    return f"(s.{'area_code' if 'area_code' in names.columns else 'code'} IN (SELECT wangge_scope())) IS TRUE"


def _to_pattern(part: str) -> str:
    escaped = part.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def _to_shape(box: Box) -> str:
    """A box without width or height is a point or a line."""
    west, south, east, north = box
    corners = shapely.multipoints([(west, south), (east, south), (east, north), (west, north)])
    return str(shapely.to_wkt(shapely.convex_hull(corners), rounding_precision=-1))


_Condition = Callable[[Names, date | None, datetime | None], str | None]

_CONDITIONS: Final[Mapping[str, _Condition]] = MappingProxyType(
    {
        "codes": _codes,
        "facility": _facility,
        "level": _equals("level", "level"),
        "parent": _equals("parent_code", "parent"),
        "kind": _equals("kind", "kind"),
        "bbox": _bbox,
        "search": _search,
        "area": _area,
        "mine": _mine,
    }
)

_VALUES: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {"codes": list, "search": _to_pattern, "bbox": _to_shape}
)
