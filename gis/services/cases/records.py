"""Cases against facilities: opening one from serious findings, listing them, and reading one with all about it.

Three different people work on a case: the **investigator** opens it, gives notice and serves the decision; the
**reviewer** looks at the file; the **decider** decides, drops or closes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from gis.errors import DataRejected, NotFound
from gis.policies import shipped_case_policy
from gis.roles import PERMITTED, Actor, permit
from gis.rules import CASE
from gis.services import audit
from gis.services.cases.clocks import Stand, next_steps, stand_of
from gis.services.cases.texts import PART_NAMES, clean_text
from gis.services.numbers import read_number
from gis.services.scope import own
from gis.services.workspace import Workspace, today
from gis.store import case_replies, cases
from gis.store.engine import Connection
from gis.texts import _

Row = dict[str, Any]
PARTS: Final = ("investigator", "reviewer", "decider")
OPENING: Final = ("serious", "critical")
"""Severities that open a case."""
OVER: Final = ("closed", "withdrawn")
ESCALATED_FROM: Final = ("open", "reinspected")
MOST_FINDINGS: Final = 100


@dataclass(frozen=True)
class Choices:
    """What a case against a facility can be opened with."""

    facility: Row
    findings: list[Row]
    reviewers: list[Row]
    deciders: list[Row]


def list_cases(
    workspace: Workspace,
    actor: Actor,
    *,
    state: str | None = None,
    mine: bool = False,
    facility: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> tuple[list[Row], int]:
    """A page of the cases against facilities that the actor sees, the newest first, and how many fit in all.

    `state` is that of today, `mine` keeps those in which the actor has a part.
    """
    permit(actor, "cases.read")
    with workspace.transaction(actor) as connection:
        rows = cases.list_all(connection, mine=bool(own(connection, actor)), facility=facility)
    found = [
        _summarise(row, stand)
        for row in rows
        for stand in (stand_of(row, shipped_case_policy(), today()),)
        if state in (None, stand.state) and (not mine or actor.name in (row[part] for part in PARTS))
    ]
    return found[offset : offset + limit], len(found)


def read_case(workspace: Workspace, actor: Actor, case: str) -> Row:
    """One case with its `people`, `findings`, `events`, `documents`, `reply` and `link`.

    `next` lists the steps that can follow, and who makes each. Raises NotFound.
    """
    permit(actor, "cases.read")
    with workspace.transaction(actor) as connection:
        return describe(connection, actor, find(connection, actor, case))


def find(connection: Connection, actor: Actor, case: str) -> Row:
    """The row of a case in the actor's scope. Raises NotFound."""
    try:
        number = read_number(case)
    except DataRejected:
        raise NotFound(_("No case {code}.", code=case[:100])) from None
    row = cases.find(connection, number, mine=bool(own(connection, actor)))
    if row is None:
        raise NotFound(_("No case {code}.", code=number))
    return row


def describe(connection: Connection, actor: Actor, row: Row) -> Row:
    """All that belongs to a case, for those who see it."""
    stand = stand_of(row, shipped_case_policy(), today())
    known = {person["account"]: person for person in cases.staff(connection, row["facility_code"])}
    reply = case_replies.find_reply(connection, row["id"])
    link = case_replies.last_link(connection, row["id"])
    return {
        **_summarise(row, stand),
        "people": {part: _person(known.get(row[part]), row[part]) for part in PARTS},
        "findings": [_finding(found) for found in cases.findings_of(connection, row["id"])],
        "events": [_event(event) for event in cases.events(connection, row["id"])],
        "documents": [
            {**document, "made_at": _moment(document["made_at"])} for document in cases.documents(connection, row["id"])
        ],
        "reply": None if reply is None else {**reply, "received_at": _moment(reply["received_at"])},
        "link": None if link is None else {"made_at": _moment(link["made_at"]), "expires": _moment(link["expires"])},
        "next": [
            {"to": to, "part": part, "account": account, "mine": _is_mine(actor, account)}
            for to, part, account in next_steps(row, stand.state)
        ],
    }


def list_choices(workspace: Workspace, actor: Actor, facility: str) -> Choices:
    """Findings of a facility that can open a case, and who can review and decide it. Raises NotFound."""
    permit(actor, "cases.work")
    with workspace.transaction(actor) as connection:
        staff = _staff(connection, facility)
        able = [person for person in staff if person["able"] and person["officer"] != actor.officer_code]
        found = [_finding(row) for row in cases.findings(connection, facility=facility) if _opens(row)]
    named = {"code": facility}
    return Choices(named, found, able, [person for person in able if person["role"] == "leader"])


