"""Care within reach: the gaps by area as a page for leaders, as a map and as JSON."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ActorDep, Asked, AsOfDep, SignedInDep, WorkspaceDep
from api.frames import JSON, to_json
from api.models import access as models
from api.packed import kept_page
from api.pages import link, words_of
from api.routes.pages import MAP_CSP
from api.shell import show
from gis.roads import Mode
from gis.roles import PERMITTED, permit
from gis.services.care import access_page, access_view
from gis.services.care.access import access_key
from gis.texts import N_, _, current_language
from maps.access import render

router = APIRouter(tags=["access"])
pages = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

WORDS: Final[Mapping[str, str]] = {
    "meaning": access_view.MEANING,
    "on": N_("As of"),
    "level": N_("Level"),
    "mode": N_("On the way"),
    "walk": N_("On foot"),
    "drive": N_("By car"),
    "apply": N_("Apply"),
    "map": N_("Antenatal care within reach"),
    "gaps": N_("Out of reach by area"),
    "area": N_("Area"),
    "demand": N_("Modelled pregnancies a year"),
    "unreachable": N_("No way at all"),
    "served": N_("Find a place"),
    "offered": N_("Visits offered for one needed"),
    "interval": N_("Numbers in brackets are the interval of the model."),
    "few": N_("fewer than five"),
    "what_if": N_("If a clinic opened here"),
    "nothing": N_("No area of this level is known."),
    "sites": N_("Sites counted"),
    "kind": N_("Kind"),
    "number": N_("Number"),
    "left_out": N_("Not counted"),
    "licence": N_("no licence in force"),
    "machines": N_("too few machines"),
    "capacity": N_("no visits"),
    "cells": N_("Cells of the model"),
    "without_area": N_("of these in no area"),
    "outreach": N_("Where outreach would reach those far away"),
    "outreach_why": N_("Ranked by the lower end of the modelled number beyond the first limit."),
    "sessions": N_("Sessions in the last {days} days"),
    "record": N_("Record a session"),
    "none_out": N_("No area has five or more out of reach."),
    "compare": N_("Modelled beside registered births"),
    "compare_why": N_(
        "For street level and above; registered numbers are rounded to 5 and hidden under 10. A difference is marked "
        "where the registered number lies outside the interval of the model."
    ),
    "modelled": N_("Modelled births a year"),
    "registered": N_("Registered births a year"),
    "difference": N_("Difference"),
    "outside": N_("outside the interval"),
    "inside": N_("within the interval"),
}

ModeAsked = Annotated[Mode, Query(description=N_("walk or drive."))]
Level = Annotated[Asked, Query(description=N_("Level of the areas; all of them if empty."))]


@router.get(
    "/api/gaps/access",
    summary=N_("Where antenatal care is out of reach"),
    description=N_("Modelled demand beyond 30 and 60 minutes of the nearest site, by area, with an interval."),
    response_model=models.AccessGaps,
)
def get_gaps(
    workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, *, mode: ModeAsked = "walk", level: Level = ""
) -> Response:
    """The gaps of the day."""
    found = access_view.access_gaps(workspace, actor, on=as_of.on, known=as_of.known, mode=mode, level=level or None)
    return Response(to_json(found), media_type=JSON)


@router.get(
    "/maps/access",
    summary=N_("The map of care within reach"),
    description=N_("Areas by the share of the modelled demand out of reach, isochrones, demand and sites."),
    response_class=HTMLResponse,
)
def get_map(request: Request, workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep) -> Response:
    """The whole map; with many areas their polygons are packed."""
    permit(actor, "access.read")
    permit(actor, "maps.read")

    def draw() -> str:
        data = access_view.access_data(workspace, actor, on=as_of.on, known=as_of.known)
        return render(data, lang=current_language(), standalone=False, threshold=workspace.settings.tile_threshold)

    key = ("access", as_of, access_key(workspace, actor))
    return kept_page(request, workspace, actor, key, draw, csp=MAP_CSP, events=True)


@pages.get("/access", summary=N_("Antenatal care within reach"))
def get_page(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    as_of: AsOfDep,
    *,
    mode: ModeAsked = "walk",
    level: Level = "",
) -> Response:
    """Map, table, sites, suggestions for outreach, and the model beside the register."""
    permit(me.actor, "access.page")
    found = access_page.read_page(workspace, me.actor, on=as_of.on, known=as_of.known, mode=mode, level=level or None)
    asked = {"on": found.gaps["on"]} | ({"known": as_of.known.isoformat()} if as_of.known else {})
    words = words_of(WORDS)
    return show(
        request,
        "access.html",
        me=me,
        title=_("Antenatal care within reach"),
        wide=True,
        w=words | {"sessions": words["sessions"].format(days=access_page.WINDOW_DAYS)},
        found=found.gaps,
        rows=found.rows,
        beyond=[_("Beyond {minutes} min", minutes=minutes) for minutes in found.gaps["limits"]],
        levels=[(name, _(name)) for name in found.gaps["levels"]],
        suggested=found.suggested,
        compared=found.compared,
        known=as_of.known.isoformat() if as_of.known else "",
        may_record=me.actor.role in PERMITTED["outreach.record"],
        address=link("/maps/access", asked),
    )
