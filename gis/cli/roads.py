"""`wangge roads ...`: which roads travel times are measured on, and times between places as a file."""

from pathlib import Path
from typing import Any

import click

from gis.cli.common import ACTOR, Format, every_command, print_json, print_rows, progress, with_workspace
from gis.roads import MODES, Mode
from gis.services.exports import check_ending, write_whole
from gis.services.travel import roads as road_service
from gis.services.travel import times as service
from gis.services.workspace import Workspace
from gis.spreadsheet import neutralise
from gis.texts import _


@click.group(help=_("Roads for travel times: take an extract of OpenStreetMap into use, tabulate times."))
def roads() -> None:
    """Only a name for the commands below it."""


@roads.command(help=_("Take the roads of an OpenStreetMap extract (.osm.pbf, .osm) into use."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--partial", is_flag=True, help=_("Also where it covers less than half of the district."))
@every_command
@with_workspace
def use(*, workspace: Workspace, output: Format, file: Path, partial: bool) -> None:
    """Replaces the roads in use, or leaves them as they are."""
    with progress() as step:
        found = road_service.use_roads(workspace, ACTOR, file, partial=partial, progress=step)
    _print_status(found, output)


@roads.command(help=_("Which roads are in use, and how much of the district they cover."))
@every_command
@with_workspace
def status(*, workspace: Workspace, output: Format) -> None:
    """Prints what is known about them."""
    _print_status(road_service.roads_status(workspace, ACTOR), output)


@roads.command(help=_("Write travel times between places: origin, destination, minutes."))
@click.option("--from", "origins", required=True, help=_("Codes of facilities with commas between, or a file."))
@click.option("--to", "destinations", required=True, help=_("Codes of facilities with commas between, or a file."))
@click.option("--mode", type=click.Choice(list(MODES)), default="walk", show_default=True, help=_("How to travel."))
@click.option("--minutes", type=click.FloatRange(min=0), help=_("Leave out what takes longer."))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_("The .csv file to write."))
@every_command
@with_workspace
def times(
    *,
    workspace: Workspace,
    output: Format,
    origins: str,
    destinations: str,
    mode: Mode,
    minutes: float | None,
    out: Path,
) -> None:
    """Writes the file; says what is missing in it."""
    check_ending(out, {".csv": None})
    with progress() as step:
        step(_("Measuring travel times"))
        found = service.tabulate_times(workspace, ACTOR, origins, destinations, mode=mode, cut_minutes=minutes)
        write_whole(out, lambda path: neutralise(found.frame).to_csv(path, index=False, lineterminator="\n"))
    number, wanted = len(found.frame), found.matrix.minutes.size
    if output == "json":
        print_json(
            {
                "file": str(out),
                "mode": mode,
                "minutes": minutes,
                "pairs": number,
                "left_out": wanted - number,
                "straight_line": found.matrix.straight_line,
                "off": list(found.off),
                "note": found.matrix.note,
            }
        )
        return
    click.echo(_("{file}: {count} of {all} pairs.", file=out, count=number, all=wanted), err=True)
    if found.off:
        codes = service.name_some(found.off)
        click.echo(_("The road extract does not cover: {codes}.", codes=codes), err=True)
    elif found.matrix.note:
        click.echo(found.matrix.note, err=True)


def _print_status(found: dict[str, Any], output: Format) -> None:
    if output == "json":
        print_json(found)
        return
    rows = [{"about": key, "value": value} for key, value in found.items() if key not in ("note", "in_use")]
    columns = [("about", "about"), ("value", "value")] if output == "csv" else [("about", ""), ("value", "")]
    print_rows(output, columns, rows)
    if found["note"]:
        click.echo(found["note"], err=True)
