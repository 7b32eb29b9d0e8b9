"""`wangge findings ...`: what inspections found, until when it is to be put right, and the visits to be made."""

import click

from gis.cli.common import ACTOR, Format, every_command, print_json, print_rows, with_workspace
from gis.rows import plain
from gis.rules import FINDING
from gis.services.inspections import findings as service
from gis.services.workspace import Workspace
from gis.tables import SEVERITIES
from gis.texts import _


@click.group(help=_("What inspections found, until when it is to be put right, and visits to be made."))
def findings() -> None:
    """Only a name for the commands below it."""


@findings.command("list", help=_("Findings, the earliest deadline first; those that are not done with."))
@click.option("--state", type=click.Choice(["all", *FINDING.states]), help=_("Only this state, or all."))
@click.option("--severity", type=click.Choice(SEVERITIES), help=_("Only this severity."))
@click.option("--facility", help=_("Only this facility."))
@click.option("--remind", is_flag=True, help=_("Only those overdue, due soon or without a known deadline."))
@every_command
@with_workspace
def list_(
    *,
    workspace: Workspace,
    output: Format,
    state: str | None,
    severity: str | None,
    facility: str | None,
    remind: bool,
) -> None:
    """Prints the findings."""
    rows, total = service.list_findings(
        workspace,
        ACTOR,
        state=state,
        severity=severity,
        facility=facility,
        remind=remind,
        limit=None,
    )
    rows = [plain(row) for row in rows]
    if output == "json":
        print_json({"total": total, "items": rows})
        return
    columns = [
        ("id", _("Number")),
        ("facility_code", _("Facility")),
        ("label", _("Finding")),
        ("severity", _("Severity")),
        ("state_name" if output == "table" else "state", _("State")),
        ("found_on", _("Found on")),
        ("due_on", _("Due on")),
    ]
    print_rows(output, columns, rows)


@findings.command("tasks", help=_("Visits to be made: planned ones, and re-inspections that are due."))
@every_command
@with_workspace
def tasks(*, workspace: Workspace, output: Format) -> None:
    """Prints the visits."""
    rows = [plain(row) for row in service.list_tasks(workspace, ACTOR)]
    if output == "json":
        print_json({"items": rows})
        return
    columns = [
        ("on", _("Due on")),
        ("kind", _("Kind")),
        ("facility", _("Facility")),
        ("facility_name", _("Name")),
        ("checklist", _("Checklist")),
        ("inspectors", _("Inspectors")),
    ]
    print_rows(output, columns, [{**row, "inspectors": ";".join(row["inspectors"])} for row in rows])
