"""Pages for people: where to start, and the responsibility map."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, AsOfDep, SignedInDep, Text, WorkspaceDep
from api.packed import kept_page
from api.routes.open import open_page
from api.shell import home_of
from gis.roles import permit
from gis.services.areas import maps
from gis.texts import N_, current_language
from maps.responsibility import TiledSummary, render_tiled
from maps.responsibility import render as render_map

MAP_CSP: Final = "frame-ancestors 'self'"
"""What a page cannot say of itself; the rest of its policy the map states in its own head."""

Place = Annotated[Text | None, Query(description=N_("Only this area and what is inside it."))]

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)


@router.get(
    "/",
    summary=N_("The start page"),
    description=N_("Who answers for this place; whoever is signed in is led to the page of their role."),
    responses={303: {"description": N_("The way to the page of the own role.")}},
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
def get_map(
    request: Request, workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, *, area: Place = None
) -> Response:
    """The whole map, or the light one that asks for tiles where there are many areas."""
    permit(actor, "maps.read")

    def draw() -> str:
        data = maps.responsibility_page(workspace, actor, on=as_of.on, known=as_of.known, area=area)
        if isinstance(data, TiledSummary):
            return render_tiled(data, lang=current_language())
        most = max(workspace.settings.tile_threshold, len(data.areas) if area else 0)
        return render_map(data, lang=current_language(), standalone=False, threshold=most)

    return kept_page(request, workspace, actor, ("responsibility", as_of, area), draw, csp=MAP_CSP)


LEVELS: Final = (N_("district"), N_("street"), N_("village"), N_("grid"))
"""The usual names of levels, for the catalogue; a level of another name is shown as it is."""
