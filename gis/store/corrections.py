"""Proposed corrections of the map: what an officer proposes, what a leader decides, and a point that moves."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import shapely
from sqlalchemy import text
from sqlalchemy.engine import Connection

from gis.errors import DataRejected
from gis.store.assertion import run
from gis.store.moments import next_moment
from gis.store.naming import listed, names_of
from gis.texts import _

SRID: Final = 4326
_FIELDS: Final = ("kind", "target_code", "area_code", "note", "proposed_by")
_PLACE: Final = ("geometry", "raw_lon", "raw_lat", "source_datum")
_LISTED: Final = """
    SELECT id, kind, target_code, area_code, note, proposed_by, proposed_at, state, reason, decided_by, decided_at,
           change_id, ST_AsBinary(geometry) AS geometry
    FROM correction_now"""


def add(connection: Connection, row: Mapping[str, Any], now: datetime) -> bool:
    """Stores a correction (id, kind, target_code, area_code, note, proposed_by, geometry); False where it is stored.

    Raises DataRejected where the number is taken by another one, be it one that the account does not see.
    """
    values = {name: row[name] for name in ("id", *_FIELDS)}
    added = connection.execute(
        text(f"""
        INSERT INTO correction (id, {listed(_FIELDS)}, proposed_at, geometry)
        VALUES (:id, {listed(f":{name}" for name in _FIELDS)}, :now, ST_GeomFromWKB(:shape, {SRID}))
        ON CONFLICT DO NOTHING"""),
        {**values, "now": now, "shape": shapely.to_wkb(row["geometry"])},
    )
    if added.rowcount == 1:
        return True
    stored = find(connection, row["id"])
    if stored is not None and all(stored[name] == row[name] for name in (*_FIELDS, "geometry")):
        return False
    raise DataRejected(_("The number {code} is taken by another correction. Nothing was stored.", code=row["id"]))


def find(connection: Connection, number: str) -> dict[str, Any] | None:
    """One correction with what became of it; None where none is seen."""
    found = connection.execute(text(f"{_LISTED} WHERE id = :id"), {"id": number}).one_or_none()
    return None if found is None else _row(found._mapping)


def list_all(connection: Connection, *, state: str | None, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
    """A page of the corrections, undecided ones first, then latest first; and how many there are in all."""
    wanted = {"state": state, "limit": limit, "offset": offset}
    where = "WHERE CAST(:state AS text) IS NULL OR state = :state"
    rows = connection.execute(
        text(f"""
        {_LISTED} {where} ORDER BY state <> 'proposed', coalesce(decided_at, proposed_at) DESC, id
        LIMIT :limit OFFSET :offset"""),
        wanted,
    )
    total = connection.execute(text(f"SELECT count(*) FROM correction_now {where}"), {"state": state})
    return [_row(row._mapping) for row in rows], int(total.scalar_one())


def decide(
    connection: Connection,
    number: str,
    *,
    accepted: bool,
    reason: str | None,
    by: str,
    at: datetime,
    change: int | None = None,
) -> bool:
    """Stores the decision; False where there is one already."""
    added = connection.execute(
        text("""
        INSERT INTO correction_decision (correction_id, accepted, reason, decided_by, decided_at, change_id)
        VALUES (:id, :accepted, :reason, :by, :at, :change) ON CONFLICT DO NOTHING"""),
        {"id": number, "accepted": accepted, "reason": reason, "by": by, "at": at, "change": change},
    )
    return added.rowcount == 1


def move_facility(connection: Connection, code: str, point: shapely.Point, *, on: date, now: datetime) -> datetime:
    """Records that a facility stands at this point (EPSG:4326) from the day on; returns the moment of the record.

    The version of the day ends on it and goes on at the new place, up to its own end. Raises DataRejected where none
    is in force on the day.
    """
    moment = next_moment(connection, now if now.tzinfo else now.replace(tzinfo=UTC), kind="facilities")
    kept = [name for name in names_of("facilities").columns if name not in _PLACE]
    values = {"code": code, "on": on, "moment": moment}
    run(connection, "DROP TABLE IF EXISTS pg_temp.moved")
    found = run(
        connection,
        f"""
        CREATE TEMP TABLE moved ON COMMIT DROP AS
        SELECT id, import_id, valid, {listed((*kept, *_PLACE))} FROM facility
        WHERE code = :code AND upper_inf(recorded) AND valid @> CAST(:on AS date)""",
        **values,
    )
    if found != 1:
        raise DataRejected(_("{code} is not in force on {day}.", code=code, day=on.isoformat()))
    run(
        connection,
        "UPDATE facility SET recorded = tstzrange(lower(recorded), :moment) WHERE id IN (SELECT id FROM moved)",
        **values,
    )
    run(
        connection,
        f"""
        INSERT INTO facility ({listed((*kept, *_PLACE))}, valid, recorded, import_id)
        SELECT {listed((*kept, *_PLACE))}, valid * daterange(NULL, :on), tstzrange(:moment, NULL), import_id
        FROM moved WHERE NOT isempty(valid * daterange(NULL, :on))""",
        **values,
    )
    run(
        connection,
        f"""
        INSERT INTO facility ({listed(kept)}, geometry, raw_lon, raw_lat, source_datum, valid, recorded)
        SELECT {listed(kept)}, ST_SetSRID(ST_MakePoint(:lon, :lat), {SRID}), :lon, :lat, 'wgs84',
               valid * daterange(:on, NULL), tstzrange(:moment, NULL) FROM moved""",
        **values,
        lon=point.x,
        lat=point.y,
    )
    return moment


def _row(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    row = {str(name): value for name, value in mapping.items()}
    return {**row, "id": str(row["id"]), "geometry": shapely.from_wkb(bytes(row["geometry"]))}
