"""`wangge gaps outreach` and `wangge map outreach`: where no public session was held."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

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
from gis.cli.pages import write_page
from gis.services import outreach
from gis.services.areas import maps as map_service
from gis.services.workspace import Workspace
from gis.texts import _, current_language
from maps.outreach import render


def window(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--days`: the length of the window."""
    text = _("Length of the window in days; it ends with the day (default: {days}).", days=outreach.WINDOW_DAYS)
    return click.option("--days", type=click.IntRange(1, outreach.LONGEST_WINDOW), help=text)(command)


@click.command("outreach", help=_("Areas without a public session in the last days, level by level."))
@window
@as_of
@every_command
@with_workspace
def gaps_outreach(
    *, workspace: Workspace, output: Format, days: int | None, on: date | None, known: datetime | None
) -> None:
    """Prints the gaps of the day."""
    with progress() as step:
        step(_("Searching for gaps"))
        found = outreach.outreach_gaps(workspace, ACTOR, on=on, known=known, days=days)
    if output == "json":
        print_json(found)
    elif output == "csv":
        keys = ("area", "name", "level", "sessions", "reach", "last")
        print_rows("csv", [(key, key) for key in keys], found["by_area"])
    else:
        _print_table(found)


def _print_table(found: dict[str, Any]) -> None:
    print_heading(_("Outreach in the {days} days up to {on}", days=found["days"], on=found["on"]))
    columns = [
        ("level", _("Level")),
        ("areas", _("Areas")),
        ("covered", _("With a session")),
        ("share", _("Share")),
    ]
    print_rows("table", columns, found["by_level"])
    by_code = {row["area"]: row for row in found["by_area"]}
    columns = [("area", _("Area")), ("name", _("Name")), ("last", _("Last session"))]
    for level, codes in found["without"].items():
        print_heading("\n" + _("{level} without a session: {count}", level=_(level), count=len(codes)))
        print_first(columns, [by_code[code] for code in codes])


@click.command("outreach", help=_("How long ago each area had a public session, and which had none."))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_("The .html file to write."))
@window
@as_of
@every_command
@with_workspace
def map_outreach(
    *, workspace: Workspace, output: Format, out: Path, days: int | None, on: date | None, known: datetime | None
) -> None:
    """Writes the page."""

    def draw() -> tuple[str, dict[str, int]]:
        data = map_service.outreach_data(workspace, ACTOR, on=on, known=known, days=days)
        return render(data, lang=current_language(), standalone=True), {"areas": len(data.areas)}

    write_page(out, draw, output=output)
