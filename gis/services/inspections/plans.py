"""Visits that are planned: which facility, against which checklist, on which day, by whom."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from gis.checklists import latest
from gis.errors import DataRejected, NotFound
from gis.intake.firewall import refuse_person_data
from gis.roles import Actor, permit
from gis.services import audit
from gis.services.inspections.draft import FEWEST_INSPECTORS, MOST_INSPECTORS
from gis.services.numbers import read_number
from gis.services.scope import sees_facility
from gis.services.workspace import Workspace, today
from gis.store import inspections
from gis.store.engine import Connection
from gis.texts import _

MOST_REASON: Final = 500


def plan(
    workspace: Workspace,
    actor: Actor,
    *,
    id: str,  # noqa: A002 - as the record and its JSON name it
    facility: str,
    checklist: str,
    planned_on: date,
    inspectors: Sequence[str],
) -> dict[str, Any]:
    """Plans a visit and returns it; the same plan sent again is stored once.

    Raises NotFound for a facility that the actor does not answer for, DataRejected for what cannot be.
    """
    permit(actor, "inspections.plan")
    people = list(dict.fromkeys(inspectors))
    row = make_row(actor, id=id, facility=facility, checklist=checklist, planned_on=planned_on, inspectors=people)
    with workspace.transaction(actor) as connection:
        if inspections.find_facility(connection, facility, on=planned_on) is None:
            raise NotFound(_("No facility {code} on {on}.", code=facility[:100], on=planned_on.isoformat()))
        inspections.narrow_to(connection, facility)
        known = {person["code"] for person in inspections.list_inspectors(connection)}
        if strange := [code for code in people if code not in known]:
            raise DataRejected(_("{code} is no inspector. Choose among those on the list.", code=strange[0][:100]))
        added = inspections.add_plan(connection, row)
        stored = inspections.find_plans(connection, ids=[row["id"]])
        fields = ("facility_code", "checklist", "planned_on", "inspectors")
        if not stored or any(stored[0][name] != row[name] for name in fields):
            raise DataRejected(_("The number {code} is taken by another plan. Nothing was stored.", code=row["id"]))
        if added:
            note_plan(connection, actor, row)
        return stored[0]


def make_row(
    actor: Actor,
    *,
    id: str,  # noqa: A002 - as the record and its JSON name it
    facility: str,
    checklist: str,
    planned_on: date,
    inspectors: Sequence[str],
) -> dict[str, Any]:
    """A planned visit as it is stored. Raises DataRejected for what cannot be."""
    if planned_on < today():
        raise DataRejected(_("{day} is over. Plan a visit for today or later.", day=planned_on.isoformat()))
    if checklist not in latest():
        raise DataRejected(_("There is no checklist {code}.", code=checklist[:100]))
    if not FEWEST_INSPECTORS <= len(inspectors) <= MOST_INSPECTORS:
        raise DataRejected(
            _(
                "An inspection is made by {least} to {most} inspectors; {number} are named.",
                least=FEWEST_INSPECTORS,
                most=MOST_INSPECTORS,
                number=len(inspectors),
            )
        )
    return {
        "id": read_number(id),
        "facility_code": facility,
        "checklist": checklist,
        "planned_on": planned_on,
        "inspectors": ";".join(inspectors),
        "planned_by": actor.name,
        "planned_at": datetime.now(UTC),
    }


def note_plan(connection: Connection, actor: Actor, row: Mapping[str, Any]) -> None:
    """Writes a planned visit to the audit."""
    details = {"plan": row["id"], "planned_on": row["planned_on"].isoformat()}
    audit.record(connection, actor, "inspections.plan", row["facility_code"], details=details)


def end(connection: Connection, actor: Actor, plan: str, facility: str, *, reason: str) -> None:
    """Gives a planned visit up that waits, in a transaction that has found out whose it is."""
    if inspections.end_plan(connection, plan, reason=reason, by=actor.name, at=datetime.now(UTC)):
        audit.record(connection, actor, "inspections.give-up", facility, details={"plan": plan})


def give_up(workspace: Workspace, actor: Actor, number: str, *, reason: str) -> dict[str, Any]:
    """Gives a planned visit up, with a reason. Raises NotFound, DataRejected."""
    permit(actor, "inspections.plan")
    reason = check_reason(reason)
    with workspace.transaction(actor) as connection:
        found = inspections.find_plans(connection, ids=[read_number(number)])
        if not found or not sees_facility(connection, actor, found[0]["facility_code"]):
            raise NotFound(_("There is no planned visit {number}.", number=number[:100]))
        if found[0]["state"] == "recorded":
            raise DataRejected(_("This visit has taken place."))
        end(connection, actor, found[0]["id"], found[0]["facility_code"], reason=reason)
        return inspections.find_plans(connection, ids=[found[0]["id"]])[0]


def check_reason(reason: str) -> str:
    """The reason as it is stored. Raises DataRejected, and FirewallRefused for the number of a person."""
    reason = reason.strip()
    if not reason or len(reason) > MOST_REASON or "\x00" in reason:
        raise DataRejected(_("Give a reason of at most {most} characters.", most=MOST_REASON))
    refuse_person_data(reason, field="reason")
    return reason


def list_inspectors(workspace: Workspace, actor: Actor) -> list[dict[str, Any]]:
    """code, name, department of those who may go along, by code."""
    permit(actor, "inspections.record")
    with workspace.transaction(actor) as connection:
        return inspections.list_inspectors(connection)
