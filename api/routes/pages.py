"""Pages for people: where to start, and the responsibility map."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from api.deps import ActorDep, AsOfDep, WorkspaceDep
from api.pages import NAMES, page, render
from api.routes.assets import asset_url
from gis.roles import Actor
from gis.services import areas, facilities, maps
from gis.services.workspace import Workspace, today
from gis.texts import N_, _, current_language
from maps.responsibility import TiledSummary, render_tiled
from maps.responsibility import render as render_map

MAP_CSP: Final = "frame-ancestors 'none'"
"""What a page cannot say of itself; the rest of its policy the map states in its own head."""

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)


@router.get(
    "/",
    summary=N_("The start page"),
    description=N_("What there is to see, to read and to download."),
)
def get_start(request: Request, workspace: WorkspaceDep, actor: ActorDep) -> HTMLResponse:
    """Links to map, documentation and data, and what is in force today."""
    html = render(
        "start.html",
        title=_("Who answers for every place, and where nobody does"),
        asset=asset_url,
        languages=NAMES,
        today=today().isoformat(),
        counts=_counts(workspace, actor),
        **_start_texts(),
    )
    return page(html, request)


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


def _counts(workspace: Workspace, actor: Actor) -> list[tuple[str, int]]:
    """How many areas of each level and how many facilities there are today."""
    levels = workspace.settings.levels
    found = [(_(level), areas.list_areas(workspace, actor, level=level, limit=1).total) for level in levels]
    return [*found, (_("facility"), facilities.list_facilities(workspace, actor, limit=1).total)]


def _start_texts() -> dict[str, object]:
    return {
        "lead": _(
            "Areas, the officers who answer for them, health facilities and their ultrasound equipment, "
            "on one map and as of any day."
        ),
        "map_title": _("Responsibility map"),
        "map_text": _("Who answers for each area; what is vacant, doubled, overlapping or in no area at all."),
        "on_label": _("As of"),
        "open": _("Open the map"),
        "docs_title": _("API documentation"),
        "docs_text": _("Every address with its parameters and answers, to be tried out."),
        "data_title": _("Data to download"),
        "data_text": _("Up to 1000 rows at a time; go on with offset."),
        "downloads": [
            ("/api/areas?geometry=true&limit=1000", "areas.geojson", _("Areas as GeoJSON")),
            ("/api/facilities?geometry=true&limit=1000", "facilities.geojson", _("Facilities as GeoJSON")),
            ("/api/gaps/responsibility", "gaps.json", _("Gaps in responsibility as JSON")),
        ],
        "now_title": _("In force today"),
        "empty": _("There is no data yet. Import areas with: wangge import areas FILE"),
        "boundary": _(
            "wangge oversees premises, licences and equipment. "
            "It holds no record about an individual woman, pregnancy, birth or household."
        ),
    }
