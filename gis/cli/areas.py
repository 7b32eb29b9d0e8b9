"""`wangge areas ...`: grids, changes of boundaries and codes, and their history."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import click

from gis.cli.common import (
    ACTOR,
    Date,
    Format,
    as_of,
    every_command,
    print_heading,
    print_json,
    print_rows,
    progress,
    with_workspace,
)
from gis.rows import records
from gis.services.areas import changes
from gis.services.areas import read as service
from gis.services.workspace import Workspace
from gis.tables import ChangeKind
from gis.texts import _


@click.group(help=_("Areas: make grids, split, merge, redraw, recode, undo, and look at their history."))
def areas() -> None:
    """Only a name for the commands below it."""


@areas.command("list", help=_("Areas in force on the day."))
@click.option("--level", help=_("Only this level."))
@click.option("--parent", help=_("Only areas directly inside this one."))
@click.option("--search", help=_("Part of a name or code."))
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help=_("At most so many rows."))
@as_of
@every_command
@with_workspace
def list_(
    *,
    workspace: Workspace,
    output: Format,
    level: str | None,
    parent: str | None,
    search: str | None,
    limit: int,
    on: date | None,
    known: datetime | None,
) -> None:
    """Lists areas."""
    page = service.list_areas(workspace, ACTOR, on=on, known=known, level=level, parent=parent, q=search, limit=limit)
    rows = records(page.frame)
    if output == "json":
        print_json({"total": page.total, "items": rows})
        return
    columns = [
        ("code", _("Code")),
        ("name", _("Name")),
        ("level", _("Level")),
        ("parent_code", _("Inside")),
        ("dwellings", _("Dwellings")),
    ]
    print_rows(output, columns, rows)
    if output == "table" and page.total > len(rows):
        print_heading(_("{shown} of {total}; --limit shows more.", shown=len(rows), total=page.total))


@areas.command(help=_("Divide a village into square grids, numbered west to east and north to south."))
@click.argument("village")
@click.option(
    "--cell-m", type=click.FloatRange(min=1), default=100, show_default=True, help=_("Side of a cell in metres.")
)
@click.option("--dry-run", is_flag=True, help=_("Show what would change, and change nothing."))
@every_command
@with_workspace
def grid(*, workspace: Workspace, output: Format, village: str, cell_m: float, dry_run: bool) -> None:
    """Makes and stores the grids of one village."""
    with progress() as step:
        step(_("Making the grids of {village}", village=village))
        cells = changes.make_grid(workspace, ACTOR, village, cell_m=cell_m, dry_run=dry_run)
    document = {"village": village, "cell_m": cell_m, "grids": len(cells), "codes": cells["code"].tolist()}
    if output == "json":
        print_json({**document, "dry_run": dry_run})
    elif output == "csv":
        print_rows(output, [("code", _("Code")), ("name", _("Name"))], records(cells))
    else:
        first, last = cells["code"].iloc[[0, -1]]
        print_heading(
            _(
                "{count} grids of {village}: {first} to {last}.",
                count=len(cells),
                village=village,
                first=first,
                last=last,
            )
        )


def _change_command(kind: ChangeKind, help_text: str) -> click.Command:
    @areas.command(kind, help=help_text)
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--on", type=Date(), help=_("Day from which it holds (default: valid_from in the file, else today)."))
    @click.option("--note", help=_("Why, for the history."))
    @click.option("--dry-run", is_flag=True, help=_("Show what would change, and change nothing."))
    @every_command
    @with_workspace
    def command(
        *, workspace: Workspace, output: Format, file: Path, on: date | None, note: str | None, dry_run: bool
    ) -> None:
        with progress() as step:
            step(_("Reading {file}", file=file.name))
            result = changes.change_areas(workspace, ACTOR, kind, file, on=on, note=note, dry_run=dry_run)
        _print_change(output, result)

    return command


_HELP: dict[ChangeKind, Callable[[], str]] = {
    "split": lambda: _("Split an area into several: a file of the parts, each with its old_code."),
    "merge": lambda: _("Merge areas into one: a file of the whole, its old_code listing the parts with ; between."),
    "redraw": lambda: _("Give areas new boundaries: a file of the same codes with the new polygons."),
    "recode": lambda: _("Give areas new codes: a file with old_code and code."),
}
for change_kind in get_args(ChangeKind):
    _change_command(change_kind, _HELP[change_kind]())


@areas.command(help=_("Take a change back by another one; both stay in the history."))
@click.argument("number", type=int)
@click.option("--on", type=Date(), help=_("Day from which it holds (default: today)."))
@click.option("--dry-run", is_flag=True, help=_("Show what would change, and change nothing."))
@every_command
@with_workspace
def undo(*, workspace: Workspace, output: Format, number: int, on: date | None, dry_run: bool) -> None:
    """Undoes one change."""
    _print_change(output, changes.undo_change(workspace, ACTOR, number, on=on, dry_run=dry_run))


@areas.command(help=_("All versions of an area, of what it came from and of what it became."))
@click.argument("code")
@as_of
@every_command
@with_workspace
def history(*, workspace: Workspace, output: Format, code: str, on: date | None, known: datetime | None) -> None:
    """Shows the history of one code."""
    del on  # a history shows all days
    rows = records(service.history(workspace, ACTOR, code, known=known))
    if output == "json":
        print_json({"code": code, "versions": rows})
        return
    print_rows(output, [(key, key) for key in rows[0]] if rows else [], rows)


@areas.command(help=_("Convert a table of values by area (area_code, value) across the changes between two days."))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--from", "start", type=Date(), required=True, help=_("Day whose codes the file uses."))
@click.option("--to", "end", type=Date(), required=True, help=_("Day whose codes are wanted; earlier or later."))
@click.option(
    "--weight",
    type=click.Choice(["area", "dwellings"]),
    default="dwellings",
    show_default=True,
    help=_("What the values are spread by."),
)
@every_command
@with_workspace
def series(*, workspace: Workspace, output: Format, file: Path, start: date, end: date, weight: Any) -> None:  # noqa: ANN401
    """Converts a series; totals are kept."""
    frame = changes.convert_table(workspace, ACTOR, file, start=start, end=end, weight=weight)
    rows = records(frame)
    if output == "json":
        print_json({"from": start.isoformat(), "to": end.isoformat(), "weight": weight, "items": rows})
    else:
        print_rows(output, [("area_code", _("Area")), ("value", _("Value"))], rows)


def _print_change(output: Format, result: changes.ChangeResult) -> None:
    crosswalk = records(result.crosswalk)
    if output == "json":
        print_json({"number": result.number, "kind": result.kind, "on": result.on.isoformat(), "crosswalk": crosswalk})
        return
    print_rows(output, [(key, key) for key in result.crosswalk.columns], crosswalk)
    if output == "table":
        done = _("Change {number}: {kind} on {on}.", number=result.number or "-", kind=result.kind, on=result.on)
        print_heading(done + (" " + _("Dry run: nothing was written.") if result.number is None else ""))
