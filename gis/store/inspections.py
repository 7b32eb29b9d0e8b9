"""Inspections on the spot: planned visits, what was recorded of them, and the photos that go with it."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import pandas as pd
from sqlalchemy import text
from sqlalchemy.engine import Connection

from gis.store.naming import listed
from gis.tables import SEVERITIES

RECORD_FIELDS: Final = (
    *("id", "inspection_code", "plan_id", "corrects", "facility_code", "checklist", "version", "inspected_on"),
    *("inspectors", "lon", "lat", "accuracy_m", "answers", "result", "channel", "recorded_by", "recorded_at"),
)
PLAN_FIELDS: Final = ("id", "facility_code", "checklist", "planned_on", "inspectors", "planned_by", "planned_at")


class Place(NamedTuple):
    """Where a facility of the actor's stands, in short."""

    code: str
    name: str
    kind: str | None


def narrow_to(connection: Connection, facility: str) -> None:
    """From here on the transaction sees inspections and findings of this facility only, and sees them quickly."""
    connection.execute(text("SELECT set_config('wangge.facility', :code, true)"), {"code": facility})


def find_facility(connection: Connection, code: str, *, on: date) -> Place | None:
    """A facility in force on the day; None where there is none, or none that the account sees."""
    found = connection.execute(
        text("SELECT code, name, kind FROM wangge_find_facility(:code, CAST(:day AS date))"), {"code": code, "day": on}
    ).one_or_none()
    return None if found is None else Place(*found)


def list_inspectors(connection: Connection) -> list[dict[str, Any]]:
    """code, name, department of those who may go along, by code."""
    found = connection.execute(text("SELECT code, name, department FROM wangge_inspectors() ORDER BY code"))
    return [dict(row._mapping) for row in found]


