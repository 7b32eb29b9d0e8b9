"""What became of a facility: a page with a time line and a table, and the same as JSON."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ActorDep, Code, SignedInDep, WorkspaceDep
from api.frames import JSON, to_json
from api.models import inspections as models
from api.pages import words_of
from api.shell import show
from gis.services.facilities import history
from gis.services.facilities.history import LANES, Entry
from gis.texts import N_, _
from maps.timeline import draw_timeline

router = APIRouter(tags=["facilities"])
pages = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

WORDS: Final[Mapping[str, str]] = {
    "back": N_("The facility"),
    "all": N_("All facilities"),
    "closed": N_("It is not registered any more."),
    "line": N_("Time line"),
    "line_hint": N_("The table below says the same. The line of dots is today."),
    "table": N_("All entries, the latest first"),
    "date": N_("Date"),
    "what": N_("What"),
    "details": N_("Details"),
    "state": N_("State"),
    "from_always": N_("since always"),
    "still": N_("still"),
    "good": N_("in force or passed"),
    "warn": N_("with conditions"),
    "bad": N_("lapsed or not passed"),
    "plain": N_("over, or no result"),
}
PERIODS: Final[Mapping[str, str]] = {
    "good": N_("In force"),
    "warn": N_("With conditions"),
    "bad": N_("Lapsed"),
    "plain": N_("Over"),
}
EVENTS: Final[Mapping[str, str]] = {"good": N_("In order"), "warn": N_("With conditions"), "bad": N_("Amiss")}
"""Tone -> what the table says of a period, and of an event."""
FOLLOWED: Final = ("findings", "cases")
FOLLOWED_STATES: Final[Mapping[str, str]] = {
    "good": N_("Done with"),
    "warn": N_("Under way"),
    "bad": N_("Late or passed up"),
    "plain": N_("Done with"),
}
"""Lanes of what is followed up, and what the table says of it."""


@router.get(
    "/api/facilities/{code}/history",
    summary=N_("What became of a facility"),
    description=N_("Every period and event that is known now, whatever the day, the earliest first."),
    response_model=models.FacilityHistory,
)
def get_entries(workspace: WorkspaceDep, actor: ActorDep, code: Code) -> Response:
    """The entries."""
    found = history.read_history(workspace, actor, code)
    document = {
        "code": found.code,
        "name": found.name,
        "on": found.on,
        "open": found.open,
        "entries": [vars(entry) for entry in found.entries],
    }
    return Response(to_json(document), media_type=JSON)


@pages.get("/facilities/{code}/history", summary=N_("What became of a facility"))
def get_page(request: Request, workspace: WorkspaceDep, me: SignedInDep, code: Code) -> Response:
    """The time line, and the table that says the same."""
    found = history.read_history(workspace, me.actor, code)
    headings = {lane.name: _(lane.heading) for lane in LANES}
    return show(
        request,
        "facility_history.html",
        me=me,
        title=_("History of {name}", name=found.name),
        wide=True,
        w=words_of(WORDS),
        found=found,
        headings=headings,
        rows=[(entry, _state(entry, found.on)) for entry in reversed(found.entries)],
        line=draw_timeline(found.entries, list(headings.items()), on=found.on),
    )


def _state(entry: Entry, on: date) -> str:
    if entry.lane in FOLLOWED:
        return _(FOLLOWED_STATES[entry.tone])
    if entry.is_event:
        return _(EVENTS[entry.tone]) if entry.tone in EVENTS else ""
    return _("Not yet in force") if entry.start and entry.start > on else _(PERIODS[entry.tone])
