"""What all commands share: options, the workspace, progress on stderr and the three output formats."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final, Literal, ParamSpec

import click
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from gis.errors import UsageError
from gis.roles import SYSTEM
from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.spreadsheet import neutralise_cell
from gis.texts import _

P = ParamSpec("P")
Format = Literal["table", "json", "csv"]

ACTOR = SYSTEM
"""Whoever may run the command on this machine may do everything to this database."""


SHOWN: Final = 20
"""Rows of each list that a table shows; JSON and CSV hold all of them."""


class Date(click.ParamType[date]):
    """A day as YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401
        """The day; a usage error for anything else."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(_("{value} is no date; write it as YYYY-MM-DD.", value=value), param, ctx)


class Moment(click.ParamType[datetime]):
    """A point in time in ISO 8601; without an offset it is UTC, and a mere date is its end."""

    name = "DATETIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401
        """The time with its zone; a usage error for anything else."""
        if isinstance(value, datetime):
            return value
        try:
            day_only = len(value) == len("2026-01-31")
            moment = datetime.fromisoformat(f"{value}T23:59:59.999999" if day_only else value)
        except ValueError:
            self.fail(_("{value} is no time; write it as YYYY-MM-DDTHH:MM:SS.", value=value), param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def every_command(command: Callable[P, Any]) -> Callable[P, Any]:
    """`--format`, `--lang` and `--home`, which every command takes."""
    command = click.option(
        "--format",
        "output",
        type=click.Choice(["table", "json", "csv"]),
        default="table",
        show_default=True,
        help=_("How to print the report."),
    )(command)
    command = click.option("--lang", type=click.Choice(["zh", "en"]), help=_("Language of messages and pages."))(
        command
    )
    return click.option(
        "--home", type=click.Path(path_type=Path), help=_("Folder of the private database (default: WANGGE_HOME).")
    )(command)


def as_of(command: Callable[P, Any]) -> Callable[P, Any]:
    """`--on` and `--known`: the day, and what was known when."""
    command = click.option("--on", type=Date(), help=_("As of this day (default: today)."))(command)
    return click.option("--known", type=Moment(), help=_("As it was known at this time (default: now)."))(command)


def policy_option(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--policy`: a file in place of the shipped policy of that name; its path is the argument `policy`."""
    text = _("A policy to use instead of data/policies/{name}.toml.", name=name)
    return click.option("--policy", type=click.Path(path_type=Path), help=text)


def with_workspace(command: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces `home` and `lang` by an open `workspace`, and closes it after the command."""

    @wraps(command)
    def wrapped(*, home: Path | None, lang: str | None, **options: Any) -> Any:  # noqa: ANN401
        del lang  # settled before the commands were built
        workspace = Workspace(make_settings(home))
        try:
            return command(workspace=workspace, **options)
        finally:
            workspace.close()

    return wrapped


def make_settings(home: Path | None) -> Settings:
    """The settings of this process. Raises UsageError naming the variable that does not fit."""
    try:
        return Settings(home=home) if home else Settings()
    except ValidationError as error:
        first = error.errors()[0]
        variable = "WANGGE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise UsageError(_("The setting {variable} does not fit: {why}", variable=variable, why=first["msg"])) from None


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Yields a function that shows the step under way, with its time, on stderr."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda step: bar.reset(task, description=step)


def print_json(document: Mapping[str, Any]) -> None:
    """One document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def print_rows(output: Format, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as a table (translated headings) or as CSV (the keys as headings); columns are (key, heading)."""
    if output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([key for key, _heading in columns])
        writer.writerows([[_csv_cell(row.get(key)) for key, _heading in columns] for row in rows])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for _key, heading in columns:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_table_cell(row.get(key))) for key, _heading in columns))
    if rows:
        Console(soft_wrap=not sys.stdout.isatty()).print(table)


def print_first(columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]], *, most: int = SHOWN) -> None:
    """The first rows as a table, and how many more there are."""
    print_rows("table", columns, rows[:most])
    if len(rows) > most:
        print_heading(_("... and {count} more; --format json or csv shows all.", count=len(rows) - most))


def print_heading(text: str) -> None:
    """A line over a table."""
    Console(highlight=False).print(text, style="bold", markup=False)


def _csv_cell(value: Any) -> str:  # noqa: ANN401
    """Numbers as they are; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    text = ";".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)
    return text if _is_number(text) else neutralise_cell(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _table_cell(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
