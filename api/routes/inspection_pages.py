"""Pages of inspections recorded on the spot, for the desk: the list, one with its versions, planned visits."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, Asked, Code, SignedInDep, WorkspaceDep
from api.pager import ROWS, page_through
from api.pages import SEE_OTHER, UNPROCESSABLE, form_day, link, words_of
from api.shell import show
from api.words.inspections import FORM_WORDS, LIST_WORDS, RESULTS, VISIT_WORDS
from gis.errors import DataRejected, FirewallRefused
from gis.roles import permit
from gis.services.accounts.sessions import SignedIn
from gis.services.inspections import plans as inspection_plans
from gis.services.inspections import record as inspection_record
from gis.services.inspections import view as inspection_view
from gis.services.inspections.checklist_words import checklist_title
from gis.services.inspections.view import Asked as Wanted
from gis.services.inspections.view import State
from gis.services.workspace import Workspace, today
from gis.tables import SEVERITIES, SEVERITY_NAMES
from gis.texts import N_, _

router = APIRouter(prefix="/inspections", tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

Tab = Literal["all", "conflict", "planned"]
Done = Literal["planned", "given-up"]
TABS: Final[Mapping[Tab, str]] = {
    "all": N_("Recorded"),
    "conflict": N_("To be settled"),
    "planned": N_("Planned visits"),
}
DONE: Final[Mapping[Done, str]] = {
    "planned": N_("The visit is planned."),
    "given-up": N_("The visit is given up."),
}
SETTLED: Final = N_("Settled. The chosen record is the outcome; the others stay readable.")


def _wanted(*, area: Asked = "", q: Asked = "", facility: Asked = "") -> Wanted:
    return Wanted("all", area or None, q.strip() or None, facility or None)


WantedDep = Annotated[Wanted, Depends(_wanted)]


@router.get("", summary=N_("Inspection records"))
def get_list(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    wanted: WantedDep,
    state: Tab = "all",
    *,
    done: Done | None = None,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """What was recorded, what somebody has to settle, or what is planned; the filters stand in the address."""
    message = _(DONE[done]) if done else None
    return _list(request, workspace, me, wanted, state, page=page, message=message)


def _list(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    wanted: Wanted,
    state: Tab,
    *,
    page: int = 1,
    message: str | None = None,
    problem: str | None = None,
) -> HTMLResponse:
    offset = (page - 1) * ROWS
    rows, total = _rows(workspace, me, wanted, state, offset)
    filters = {name: value for name in ("area", "q", "facility") if (value := getattr(wanted, name))}
    asked = {**filters, "state": state} if state != "all" else filters
    return show(
        request,
        "inspections.html",
        me=me,
        title=_("Inspection records"),
        wide=True,
        status=UNPROCESSABLE if problem else 200,
        message=message,
        problem=problem,
        w=words_of(LIST_WORDS),
        state=state,
        tabs=[(key, _(name), link("/inspections", filters | {"state": key})) for key, name in TABS.items()],
        wanted=wanted,
        areas=inspection_view.area_choices(workspace, me.actor, wanted.area),
        rows=[_worded(row, state) for row in rows],
        count=_("{count} visits", count=f"{total:,}"),
        pages=page_through(
            total, size=ROWS, offset=offset, to=lambda first: link("/inspections", {**asked, "page": first // ROWS + 1})
        ),
    )


def _rows(
    workspace: Workspace, me: SignedIn, wanted: Wanted, state: Tab, offset: int
) -> tuple[list[dict[str, Any]], int]:
    if state == "planned":
        return inspection_view.list_plans(workspace, me.actor, wanted, limit=ROWS, offset=offset)
    kept: State = state
    asked = Wanted(kept, wanted.area, wanted.q, wanted.facility)
    return inspection_view.list_visits(workspace, me.actor, asked, limit=ROWS, offset=offset)


def _worded(row: Mapping[str, Any], state: Tab) -> dict[str, Any]:
    if state == "planned":
        return {**row, "title": checklist_title(row["checklist"])}
    return {
        **row,
        "title": checklist_title(row["checklist"], row["version"]),
        "result_name": _(RESULTS[row["result"]]),
        "counts": [(_(SEVERITY_NAMES[name]), row[name]) for name in reversed(SEVERITIES) if row[name]],
    }


@router.get("/plan", summary=N_("Plan a visit"))
def get_plan(request: Request, workspace: WorkspaceDep, me: SignedInDep, facility: Asked = "") -> Response:
    """The form, with a number of its own, so that what is sent twice is stored once."""
    permit(me.actor, "inspections.plan")
    values = {"id": str(uuid4()), "facility": facility, "checklist": "", "planned_on": today().isoformat()}
    return _plan_form(request, workspace, me, values, [me.actor.officer_code or ""])


@router.post("/plan", summary=N_("Plan a visit"))
def post_plan(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    actor: ActorDep,
    *,
    id: Annotated[str, Form(max_length=100)],  # noqa: A002 - as the API names it
    facility: Annotated[str, Form(max_length=200)] = "",
    checklist: Annotated[str, Form(max_length=200)] = "",
    planned_on: Annotated[str, Form(max_length=40)] = "",
    inspectors: Annotated[list[str] | None, Form(max_length=100)] = None,
) -> Response:
    """Plans it; what cannot be is said above the form, which keeps what was chosen."""
    values = {"id": id, "facility": facility, "checklist": checklist, "planned_on": planned_on}
    people = inspectors or []
    try:
        inspection_plans.plan(
            workspace,
            actor,
            id=id,
            facility=facility,
            checklist=checklist,
            planned_on=form_day(planned_on),
            inspectors=people,
        )
    except DataRejected as error:
        return _plan_form(request, workspace, me, values, people, problem=error.message)
    return RedirectResponse("/inspections?state=planned&done=planned", SEE_OTHER)


def _plan_form(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    values: Mapping[str, str],
    people: list[str],
    *,
    problem: str | None = None,
) -> HTMLResponse:
    place = inspection_view.read_place(workspace, me.actor, values["facility"])
    return show(
        request,
        "inspection_plan.html",
        me=me,
        title=_("Plan a visit"),
        status=UNPROCESSABLE if problem else 200,
        problem=problem,
        w=words_of(FORM_WORDS),
        place=place,
        values=values,
        today=today().isoformat(),
        checklists=inspection_view.checklist_choices(place["kind"]),
        inspectors=inspection_plans.list_inspectors(workspace, me.actor),
        people=people,
    )


@router.post("/plans/{code}/give-up", summary=N_("Give a planned visit up"))
def post_give_up(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    actor: ActorDep,
    *,
    code: Code,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Gives it up, with a reason, and goes back to the list."""
    try:
        inspection_plans.give_up(workspace, actor, code, reason=reason)
    except (DataRejected, FirewallRefused) as error:
        return _list(request, workspace, me, Wanted(), "planned", problem=error.message)
    return RedirectResponse("/inspections?state=planned&done=given-up", SEE_OTHER)


