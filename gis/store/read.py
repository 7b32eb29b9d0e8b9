"""Reading: canonical frames as of a day and as known at an instant, changes of areas, and what was recorded last.

`on` picks the versions valid on a day (None: all periods), `known` what the store held at an instant (None: now).
Rows come in the order of their key, then of their period; events come latest first, then in the order of their key.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, Literal, Unpack, cast, overload

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import shapely
from sqlalchemy import text
from sqlalchemy.engine import Connection

from gis.crs import STORAGE
from gis.store.copying import copy_out, to_frame, to_geometry
from gis.store.filters import Filters, build_where, in_time, time_values
from gis.store.naming import Names, listed, names_of
from gis.tables import SEVERITIES, TABLES, WOMEN

_TYPES: Final[Mapping[str, pa.DataType]] = MappingProxyType(
    {
        "dwellings": pa.int64(),
        "raw_lon": pa.float64(),
        "raw_lat": pa.float64(),
        "carried": pa.bool_(),
        "valid_from": pa.date32(),
        "valid_to": pa.date32(),
        "held_on": pa.date32(),
        "reach": pa.int64(),
        "inspected_on": pa.date32(),
        **dict.fromkeys(SEVERITIES, pa.int64()),
        **dict.fromkeys(("population", *WOMEN, "minutes"), pa.float64()),
        **dict.fromkeys(("boys", "girls"), pa.int64()),
    }
)
"""Columns of canonical frames that are not text."""

_PERIOD_SQL: Final = MappingProxyType({"valid_from": "lower(s.valid)", "valid_to": "upper(s.valid)"})


@overload
def read_table(
    connection: Connection,
    table: Literal["areas", "facilities", "population"],
    /,
    *,
    on: date | None,
    known: datetime | None,
    limit: int | None = None,
    offset: int = 0,
    **filters: Unpack[Filters],
) -> gpd.GeoDataFrame: ...


@overload
def read_table(
    connection: Connection,
    table: str,
    /,
    *,
    on: date | None,
    known: datetime | None,
    limit: int | None = None,
    offset: int = 0,
    **filters: Unpack[Filters],
) -> pd.DataFrame: ...


def read_table(
    connection: Connection,
    table: str,
    /,
    *,
    on: date | None,
    known: datetime | None,
    limit: int | None = None,
    offset: int = 0,
    **filters: Unpack[Filters],
) -> pd.DataFrame:
    """The rows of a table as a canonical frame with a RangeIndex; a GeoDataFrame where it has geometry.

    Assignments have one more column, `carried` (bool). `limit` and `offset` cut a page out of the ordered rows.

    Raises UsageError for a filter that the table does not have.
    """
    names = names_of(table)
    columns = _columns(table)
    where, values = build_where(names, filters, on=on, known=known)
    query = f"""
        SELECT {_selected(names, columns)} FROM {names.table} s WHERE {where}
        ORDER BY {_latest_first(table)} {listed(names.key, "s")}, lower(s.valid) NULLS FIRST
        LIMIT %(limit)s OFFSET %(offset)s"""
    types = {column: _TYPES.get(column, pa.string()) for column in columns} | _geometry_types(table)
    rows = copy_out(connection, query, {**values, "limit": limit, "offset": offset}, types)
    frame = to_frame(rows.select(columns))
    if TABLES[table].geometry is None:
        return frame
    return cast("pd.DataFrame", gpd.GeoDataFrame(frame, geometry=_geometry(rows), crs=STORAGE))


def count_table(
    connection: Connection,
    table: str,
    /,
    *,
    on: date | None,
    known: datetime | None,
    **filters: Unpack[Filters],
) -> int:
    """How many rows `read_table` would give without a limit."""
    names = names_of(table)
    where, values = build_where(names, filters, on=on, known=known)
    counted = copy_out(
        connection, f"SELECT count(*) AS n FROM {names.table} s WHERE {where}", values, {"n": pa.int64()}
    )
    return int(counted["n"][0].as_py())


def read_codes(connection: Connection, table: Literal["areas", "officers", "facilities"]) -> "pd.Index[str]":
    """The codes of a table that are known now, of any period, in order."""
    query = (
        f"SELECT DISTINCT s.code FROM {names_of(table).table} s WHERE {in_time('s', on=None, known=None)} ORDER BY 1"
    )
    codes = to_frame(copy_out(connection, query, {}, {"code": pa.string()}))["code"]
    return cast("pd.Index[str]", pd.Index(codes, dtype="str"))


def count_facilities(connection: Connection, *, level: str, on: date, known: datetime | None) -> "pd.Series[int]":
    """Facilities inside each area of a level on a day, its border included; indexed by the area's code, int64.

    Each polygon is held against the index of the points, which is several times faster than a plain join.
    """
    query = f"""
        SELECT a.code, inside.n FROM area a CROSS JOIN LATERAL (
            SELECT count(*) AS n FROM facility f
            WHERE ST_Intersects(a.geometry, f.geometry) AND {in_time("f", on=on, known=known)}) inside
        WHERE a.level = %(level)s AND {in_time("a", on=on, known=known)} ORDER BY a.code"""
    values = {**time_values(on=on, known=known), "level": level}
    counted = copy_out(connection, query, values, {"code": pa.string(), "n": pa.int64()})
    return to_frame(counted).set_index("code")["n"].astype("int64").rename("facilities")


def read_changes(connection: Connection, *, code: str | None = None, known: datetime | None = None) -> pd.DataFrame:
    """Changes of areas in the order of their number; with `code`, those that this area came from or went into.

    Returns number (int64), kind, note (str), on (datetime64[s]), recorded_at (datetime64[us, UTC]), undoes (Int64).
    """
    rows = connection.execute(
        text("""
        SELECT id, kind, changed_on, recorded, undoes, note FROM area_change c
        WHERE recorded <= coalesce(CAST(:known AS timestamptz), 'infinity') AND (CAST(:code AS text) IS NULL OR EXISTS (
            SELECT FROM area_change_part p WHERE p.change_id = c.id AND :code IN (p.old_code, p.new_code)))
        ORDER BY id"""),
        {"code": code, "known": time_values(on=None, known=known)["known"]},
    ).all()
    columns = ["number", "kind", "on", "recorded_at", "undoes", "note"]
    frame = pd.DataFrame([tuple(row) for row in rows], columns=columns, dtype=object)
    frame["recorded_at"] = pd.to_datetime(frame["recorded_at"], utc=True).dt.as_unit("us")
    return frame.astype({"number": "int64", "kind": "str", "on": "datetime64[s]", "undoes": "Int64", "note": "str"})


def read_crosswalk(connection: Connection, numbers: Sequence[int]) -> pd.DataFrame:
    """The crosswalks of these changes: of each old area's quantity the share that went to each new one.

    Returns number (int64), old_code, new_code (str), area_m2, weight_area, weight_dwellings (float64).
    """
    types = {"number": pa.int64(), "old_code": pa.string(), "new_code": pa.string()}
    types |= dict.fromkeys(("area_m2", "weight_area", "weight_dwellings"), pa.float64())
    query = """
        SELECT change_id AS number, old_code, new_code, area_m2, weight_area, weight_dwellings
        FROM area_change_part WHERE change_id = ANY(%(numbers)s::bigint[]) ORDER BY 1, 2, 3"""
    walk = to_frame(copy_out(connection, query, {"numbers": [int(n) for n in numbers]}, types))
    return walk.astype({"number": "int64"})


def latest(connection: Connection) -> str:
    """A mark that changes whenever anything is recorded, and with the database itself, as a restore brings another."""
    return str(connection.execute(text("SELECT wangge_mark()")).scalar_one())


def _latest_first(table: str) -> str:
    day = TABLES[table].day
    return "" if day is None else f"s.{day} DESC,"


def _columns(table: str) -> list[str]:
    """The columns of the frame, without geometry."""
    return [*TABLES[table].columns, *(("carried",) if table == "assignments" else ())]


def _selected(names: Names, columns: Sequence[str]) -> str:
    parts = [f"{_PERIOD_SQL.get(c, f's.{c}')} AS {c}" for c in columns]
    if TABLES[names.kind].geometry == "point":
        parts += ["ST_X(s.geometry) AS x", "ST_Y(s.geometry) AS y"]
    elif TABLES[names.kind].geometry == "polygon":
        parts.append("encode(ST_AsBinary(s.geometry), 'hex') AS geometry")
    return ", ".join(parts)


def _geometry_types(table: str) -> dict[str, pa.DataType]:
    by_kind: dict[Any, dict[str, pa.DataType]] = {
        "point": {"x": pa.float64(), "y": pa.float64()},
        "polygon": {"geometry": pa.string()},
    }
    return by_kind.get(TABLES[table].geometry, {})


def _geometry(rows: pa.Table) -> gpd.array.GeometryArray:
    if "geometry" in rows.column_names:
        return to_geometry(rows["geometry"])
    return gpd.array.from_shapely(shapely.points(rows["x"].to_numpy(), rows["y"].to_numpy()), crs=STORAGE)


def read_last_visits(
    connection: Connection, *, on: date, known: datetime | None, **filters: Unpack[Filters]
) -> pd.DataFrame:
    """`facility_code` (str), `last` (datetime64[s]), `visits` (Int64): the inspections up to the day, by facility."""
    where, values = build_where(names_of("inspections"), filters, on=on, known=known)
    query = f"""
        SELECT s.facility_code, max(s.inspected_on) AS last, count(*) AS visits FROM inspection s
        WHERE {where} GROUP BY s.facility_code"""
    types = {"facility_code": pa.string(), "last": pa.date32(), "visits": pa.int64()}
    return to_frame(copy_out(connection, query, values, types))


def read_visit_turns(
    connection: Connection, *, days: Sequence[date], known: datetime | None, **filters: Unpack[Filters]
) -> pd.DataFrame:
    """`facility_code` (str), `inspected_on` (datetime64[s]): of each facility the last inspection up to the first of
    the `days`, which ascend, and the last one between each of them and the next.
    """
    where, values = build_where(names_of("inspections"), filters, on=days[-1], known=known)
    query = f"""
        SELECT s.facility_code, max(s.inspected_on) AS inspected_on FROM inspection s WHERE {where}
        GROUP BY s.facility_code, width_bucket(s.inspected_on - 1, CAST(%(days)s AS date[]))"""
    types = {"facility_code": pa.string(), "inspected_on": pa.date32()}
    return to_frame(copy_out(connection, query, {**values, "days": list(days)}, types))
