"""`wangge gaps access` and `wangge map access`: where antenatal care is out of reach."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import click

from gis.cli.common import (
    ACTOR,
    Format,
    as_of,
    every_command,
    policy_option,
    print_first,
    print_heading,
    print_json,
    print_rows,
    progress,
    with_workspace,
)
from gis.cli.pages import write_page
from gis.policies import CarePolicy, read_care_policy
from gis.roads import MODES, Mode
from gis.services.care import access_view
from gis.services.workspace import Workspace
from gis.texts import _, current_language
from maps.access import render


def _policy(file: Path | None) -> CarePolicy | None:
    return None if file is None else read_care_policy(file)


@click.command("access", help=_("Modelled demand that is far from antenatal care, by area, with an interval."))
@click.option("--mode", type=click.Choice(MODES), default="walk", show_default=True, help=_("On foot or by car."))
@click.option("--level", help=_("Level of the areas (default: all of them)."))
@policy_option("care")
@as_of
@every_command
@with_workspace
def gaps_access(
    *,
    workspace: Workspace,
    output: Format,
    mode: str,
    level: str | None,
    policy: Path | None,
    on: date | None,
    known: datetime | None,
) -> None:
    """Prints the gaps of the day."""
    chosen = _policy(policy)
    with progress() as step:
        step(_("Measuring ways"))
        found = access_view.access_gaps(
            workspace, ACTOR, on=on, known=known, mode=cast("Mode", mode), level=level, policy=chosen
        )
    if output == "json":
        print_json(found)
        return
    rows = [_flat(row, found["limits"]) for row in found["by_area"]]
    if output == "csv":
        keys = ("area", "name", "level", "cells", "few", *_figures(found["limits"]))
        print_rows("csv", [(key, key) for key in keys], rows)
    else:
        _print_table(found, rows)
    for note in found["notes"]:
        click.echo(note, err=True)


def _figures(limits: list[int]) -> list[str]:
    away = [name for limit in limits for name in (f"beyond_{limit}", f"beyond_{limit}_low", f"beyond_{limit}_high")]
    return ["demand", "low", "high", *away, "unreachable", "unreachable_low", "unreachable_high", "served", "access"]


def _flat(row: dict[str, Any], limits: list[int]) -> dict[str, Any]:
    """One row without anything inside it."""
    flat = {key: row[key] for key in ("area", "name", "level", "cells", "few", "demand", "low", "high", "access")}
    for name in (*(f"beyond_{limit}" for limit in limits), "unreachable"):
        out = row[name] or {}
        flat |= {name: out.get("people"), f"{name}_low": out.get("low"), f"{name}_high": out.get("high")}
    return flat | {"served": (row["served"] or {}).get("people")}


def _print_table(found: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    print_heading(_("Out of reach of antenatal care on {on}, {unit}", on=found["on"], unit=found["unit"]))
    print_heading(
        _(
            "Sites: {sites}; cells: {cells}, of these in no area: {outside}",
            sites=found["sites"]["counted"],
            cells=found["cells"]["count"],
            outside=found["cells"]["without_area"],
        )
    )
    columns = [("name", _("Area")), ("level", _("Level")), ("demand", _("Demand"))]
    names = [f"beyond_{limit}" for limit in found["limits"]]
    columns += [(name, _(">{minutes} min", minutes=limit)) for name, limit in zip(names, found["limits"], strict=True)]
    columns += [("unreachable", _("No way at all")), ("served", _("Find a place"))]
    columns += [("access", _("Visits offered for one needed"))]
    print_first(columns, [_with_intervals(row, ("demand", *names, "unreachable")) for row in rows])


def _with_intervals(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The row with the ends of the interval behind each number of people."""
    told = {}
    for name in names:
        low, high = ("low", "high") if name == "demand" else (f"{name}_low", f"{name}_high")
        told[name] = "<5" if row["few"] else f"{row[name]:,.0f} ({row[low]:,.0f}–{row[high]:,.0f})"
    return row | told


@click.command("access", help=_("Areas by who is out of reach of antenatal care, isochrones, demand and sites."))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_("The .html file to write."))
@policy_option("care")
@as_of
@every_command
@with_workspace
def map_access(
    *,
    workspace: Workspace,
    output: Format,
    out: Path,
    policy: Path | None,
    on: date | None,
    known: datetime | None,
) -> None:
    """Writes the page."""
    chosen = _policy(policy)

    def draw() -> tuple[str, dict[str, int]]:
        data = access_view.access_data(workspace, ACTOR, on=on, known=known, policy=chosen)
        counts = {"areas": len(data.areas), "facilities": len(data.sites), "cells": len(data.cells)}
        return render(data, lang=current_language(), standalone=True), counts

    write_page(out, draw, output=output)
