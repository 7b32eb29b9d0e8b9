"""Pages of outreach: the sessions of my area, where there were none, and recording one."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, Asked, SignedInDep, WorkspaceDep
from api.frames import records
from api.pager import ROWS, page_through
from api.pages import SEE_OTHER, UNPROCESSABLE, attachment, form_day, link, words_of
from api.shell import show
from gis.errors import DataRejected, FirewallRefused, NotFound
from gis.roles import PERMITTED
from gis.services import outreach, outreach_table
from gis.services.accounts.sessions import SignedIn
from gis.services.areas import grid
from gis.services.outreach_table import COLUMNS
from gis.services.outreach_table import Asked as Sessions
from gis.services.workspace import Workspace, today
from gis.texts import N_, _

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

WINDOWS: Final = (30, 90, 180, 365)

WORDS: Final[Mapping[str, str]] = {
    "record": N_("Record an outreach session"),
    "filters": N_("Filters"),
    "area": N_("Area"),
    "kind": N_("Kind"),
    "any": N_("All"),
    "from": N_("From"),
    "to": N_("To"),
    "apply": N_("Apply"),
    "reset": N_("Clear the filters"),
    "download": N_("Download"),
    "gaps": N_("Where outreach reached"),
    "window": N_("In the last days"),
    "level": N_("Level"),
    "areas": N_("Areas"),
    "covered": N_("With a session"),
    "without": N_("Without a session"),
    "share": N_("Share"),
    "map": N_("Outreach map"),
    "sessions": N_("Sessions"),
    "nothing": N_("No session fits these filters."),
}

FORM_WORDS: Final[Mapping[str, str]] = {
    "hint": N_("Only the place, the day, the kind and how many came. No names and no list of those who came."),
    "area": N_("Area"),
    "held_on": N_("Day"),
    "kind": N_("Kind"),
    "reach": N_("How many people came"),
    "reach_hint": N_("A number only; leave it empty where nobody counted."),
    "save": N_("Record the session"),
    "cancel": N_("Cancel"),
    "choose": N_("Choose an area"),
}

RECEIPT_WORDS: Final[Mapping[str, str]] = {
    "area": N_("Area"),
    "held_on": N_("Day"),
    "kind": N_("Kind"),
    "reach": N_("How many people came"),
    "number": N_("Session number"),
    "recorded": N_("Recorded at"),
    "another": N_("Record another session"),
    "sessions": N_("Sessions"),
    "grid": N_("My grid"),
}

KINDS: Final = (N_("Lecture"), N_("Free clinic and advice"), N_("Stall with leaflets"), N_("Training of premises"))
"""Suggestions where no session was recorded yet."""


def _day(text: str) -> date | None:
    """The day of a filter; what is no day filters nothing."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _asked(
    *,
    area: Asked = "",
    kind: Asked = "",
    start: Annotated[str, Query(alias="from", max_length=40)] = "",
    end: Annotated[str, Query(alias="to", max_length=40)] = "",
) -> Sessions:
    return Sessions(area or None, kind or None, _day(start), _day(end))


AskedDep = Annotated[Sessions, Depends(_asked)]