@router.get("/{code}", summary=N_("One inspection"))
def get_visit(
    request: Request, workspace: WorkspaceDep, me: SignedInDep, code: Code, *, done: Literal["settled"] | None = None
) -> Response:
    """All versions, newest first; in a conflict those that stand side by side, with what differs."""
    return _visit(request, workspace, me, code, message=_(SETTLED) if done else None)


@router.post("/{code}/settle", summary=N_("Settle a conflict"))
def post_settle(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    actor: ActorDep,
    *,
    code: Code,
    keep: Annotated[str, Form(max_length=100)],
    id: Annotated[str, Form(max_length=100)],  # noqa: A002 - as the API names it
) -> Response:
    """Makes one record the outcome and shows the inspection as it is then."""
    try:
        inspection_record.settle(workspace, actor, code, keep=keep, id=id)
    except DataRejected as error:
        return _visit(request, workspace, me, code, problem=error.message)
    return RedirectResponse(f"/inspections/{code}?done=settled", SEE_OTHER)


def _visit(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    code: str,
    *,
    message: str | None = None,
    problem: str | None = None,
) -> HTMLResponse:
    found = inspection_view.read_visit(workspace, me.actor, code)
    return show(
        request,
        "inspection.html",
        me=me,
        title=_("Inspection of {name}", name=found["facility_name"] or found["facility_code"]),
        wide=True,
        status=UNPROCESSABLE if problem else 200,
        message=message,
        problem=problem,
        w=words_of(VISIT_WORDS),
        results=words_of(RESULTS),
        severities=words_of(SEVERITY_NAMES),
        found=found,
        new_number=str(uuid4()),
    )
