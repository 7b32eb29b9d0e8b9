"""The public page "nearest antenatal care from here": the place comes in the body of a request, and is kept nowhere."""

from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, Form, Header, Request
from starlette.responses import HTMLResponse

from api.deps import SignedInDep, WorkspaceDep
from api.frames import NO_STORE
from api.pages import page, render, words_of
from api.routes.open import read_degrees
from api.shell import show
from gis.crs import Datum
from gis.errors import NotFound
from gis.services.accounts.sessions import SignedIn
from gis.services.care import nearest
from gis.services.care.nearest import Nearest
from gis.services.workspace import Workspace
from gis.texts import N_

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

WORDS: Final = {
    "title": N_("Nearest antenatal care"),
    "lead": N_("Where antenatal visits are offered nearest to a place, with the time on foot and by car."),
    "private": N_("The place is used for this answer only: it is not stored, not logged, and not in the address."),
    "device": N_("Use the position of this device"),
    "denied": N_("The device does not tell its position. Click on the map, choose an area or write coordinates."),
    "by_area": N_("From an area"),
    "area": N_("Area"),
    "choose": N_("Choose an area"),
    "point": N_("By coordinates"),
    "lon": N_("Longitude"),
    "lat": N_("Latitude"),
    "datum": N_("Where the numbers come from"),
    "wgs84": N_("GPS, WGS84 or CGCS2000"),
    "gcj02": N_("Amap, Tencent maps (GCJ-02)"),
    "bd09": N_("Baidu maps (BD-09)"),
    "go": N_("Show the nearest"),
    "map": N_("Map: click on a place to see the nearest care"),
    "back": N_("Who answers here"),
}
ANSWER_WORDS: Final = {
    "nearest": N_("Nearest sites"),
    "none": N_("Choose a place: by this device, on the map, by an area or by coordinates."),
    "site": N_("Site"),
    "walk": N_("On foot"),
    "drive": N_("By car"),
    "minutes": N_("{minutes} min"),
    "no_way": N_("no way"),
    "hours": N_("Opening hours"),
    "address": N_("Address"),
    "care": N_("Times are estimates. In an emergency call for an ambulance."),
}
WRONG_POINT: Final = N_("Write longitude and latitude in degrees, such as 120.15 and 28.02.")


@router.get("/open/care", summary=N_("Nearest antenatal care"))
def get_care(request: Request, workspace: WorkspaceDep, me: SignedInDep) -> HTMLResponse:
    """The page, without a place."""
    return _whole(request, workspace, me)


@router.post("/open/care", summary=N_("Nearest antenatal care from a place"))
def post_care(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    *,
    lon: Annotated[str, Form()] = "",
    lat: Annotated[str, Form()] = "",
    datum: Annotated[str, Form()] = "wgs84",
    area: Annotated[str, Form()] = "",
    part: Annotated[str | None, Header(alias="HX-Request", include_in_schema=False)] = None,
) -> HTMLResponse:
    """The answer for a place: sent in the body, so that no address, history or log has it."""
    found, problem = _answer(workspace, lon=lon, lat=lat, datum=datum, area=area)
    if part:
        answer = page(render("open_care_answer.html", **_values(found, problem)), request)
    else:
        answer = _whole(request, workspace, me, found=found, problem=problem)
    answer.headers.update(NO_STORE)
    return answer


def _answer(workspace: Workspace, *, lon: str, lat: str, datum: str, area: str) -> tuple[Nearest | None, str | None]:
    """The nearest sites, or what is wrong; what was written is not said again."""
    if area and not (lon or lat):
        try:
            if len(area) > 200 or "\x00" in area:
                return None, N_("There is no such area today.")
            return nearest.nearest_care_of_area(workspace, area), None
        except NotFound:
            return None, N_("There is no such area today.")
    point = read_degrees(lon, lat)
    if point is None or datum not in get_args(Datum):
        return None, WRONG_POINT
    return nearest.nearest_care(workspace, *point, datum=datum), None  # type: ignore[arg-type]


def _values(found: Nearest | None, problem: str | None) -> dict[str, Any]:
    words = words_of(ANSWER_WORDS | ({"problem": problem} if problem else {}))
    return {"found": found, "problem": words.pop("problem", None), "a": words}


def _whole(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    *,
    found: Nearest | None = None,
    problem: str | None = None,
) -> HTMLResponse:
    words = words_of(WORDS)
    values = _values(found, problem)
    values["trouble"] = values.pop("problem")
    return show(
        request,
        "open_care.html",
        me=me,
        title=words["title"],
        wide=True,
        w=words,
        areas=nearest.choices(workspace),
        **values,
    )
