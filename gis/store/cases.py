"""Cases against facilities: rows are added and never changed. What the database refuses is said in words."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from gis.errors import DataRejected
from gis.texts import N_, _

Row = dict[str, Any]
REFUSALS: Final[Mapping[str, str]] = {
    "case_people": N_("A case needs three different people of different officers who see the facility."),
    "ck_facility_case_people": N_("A case needs three different people of different officers who see the facility."),
    "case_finding": N_("A case is opened from serious or critical findings of one facility that are in no other case."),
}
"""Constraint -> what it means."""

_PEOPLE: Final = ("investigator", "reviewer", "decider")
_NAMED: Final = """
    SELECT n.*, f.name AS facility_name FROM case_now n LEFT JOIN LATERAL (
        SELECT name FROM facility WHERE code = n.facility_code AND upper_inf(recorded)
        ORDER BY upper(valid) DESC NULLS FIRST LIMIT 1) f ON true
    WHERE (NOT :mine OR n.facility_code IN (SELECT wangge_facility_codes()))"""
_NEWEST: Final = "ORDER BY f.found_on DESC, f.item, f.id"
_FINDINGS: Final = """
    SELECT f.id, f.facility_code, f.inspection_code, f.checklist, f.version, f.item, f.severity, f.note, f.found_on,
           f.due_on, f.state, f.number,
           (SELECT c.id FROM case_finding i JOIN case_now c ON c.id = i.case_id
            WHERE i.finding_id = f.id AND c.state <> 'dropped' LIMIT 1) AS case_id
    FROM finding_now f"""


def staff(connection: Connection, facility: str) -> list[Row]:
    """Inspectors and leaders (account, role, officer, name, department), and which are `able` to work on a case.

    None of them where the transaction's account does not see the facility.
    """
    return _rows(connection, "SELECT * FROM wangge_case_staff(:facility)", facility=facility)


def findings(connection: Connection, *, ids: Sequence[str] = (), facility: str | None = None) -> list[Row]:
    """Findings by number or of a facility, each with its state and the case that it is in, if any; newest first."""
    return _rows(
        connection,
        f"{_FINDINGS} WHERE f.id = ANY (CAST(:ids AS uuid[])) OR f.facility_code = :facility {_NEWEST}",
        ids=list(ids),
        facility=facility,
    )


def findings_of(connection: Connection, case: str) -> list[Row]:
    """The findings that a case is about."""
    return _rows(
        connection,
        f"{_FINDINGS} JOIN case_finding i ON i.finding_id = f.id WHERE i.case_id = :case {_NEWEST}",
        case=case,
    )


def add(connection: Connection, row: Mapping[str, Any], findings: Sequence[str], *, now: datetime) -> bool:
    """Stores a case (id, facility_code, investigator, reviewer, decider); False where the number is taken.

    Raises DataRejected where the database refuses people or findings.
    """
    names = ("id", "facility_code", *_PEOPLE)
    try:
        with connection.begin_nested():
            added = connection.execute(
                text(f"""
                INSERT INTO facility_case ({", ".join(names)}, opened_by, opened_at)
                VALUES ({", ".join(f":{name}" for name in names)}, :investigator, :now) ON CONFLICT DO NOTHING"""),
                {**{name: row[name] for name in names}, "now": now},
            )
            if added.rowcount != 1:
                return False
            connection.execute(
                text("INSERT INTO case_finding (case_id, finding_id) VALUES (:case, :finding)"),
                [{"case": row["id"], "finding": finding} for finding in findings],
            )
    except IntegrityError as error:
        raise refusal(error) from error
    return True


def refusal(error: IntegrityError) -> DataRejected:
    """What a rule of the database means; errors of other rules are raised as they are."""
    diagnosis = getattr(error.orig, "diag", None)
    meaning = REFUSALS.get(getattr(diagnosis, "constraint_name", None) or "")
    if meaning is None:
        raise error
    return DataRejected(_(meaning))


def add_event(
    connection: Connection,
    case: str,
    *,
    number: int,
    state: str,
    by: str,
    at: datetime,
    note: str | None,
    clock: str | None,
    due_on: date | None,
    details: Mapping[str, Any],
) -> bool:
    """Stores a step; False where another one took its number a moment before."""
    added = connection.execute(
        text("""
        INSERT INTO case_event (case_id, number, state, done_by, done_at, note, clock, due_on, details)
        VALUES (:case, :number, :state, :by, :at, :note, :clock, :due_on, CAST(:details AS jsonb))
        ON CONFLICT DO NOTHING"""),
        {
            **{"case": case, "number": number, "state": state, "by": by, "at": at, "note": note, "clock": clock},
            **{"due_on": due_on, "details": json.dumps(dict(details), ensure_ascii=False)},
        },
    )
    return added.rowcount == 1


def escalate(connection: Connection, findings: Sequence[Mapping[str, Any]], *, by: str, at: datetime) -> None:
    """Writes for findings (id, number of the last event) that they went up. Raises DataRejected where one moved on."""
    for found in findings:
        added = connection.execute(
            text("""
            INSERT INTO finding_event (finding_id, number, state, done_by, done_at)
            VALUES (:id, :number, 'escalated', :by, :at) ON CONFLICT DO NOTHING"""),
            {"id": found["id"], "number": found["number"] + 1, "by": by, "at": at},
        )
        if added.rowcount != 1:
            raise DataRejected(_("A finding went on a moment ago. Look at it again; nothing was stored."))


def list_all(connection: Connection, *, mine: bool, facility: str | None = None) -> list[Row]:
    """Cases that are seen with their first and last event, the newest first."""
    return _rows(
        connection,
        f"{_NAMED} AND n.facility_code = coalesce(:facility, n.facility_code) ORDER BY n.opened_at DESC, n.id",
        mine=mine,
        facility=facility,
    )


def find(connection: Connection, case: str, *, mine: bool) -> Row | None:
    """One case as `list_all` has it; None where none is seen."""
    found = _rows(connection, f"{_NAMED} AND n.id = CAST(:case AS uuid)", mine=mine, case=case)
    return found[0] if found else None


def events(connection: Connection, case: str) -> list[Row]:
    """The steps of a case, the first one first."""
    return _rows(connection, "SELECT * FROM case_event WHERE case_id = :case ORDER BY number", case=case)


def add_document(
    connection: Connection, case: str, *, number: int, kind: str, sha256: str, content: bytes, by: str, at: datetime
) -> None:
    """Stores what was issued with a step."""
    connection.execute(
        text("""
        INSERT INTO case_document (case_id, number, kind, sha256, content, made_by, made_at)
        VALUES (:case, :number, :kind, :sha256, :content, :by, :at)"""),
        {
            **{"case": case, "number": number, "kind": kind, "sha256": sha256, "content": content},
            **{"by": by, "at": at},
        },
    )


def documents(connection: Connection, case: str) -> list[Row]:
    """What was issued, without its content."""
    return _rows(
        connection,
        """
        SELECT number, kind, sha256, octet_length(content) AS bytes, made_by, made_at FROM case_document
        WHERE case_id = :case ORDER BY number""",
        case=case,
    )


def document(connection: Connection, case: str, number: int) -> Row | None:
    """One document with its content."""
    found = _rows(
        connection,
        "SELECT number, kind, sha256, content FROM case_document WHERE case_id = :case AND number = :number",
        case=case,
        number=number,
    )
    return {**found[0], "content": bytes(found[0]["content"])} if found else None


def _rows(connection: Connection, statement: str, **values: object) -> list[Row]:
    """Rows as dicts; UUIDs as text."""
    return [
        {
            str(name): str(value) if name in ("id", "case_id") and value is not None else value
            for name, value in row._mapping.items()
        }
        for row in connection.execute(text(statement), values)
    ]
