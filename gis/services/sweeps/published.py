"""Published sweeps: a plan is stored, its visits become planned inspections, and both change together.

Everything that a deed changes is changed in one transaction. A plan made anew is a new revision: what was done stays,
a visit that stayed as it was keeps its planned inspection, every other one is given up and planned again.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any, Final
from uuid import UUID, uuid5

from gis.analysis.sweeps.problem import Visit
from gis.errors import DataRejected
from gis.intake.firewall import refuse_person_data
from gis.roles import Actor, permit
from gis.rules import SWEEP, require_transition
from gis.services import audit
from gis.services.inspections import plans as inspection_plans
from gis.services.numbers import read_number
from gis.services.sweeps.check import check_sweep, facilities_of
from gis.services.sweeps.document import Sweep, to_document
from gis.services.sweeps.plan import Change, replan_sweep
from gis.services.sweeps.view import Row, describe, find, plan_of, visits_of
from gis.services.workspace import Workspace
from gis.store import inspections, sweeps
from gis.store.engine import Connection
from gis.texts import _

MOST_TITLE: Final = 100
MOST_SECONDS: Final = 30
"""Of planning for somebody who waits before a page."""
_PLANNERS: Final = BoundedSemaphore(2)
"""So many plan at once; each takes a processor for all of its seconds."""


def publish_sweep(workspace: Workspace, actor: Actor, sweep: Sweep, *, id: str, title: str) -> Row:  # noqa: A002
    """Stores a plan and makes a planned inspection of every visit; `id` is a UUID that the client made.

    The same again is stored once. Raises DataRejected naming every visit that cannot be made, FirewallRefused.
    """
    permit(actor, "sweeps.publish")
    number, title = read_number(id), check_title(title)
    if not sweep.plan.visits:
        raise DataRejected(_("The plan has no visit. Nothing was published."))
    if any(visit.done for visit in sweep.plan.visits):
        raise DataRejected(_("The plan has visits that are done. Publish it as it was made, and plan anew then."))
    checked, lists = check_sweep(workspace, actor, sweep)
    content = write_document(checked)
    now = datetime.now(UTC)
    row = {"id": number, "title": title, "starts_on": sweep.first, "days": sweep.days}
    with workspace.transaction(actor) as connection:
        if not sweeps.add_sweep(connection, {**row, "published_by": actor.name, "published_at": now}):
            return _stored_before(connection, actor, row, content)
        plans = {v.facility: _plan(actor, number, 1, v, checked, lists) for v in checked.plan.visits}
        _add(connection, actor, number, 1, checked, content, plans)
        details = {"plan": _hash(content), "visits": len(plans), "from": sweep.first.isoformat(), "days": sweep.days}
        _note(connection, actor, plans.values())
        audit.record(connection, actor, "sweeps.publish", number, details=details)
        return describe(find(connection, actor, number))


def replan_published(
    workspace: Workspace,
    actor: Actor,
    number: str,
    *,
    seconds: float = 5,
    closed: Collection[str] = (),
    lost: Collection[str] = (),
    now: datetime | None = None,
    turns: int | None = None,
) -> Row:
    """Plans the rest of a published sweep anew: inspections that were recorded stay, open visits move or are given up.

    `now` is the time of the place. Raises DataRejected, NotFound.
    """
    permit(actor, "sweeps.publish")
    at = (now or datetime.now()).replace(tzinfo=None)  # noqa: DTZ005 - the time of the place
    with workspace.transaction(actor) as connection:
        row = find(connection, actor, number)
        former, before = _whole(connection, actor, row), visits_of(connection, actor, row)
    _require_open(row, actor, "closed")
    if at.date() > former.first + timedelta(days=former.days - 1):
        raise DataRejected(_("The days of this sweep are over. Close it and publish another one."))
    done = frozenset(visit["facility_code"] for visit in before if visit["state"] == "done")
    given_up = frozenset(v["facility_code"] for v in before if v["state"] == "given-up") - frozenset(closed)
    change = Change(at, done, frozenset(closed) - done, frozenset(lost), given_up)
    with planning(seconds):
        planned = replan_sweep(workspace, actor, former, change, seconds=seconds, turns=turns)
    fresh, lists = check_sweep(workspace, actor, planned)
    content, revision = write_document(fresh), row["number"] + 1
    with workspace.transaction(actor) as connection:
        again = visits_of(connection, actor, row)
        if [(v["plan_id"], v["state"]) for v in again] != [(v["plan_id"], v["state"]) for v in before]:
            raise DataRejected(_("An inspection was recorded or given up meanwhile. Plan anew again."))
        kept = {visit["facility_code"]: visit for visit in before}
        wanted = {
            v.facility: _plan(actor, row["id"], revision, v, fresh, lists) for v in fresh.plan.visits if not v.done
        }
        stay = {code: kept[code]["plan_id"] for code, plan in wanted.items() if _same(kept.get(code), plan)}
        stay |= {code: kept[code]["plan_id"] for code in done}
        plans = {code: plan for code, plan in wanted.items() if code not in stay}
        _add(connection, actor, row["id"], revision, fresh, content, plans, stay)
        _note(connection, actor, plans.values())
        gone = [v for v in before if v["state"] == "open" and v["plan_id"] not in stay.values()]
        _give_up(connection, actor, gone, reason=_("The sweep was planned anew."))
        details = {"revision": revision, "plan": _hash(content), "done": len(done), "moved": len(gone)}
        audit.record(connection, actor, "sweeps.revise", row["id"], details=details)
        return describe(find(connection, actor, number))


def close_sweep(workspace: Workspace, actor: Actor, number: str, *, reason: str | None = None) -> Row:
    """Ends a sweep; visits that were not made are given up, with the reason where there is one. Raises DataRejected."""
    return _end(workspace, actor, number, "closed", reason)


def withdraw_sweep(workspace: Workspace, actor: Actor, number: str, *, reason: str) -> Row:
    """Takes back a sweep of which no inspection was recorded yet, with a reason. Raises DataRejected."""
    return _end(workspace, actor, number, "withdrawn", inspection_plans.check_reason(reason))


@contextmanager
def planning(seconds: float) -> Iterator[None]:
    """Holds one of the few places to plan in. Raises DataRejected for too long a time, and where all are taken."""
    if not 0 < seconds <= MOST_SECONDS:
        raise DataRejected(_("Give from 1 to {most} seconds.", most=MOST_SECONDS))
    if not _PLANNERS.acquire(timeout=seconds):
        raise DataRejected(_("Other sweeps are being planned just now. Try again in half a minute."))
    try:
        yield
    finally:
        _PLANNERS.release()


def write_document(sweep: Sweep) -> bytes:
    """The plan as it is stored and hashed."""
    return (json.dumps(to_document(sweep), ensure_ascii=False, indent=2) + "\n").encode()


def _end(workspace: Workspace, actor: Actor, number: str, state: str, reason: str | None) -> Row:
    permit(actor, "sweeps.publish")
    said = inspection_plans.check_reason(reason) if reason and reason.strip() else None
    with workspace.transaction(actor) as connection:
        row = find(connection, actor, number)
        _whole(connection, actor, row)
        _require_open(row, actor, state)
        visits = visits_of(connection, actor, row)
        if state == "withdrawn" and any(visit["state"] == "done" for visit in visits):
            raise DataRejected(_("Inspections were recorded in this sweep: close it instead."))
        ended = {"state": state, "reason": said, "ended_by": actor.name, "ended_at": datetime.now(UTC)}
        if not sweeps.add_end(connection, row["id"], ended):
            raise DataRejected(_("Somebody else ended this sweep a moment ago."))
        left = [visit for visit in visits if visit["state"] == "open"]
        usual = _("The sweep was closed.") if state == "closed" else _("The sweep was withdrawn.")
        _give_up(connection, actor, left, reason=said or usual)
        audit.record(connection, actor, f"sweeps.{state}", row["id"], details={"given_up": len(left)})
        return describe(find(connection, actor, number))


def check_title(title: str) -> str:
    """The title as it is stored. Raises DataRejected, and FirewallRefused for the number of a person."""
    title = title.strip()
    if not 1 <= len(title) <= MOST_TITLE or not title.isprintable():
        raise DataRejected(_("Give the sweep a name of 1 to {most} characters.", most=MOST_TITLE))
    refuse_person_data(title, field="title")
    return title


def _plan(
    actor: Actor, number: str, revision: int, visit: Visit, sweep: Sweep, lists: Mapping[str, str]
) -> dict[str, Any]:
    """The planned inspection of a visit, with a number that follows from the sweep's."""
    return inspection_plans.make_row(
        actor,
        id=str(uuid5(UUID(number), f"{revision}/{visit.facility}")),
        facility=visit.facility,
        checklist=lists[visit.facility],
        planned_on=visit.day,
        inspectors=tuple(sweep.people[visit.team]),
    )


