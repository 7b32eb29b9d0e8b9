"""Findings: items that failed at an inspection, and what became of them, one event after the other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.engine import Connection

from gis.store.naming import listed

FIELDS: Final = (
    *("id", "inspection_code", "record_id", "facility_code", "checklist", "version", "item", "severity", "note"),
    *("found_on", "deadline_workdays", "due_on", "recorded_at"),
)
_NOW: Final = (*FIELDS, "state", "number", "put_right", "changed_at", "changed_by", "state_note")
LIVE: Final = ("open", "rectified", "reinspected", "escalated")
"""States of a finding that is not done with."""


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Stores findings with FIELDS; they are open."""
    if rows:
        connection.execute(
            text(f"INSERT INTO finding ({listed(FIELDS)}) VALUES ({listed(f':{name}' for name in FIELDS)})"),
            [{name: row[name] for name in FIELDS} for row in rows],
        )


def add_event(
    connection: Connection,
    row: Mapping[str, Any],
    state: str,
    *,
    by: str,
    at: datetime,
    note: str | None = None,
    inspection: str | None = None,
    put_right: bool | None = None,
) -> bool:
    """Takes a finding, as it was read, to a state; False where somebody else has taken it on meanwhile."""
    added = connection.execute(
        text("""
        INSERT INTO finding_event (finding_id, number, state, put_right, inspection_code, note, done_by, done_at)
        VALUES (:id, :number, :state, :put_right, :inspection, :note, :by, :at) ON CONFLICT DO NOTHING"""),
        {
            "id": row["id"],
            "number": row["number"] + 1,
            "state": state,
            "put_right": put_right,
            "inspection": inspection,
            "note": note,
            "by": by,
            "at": at,
        },
    )
    return added.rowcount == 1


def find(connection: Connection, number: str) -> dict[str, Any] | None:
    """One finding as it stands; None where none is seen."""
    rows = select(connection, ids=[number])
    return rows[0] if rows else None


def select(
    connection: Connection,
    *,
    ids: Sequence[str] | None = None,
    inspection: str | None = None,
    facility: str | None = None,
    states: Sequence[str] | None = None,
    mine: bool = False,
) -> list[dict[str, Any]]:
    """Findings as they stand, the earliest deadline first, those without one last; `mine` keeps to the account's."""
    found = connection.execute(
        text(f"""
        SELECT {listed(_NOW)} FROM finding_now
        WHERE (CAST(:ids AS uuid[]) IS NULL OR id = ANY(CAST(:ids AS uuid[])))
          AND (CAST(:inspection AS text) IS NULL OR inspection_code = :inspection)
          AND (CAST(:facility AS text) IS NULL OR facility_code = :facility)
          AND (CAST(:states AS text[]) IS NULL OR state = ANY(:states))
          AND (NOT :mine OR facility_code IN (SELECT wangge_facility_codes()))
        ORDER BY due_on NULLS LAST, facility_code, item, id"""),
        {
            "ids": None if ids is None else list(ids),
            "inspection": inspection,
            "facility": facility,
            "states": None if states is None else list(states),
            "mine": mine,
        },
    )
    return [{**row._mapping, "id": str(row.id), "record_id": str(row.record_id)} for row in found]


def events(connection: Connection, finding: str) -> list[dict[str, Any]]:
    """number, state, put_right, inspection_code, note, done_by, done_at of a finding's events, in order."""
    found = connection.execute(
        text("""
        SELECT number, state, put_right, inspection_code, note, done_by, done_at FROM finding_event
        WHERE finding_id = CAST(:id AS uuid) ORDER BY number"""),
        {"id": finding},
    )
    return [dict(row._mapping) for row in found]
