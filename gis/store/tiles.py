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
CELLS: Final = 64
EARTH_RADIUS_M: Final = 6378137
"""Of the sphere that web maps are projected from."""

_IS_PRIMARY: Final = "p.target_kind = 'area' AND p.role = 'primary'"
_OWN_AREA: Final = " AND (a.code IN (SELECT wangge_scope())) IS TRUE"
_OWN_FACILITY: Final = "AND (f.id IN (SELECT wangge_facility_rows())) IS TRUE"
_STATE: Final = "CASE coalesce(duty.n, 0) WHEN 0 THEN 'vacant' WHEN 1 THEN 'covered' ELSE 'doubled' END"


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
    mine: bool = False,
) -> bytes:
    """One tile, empty bytes where nothing stands. `layer` is a level or "facilities", which have `columns`.

    With `mine` only what the account of the transaction answers for.

    Raises UsageError for a place that is no tile and for a column that facilities do not have.
    """
    if not (0 <= z <= DEEPEST_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise UsageError(_("There is no tile {z}/{x}/{y}.", z=z, x=x, y=y))
    unknown = sorted(set(columns) - set(FACILITY_COLUMNS))
    if unknown:
        raise UsageError(_("Tiles have no column {columns}.", columns=", ".join(unknown)))
    values = {**time_values(on=on, known=known), "layer": layer, "z": z, "x": x, "y": y}
    if layer != "facilities":
        query = _area_query(on=on, known=known, mine=mine)
    elif connection.exec_driver_sql(_crowd_query(on=on, known=known, mine=mine), values).scalar_one() > MOST_POINTS:
        query = _count_query(on=on, known=known, mine=mine)
    else:
        query = _facility_query(columns, on=on, known=known, mine=mine)
    return bytes(connection.exec_driver_sql(query, values).scalar_one())


def extent(connection: Connection, *, on: date, known: datetime | None, mine: bool = False) -> Box | None:
    """West, south, east and north of the areas in force, else of the facilities; None without either."""
    for table, own in (("area", _OWN_AREA.replace("a.code", "s.code")), ("facility", "")):
        row = connection.exec_driver_sql(
            f"""
            SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
            FROM (SELECT ST_Extent(geometry) AS e FROM {table} s
                  WHERE {in_time("s", on=on, known=known)}{own if mine else ""}) box""",
            time_values(on=on, known=known),
        ).one()
        if row[0] is not None:
            return (float(row[0]), float(row[1]), float(row[2]), float(row[3]))
    return None


def counts(
    connection: Connection, *, on: date, known: datetime | None, mine: bool = False
) -> dict[str, dict[str, int]]:
    """Level -> state -> number of areas in force; levels without areas are absent."""
    rows = connection.exec_driver_sql(
        f"""
        WITH duty AS (
            SELECT p.target_code, count(DISTINCT p.officer_code) AS n FROM assignment p
            WHERE {_IS_PRIMARY} AND {in_time("p", on=on, known=known)} GROUP BY p.target_code)
        SELECT a.level, {_STATE} AS state, count(*) AS areas
        FROM area a LEFT JOIN duty ON duty.target_code = a.code
        WHERE {in_time("a", on=on, known=known)}{_OWN_AREA if mine else ""} GROUP BY 1, 2 ORDER BY 1, 2""",
        time_values(on=on, known=known),
    )
    found: dict[str, dict[str, int]] = {}
    for level, state, areas in rows:
        found.setdefault(level, {})[state] = areas
    return found


def _area_query(*, on: date, known: datetime | None, mine: bool) -> str:
    """The primaries are looked up for each area that is drawn, so that a tile costs what it shows."""
    return f"""
        WITH box AS (
            SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS web,
                   ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096), 4326) AS degrees,
                   360.0 / (2.0 ^ %(z)s) / 1024 AS half_pixel),
        shapes AS (
            SELECT a.code, a.name, a.level, duty.officer, {_STATE} AS state,
                   ST_AsMVTGeom(ST_Transform(a.geometry, 3857), box.web, 4096, 64, true) AS shape
            FROM box JOIN area a ON a.geometry && box.degrees
            CROSS JOIN LATERAL (
                SELECT count(DISTINCT p.officer_code) AS n,
                       string_agg(DISTINCT coalesce(o.name, p.officer_code), ', ') AS officer
                FROM assignment p
                LEFT JOIN officer o ON o.code = p.officer_code AND {in_time("o", on=on, known=known)}
                WHERE {_IS_PRIMARY} AND p.target_code = a.code AND {in_time("p", on=on, known=known)}) duty
            WHERE a.level = %(layer)s AND {in_time("a", on=on, known=known)}{_OWN_AREA if mine else ""}
              AND greatest(ST_XMax(a.geometry) - ST_XMin(a.geometry), ST_YMax(a.geometry) - ST_YMin(a.geometry))
                  >= box.half_pixel)
        SELECT coalesce(ST_AsMVT(shapes, %(layer)s, 4096, 'shape'), '') FROM shapes WHERE shape IS NOT NULL"""


def _points(*, on: date, known: datetime | None, mine: bool) -> str:
    """SQL: the facilities `f` inside the tile, of which `web` and `degrees` are the boxes.

    Each point belongs to one tile only: the west and south edges are inside, the others are not.
    """
    return f"""
        (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS web,
                ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4326) AS degrees) box
        JOIN facility f ON f.geometry && box.degrees AND {in_time("f", on=on, known=known)}
            AND ST_X(f.geometry) < ST_XMax(box.degrees) AND ST_Y(f.geometry) < ST_YMax(box.degrees)
            {_OWN_FACILITY if mine else ""}"""


def _crowd_query(*, on: date, known: datetime | None, mine: bool) -> str:
    """Counts no further than needed."""
    return f"""
        SELECT count(*) FROM (SELECT FROM {_points(on=on, known=known, mine=mine)} LIMIT {MOST_POINTS + 1}) found"""


def _facility_query(columns: Sequence[str], *, on: date, known: datetime | None, mine: bool) -> str:
    named = "".join(f"f.{c}, " for c in dict.fromkeys(columns))
    return f"""
        WITH shapes AS (
            SELECT {named} ST_AsMVTGeom(ST_Transform(f.geometry, 3857), web, 4096, 64, false) AS shape
            FROM {_points(on=on, known=known, mine=mine)})
        SELECT coalesce(ST_AsMVT(shapes, %(layer)s, 4096, 'shape'), '') FROM shapes WHERE shape IS NOT NULL"""


def _count_query(*, on: date, known: datetime | None, mine: bool) -> str:
    """Rows of cells follow the Mercator projection, computed here because it is asked of every point."""
    north = "ln(tan(pi() / 4 + radians({}) / 2))"
    return f"""
        WITH placed AS (
            SELECT ST_X(f.geometry) AS lon, ST_Y(f.geometry) AS lat, web, degrees
            FROM {_points(on=on, known=known, mine=mine)}),
        cells AS (
            SELECT count(*) AS count, avg(lon) AS lon, avg(lat) AS lat, web FROM placed
            GROUP BY web, floor((lon - ST_XMin(degrees)) / (ST_XMax(degrees) - ST_XMin(degrees)) * {CELLS}),
                     floor({north.format("lat")} / (ST_YMax(web) - ST_YMin(web)) * {EARTH_RADIUS_M} * {CELLS})),
        shapes AS (
            SELECT count, ST_AsMVTGeom(ST_Transform(ST_Point(lon, lat, 4326), 3857), web, 4096, 64, false) AS shape
            FROM cells)
        SELECT coalesce(ST_AsMVT(shapes, %(layer)s, 4096, 'shape'), '') FROM shapes WHERE shape IS NOT NULL"""
