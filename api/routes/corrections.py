"""Corrections of the map: the leader's list with the shapes before and after, the decision, and the same as JSON."""

import json
from typing import Annotated, Any, Final, Literal

import shapely
from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.correction_pictures import draw
from api.deps import DAY, ActorDep, Code, PagingDep, SignedInDep, Text, WorkspaceDep, read_day
from api.frames import JSON, to_json
from api.models import corrections as models
from api.pager import page_through
from api.pages import SEE_OTHER, UNPROCESSABLE, link, words_of
from api.shell import show
from gis.errors import DataRejected, FirewallRefused
from gis.roles import permit
from gis.services.accounts.sessions import SignedIn
from gis.services.areas import corrections, since
from gis.services.workspace import Workspace
from gis.texts import N_, _

router = APIRouter(prefix="/api", tags=["corrections"])
pages = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

CREATED = 201
PAGE: Final = 20
TEXT_MOST: Final = 2000

STATES: Final = {"proposed": N_("undecided"), "accepted": N_("accepted"), "refused": N_("refused")}
KINDS: Final = {"boundary": N_("boundary"), "point": N_("point")}
WORDS: Final = {
    "state": N_("State"),
    "all": N_("all"),
    "show": N_("Show"),
    "proposed": N_("Proposed by {who} on {day}"),
    "decided": N_("Decided by {who} on {day}"),
    "number": N_("area change {number}"),
    "before": N_("as it is"),
    "after": N_("as proposed"),
    "now": N_("on the map today"),
    "gone": N_("It is not on the map any more."),
    "reason": N_("Reason (a refusal needs one)"),
    "accept": N_("Accept"),
    "refuse": N_("Refuse"),
    "boundary_hint": N_(
        "Accepting redraws this area from today. Its neighbours stay as they are: ground that two then hold, or "
        "none, shows among the gaps until the neighbour is redrawn too."
    ),
    "point_hint": N_("Accepting puts the facility there from today."),
    "none": N_("There is no correction here."),
    "accepted_now": N_("Accepted. The map shows it from today."),
    "refused_now": N_("Refused. The map stays as it is."),
    "m2": N_("{before} m² before, {after} m² after"),
    "moved": N_("{metres} m away from where it is"),
}

ShownState = Annotated[Literal["proposed", "accepted", "refused"] | None, Query()]


@router.get(
    "/corrections",
    summary=N_("Corrections of the map"),
    description=N_("Proposed boundaries and points inside the own areas, undecided ones first."),
    response_model=models.Corrections,
)
def get_corrections(
    workspace: WorkspaceDep, actor: ActorDep, paging: PagingDep, *, state: ShownState = None
) -> Response:
    """A page of them."""
    rows, total = corrections.list_corrections(workspace, actor, state, limit=paging.limit, offset=paging.offset)
    page = {"items": [_plain(row) for row in rows], "total": total, "limit": paging.limit, "offset": paging.offset}
    return Response(to_json(page), media_type=JSON)


@router.post(
    "/corrections",
    summary=N_("Propose a correction"),
    description=N_("Stored once for each UUID; the answer is a receipt with a hash over what was stored."),
    status_code=CREATED,
    response_model=models.Receipt,
)
def post_correction(workspace: WorkspaceDep, actor: ActorDep, proposal: models.Proposal) -> Response:
    """Stores one and answers its receipt."""
    receipt = corrections.propose(workspace, actor, **proposal.model_dump())
    return Response(to_json(receipt), CREATED, media_type=JSON)


@router.post(
    "/corrections/{code}/decision",
    summary=N_("Accept or refuse a correction"),
    description=N_("Accepted, it changes the map from today. The same decision sent again changes nothing."),
    response_model=models.Correction,
)
def post_decision(workspace: WorkspaceDep, actor: ActorDep, code: Code, decision: models.Decision) -> Response:
    """Decides, and answers the correction as it is then."""
    row = corrections.decide(workspace, actor, code, accept=decision.accept, reason=decision.reason)
    return Response(to_json(_plain(row)), media_type=JSON)


@router.get(
    "/changes",
    summary=N_("What changed between two days"),
    description=N_("Assignments, areas and facilities that began, changed or ended after since and up to on."),
    response_model=models.Changes,
)
def get_changes(
    workspace: WorkspaceDep,
    actor: ActorDep,
    *,
    on: Annotated[
        str | None, Query(description=N_("As of this day, YYYY-MM-DD; default today."), json_schema_extra=DAY)
    ] = None,
    first: Annotated[
        str | None, Query(alias="since", description=N_("The day to compare with, YYYY-MM-DD."), json_schema_extra=DAY)
    ] = None,
    area: Annotated[Text | None, Query(description=N_("Only what lies inside this area."))] = None,
) -> Response:
    """What changed in what the actor sees."""
    found = since.what_changed(workspace, actor, since=read_day("since", first), on=read_day("on", on), area=area)
    return Response(to_json(found), media_type=JSON)


@pages.get("/corrections", summary=N_("Corrections of the map"))
def get_page(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    *,
    state: Annotated[Literal["", "proposed", "accepted", "refused"], Query()] = "proposed",
    offset: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    done: Annotated[Literal["accepted", "refused"] | None, Query()] = None,
) -> HTMLResponse:
    """The list, undecided ones first."""
    told = WORDS.get(f"{done}_now")
    message = None if told is None else _(told)
    return _page(request, workspace, me, state=state, offset=offset, message=message)


@pages.post("/corrections/{code}", summary=N_("Accept or refuse a correction"))
def post_page(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    actor: ActorDep,
    *,
    code: Code,
    decision: Annotated[Literal["accept", "refuse"], Form()],
    reason: Annotated[str, Form(max_length=TEXT_MOST)] = "",
) -> Response:
    """Decides and goes back to the list; what cannot be decided so is said there."""
    try:
        row = corrections.decide(workspace, actor, code, accept=decision == "accept", reason=reason)
    except (DataRejected, FirewallRefused) as error:
        return _page(request, workspace, me, state="proposed", offset=0, problem=error.message, typed={code: reason})
    return RedirectResponse(f"/corrections?done={row['state']}", SEE_OTHER)


def _page(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    *,
    state: str,
    offset: int,
    message: str | None = None,
    problem: str | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    permit(me.actor, "corrections.decide")
    wanted = next((name for name in corrections.STATES if name == state), None)
    rows, total = corrections.list_corrections(workspace, me.actor, wanted, limit=PAGE, offset=offset)
    now = corrections.current_shapes(workspace, me.actor, rows)
    return show(
        request,
        "corrections.html",
        me=me,
        title=_("Corrections"),
        status=200 if problem is None else UNPROCESSABLE,
        message=message,
        problem=problem,
        wide=True,
        w=words_of(WORDS) | {"t": _},
        states=words_of(STATES),
        kinds=words_of(KINDS),
        state=state,
        pages=page_through(
            total, size=PAGE, offset=offset, to=lambda first: link("/corrections", {"state": state, "offset": first})
        ),
        typed=typed or {},
        rows=[{**row, **draw(row, now.get(row["target_code"]))} for row in rows],
    )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """JSON-ready: moments as ISO text, the shape as GeoJSON."""
    moments = {name: row[name].isoformat() if row[name] else None for name in ("proposed_at", "decided_at")}
    return {**row, **moments, "geometry": json.loads(shapely.to_geojson(row["geometry"]))}
