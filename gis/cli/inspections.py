"""`wangge gaps inspections`: premises never inspected, overdue or due soon, and what the register shows amiss."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from gis.analysis.premises.checks import RULES
from gis.cli.common import (
    ACTOR,
    Format,
    as_of,
    every_command,
    policy_option,
    print_first,
    print_heading,
    print_json,
    print_rows,
    progress,
    with_workspace,
)
from gis.cli.pages import write_page
from gis.policies import read_inspection_policy
from gis.services.areas import maps as map_service
from gis.services.inspections import oversight
from gis.services.workspace import Workspace
from gis.texts import _, current_language
from maps.inspections import render


@click.command("inspections", help=_("Premises never inspected, overdue or due soon, and shares inspected by area."))
@policy_option("inspection")
@as_of
@every_command
@with_workspace
def gaps_inspections(
    *, workspace: Workspace, output: Format, policy: Path | None, on: date | None, known: datetime | None
) -> None:
    """Prints the gaps of the day; as CSV the areas."""
    chosen = read_inspection_policy(policy)
    with progress() as step:
        step(_("Searching for gaps"))
        found = oversight.inspection_gaps(workspace, ACTOR, on=on, known=known, policy=chosen)
    if output == "json":
        print_json(found)
    elif output == "csv":
        keys = ("area", "name", "level", "registered", "found", "inspected", "overdue", "share", "low", "high")
        print_rows("csv", [(key, key) for key in keys], found["by_area"])
    else:
        _print_table(found)


def _print_table(found: dict[str, Any]) -> None:
    print_heading(_("Inspections up to {on}", on=found["on"]))
    columns = [
        ("area", _("Area")),
        ("name", _("Name")),
        ("registered", _("Registered")),
        ("found", _("Found")),
        ("inspected", _("Inspected")),
        ("overdue", _("Overdue")),
        ("share", _("Share")),
        ("low", _("at least")),
        ("high", _("at most")),
    ]
    _print_part(_("Areas: {count}", count=len(found["by_area"])), columns, found["by_area"])
    columns = [("facility", _("Facility")), ("due_on", _("Due on")), ("days", _("Days"))]
    _print_part(_("Overdue: {count}", count=len(found["overdue"])), columns, found["overdue"])
    _print_part(_("Due soon: {count}", count=len(found["due_soon"])), columns, found["due_soon"])
    never = [{"facility": code} for code in found["never"]]
    _print_part(_("Never inspected: {count}", count=len(never)), columns[:1], never)
    columns = [("facilities", _("Facility")), ("detail", _("About"))]
    for name, rule in RULES.items():
        hits = [row for row in found["checks"] if row["rule"] == name]
        _print_part(f"{_(rule.text)} ({name}): {len(hits)}", columns, hits)


def _print_part(heading: str, columns: list[tuple[str, str]], rows: list[dict[str, Any]]) -> None:
    print_heading("\n" + heading)
    print_first(columns, rows)


@click.command("inspections", help=_("Which premises are overdue, due soon or never inspected, and shares by area."))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_("The .html file to write."))
@policy_option("inspection")
@as_of
@every_command
@with_workspace
def map_inspections(
    *,
    workspace: Workspace,
    output: Format,
    out: Path,
    policy: Path | None,
    on: date | None,
    known: datetime | None,
) -> None:
    """Writes the page."""
    chosen = read_inspection_policy(policy)

    def draw() -> tuple[str, dict[str, int]]:
        data = map_service.inspection_data(workspace, ACTOR, on=on, known=known, policy=chosen)
        html = render(data, lang=current_language(), standalone=True)
        return html, {"areas": len(data.areas), "facilities": len(data.facilities)}

    write_page(out, draw, output=output)