def add_record(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Stores a record with RECORD_FIELDS; False where its number is taken."""
    values = {**row, "answers": json.dumps(row["answers"], ensure_ascii=False), "corrects": list(row["corrects"])}
    slots = {name: f":{name}" for name in RECORD_FIELDS}
    slots |= {"corrects": "CAST(:corrects AS uuid[])", "answers": "CAST(:answers AS jsonb)"}
    added = connection.execute(
        text(f"""
        INSERT INTO inspection_record ({listed(RECORD_FIELDS)}) VALUES ({listed(slots.values())})
        ON CONFLICT DO NOTHING"""),
        {name: values[name] for name in RECORD_FIELDS},
    )
    return added.rowcount == 1


def find_records(
    connection: Connection, *, ids: Sequence[str] | None = None, code: str | None = None, heads: bool = False
) -> list[dict[str, Any]]:
    """Records by number, or all those of one inspection, in the order in which they were recorded."""
    view = "inspection_head" if heads else "inspection_record"
    found = connection.execute(
        text(f"""
        SELECT {listed(RECORD_FIELDS)} FROM {view}
        WHERE (CAST(:ids AS uuid[]) IS NULL OR id = ANY(CAST(:ids AS uuid[])))
          AND (CAST(:code AS text) IS NULL OR inspection_code = :code) ORDER BY recorded_at, id"""),
        {"ids": None if ids is None else list(ids), "code": code},
    )
    return [_plain(row._mapping) for row in found]


def codes_of(connection: Connection, facility: str) -> frozenset[str]:
    """Codes of the inspections of a facility that were recorded on the spot, for those who see them."""
    found = connection.execute(
        text("SELECT DISTINCT inspection_code FROM inspection_record WHERE facility_code = :code"), {"code": facility}
    )
    return frozenset(found.scalars())


def has_records(connection: Connection) -> bool:
    """Whether anything was recorded on the spot."""
    return bool(connection.execute(text("SELECT EXISTS (SELECT FROM inspection_record)")).scalar_one())


def _plain(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    row = {str(name): value for name, value in mapping.items()}
    row["id"], row["corrects"] = str(row["id"]), [str(number) for number in row["corrects"]]
    row["plan_id"] = None if row["plan_id"] is None else str(row["plan_id"])
    return row


def list_visits(connection: Connection, *, mine: bool, facility: str | None = None) -> list[dict[str, Any]]:
    """The outcome of every inspection that was recorded on the spot, with its `heads` and when it was last recorded.

    The latest day first; `mine` keeps to the facilities that the account sees.
    """
    found = connection.execute(
        text(f"""
        SELECT i.code, i.facility_code, i.inspected_on, i.checklist, i.inspectors, i.result,
               {listed(f"i.{name}" for name in SEVERITIES)}, h.version, h.heads, h.recorded_at
        FROM inspection i JOIN (
            SELECT inspection_code, count(*) AS heads, max(recorded_at) AS recorded_at, max(version) AS version
            FROM inspection_head WHERE CAST(:facility AS text) IS NULL OR facility_code = :facility
            GROUP BY inspection_code) h ON h.inspection_code = i.code
        WHERE upper_inf(i.recorded) AND (NOT :mine OR i.facility_code IN (SELECT wangge_facility_codes()))
        ORDER BY i.inspected_on DESC, h.recorded_at DESC, i.code"""),
        {"facility": facility, "mine": mine},
    )
    return [dict(row._mapping) for row in found]


def add_photo(connection: Connection, record: str, row: Mapping[str, Any]) -> None:
    """Stores a photo (field, name, sha256, sent_sha256, media_type, width, height, bytes, content) of a record.

    The same picture is stored once.
    """
    connection.execute(
        text("""
        INSERT INTO photo (sha256, media_type, width, height, bytes, content)
        VALUES (:sha256, :media_type, :width, :height, :bytes, :content) ON CONFLICT DO NOTHING"""),
        {name: row[name] for name in ("sha256", "media_type", "width", "height", "bytes", "content")},
    )
    connection.execute(
        text("""
        INSERT INTO inspection_photo (record_id, field, name, sha256, sent_sha256)
        VALUES (:record, :field, :name, :sha256, :sent_sha256)"""),
        {"record": record, **{name: row[name] for name in ("field", "name", "sha256", "sent_sha256")}},
    )


def copy_photos(connection: Connection, source: str, record: str, fields: Sequence[str]) -> None:
    """Lets a record keep the photos that another one has for these fields."""
    connection.execute(
        text("""
        INSERT INTO inspection_photo (record_id, field, name, sha256, sent_sha256)
        SELECT :record, field, name, sha256, sent_sha256 FROM inspection_photo
        WHERE record_id = :source AND field = ANY(:fields)"""),
        {"record": record, "source": source, "fields": list(fields)},
    )


def list_photos(connection: Connection, records: Sequence[str]) -> list[dict[str, Any]]:
    """record_id, field, name, sha256, sent_sha256, media_type, width, height, bytes; by record and field."""
    found = connection.execute(
        text("""
        SELECT CAST(i.record_id AS text) AS record_id, i.field, i.name, i.sha256, i.sent_sha256, p.media_type, p.width,
               p.height, p.bytes
        FROM inspection_photo i JOIN photo p USING (sha256)
        WHERE i.record_id = ANY(CAST(:records AS uuid[])) ORDER BY 1, 2"""),
        {"records": list(records)},
    )
    return [dict(row._mapping) for row in found]


def places_of_photo(connection: Connection, sha256: str) -> list[str]:
    """Codes of the facilities with a record that shows a photo."""
    found = connection.execute(
        text("""
        SELECT DISTINCT r.facility_code FROM inspection_photo p JOIN inspection_record r ON r.id = p.record_id
        WHERE p.sha256 = :sha256"""),
        {"sha256": sha256},
    )
    return list(found.scalars())


def read_photo(connection: Connection, sha256: str) -> tuple[str, bytes] | None:
    """Media type and content."""
    found = connection.execute(
        text("SELECT media_type, content FROM photo WHERE sha256 = :sha256"), {"sha256": sha256}
    ).one_or_none()
    return None if found is None else (str(found[0]), bytes(found[1]))


def put_outcome(connection: Connection, record: Mapping[str, Any], counts: Mapping[Any, int], *, again: bool) -> None:
    """Makes a record the outcome of its inspection, what gaps, campaigns and histories count; `again` if it has one."""
    code, moment = record["inspection_code"], record["recorded_at"]
    if again:
        connection.execute(
            text("""
            UPDATE inspection SET recorded = tstzrange(lower(recorded), :moment)
            WHERE code = :code AND upper_inf(recorded)"""),
            {"code": code, "moment": moment},
        )
    connection.execute(
        text(f"""
        INSERT INTO inspection (code, facility_code, inspected_on, checklist, inspectors, result,
                                {listed(SEVERITIES)}, valid, recorded)
        VALUES (:code, :facility_code, :inspected_on, :checklist, :inspectors, :result,
                {listed(f":{name}" for name in SEVERITIES)}, daterange(:inspected_on, NULL),
                tstzrange(:moment, NULL))"""),
        {
            **{name: record[name] for name in ("facility_code", "inspected_on", "checklist", "inspectors", "result")},
            **counts,
            "code": code,
            "moment": moment,
        },
    )


def read_serials_seen(connection: Connection, *, on: date, known: datetime | None) -> pd.DataFrame:
    """facility_code, serial (str): the numbers that the last inspection of each facility up to the day read."""
    found = connection.execute(
        text("""
        SELECT facility_code, trim(serial) AS serial FROM (
            SELECT DISTINCT ON (facility_code) facility_code, answers ->> 'serials_seen' AS serials
            FROM inspection_head
            WHERE answers ? 'serials_seen' AND inspected_on <= :on
              AND recorded_at <= coalesce(CAST(:known AS timestamptz), 'infinity')
            ORDER BY facility_code, inspected_on DESC, recorded_at DESC) AS last,
            LATERAL regexp_split_to_table(serials, '[\\s,;，；、]+') AS serial
        WHERE trim(serial) <> ''"""),
        {"on": on, "known": known},
    )
    return pd.DataFrame(found.fetchall(), columns=["facility_code", "serial"], dtype="str")


def add_plan(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Stores a planned visit with PLAN_FIELDS; False where its number is taken."""
    added = connection.execute(
        text(f"""
        INSERT INTO inspection_plan ({listed(PLAN_FIELDS)}) VALUES ({listed(f":{name}" for name in PLAN_FIELDS)})
        ON CONFLICT DO NOTHING"""),
        {name: row[name] for name in PLAN_FIELDS},
    )
    return added.rowcount == 1


def find_plans(
    connection: Connection,
    *,
    ids: Sequence[str] | None = None,
    facility: str | None = None,
    waiting: bool = False,
    mine: bool = False,
) -> list[dict[str, Any]]:
    """PLAN_FIELDS and `state` (planned, recorded, given-up) with `reason`, the earliest day first.

    `mine` keeps to the facilities that the account sees.
    """
    found = connection.execute(
        text(f"""
        SELECT * FROM (
            SELECT {listed(f"p.{name}" for name in PLAN_FIELDS)}, e.reason,
                   CASE WHEN EXISTS (SELECT FROM inspection_record r WHERE r.plan_id = p.id) THEN 'recorded'
                        WHEN e.plan_id IS NOT NULL THEN 'given-up' ELSE 'planned' END AS state
            FROM inspection_plan p LEFT JOIN inspection_plan_end e ON e.plan_id = p.id
            WHERE (CAST(:ids AS uuid[]) IS NULL OR p.id = ANY(CAST(:ids AS uuid[])))
              AND (CAST(:facility AS text) IS NULL OR p.facility_code = :facility)
              AND (NOT :mine OR p.facility_code IN (SELECT wangge_facility_codes()))) AS plans
        WHERE NOT :waiting OR state = 'planned' ORDER BY planned_on, facility_code, id"""),
        {"ids": None if ids is None else list(ids), "facility": facility, "waiting": waiting, "mine": mine},
    )
    return [{**row._mapping, "id": str(row.id)} for row in found]


def end_plan(connection: Connection, number: str, *, reason: str, by: str, at: datetime) -> bool:
    """Gives a planned visit up; False where it was given up before."""
    added = connection.execute(
        text("""
        INSERT INTO inspection_plan_end (plan_id, reason, ended_by, ended_at) VALUES (:id, :reason, :by, :at)
        ON CONFLICT DO NOTHING"""),
        {"id": number, "reason": reason, "by": by, "at": at},
    )
    return added.rowcount == 1
