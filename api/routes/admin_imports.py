"""Pages of the admin: the imports so far, and a new one, which is shown before it is made."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, cast, get_args

from fastapi import APIRouter, Form, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import ActorDep, SignedInDep, WorkspaceDep
from api.evidence import DATUMS, KINDS, evidence_lines
from api.pager import page_through
from api.pages import SEE_OTHER, page
from api.shell import show
from api.upload import owner_of, read_upload
from api.words.imports import COUNTS, list_words, preview_words
from gis.crs import Datum
from gis.errors import DataRejected, FirewallRefused, UsageError, WanggeError
from gis.intake.read import FORMATS
from gis.roles import permit
from gis.services.accounts.sessions import SignedIn
from gis.services.imports import preview as import_preview
from gis.services.imports import uploads
from gis.services.imports.preview import Preview
from gis.services.imports.uploads import PARTS, Options
from gis.services.workspace import Workspace
from gis.texts import N_, _, current_language
from maps.import_preview import render_changes

ENCODINGS: Final = ("UTF-8", "GB18030", "Big5")
PAGE: Final = 50
PROBLEMS: Final = 100
"""Problems on one page of a preview."""
MAP_CSP: Final = "frame-ancestors 'self'"
CSV: Final = "text/csv; charset=utf-8"

STATUS: Final[Mapping[str, str]] = {"inserted": N_("new"), "changed": N_("changed")}
SEVERITY: Final[Mapping[str, str]] = {"error": N_("error"), "warning": N_("warning")}

router = APIRouter(prefix="/admin/imports", tags=["pages"], include_in_schema=False)

Offset = Annotated[int, Query(ge=0, le=2**31 - 1)]


@router.get("", summary=N_("Imports"))
def get_imports(
    request: Request, workspace: WorkspaceDep, me: SignedInDep, *, offset: Offset = 0, same: bool = False
) -> HTMLResponse:
    """The imports so far, and the form for a new one."""
    message = _("The file holds nothing new; nothing was changed.") if same else None
    return _list(request, workspace, me, offset=offset, message=message)


@router.post("", summary=N_("Preview an import"))
async def post_upload(request: Request, workspace: WorkspaceDep, me: SignedInDep) -> Response:
    """Takes the files in, makes the dry run in a thread of its own, and leads to the preview."""
    permit(me.actor, "imports.run")
    try:
        form = await read_upload(request, me, most_mb=workspace.settings.upload_mb)
        try:
            found = await run_in_threadpool(_accept, workspace, me, form)
        finally:
            await form.close()
    except (DataRejected, FirewallRefused, UsageError) as error:
        return await run_in_threadpool(_refuse, request, workspace, me, error)
    return RedirectResponse(f"/admin/imports/preview/{found.upload.id}", SEE_OTHER)


@router.get("/preview/{number}", summary=N_("What an import would change"))
def get_preview(
    request: Request, workspace: WorkspaceDep, me: SignedInDep, number: str, offset: Offset = 0
) -> HTMLResponse:
    """Evidence, counts, problems, a sample of the changes and their map, and the question whether to go on."""
    found = _find(workspace, me, number)
    shown = found.problems[offset : offset + PROBLEMS]
    return show(
        request,
        "admin_import_preview.html",
        me=me,
        title=_("Preview of {file}", file=found.upload.file.name),
        wide=True,
        found=found,
        kind=_(KINDS[found.upload.options.kind]),
        counts=[(_(name), found.counts[key]) for key, name in COUNTS.items()],
        evidence=evidence_lines(found.evidence),
        problems=[(problem, _(SEVERITY[problem.severity])) for problem in shown],
        total=_("Problems: {count}", count=len(found.problems)),
        sample=[_told(row) for row in found.sample],
        here_path=f"/admin/imports/preview/{number}",
        pages=page_through(len(found.problems), size=PROBLEMS, offset=offset, to="?offset={}#problems".format),
        w=preview_words(found),
    )


@router.get("/preview/{number}/map", summary=N_("Map of what an import would change"))
def get_preview_map(request: Request, workspace: WorkspaceDep, me: SignedInDep, number: str) -> HTMLResponse:
    """The map inside the preview."""
    permit(me.actor, "imports.run")
    upload = uploads.find(workspace.settings, owner_of(me), number)
    data = import_preview.drawn(workspace, me.actor, upload)
    return page(render_changes(data, lang=current_language()), request, csp=MAP_CSP)


@router.get("/preview/{number}/problems.csv", summary=N_("Problems of a file as CSV"))
def get_problems(workspace: WorkspaceDep, me: SignedInDep, number: str) -> Response:
    """All problems, for the people who mend the file."""
    text = import_preview.problems_csv(_find(workspace, me, number))
    headers = {"Content-Disposition": 'attachment; filename="problems.csv"'}
    return Response("\ufeff" + text, headers=headers, media_type=CSV)


@router.post("/preview/{number}", summary=N_("Confirm an import"))
def post_confirm(
    *,
    request: Request,
    workspace: WorkspaceDep,
    me: SignedInDep,
    actor: ActorDep,
    number: str,
    sha256: Annotated[str, Form(max_length=64)],
) -> Response:
    """Imports what was previewed, and leads to its receipt."""
    permit(actor, "imports.run")
    upload = uploads.claim(workspace.settings, owner_of(me), number)
    try:
        result = import_preview.confirm(workspace, actor, upload, sha256=sha256)
    except (DataRejected, FirewallRefused) as error:
        return _refuse(request, workspace, me, error)
    if result.number is None:
        return RedirectResponse("/admin/imports?same=true", SEE_OTHER)
    return RedirectResponse(f"/admin/imports/{result.number}?done=true", SEE_OTHER)


@router.post("/preview/{number}/discard", summary=N_("Give an import up"))
def post_discard(workspace: WorkspaceDep, me: SignedInDep, actor: ActorDep, number: str) -> Response:
    """Deletes the upload."""
    permit(actor, "imports.run")
    import_preview.give_up(workspace, actor, uploads.claim(workspace.settings, owner_of(me), number))
    return RedirectResponse("/admin/imports", SEE_OTHER)


@router.get("/{number}", summary=N_("Receipt of an import"))
def get_receipt(
    request: Request, workspace: WorkspaceDep, me: SignedInDep, number: int, *, done: bool = False
) -> HTMLResponse:
    """One import: the file, what it changed, who made it and when."""
    run = import_preview.receipt(workspace, me.actor, min(number, 2**62))
    return show(
        request,
        "admin_import.html",
        me=me,
        title=_("Import {number}", number=number),
        message=_("The file was imported.") if done else None,
        lines=[
            (_("File"), run["file"]),
            (_("Kind"), _kind(run["kind"])),
            (_("When"), _moment(run["started"])),
            (_("Who"), run["who"] or _("not recorded")),
            *((_(COUNTS[key]), f"{run[key]:,}") for key in ("inserted", "changed", "unchanged")),
            ("SHA-256", run["sha256"]),
        ],
        evidence=evidence_lines(run["evidence"]),
        w={"evidence": _("How the file was read"), "back": _("All imports")},
    )


def _find(workspace: Workspace, me: SignedIn, number: str) -> Preview:
    permit(me.actor, "imports.run")
    return import_preview.find_preview(workspace, me.actor, uploads.find(workspace.settings, owner_of(me), number))


def _told(row: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The key of a row that is new or changes, and which of the two."""
    status = STATUS[row["status"]]
    return {name: value for name, value in row.items() if name != "status"}, _(status)


