"""What is due for inspection: a page with filters, table and map, the same as a file, and as JSON."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ActorDep, AsOfDep, PagingDep, SignedInDep, WorkspaceDep
from api.frames import JSON, to_json
from api.models import inspections as models
from api.pager import ROWS, page_through
from api.pages import attachment, link, words_of
from api.premises_filter import FILTER_WORDS, Inside, Kind, Search, asked_of, downloads
from api.shell import show
from api.words.sweeps import sweep_link
from gis.services.areas import grid
from gis.services.selection import due
from gis.services.selection.due import COLUMNS, STATE_NAMES, Wanted
from gis.services.sweeps.new import MOST_CHOSEN
from gis.texts import N_, _

router = APIRouter(tags=["inspections"])
pages = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

WORDS: Final[Mapping[str, str]] = {
    **FILTER_WORDS,
    "state": N_("State"),
    "map": N_("Inspection map"),
    "counts": N_("Premises registered today"),
    "registered": N_("Registered"),
    "never_yet": N_("never"),
    "nothing": N_("Nothing is due that fits these filters."),
    "sweep": N_("Plan a sweep of these"),
    **STATE_NAMES,
}


def _wanted(
    *,
    q: Search = "",
    kind: Kind = "",
    area: Inside = "",
    state: Annotated[Literal["", "never", "overdue", "due_soon"], Query(description=N_("Only this state."))] = "",
) -> Wanted:
    return Wanted(q.strip() or None, kind or None, area or None, state or None)


WantedDep = Annotated[Wanted, Depends(_wanted)]


@router.get(
    "/api/due",
    summary=N_("What is due for inspection"),
    description=N_("Premises never inspected, overdue and due soon, in this order, then by most days overdue."),
    response_model=models.DuePage,
)
def list_due(
    workspace: WorkspaceDep, actor: ActorDep, as_of: AsOfDep, paging: PagingDep, wanted: WantedDep
) -> Response:
    """A page of the list."""
    found = due.list_due(
        workspace, actor, wanted, on=as_of.on, known=as_of.known, limit=paging.limit, offset=paging.offset
    )
    document = {
        "on": found.on,
        "counts": found.counts,
        "total": found.total,
        "limit": found.limit,
        "offset": found.offset,
        "items": found.rows,
    }
    return Response(to_json(document), media_type=JSON)


@pages.get("/due", summary=N_("Due for inspection"))
def get_due(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    wanted: WantedDep,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """Counts, filters, map and table; the address holds the filters, so that it can be kept and sent."""
    offset = (page - 1) * ROWS
    found = due.list_due(workspace, me.actor, wanted, limit=ROWS, offset=offset)
    asked = asked_of(wanted)
    w = words_of(WORDS)
    return show(
        request,
        "due.html",
        me=me,
        title=_("Due for inspection"),
        wide=True,
        w=w,
        idle=not grid.has_duty(workspace, me.actor),
        wanted=wanted,
        states=due.DUE,
        state_choices=[(state, w[state]) for state in due.DUE],
        found=found,
        registered=sum(found.counts.values()),
        columns={name: _(heading) for name, heading in COLUMNS.items() if name != "area"},
        count=_("{count} facilities", count=f"{found.total:,}"),
        downloads=downloads("/due", me.actor, asked),
        sweep=sweep_link(me, {**asked, "due": min(found.total, MOST_CHOSEN)}),
        pages=page_through(
            found.total,
            size=ROWS,
            offset=offset,
            to=lambda first: link("/due", {**asked, "page": first // ROWS + 1}),
        ),
    )


@pages.get("/due.{ending}", summary=N_("What is due for inspection as a file"), response_class=Response)
def get_file(workspace: WorkspaceDep, me: SignedInDep, wanted: WantedDep, ending: Literal["csv", "xlsx"]) -> Response:
    """The rows that fit, whole; the audit knows of it."""
    return attachment(due.export_due(workspace, me.actor, wanted, ending), "due", ending)
