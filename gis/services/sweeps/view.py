"""Published sweeps as they are read: the list, one with its visits, its plan, its files and its map.

A visit is for those who answer for its facility, a sweep for those who see a visit of it. The plan, with routes, times
of teams and what is not visited, is for those who answer for every facility in it.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from gis.errors import DataRejected, NotFound
from gis.roles import Actor, permit
from gis.rules import SWEEP
from gis.services import audit
from gis.services.numbers import read_number
from gis.services.register import own_table
from gis.services.scope import own
from gis.services.sweeps.document import Sweep, clock, tell_reason
from gis.services.sweeps.files import write_sweep
from gis.services.sweeps.map import sweep_map
from gis.services.sweeps.read import parse_sweep
from gis.services.workspace import Workspace, today
from gis.store import draws, inspections, sweeps
from gis.store.engine import Connection
from gis.texts import N_, _
from maps.sheets.sweep import ENDINGS
from maps.sweep import SweepMap

Row = dict[str, Any]
NO_PLAN: Final[Row] = {"routes": [], "unvisited": [], "straight_line": None, "objective": None, "bound_gap": None}
"""In place of `tell_plan` for whoever may not have the whole plan."""
VISIT_STATES: Final = {"open": N_("Still to be made"), "done": N_("Inspected"), "given-up": N_("Given up")}


def list_sweeps(workspace: Workspace, actor: Actor, *, limit: int = 100, offset: int = 0) -> tuple[list[Row], int]:
    """A page of the sweeps that the actor has a part in, the latest first, and how many there are."""
    permit(actor, "sweeps.read")
    with workspace.transaction(actor) as connection:
        rows, total = sweeps.list_all(connection, mine=bool(own(connection, actor)), limit=limit, offset=offset)
    return [describe(row) for row in rows], total


def read_sweep(
    workspace: Workspace, actor: Actor, number: str, *, on: date | None = None, known: datetime | None = None
) -> Row:
    """One sweep with `visits` that the actor may see, `routes` and `unvisited` where the whole plan is for the actor.

    Raises NotFound.
    """
    permit(actor, "sweeps.read")
    on = on or today()
    with workspace.transaction(actor) as connection:
        row = find(connection, actor, number, known=known)
        visits = visits_of(connection, actor, row, on=on, known=known)
        plan = plan_of(connection, actor, row)
        told = tell_visits(connection, visits)
    return {
        **describe(row),
        "whole": plan is not None,
        "visits": told,
        **(tell_plan(workspace, actor, plan) if plan else NO_PLAN),
        "teams": sorted({visit["team"] for visit in visits}),
    }


def write_file(workspace: Workspace, actor: Actor, number: str, ending: str) -> bytes:
    """The plan as a file: one of ENDINGS. The audit knows of it. Raises NotFound."""
    permit(actor, "sweeps.read")
    if ending not in ENDINGS:
        raise NotFound(_("There is nothing at this address."))
    with workspace.transaction(actor) as connection:
        row = find(connection, actor, number)
        plan = _require_plan(connection, actor, row)
        audit.record(connection, actor, "export.sweep", row["id"], details={"file": f"plan{ending}"})
    return write_sweep(plan, ending)


def map_of(workspace: Workspace, actor: Actor, number: str) -> tuple[tuple[str, int], Callable[[], SweepMap]]:
    """What the map depends on, and what gives all that it shows. Raises NotFound."""
    permit(actor, "sweeps.read")
    with workspace.transaction(actor) as connection:
        row = find(connection, actor, number)
        plan = _require_plan(connection, actor, row)
    return (row["id"], row["number"]), lambda: sweep_map(workspace, actor, plan)


def find(connection: Connection, actor: Actor, number: str, *, known: datetime | None = None) -> Row:
    """The row of a sweep that the actor has a part in. Raises NotFound."""
    try:
        code = read_number(number)
    except DataRejected:
        raise NotFound(_("No sweep {code}.", code=number[:100])) from None
    row = sweeps.find(connection, code, mine=bool(own(connection, actor)), known=known)
    if row is None:
        raise NotFound(_("No sweep {code}.", code=code))
    return row


def visits_of(
    connection: Connection, actor: Actor, row: Row, *, on: date | None = None, known: datetime | None = None
) -> list[Row]:
    """The visits of the newest revision that the actor may see, with what became of them."""
    mine = bool(own(connection, actor))
    return sweeps.visits_of(connection, row["id"], row["number"], mine=mine, on=on or today(), known=known)


def plan_of(connection: Connection, actor: Actor, row: Row) -> Sweep | None:
    """The plan; None for whoever does not answer for every facility in it."""
    found = sweeps.read_plan(connection, row["id"], row["number"])
    if found is None or (own(connection, actor) and not found[1] <= draws.own_codes(connection)):
        return None
    return parse_sweep(found[0], name="plan.json")


def describe(row: Row) -> Row:
    """A sweep in a list."""
    state = row["ended"] or SWEEP.initial
    first: date = row["starts_on"]
    return {
        **{name: row[name] for name in ("id", "title", "days", "published_by", "ended_by", "reason")},
        "from": first.isoformat(),
        "to": (first + timedelta(days=row["days"] - 1)).isoformat(),
        "state": state,
        "state_name": _(SWEEP.states[state]),
        "published_at": _moment(row["published_at"]),
        "revision": row["number"],
        "plan_sha256": row["sha256"],
        "revised_by": row["made_by"],
        "revised_at": _moment(row["made_at"]),
        "ended_at": _moment(row["ended_at"]),
    }


def tell_visits(connection: Connection, visits: Sequence[Row]) -> list[Row]:
    """Rows as `visits_of` gives them, for the reader."""
    names = {person["code"]: person["name"] for person in inspections.list_inspectors(connection)}
    return [_visit(visit, names) for visit in visits]


def tell_plan(workspace: Workspace, actor: Actor, plan: Sweep) -> Row:
    """What a plan says beside its visits, stored or not: its keys are those of NO_PLAN."""
    return {
        "routes": _routes(plan),
        "unvisited": unvisited_of(workspace, actor, plan),
        "straight_line": plan.straight_line,
        "objective": round(plan.plan.objective, 3),
        "bound_gap": round(plan.plan.bound_gap, 6),
    }


def unvisited_of(workspace: Workspace, actor: Actor, plan: Sweep) -> list[Row]:
    """What the plan leaves out, by the names of the register, with the reason."""
    left_out = {left.facility for left in plan.plan.unvisited}
    register = own_table(workspace, actor, "facilities", known=None)
    known = register[register["code"].isin(left_out)]
    names = dict(zip(known["code"], known["name"], strict=True))
    return [
        {"facility": {"code": left.facility, "name": names.get(left.facility)}, "reason": tell_reason(left)}
        for left in plan.plan.unvisited
    ]


def _require_plan(connection: Connection, actor: Actor, row: Row) -> Sweep:
    plan = plan_of(connection, actor, row)
    if plan is None:
        raise NotFound(_("There is no plan of this sweep among what you may see."))
    return plan


def _visit(visit: Row, names: dict[str, str]) -> Row:
    return {
        "facility": {"code": visit["facility_code"], "name": visit["facility_name"]},
        "team": visit["team"],
        "day": visit["visit_on"].isoformat(),
        "arrive": clock(visit["arrive"]),
        "leave": clock(visit["leave"]),
        "inspectors": _people(visit["inspectors"].split(";"), names),
        **{name: visit[name] for name in ("checklist", "state", "reason", "result")},
        "state_name": _(VISIT_STATES[visit["state"]]),
        "plan": visit["plan_id"],
        "inspection": visit["inspection_code"],
        "inspected_on": visit["inspected_on"].isoformat() if visit["inspected_on"] else None,
    }


def _people(codes: Sequence[str], names: dict[str, str]) -> list[Row]:
    return [{"code": code, "name": names.get(code)} for code in codes]


def _routes(plan: Sweep) -> list[Row]:
    return [
        {
            "team": route.team,
            "day": route.day.isoformat(),
            "visits": len(route.visits),
            "minutes": route.minutes,
            "km": route.km,
            "leaves": clock(route.leaves),
            "returns": clock(route.returns),
        }
        for route in plan.plan.routes
    ]


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
