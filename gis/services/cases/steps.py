"""The steps of a case after its opening: who may make which, in which order, while which clock runs.

What a step needs beside a transition of the machine `CASE`: the actor is the one of the three whose step it is; an
appeal is lodged while the clock for it runs; a sanction is closed once that clock has run out. The step, its document
and its row in the audit are one transaction.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from gis.errors import DataRejected, NotAllowed, UsageError
from gis.policies import ClockName, shipped_case_policy
from gis.roles import Actor, permit
from gis.rules import CASE, Transition, require_transition
from gis.services import audit
from gis.services.cases.clocks import STARTS, UNDECIDED, Stand, day_of, due_of, next_steps, stand_of
from gis.services.cases.documents import DOCUMENTS, issue
from gis.services.cases.records import describe, find
from gis.services.cases.reply import keep_paper_reply
from gis.services.cases.texts import CLOCK_NAMES, PART_NAMES, read_fields, refuse_personal
from gis.services.workspace import Workspace, today
from gis.store import cases
from gis.store.engine import Connection
from gis.texts import _

Row = dict[str, Any]
DAYED: Final = frozenset({"replied", "served", "appealed", "appeal-decided"})


def take_step(
    workspace: Workspace, actor: Actor, case: str, to: str, *, number: int, fields: Mapping[str, str | None]
) -> Row:
    """Takes a case to its next state, and gives it as `read_case` does.

    `number` is that of the last step that the actor has seen: where another one was made since, nothing is stored. The
    same step sent again is stored once. `fields` are those of `case_texts.FIELDS`. Raises NotFound, UsageError for a
    way that there is not, NotAllowed for somebody else's step, DataRejected, FirewallRefused.
    """
    permit(actor, "cases.work")
    refuse_personal(fields)
    with workspace.transaction(actor) as connection:
        row = find(connection, actor, case)
        if row["number"] == number + 1 and row["state"] == to and _was_mine(connection, actor, row):
            return describe(connection, actor, row)
        stand = stand_of(row, shipped_case_policy(), today())
        _require_step(actor, row, stand, to)
        if row["number"] != number:
            raise DataRejected(_("The case went on a moment ago. Look at it again; nothing was stored."))
        details = read_fields(to, fields, since=_since(row, to), today=today())
        _require_window(row, stand, to, details)
        event = _make_event(actor, row, to, details)
        if to == "replied":
            keep_paper_reply(connection, actor, row["id"], event)
        if not cases.add_event(connection, row["id"], **event):
            raise DataRejected(_("The case went on a moment ago. Look at it again; nothing was stored."))
        made = describe(connection, actor, find(connection, actor, row["id"]))
        sealed = None
        if to in DOCUMENTS:
            sealed = issue(workspace, connection, actor, made, number=event["number"], at=event["at"])
            made = describe(connection, actor, find(connection, actor, row["id"]))
        said = {"number": event["number"], "facility": row["facility_code"], "document": sealed}
        audit.record(connection, actor, f"cases.{to}", row["id"], details=said)
    return made


def _require_step(actor: Actor, row: Row, stand: Stand, to: str) -> Transition:
    """Raises UsageError where no way leads there, saying what can follow, by whom, and which clock runs; NotAllowed."""
    try:
        step = require_transition(CASE, stand.state, to)
    except UsageError as error:
        raise UsageError(" ".join((error.message, *_explain(row, stand))), details=error.details) from None
    keeper = next((account for end, _part, account in next_steps(row, stand.state) if end == to), None)
    if keeper is None:
        text = _("{state} comes about by itself, when its clock has run out.", state=_(CASE.states[to]))
        raise UsageError(" ".join((text, *_explain(row, stand))), details={"state": stand.state, "wanted": to})
    if actor.name != keeper:
        part = "investigator" if step.condition == "facility" else str(step.condition)
        raise NotAllowed(
            _(
                "{state}: only {account} may do this, the {part} of this case.",
                state=_(CASE.states[to]),
                account=keeper,
                part=_(PART_NAMES[part]),
            ),
            details={"action": f"case.{to}", "account": keeper},
        )
    return require_transition(CASE, stand.state, to, role=actor.role)


def _explain(row: Row, stand: Stand) -> list[str]:
    """Who can make which step, and since when the clocks run."""
    who = [
        _("{state} is made by {account} ({part}).", state=_(CASE.states[to]), account=account, part=_(PART_NAMES[part]))
        for to, part, account in next_steps(row, stand.state)
    ]
    return [*who, *(_tell(running.clock, running.since, running.due_on) for running in stand.clocks)]


def _tell(clock: ClockName, since: date, due: date | None) -> str:
    name = _(CLOCK_NAMES[clock])
    if due is None:
        return _("The clock “{clock}” runs since {since}; its last day is not known yet.", clock=name, since=since)
    return _("The clock “{clock}” runs since {since}, until {due}.", clock=name, since=since, due=due)


def _require_window(row: Row, stand: Stand, to: str, details: Mapping[str, str]) -> None:
    """An appeal comes in time, and a sanction is closed after that time. Raises UsageError."""
    if row["state"] != "served":
        return
    due = due_of(row, shipped_case_policy())
    if to == "appealed" and due is not None and date.fromisoformat(details["day"]) > due:
        raise UsageError(_("The time to appeal ended on {day}.", day=due))
    if to == "closed" and stand.running("closure") is None and row["details"].get("outcome") != "no-sanction":
        text = _("A case is closed once the time to appeal has run out.")
        raise UsageError(f"{text} {_tell('appeal', day_of(row), due)}")


def _make_event(actor: Actor, row: Row, to: str, details: dict[str, str]) -> dict[str, Any]:
    """The step as the store takes it, with the clock that it starts."""
    policy, now = shipped_case_policy(), datetime.now(UTC)
    note = details.pop("note", None)
    clock: ClockName | None = STARTS.get(to) or ("decision" if to in UNDECIDED else None)
    start = date.fromisoformat(details["day"]) if "day" in details else now.astimezone().date()
    due = policy.due(clock, start) if clock and to in STARTS else row["decision_due_on"] if clock else None
    if to == "served":
        details |= {"outcome": row["details"]["outcome"]}
    return {
        **{"number": row["number"] + 1, "state": to, "by": actor.name, "note": note},
        **{"at": max(now, row["done_at"] + timedelta(microseconds=1)), "clock": clock},
        **{"due_on": due, "details": details},
    }


def _since(row: Row, to: str) -> date:
    """The first day that a step may name: that of the step before it."""
    return day_of(row) if to in DAYED else today()


def _was_mine(connection: Connection, actor: Actor, row: Row) -> bool:
    return bool(cases.events(connection, row["id"])[-1]["done_by"] == actor.name)
