"""Inspections on the spot: planned visits, what was recorded of them, and the photos that go with it."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

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


def find_facility(connection: Connection, code: str, *, on: date, bound: bool) -> Place | None:
    """A facility in force on the day; None where there is none, or `bound` and the account does not see it."""
    source = "wangge_seen_facility(:code)" if bound else "facility"
    found = connection.execute(
        text(f"""
        SELECT code, name, kind FROM {source}
        WHERE code = :code AND upper_inf(recorded) AND valid @> CAST(:day AS date) ORDER BY id LIMIT 1"""),
        {"code": code, "day": on},
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


def _plain(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    row = {str(name): value for name, value in mapping.items()}
    row["id"], row["corrects"] = str(row["id"]), [str(number) for number in row["corrects"]]
    row["plan_id"] = None if row["plan_id"] is None else str(row["plan_id"])
    return row


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


def read_photo(connection: Connection, sha256: str) -> tuple[str, bytes] | None:
    """Media type and content."""
    found = connection.execute(
        text("SELECT media_type, content FROM photo WHERE sha256 = :sha256"), {"sha256": sha256}
    ).one_or_none()
    return None if found is None else (str(found[0]), bytes(found[1]))


def put_outcome(connection: Connection, record: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    """Makes a record the outcome of its inspection: what gaps, campaigns and histories count."""
    code, moment = record["inspection_code"], record["recorded_at"]
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
            **{name: counts[name] for name in SEVERITIES},
            "code": code,
            "moment": moment,
        },
    )


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
    connection: Connection, *, ids: Sequence[str] | None = None, facility: str | None = None, waiting: bool = False
) -> list[dict[str, Any]]:
    """PLAN_FIELDS and `state` (planned, recorded, given-up) with `reason`, the earliest day first."""
    found = connection.execute(
        text(f"""
        SELECT * FROM (
            SELECT {listed(f"p.{name}" for name in PLAN_FIELDS)}, e.reason,
                   CASE WHEN EXISTS (SELECT FROM inspection_record r WHERE r.plan_id = p.id) THEN 'recorded'
                        WHEN e.plan_id IS NOT NULL THEN 'given-up' ELSE 'planned' END AS state
            FROM inspection_plan p LEFT JOIN inspection_plan_end e ON e.plan_id = p.id
            WHERE (CAST(:ids AS uuid[]) IS NULL OR p.id = ANY(CAST(:ids AS uuid[])))
              AND (CAST(:facility AS text) IS NULL OR p.facility_code = :facility)) AS plans
        WHERE NOT :waiting OR state = 'planned' ORDER BY planned_on, facility_code, id"""),
        {"ids": None if ids is None else list(ids), "facility": facility, "waiting": waiting},
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
