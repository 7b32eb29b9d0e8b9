"""Sweeps as pages: the list, one with its progress and time-table, its files, its report."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, Asked, SignedInDep, WorkspaceDep
from api.errors import status_of
from api.pager import ROWS, page_through
from api.pages import SEE_OTHER, link, words_of
from api.routes.campaign_pages import FormDep
from api.routes.sweeps import SweepId
from api.shell import show
from api.sweep_forms import read_text, read_whole
from api.words import sweeps as words
from gis.errors import DataRejected, FirewallRefused, NotFound, UsageError, WanggeError
from gis.roles import PERMITTED, permit
from gis.services.accounts.sessions import SignedIn
from gis.services.sweeps import progress as sweep_progress
from gis.services.sweeps import published
from gis.services.sweeps import view as sweep_view
from gis.services.workspace import Workspace
from gis.texts import N_, _

router = APIRouter(prefix="/sweeps", tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

MEDIA: Final = {
    "json": "application/json",
    "gpx": "application/gpx+xml",
    "ics": "text/calendar; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DONE: Final[Mapping[str, str]] = {
    "published": N_("The sweep is published: its visits stand in the inspectors' lists."),
    "replanned": N_("The rest is planned anew."),
    "closed": N_("The sweep is closed."),
    "withdrawn": N_("The sweep is withdrawn."),
}
Page = Annotated[int, Query(ge=1, le=1_000_000)]


@router.get("", summary=N_("Sweeps"))
def get_list(request: Request, workspace: WorkspaceDep, me: SignedInDep, page: Page = 1) -> Response:
    """All sweeps that the account has a part in."""
    offset = (page - 1) * ROWS
    rows, total = sweep_view.list_sweeps(workspace, me.actor, limit=ROWS, offset=offset)
    return show(
        request,
        "sweeps.html",
        me=me,
        title=_("Sweeps"),
        wide=True,
        w=words_of(words.LIST),
        rows=[words.list_row(row) for row in rows],
        may_publish=_may_publish(me),
        pages=page_through(
            total, size=ROWS, offset=offset, to=lambda first: link("/sweeps", {"page": first // ROWS + 1})
        ),
    )


@router.get("/{code}", summary=N_("A sweep"))
def get_one(request: Request, workspace: WorkspaceDep, me: SignedInDep, code: SweepId, *, done: Asked = "") -> Response:
    """One sweep; the part with its progress is asked for again and again."""
    return _one(request, workspace, me, code, message=_(DONE[done]) if done in DONE else None)


@router.post("/{code}/replan", summary=N_("Plan the rest of a sweep anew"))
def post_replan(
    request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, code: SweepId, form: FormDep
) -> Response:
    """Plans the rest anew."""
    permit(actor, "sweeps.publish")
    try:
        published.replan_published(
            workspace,
            actor,
            code,
            seconds=read_whole(form, "seconds"),
            closed=[str(value) for value in form.getlist("closed")],
            lost=[str(value) for value in form.getlist("lost")],
        )
    except (DataRejected, UsageError) as error:
        return _one(request, workspace, me, code, error=error)
    return RedirectResponse(f"/sweeps/{code}?done=replanned", SEE_OTHER)


@router.post("/{code}/close", summary=N_("Close a sweep"))
def post_close(
    request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, code: SweepId, form: FormDep
) -> Response:
    """Closes the sweep."""
    try:
        published.close_sweep(workspace, actor, code, reason=read_text(form, "reason"))
    except (DataRejected, FirewallRefused, UsageError) as error:
        return _one(request, workspace, me, code, error=error)
    return RedirectResponse(f"/sweeps/{code}?done=closed", SEE_OTHER)


@router.post("/{code}/withdraw", summary=N_("Withdraw a sweep"))
def post_withdraw(
    request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, code: SweepId, form: FormDep
) -> Response:
    """Withdraws the sweep."""
    try:
        published.withdraw_sweep(workspace, actor, code, reason=read_text(form, "reason"))
    except (DataRejected, FirewallRefused, UsageError) as error:
        return _one(request, workspace, me, code, error=error)
    return RedirectResponse(f"/sweeps/{code}?done=withdrawn", SEE_OTHER)


@router.get("/{code}/plan.{ending}", summary=N_("The plan of a sweep as a file"), response_class=Response)
def get_file(workspace: WorkspaceDep, me: SignedInDep, code: SweepId, ending: str) -> Response:
    """The plan as GPX, calendar, workbook, PDF or JSON; the audit knows of it."""
    permit(me.actor, "sweeps.read")
    if ending not in MEDIA:
        raise NotFound(_("There is nothing at this address."))
    content = sweep_view.write_file(workspace, me.actor, code, f".{ending}")
    headers = {"Content-Disposition": f'attachment; filename="sweep.{ending}"', "Cache-Control": "no-store"}
    return Response(content, media_type=MEDIA[ending], headers=headers)


@router.get("/{code}/report", summary=N_("What came of a sweep"))
def get_report(request: Request, workspace: WorkspaceDep, me: SignedInDep, code: SweepId) -> Response:
    """What was planned, done, found and put right."""
    found = sweep_progress.sweep_report(workspace, me.actor, code)
    return show(
        request,
        "sweep_report.html",
        me=me,
        title=_("What came of {title}", title=found["sweep"]["title"]),
        wide=True,
        w=words_of(words.REPORT),
        found=found,
        findings=words.finding_rows(found["findings"]),
        coverage=words.coverage_lines(found["progress"]["coverage"], ahead=False),
    )


def _one(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    code: str,
    *,
    message: str | None = None,
    error: WanggeError | None = None,
) -> HTMLResponse:
    found = sweep_view.read_sweep(workspace, me.actor, code)
    stands = sweep_progress.sweep_progress(workspace, me.actor, code)
    running = found["state"] == "published"
    return show(
        request,
        "sweep.html",
        me=me,
        title=found["title"],
        wide=True,
        message=message,
        problem=error.message if error else None,
        status=status_of(error)[0] if error else 200,
        w=words_of(words.ONE),
        sweep=words.list_row(found),
        progress=stands,
        days=words.days_of(found["visits"]),
        routes=words.team_days(found["routes"]),
        worth=words.worth_of(found) if found["whole"] else "",
        coverage=words.coverage_lines(stands["coverage"], ahead=running),
        cost=words.cost_lines(stands["cost"]) if stands["cost"] else [],
        endings=[ending for ending in MEDIA if ending != "pdf"],
        running=running,
        may_change=running and found["whole"] and _may_publish(me),
        revision=words.plan_number(found["revision"]),
    )


def _may_publish(me: SignedIn) -> bool:
    return me.actor.role in PERMITTED["sweeps.publish"]
