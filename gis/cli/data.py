"""`wangge import` and `wangge export`."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, cast, get_args

import click

from gis.cli.common import (
    ACTOR,
    Format,
    as_of,
    every_command,
    print_first,
    print_heading,
    print_json,
    print_rows,
    progress,
    with_workspace,
)
from gis.crs import Datum
from gis.errors import DataRejected, FirewallRefused, WanggeError
from gis.rows import records
from gis.services.exports import export_table
from gis.services.imports.run import ImportResult, import_file
from gis.services.workspace import Workspace
from gis.tables import TABLES
from gis.texts import _
from gis.validate import Problem

SHOWN = 30
"""Problems that a table shows; JSON and CSV hold all of them."""


@click.command("import", help=_("Check a file and store it: {kinds}.", kinds=", ".join(TABLES)))
@click.argument("kind", type=click.Choice(list(TABLES)))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--datum", type=click.Choice(list(get_args(Datum))), help=_("Datum of the coordinates in the file."))
@click.option("--encoding", help=_("Encoding of the file's text, such as GB18030."))
@click.option("--partial", is_flag=True, help=_("Store the good rows although others are rejected."))
@click.option("--dry-run", is_flag=True, help=_("Show what would change, and change nothing."))
@every_command
@with_workspace
def import_(
    *,
    workspace: Workspace,
    output: Format,
    kind: str,
    file: Path,
    datum: str | None,
    encoding: str | None,
    partial: bool,
    dry_run: bool,
) -> None:
    """Imports one file and reports on it; a rejected file ends with its report and status 3."""
    try:
        with progress() as step:
            result = import_file(
                workspace,
                ACTOR,
                kind,
                file,
                datum=cast("Datum | None", datum),
                encoding=encoding,
                partial=partial,
                dry_run=dry_run,
                progress=step,
            )
    except (DataRejected, FirewallRefused) as error:
        if file.name not in error.message:
            error.message = f"{file}: {error.message}"
        if output == "json":
            print_json(_refusal(kind, file, error))
        raise
    _print_result(output, result)
    if result.outcome == "rejected":
        raise DataRejected(
            _("{file}: rejected rows: {count}; nothing was written.", file=file, count=result.rejected)
            + ("" if partial or result.report.refuses_file else " " + _("--partial stores the other rows."))
        )


def _refusal(kind: str, file: Path, error: WanggeError) -> dict[str, Any]:
    """The report of a file that was refused before its rows were looked at."""
    findings = error.details.get("findings") or [{}]
    rule = "person-data" if isinstance(error, FirewallRefused) else "unreadable"
    problems = [
        Problem(found.get("row"), found.get("column"), found.get("rule", rule), "error", error.message)
        for found in findings
    ]
    return {
        "kind": kind,
        "file": str(file),
        "rows": 0,
        "accepted": 0,
        "rejected": 0,
        "unchanged": 0,
        "evidence": {},
        "problems": [vars(p) for p in problems],
    }


def _document(result: ImportResult) -> dict[str, Any]:
    return {
        "kind": result.kind,
        "file": result.file,
        "rows": result.rows,
        "accepted": result.accepted,
        "rejected": result.rejected,
        "unchanged": result.unchanged,
        "inserted": result.inserted,
        "changed": result.changed,
        "outcome": result.outcome,
        "changes": records(result.sample),
        "evidence": result.evidence,
        "problems": [vars(p) for p in result.report.problems],
    }


def _print_result(output: Format, result: ImportResult) -> None:
    columns = [
        ("row", _("Row")),
        ("column", _("Column")),
        ("rule", _("Rule")),
        ("severity", _("Severity")),
        ("message", _("Message")),
    ]
    problems = [vars(p) for p in sorted(result.report.problems, key=lambda p: p.severity)]
    if output == "json":
        print_json(_document(result))
        return
    if output == "csv":
        print_rows(output, columns, problems)
        return
    print_first(columns, problems, most=SHOWN)
    _print_counts(result)


def _print_counts(result: ImportResult) -> None:
    for name, value in result.evidence.items():
        chosen = value.get("chosen", value) if isinstance(value, dict) else value
        by = f" ({value['by']})" if isinstance(value, dict) and "by" in value else ""
        print_heading(f"{name}: {chosen}{by}")
    if result.outcome == "dry-run" and len(result.sample):
        print_rows("table", [(c, c) for c in result.sample.columns], records(result.sample))
    counts = _(
        "{rows} rows: {inserted} new, {changed} changed, {unchanged} unchanged, {rejected} rejected.",
        rows=result.rows,
        inserted=result.inserted,
        changed=result.changed,
        unchanged=result.unchanged,
        rejected=result.rejected,
    )
    print_heading(counts + (" " + _("Dry run: nothing was written.") if result.outcome == "dry-run" else ""))


@click.command(help=_("Write a table to a file; its ending chooses GeoJSON, GPKG, GeoParquet, CSV or XLSX."))
@click.argument("kind", type=click.Choice(list(TABLES)))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_("The file to write."))
@as_of
@every_command
@with_workspace
def export(
    *, workspace: Workspace, output: Format, kind: str, out: Path, on: date | None, known: datetime | None
) -> None:
    """Exports one table."""
    with progress() as step:
        step(_("Writing {file}", file=out.name))
        rows = export_table(workspace, ACTOR, kind, out, on=on, known=known)
    if output == "json":
        print_json({"kind": kind, "file": str(out), "rows": rows})
    else:
        click.echo(_("{file}: {rows} rows written.", file=out, rows=rows), err=True)
