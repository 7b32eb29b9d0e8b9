"""Pages of the grid officer, made for a phone: my grid, its neighbours and tasks, and reporting an error in the map."""

import json
import math
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, cast
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, Asked, SignedInDep, WorkspaceDep
from api.packed import kept_page
from api.pages import SEE_OTHER, UNPROCESSABLE, words_of
from api.pages import page as page_of
from api.routes.pages import MAP_CSP
from api.shell import show
from gis.errors import DataRejected, FirewallRefused
from gis.roles import PERMITTED, permit
from gis.services.accounts.sessions import SignedIn
from gis.services.areas import corrections, grid
from gis.services.workspace import Workspace
from gis.texts import N_, _, current_language
from maps.own_grid import render_editor, render_own_grid

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

LONGEST: Final = 4_000_000
Kind = Literal["boundary", "point"]
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
DATUMS: Final[Mapping[str, str]] = {
    "wgs84": N_("WGS 84 (satellite receiver, this map)"),
    "cgcs2000": N_("CGCS2000"),
    "gcj02": N_("GCJ-02 (Amap, Tencent)"),
    "bd09": N_("BD-09 (Baidu)"),
}

WORDS: Final[Mapping[str, str]] = {
    "choose": N_("Which area"),
    "open": N_("Show"),
    "map": N_("Map of my grid and its neighbours"),
    "record": N_("Record an outreach session"),
    "wrong_boundary": N_("The boundary is wrong"),
    "wrong_point": N_("It stands at the wrong place"),
    "tasks": N_("What I owe"),
    "last": N_("last on {day}"),
    "never": N_("none so far"),
    "unlicensed": N_("Facilities without a licence in force"),
    "lapsed": N_("Lapsed"),
    "none": N_("Never licensed"),
    "waiting": N_("My corrections that wait for a decision"),
    "done": N_("Nothing to do here."),
    "more": N_("Show {count} more"),
    "single": N_("Facilities that you answer for one by one"),
    "facilities": N_("Facilities in it"),
    "no_facilities": N_("There is no facility in it."),
    "neighbours": N_("Neighbouring areas and who answers for them"),
    "no_neighbours": N_("No area of this level lies beside it."),
    "nobody": N_("Nobody"),
    "corrections": N_("My corrections"),
    "no_corrections": N_("You have reported no error so far."),
    "idle": N_("Nothing is assigned to you today. Ask your leader which area is yours."),
    "boundary": N_("Boundary"),
    "point": N_("Place of a facility"),
    "proposed": N_("Waits for a decision"),
    "accepted": N_("Accepted"),
    "refused": N_("Refused"),
    "back": N_("My grid"),
}

FORM_WORDS: Final[Mapping[str, str]] = {
    "editor": N_("Map to draw the correction on"),
    "boundary_hint": N_(
        "Drag the corners of the boundary, or tap one and then its new place; tap an edge to add a corner. "
        "A leader looks at your proposal before the map changes."
    ),
    "point_hint": N_(
        "Drag the mark or tap the place on the map, or type the coordinates. "
        "A leader looks at your proposal before the map changes."
    ),
    "geometry": N_("Boundary as GeoJSON (Polygon or MultiPolygon)"),
    "geometry_hint": N_("The map above fills this in; without the map, paste it here."),
    "paste": N_("Paste the boundary instead of drawing it"),
    "lon": N_("Longitude"),
    "lat": N_("Latitude"),
    "datum": N_("The coordinates are in"),
    "note": N_("What is wrong"),
    "note_hint": N_("About the place only. Write nothing about persons: no names, no telephone or resident numbers."),
    "send": N_("Send the proposal"),
    "cancel": N_("Cancel"),
    "unchanged": N_("Nothing has been moved yet."),
    "changed": N_("The new boundary is ready to be sent."),
}


@router.get("/grid", summary=N_("My grid"))
def get_grid(
    request: Request, workspace: WorkspaceDep, me: SignedInDep, area: Asked = "", sent: Asked = ""
) -> Response:
    """One own area: map, tasks, facilities, neighbours, corrections. Several are chosen between at the top."""
    own = grid.list_own(workspace, me.actor)
    w = words_of(WORDS)
    if not own:
        single = grid.has_duty(workspace, me.actor)
        return show(request, "grid_none.html", me=me, title=_("My grid"), w=w, single=single)
    ground = grid.read_ground(workspace, me.actor, area or own[0]["code"])
    mine = grid.my_corrections(workspace, me.actor)
    return show(
        request,
        "grid.html",
        me=me,
        title=ground.name,
        message=_("Your proposal was sent. It waits for a leader's decision.") if sent else None,
        w=w,
        own=own,
        code=ground.code,
        ground=ground,
        silent=grid.list_silent(workspace, me.actor),
        silent_title=_("No outreach session for {days} days", days=grid.OUTREACH_DAYS),
        facilities=ground.facilities,
        neighbours=ground.neighbours.rows,
        mine=mine,
        waiting=sum(row["state"] == "proposed" for row in mine),
        may_record=me.actor.role in PERMITTED["outreach.record"],
        may_correct=me.actor.role in PERMITTED["corrections.propose"],
        map_address="/maps/grid?" + urlencode({"area": ground.code}),
    )


