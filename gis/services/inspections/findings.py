"""Findings: what failed at an inspection, until when it is to be put right, and what became of it.

A facility has one live finding for an item of a checklist: a later inspection that meets the item again takes that
finding further instead of making another one. A correction of the inspection that made a finding withdraws it where
the item did not fail after all. Deadlines are working days; one that runs into a year whose calendar is not known yet
is said to be unknown.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from gis.checklists import NOTE, Checklist, Judgement, find_item
from gis.errors import DataRejected, NotFound
from gis.intake.firewall import refuse_person_data
from gis.policies import FindingPolicy, shipped_finding_policy
from gis.roles import Actor, permit
from gis.rules import FINDING, next_states, require_transition
from gis.services import audit
from gis.services.inspections.checklist_words import item_label
from gis.services.register import own_table
from gis.services.scope import own, sees_facility, standing
from gis.services.workspace import Workspace, today
from gis.store import findings, inspections
from gis.store.engine import Connection
from gis.store.findings import LIVE
from gis.texts import _

MOST_NOTE: Final = 1000
"""A remark's field is that of its item with this ending."""
_SPACE: Final = UUID("6f6b7e0e-3c38-5e0b-9a55-0d6c2a4d8e11")


def follow(
    connection: Connection,
    record: Mapping[str, Any],
    checklist: Checklist,
    judged: Judgement,
    policy: FindingPolicy | None = None,
) -> list[dict[str, Any]]:
    """Makes the findings of a facility follow from a record that is the outcome of its inspection.

    Returns those that it made, in the order of the store.
    """
    policy = policy or shipped_finding_policy()
    failed = {item.name: item for item in judged.failed}
    known = findings.select(connection, facility=record["facility_code"])
    own = {row["item"]: row for row in known if row["inspection_code"] == record["inspection_code"]}
    earlier = {
        row["item"]: row
        for row in known
        if row["inspection_code"] != record["inspection_code"]
        and row["checklist"] == checklist.code
        and row["state"] in LIVE
        and row["found_on"] <= record["inspected_on"]
    }
    for name, row in own.items():
        _correct(connection, record, row, fails=name in failed)
    for name, row in earlier.items():
        if name not in own and (answer := record["answers"].get(name)) in ("yes", "no"):
            _see_again(connection, record, row, put_right=answer == "yes")
    fresh = sorted(set(failed) - set(own) - set(earlier))
    made = [_finding(record, name, failed[name].severity, policy) for name in fresh]
    findings.add(connection, made)
    return sorted(made, key=lambda row: (row["due_on"] or date.max, row["item"]))


def _finding(record: Mapping[str, Any], item: str, severity: str, policy: FindingPolicy) -> dict[str, Any]:
    days = policy.deadline_workdays[severity]
    return {
        "id": str(uuid5(_SPACE, f"{record['inspection_code']}/{item}")),
        "record_id": record["id"],
        "item": item,
        "severity": severity,
        "note": record["answers"].get(item + NOTE),
        "found_on": record["inspected_on"],
        "deadline_workdays": days,
        "due_on": policy.calendar.add(record["inspected_on"], days),
        **{name: record[name] for name in ("inspection_code", "facility_code", "checklist", "version", "recorded_at")},
    }


def _correct(connection: Connection, record: Mapping[str, Any], row: Mapping[str, Any], *, fails: bool) -> None:
    """What a correction of its own inspection does to a finding."""
    wanted = "open" if fails and row["state"] == "withdrawn" else "withdrawn" if not fails else None
    if wanted and wanted in next_states(FINDING, row["state"]):
        _move(connection, record, row, wanted)


def _see_again(connection: Connection, record: Mapping[str, Any], row: Mapping[str, Any], *, put_right: bool) -> None:
    """What a later inspection does to a finding that is still alive."""
    if row["state"] == "open" and put_right:
        row = _move(connection, record, row, "rectified", put_right=True)
    if row["state"] == "rectified":
        _move(connection, record, row, "reinspected", put_right=put_right)


def _move(
    connection: Connection, record: Mapping[str, Any], row: Mapping[str, Any], state: str, put_right: bool | None = None
) -> dict[str, Any]:
    findings.add_event(
        connection,
        row,
        state,
        by=record["recorded_by"],
        at=record["recorded_at"],
        inspection=record["inspection_code"],
        put_right=put_right,
    )
    return {**row, "state": state, "number": row["number"] + 1}


def decide(workspace: Workspace, actor: Actor, number: str, state: str, *, note: str | None) -> dict[str, Any]:
    """Takes a finding to a state and returns it as it is then; a note says why.

    Raises NotFound, UsageError or NotAllowed for a transition that there is not (see FINDING in `gis.rules`),
    DataRejected where its condition does not hold.
    """
    permit(actor, "findings.work")
    note = (note or "").strip() or None
    if note and (len(note) > MOST_NOTE or "\x00" in note):
        raise DataRejected(_("A note has at most {most} characters.", most=MOST_NOTE))
    refuse_person_data(note, field="note")
    with workspace.transaction(actor) as connection:
        row = _require(connection, actor, number)
        step = require_transition(FINDING, row["state"], state, role=actor.role)
        if step.condition == "put-right-at-reinspection" and not row["put_right"]:
            raise DataRejected(_("The re-inspection did not find it put right. Escalate it, or inspect again."))
        if note is None:
            raise DataRejected(_("Say in a note what was seen or decided."))
        if not findings.add_event(connection, row, state, by=actor.name, at=datetime.now(UTC), note=note):
            raise DataRejected(_("Somebody else changed this finding a moment ago. Look at it again."))
        audit.record(connection, actor, f"findings.{state}", row["facility_code"], details={"finding": number})
        return dress(_require(connection, actor, number), shipped_finding_policy(), today())


