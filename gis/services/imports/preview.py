"""Importing with a look before: what an uploaded file would change, then the import itself, and the imports so far.

The preview is a dry run of the very import. What it found is kept beside the file until the import is confirmed.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

import geopandas as gpd
import pandas as pd

from gis.errors import DataRejected, FirewallRefused, NotFound, WanggeError
from gis.roles import Actor, permit
from gis.rows import records
from gis.services import audit
from gis.services.imports import uploads
from gis.services.imports.run import MOST_DRAWN, ImportResult, import_file
from gis.services.imports.uploads import Options, Upload
from gis.services.page import Page
from gis.services.workspace import Workspace, today
from gis.spreadsheet import neutralise_cell
from gis.store import read, runs
from gis.texts import _
from gis.validate import Problem
from maps.import_preview import Drawn

_REPORT: Final = "preview.json"
_SHAPES: Final = "drawn.parquet"
PROBLEM_COLUMNS: Final = ("severity", "row", "column", "rule", "message")


@dataclass(frozen=True)
class Preview:
    """What an upload would do."""

    upload: Upload
    outcome: str
    """`dry-run`, or `rejected` where nothing could be written."""
    counts: Mapping[str, int]
    """rows, accepted, rejected, inserted, changed, unchanged."""
    evidence: Mapping[str, Any]
    problems: tuple[Problem, ...]
    sample: tuple[Mapping[str, Any], ...]
    """Up to 50 rows that are new or change: the key columns and `status`."""
    drawn: bool
    """Whether there are shapes to show on a map."""

    @property
    def may_go_on(self) -> bool:
        """Whether the import would write anything."""
        return self.outcome == "dry-run" and bool(self.counts["inserted"] or self.counts["changed"])


def accept(
    workspace: Workspace, actor: Actor, owner: str, options: Options, files: Sequence[tuple[str, IO[bytes]]]
) -> Preview:
    """Keeps what was sent and previews it; `owner` stands for the session. Raises as `keep` and `preview` do."""
    permit(actor, "imports.run")
    return preview(workspace, actor, uploads.keep(workspace.settings, owner, options, files))


def preview(workspace: Workspace, actor: Actor, upload: Upload) -> Preview:
    """Makes the dry run and keeps what it found. A file that cannot be read, or is refused, is deleted at once.

    Raises DataRejected and FirewallRefused, as the import does.
    """
    permit(actor, "imports.run")
    try:
        result = _import(workspace, actor, upload, dry_run=True)
    except WanggeError as error:
        uploads.discard(upload)
        _note(workspace, actor, upload, "failed", _why(error))
        raise
    report = {
        "outcome": result.outcome,
        "counts": _counts(result),
        "evidence": result.evidence,
        "problems": [vars(problem) for problem in result.report.problems],
        "sample": records(result.sample),
        "drawn": result.drawn is not None and len(result.drawn) > 0,
    }
    if result.drawn is not None and len(result.drawn):
        result.drawn.to_parquet(upload.folder / _SHAPES)
    (upload.folder / _REPORT).write_text(json.dumps(report, default=str), encoding="utf-8")
    _note(workspace, actor, upload, "done", {"outcome": result.outcome, **_counts(result)})
    return find_preview(workspace, actor, upload)


def find_preview(workspace: Workspace, actor: Actor, upload: Upload) -> Preview:
    """What the dry run of an upload found. Raises NotFound where it was not made, or the file is gone."""
    del workspace
    permit(actor, "imports.run")
    path = upload.folder / _REPORT
    if not path.is_file():
        raise NotFound(_("This upload is not there any more. Choose the file again."))
    found = json.loads(path.read_text(encoding="utf-8"))
    problems = tuple(Problem(**problem) for problem in found.pop("problems"))
    return Preview(upload, problems=problems, sample=tuple(found.pop("sample")), **found)


def confirm(workspace: Workspace, actor: Actor, upload: Upload, *, sha256: str) -> ImportResult:
    """Imports what was previewed, with the same options, and deletes the file; `upload` was claimed.

    Raises DataRejected where the file is not the one that was previewed, or where it cannot be imported any more.
    """
    permit(actor, "imports.run")
    try:
        if not sha256 == upload.sha256 == uploads.fingerprint(upload.file.parent):
            raise DataRejected(_("This is not the file that was previewed. Nothing was imported; choose it again."))
        result = _import(workspace, actor, upload, dry_run=False)
        if result.outcome == "rejected":
            raise DataRejected(next(p.message for p in result.report.problems if p.severity == "error"))
    except WanggeError as error:
        _note(workspace, actor, upload, "failed", _why(error), verb="confirm")
        raise
    finally:
        uploads.discard(upload)
    _note(workspace, actor, upload, "done", {"number": result.number, **_counts(result)}, verb="confirm")
    return result


def give_up(workspace: Workspace, actor: Actor, upload: Upload) -> None:
    """Deletes an upload without importing it."""
    permit(actor, "imports.run")
    uploads.discard(upload)
    _note(workspace, actor, upload, "done", {}, verb="discard")


def drawn(workspace: Workspace, actor: Actor, upload: Upload) -> Drawn:
    """The shapes that would come and go, and the outlines of the two highest levels around them. Raises NotFound."""
    permit(actor, "imports.run")
    path = upload.folder / _SHAPES
    if not path.is_file():
        raise NotFound(_("There is nothing to draw."))
    with workspace.owner_transaction() as connection:
        around = [
            read.read_table(connection, "areas", on=today(), known=None, level=level)
            for level in workspace.settings.levels[:2]
        ]
    outlines = pd.concat(around, ignore_index=True)[["code", "name", "geometry"]]
    return Drawn(gpd.read_parquet(path), outlines, find_preview(workspace, actor, upload).counts, MOST_DRAWN)


def problems_csv(found: Preview) -> str:
    """All problems as CSV, formula cells neutralised."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PROBLEM_COLUMNS)
    for problem in found.problems:
        writer.writerow([neutralise_cell(getattr(problem, column)) for column in PROBLEM_COLUMNS])
    return text.getvalue()


