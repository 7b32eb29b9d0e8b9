"""`wangge checklists ...`: what inspections ask of the premises, and whether a checklist is fit to be published."""

from pathlib import Path
from typing import Any

import click

from gis.checklists import Checklist, Item, say
from gis.cli.common import (
    ACTOR,
    Format,
    every_command,
    print_heading,
    print_json,
    print_rows,
    progress,
    with_workspace,
)
from gis.services.inspections import checklists as service
from gis.services.workspace import Workspace
from gis.tables import SEVERITY_NAMES
from gis.texts import _


@click.group(help=_("Checklists: what inspections ask, with severity and legal basis."))
def checklists() -> None:
    """Only a name for the commands below it."""


@checklists.command("list", help=_("Every version of every checklist, with its items by severity."))
@every_command
@with_workspace
def list_(*, workspace: Workspace, output: Format) -> None:
    """Prints one row a version."""
    _print_list(service.list_checklists(workspace, ACTOR), output)


@checklists.command(help=_("The items of a checklist with severity and legal basis."))
@click.argument("code")
@click.option("--version", help=_("This version (default: the newest)."))
@every_command
@with_workspace
def show(*, workspace: Workspace, output: Format, code: str, version: str | None) -> None:
    """Prints one row an item."""
    found = service.get_checklist(workspace, ACTOR, code, version=version)
    if output == "json":
        print_json({**_about(found), "items": [_item_json(item) for item in found.items]})
        return
    items = found.items
    if output == "csv":
        columns = [(key, key) for key in ("item", "label", "severity", "legal_basis")]
        print_rows(
            "csv", columns, [{**_item_json(item), "item": item.name, "label": say(item.label)} for item in items]
        )
        return
    print_heading(f"{say(found.title)} ({found.code} {found.version})")
    for item in items:
        print_heading(f"\n{item.name}: {_(SEVERITY_NAMES[item.severity])}")
        click.echo(f"{say(item.label)}\n{item.legal_basis}")


@checklists.command(help=_("Read all checklists of a folder, run ODK Validate and the person-data firewall on them."))
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@every_command
@with_workspace
def check(*, workspace: Workspace, output: Format, folder: Path | None) -> None:
    """Prints what passed; the first fault ends the command."""
    with progress() as step:
        step(_("Checking the checklists"))
        found = service.check_checklists(workspace, ACTOR, folder)
    if output == "table":
        print_heading(_("Checklists that pass every check: {count}", count=len(found)))
    _print_list(found, output)


def _print_list(found: list[Checklist], output: Format) -> None:
    if output == "json":
        print_json({"checklists": [{**_about(each), "items": each.count_items()} for each in found]})
        return
    rows = [_about(each) | {"title": say(each.title)} | each.count_items() for each in found]
    columns = [("code", _("Checklist")), ("version", _("Version")), ("title", _("Title")), ("kinds", _("Kinds"))]
    columns += [(severity, _(name)) for severity, name in SEVERITY_NAMES.items()]
    print_rows(output, columns, rows)


def _about(found: Checklist) -> dict[str, Any]:
    return {
        "code": found.code,
        "version": found.version,
        "title": dict(found.title),
        "kinds": list(found.kinds),
    }


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "group": item.group,
        "severity": item.severity,
        "label": dict(item.label),
        "hint": dict(item.hint),
        "legal_basis": item.legal_basis,
    }
