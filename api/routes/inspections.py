"""Inspections: where they do not reach."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api import models_inspections as models
from api.deps import ActorDep, AsOfDep, WorkspaceDep
from api.frames import JSON, to_json
from api.pages import page
from api.routes.pages import MAP_CSP
from gis.services import inspections, maps
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
    report = inspections.inspection_gaps(workspace, actor, on=as_of.on, known=as_of.known)
    return Response(to_json(report), media_type=JSON)


@router.get(
    "/maps/inspections",
    summary=N_("The inspection map"),
    description=N_("How much of each area is up to date, and which premises are overdue, due soon or never inspected."),
    response_class=HTMLResponse,
)
def get_map(request: Request, workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep) -> HTMLResponse:
    """The whole map; with many areas and premises they are packed."""
    data = maps.inspection_data(workspace, actor, on=as_of.on, known=as_of.known)
    html = render(data, lang=current_language(), standalone=False, threshold=workspace.settings.tile_threshold)
    return page(html, request, csp=MAP_CSP)
