"""How a published sweep stands, and what came of it: counts, coverage gained, cost, findings and what was put right.

*Late* is an open visit whose planned time has passed. *Within the interval* are registered premises whose next
inspection is not overdue. Hours and kilometres are the planned ones of the team days that have begun, over the visits
made on the sweep so far: a team that goes out and finds a closed door costs as much. Money is told only where the
policy of the plan says what an hour and a kilometre cost.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from gis.analysis.shares import wilson_interval
from gis.roles import Actor, permit
from gis.services.inspections.oversight import find_oversight
from gis.services.scope import own
from gis.services.sweeps.document import Sweep
from gis.services.sweeps.view import Row, describe, find, plan_of, unvisited_of, visits_of
from gis.services.workspace import Workspace, today
from gis.store import sweeps
from gis.tables import SEVERITIES
from gis.texts import _

WITHIN: Final = ("due_soon", "current")


def sweep_progress(
    workspace: Workspace, actor: Actor, number: str, *, on: date | None = None, known: datetime | None = None
) -> Row:
    """How a sweep stands on a day, as it was known at a time, as far as the actor may see its visits.

    `{"on", "planned", "done", "open", "late", "given_up", "unplanned", "teams", "coverage", "cost"}`; unplanned and
    cost are None where the whole plan is not for the actor. Raises NotFound.
    """
    permit(actor, "sweeps.read")
    day = on or today()
    with workspace.transaction(actor) as connection:
        row = find(connection, actor, number, known=known)
        visits = visits_of(connection, actor, row, on=day, known=known)
        plan = plan_of(connection, actor, row)
    minute = _minute_of(day)
    return {
        "on": day.isoformat(),
        **_count(visits, day, minute),
        "unplanned": len(plan.plan.unvisited) if plan else None,
        "teams": [
            {"team": team, **_count([v for v in visits if v["team"] == team], day, minute)}
            for team in sorted({visit["team"] for visit in visits})
        ],
        "coverage": _coverage(workspace, actor, row, visits, day, known),
        "cost": _cost(plan, visits, day) if plan else None,
    }


def sweep_report(
    workspace: Workspace, actor: Actor, number: str, *, on: date | None = None, known: datetime | None = None
) -> Row:
    """What came of a sweep by a day: `{"sweep", "on", "planned", "done", "not_done", "unvisited", "results",
    "findings", "met_again", "progress"}`.

    `findings` counts, for each severity, those that its visits made, and of them those said to be `rectified`, found
    `put_right` by a later inspection or closed, `escalated`, and `open`; `met_again` the earlier ones that its visits
    looked at again. Raises NotFound.
    """
    permit(actor, "sweeps.read")
    day = on or today()
    with workspace.transaction(actor) as connection:
        row = find(connection, actor, number, known=known)
        visits = visits_of(connection, actor, row, on=day, known=known)
        plan = plan_of(connection, actor, row)
        mine = bool(own(connection, actor))
        found = sweeps.findings_of(connection, row["id"], row["number"], mine=mine, on=day, known=known)
    results = [visit["result"] for visit in visits if visit["state"] == "done"]
    again = [finding for finding in found if not finding["made"]]
    return {
        "sweep": describe(row),
        "on": day.isoformat(),
        "planned": len(visits),
        "done": len(results),
        "not_done": [_left(visit, day) for visit in visits if visit["state"] != "done"],
        "unvisited": unvisited_of(workspace, actor, plan) if plan else None,
        "results": {name: results.count(name) for name in ("pass", "conditions", "fail")},
        "findings": {name: _outcome(f for f in found if f["made"] and f["severity"] == name) for name in SEVERITIES},
        "met_again": {"seen": len(again), "put_right": sum(map(_put_right, again))},
        "progress": sweep_progress(workspace, actor, number, on=on, known=known),
    }


def _count(visits: Sequence[Mapping[str, Any]], day: date, minute: int) -> dict[str, int]:
    states = [visit["state"] for visit in visits]
    late = [v for v in visits if v["state"] == "open" and (v["visit_on"], v["leave"]) < (day, minute)]
    return {
        "planned": len(visits),
        "done": states.count("done"),
        "open": states.count("open"),
        "late": len(late),
        "given_up": states.count("given-up"),
    }


def _minute_of(day: date) -> int:
    """The minute of the day that it is; of another day its last."""
    now = datetime.now()  # noqa: DTZ005 - the time of the place
    return now.hour * 60 + now.minute if day == now.date() else 24 * 60


def _coverage(
    workspace: Workspace,
    actor: Actor,
    row: Row,
    visits: Sequence[Mapping[str, Any]],
    day: date,
    known: datetime | None,
) -> Row:
    """Premises of the actor within their interval before the sweep and on the day; and if all open visits are made."""
    eve: date = row["starts_on"] - timedelta(days=1)
    before, now = (
        find_oversight(workspace, actor, on=one, known=known).gaps.by_facility for one in (min(eve, day), day)
    )
    within = set(now["facility"][now["state"].isin(WITHIN)])
    coming = {visit["facility_code"] for visit in visits if visit["state"] == "open"} & set(now["facility"])
    counted = int(before["state"].isin(WITHIN).sum())
    gained = {visit["facility_code"] for visit in visits if visit["state"] == "done"} & within
    was_within = set(before["facility"][before["state"].isin(WITHIN)])
    return {
        "before": _share(counted, len(before)),
        "now": _share(len(within), len(now)),
        "gained": len(gained - was_within),
        "if_all_done": _share(len(within | coming), len(now)),
    }


def _share(within: int, registered: int) -> Row:
    low, high = wilson_interval(within, registered) if registered else (None, None)
    share = within / registered if registered else None
    return {"registered": registered, "within": within, "share": share, "low": _number(low), "high": _number(high)}


def _number(value: Any) -> float | None:  # noqa: ANN401 - numpy's own
    return None if value is None else float(value)


def _cost(plan: Sweep, visits: Sequence[Mapping[str, Any]], day: date) -> Row:
    made = [(visit["team"], visit["visit_on"]) for visit in visits if visit["state"] == "done"]
    done = len(made)
    begun = [route for route in plan.plan.routes if route.day <= day or (route.team, route.day) in made]
    hours, km = sum(route.minutes for route in begun) / 60, sum(route.km for route in begun)
    whole = {"hours": sum(r.minutes for r in plan.plan.routes) / 60, "km": sum(r.km for r in plan.plan.routes)}
    price = plan.policy.cost
    money = None
    if price:
        total = hours * price.team_hour + km * price.km
        money = {"amount": round(total, 2), "per_visit": _per(total, done, 2), "currency": price.currency}
    return {
        "planned": {name: round(amount, 2) for name, amount in whole.items()},
        "begun": {"hours": round(hours, 2), "km": round(km, 2)},
        "per_visit": {"hours": _per(hours, done, 2), "km": _per(km, done, 2)},
        "money": money,
    }


def _per(amount: float, visits: int, digits: int) -> float | None:
    return round(amount / visits, digits) if visits else None


def _left(visit: Mapping[str, Any], day: date) -> Row:
    usual = _("The day of the visit is still to come.") if visit["visit_on"] > day else _("No inspection was recorded.")
    return {
        "facility": {"code": visit["facility_code"], "name": visit["facility_name"]},
        "team": visit["team"],
        "day": visit["visit_on"].isoformat(),
        "reason": visit["reason"] or usual,
    }


def _put_right(finding: Mapping[str, Any]) -> bool:
    return finding["state"] == "closed" or (finding["state"] == "reinspected" and bool(finding["put_right"]))


def _outcome(found: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    rows = list(found)
    states = [row["state"] for row in rows]
    right = sum(map(_put_right, rows))
    return {
        "found": len(rows),
        "rectified": states.count("rectified"),
        "put_right": right,
        "escalated": states.count("escalated"),
        "open": len(rows) - right - states.count("rectified") - states.count("escalated"),
    }