def open_case(
    workspace: Workspace,
    actor: Actor,
    *,
    id: str,  # noqa: A002 - as the record and its JSON name it
    findings: Sequence[str],
    reviewer: str,
    decider: str,
    note: str | None = None,
) -> Row:
    """Opens a case with the actor as its investigator, and gives it as `read_case` does.

    `id` is a UUID that the client made: the same case sent again is stored once. The findings are of one facility,
    serious or critical, not closed and in no other case; those not yet escalated are. Raises DataRejected for others
    and for people who do not fit, NotFound for findings that are not seen, FirewallRefused.
    """
    permit(actor, "cases.work")
    note, number = clean_text(note, field="note"), read_number(id)
    wanted = sorted({read_number(finding) for finding in findings})
    if not 1 <= len(wanted) <= MOST_FINDINGS:
        raise DataRejected(_("Choose from 1 to {most} findings.", most=MOST_FINDINGS))
    row = {"id": number, "investigator": actor.name, "reviewer": reviewer, "decider": decider}
    with workspace.transaction(actor) as connection:
        rows = cases.findings(connection, ids=wanted)
        if {found["id"] for found in rows} != set(wanted):
            raise NotFound(_("There is no such finding."))
        row["facility_code"] = rows[0]["facility_code"]
        require_people(_staff(connection, row["facility_code"]), row)
        stored = cases.find(connection, number, mine=False)
        if stored is not None and _is_same(connection, stored, row, wanted):
            return describe(connection, actor, stored)
        require_findings(rows)
        now = datetime.now(UTC)
        if not cases.add(connection, row, wanted, now=now):
            raise DataRejected(_("The number {code} is taken by another case. Nothing was stored.", code=number))
        due = shipped_case_policy().due("decision", now.astimezone().date())
        cases.add_event(
            connection,
            number,
            number=1,
            state=CASE.initial,
            by=actor.name,
            at=now,
            note=note,
            clock="decision",
            due_on=due,
            details={},
        )
        cases.escalate(connection, [f for f in rows if f["state"] in ESCALATED_FROM], by=actor.name, at=now)
        made = describe(connection, actor, find(connection, actor, number))
        details = {"facility": row["facility_code"], "findings": wanted, "reviewer": reviewer, "decider": decider}
        audit.record(connection, actor, "cases.open", number, details=details)
    return made


def require_findings(rows: Sequence[Row]) -> None:
    """The first lock: findings of one facility that may open a case. Raises DataRejected."""
    if len({row["facility_code"] for row in rows}) != 1:
        raise DataRejected(_("A case is about one facility; these findings are of several."))
    for row in rows:
        if row["severity"] not in OPENING:
            raise DataRejected(
                _("Only a serious or critical finding opens a case; {item} is neither.", item=row["item"]),
                details={"finding": row["id"], "severity": row["severity"]},
            )
        if row["state"] in OVER:
            raise DataRejected(
                _("The finding {item} is over; it opens no case.", item=row["item"]), details={"finding": row["id"]}
            )
        if row["case_id"] is not None:
            raise DataRejected(
                _("The finding {item} belongs to another case.", item=row["item"]), details={"finding": row["id"]}
            )


def require_people(staff: Sequence[Row], row: Mapping[str, str]) -> None:
    """The first lock: three different people of different officers who can work on it. Raises DataRejected."""
    able = {person["account"]: person for person in staff if person["able"]}
    for part in PARTS:
        person = able.get(row[part])
        if person is None or (part == "decider" and person["role"] != "leader"):
            raise DataRejected(
                _("{account} cannot be the {part} of this case.", account=row[part], part=_(PART_NAMES[part])),
                details={"field": part},
            )
    names = {row[part] for part in PARTS}
    if len(names) < len(PARTS) or len({able[name]["officer"] for name in names}) < len(PARTS):
        raise DataRejected(_("Investigator, reviewer and decider must be three different people."))


def _staff(connection: Connection, facility: str) -> list[Row]:
    """Those who could work on a case against the facility, and others. Raises NotFound where it is not the actor's."""
    staff = cases.staff(connection, facility)
    if not staff:
        raise NotFound(_("No facility {code} among those that you answer for.", code=facility))
    return staff


def _is_same(connection: Connection, stored: Row, row: Row, wanted: Sequence[str]) -> bool:
    same = all(stored[name] == row[name] for name in ("facility_code", *PARTS))
    return same and {found["id"] for found in cases.findings_of(connection, stored["id"])} == set(wanted)


def _opens(row: Row) -> bool:
    return row["severity"] in OPENING and row["state"] not in OVER and row["case_id"] is None


def _is_mine(actor: Actor, account: str) -> bool:
    return actor.role in PERMITTED["cases.work"] and not actor.read_only and actor.name == account


def _summarise(row: Row, stand: Stand) -> Row:
    steps = next_steps(row, stand.state)
    return {
        "id": row["id"],
        "facility": {"code": row["facility_code"], "name": row["facility_name"]},
        **{part: row[part] for part in PARTS},
        "opened_at": _moment(row["opened_at"]),
        "state": stand.state,
        "number": row["number"],
        "clocks": [running.to_json() for running in stand.clocks],
        "overdue": stand.overdue,
        "waits_for": steps[0][2] if steps else None,
    }


def _finding(row: Row) -> Row:
    days = {name: row[name].isoformat() if row[name] else None for name in ("found_on", "due_on")}
    return {**{name: value for name, value in row.items() if name != "number"}, **days}


def _event(event: Row) -> Row:
    kept = {name: event[name] for name in ("number", "state", "done_by", "note", "clock", "details")}
    due = event["due_on"]
    return {**kept, "done_at": _moment(event["done_at"]), "due_on": due.isoformat() if due else None}


def _person(known: Row | None, account: str) -> Row:
    officer = {name: known[name] if known else None for name in ("officer", "name", "department")}
    return {"account": account, **officer}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
