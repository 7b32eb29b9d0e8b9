"""Random draws as JSON: what everybody may know, a page of them, one, committing a seed, drawing, the proof."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.deps import ActorDep, PagingDep, Text, WorkspaceDep
from api.frames import JSON, NO_STORE, unkept
from api.models import draws as models
from gis.services.selection import draws, draws_view
from gis.texts import N_

router = APIRouter(prefix="/api/draws", tags=["draws"])

DrawId = Annotated[Text, Path(description=N_("Number of a draw, a UUID."))]
CREATED: Final = 201


@router.get(
    "",
    summary=N_("Random draws"),
    description=N_("All draws with their hashes and moments, the newest first."),
    response_model=models.DrawPage,
)
def list_draws(workspace: WorkspaceDep, actor: ActorDep, paging: PagingDep) -> Response:
    """A page of draws."""
    items, total = draws_view.list_draws(workspace, actor, limit=paging.limit, offset=paging.offset)
    return unkept({"total": total, "limit": paging.limit, "offset": paging.offset, "items": items})


@router.get(
    "/published",
    summary=N_("What everybody may know of random draws"),
    description=N_("Hashes, counts and moments: no facility, no inspector, no seed. No account is needed."),
    response_model=models.PublishedPage,
)
def list_published(workspace: WorkspaceDep, paging: PagingDep) -> Response:
    """A page of draws, for everybody."""
    items, total = draws_view.list_published(workspace, limit=paging.limit, offset=paging.offset)
    return unkept({"total": total, "limit": paging.limit, "offset": paging.offset, "items": items})


@router.post(
    "",
    summary=N_("Commit the seed of a draw"),
    description=N_("Only its hash is shown from then on. The list is frozen afterwards, by the same account."),
    response_model=models.DrawDetail,
    status_code=CREATED,
)
def post_draw(workspace: WorkspaceDep, actor: ActorDep, body: models.NewDraw) -> Response:
    """Commits a seed."""
    wish = draws.Wish(body.on, body.count)
    return unkept(draws.commit_draw(workspace, actor, wish, seed=body.seed, id=str(body.id)), status=CREATED)


@router.get(
    "/{code}",
    summary=N_("One draw"),
    description=N_("With the drawn facilities that the account answers for, who goes there, and why others do not."),
    response_model=models.DrawDetail,
)
def get_draw(workspace: WorkspaceDep, actor: ActorDep, code: DrawId) -> Response:
    """One draw."""
    return unkept(draws_view.read_draw(workspace, actor, code))


@router.post(
    "/{code}/run",
    summary=N_("Freeze the list and draw"),
    description=N_("With the seed that was committed; the facilities are those that the account answers for. Once."),
    response_model=models.DrawDetail,
    status_code=CREATED,
)
def post_run(workspace: WorkspaceDep, actor: ActorDep, code: DrawId, body: models.DrawNow) -> Response:
    """Draws."""
    rows = [(i.code, ";".join(i.interests), ";".join(i.former_employers)) for i in body.inspectors]
    named = draws.name_inspectors(workspace, actor, rows)
    return unkept(draws.run_draw(workspace, actor, code, seed=body.seed, inspectors=named), status=CREATED)


@router.get(
    "/{code}/proof",
    summary=N_("The proof of a draw"),
    description=N_("The file that `wangge draw verify` reads, for those who answer for every facility in it."),
    response_class=Response,
    responses={200: {"content": {JSON: {}}}},
)
def get_proof(workspace: WorkspaceDep, actor: ActorDep, code: DrawId) -> Response:
    """The proof, byte by byte."""
    return Response(draws_view.read_proof(workspace, actor, code), headers=NO_STORE, media_type=JSON)
