"""Cases against facilities as JSON: a page of them, one with all about it, opening one, its steps, its reply link."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.deps import ActorDep, PagingDep, Text, WorkspaceDep
from api.frames import unkept
from api.models import cases as models
from gis.services.cases import records as cases
from gis.services.cases import reply as case_reply
from gis.services.cases import steps as case_steps
from gis.services.cases.texts import FIELD_NAMES
from gis.texts import N_

router = APIRouter(prefix="/api/cases", tags=["cases"])

CaseId = Annotated[Text, Path(description=N_("Number of a case, a UUID."))]
CREATED: Final = 201


@router.get(
    "",
    summary=N_("Cases against facilities"),
    description=N_("Those against facilities that the account answers for, the newest first."),
    response_model=models.CasePage,
)
def list_cases(
    workspace: WorkspaceDep,
    actor: ActorDep,
    paging: PagingDep,
    *,
    state: Annotated[models.State | None, Query(description=N_("Only cases in this state today."))] = None,
    mine: Annotated[bool, Query(description=N_("Only cases that the account works on."))] = False,
    facility: Annotated[Text | None, Query(description=N_("Only cases against this facility."))] = None,
) -> Response:
    """A page of cases."""
    items, total = cases.list_cases(
        workspace, actor, state=state, mine=mine, facility=facility, limit=paging.limit, offset=paging.offset
    )
    return unkept({"total": total, "limit": paging.limit, "offset": paging.offset, "items": items})


@router.post(
    "",
    summary=N_("Open a case"),
    description=N_("From serious or critical findings of one facility; the account becomes the investigator."),
    response_model=models.CaseDetail,
    status_code=CREATED,
)
def post_case(workspace: WorkspaceDep, actor: ActorDep, body: models.NewCase) -> Response:
    """Opens a case."""
    made = cases.open_case(
        workspace,
        actor,
        id=str(body.id),
        findings=[str(finding) for finding in body.findings],
        reviewer=body.reviewer,
        decider=body.decider,
        note=body.note,
    )
    return unkept(made, status=CREATED)


@router.get(
    "/{code}",
    summary=N_("One case"),
    description=N_("With its findings, its steps and their clocks, documents, the reply, and what can follow."),
    response_model=models.CaseDetail,
)
def get_case(workspace: WorkspaceDep, actor: ActorDep, code: CaseId) -> Response:
    """One case."""
    return unkept(cases.read_case(workspace, actor, code))


@router.post(
    "/{code}/steps",
    summary=N_("Make the next step of a case"),
    description=N_("Only the one of its three people whose step it is; stored once, with its document."),
    response_model=models.CaseDetail,
    status_code=CREATED,
)
def post_step(workspace: WorkspaceDep, actor: ActorDep, code: CaseId, body: models.NewStep) -> Response:
    """Makes a step."""
    given = body.model_dump(mode="json")
    fields = {name: given[name] for name in FIELD_NAMES}
    made = case_steps.take_step(workspace, actor, code, body.to, number=body.number, fields=fields)
    return unkept(made, status=CREATED)


@router.post(
    "/{code}/link",
    summary=N_("A link for the reply of the facility"),
    description=N_("For the investigator, while the case waits for the reply. It works once and is shown this once."),
    response_model=models.NewLink,
    status_code=CREATED,
)
def post_link(request: Request, workspace: WorkspaceDep, actor: ActorDep, code: CaseId) -> Response:
    """Makes a link."""
    token, expires = case_reply.make_link(workspace, actor, code)
    return unkept({"url": address_of(request, token), "expires": expires.isoformat()}, status=CREATED)


def address_of(request: Request, token: str) -> str:
    """Where the facility replies."""
    base = request.app.state.settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}/reply/{token}"