def _same(known: Mapping[str, Any] | None, plan: Mapping[str, Any]) -> bool:
    """Whether a planned inspection that waits is the one that is wanted."""
    fields = (("visit_on", "planned_on"), ("inspectors", "inspectors"), ("checklist", "checklist"))
    return known is not None and known["state"] == "open" and all(known[a] == plan[b] for a, b in fields)


def _add(
    connection: Connection,
    actor: Actor,
    number: str,
    revision: int,
    sweep: Sweep,
    content: bytes,
    plans: Mapping[str, Mapping[str, Any]],
    stay: Mapping[str, str] | None = None,
) -> None:
    """Stores a revision with its visits and the planned inspections that are new."""
    row = {"number": revision, "sha256": _hash(content), "made_by": actor.name, "made_at": datetime.now(UTC)}
    if not sweeps.add_revision(connection, number, row, content, sorted(facilities_of(sweep))):
        raise DataRejected(_("Somebody else planned this sweep anew or ended it a moment ago."))
    for plan in plans.values():
        inspections.add_plan(connection, plan)
    numbers = {code: str(plan["id"]) for code, plan in plans.items()} | dict(stay or {})
    visits = [
        {
            "facility_code": visit.facility,
            "team": visit.team,
            "visit_on": visit.day,
            "arrive": visit.arrive,
            "leave": visit.leave,
            "plan_id": numbers[visit.facility],
        }
        for visit in sweep.plan.visits
    ]
    if visits:
        sweeps.add_visits(connection, number, revision, visits)


