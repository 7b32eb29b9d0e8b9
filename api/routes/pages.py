"""Pages for people: where to start, and the responsibility map."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, AsOfDep, SignedInDep, WorkspaceDep
from api.pages import page
from api.routes.open import open_page
from api.shell import home_of
from gis.services import maps
from gis.texts import N_, current_language
from maps.responsibility import TiledSummary, render_tiled
from maps.responsibility import render as render_map

MAP_CSP: Final = "frame-ancestors 'self'"
"""What a page cannot say of itself; the rest of its policy the map states in its own head."""

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)


@router.get(
    "/",
    summary=N_("The start page"),
    description=N_("Who answers for this place; whoever is signed in is led to the page of their role."),
)
def get_start(request: Request, workspace: WorkspaceDep, me: SignedInDep) -> Response:
    """The public's page, or the way to one's own."""
    if me.actor.account is not None:
        return RedirectResponse(home_of(me.actor.role), 303)
    return open_page(request, workspace, me)


@router.get(
    "/maps/responsibility",
    summary=N_("The responsibility map"),
    description=N_("Who answers for each area on a day, and what is vacant, doubled, overlapping or in no area."),
)
def get_map(request: Request, workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep) -> HTMLResponse:
    """The whole map, or the light one that asks for tiles where there are many areas."""
    data = maps.responsibility_page(workspace, actor, on=as_of.on, known=as_of.known)
    language = current_language()
    if isinstance(data, TiledSummary):
        html = render_tiled(data, lang=language)
    else:
        html = render_map(data, lang=language, standalone=False, threshold=workspace.settings.tile_threshold)
    return page(html, request, csp=MAP_CSP)


LEVELS: Final = (N_("district"), N_("street"), N_("village"), N_("grid"))
"""The usual names of levels, for the catalogue; a level of another name is shown as it is."""
