"""`wangge who`, `wangge gaps ...` and `wangge map ...`: what leaders ask."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from gis.cli.access_gaps import gaps_access, map_access
from gis.cli.clusters import map_clusters
from gis.cli.common import (
    ACTOR,
    SHOWN,
    Date,
    Format,
    as_of,
    every_command,
    print_first,
    print_heading,
    print_json,
    print_rows,
    progress,
    with_workspace,
)
from gis.cli.inspections import gaps_inspections, map_inspections
from gis.cli.outreach import gaps_outreach, map_outreach
from gis.cli.pages import write_page
from gis.cli.sweeps import map_sweep
from gis.services.areas import maps as map_service
from gis.services.areas import responsibility
from gis.services.workspace import Workspace
from gis.texts import _, current_language
from maps.responsibility import render


@click.command(help=_("Who answers for an area or a facility, nearest first."))
@click.argument("code")
@as_of
@every_command
@with_workspace
def who(*, workspace: Workspace, output: Format, code: str, on: date | None, known: datetime | None) -> None:
    """Prints the chain of officers."""
    answer = responsibility.who(workspace, ACTOR, code, on=on, known=known)
    if output == "json":
        print_json(answer)
        return
    columns = [
        ("area", _("Area")),
        ("level", _("Level")),
        ("officer", _("Officer")),
        ("role", _("Role")),
        ("from", _("From")),
        ("to", _("To")),
    ]
    print_rows(output, columns, answer["chain"])


@click.group(help=_("Coverage gaps: where nobody answers, and where two do."))
def gaps() -> None:
    """Only a name for the commands below it."""


@gaps.command("responsibility", help=_("Vacant and doubled areas, holes, overlaps, orphans and workload."))
@click.option("--from", "start", type=Date(), help=_("With --to: the proof over time from this day ..."))
@click.option("--to", "end", type=Date(), help=_("... to this one, not included."))
@as_of
@every_command
@with_workspace
def gaps_responsibility(
    *,
    workspace: Workspace,
    output: Format,
    start: date | None,
    end: date | None,
    on: date | None,
    known: datetime | None,
) -> None:
    """Prints the gaps of the day."""
    with progress() as step:
        step(_("Searching for gaps"))
        found = responsibility.gaps(workspace, ACTOR, on=on, known=known, start=start, end=end)
    if output == "json":
        print_json(found)
    elif output == "csv":
        _print_gaps_csv(found)
    else:
        _print_gaps_table(found)


def _gap_rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    """One flat row for each gap: kind, where, the other side, square metres, period, officers or state."""
    rows: list[dict[str, Any]] = []
    rows += [{"gap": "vacant", "target": code} for code in found["vacant"]]
    rows += [{"gap": "doubled", **row} for row in found["doubled"]]
    rows += [{"gap": "hole", "target": row["parent"], "area_m2": row["area_m2"]} for row in found["holes"]]
    rows += [
        {"gap": "overlap", "target": row["a"], "other": row["b"], "area_m2": row["area_m2"]}
        for row in found["overlaps"]
    ]
    rows += [
        {"gap": "outside", "target": row["child"], "other": row["parent"], "area_m2": row["area_m2"]}
        for row in found["outside"]
    ]
    rows += [{"gap": "orphan", "target": code} for code in found["orphans"]]
    return rows + [{"gap": "timeline", **row} for row in found.get("timeline", [])]


def _print_gaps_csv(found: dict[str, Any]) -> None:
    keys = ("gap", "target", "other", "area_m2", "from", "to", "officers", "state")
    print_rows("csv", [(key, key) for key in keys], _gap_rows(found))


def _print_gaps_table(found: dict[str, Any]) -> None:
    names = {
        "vacant": _("Vacant"),
        "doubled": _("Doubled"),
        "hole": _("Hole"),
        "overlap": _("Overlap"),
        "outside": _("Outside its parent"),
        "orphan": _("Orphan"),
        "timeline": _("Timeline"),
    }
    columns = [
        ("target", _("Place")),
        ("other", _("Other side")),
        ("area_m2", _("Square metres")),
        ("from", _("From")),
        ("to", _("To")),
        ("officers", _("Officers")),
        ("state", _("State")),
    ]
    rows = _gap_rows(found)
    print_heading(_("Gaps in responsibility on {on}", on=found["on"]))
    for key, name in names.items():
        of_kind = [row for row in rows if row["gap"] == key]
        if key == "timeline" and "timeline" not in found:
            continue
        print_heading(f"\n{name}: {len(of_kind)}")
        used = [c for c in columns if any(c[0] in row for row in of_kind)]
        print_first(used, of_kind)
    _print_workload(found["workload"])


def _print_workload(workload: list[dict[str, Any]]) -> None:
    columns = [
        ("officer", _("Officer")),
        ("areas", _("Areas")),
        ("facilities", _("Facilities")),
        ("area_km2", _("Square kilometres")),
        ("share", _("Share")),
    ]
    print_heading("\n" + _("Workload: {count} officers", count=len(workload)))
    busiest = sorted(workload, key=lambda row: -row["areas"])[:SHOWN]
    print_rows("table", columns, busiest)


@click.group("map", help=_("Maps as one self-contained page that opens with no network."))
def map_() -> None:
    """Only a name for the commands below it."""


@map_.command("responsibility", help=_("Who answers for every place, and where nobody or two do."))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_("The .html file to write."))
@click.option("--area", help=_("Only this area and what is inside it."))
@as_of
@every_command
@with_workspace
def map_responsibility(
    *, workspace: Workspace, output: Format, out: Path, area: str | None, on: date | None, known: datetime | None
) -> None:
    """Writes the page."""

    def draw() -> tuple[str, dict[str, int]]:
        data = map_service.responsibility_data(workspace, ACTOR, on=on, known=known, area=area)
        page = render(data, lang=current_language(), standalone=True)
        return page, {"areas": len(data.areas), "facilities": len(data.facilities)}

    write_page(out, draw, output=output)


gaps.add_command(gaps_access)
gaps.add_command(gaps_inspections)
gaps.add_command(gaps_outreach)
map_.add_command(map_access)
map_.add_command(map_clusters)
map_.add_command(map_inspections)
map_.add_command(map_outreach)
map_.add_command(map_sweep)
