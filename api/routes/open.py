"""Pages for everybody: who answers for this place, and the open data. They act as the public, whoever is signed in."""

import math
from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, Form, Header, Path, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import SignedInDep, Text, WorkspaceDep
from api.frames import JSON, NO_STORE, to_json
from api.open_files import FILES, describe, hold
from api.pages import page, render
from api.shell import show
from gis.crs import Datum
from gis.errors import NotFound
from gis.services import open_data
from gis.services.accounts.sessions import SignedIn
from gis.services.open_data import Answer, Step
from gis.services.workspace import Workspace, today
from gis.texts import N_, _, current_language
from maps.public import Places, render_places, render_tiles

MAP_CSP: Final = "frame-ancestors 'self'"
"""What the map's page cannot say of itself; the rest of its policy stands in its own head."""


router = APIRouter(tags=["pages"])

Name = Annotated[str, Path(description=N_("Name of the file, such as areas.geojson."))]


@router.get("/open", summary=N_("Who answers here"), include_in_schema=False)
def get_open(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    *,
    q: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
    code: Annotated[Text | None, Query()] = None,
) -> HTMLResponse:
    """The map, the search and its hits, or who answers for one place."""
    return open_page(request, workspace, me, words=q.strip(), code=code)


@router.post("/open/at", summary=N_("Who answers at a point"), include_in_schema=False)
def post_at(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    *,
    lon: Annotated[str, Form(max_length=40)] = "",
    lat: Annotated[str, Form(max_length=40)] = "",
    datum: Annotated[str, Form(max_length=10)] = "wgs84",
    part: Annotated[str | None, Header(alias="HX-Request", include_in_schema=False)] = None,
) -> HTMLResponse:
    """The answer for a point: sent in the body, so that no address, history or log has it."""
    point = read_degrees(lon, lat)
    answers: list[Answer] = []
    problem: str | None = None
    if point is None or datum not in get_args(Datum):
        problem = _("Write longitude and latitude in degrees, such as 120.15 and 28.02.")
    else:
        answers = open_data.answer_at(workspace, *point, datum=datum)  # type: ignore[arg-type]
        problem = None if answers else _("This place lies in no area of the district.")
    if part:
        html = render("open_answer.html", **_answer_values(workspace, answers), problem=problem)
        answer = page(html, request)
    else:
        answer = open_page(request, workspace, me, answers=answers, problem=problem)
    answer.headers.update(NO_STORE)
    return answer


@router.get("/maps/open", summary=N_("The public's map"), include_in_schema=False)
def get_open_map(request: Request, workspace: WorkspaceDep) -> HTMLResponse:
    """The map that the page shows: a click on it asks the page who answers there."""
    language = current_language()
    key = ("open-map", language, open_data.mark(workspace))
    return page(workspace.remember(key, lambda: _draw(workspace)), request, csp=MAP_CSP)


@router.get("/open/data", summary=N_("Open data"), include_in_schema=False)
def get_data(request: Request, workspace: WorkspaceDep, me: SignedInDep) -> HTMLResponse:
    """The files with their sizes and columns."""
    words = {
        "lead": _("Everything here is free to take, without an account. It is as of today and complete."),
        "rows": _("Rows"),
        "size": _("Size"),
        "as_of": _("As of"),
        "columns": _("Columns"),
        "meaning": _("Meaning"),
        "column": _("Column"),
        "download": _("Download"),
        "about": _("Description for programs"),
        "back": _("Who answers here"),
    }
    files = [describe(workspace, name) for name in FILES]
    return show(request, "open_data.html", me=me, title=_("Open data"), w=words, files=files, human=human_size)


