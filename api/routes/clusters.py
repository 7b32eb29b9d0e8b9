"""Clusters: where inspections found more than chance explains, as a page, as a map and as JSON."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ActorDep, Asked, AsOfDep, SignedInDep, WorkspaceDep, read_day
from api.frames import JSON, to_json
from api.models import clusters as models
from api.packed import kept_page
from api.pages import link, words_of
from api.routes.pages import MAP_CSP
from api.shell import show
from gis.roles import permit
from gis.services.selection import clusters
from gis.services.selection.clusters import Question
from gis.texts import N_, _, current_language
from maps.clusters import render

router = APIRouter(tags=["inspections"])
pages = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

WORDS: Final[Mapping[str, str]] = {
    "meaning": clusters.MEANING,
    "period": N_("First day of the period"),
    "level": N_("Level"),
    "severity": N_("Counts from"),
    "serious": N_("serious or critical findings"),
    "critical": N_("critical findings"),
    "minor": N_("any finding but clerical ones"),
    "apply": N_("Apply"),
    "map": N_("Map of clusters"),
    "nothing": N_("No place stands out."),
    "areas": N_("Areas"),
    "cases": N_("Premises with findings"),
    "population": N_("Premises inspected"),
    "expected": N_("Expected"),
    "risk": N_("Relative risk"),
    "likely": N_("beyond chance"),
    "chance": N_("perhaps chance"),
    "how": N_(
        "Each inspected facility counts once. Circles around the middle of each area, of at most half of the inspected "
        "premises, are tried; p is the share of 999 draws by chance in which some circle is as striking as this one."
    ),
}
_AT_LEAST: Final = {"minor": ("minor", "serious", "critical"), "serious": clusters.SERIOUS, "critical": ("critical",)}

Start = Annotated[
    Asked, Query(alias="from", description=N_("First day of the period, YYYY-MM-DD; a year before the last if empty."))
]
Level = Annotated[Asked, Query(description=N_("Level of the areas; the lowest that there is if empty."))]
Severity = Annotated[
    Literal["minor", "serious", "critical"], Query(description=N_("The least severe finding that counts."))
]


def _ask(as_of: AsOfDep, *, start: Start = "", level: Level = "", severity: Severity = "serious") -> Question:
    return clusters.ask(
        on=as_of.on, start=read_day("from", start or None), level=level or None, severities=_AT_LEAST[severity]
    )


QuestionDep = Annotated[Question, Depends(_ask)]


@router.get(
    "/api/clusters",
    summary=N_("Clusters of findings"),
    description=N_("Where inspections found more than chance explains among the premises that were inspected."),
    response_model=models.Clusters,
)
def get_clusters(workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, question: QuestionDep) -> Response:
    """The clusters of the period."""
    return Response(to_json(clusters.cluster_findings(workspace, actor, question, known=as_of.known)), media_type=JSON)


@router.get(
    "/maps/clusters",
    summary=N_("The map of clusters"),
    description=N_("Where inspections found more than chance explains, and where nobody looked."),
    response_class=HTMLResponse,
)
def get_map(
    request: Request, workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, question: QuestionDep
) -> Response:
    """The whole map; with many areas their polygons are packed."""
    permit(actor, "clusters.read")
    permit(actor, "maps.read")

    def draw() -> str:
        data = clusters.cluster_data(workspace, actor, question, known=as_of.known)
        return render(data, lang=current_language(), standalone=False, threshold=workspace.settings.tile_threshold)

    return kept_page(request, workspace, actor, ("clusters", question, as_of.known), draw, csp=MAP_CSP, events=True)


@pages.get("/clusters", summary=N_("Clusters"))
def get_page(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    as_of: AsOfDep,
    question: QuestionDep,
    severity: Severity = "serious",
) -> Response:
    """What it means, the period and level, map and table."""
    found = clusters.cluster_findings(workspace, me.actor, question, known=as_of.known)
    asked = {"from": found["from"], "level": found["level"] or "", "severity": severity, **as_of.held}
    return show(
        request,
        "clusters.html",
        me=me,
        title=_("Clusters"),
        wide=True,
        w=words_of(WORDS),
        found=found,
        held=as_of.held,
        severity=severity,
        severities=tuple(_AT_LEAST),
        levels=[(name, _(name)) for name in found["levels"]],
        count=_("{cases} of {population} inspected premises with findings", **_counted(found)),
        address=link("/maps/clusters", asked),
    )


def _counted(found: Mapping[str, float]) -> dict[str, str]:
    return {name: f"{int(found[name]):,}" for name in ("cases", "population")}
