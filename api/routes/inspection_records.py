"""Inspections recorded on the spot, for programs: records and receipts, photos in pieces, planned visits, conflicts."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.deps import ActorDep, PagingDep, Search, Text, WorkspaceDep, read_day
from api.errors import error_body
from api.frames import JSON, to_json
from api.models import inspection_records as models
from api.models.register import Error
from api.problems import invalid
from gis.errors import DataRejected
from gis.roles import Actor, permit
from gis.services.inspections import plans as inspection_plans
from gis.services.inspections import receipts, waiting_photos
from gis.services.inspections import record as inspection_record
from gis.services.inspections import view as inspection_view
from gis.services.inspections.draft import Draft
from gis.services.inspections.view import Asked
from gis.services.workspace import Workspace
from gis.texts import N_, _

router = APIRouter(prefix="/api", tags=["inspections"])

CREATED, NO_CONTENT, CONFLICT, TOO_LARGE, WRONG_TYPE = 201, 204, 409, 413, 415
MOST_PIECE: Final = 256 * 1024
PIECE_TYPE: Final = "application/offset+octet-stream"
OFFSET: Final = "Upload-Offset"
TUS: Final = {"Tus-Resumable": "1.0.0", "Cache-Control": "no-store"}

Answers = dict[int | str, dict[str, Any]]
Number = Annotated[UUID, Path(description=N_("Number of the record, a UUID."))]
Inspection = Annotated[Text, Path(description=N_("Code of the inspection."))]
Name = Annotated[Text, Path(description=N_("Name of the photo."))]
Sha256 = Annotated[Text, Path(description=N_("SHA-256 of the picture as it is kept."))]
Plan = Annotated[UUID, Path(description=N_("Number of the planned visit, a UUID."))]

TAKEN: Final[Answers] = {409: {"model": Error, "description": N_("The number is taken, or photos have not arrived.")}}
MISFIT: Final[Answers] = {
    409: {
        "model": Error,
        "description": N_("The piece does not begin where the photo ends; Upload-Offset says where."),
    },
    413: {"model": Error, "description": N_("The piece is too large.")},
    415: {"model": Error, "description": N_("The piece has another type than application/offset+octet-stream.")},
}


@router.post(
    "/inspections",
    status_code=CREATED,
    summary=N_("Record an inspection"),
    description=N_("Stored exactly once: sent again with the same UUID, it gets the same receipt."),
    response_model=models.InspectionReceipt,
    responses=TAKEN,
)
def post_inspection(workspace: WorkspaceDep, actor: ActorDep, sent: models.NewInspection) -> Response:
    """The receipt of what is on disk."""
    permit(actor, "inspections.record")
    try:
        receipt = inspection_record.record(workspace, actor, _draft(sent))
    except DataRejected as error:
        if not {"taken", "missing"} & set(error.details):
            raise
        return _conflict(error)
    return Response(to_json(receipt), CREATED, media_type=JSON)


def _draft(sent: models.NewInspection) -> Draft:
    day = read_day("inspected_on", sent.inspected_on)
    assert day is not None
    same = ("facility", "checklist", "version", "answers", "photos", "kept_photos", "lon", "lat", "accuracy_m")
    return Draft(
        id=str(sent.id),
        inspected_on=day,
        inspectors=tuple(sent.inspectors),
        plan=str(sent.plan) if sent.plan else None,
        corrects=tuple(str(number) for number in sent.corrects),
        **{name: getattr(sent, name) for name in same},
    )


def _conflict(error: DataRejected) -> Response:
    code = "taken" if "taken" in error.details else "photos-missing"
    return Response(to_json(error_body(code, error.message, error.details)), CONFLICT, media_type=JSON)


@router.get(
    "/inspections",
    summary=N_("List inspections"),
    description=N_("The outcomes of inspections recorded on the spot, latest day first."),
    response_model=models.VisitPage,
)
def get_inspections(
    workspace: WorkspaceDep,
    actor: ActorDep,
    paging: PagingDep,
    *,
    state: Annotated[
        inspection_view.State, Query(description=N_("conflict: only those that somebody has to settle."))
    ] = "all",
    area: Annotated[Text | None, Query(description=N_("Only what lies inside this area."))] = None,
    facility: Annotated[Text | None, Query(description=N_("Only those of this facility."))] = None,
    q: Search = None,
) -> Response:
    """A page of them."""
    asked = Asked(state, area, q, facility)
    rows, total = inspection_view.list_visits(workspace, actor, asked, limit=paging.limit, offset=paging.offset)
    document = {"items": rows, "total": total, "limit": paging.limit, "offset": paging.offset}
    return Response(to_json(document), media_type=JSON)


@router.post(
    "/inspections/plans",
    status_code=CREATED,
    summary=N_("Plan a visit"),
    description=N_("Stored once for each UUID: which facility, which checklist, which day, and who goes."),
    response_model=models.Plan,
)
def post_plan(workspace: WorkspaceDep, actor: ActorDep, sent: models.NewPlan) -> Response:
    """The visit as it is planned."""
    permit(actor, "inspections.plan")
    day = read_day("planned_on", sent.planned_on)
    assert day is not None
    row = inspection_plans.plan(
        workspace,
        actor,
        id=str(sent.id),
        facility=sent.facility,
        checklist=sent.checklist,
        planned_on=day,
        inspectors=sent.inspectors,
    )
    return Response(to_json(row), CREATED, media_type=JSON)


@router.post(
    "/inspections/plans/{number}/give-up",
    summary=N_("Give a planned visit up"),
    description=N_("With a reason; the same again changes nothing."),
    response_model=models.Plan,
)
def post_give_up(workspace: WorkspaceDep, actor: ActorDep, number: Plan, sent: models.GivenUp) -> Response:
    """The visit as it stands then."""
    row = inspection_plans.give_up(workspace, actor, str(number), reason=sent.reason)
    return Response(to_json(row), media_type=JSON)


@router.get(
    "/inspections/{number}",
    summary=N_("The receipt of a record"),
    description=N_("All that is stored of a record, with its hash: the same at any later time."),
    response_model=models.InspectionReceipt,
)
def get_inspection(workspace: WorkspaceDep, actor: ActorDep, number: Number) -> Response:
    """The receipt."""
    return Response(to_json(receipts.of_record(workspace, actor, str(number))), media_type=JSON)


@router.post(
    "/inspections/{code}/settle",
    status_code=CREATED,
    summary=N_("Settle a conflict"),
    description=N_("One of the records that stand side by side becomes the outcome; the others stay readable."),
    response_model=models.InspectionReceipt,
    responses=TAKEN,
)
def post_settle(workspace: WorkspaceDep, actor: ActorDep, code: Inspection, sent: models.Settlement) -> Response:
    """The receipt of the record that replaces all heads."""
    try:
        receipt = inspection_record.settle(workspace, actor, code, keep=str(sent.keep), id=str(sent.id))
    except DataRejected as error:
        if "taken" not in error.details:
            raise
        return _conflict(error)
    return Response(to_json(receipt), CREATED, media_type=JSON)


@router.head(
    "/inspections/{number}/photos/{name}",
    summary=N_("How much of a photo has arrived"),
    description=N_("Upload-Offset says how many bytes are on disk; nothing sent yet is 0."),
    response_class=Response,
    responses={200: {"headers": models.PHOTO_HEADERS}},
)
def head_photo(workspace: WorkspaceDep, actor: ActorDep, number: Number, name: Name) -> Response:
    """The offset at which to go on."""
    have = waiting_photos.arrived(workspace.settings, actor, str(number), name)
    return Response(headers={OFFSET: str(have), **TUS})


@router.patch(
    "/inspections/{number}/photos/{name}",
    status_code=NO_CONTENT,
    summary=N_("Send a piece of a photo"),
    description=N_("In the manner of tus 1.0: at most 256 KiB from Upload-Offset on; 204 means on disk."),
    response_class=Response,
    responses={204: {"headers": models.PHOTO_HEADERS}, **MISFIT},
    openapi_extra={"requestBody": {"content": {PIECE_TYPE: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def patch_photo(
    *,
    request: Request,
    workspace: WorkspaceDep,
    actor: ActorDep,
    number: Number,
    name: Name,
    offset: Annotated[
        int | None, Header(alias=OFFSET, ge=0, le=2**40, description=N_("Bytes of the photo before this piece."))
    ] = None,
) -> Response:
    """Adds the piece; where it does not fit, 409 with the offset at which to go on."""
    permit(actor, "inspections.record")
    if request.headers.get("content-type", "") != PIECE_TYPE:
        return _refuse(WRONG_TYPE, "wrong-type", _("Send a piece as {type}.", type=PIECE_TYPE))
    if offset is None:
        raise invalid(OFFSET, _("Write a whole number."), where="header")
    piece = bytearray()
    async for part in request.stream():
        piece += part
        if len(piece) > MOST_PIECE:
            return _refuse(TOO_LARGE, "too-large", _("A piece has at most {most} bytes.", most=MOST_PIECE))
    try:
        have = await run_in_threadpool(_append, workspace, actor, str(number), name, offset, bytes(piece))
    except DataRejected as error:
        if "offset" not in error.details:
            raise
        headers = {OFFSET: str(error.details["offset"]), **TUS}
        body = error_body("wrong-offset", error.message, error.details)
        return Response(to_json(body), CONFLICT, headers, media_type=JSON)
    return Response(status_code=NO_CONTENT, headers={OFFSET: str(have), **TUS})


def _append(workspace: Workspace, actor: Actor, number: str, name: str, offset: int, piece: bytes) -> int:
    return waiting_photos.append(workspace.settings, actor, number, name, offset=offset, piece=piece)


def _refuse(status: int, code: str, message: str) -> Response:
    return Response(to_json(error_body(code, message, {})), status, TUS, media_type=JSON)


@router.get(
    "/photos/{sha256}",
    summary=N_("A photo"),
    description=N_("The picture alone, as a JPEG, for those who see a record that it belongs to."),
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
def get_photo(workspace: WorkspaceDep, actor: ActorDep, sha256: Sha256) -> Response:
    """The picture; its address is its SHA-256, so that the browser may keep it."""
    media_type, content = inspection_view.read_photo(workspace, actor, sha256)
    headers = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=media_type, headers=headers)
