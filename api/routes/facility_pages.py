"""Pages of facilities: those of the reader's area in a table and on a map, their tasks, and each by itself."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import Asked, Code, SignedInDep, WorkspaceDep
from api.packed import kept_page
from api.pager import ROWS, page_through
from api.pages import attachment, link, words_of
from api.premises_filter import FILTER_WORDS, Inside, Kind, Search, asked_of, downloads
from api.routes.pages import MAP_CSP
from api.shell import show
from gis.roles import PERMITTED, permit
from gis.services.areas import grid
from gis.services.facilities import premises
from gis.services.facilities.premises import COLUMNS, Wanted
from gis.services.inspections.oversight import RULE_TEXTS
from gis.texts import N_, _, current_language
from maps.premises import render_premises

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

WORDS: Final[Mapping[str, str]] = {
    **FILTER_WORDS,
    "licence": N_("Licence"),
    "valid": N_("In force"),
    "missing": N_("None in force"),
    "lapsed": N_("Lapsed"),
    "none": N_("Never licensed"),
    "map": N_("Map of the facilities"),
    "on_map": N_("On the map"),
    "on_map_of": N_("Show {name} on the map"),
    "tasks": N_("Tasks in my area"),
    "task": N_("Task"),
    "inspections": N_("What is overdue, due soon or was never inspected"),
    "task_unlicensed": N_("Facilities without a licence in force"),
    "task_orphan": N_("Facilities in no grid"),
    "task_equipment": N_("Facilities with a machine that stands at two places"),
    "nothing": N_("No facility fits these filters."),
}

CARD_WORDS: Final[Mapping[str, str]] = {
    "back": N_("All facilities"),
    "facts": N_("Facility"),
    "code": N_("Code"),
    "kind": N_("Kind"),
    "area": N_("Area"),
    "no_area": N_("In no area"),
    "address": N_("Address"),
    "hours": N_("Opening hours"),
    "place": N_("Longitude and latitude"),
    "licences": N_("Licences"),
    "oversight": N_("Oversight"),
    "equipment": N_("Equipment"),
    "operators": N_("Operators"),
    "who": N_("Who answers here"),
    "map": N_("Map of the facilities"),
    "number": N_("Licence number"),
    "state": N_("State"),
    "valid": N_("In force"),
    "over": N_("Over"),
    "coming": N_("Not yet in force"),
    "from": N_("From"),
    "to": N_("To"),
    "open": N_("open"),
    "serial": N_("Serial number"),
    "maker": N_("Maker"),
    "model": N_("Model"),
    "elsewhere": N_("Also registered at {codes}"),
    "qualification": N_("Qualification"),
    "officer": N_("Officer"),
    "role": N_("Role"),
    "primary": N_("primary"),
    "deputy": N_("deputy"),
    "phone": N_("Work phone"),
    "nobody": N_("Nobody"),
    "nothing": N_("None"),
    "itself": N_("This facility"),
    "checks": N_("What the register shows amiss"),
    "history": N_("Its history on a time line"),
    "report": N_("It stands at the wrong place"),
}


def _wanted(
    *,
    q: Search = "",
    kind: Kind = "",
    area: Inside = "",
    licence: Literal["", "valid", "missing", "lapsed"] = "",
    task: Literal["", "unlicensed", "orphan", "equipment"] = "",
) -> Wanted:
    return Wanted(q.strip() or None, kind or None, area or None, licence or None, task or None)


WantedDep = Annotated[Wanted, Depends(_wanted)]


@router.get("/facilities", summary=N_("Facilities of my area"))
def get_facilities(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    wanted: WantedDep,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """Tasks, filters, map and table; the address holds the filters, so that it can be kept and sent."""
    found = premises.list_premises(workspace, me.actor, wanted, limit=ROWS, offset=(page - 1) * ROWS)
    asked = asked_of(wanted)
    w = words_of(WORDS)
    return show(
        request,
        "facilities.html",
        me=me,
        title=_("Facilities"),
        wide=True,
        w=w,
        idle=not grid.has_duty(workspace, me.actor),
        wanted=wanted,
        rows=found.rows,
        columns={name: _(heading) for name, heading in COLUMNS.items() if name != "area"},
        found=found,
        count=_("{count} facilities", count=f"{found.total:,}"),
        tasks=[(task, w[f"task_{task}"], number) for task, number in found.tasks.items()],
        task_choices=[(task, w[f"task_{task}"]) for task in found.tasks],
        map_address=link("/maps/premises", asked),
        downloads=downloads("/facilities", me.actor, asked),
        pages=page_through(
            found.total,
            size=ROWS,
            offset=(page - 1) * ROWS,
            to=lambda first: link("/facilities", {**asked, "page": first // ROWS + 1}),
        ),
    )


@router.get("/facilities.{ending}", summary=N_("Facilities of my area as a file"), response_class=Response)
def get_file(workspace: WorkspaceDep, me: SignedInDep, wanted: WantedDep, ending: Literal["csv", "xlsx"]) -> Response:
    """The rows that fit, whole; the audit knows of it."""
    return attachment(premises.export_premises(workspace, me.actor, wanted, ending), "facilities", ending)


@router.get("/facilities/{code}", summary=N_("One facility of my area"))
def get_facility(request: Request, workspace: WorkspaceDep, me: SignedInDep, code: Code) -> Response:
    """Data, licences, machines, operators, who answers, and where it is."""
    card = premises.read_card(workspace, me.actor, code)
    return show(
        request,
        "facilities_one.html",
        me=me,
        title=card.facility["name"],
        w=words_of(CARD_WORDS),
        card=card,
        checks=[_(RULE_TEXTS[rule]) for rule in card.checks],
        map_address=link("/maps/premises", {"q": code, "chosen": code}),
        oversight=_oversight(me.actor.role, code),
        report=link("/grid/correct", {"kind": "point", "target": code}),
        may_report=me.actor.role in PERMITTED["corrections.propose"],
        home=link("/facilities", {}) if me.actor.role != "officer" else "/grid",
    )


def _oversight(role: str, code: str) -> list[tuple[str, str]]:
    """Where to inspect the facility and to follow up what was found, with names; none for other roles."""
    if role not in PERMITTED["inspections.record"]:
        return []
    return [
        (f"/inspect#facility={quote(code, safe='')}", _("Inspect")),
        (link("/inspections/plan", {"facility": code}), _("Plan a visit")),
        (link("/inspections", {"facility": code}), _("Inspections")),
        (link("/findings", {"facility": code}), _("Findings")),
        (link("/cases", {"facility": code}), _("Cases")),
    ]


@router.get("/maps/premises", summary=N_("The map of facilities"))
def get_map(
    request: Request, workspace: WorkspaceDep, me: SignedInDep, wanted: WantedDep, chosen: Asked = ""
) -> Response:
    """The facilities that fit, over the outline of the reader's area; `chosen` is opened."""
    permit(me.actor, "gaps.read")

    def draw() -> str:
        found = premises.on_map(premises.survey(workspace, me.actor), wanted)
        return render_premises(found.frame, found.areas, lang=current_language(), chosen=chosen or None)

    return kept_page(request, workspace, me.actor, ("premises", wanted, chosen), draw, csp=MAP_CSP)
