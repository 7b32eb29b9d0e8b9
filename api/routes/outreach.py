"""Outreach: sessions, where there were none, and recording one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ActorDep, AsOfDep, PagingDep, Text, WorkspaceDep, read_day
from api.frames import JSON, records, to_json
from api.models import outreach as models
from api.pages import page
from api.routes.pages import MAP_CSP
from gis.services import outreach
from gis.services.areas import maps
from gis.texts import N_, current_language
from maps.outreach import render

router = APIRouter(tags=["outreach"])

Days = Annotated[
    int | None,
    Query(
        ge=1,
        le=outreach.LONGEST_WINDOW,
        description=N_("Length of the window in days, which ends with the day."),
    ),
]
Place = Annotated[Text | None, Query(description=N_("Only sessions in this area or one inside it."))]
SessionKind = Annotated[Text | None, Query(description=N_("Only sessions of this kind."))]


@router.get(
    "/api/outreach",
    summary=N_("List sessions"),
    description=N_("Sessions held up to the day, latest first."),
    response_model=models.SessionPage,
)
def get_sessions(
    workspace: WorkspaceDep,
    actor: ActorDep,
    as_of: AsOfDep,
    paging: PagingDep,
    *,
    area: Place = None,
    kind: SessionKind = None,
) -> Response:
    """A page of sessions."""
    found = outreach.list_outreach(
        workspace,
        actor,
        on=as_of.on,
        known=as_of.known,
        area=area,
        kind=kind,
        limit=paging.limit,
        offset=paging.offset,
    )
    document = {"total": found.total, "limit": found.limit, "offset": found.offset, "items": records(found.frame)}
    return Response(to_json(document), media_type=JSON)


@router.post(
    "/api/outreach",
    status_code=201,
    summary=N_("Record a session"),
    description=N_("Stored exactly once: sent again with the same UUID, it gets the same receipt."),
    response_model=models.Receipt,
)
def post_session(workspace: WorkspaceDep, actor: ActorDep, session: models.NewSession) -> Response:
    """The receipt of what is on disk."""
    held_on = read_day("held_on", session.held_on)
    assert held_on is not None
    receipt = outreach.record_session(
        workspace,
        actor,
        code=str(session.code),
        area=session.area,
        held_on=held_on,
        kind=session.kind,
        reach=session.reach,
    )
    return Response(to_json(receipt), media_type=JSON, status_code=201)


@router.get(
    "/api/gaps/outreach",
    summary=N_("Where outreach does not reach"),
    description=N_("Areas without a session in the last days, level by level, and what counts for each area."),
    response_model=models.OutreachGaps,
)
def get_gaps(workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, *, days: Days = None) -> Response:
    """The gaps of the day."""
    report = outreach.outreach_gaps(workspace, actor, on=as_of.on, known=as_of.known, days=days)
    return Response(to_json(report), media_type=JSON)


@router.get(
    "/maps/outreach",
    summary=N_("The outreach map"),
    description=N_("How long ago each area had a public session, and which had none."),
    response_class=HTMLResponse,
)
def get_map(
    request: Request, workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, *, days: Days = None
) -> HTMLResponse:
    """The whole map; with many areas their polygons are packed."""
    data = maps.outreach_data(workspace, actor, on=as_of.on, known=as_of.known, days=days)
    html = render(data, lang=current_language(), standalone=False, threshold=workspace.settings.tile_threshold)
    return page(html, request, csp=MAP_CSP)