@router.get(
    "/open/data/{name}",
    summary=N_("A file of the open data"),
    description=N_("The whole table as of today, with the columns that everybody may see; see its description."),
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}},
        304: {"description": N_("The reader has it already.")},
    },
)
def get_file(
    workspace: WorkspaceDep,
    name: Name,
    held: Annotated[str | None, Header(alias="If-None-Match", description=N_("ETag that the reader has."))] = None,
) -> Response:
    """One file, or that the reader has it."""
    file = _known(name)
    found = hold(workspace, name)
    mark = f'W/"{found.mark}"'
    headers = {
        "ETag": mark,
        "Cache-Control": "public, no-cache",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    if held and mark in (part.strip() for part in held.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=file.media_type)


@router.get(
    "/open/data/{name}/about",
    summary=N_("What a file of the open data holds"),
    description=N_("Title, day, number of rows, bytes, and what each column means."),
    response_class=Response,
    responses={200: {"content": {JSON: {}}}},
)
def get_about(workspace: WorkspaceDep, name: Name) -> Response:
    """The description of one file."""
    _known(name)
    return Response(to_json(describe(workspace, name)), media_type=JSON)


def open_page(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    *,
    words: str = "",
    code: str | None = None,
    answers: list[Answer] | None = None,
    problem: str | None = None,
) -> HTMLResponse:
    """The page of the public: the start page for whoever is not signed in."""
    status, hits, total = 200, None, 0
    if code is not None:
        try:
            answers = [open_data.answer(workspace, code)]
        except NotFound as error:
            status, problem = 404, error.message
    elif words:
        hits, total = open_data.search(workspace, words)
    return show(
        request,
        "open.html",
        me=me,
        title=_("Who answers for this place?"),
        status=status,
        wide=True,
        problem=problem,
        words=words,
        hits=hits,
        found=_("{count} found", count=total),
        more=_("Only the first {count} are shown. Write more of the name.", count=open_data.MOST_FOUND)
        if hits is not None and total > len(hits)
        else None,
        counts=open_data.counts(workspace),
        today=today().isoformat(),
        files=[(name, _(file.title)) for name, file in FILES.items()],
        w=_words(),
        **_answer_values(workspace, answers or []),
    )


def human_size(size: int) -> str:
    """Bytes as people read them.

    >>> human_size(900), human_size(2_500_000)
    ('1 kB', '2.5 MB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def _answer_values(workspace: Workspace, answers: list[Answer]) -> dict[str, Any]:
    settings = workspace.settings
    box = answers[0].box if answers else None
    return {
        "answers": answers,
        "box": ",".join(f"{edge:.6f}" for edge in box) if box else "",
        "office": (settings.office_name, settings.office_phone),
        "levels": _level_names(workspace),
        "says": {
            "nobody": _("Nobody answers for it at present."),
            "deputy": _("deputy"),
            "chain": _("Who answers, nearest first"),
            "office": _("The office"),
            "none": _("Choose a place on the map, or search for it."),
        },
        "vacant": _is_vacant,
    }


def _is_vacant(step: Step) -> bool:
    """A facility without officers of its own is no vacancy: those of its area answer for it."""
    return not step.primaries and step.level != "facility"


def _draw(workspace: Workspace) -> str:
    data = open_data.open_map(workspace)
    language = current_language()
    return render_places(data, lang=language) if isinstance(data, Places) else render_tiles(data, lang=language)


def _known(name: str) -> Any:  # noqa: ANN401
    if name not in FILES:
        raise NotFound(_("There is nothing at this address."))
    return FILES[name]


def read_degrees(lon: str, lat: str) -> tuple[float, float] | None:
    """Longitude and latitude, or None for what is none."""
    try:
        x, y = float(lon), float(lat)
    except ValueError:
        return None
    return (x, y) if math.isfinite(x) and math.isfinite(y) and abs(x) <= 180 and abs(y) <= 90 else None


def _level_names(workspace: Workspace) -> dict[str, str]:
    return {level: _(level) for level in (*workspace.settings.levels, "facility")}


def _words() -> dict[str, str]:
    return {
        "lead": _("Officers answer for areas and health facilities. Here you find who, and whom to call."),
        "search": _("Name or code of an area or facility"),
        "go": _("Search"),
        "hits": _("Places found"),
        "none": _("Nothing found"),
        "point": _("By coordinates"),
        "lon": _("Longitude"),
        "lat": _("Latitude"),
        "datum": _("Where the numbers come from"),
        "wgs84": _("GPS, WGS84 or CGCS2000"),
        "gcj02": _("Amap, Tencent maps (GCJ-02)"),
        "bd09": _("Baidu maps (BD-09)"),
        "ask": _("Who answers there"),
        "private": _("The point that you ask about is not stored."),
        "map": _("Map: click on a place to see who answers for it"),
        "data": _("Open data"),
        "all": _("All files with sizes and columns"),
        "now": _("In force today"),
        "empty": _("There is no data yet. Import areas with: wangge import areas FILE"),
        "day": _("Responsibility map"),
        "day_text": _("Who answers for each area, on any day."),
        "on": _("As of"),
        "open": _("Open the map"),
        "care": _("Nearest antenatal care"),
        "draws": _("Random draws"),
        "docs": _("API documentation"),
        "staff": _("For staff: sign in"),
    }
