"""`wangge demand table` and `wangge demand reported`: how much antenatal care is needed where, by a model."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, cast, get_args

import click
import pandas as pd

from gis.cli.common import (
    ACTOR,
    Format,
    as_of,
    every_command,
    make_settings,
    policy_option,
    print_first,
    print_heading,
    print_json,
    print_rows,
    progress,
    with_workspace,
)
from gis.crs import Datum
from gis.errors import DataRejected
from gis.rows import records
from gis.services.care.demand import stored_reports
from gis.services.care.demand_table import Files, model_files
from gis.services.exports import check_table_ending, write_table
from gis.services.workspace import Workspace
from gis.texts import _

DECIMALS: Final = 4
COLUMNS: Final = (
    *("cell", "area_code", "demand", "low", "high", "births", "visits_1", "visits_2", "visits_3", "visits", "hours"),
    *("population", "women", "merged", "scaled", "lon", "lat"),
)
SHOWN: Final = ("cell", "area_code", "demand", "low", "high", "visits", "hours")
"""What a table shows; JSON, CSV and files have all columns."""
REPORTED: Final = ("area_code", "cells", "modelled", "low", "high", "registered", "per_registered", "differs")


@click.group(help=_("Demand for antenatal care, modelled for map cells: no register of anybody."))
def demand() -> None:
    """Only a name for the commands below it."""


@demand.command("table", help=_("Model demand out of files; no database."))
@click.option("--population", type=click.Path(path_type=Path), help=_("Residents of cells: table or raster (.tif)."))
@click.option("--totals", type=click.Path(path_type=Path), help=_("Residents of areas, to be spread over dwellings."))
@click.option("--areas", type=click.Path(path_type=Path), help=_("Areas; their dwellings stand in for missing cells."))
@click.option("--births", type=click.Path(path_type=Path), help=_("Registered births of areas over whole months."))
@policy_option("demand")
@click.option("--datum", type=click.Choice(list(get_args(Datum))), help=_("Datum of the coordinates in the files."))
@click.option("--encoding", help=_("Encoding of the files' text, such as GB18030."))
@click.option("--out", type=click.Path(path_type=Path), help=_("The file to write; its ending chooses the format."))
@every_command
def demand_table(
    *,
    output: Format,
    population: Path | None,
    totals: Path | None,
    areas: Path | None,
    births: Path | None,
    policy: Path | None,
    datum: str | None,
    encoding: str | None,
    out: Path | None,
    home: Path | None,
    lang: str | None,
) -> None:
    """Prints or writes the modelled cells; files that cannot be used end with their problems and status 3."""
    del lang
    if out is not None:
        check_table_ending(out)
    files = Files(population, totals, areas, births, policy, cast("Datum | None", datum), encoding)
    try:
        with progress() as step:
            step(_("Modelling"))
            found = model_files(ACTOR, files, levels=make_settings(home).levels)
    except DataRejected as error:
        if output == "json":
            print_json({"cells": [], "reported": [], "notes": [], **error.details})
        raise
    table = _table(found.cells)
    for note in found.notes:
        click.echo(note, err=True)
    if out is not None:
        write_table(table, out)
        click.echo(_("{file}: {rows} rows written.", file=out, rows=len(table)), err=True)
        rows: list[dict[str, Any]] = []
    else:
        rows = records(table)
    summary = {"cells": rows, "reported": _reported(found.reported), "notes": list(found.notes)}
    _show(output, summary, to_file=out is not None)


@demand.command("reported", help=_("Modelled and registered births side by side, from the database."))
@as_of
@every_command
@with_workspace
def demand_reported(*, workspace: Workspace, output: Format, on: date | None, known: datetime | None) -> None:
    """Prints a row for each street and district with a registered total."""
    rows = _reported(stored_reports(workspace, ACTOR, on=on, known=known))
    if output == "json":
        print_json({"reported": rows})
    else:
        print_rows(output, _reported_columns(), rows)


def _table(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells as rows of plain values, in the order of the columns that other commands read."""
    places = {"lon": cells["geometry"].x.round(7), "lat": cells["geometry"].y.round(7)}
    plain = pd.DataFrame(cells.drop(columns="geometry")).assign(**places).rename_axis("cell").reset_index()
    return plain[list(COLUMNS)].round(dict.fromkeys(COLUMNS[2:13], DECIMALS))


def _reported(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return records(frame[list(REPORTED)].round(DECIMALS))


def _reported_columns() -> list[tuple[str, str]]:
    names = {
        "area_code": _("Area"),
        "cells": _("Cells"),
        "modelled": _("Modelled births a year"),
        "low": _("From"),
        "high": _("To"),
        "registered": _("Registered (in steps of 5)"),
        "per_registered": _("Modelled for each registered"),
        "differs": _("Outside the interval"),
    }
    return list(names.items())


def _show(output: Format, summary: Mapping[str, Any], *, to_file: bool) -> None:
    """Cells (unless they went to a file) and the comparison, in the chosen format."""
    if output == "json":
        print_json(summary)
        return
    columns = [(name, name) for name in COLUMNS]
    if output == "csv":
        if not to_file:
            print_rows("csv", columns, summary["cells"])
        return
    if not to_file:
        print_first([(name, name) for name in SHOWN], summary["cells"])
    if summary["reported"]:
        print_heading(_("Modelled and registered births"))
        print_rows("table", _reported_columns(), summary["reported"])
