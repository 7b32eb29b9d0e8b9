"""Imports that were made, who made them, and the shapes that one of them brought and took away."""

from typing import Final

import geopandas as gpd
import pandas as pd
import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.engine import Connection

from gis.crs import STORAGE
from gis.store.copying import copy_out, to_frame, to_geometry
from gis.store.naming import names_of

_COLUMNS: Final = ("number", "kind", "file", "sha256", "evidence", "started", "inserted", "changed", "unchanged", "who")


def read_runs(
    connection: Connection, *, number: int | None = None, limit: int = 50, offset: int = 0
) -> tuple[pd.DataFrame, int]:
    """Finished imports, newest first, and how many there are; with `number` that one alone.

    Columns number (int), kind, file, sha256, evidence (dict), started (datetime, UTC), inserted, changed, unchanged
    (int) and who, the account as the audit names it (None: from before there was an audit).
    """
    where = "recorded IS NOT NULL AND (CAST(:number AS bigint) IS NULL OR id = :number)"
    values = {"number": number, "limit": limit, "offset": offset}
    total = connection.execute(text(f"SELECT count(*) FROM import_run WHERE {where}"), values).scalar_one()
    rows = connection.execute(
        text(f"""
        SELECT r.id, r.kind, r.file, r.sha256, r.evidence, r.started, r.inserted, r.changed, r.unchanged,
               (SELECT a.who FROM audit a WHERE a.target = r.id::text AND a.action = 'import.' || r.kind
                AND a.outcome = 'done' ORDER BY a.number LIMIT 1) AS who
        FROM import_run r WHERE {where} ORDER BY r.id DESC LIMIT :limit OFFSET :offset"""),
        values,
    ).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=list(_COLUMNS), dtype=object), int(total)


def read_drawn(connection: Connection, kind: str, *, import_id: int, limit: int) -> gpd.GeoDataFrame:
    """The rows of areas or facilities that an import recorded and those that it ended, at most `limit` of each.

    Columns code, name (str), state (new, changed: as they are now; old: as they were before) and geometry, EPSG:4326.
    """
    table = names_of(kind).table
    types: dict[str, pa.DataType] = dict.fromkeys(("code", "name", "state", "geometry"), pa.string())
    query = f"""
        WITH moment AS (SELECT recorded FROM import_run WHERE id = %(id)s),
        ended AS MATERIALIZED (
            SELECT s.* FROM {table} s, moment m WHERE upper(s.recorded) = m.recorded ORDER BY s.code LIMIT %(limit)s),
        begun AS (
            SELECT s.* FROM {table} s, moment m WHERE s.import_id = %(id)s AND lower(s.recorded) = m.recorded
            ORDER BY s.code LIMIT %(limit)s)
        SELECT e.code, e.name, 'old' AS state, encode(ST_AsBinary(e.geometry), 'hex') AS geometry FROM ended e
        UNION ALL
        SELECT b.code, b.name, CASE WHEN b.code IN (SELECT code FROM ended) THEN 'changed' ELSE 'new' END,
               encode(ST_AsBinary(b.geometry), 'hex') FROM begun b"""
    rows = copy_out(connection, query, {"id": import_id, "limit": limit}, types)
    frame = to_frame(rows.select(["code", "name", "state"]))
    return gpd.GeoDataFrame(frame, geometry=to_geometry(rows["geometry"]), crs=STORAGE)