def _note(connection: Connection, actor: Actor, plans: Iterable[Mapping[str, Any]]) -> None:
    for plan in plans:
        inspection_plans.note_plan(connection, actor, plan)


def _give_up(connection: Connection, actor: Actor, visits: Iterable[Mapping[str, Any]], *, reason: str) -> None:
    for visit in visits:
        inspection_plans.end(connection, actor, visit["plan_id"], visit["facility_code"], reason=reason)


def _whole(connection: Connection, actor: Actor, row: Row) -> Sweep:
    """The plan. Raises DataRejected for whoever does not answer for every facility in it."""
    found = plan_of(connection, actor, row)
    if found is None:
        raise DataRejected(_("The plan of this sweep has facilities that you do not answer for."))
    return found


def _require_open(row: Row, actor: Actor, state: str) -> None:
    require_transition(SWEEP, row["ended"] or SWEEP.initial, state, role=actor.role)


def _stored_before(connection: Connection, actor: Actor, row: Mapping[str, Any], content: bytes) -> Row:
    """The sweep of this number, where it is the same. Raises DataRejected where it is another one."""
    stored = sweeps.find(connection, row["id"], mine=False)
    first = sweeps.read_plan(connection, row["id"], 1)
    if stored is None or first is None or first[0] != content or stored["title"] != row["title"]:
        raise DataRejected(_("The number {code} is taken by another sweep. Nothing was stored.", code=row["id"]))
    return describe(find(connection, actor, row["id"]))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
