"""Cases as pages: the list, opening one, and one with its way, its documents and the steps that the reader makes."""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import uuid4

import segno
from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, Asked, SignedInDep, WorkspaceDep
from api.errors import status_of
from api.models.cases import State
from api.pager import ROWS, page_through
from api.pages import SEE_OTHER, link, words_of
from api.routes.campaign_pages import FormDep
from api.routes.cases import CaseId, address_of
from api.shell import show
from api.words import cases as words
from gis.errors import DataRejected, FirewallRefused, NotAllowed, NotFound, UsageError, WanggeError
from gis.roles import PERMITTED
from gis.services.accounts.sessions import SignedIn
from gis.services.cases import records as cases
from gis.services.cases import reply as case_reply
from gis.services.cases import steps as case_steps
from gis.services.cases.documents import file_number, read_document
from gis.services.cases.texts import FIELD_NAMES, MOST_TEXT
from gis.services.facilities import read as facilities
from gis.services.workspace import Workspace, today
from gis.texts import N_, _

router = APIRouter(prefix="/cases", tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)

SECRET: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""For a page that shows a link which opens something."""
Values = Mapping[str, str]


@router.get("", summary=N_("Cases"))
def get_list(
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    *,
    state: State | Annotated[str, Query(max_length=0)] = "",
    mine: bool = False,
    facility: Asked = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """The cases that fit; the filters stand in the address."""
    offset = (page - 1) * ROWS
    found, total = cases.list_cases(
        workspace, me.actor, state=state or None, mine=mine, facility=facility or None, limit=ROWS, offset=offset
    )
    asked = {"state": state, "mine": "1" if mine else "", "facility": facility}
    asked = {name: value for name, value in asked.items() if value}
    return show(
        request,
        "cases.html",
        me=me,
        title=_("Cases against facilities"),
        wide=True,
        w=words_of(words.LIST),
        asked={"state": state, "mine": mine, "facility": facility},
        states=words.state_options(),
        rows=[words.list_row(case) for case in found],
        count=_("{count} cases", count=f"{total:,}"),
        pages=page_through(
            total,
            size=ROWS,
            offset=offset,
            to=lambda first: link("/cases", {**asked, "page": first // ROWS + 1}),
        ),
    )


@router.get("/new", summary=N_("Open a case"))
def get_new(request: Request, workspace: WorkspaceDep, me: SignedInDep, facility: Asked = "") -> Response:
    """What a case against a facility can be opened with; the number is made here, so that it is stored once."""
    return _new(request, workspace, me, {"facility": facility, "id": str(uuid4())}, ())


@router.post("/new", summary=N_("Open a case"))
def post_new(request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, form: FormDep) -> Response:
    """Opens the case of the form, or gives it back with what is wrong."""
    named = ("facility", "id", "reviewer", "decider", "note")
    values = {name: str(form.get(name, "")).replace("\0", "\ufffd") for name in named}
    chosen = tuple(str(value) for value in form.getlist("findings"))
    try:
        made = cases.open_case(
            workspace,
            actor,
            id=values["id"],
            findings=chosen,
            reviewer=values["reviewer"],
            decider=values["decider"],
            note=values["note"],
        )
    except (DataRejected, FirewallRefused) as error:
        return _new(request, workspace, me, values, chosen, error=error)
    return RedirectResponse(f"/cases/{made['id']}", SEE_OTHER)


@router.get("/{code}", summary=N_("A case"))
def get_one(request: Request, workspace: WorkspaceDep, me: SignedInDep, code: CaseId) -> Response:
    """Everything about one case."""
    return _one(request, workspace, me, code)


@router.post("/{code}/steps", summary=N_("Make the next step of a case"))
def post_step(
    request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, code: CaseId, form: FormDep
) -> Response:
    """Makes the step of the form, then shows the case; or gives the form back with what is wrong."""
    typed = {name: str(form.get(name, "")) for name in ("to", *FIELD_NAMES)}
    number = str(form.get("number", ""))
    try:
        if not (number.isascii() and number.isdigit() and len(number) < 6):
            raise DataRejected(_("This page is out of date. Load it again and repeat."))
        case_steps.take_step(workspace, actor, code, typed["to"], number=int(number), fields=typed)
    except (NotAllowed, NotFound):
        raise
    except (DataRejected, FirewallRefused, UsageError) as error:
        return _one(request, workspace, me, code, typed=typed, error=error)
    return RedirectResponse(f"/cases/{code}", SEE_OTHER)


@router.post("/{code}/link", summary=N_("A link for the reply of the facility"))
def post_link(request: Request, workspace: WorkspaceDep, actor: ActorDep, me: SignedInDep, code: CaseId) -> Response:
    """Makes a link and shows it, this once."""
    try:
        token, _expires = case_reply.make_link(workspace, actor, code)
    except (NotAllowed, NotFound):
        raise
    except UsageError as error:
        return _one(request, workspace, me, code, error=error)
    answer = _one(request, workspace, me, code, address=address_of(request, token))
    answer.headers.update(SECRET)
    return answer


@router.get("/{code}/documents/{number}.pdf", summary=N_("A document of a case"), response_class=Response)
def get_document(workspace: WorkspaceDep, me: SignedInDep, code: CaseId, number: int) -> Response:
    """The PDF as it was issued."""
    content, name = read_document(workspace, me.actor, code, number)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def _new(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    values: Values,
    chosen: tuple[str, ...],
    *,
    error: WanggeError | None = None,
) -> HTMLResponse:
    choices = cases.list_choices(workspace, me.actor, values["facility"])
    name = facilities.get_facility(workspace, me.actor, values["facility"]).facility["name"].iloc[0]
    return show(
        request,
        "case_new.html",
        me=me,
        title=_("Open a case"),
        problem=error.message if error else None,
        status=status_of(error)[0] if error else 200,
        w=words_of(words.NEW),
        values=values,
        chosen=chosen,
        facility={"code": values["facility"], "name": name},
        findings=words.finding_rows(list(choices.findings)),
        reviewers=choices.reviewers,
        deciders=choices.deciders,
        most=MOST_TEXT,
    )


def _one(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    code: str,
    *,
    typed: Values | None = None,
    error: WanggeError | None = None,
    address: str | None = None,
) -> HTMLResponse:
    case = cases.read_case(workspace, me.actor, code)
    row = words.list_row(case)
    may_link = case["state"] == "noticed" and me.actor.name == case["investigator"]
    return show(
        request,
        "case.html",
        me=me,
        title=_("Case against {facility}", facility=row["name"]),
        wide=True,
        problem=error.message if error else None,
        status=status_of(error)[0] if error else 200,
        w=words_of(words.ONE),
        case=row,
        file_number=file_number(case),
        clocks=[words.clock_row(clock) for clock in case["clocks"]],
        people=words.people_rows(case),
        findings=words.finding_rows(case["findings"]),
        events=words.event_rows(case),
        forms=words.step_forms(case, typed or {}),
        waiting=words.waiting(case),
        may_link=may_link and me.actor.role in PERMITTED["cases.work"],
        address=address,
        qr=segno.make(address, error="l").svg_data_uri(scale=3) if address else None,
        today=today().isoformat(),
        most=MOST_TEXT,
    )
