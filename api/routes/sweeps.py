"""Sweeps as JSON: a page of them, one, its report; publishing a plan, planning the rest anew, closing, withdrawing."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ActorDep, AsOfDep, PagingDep, Text, WorkspaceDep
from api.frames import unkept
from api.models import sweeps as models
from api.packed import kept_page
from api.routes.pages import MAP_CSP
from gis.roles import permit
from gis.services.sweeps import new as sweep_new
from gis.services.sweeps import progress as sweep_progress
from gis.services.sweeps import published
from gis.services.sweeps import view as sweep_view
from gis.texts import N_, current_language
from maps.sweep import render_sweep

router = APIRouter(tags=["sweeps"])

SweepId = Annotated[Text, Path(description=N_("Number of a sweep, a UUID."))]
CREATED: Final = 201


@router.get(
    "/api/sweeps",
    summary=N_("Sweeps"),
    description=N_("Those with a visit to premises that the account answers for, the latest first."),
    response_model=models.SweepPage,
)
def list_sweeps(workspace: WorkspaceDep, actor: ActorDep, paging: PagingDep) -> Response:
    """A page of sweeps."""
    items, total = sweep_view.list_sweeps(workspace, actor, limit=paging.limit, offset=paging.offset)
    return unkept({"total": total, "limit": paging.limit, "offset": paging.offset, "items": items})


@router.post(
    "/api/sweeps",
    summary=N_("Publish a sweep"),
    description=N_("Its plan is stored, and every visit becomes a planned inspection of the team's inspectors."),
    response_model=models.Sweep,
    status_code=CREATED,
)
def post_sweep(workspace: WorkspaceDep, actor: ActorDep, body: models.NewSweep) -> Response:
    """Publishes a plan."""
    made = sweep_new.publish_file(workspace, actor, body.plan, id=str(body.id), title=body.title)
    return unkept(made, status=CREATED)


@router.get(
    "/api/sweeps/{code}",
    summary=N_("One sweep"),
    description=N_("With the visits that the account may see, what became of them, and how the sweep stands."),
    response_model=models.SweepDetail,
)
def get_sweep(workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, code: SweepId) -> Response:
    """One sweep."""
    found = sweep_view.read_sweep(workspace, actor, code, on=as_of.on, known=as_of.known)
    stands = sweep_progress.sweep_progress(workspace, actor, code, on=as_of.on, known=as_of.known)
    return unkept({**found, "progress": stands})


@router.get(
    "/api/sweeps/{code}/report",
    summary=N_("What came of a sweep"),
    description=N_("Planned, done, not done and why, findings by severity, and what was put right by the day."),
    response_model=models.SweepReport,
)
def get_report(workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, code: SweepId) -> Response:
    """The report."""
    return unkept(sweep_progress.sweep_report(workspace, actor, code, on=as_of.on, known=as_of.known))


@router.post(
    "/api/sweeps/{code}/replan",
    summary=N_("Plan the rest of a sweep anew"),
    description=N_("Inspections that were recorded stay as they are; open visits move or are given up."),
    response_model=models.Sweep,
    status_code=CREATED,
)
def post_replan(workspace: WorkspaceDep, actor: ActorDep, code: SweepId, body: models.Again) -> Response:
    """Plans anew."""
    made = published.replan_published(workspace, actor, code, seconds=body.seconds, closed=body.closed, lost=body.lost)
    return unkept(made, status=CREATED)


@router.post(
    "/api/sweeps/{code}/close",
    summary=N_("Close a sweep"),
    description=N_("Visits that were not made are given up."),
    response_model=models.Sweep,
)
def post_close(workspace: WorkspaceDep, actor: ActorDep, code: SweepId, body: models.Ended) -> Response:
    """Closes it."""
    return unkept(published.close_sweep(workspace, actor, code, reason=body.reason))


@router.post(
    "/api/sweeps/{code}/withdraw",
    summary=N_("Withdraw a sweep"),
    description=N_("Only while no inspection of it was recorded, and with a reason."),
    response_model=models.Sweep,
)
def post_withdraw(workspace: WorkspaceDep, actor: ActorDep, code: SweepId, body: models.Ended) -> Response:
    """Withdraws it."""
    return unkept(published.withdraw_sweep(workspace, actor, code, reason=body.reason))


@router.get(
    "/maps/sweep/{code}",
    summary=N_("The map of a sweep"),
    description=N_("Routes with their numbered stops, for those who answer for every facility in the plan."),
    response_class=HTMLResponse,
)
def get_map(request: Request, workspace: WorkspaceDep, actor: ActorDep, code: SweepId) -> Response:
    """The whole map."""
    permit(actor, "maps.read")
    key, data = sweep_view.map_of(workspace, actor, code)

    def draw() -> str:
        return render_sweep(data(), lang=current_language(), standalone=False)

    return kept_page(request, workspace, actor, ("sweep", *key), draw, csp=MAP_CSP)
