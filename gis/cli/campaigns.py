"""`wangge campaign ...`: plan a campaign, see how far it has come, accept it, take its report out."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from gis.cli.common import (
    ACTOR,
    Date,
    Format,
    every_command,
    print_heading,
    print_json,
    print_rows,
    progress,
    with_workspace,
)
from gis.rules import CAMPAIGN
from gis.services.campaigns import manage as service
from gis.services.campaigns.plan import read_plan
from gis.services.exports import check_ending, write_whole
from gis.services.workspace import Workspace
from gis.texts import _, current_language
from maps.sheets.campaign import MEASURES, campaign_sheet, campaign_workbook

ENDINGS = (".pdf", ".xlsx", ".json")


@click.group(help=_("Campaigns: plan one from a file, see its progress, accept it, write its report."))
def campaign() -> None:
    """Only a name for the commands below it."""


@campaign.command(help=_("Store the campaign that a TOML file describes."))
@click.argument("file", type=click.Path(path_type=Path))
@every_command
@with_workspace
def add(*, workspace: Workspace, output: Format, file: Path) -> None:
    """Stores one campaign, whole or not at all."""
    stored = service.create_campaign(workspace, ACTOR, read_plan(file))
    _print_campaign(output, stored)


@campaign.command("list", help=_("All campaigns, the latest launch first."))
@click.option("--on", type=Date(), help=_("As of this day (default: today)."))
@every_command
@with_workspace
def list_(*, workspace: Workspace, output: Format, on: date | None) -> None:
    """Lists campaigns with their state."""
    rows = service.list_campaigns(workspace, ACTOR, on=on)
    if output == "json":
        print_json({"total": len(rows), "items": rows})
        return
    columns = [
        ("code", _("Code")),
        ("name", _("Name")),
        ("state", _("State")),
        ("launch_on", _("Launch")),
        ("action_on", _("Action")),
        ("acceptance_on", _("Acceptance")),
        ("ends_on", _("Ends")),
        ("accepted_on", _("Accepted on")),
        ("targets", _("Targets")),
    ]
    print_rows(output, columns, [_named(output, row) for row in rows])


@campaign.command("progress", help=_("What each area was to reach and has reached."))
@click.argument("code")
@click.option("--on", type=Date(), help=_("Up to and with this day (default: today, or the day of acceptance)."))
@click.option("--measure", type=click.Choice(list(MEASURES)), help=_("Only this measure."))
@click.option("--area", help=_("Only this area and what is inside it."))
@every_command
@with_workspace
def show_progress(
    *, workspace: Workspace, output: Format, code: str, on: date | None, measure: str | None, area: str | None
) -> None:
    """Prints the progress of one campaign."""
    found = service.get_campaign(workspace, ACTOR, code, on=on, measure=measure, area=area).to_json()
    if output == "json":
        print_json(found)
        return
    columns = [
        ("area", _("Area")),
        ("area_name", _("Name")),
        ("level", _("Level")),
        ("measure", _("Measure")),
        ("target", _("Target number")),
        ("reached", _("Reached")),
        ("share", _("Rate")),
    ]
    rows = found["targets"]
    if output == "table":
        state = _state_name(found["state"])
        print_heading(_("{name} on {day}: {state}", name=found["name"], day=found["on"], state=state))
        rows = [_worded(row) for row in rows]
    print_rows(output, columns, rows)


@campaign.command(help=_("Accept a campaign that is in its acceptance; its numbers stay what they are now."))
@click.argument("code")
@click.option("--remark", help=_("A remark for the report."))
@every_command
@with_workspace
def accept(*, workspace: Workspace, output: Format, code: str, remark: str | None) -> None:
    """Accepts one campaign."""
    _print_campaign(output, service.accept_campaign(workspace, ACTOR, code, remark=remark))


@campaign.command(help=_("Write the acceptance report as .pdf, .xlsx or .json."))
@click.argument("code")
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_("The file to write."))
@click.option("--on", type=Date(), help=_("Up to and with this day (default: today, or the day of acceptance)."))
@every_command
@with_workspace
def report(*, workspace: Workspace, output: Format, code: str, out: Path, on: date | None) -> None:
    """Writes the report, whole or not at all."""
    check_ending(out, dict.fromkeys(ENDINGS))
    with progress() as step:
        step(_("Writing the report"))
        content = _report_bytes(workspace, code, out.suffix.lower(), on)
        write_whole(out, lambda path: _write_bytes(path, content))
    if output == "json":
        print_json({"file": str(out), "bytes": len(content)})
    else:
        click.echo(_("{file}: {size} bytes.", file=out, size=len(content)), err=True)


def _report_bytes(workspace: Workspace, code: str, ending: str, on: date | None) -> bytes:
    made = service.report_campaign(workspace, ACTOR, code, on=on)
    if ending == ".json":
        document = service.get_campaign(workspace, ACTOR, code, on=on).to_json()
        return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
    lang = current_language()
    return campaign_sheet(made, lang=lang) if ending == ".pdf" else campaign_workbook(made, lang=lang)


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _print_campaign(output: Format, row: dict[str, object]) -> None:
    if output == "json":
        print_json(row)
    elif output == "csv":
        print_rows(output, [(key, key) for key in row], [row])
    else:
        state = _state_name(row["state"])
        print_heading(_("Campaign {code}: {name} ({state})", code=row["code"], name=row["name"], state=state))


def _named(output: Format, row: dict[str, object]) -> dict[str, object]:
    """For people the name of the state, for programs its key."""
    return {**row, "state": _state_name(row["state"])} if output == "table" else row


def _worded(row: dict[str, Any]) -> dict[str, Any]:
    measure, level = MEASURES[row["measure"]], row["level"]
    return {**row, "measure": _(measure), "level": _(level) if level else None}


def _state_name(state: object) -> str:
    name = CAMPAIGN.states[str(state)]
    return _(name)