@router.get("/outreach", summary=N_("Outreach of my area"))
def get_outreach(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    asked: AskedDep,
    days: Annotated[int, Query(ge=1, le=outreach.LONGEST_WINDOW)] = outreach.WINDOW_DAYS,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """Sessions with filters that stand in the address, levels without a session, and the map."""
    found = outreach_table.read_sessions(workspace, me.actor, asked, days=days, limit=ROWS, offset=(page - 1) * ROWS)
    filters = _filters(asked) | ({"days": str(days)} if days != outreach.WINDOW_DAYS else {})
    return show(
        request,
        "outreach.html",
        me=me,
        title=_("Outreach"),
        wide=True,
        w=words_of(WORDS),
        asked=asked,
        found=found,
        rows=records(found.frame),
        columns={name: _(heading) for name, heading in COLUMNS.items() if name != "area_code"},
        levels=[{**row, "name": _(level)} for row in found.levels for level in (row["level"],)],
        windows=sorted({*WINDOWS, days}),
        count=_("{count} sessions, {reach} people reached", count=f"{found.total:,}", reach=f"{found.reach:,}"),
        map_address=link("/maps/outreach", {"days": days}),
        may_record=me.actor.role in PERMITTED["outreach.record"],
        downloads=[(e.upper(), link(f"/outreach.{e}", _filters(asked))) for e in ("xlsx", "csv")]
        if me.actor.role in PERMITTED["export"]
        else [],
        pages=page_through(
            found.total,
            size=ROWS,
            offset=(page - 1) * ROWS,
            to=lambda first: link("/outreach", {**filters, "page": first // ROWS + 1}),
        ),
    )


def _filters(asked: Sessions) -> dict[str, str]:
    names = {"area": asked.area, "kind": asked.kind, "from": asked.start, "to": asked.end}
    return {name: str(value) for name, value in names.items() if value}


@router.get("/outreach.{ending}", summary=N_("Sessions of my area as a file"), response_class=Response)
def get_file(workspace: WorkspaceDep, me: SignedInDep, asked: AskedDep, ending: Literal["csv", "xlsx"]) -> Response:
    """The sessions that fit, whole; the audit knows of it."""
    return attachment(outreach_table.export_sessions(workspace, me.actor, asked, ending), "outreach", ending)


@router.get("/outreach/new", summary=N_("Record an outreach session"))
def get_form(request: Request, workspace: WorkspaceDep, me: SignedInDep, area: Asked = "") -> Response:
    """The form, with a number of its own, so that what is sent twice is stored once."""
    values = {"code": str(uuid4()), "area": area, "held_on": today().isoformat(), "kind": "", "reach": ""}
    return _form(request, workspace, me, values)


@router.post("/outreach/new", summary=N_("Record an outreach session"))
def post_form(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    actor: ActorDep,
    *,
    code: Annotated[str, Form(max_length=100)],
    area: Annotated[str, Form(max_length=200)] = "",
    held_on: Annotated[str, Form(max_length=40)] = "",
    kind: Annotated[str, Form(max_length=2000)] = "",
    reach: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Stores the session once; what cannot be is said above the form, which keeps what was typed."""
    values = {"code": code, "area": area, "held_on": held_on, "kind": kind, "reach": reach}
    try:
        receipt = outreach.record_session(
            workspace, actor, code=code, area=area, held_on=form_day(held_on), kind=kind, reach=_reach(reach)
        )
    except (DataRejected, FirewallRefused, NotFound) as error:
        return _form(request, workspace, me, values, problem=error.message)
    return RedirectResponse(f"/outreach/sessions/{receipt['code']}", SEE_OTHER)


def _reach(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise DataRejected(_("The reach is a whole number from 0 to {most}.", most=outreach.MOST_REACH))
    return int(text)


def _form(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    values: Mapping[str, str],
    *,
    problem: str | None = None,
) -> HTMLResponse:
    return show(
        request,
        "outreach_new.html",
        me=me,
        title=_("Record an outreach session"),
        status=UNPROCESSABLE if problem else 200,
        problem=problem,
        w=words_of(FORM_WORDS),
        values=values,
        today=today().isoformat(),
        most_reach=outreach.MOST_REACH,
        most_kind=outreach.MOST_KIND,
        places=grid.list_places(workspace, me.actor),
        kinds=grid.kinds_of_session(workspace, me.actor) or [_(kind) for kind in KINDS],
    )


@router.get("/outreach/sessions/{code}", summary=N_("Receipt of a session"))
def get_receipt(request: Request, workspace: WorkspaceDep, me: SignedInDep, code: UUID) -> Response:
    """The session as it stands."""
    stored = grid.read_session(workspace, me.actor, str(code))
    return show(
        request,
        "outreach_receipt.html",
        me=me,
        title=_("The session is recorded"),
        w=words_of(RECEIPT_WORDS),
        stored=stored,
        recorded=stored["recorded"].astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        home="/grid" if me.actor.role == "officer" else None,
        may_record=me.actor.role in PERMITTED["outreach.record"],
    )
