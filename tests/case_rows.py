"""Rows of findings and cases, put into the store by its owner without any service."""

from datetime import date
from uuid import uuid4

from sqlalchemy import Connection, text

FOUND_ON = date(2026, 9, 1)


def insert_finding(
    connection: Connection,
    facility: str,
    *,
    finding: str | None = None,
    severity: str = "serious",
    note: str = "机房",
    item: str = "licence_in_force",
) -> str:
    """A finding of an inspection of its own; its number."""
    number = finding or str(uuid4())
    values = {"finding": number, "record": str(uuid4()), "code": str(uuid4()), "facility": facility}
    values |= {"severity": severity, "note": note, "item": item}
    connection.execute(
        text("""
        INSERT INTO inspection_record (id, inspection_code, corrects, facility_code, checklist, version, inspected_on,
            inspectors, answers, result, channel, recorded_by, recorded_at)
        VALUES (:record, :code, '{}', :facility, 'clinic', '1', :day, 'L01;L02', '{}', 'fail', 'web', 'x', now())"""),
        {**values, "day": FOUND_ON},
    )
    connection.execute(
        text("""
        INSERT INTO finding (id, inspection_code, record_id, facility_code, checklist, version, item, severity, note,
            found_on, deadline_workdays, due_on, recorded_at)
        VALUES (:finding, :code, :record, :facility, 'clinic', '1', :item, :severity, :note, :day, 7, NULL, now())"""),
        {**values, "day": FOUND_ON},
    )
    return number


def insert_case(
    connection: Connection, case: str, facility: str, people: tuple[str, str, str], finding: str, *, note: str = "立案"
) -> None:
    """A case that was opened, with a document; people are investigator, reviewer and decider by account."""
    values = {"id": case, "facility": facility, "i": people[0], "r": people[1], "d": people[2]}
    values |= {"finding": finding, "note": note}
    for statement in (
        "INSERT INTO facility_case VALUES (:id, :facility, :i, :r, :d, :i, now())",
        "INSERT INTO case_finding VALUES (:id, :finding)",
        """INSERT INTO case_event (case_id, number, state, done_by, done_at, note, clock, due_on)
           VALUES (:id, 1, 'opened', :i, now(), :note, 'decision', current_date + 90)""",
        """INSERT INTO case_document VALUES
           (:id, 1, 'notice', encode(sha256('%PDF'), 'hex'), '%PDF', :i, now())""",
    ):
        connection.execute(text(statement), values)