@router.get("/maps/grid", summary=N_("The map of my grid"))
def get_map(request: Request, workspace: WorkspaceDep, me: SignedInDep, area: Asked) -> Response:
    """The own area bright, its neighbours faint with who answers there, and the facilities."""
    permit(me.actor, "gaps.read")

    def draw() -> str:
        ground = grid.read_ground(workspace, me.actor, area)
        return render_own_grid(ground.area, ground.neighbours.frame, ground.premises.frame, lang=current_language())

    return kept_page(request, workspace, me.actor, ("grid", area), draw, csp=MAP_CSP)


@router.get("/maps/correction", summary=N_("The map to draw a correction on"))
def get_editor(request: Request, workspace: WorkspaceDep, me: SignedInDep, kind: Kind, target: Asked) -> Response:
    """The shape as the map has it today, to be changed; what is drawn is told to the page around."""
    shape, ground = grid.read_shape(workspace, me.actor, kind, target)
    none = shape.iloc[:0]
    html = render_editor(
        kind,
        shape,
        ground.area if ground else none.assign(level=None),
        ground.neighbours.frame if ground else none[["code", "name", "geometry"]],
        ground.premises.frame if ground and kind == "boundary" else none,
        lang=current_language(),
    )
    return page_of(html, request, csp=MAP_CSP)


@router.get("/grid/correct", summary=N_("Report an error in the map"))
def get_correct(request: Request, workspace: WorkspaceDep, me: SignedInDep, kind: Kind, target: Asked) -> Response:
    """The form, with a number of its own, so that what is sent twice is stored once."""
    shape, _ground = grid.read_shape(workspace, me.actor, kind, target)
    values = {"id": str(uuid4()), "geometry": "", "note": "", "lon": "", "lat": "", "datum": "wgs84"}
    if kind == "point":
        values |= {"lon": f"{shape.geometry.iloc[0].x:.7f}", "lat": f"{shape.geometry.iloc[0].y:.7f}"}
    return _form(request, me, kind, target, name=str(shape["name"].iloc[0]), values=values)


@router.post("/grid/correct", summary=N_("Report an error in the map"))
def post_correct(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    actor: ActorDep,
    *,
    kind: Annotated[Kind, Query()],
    target: Asked,
    number: Annotated[str, Form(alias="id", max_length=100)],
    note: Annotated[str, Form(max_length=20_000)] = "",
    geometry: Annotated[str, Form(max_length=LONGEST)] = "",
    lon: Annotated[str, Form(max_length=60)] = "",
    lat: Annotated[str, Form(max_length=60)] = "",
    datum: Annotated[Datum, Form()] = "wgs84",
) -> Response:
    """Sends the proposal; what cannot be is said above the form, which keeps what was typed."""
    try:
        shape = _boundary(geometry) if kind == "boundary" else _point(lon, lat)
        corrections.propose(
            workspace, actor, id=number, kind=kind, target=target, geometry=shape, datum=datum, note=note
        )
    except (DataRejected, FirewallRefused) as error:
        values = {"id": number, "geometry": geometry, "note": note, "lon": lon, "lat": lat, "datum": datum}
        name = _name_of(workspace, me, kind, target)
        return _form(request, me, kind, target, name=name, values=values, problem=error.message)
    return RedirectResponse("/grid?sent=1#corrections", SEE_OTHER)


def _name_of(workspace: Workspace, me: SignedIn, kind: Kind, target: str) -> str:
    shape, _ground = grid.read_shape(workspace, me.actor, kind, target)
    return str(shape["name"].iloc[0])


def _form(
    request: Request,
    me: SignedIn,
    kind: Kind,
    target: str,
    *,
    name: str,
    values: Mapping[str, str],
    problem: str | None = None,
) -> HTMLResponse:
    titles = {
        "boundary": _("Report a wrong boundary: {name}", name=name),
        "point": _("Report a wrong place: {name}", name=name),
    }
    return show(
        request,
        "grid_correct.html",
        me=me,
        title=titles[kind],
        status=UNPROCESSABLE if problem else 200,
        problem=problem,
        w=words_of(FORM_WORDS),
        kind=kind,
        values=values,
        datums=[(code, _(text)) for code, text in DATUMS.items()],
        action="/grid/correct?" + urlencode({"kind": kind, "target": target}),
        map_address="/maps/correction?" + urlencode({"kind": kind, "target": target}),
    )


def _boundary(text: str) -> dict[str, Any]:
    """The geometry of a GeoJSON text, be it a geometry or one feature. Raises DataRejected."""
    if not text.strip():
        raise DataRejected(_("Nothing has been moved yet."))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise DataRejected(_("The geometry is no GeoJSON that can be read.")) from None
    if isinstance(found, dict) and found.get("type") == "Feature":
        found = found.get("geometry")
    if not isinstance(found, dict):
        raise DataRejected(_("The geometry is no GeoJSON that can be read."))
    return cast("dict[str, Any]", found)


def _point(lon: str, lat: str) -> dict[str, Any]:
    """A GeoJSON point. Raises DataRejected."""
    try:
        place = [float(lon.strip()), float(lat.strip())]
    except ValueError:
        raise DataRejected(_("Write longitude and latitude as numbers in degrees.")) from None
    if not all(math.isfinite(number) for number in place):
        raise DataRejected(_("Write longitude and latitude as numbers in degrees."))
    return {"type": "Point", "coordinates": place}
