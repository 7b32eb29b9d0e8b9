"""`wangge national access`: access of every cell of a country, on a Dask cluster."""

import os
import time
from pathlib import Path

import click

from gis.analysis.access.weights import CHOICES, METHODS
from gis.cli.common import ACTOR, Format, every_command, print_json, print_rows, progress
from gis.services.care import national as service
from gis.services.care import national_crew
from gis.services.care.access_table import Asked
from gis.texts import _


@click.group(help=_("A whole country: the same measures over a partitioned table, on a Dask cluster."))
def national() -> None:
    """Only a name for the commands below it."""


@national.command(help=_("Access from folders of parquet with the columns of access table, part by part."))
@click.option("--demand", required=True, type=click.Path(path_type=Path), help=_("Folder: a file for each part."))
@click.option("--supply", required=True, type=click.Path(path_type=Path), help=_("Parquet of all sites, or a folder."))
@click.option("--times", required=True, type=click.Path(path_type=Path), help=_("Folder: files named as the demand's."))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_("The folder to write; it must be new."))
@click.option("--cluster", help=_("Address of a Dask scheduler, such as tcp://10.0.0.1:8786."))
@click.option("--workers", type=click.IntRange(0, 1024), help=_("Local processes without --cluster; 0: none but this."))
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
@every_command
def access(
    *,
    output: Format,
    demand: Path,
    supply: Path,
    times: Path,
    out: Path,
    cluster: str | None,
    workers: int | None,
    minutes: float,
    method: str,
    weights: str | None,
    choice: str,
    home: Path | None,
    lang: str | None,
) -> None:
    """Writes the folder and prints what it came to."""
    del home, lang
    job = service.make_job(demand, supply, times, out, Asked(minutes, method, weights, choice))
    number = len(os.sched_getaffinity(0)) if workers is None else workers
    begin = time.perf_counter()
    with progress() as step:
        step(_("Starting workers"))
        with national_crew.crew_of(cluster=cluster, workers=number) as crew:
            found = service.national_access(ACTOR, job, crew, progress=step)
    found["seconds"] = round(time.perf_counter() - begin, 2)
    if output == "json":
        print_json(found)
        return
    rows = [{"about": key, "value": value} for key, value in found.items()]
    print_rows(output, [("about", "about"), ("value", "value")], rows)
