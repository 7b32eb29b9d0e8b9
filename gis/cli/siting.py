"""`wangge site table`: which of the candidates to open, from three files."""

from pathlib import Path
from typing import Any, cast

import click

from gis.analysis.siting.choose import MODELS, SECONDS, Model
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
from gis.services.care import site_table as service
from gis.texts import _

KEYS = ("cell", "site", "minutes")


@click.group(help=_("Where to put sites: which candidates to open so that cells are well served."))
def site() -> None:
    """Only a name for the commands below it."""


@site.command(help=_("Choose sites from files with cell, demand; site; origin, destination, minutes (or any cost)."))
@click.option("--demand", required=True, type=click.Path(path_type=Path), help=_("File with cell, demand."))
@click.option(
    "--candidates",
    required=True,
    type=click.Path(path_type=Path),
    help=_("File with site, and existing (yes: it stays) and capacity if you like."),
)
@click.option("--times", required=True, type=click.Path(path_type=Path), help=_("File of minutes from cell to site."))
@click.option(
    "--model",
    required=True,
    type=click.Choice(MODELS),
    help=_("lscp: fewest sites; mclp: most demand reached; pmedian: least sum; pcentre: nearest for the farthest."),
)
@click.option("--p", type=click.IntRange(1), help=_("How many sites are open at the end, existing ones included."))
@click.option("--limit", type=click.FloatRange(0), help=_("How far a site reaches; times above it do not count."))
@click.option("--capacitated", is_flag=True, help=_("No site serves more than its capacity."))
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help=_("Seed of the search."))
@click.option(
    "--seconds",
    type=click.FloatRange(0, 86_400),
    default=SECONDS,
    show_default=True,
    help=_("How long a proof may be looked for."),
)
@click.option("--encoding", help=_("Encoding of the files' text, such as GB18030."))
@every_command
def table(
    *,
    output: Format,
    demand: Path,
    candidates: Path,
    times: Path,
    model: str,
    p: int | None,
    limit: float | None,
    capacitated: bool,
    seed: int,
    seconds: float,
    encoding: str | None,
    home: Path | None,
    lang: str | None,
) -> None:
    """Prints the sites and where each cell goes; files that cannot be used end with their problems and status 3."""
    del home, lang
    asked = service.Asked(cast("Model", model), p, limit, capacitated, seed, seconds)
    try:
        with progress() as step:
            files = service.Files(demand, candidates, times, encoding)
            found = service.site_files(ACTOR, files, asked, progress=step)
    except DataRejected as error:
        if output == "json":
            print_json({"model": model, "sites": [], **error.details})
        raise
    show(output, found)


def show(output: Format, found: dict[str, Any]) -> None:
    """The sites in the chosen format; as CSV where each cell goes."""
    if output == "json":
        print_json(found)
        return
    rows = [{"cell": cell, "site": to, "minutes": found["minutes"][cell]} for cell, to in found["assignment"].items()]
    if output == "csv":
        print_rows("csv", [(key, key) for key in KEYS], rows)
        return
    print_heading(_("{model}: objective {objective}", model=found["model"], objective=f"{found['objective']:,.6g}"))
    if found["proven"]:
        print_heading(_("No choice is better."))
    else:
        bound = f"{found['bound']:,.6g}"
        print_heading(_("No choice is better than {bound}; gap {gap}.", bound=bound, gap=f"{found['gap']:.3%}"))
    print_heading(_("Sites: {sites}", sites=", ".join(found["sites"])))
    print_first(list(zip(KEYS, (_("Cell"), _("Site"), _("Minutes")), strict=True)), rows)
