"""Vector tiles (Mapbox Vector Tile 2.1), cut by the database: one layer for each level of areas, and facilities.

Areas carry `code`, `name`, `level`, `officer` (names of the primaries in force, absent for nobody) and `state`:
*vacant* without a primary on the day, *covered* with one, *doubled* with more. Polygons are drawn on a grid of 4096
steps for each side of a tile; those smaller than half a pixel are left out.

Facilities carry the columns asked for. Where a tile would hold more than `MOST_POINTS`, they are counted on a grid of
64 by 64 cells instead: one point for each cell that has any, in their middle, with `count` and nothing else.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy.engine import Connection

from gis.errors import UsageError
from gis.store.filters import Box, in_time, time_values
from gis.texts import _

DEEPEST_ZOOM: Final = 22
MOST_POINTS: Final = 2000
FACILITY_COLUMNS: Final = ("code", "name", "kind", "address", "hours", "area_code")
_STATE: Final = "CASE coalesce({n}, 0) WHEN 0 THEN 'vacant' WHEN 1 THEN 'covered' ELSE 'doubled' END"


def tile(
    connection: Connection,
    layer: str,
    z: int,
    x: int,
    y: int,
    *,
    on: date,
    known: datetime | None,
    columns: Sequence[str] = ("code", "name", "kind"),
) -> bytes:
    """One tile, empty bytes where nothing stands. `layer` is a level or "facilities", which have `columns`.

    Raises UsageError for a place that is no tile and for a column that facilities do not have.
    """
    if not (0 <= z <= DEEPEST_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise UsageError(_("There is no tile {z}/{x}/{y}.", z=z, x=x, y=y))
    unknown = sorted(set(columns) - set(FACILITY_COLUMNS))
    if unknown:
        raise UsageError(_("Tiles have no column {columns}.", columns=", ".join(unknown)))
    is_points = layer == "facilities"
    query = _facility_query(columns, on=on, known=known) if is_points else _area_query(on=on, known=known)
    values = {**time_values(on=on, known=known), "layer": layer, "z": z, "x": x, "y": y}
    return bytes(connection.exec_driver_sql(query, values).scalar_one())


def extent(connection: Connection, *, on: date, known: datetime | None) -> Box | None:
    """West, south, east and north of the areas in force, else of the facilities; None without either."""
    for table in ("area", "facility"):
        row = connection.exec_driver_sql(
            f"""
            SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
            FROM (SELECT ST_Extent(geometry) AS e FROM {table} s WHERE {in_time("s", on=on, known=known)}) box""",
            time_values(on=on, known=known),
        ).one()
        if row[0] is not None:
            return (float(row[0]), float(row[1]), float(row[2]), float(row[3]))
    return None


def counts(connection: Connection, *, on: date, known: datetime | None) -> dict[str, dict[str, int]]:
    """Level -> state -> number of areas in force; levels without areas are absent."""
    rows = connection.exec_driver_sql(
        f"""
        WITH duty AS ({_primaries(on=on, known=known)})
        SELECT a.level, {_STATE.format(n="duty.n")} AS state, count(*) AS areas
        FROM area a LEFT JOIN duty ON duty.target_code = a.code
        WHERE {in_time("a", on=on, known=known)} GROUP BY 1, 2 ORDER BY 1, 2""",
        time_values(on=on, known=known),
    )
    found: dict[str, dict[str, int]] = {}
    for level, state, areas in rows:
        found.setdefault(level, {})[state] = areas
    return found


def _primaries(*, on: date, known: datetime | None, condition: str = "true") -> str:
    """SQL: target_code, number of officers who are its primary on the day, their names."""
    return f"""
        SELECT p.target_code, count(DISTINCT p.officer_code) AS n,
               string_agg(DISTINCT coalesce(o.name, p.officer_code), ', ') AS officer
        FROM assignment p LEFT JOIN officer o ON o.code = p.officer_code AND {in_time("o", on=on, known=known)}
        WHERE p.target_kind = 'area' AND p.role = 'primary' AND {in_time("p", on=on, known=known)} AND {condition}
        GROUP BY p.target_code"""


def _area_query(*, on: date, known: datetime | None) -> str:
    inside = "p.target_code IN (SELECT code FROM here)"
    return f"""
        WITH box AS (
            SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS web,
                   ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096), 4326) AS degrees,
                   360.0 / (2.0 ^ %(z)s) / 1024 AS half_pixel),
        here AS MATERIALIZED (
            SELECT a.code, a.name, a.level, a.geometry FROM area a, box
            WHERE a.geometry && box.degrees AND a.level = %(layer)s AND {in_time("a", on=on, known=known)}
              AND greatest(ST_XMax(a.geometry) - ST_XMin(a.geometry), ST_YMax(a.geometry) - ST_YMin(a.geometry))
                  >= box.half_pixel),
        duty AS ({_primaries(on=on, known=known, condition=inside)}),
        shapes AS (
            SELECT h.code, h.name, h.level, duty.officer, {_STATE.format(n="duty.n")} AS state,
                   ST_AsMVTGeom(ST_Transform(h.geometry, 3857), box.web, 4096, 64, true) AS shape
            FROM box, here h LEFT JOIN duty ON duty.target_code = h.code)
        SELECT coalesce(ST_AsMVT(shapes, %(layer)s, 4096, 'shape'), '') FROM shapes WHERE shape IS NOT NULL"""


def _facility_query(columns: Sequence[str], *, on: date, known: datetime | None) -> str:
    """Each point belongs to one tile only: the west and south edges are inside, the others are not."""
    named = "".join(f"{c}, " for c in dict.fromkeys(columns))
    nameless = "".join("NULL, " for _c in dict.fromkeys(columns))
    return f"""
        WITH box AS (
            SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS web,
                   ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4326) AS degrees),
        here AS MATERIALIZED (
            SELECT {named} ST_Transform(f.geometry, 3857) AS point, box.web FROM facility f, box
            WHERE f.geometry && box.degrees AND {in_time("f", on=on, known=known)}
              AND ST_X(f.geometry) < ST_XMax(box.degrees) AND ST_Y(f.geometry) < ST_YMax(box.degrees)),
        many AS (SELECT count(*) > {MOST_POINTS} AS yes FROM here),
        shown AS (
            SELECT {named} NULL::bigint AS count, point, web FROM here, many WHERE NOT many.yes
            UNION ALL
            SELECT {nameless} count(*), ST_SetSRID(ST_MakePoint(avg(ST_X(point)), avg(ST_Y(point))), 3857), web
            FROM here, many WHERE many.yes
            GROUP BY web, floor((ST_X(point) - ST_XMin(web)) / (ST_XMax(web) - ST_XMin(web)) * 64),
                     floor((ST_Y(point) - ST_YMin(web)) / (ST_YMax(web) - ST_YMin(web)) * 64)),
        shapes AS (SELECT {named} count, ST_AsMVTGeom(point, web, 4096, 64, false) AS shape FROM shown)
        SELECT coalesce(ST_AsMVT(shapes, %(layer)s, 4096, 'shape'), '') FROM shapes WHERE shape IS NOT NULL"""
