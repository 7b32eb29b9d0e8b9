"""ODK Collect: the list of forms, the forms with what they choose from, and submissions (OpenRosa 1.0)."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from api.deps import Asked, WorkspaceDep
from api.openrosa.identity import PhoneDep
from api.openrosa.xml import PREFIX, XML, base_of, form_list, manifest, said
from api.upload import BodyLimit
from gis.errors import DataRejected, NotFound
from gis.intake.openrosa import MOST_BYTES
from gis.services.inspections import openrosa, openrosa_forms
from gis.services.workspace import Workspace
from gis.texts import N_, _

router = APIRouter(prefix=PREFIX, tags=["openrosa"], include_in_schema=False)

FORM: Final = "xml_submission_file"
INCOMPLETE: Final = "*isIncomplete*"
MOST_MB: Final = 32
"""Of one request; a phone splits from 10 MB on."""
MOST_FILES: Final = 110
"""Of one request; a phone splits from 100 on."""
RECEIPT: Final = 12
"""Characters of a receipt's hash that a message shows."""


@router.get("/formList", summary=N_("Forms for ODK Collect"))
def get_form_list(
    request: Request,
    workspace: WorkspaceDep,
    actor: PhoneDep,
    *,
    form: Annotated[Asked | None, Query(alias="formID")] = None,
    verbose: str = "",
    all_versions: Annotated[str | None, Query(alias="listAllVersions")] = None,
) -> Response:
    """The newest version of each checklist."""
    every = all_versions is not None and all_versions.lower() != "false"
    forms = openrosa_forms.list_forms(actor, code=form, all_versions=every)
    return form_list(forms, _base(request, workspace), verbose=verbose.lower() == "true")


@router.get("/forms/{code}/{version}.xml", summary=N_("A form for ODK Collect"))
def get_form(actor: PhoneDep, code: str, version: str) -> Response:
    """The XForm."""
    return Response(openrosa_forms.read_form(actor, code, version).content, media_type=XML)


@router.get("/forms/{code}/{version}/manifest", summary=N_("Files of a form for ODK Collect"))
def get_manifest(request: Request, workspace: WorkspaceDep, actor: PhoneDep, code: str, version: str) -> Response:
    """What the form chooses from, as this account gets it."""
    files = openrosa_forms.read_lists(workspace, actor, code, version)
    return manifest(files, f"{_base(request, workspace)}/forms/{code}/{version}")


@router.get("/forms/{code}/{version}/{name}", summary=N_("A list that a form chooses from"))
def get_list(workspace: WorkspaceDep, actor: PhoneDep, code: str, version: str, name: str) -> Response:
    """One of these files."""
    if name not in openrosa_forms.LISTS:
        raise NotFound(_("There is nothing at this address."))
    content = openrosa_forms.export_list(workspace, actor, code, version, name)
    return Response(content, media_type="text/csv; charset=utf-8")


@router.head("/submission", summary=N_("Where ODK Collect sends to"))
def head_submission(request: Request, workspace: WorkspaceDep, actor: PhoneDep) -> Response:
    """Says where to send to and how much at once."""
    del actor
    return Response(status_code=204, headers={"Location": f"{_base(request, workspace)}/submission"})


@router.post("/submission", summary=N_("A submission of ODK Collect"))
async def post_submission(request: Request, workspace: WorkspaceDep, actor: PhoneDep) -> Response:
    """Stores an inspection: 201 once it is on disk; 202 for a part whose last part is still to come."""
    form = await _read(request)
    try:
        document, files = await _parts(form)
    finally:
        await form.close()
    if str(form.get(INCOMPLETE, "")).lower() in ("yes", "true"):
        number = await run_in_threadpool(openrosa.submit_part, workspace, actor, document, files)
        return said(202, _("{number} photos are kept. The rest is to come.", number=number), nature="submit_part")
    receipt = await run_in_threadpool(openrosa.submit, workspace, actor, document, files)
    return said(201, _receipt_text(receipt), nature="submit_success", metadata=_metadata(receipt))


async def _read(request: Request) -> FormData:
    """The form of the request. Raises HTTPException 400, and 413 where it is too large."""
    too_large = HTTPException(413, _("The submission is larger than {size} MB. Send it in parts.", size=MOST_MB))
    try:
        limit = BodyLimit(request, MOST_MB)
    except DataRejected:
        raise too_large from None
    if not request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise HTTPException(400, _("A submission is multipart/form-data."))
    try:
        limited = Request(request.scope, limit)
        return await limited.form(max_files=MOST_FILES, max_fields=MOST_FILES, max_part_size=MOST_BYTES)
    except HTTPException:
        raise too_large if limit.exceeded else HTTPException(400, _("The submission cannot be read.")) from None
    except ClientDisconnect:  # nobody hears the answer
        raise HTTPException(400, _("The submission cannot be read.")) from None


async def _parts(form: FormData) -> tuple[bytes, dict[str, bytes]]:
    """The XForm, and name -> content of the other files. Raises HTTPException 400 unless there is one XForm."""
    documents: list[bytes] = []
    files: dict[str, bytes] = {}
    for name, part in form.multi_items():
        if name == FORM:
            documents.append(await part.read() if isinstance(part, UploadFile) else part.encode())
        elif isinstance(part, UploadFile):
            files[part.filename or name] = await part.read()
    if len(documents) != 1:
        raise HTTPException(400, _("A submission has one part {name}.", name=FORM))
    return documents[0], files


def _receipt_text(receipt: dict[str, Any]) -> str:
    text = _(
        "Stored. Receipt {receipt}, photos: {photos}.",
        receipt=receipt["sha256"][:RECEIPT],
        photos=len(receipt["photos"]),
    )
    if receipt["conflict"]:
        text += " " + _("There is another record of this visit; both are kept until somebody settles it.")
    return text


def _metadata(receipt: dict[str, Any]) -> dict[str, str]:
    record = receipt["record"]
    return {
        "id": record["checklist"],
        "version": record["version"],
        "instanceID": f"uuid:{record['id']}",
        "submissionDate": record["recorded_at"],
        "isComplete": "true",
    }


def _base(request: Request, workspace: Workspace) -> str:
    return base_of(request, workspace.settings.public_url)
