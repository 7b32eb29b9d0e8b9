"""Where to open the next clinic: a point tried on a map, and suggestions, as a page and as JSON."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, cast, get_args

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ActorDep, Asked, AsOf, AsOfDep, SignedInDep, WorkspaceDep
from api.frames import JSON, to_json
from api.models import siting as models
from api.packed import kept_page
from api.pages import link, page, render, words_of
from api.routes.access import ModeAsked
from api.routes.open import read_degrees
from api.routes.pages import MAP_CSP
from api.shell import show
from gis.crs import Datum
from gis.errors import DataRejected, UsageError
from gis.roads import Mode
from gis.roles import Actor, permit
from gis.services.care import siting, siting_suggest
from gis.services.care.access import access_key
from gis.services.care.access_page import whole
from gis.services.care.siting import Place
from gis.services.workspace import Workspace
from gis.texts import N_, _, current_language
from maps.siting import render as render_map

router = APIRouter(tags=["access"])
pages = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

WORDS: Final[Mapping[str, str]] = {
    "title": N_("What if a clinic opened here"),
    "lead": N_(
        "Click on the map, take a suggestion or write coordinates: who would come within reach of antenatal care?"
    ),
    "point": N_("By coordinates"),
    "lon": N_("Longitude"),
    "lat": N_("Latitude"),
    "datum": N_("Where the numbers come from"),
    "wgs84": N_("GPS, WGS84 or CGCS2000"),
    "gcj02": N_("Amap, Tencent maps (GCJ-02)"),
    "bd09": N_("Baidu maps (BD-09)"),
    "capacity": N_("Visits a year"),
    "mode": N_("On the way"),
    "walk": N_("On foot"),
    "drive": N_("By car"),
    "go": N_("Try it"),
    "map": N_("Map: click where a clinic might open"),
    "suggest": N_("Where would new clinics help most?"),
    "number": N_("How many"),
    "aim": N_("Aim"),
    "mclp": N_("most people within the first limit"),
    "pmedian": N_("shortest ways for all"),
    "pcentre": N_("the farthest as near as can be"),
    "lscp": N_("as few clinics as reach everybody"),
    "find": N_("Suggest"),
    "back": N_("Care within reach"),
}
ANSWER_WORDS: Final[Mapping[str, str]] = {
    "nothing": N_("No place is chosen yet."),
    "result": N_("A clinic here"),
    "people": N_("Modelled pregnancies a year"),
    "before": N_("Now"),
    "after": N_("With the clinic"),
    "change": N_("Newly within"),
    "offered": N_("Visits offered for one needed"),
    "newly": N_("Newly within {minutes} min"),
    "areas": N_("Areas that gain"),
    "area": N_("Area"),
    "no_area": N_("In no area does anybody come newly within reach."),
    "interval": N_("Numbers in brackets are the interval of the model."),
    "none_found": N_("All within reach: no further clinic is needed for that."),
    "proven": N_("No choice among the candidates is better."),
    "unproven": N_("Not proven to be the best: a better choice could gain up to {gap} more."),
    "suggested": N_("Suggested places"),
    "try": N_("Try this place"),
    "place": N_("Place {number}"),
}
MOST_ROWS: Final = 30
Model = Literal["lscp", "mclp", "pmedian", "pcentre"]
ModelAsked = Annotated[Model, Query(description=N_("Which question is asked."))]
DatumAsked = Annotated[Datum, Query(description=N_("Reference of the coordinates."))]
LevelAsked = Annotated[Asked, Query(description=N_("Level of the areas; all of them if empty."))]
Part = Annotated[str | None, Header(alias="HX-Request", include_in_schema=False)]


@router.get(
    "/api/access/what-if",
    summary=N_("If a clinic opened here"),
    description=N_("Who would come within reach, and access before and after, in all and by area."),
    response_model=models.WhatIf,
)
def get_what_if(
    workspace: WorkspaceDep,
    actor: ActorDep,
    as_of: AsOfDep,
    *,
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, description=N_("Longitude in degrees."))],
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False, description=N_("Latitude in degrees."))],
    capacity: Annotated[float | None, Query(gt=0, le=siting.MOST_VISITS, description=N_("Visits a year."))] = None,
    datum: DatumAsked = "wgs84",
    mode: ModeAsked = "walk",
    level: LevelAsked = "",
) -> Response:
    """The change that one more clinic makes."""
    place = Place(lon, lat, capacity, datum)
    found = siting.open_clinic(workspace, actor, place, mode=mode, level=level or None, on=as_of.on, known=as_of.known)
    return Response(to_json(found), media_type=JSON)


@router.get(
    "/api/access/sites",
    summary=N_("Where new clinics would help most"),
    description=N_("Cells of the demand in which p new clinics do best, beside the sites that exist."),
    response_model=models.SuggestedSites,
)
def get_sites(
    workspace: WorkspaceDep,
    actor: ActorDep,
    as_of: AsOfDep,
    *,
    model: ModelAsked = "mclp",
    p: Annotated[int, Query(ge=1, le=siting_suggest.MOST_NEW, description=N_("How many new clinics."))] = 1,
    limit: Annotated[float | None, Query(gt=0, le=1440, description=N_("Minutes; the first limit if empty."))] = None,
    mode: ModeAsked = "walk",
) -> Response:
    """The suggestion."""
    found = siting_suggest.suggest_sites(
        workspace, actor, model=model, p=p, limit=limit, mode=mode, on=as_of.on, known=as_of.known
    )
    return Response(to_json(found), media_type=JSON)


@router.get(
    "/maps/what-if",
    summary=N_("The map on which a clinic is tried"),
    description=N_(
        "Sites, the modelled demand, and whether it is within reach; a click tells the page around it where."
    ),
    response_class=HTMLResponse,
)
def get_map(request: Request, workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep) -> Response:
    """The whole map."""
    permit(actor, "siting.plan")

    def draw() -> str:
        return render_map(siting.map_data(workspace, actor, on=as_of.on, known=as_of.known), lang=current_language())

    key = ("what-if", as_of, access_key(workspace, actor))
    return kept_page(request, workspace, actor, key, draw, csp=MAP_CSP, events=True)


@pages.get("/access/what-if", summary=N_("What if a clinic opened here"))
def get_page(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    as_of: AsOfDep,
    *,
    lon: Asked = "",
    lat: Asked = "",
    datum: Asked = "wgs84",
    capacity: Asked = "",
    mode: ModeAsked = "walk",
    model: Asked = "",
    p: Asked = "1",
    part: Part = None,
) -> Response:
    """Map, form, suggestions and what would change; the answer alone for a script that asks."""
    permit(me.actor, "siting.plan")
    answer = _answer(workspace, me.actor, as_of, lon=lon, lat=lat, datum=datum, capacity=capacity, mode=mode)
    if part and not model:
        return page(render("what_if_answer.html", **answer), request)
    days = {"on": as_of.on.isoformat()} if as_of.on else {}
    days |= {"known": as_of.known.isoformat()} if as_of.known else {}
    suggested, trouble = _suggestions(workspace, me.actor, as_of, model=model, p=p, mode=mode)
    for site in suggested["sites"] if suggested else ():
        where = {"lon": str(site["lon"]), "lat": str(site["lat"]), "mode": mode, "model": model, "p": p}
        site["address"] = link("/access/what-if", where | days)
    words = words_of(WORDS)
    return show(
        request,
        "what_if.html",
        me=me,
        title=words["title"],
        wide=True,
        w=words,
        **answer,
        asked={"lon": lon, "lat": lat, "datum": datum, "capacity": capacity, "mode": mode, "model": model, "p": p},
        usual=f"{siting.usual_of(workspace, me.actor, on=as_of.on, known=as_of.known):.0f}",
        models=("mclp", "pmedian", "pcentre", "lscp"),
        modes=get_args(Mode),
        suggested=suggested,
        trouble=trouble,
        days=days,
        address=link("/maps/what-if", days),
        again=link("/access", days),
        most=siting_suggest.MOST_NEW,
    )


def _answer(
    workspace: Workspace, actor: Actor, as_of: AsOf, *, lon: str, lat: str, datum: str, capacity: str, mode: Mode
) -> dict[str, Any]:
    """What the answer's template shows: a result, or what is wrong, or neither."""
    shown: dict[str, Any] = {"a": words_of(ANSWER_WORDS), "found": None, "wrong": None}
    if not lon and not lat:
        return shown
    point = read_degrees(lon, lat)
    if point is None or datum not in get_args(Datum):
        return shown | {"wrong": _("Write longitude and latitude in degrees, such as 120.15 and 28.02.")}
    try:
        visits = float(capacity) if capacity else None
        place = Place(*point, visits, datum)  # type: ignore[arg-type]
        found = siting.open_clinic(workspace, actor, place, mode=mode, on=as_of.on, known=as_of.known)
    except ValueError:
        return shown | {"wrong": _("The capacity is a number of visits a year, above 0.")}
    except (UsageError, DataRejected) as error:
        return shown | {"wrong": error.message}
    rows = [row for row in found["by_area"] if not row["few"] and any(n["people"] for n in row["newly"].values())]
    rows.sort(key=lambda row: (*(-row["newly"][name]["people"] for name in row["newly"]), row["area"]))
    return shown | {
        "found": found,
        "whole": whole,
        "within": [(f"within_{m}", f"beyond_{m}", _("Beyond {minutes} min", minutes=m), m) for m in found["limits"]],
        "rows": rows[:MOST_ROWS],
        "place": json.dumps({"lon": found["lon"], "lat": found["lat"], "cells": found["cells"]}),
    }


def _suggestions(
    workspace: Workspace, actor: Actor, as_of: AsOf, *, model: str, p: str, mode: Mode
) -> tuple[dict[str, Any] | None, str | None]:
    """Suggested places, or what is wrong with the question."""
    if not model:
        return None, None
    try:
        found = siting_suggest.suggest_sites(
            workspace, actor, model=cast("Model", model), p=int(p or "1"), mode=mode, on=as_of.on, known=as_of.known
        )
    except ValueError:
        return None, _("The number of new clinics is from 1 to {most}.", most=siting_suggest.MOST_NEW)
    except (UsageError, DataRejected) as error:
        return None, error.message
    return {**found, "sites": [dict(site) for site in found["sites"]]}, None
