"""The leader's page: map, tree and card of the own areas beside each other, as of any day, and what changed since."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from api.deps import SignedInDep, Text, WorkspaceDep, read_day
from api.pages import render, words_of
from api.shell import show
from api.words.leader import FORMATS, GAP_HINTS, GAPS, KINDS, STATES, TARGETS, WHAT, WORDS
from gis.errors import NotFound, UsageError
from gis.roles import Actor, permit
from gis.services import audit
from gis.services.areas import leader, since
from gis.services.scope import own_areas
from gis.services.workspace import Workspace, today
from gis.texts import N_, _
from maps.trend import draw_trend

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

LISTED: Final = 100
"""Changes of one kind that the page lists; it always counts all of them."""

Day = Annotated[str | None, Query(max_length=40)]
Area = Annotated[Text | None, Query()]


@router.get("/leader", summary=N_("The leader's page"))
def get_leader(
    request: Request, workspace: WorkspaceDep, me: SignedInDep, *, area: Area = None, on: Day = None, since: Day = None
) -> HTMLResponse:
    """The page of one area and one day, both in the address."""
    permit(me.actor, "leader.page")
    day, start = read_day("on", on or None) or today(), read_day("since", since or None)
    roots = leader.roots(workspace, me.actor, on=day)
    words = _words()
    if not roots:
        assigned = own_areas(workspace, me.actor)
        return show(request, "leader_none.html", me=me, title=_("Responsibility"), w=words, assigned=assigned, on=day)
    problem = None
    try:
        seen = leader.overview(workspace, me.actor, area or roots[0], on=day)
    except NotFound as error:
        audit.deny(workspace, me.actor, "GET /leader", "/leader", error)
        problem, seen = error.message, leader.overview(workspace, me.actor, roots[0], on=day)
    chosen = seen.chosen
    return show(
        request,
        "leader.html",
        me=me,
        title=_("Responsibility"),
        status=200 if problem is None else 404,
        problem=problem,
        wide=True,
        w=words,
        on=day,
        first=min(seen.first, day),
        last=max(seen.last, day),
        today=today(),
        chosen=chosen,
        map_address="/maps/responsibility?" + urlencode({"on": day}),
        tree=seen.tree,
        address=_address(day, start),
        card=seen.card,
        chart=draw_trend(seen.card.trend),
        inspected=draw_trend(seen.card.inspected),
        changes=_changes(workspace, me.actor, chosen, day, start),
        exports=[(name, _export_address(name, chosen, day), text) for name, text in FORMATS.items()],
        listed=LISTED,
    )


@router.get("/leader/branch", summary=N_("Part of the area tree"))
def get_branch(workspace: WorkspaceDep, me: SignedInDep, *, parent: Text, on: Day = None) -> HTMLResponse:
    """The areas directly inside one, as items of a list."""
    day = read_day("on", on or None) or today()
    tree, address = leader.branch(workspace, me.actor, parent, on=day), _address(day, None)
    return HTMLResponse(render("leader_branch.html", tree=tree, w=_words(), on=day, address=address, chosen=""))


def _words() -> dict[str, Any]:
    """All texts of the page, and the names of states, gaps and changes."""
    named: Mapping[str, Mapping[str, str]] = {
        "states": STATES,
        "gaps": GAPS,
        "hints": GAP_HINTS,
        "what": WHAT,
        "kinds": KINDS,
        "targets": TARGETS,
    }
    groups = {group: words_of(texts) for group, texts in named.items()}
    return {**words_of(WORDS), **groups, "t": _}


def _address(day: date, start: date | None) -> str:
    """The address of the page without the area, which comes last."""
    asked = {"on": day.isoformat()} | ({"since": start.isoformat()} if start else {})
    return "/leader?" + urlencode(asked) + "&area="


def _export_address(file_format: str, area: str, day: date) -> str:
    return f"/leader/export/{file_format}?" + urlencode({"area": area, "on": day.isoformat()})


def _changes(workspace: Workspace, actor: Actor, area: str, day: date, start: date | None) -> dict[str, Any]:
    """What changed, or the problem with the day that was asked for."""
    start = start or since.usual_start(day)
    try:
        found = since.what_changed(workspace, actor, since=start, on=day, area=area)
    except UsageError as error:
        return {"since": start.isoformat(), "problem": error.message, "lists": []}
    lists = [(kind, found[kind]) for kind in ("assignments", "areas", "facilities")]
    return {"since": start.isoformat(), "problem": None, "lists": lists}
