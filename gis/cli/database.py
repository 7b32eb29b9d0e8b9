"""`wangge db ...`: the private cluster, the schema, backups."""

from pathlib import Path
from typing import Any

import click

from gis.cli.common import Format, every_command, print_json, print_rows, with_workspace
from gis.services import database
from gis.services.workspace import Workspace
from gis.texts import _


@click.group(help=_("The private database: start, stop, status, migrate, reset, backup, restore."))
def db() -> None:
    """Only a name for the commands below it."""


@db.command(help=_("Start the private PostGIS cluster and bring its schema up to date."))
@every_command
@with_workspace
def start(*, workspace: Workspace, output: Format) -> None:
    """Starts the cluster."""
    _print_pairs(output, database.start(workspace))


@db.command(help=_("Stop the private PostGIS cluster."))
@every_command
@with_workspace
def stop(*, workspace: Workspace, output: Format) -> None:
    """Stops the cluster."""
    _print_pairs(output, database.stop(workspace))


@db.command(help=_("What runs where, and the version of the schema."))
@every_command
@with_workspace
def status(*, workspace: Workspace, output: Format) -> None:
    """Shows the state; starts nothing."""
    _print_pairs(output, database.status(workspace))


@db.command(help=_("Bring the schema of the database to the newest version."))
@every_command
@with_workspace
def migrate(*, workspace: Workspace, output: Format) -> None:
    """Migrates the schema."""
    _print_pairs(output, database.migrate(workspace))


@db.command(help=_("Empty the database. Asks first, unless --yes is given."))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@every_command
@with_workspace
def reset(*, workspace: Workspace, output: Format, yes: bool) -> None:
    """Drops and makes every table."""
    if not yes:
        click.confirm(_("Everything in the database will be deleted. Go on?"), abort=True, err=True)
    _print_pairs(output, database.reset(workspace))


@db.command(help=_("Write the whole database to one file."))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@every_command
@with_workspace
def backup(*, workspace: Workspace, output: Format, file: Path) -> None:
    """Backs up."""
    size = database.back_up(workspace, file)
    _print_pairs(output, {"file": str(file), "bytes": size})


@db.command(help=_("Replace the database by a backup; a failed restore leaves it as it was."))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@every_command
@with_workspace
def restore(*, workspace: Workspace, output: Format, file: Path) -> None:
    """Restores."""
    _print_pairs(output, database.restore(workspace, file))


def _print_pairs(output: Format, pairs: dict[str, Any]) -> None:
    if output == "json":
        print_json(pairs)
    else:
        rows = [{"item": key, "value": value} for key, value in pairs.items()]
        print_rows(output, [("item", _("Item")), ("value", _("Value"))], rows)
