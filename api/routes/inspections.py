"""Inspections: where they do not reach."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ActorDep, AsOfDep, WorkspaceDep
from api.frames import JSON, to_json
from api.models import inspections as models
from api.packed import kept_page
from api.routes.pages import MAP_CSP
from gis.roles import permit
from gis.services.areas import maps
from gis.services.inspections import oversight
from gis.texts import N_, current_language
from maps.inspections import render

router = APIRouter(tags=["inspections"])


@router.get(
    "/api/gaps/inspections",
    summary=N_("Where inspection does not reach"),
    description=N_("Premises never inspected, overdue or due soon, shares by area, and what the register shows amiss."),
    response_model=models.InspectionGaps,
)
def get_gaps(workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep) -> Response:
    """The gaps of the day."""
    report = oversight.inspection_gaps(workspace, actor, on=as_of.on, known=as_of.known)
    return Response(to_json(report), media_type=JSON)


@router.get(
    "/maps/inspections",
    summary=N_("The inspection map"),
    description=N_("How much of each area is up to date, and which premises are overdue, due soon or never inspected."),
    response_class=HTMLResponse,
)
def get_map(request: Request, workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep) -> Response:
    """The whole map; with many areas and premises they are packed."""
    permit(actor, "gaps.read")
    permit(actor, "maps.read")

    def draw() -> str:
        data = maps.inspection_data(workspace, actor, on=as_of.on, known=as_of.known)
        return render(data, lang=current_language(), standalone=False, threshold=workspace.settings.tile_threshold)

    return kept_page(request, workspace, actor, ("inspections", as_of), draw, csp=MAP_CSP, events=True)
