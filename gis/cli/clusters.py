"""`wangge clusters table` and `wangge clusters findings`: where more was found than chance explains."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import click

from gis.analysis.scan.clusters import MODELS, RATES, Model, Rates
from gis.cli.common import (
    ACTOR,
    Date,
    Format,
    as_of,
    every_command,
    print_heading,
    print_json,
    print_rows,
    progress,
    with_workspace,
)
from gis.cli.pages import write_page
from gis.errors import DataRejected
from gis.services.selection import cluster_table
from gis.services.selection import clusters as service
from gis.services.selection.cluster_table import Asked
from gis.services.workspace import Workspace
from gis.tables import SEVERITIES
from gis.texts import _, current_language
from maps.clusters import render

KEYS = ("areas", "cases", "expected", "relative_risk", "llr", "p")


def chance(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--max-share`, `--replicates`, `--seed`, `--most`: the same for files and findings."""
    for option in (
        click.option(
            "--most", type=click.IntRange(1, 1000), default=10, show_default=True, help=_("Clusters at most.")
        ),
        click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help=_("Seed of the replicates.")),
        click.option(
            "--replicates",
            type=click.IntRange(1, 999_999),
            default=999,
            show_default=True,
            help=_("Times that the cases are dealt out by chance, for p."),
        ),
        click.option(
            "--max-share",
            type=click.FloatRange(0, 1, min_open=True),
            default=0.5,
            show_default=True,
            help=_("Largest share of the population in a cluster."),
        ),
    ):
        command = option(command)
    return command


@click.group(help=_("Clusters: where more was found than chance explains. A cluster is no proof of a cause."))
def clusters() -> None:
    """Only a name for the commands below it."""


@clusters.command("table", help=_("Scan a file with the columns area, x, y, cases, population."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--model", type=click.Choice(MODELS), default="poisson", show_default=True, help=_("How cases arise."))
@click.option("--rates", type=click.Choice(RATES), default="high", show_default=True, help=_("Which side to look on."))
@click.option(
    "--ellipse",
    "ellipses",
    type=click.FloatRange(1, 20, min_open=True),
    multiple=True,
    help=_("Also ellipses with this ratio of their axes; may be repeated."),
)
@click.option("--encoding", help=_("Encoding of the file's text, such as GB18030."))
@chance
@every_command
def clusters_table(
    *,
    output: Format,
    file: Path,
    model: str,
    rates: str,
    ellipses: tuple[float, ...],
    encoding: str | None,
    max_share: float,
    replicates: int,
    seed: int,
    most: int,
    home: Path | None,
    lang: str | None,
) -> None:
    """Prints the clusters of a file; a file that cannot be scanned ends with its problems and status 3."""
    del home, lang
    asked = Asked(cast("Model", model), cast("Rates", rates), max_share, replicates, seed, most, ellipses)
    try:
        with progress() as step:
            step(_("Scanning"))
            found = cluster_table.scan_file(ACTOR, file, asked, encoding=encoding)
    except DataRejected as error:
        if output == "json":
            print_json({"file": str(file), "clusters": [], **error.details})
        raise
    show(output, found)


@clusters.command("findings", help=_("Scan what inspections found: premises with findings among those inspected."))
@click.option("--from", "start", type=Date(), help=_("First day of the period (default: a year before the last)."))
@click.option("--level", help=_("Level of the areas (default: the lowest there is)."))
@click.option(
    "--severity",
    "severities",
    type=click.Choice(SEVERITIES),
    multiple=True,
    help=_("May be repeated (default: {usual}).", usual=", ".join(service.SERIOUS)),
)
@click.option("--rates", type=click.Choice(RATES), default="high", show_default=True, help=_("Which side to look on."))
@chance
@as_of
@every_command
@with_workspace
def clusters_findings(
    *,
    workspace: Workspace,
    output: Format,
    start: date | None,
    level: str | None,
    severities: tuple[str, ...],
    rates: str,
    max_share: float,
    replicates: int,
    seed: int,
    most: int,
    on: date | None,
    known: datetime | None,
) -> None:
    """Prints the clusters of the period, and what they mean."""
    asked = Asked("bernoulli", cast("Rates", rates), max_share, replicates, seed, most)
    question = service.ask(on=on, start=start, level=level, severities=severities, asked=asked)
    with progress() as step:
        step(_("Scanning"))
        found = service.cluster_findings(workspace, ACTOR, question, known=known)
    show(output, found)
    click.echo(found["meaning"], err=True)


@click.command("clusters", help=_("Where inspections found more than chance explains."))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_("The .html file to write."))
@click.option("--from", "start", type=Date(), help=_("First day of the period (default: a year before the last)."))
@click.option("--level", help=_("Level of the areas (default: the lowest there is)."))
@as_of
@every_command
@with_workspace
def map_clusters(
    *,
    workspace: Workspace,
    output: Format,
    out: Path,
    start: date | None,
    level: str | None,
    on: date | None,
    known: datetime | None,
) -> None:
    """Writes the page."""

    def draw() -> tuple[str, dict[str, int]]:
        question = service.ask(on=on, start=start, level=level)
        data = service.cluster_data(workspace, ACTOR, question, known=known)
        return render(data, lang=current_language(), standalone=True), {"areas": len(data.areas)}

    write_page(out, draw, output=output)


def show(output: Format, found: dict[str, Any]) -> None:
    """The clusters in the chosen format, strongest first."""
    if output == "json":
        print_json(found)
        return
    if output == "csv":
        print_rows("csv", [(key, key) for key in KEYS], found["clusters"])
        return
    heading = _("{cases} cases in {areas} areas; clusters: {count}", **found, count=len(found["clusters"]))
    print_heading(heading)
    names = {
        "areas": _("Areas"),
        "cases": _("Cases"),
        "expected": _("Expected"),
        "relative_risk": _("Relative risk"),
        "llr": _("Log likelihood ratio"),
        "p": "p",
    }
    print_rows("table", list(names.items()), found["clusters"])
