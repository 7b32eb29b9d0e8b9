"""Findings: reminders, the list, one by itself with the steps that can follow, visits to be made; as pages and JSON."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, Asked, Code, PagingDep, SignedInDep, Text, WorkspaceDep
from api.frames import JSON, to_json
from api.models import findings as models
from api.pager import ROWS, page_through
from api.pages import SEE_OTHER, UNPROCESSABLE, link, words_of
from api.shell import show
from gis.errors import DataRejected, FirewallRefused
from gis.rules import FINDING
from gis.services.accounts.sessions import SignedIn
from gis.services.inspections import findings
from gis.services.workspace import Workspace
from gis.tables import SEVERITY_NAMES
from gis.texts import N_, _

router = APIRouter(prefix="/api", tags=["findings"])
pages = APIRouter(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

STEPS: Final[Mapping[str, str]] = {
    "rectified": N_("The facility has put it right"),
    "escalated": N_("Pass it up"),
    "closed": N_("Close it"),
}
"""State -> what the button says that leads there."""

WORDS: Final[Mapping[str, str]] = {
    "filters": N_("Filters"),
    "view": N_("Show"),
    "remind": N_("Reminders: overdue, due soon or without a known deadline"),
    "live": N_("All that are not done with"),
    "all": N_("All, closed ones too"),
    "severity": N_("Severity"),
    "any": N_("All"),
    "facility": N_("Facility"),
    "facility_hint": N_("Code of a facility"),
    "apply": N_("Apply"),
    "reset": N_("Clear the filters"),
    "item": N_("Finding"),
    "found_on": N_("Found on"),
    "due_on": N_("To be put right by"),
    "state": N_("State"),
    "overdue": N_("Overdue"),
    "unknown": N_("Unknown: {days} working days, and the calendar of that year is not out yet"),
    "nothing": N_("No finding fits these filters."),
    "tasks": N_("Visits to be made"),
    "planned": N_("Planned visit"),
    "reinspection": N_("Re-inspection"),
    "no_tasks": N_("No visit is waiting."),
    "inspect": N_("Inspect"),
}
ONE_WORDS: Final[Mapping[str, str]] = {
    **WORDS,
    "back": N_("All findings"),
    "basis": N_("Legal basis"),
    "note": N_("Remark"),
    "inspection": N_("Inspection"),
    "history": N_("What happened"),
    "found": N_("Found at the inspection"),
    "right": N_("put right"),
    "not_right": N_("not put right"),
    "next": N_("What comes next"),
    "step_note": N_("What was seen or decided; no personal data"),
    "waits_reinspection": N_(
        "It waits for a re-inspection: record an inspection of this facility with the same checklist."
    ),
    "waits_leader": N_("A leader decides about it."),
    "done": N_("Nothing can follow: it is done with."),
    "case": N_("Open a case"),
}

Number = Annotated[Text, Path(description=N_("Number of a finding."))]
View = Annotated[Literal["", "remind", "live", "all"], Query()]
ShownSeverity = Annotated[Literal["", "clerical", "minor", "serious", "critical"], Query()]


@router.get(
    "/findings",
    summary=N_("Findings"),
    description=N_("Items that failed at inspections of the own facilities, the earliest deadline first."),
    response_model=models.Findings,
)
def get_findings(
    workspace: WorkspaceDep,
    actor: ActorDep,
    paging: PagingDep,
    *,
    state: Annotated[models.StateAsked | None, Query(description=N_("Default: those not done with."))] = None,
    severity: Annotated[models.Severity | None, Query(description=N_("Only this severity."))] = None,
    facility: Annotated[Text | None, Query(description=N_("Only this facility."))] = None,
    remind: Annotated[bool, Query(description=N_("Only those overdue, due soon or without a known deadline."))] = False,
) -> Response:
    """A page of them."""
    rows, total = findings.list_findings(
        workspace,
        actor,
        state=state,
        facility=facility,
        severity=severity,
        remind=remind,
        limit=paging.limit,
        offset=paging.offset,
    )
    document = {"total": total, "limit": paging.limit, "offset": paging.offset, "items": rows}
    return Response(to_json(document), media_type=JSON)


@router.get(
    "/findings/{code}",
    summary=N_("One finding"),
    description=N_("What failed, every step since, and what can follow for the one who asks."),
    response_model=models.FindingWhole,
)
def get_finding(workspace: WorkspaceDep, actor: ActorDep, code: Number) -> Response:
    """A finding with its way so far."""
    return Response(to_json(findings.read_finding(workspace, actor, code)), media_type=JSON)


@router.post(
    "/findings/{code}",
    summary=N_("Take a finding further"),
    description=N_("Only along the ways that there are, and with a note; the answer is the finding as it is then."),
    response_model=models.Finding,
)
def post_finding(workspace: WorkspaceDep, actor: ActorDep, code: Number, step: models.Step) -> Response:
    """One step."""
    row = findings.decide(workspace, actor, code, step.state, note=step.note)
    return Response(to_json(row), media_type=JSON)


@router.get(
    "/tasks",
    summary=N_("Visits to be made"),
    description=N_("Planned visits, and re-inspections of what is said to be put right or is late."),
    response_model=models.Tasks,
)
def get_tasks(workspace: WorkspaceDep, actor: ActorDep) -> Response:
    """All of them, the earliest day first."""
    return Response(to_json({"items": findings.list_tasks(workspace, actor)}), media_type=JSON)


@pages.get("/findings", summary=N_("Findings of my area"))
def get_page(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    *,
    view: View = "",
    severity: ShownSeverity = "",
    facility: Asked = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """Reminders first; the address holds the filters."""
    view = view or ("all" if facility else "remind")
    rows, total = findings.list_findings(
        workspace,
        me.actor,
        state="all" if view == "all" else None,
        facility=facility or None,
        severity=severity or None,
        remind=view == "remind",
        limit=ROWS,
        offset=(page - 1) * ROWS,
    )
    asked = {name: value for name, value in {"view": view, "severity": severity, "facility": facility}.items() if value}
    return show(
        request,
        "findings.html",
        me=me,
        title=_("Findings"),
        wide=True,
        w=words_of(WORDS),
        rows=rows,
        asked={"view": view, "severity": severity, "facility": facility},
        severities=words_of(SEVERITY_NAMES),
        count=_("{count} findings", count=f"{total:,}"),
        tasks=findings.list_tasks(workspace, me.actor)[:ROWS],
        pages=page_through(
            total,
            size=ROWS,
            offset=(page - 1) * ROWS,
            to=lambda first: link("/findings", {**asked, "page": first // ROWS + 1}),
        ),
    )


@pages.get("/findings/{code}", summary=N_("One finding"))
def get_one(request: Request, workspace: WorkspaceDep, me: SignedInDep, code: Code) -> Response:
    """What failed, what happened since, and the steps that this reader may take."""
    return _show(request, workspace, me, findings.read_finding(workspace, me.actor, code))


@pages.post("/findings/{code}", summary=N_("Take a finding further"))
def post_one(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    actor: ActorDep,
    code: Code,
    *,
    state: Annotated[str, Form(max_length=40)],
    note: Annotated[str, Form(max_length=2 * findings.MOST_NOTE)] = "",
) -> Response:
    """One step; what is refused is said above the form, which keeps the note."""
    try:
        findings.decide(workspace, actor, code, state, note=note)
    except (DataRejected, FirewallRefused) as error:
        row = findings.read_finding(workspace, actor, code)
        return _show(request, workspace, me, row, problem=error.message, note=note)
    return RedirectResponse(link(f"/findings/{code}", {}), SEE_OTHER)


def _show(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    row: dict[str, Any],
    *,
    problem: str | None = None,
    note: str = "",
) -> HTMLResponse:
    del workspace
    return show(
        request,
        "findings_one.html",
        me=me,
        title=row["label"],
        status=UNPROCESSABLE if problem else 200,
        problem=problem,
        w=words_of(ONE_WORDS),
        row=row,
        note=note,
        severities=words_of(SEVERITY_NAMES),
        states={state: _(name) for state, name in FINDING.states.items()},
        steps=[(state, _(STEPS[state])) for state in row["following"]],
        may_open_case=row["severity"] in ("serious", "critical") and row["state"] not in ("closed", "withdrawn"),
    )