def _accept(workspace: Workspace, me: SignedIn, form: FormData) -> Preview:
    """The preview of what a form brought. Raises UsageError for an option that there is not."""
    sent = {name: str(form.get(name) or "") for name in ("kind", "datum", "encoding", "partial")}
    for name, known in (("kind", (*KINDS,)), ("datum", ("", *get_args(Datum))), ("encoding", ("", *ENCODINGS))):
        if sent[name] not in known:
            raise UsageError(_("{name}: {problem}", name=name, problem=_("Choose one of the list.")))
    options = Options(
        sent["kind"], cast("Datum | None", sent["datum"] or None), sent["encoding"] or None, bool(sent["partial"])
    )
    files = [part for part in form.getlist("file") if isinstance(part, UploadFile) and part.filename]
    return import_preview.accept(
        workspace, me.actor, owner_of(me), options, [(part.filename or "", part.file) for part in files]
    )


def _refuse(request: Request, workspace: Workspace, me: SignedIn, error: WanggeError) -> HTMLResponse:
    """The list again, with why the file was not taken; of personal data only column, rule and number of cells."""
    findings = error.details.get("findings", []) if isinstance(error, FirewallRefused) else []
    return _list(request, workspace, me, problem=error.message, findings=findings, status=422)


def _list(
    request: Request,
    workspace: Workspace,
    me: SignedIn,
    *,
    offset: int = 0,
    message: str | None = None,
    problem: str | None = None,
    findings: list[Any] | None = None,
    status: int = 200,
) -> HTMLResponse:
    found = import_preview.past(workspace, me.actor, limit=PAGE, offset=offset)
    runs = [
        {**row, "kind": _kind(row["kind"]), "when": _moment(row["started"])} for row in found.frame.to_dict("records")
    ]
    return show(
        request,
        "admin_imports.html",
        me=me,
        title=_("Imports"),
        wide=True,
        status=status,
        message=message,
        problem=problem,
        findings=findings or [],
        runs=runs,
        total=_("{count} imports", count=f"{found.total:,}"),
        pages=page_through(found.total, size=PAGE, offset=offset, to="?offset={}".format),
        kinds=[(kind, _(name)) for kind, name in KINDS.items()],
        datums=[(datum, _(name)) for datum, name in DATUMS.items()],
        encodings=ENCODINGS,
        accept=",".join((*FORMATS, *PARTS)),
        most_bytes=workspace.settings.upload_mb << 20,
        w=list_words(workspace.settings.upload_mb),
    )


def _kind(kind: str) -> str:
    name = KINDS.get(kind, kind)
    return _(name)


def _moment(value: Any) -> str:  # noqa: ANN401 - a datetime of the store
    return str(value.astimezone().strftime("%Y-%m-%d %H:%M"))