def past(workspace: Workspace, actor: Actor, *, limit: int = 50, offset: int = 0) -> Page[pd.DataFrame]:
    """The imports so far, newest first, with who made them (see `gis.store.runs.read_runs`)."""
    permit(actor, "imports.run")
    with workspace.owner_transaction() as connection:
        frame, total = runs.read_runs(connection, limit=limit, offset=offset)
    return Page(frame, total, limit, offset)


def receipt(workspace: Workspace, actor: Actor, number: int) -> dict[str, Any]:
    """One import. Raises NotFound."""
    permit(actor, "imports.run")
    with workspace.owner_transaction() as connection:
        frame, _total = runs.read_runs(connection, number=number)
    if frame.empty:
        raise NotFound(_("There is no import {number}.", number=number))
    return {str(key): value for key, value in frame.iloc[0].items()}


def _import(workspace: Workspace, actor: Actor, upload: Upload, *, dry_run: bool) -> ImportResult:
    options = upload.options
    return import_file(
        workspace,
        actor,
        options.kind,
        upload.file,
        datum=options.datum,
        encoding=options.encoding,
        partial=options.partial,
        dry_run=dry_run,
    )


def _counts(result: ImportResult) -> dict[str, int]:
    names = ("rows", "accepted", "rejected", "inserted", "changed", "unchanged")
    return {name: int(getattr(result, name)) for name in names}


def _why(error: WanggeError) -> dict[str, Any]:
    """Of a refusal what may be written down: rules and numbers of cells, never a word of the file."""
    told: dict[str, Any] = {"error": type(error).__name__}
    if isinstance(error, FirewallRefused):
        told["rules"] = sorted({str(finding["rule"]) for finding in error.details.get("findings", ())})
    return told


def _note(
    workspace: Workspace,
    actor: Actor,
    upload: Upload,
    outcome: str,
    details: Mapping[str, Any],
    *,
    verb: str = "preview",
) -> None:
    about = {"kind": upload.options.kind, "sha256": upload.sha256}
    with workspace.transaction(actor) as connection:
        audit.record(
            connection, actor, f"imports.{verb}", upload.file.name, outcome=outcome, details={**about, **details}
        )
