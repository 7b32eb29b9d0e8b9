"""A plan that is stored nowhere, told as it would be once it is published."""

import json

from gis.analysis.sweeps.problem import Visit
from gis.roles import Actor, permit
from gis.services.sweeps.check import check_sweep
from gis.services.sweeps.document import Sweep, last_day, to_document
from gis.services.sweeps.map import sweep_map
from gis.services.sweeps.view import Row, tell_plan, tell_visits
from gis.services.workspace import Workspace
from maps.sweep import SweepMap


def preview_sweep(workspace: Workspace, actor: Actor, sweep: Sweep) -> tuple[Row, SweepMap]:
    """What `read_sweep` will tell of the plan, with its `document` as one line of JSON, and what its map will show.

    Nothing is written. Raises DataRejected, FirewallRefused for what could not be published.
    """
    permit(actor, "sweeps.publish")
    checked, lists = check_sweep(workspace, actor, sweep)
    names = {stop.code: stop.name for stop in checked.stops}
    visits = sorted(checked.plan.visits, key=lambda visit: (visit.day, visit.team, visit.arrive, visit.facility))
    with workspace.transaction(actor) as connection:
        told = tell_visits(connection, [_row(checked, visit, names, lists[visit.facility]) for visit in visits])
    row = {
        "from": checked.first.isoformat(),
        "to": last_day(checked).isoformat(),
        "visits": told,
        **tell_plan(workspace, actor, checked),
        "document": json.dumps(to_document(checked), ensure_ascii=False, separators=(",", ":")),
    }
    return row, sweep_map(workspace, actor, checked)


def _row(sweep: Sweep, visit: Visit, names: dict[str, str], checklist: str) -> Row:
    """The visit as the store would have it, with nothing done."""
    return {
        "facility_code": visit.facility,
        "facility_name": names[visit.facility],
        "team": visit.team,
        "visit_on": visit.day,
        "arrive": visit.arrive,
        "leave": visit.leave,
        "inspectors": ";".join(sweep.people[visit.team]),
        "checklist": checklist,
        "state": "open",
        **dict.fromkeys(("reason", "result", "plan_id", "inspection_code", "inspected_on")),
    }