def _require(connection: Connection, actor: Actor, number: str) -> dict[str, Any]:
    try:
        row = findings.find(connection, str(UUID(number)))
    except ValueError:
        row = None
    if row is None or not sees_facility(connection, actor, row["facility_code"]):
        raise NotFound(_("There is no finding {number}.", number=number[:100]))
    return row


def read_finding(workspace: Workspace, actor: Actor, number: str) -> dict[str, Any]:
    """One finding with its events and what can follow for this actor."""
    permit(actor, "findings.read")
    with workspace.transaction(actor) as connection:
        row = _require(connection, actor, number)
        passed = findings.events(connection, row["id"])
    following = [step.end for step in FINDING.transitions if step.start == row["state"] and actor.role in step.roles]
    if not row["put_right"]:
        following = [end for end in following if (row["state"], end) != ("reinspected", "closed")]
    return {**dress(row, shipped_finding_policy(), today()), "events": passed, "following": following}


def list_findings(
    workspace: Workspace,
    actor: Actor,
    *,
    state: str | None = None,
    facility: str | None = None,
    severity: str | None = None,
    remind: bool = False,
    limit: int | None = 100,
    offset: int = 0,
) -> tuple[list[dict[str, Any]], int]:
    """A page of the findings of the actor's facilities, the earliest deadline first, and how many there are in all.

    Without a state those that are alive, with `all` every one. `remind` keeps those whose deadline has passed, comes
    within the policy's days, or is unknown.
    """
    permit(actor, "findings.read")
    on, policy = today(), shipped_finding_policy()
    key = (*standing(workspace, actor).key, "findings", on, state, facility)
    states = list(LIVE) if state is None else None if state == "all" else [state]

    def read() -> list[dict[str, Any]]:
        with workspace.transaction(actor) as connection:
            mine = bool(own(connection, actor))
            found = findings.select(connection, facility=facility, states=states, mine=mine)
        names = _names(workspace, actor)
        return [{**row, "facility_name": names.get(row["facility_code"])} for row in found]

    rows = [dress(row, policy, on) for row in workspace.remember(key, read)]
    rows = [row for row in rows if (severity in (None, row["severity"])) and (not remind or row["remind"])]
    return rows[offset : None if limit is None else offset + limit], len(rows)


def _names(workspace: Workspace, actor: Actor) -> dict[str, str]:
    """Code -> the last known name of each facility of the actor's."""

    def read() -> dict[str, str]:
        frame = own_table(workspace, actor, "facilities")
        return dict(zip(frame["code"], frame["name"], strict=True))  # periods of one code come in their order

    return workspace.remember((*standing(workspace, actor).register_key, "facility-names"), read)


def dress(row: Mapping[str, Any], policy: FindingPolicy, on: date) -> dict[str, Any]:
    """A finding with its item in words, its state's name, and how it stands to its deadline on the day."""
    item = find_item(row["checklist"], row["version"], row["item"])
    waits = row["state"] == "open"
    overdue = waits and row["due_on"] is not None and row["due_on"] < on
    soon = waits and (row["due_on"] is None or row["due_on"] <= on + timedelta(days=policy.remind_days))
    return {
        **row,
        "label": item_label(row),
        "legal_basis": item.legal_basis if item else None,
        "state_name": _(FINDING.states[row["state"]]),
        "overdue": overdue,
        "remind": soon,
    }


def list_tasks(workspace: Workspace, actor: Actor) -> list[dict[str, Any]]:
    """Visits to be made: those planned, and re-inspections where something is said to be put right or is late.

    Each has facility, facility_name, kind (planned, reinspection), checklist, on (the day it is planned for, or since
    when it is due), inspectors, plan and findings (numbers); the earliest day first.
    """
    permit(actor, "inspections.read")
    on = today()
    with workspace.transaction(actor) as connection:
        mine = bool(own(connection, actor))
        plans = inspections.find_plans(connection, waiting=True, mine=mine)
        found = findings.select(connection, states=["open", "rectified"], mine=mine)
    names = _names(workspace, actor)
    tasks = [
        {
            "facility": plan["facility_code"],
            "kind": "planned",
            "checklist": plan["checklist"],
            "on": plan["planned_on"],
            "inspectors": plan["inspectors"].split(";"),
            "plan": plan["id"],
            "findings": [],
        }
        for plan in plans
    ]
    due: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in found:
        if row["state"] == "rectified" or (row["due_on"] is not None and row["due_on"] < on):
            due.setdefault((row["facility_code"], row["checklist"]), []).append(row)
    waiting = {(task["facility"], task["checklist"]): task for task in tasks}
    for (facility, checklist), rows in due.items():
        numbers = [row["id"] for row in rows]
        if (facility, checklist) in waiting:
            waiting[facility, checklist]["findings"] = numbers
            continue
        since = min(
            row["changed_at"].astimezone().date() if row["state"] == "rectified" else row["due_on"] for row in rows
        )
        tasks.append(
            {
                "facility": facility,
                "kind": "reinspection",
                "checklist": checklist,
                "on": since,
                "inspectors": [],
                "plan": None,
                "findings": numbers,
            }
        )
    for task in tasks:
        task["facility_name"] = names.get(task["facility"])
    return sorted(tasks, key=lambda task: (task["on"], task["facility"], task["checklist"]))
