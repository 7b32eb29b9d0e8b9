"""`wangge access table`: capacity for each person of a cell, and its nearest site, from three files."""

from pathlib import Path

import click

from gis.analysis.access.weights import CHOICES, METHODS
from gis.cli.common import (
    ACTOR,
    Format,
    every_command,
    print_first,
    print_heading,
    print_json,
    print_rows,
    progress,
)
from gis.errors import DataRejected
from gis.rows import records
from gis.services.care import access_table as service
from gis.texts import _

KEYS = ("cell", "access", "nearest_site", "nearest_minutes")


@click.group(help=_("Access to care: capacity within reach of each cell, and the nearest site."))
def access() -> None:
    """Only a name for the commands below it."""


@access.command(help=_("Measure access from files with cell, demand; site, capacity; origin, destination, minutes."))
@click.option("--demand", required=True, type=click.Path(path_type=Path), help=_("File with cell, demand."))
@click.option("--supply", required=True, type=click.Path(path_type=Path), help=_("File with site, capacity."))
@click.option("--times", required=True, type=click.Path(path_type=Path), help=_("File of minutes from cell to site."))
@click.option("--minutes", type=float, default=30.0, show_default=True, help=_("The catchment, its edge included."))
@click.option("--method", type=click.Choice(METHODS), default="2sfca", show_default=True, help=_("How to share out."))
@click.option("--weights", help=_("step, gaussian or power:-1; or step:10=1,20=0.68,30=0.22, gaussian:15, power:-1:1."))
@click.option(
    "--choice",
    type=click.Choice(CHOICES),
    default="table",
    show_default=True,
    help=_("For 3sfca: what a cell chooses among, all sites of the times or those in the catchment."),
)
@click.option("--encoding", help=_("Encoding of the files' text, such as GB18030."))
@every_command
def table(
    *,
    output: Format,
    demand: Path,
    supply: Path,
    times: Path,
    minutes: float,
    method: str,
    weights: str | None,
    choice: str,
    encoding: str | None,
    home: Path | None,
    lang: str | None,
) -> None:
    """Prints a row for each cell; a file that cannot be used ends with its problems and status 3."""
    del home, lang
    asked = service.Asked(minutes, method, weights, choice)
    try:
        with progress() as step:
            found = service.access_files(ACTOR, service.Files(demand, supply, times, encoding), asked, progress=step)
    except DataRejected as error:
        if output == "json":
            print_json({"cells": [], **error.details})
        raise
    rows = records(found)
    if output == "json":
        print_json({"minutes": minutes, "method": method, "weights": weights, "cells": rows})
    elif output == "csv":
        print_rows("csv", [(key, key) for key in KEYS], rows)
    else:
        lost = int(found["nearest_site"].isna().sum())
        print_heading(_("{count} cells; unreachable: {lost}", count=len(rows), lost=lost))
        headings = (_("Cell"), _("Access"), _("Nearest site"), _("Minutes"))
        print_first(list(zip(KEYS, headings, strict=True)), rows)
