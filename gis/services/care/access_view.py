"""What is told of care within reach: the gaps by area as a document, the map, and where outreach would go."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.analysis.travel.isochrones import Lattice, draw_discs
from gis.errors import UsageError
from gis.policies import CarePolicy, shipped_travel_policy
from gis.roads import MODES, Mode
from gis.roles import Actor, permit
from gis.services.care.access import Access, access_key, find_access
from gis.services.care.demand import NOTES
from gis.services.register import is_bound
from gis.services.travel.times import measure_times
from gis.services.workspace import Workspace
from gis.texts import N_, _
from maps.access import FEW, AccessData

MEANING: Final = N_(
    "Demand is modelled from population and fertility; nobody is counted or known. The interval is that of the model. "
    "Beyond a limit is who lives further from the nearest site that gives antenatal care."
)
MOST_SUGGESTED: Final = 10


def access_gaps(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    mode: Mode = "walk",
    level: str | None = None,
    policy: CarePolicy | None = None,
) -> dict[str, Any]:
    """`{"on", "known", "policy", "mode", "sites", "cells", "notes", "by_area": [...], ...}` of the actor's areas.

    The figures of an area are those of `mode`; under `by_mode` stand those of each. An area with a modelled demand
    under five is `few`, and has no figures.
    """
    found = find_access(workspace, actor, on=on, known=known, policy=policy)
    chosen = choose_level(workspace, found, level) if level else None
    areas = found.areas if chosen is None else found.areas[found.areas["level"] == chosen]
    rows: dict[Mode, dict[Any, Any]] = {one: found.by_mode[one].by_area.to_dict("index") for one in MODES}
    limits = found.policy.limits_minutes
    return {
        "on": found.on.isoformat(),
        "known": (known or datetime.now(UTC)).isoformat(),
        "policy": found.policy.to_json(),
        "mode": mode,
        "modes": list(MODES),
        "level": chosen,
        "levels": levels_of(workspace, found),
        "limits": list(limits),
        "unit": _("modelled pregnancies a year"),
        "meaning": _(MEANING),
        "straight_line": {one: found.by_mode[one].ways.straight_line for one in MODES},
        "imported_times": {one: found.by_mode[one].ways.imported for one in MODES},
        "notes": tell_notes(found, actor),
        "sites": count_sites(found),
        "cells": count_cells(found),
        "by_area": [
            _area_row(area, {one: rows[one][area["area"]] for one in MODES}, mode=mode, limits=limits)
            for area in _named(areas)
        ],
    }


def count_sites(found: Access) -> dict[str, Any]:
    """How many sites of which kind were counted, what they offer, and why others were not."""
    sites = found.supply.sites
    return {
        "counted": len(sites),
        "by_kind": {str(kind): int(number) for kind, number in sites["kind"].value_counts().sort_index().items()},
        "visits": round(float(sites["capacity"].sum())),
        "machines": int(sites["machines"].sum()),
        "machine_hours": round(float(sites["machine_hours"].sum())),
        "left_out": dict(found.supply.left_out),
    }


def count_cells(found: Access) -> dict[str, Any]:
    """How many cells of the demand there are, how many lie in no area, and what all of them need."""
    demand = found.demand
    outside = ~demand["area_code"].isin(found.areas["code"])
    return {
        "count": len(demand),
        "without_area": int(outside.sum()),
        "demand_without_area": round(float(demand.loc[outside, "demand"].sum()), 1),
        **{name: round(float(demand[name].sum()), 1) for name in ("demand", "low", "high", "visits", "hours")},
    }


def tell_notes(found: Access, actor: Actor) -> list[str]:
    """What a reader must know: how ways were measured, where nothing is stored, and what a part cannot see."""
    notes = list(dict.fromkeys(found.by_mode[mode].ways.note for mode in MODES if found.by_mode[mode].ways.note))
    notes += found.demand.attrs.get(NOTES, [])
    if found.demand.empty:
        notes.append(_("No population is stored for this day: there is no demand to model. Import population first."))
    if found.supply.sites.empty:
        notes.append(_("No premises that give antenatal care are in force on this day: nobody is within reach."))
    above = found.areas["parent_code"].dropna()
    if is_bound(actor) and not above.isin(found.areas["code"]).all():
        notes.append(_("Only premises in your own areas are counted; people near a border may reach others."))
    return notes


def levels_of(workspace: Workspace, found: Access) -> list[str]:
    """The levels that there are, highest first."""
    present = set(found.areas["level"])
    return [level for level in workspace.settings.levels if level in present]


def choose_level(workspace: Workspace, found: Access, level: str | None) -> str | None:
    """The level asked for; the second that there is where none is, since one row says little. Raises UsageError."""
    present = levels_of(workspace, found)
    if level is None:
        return present[min(1, len(present) - 1)] if present else None
    if level not in present:
        raise UsageError(_("Choose one of: {expected}.", expected=", ".join(present) or "-"))
    return level


def suggest_outreach(rows: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    """The rows of `access_gaps` with the most people out of reach, by the lower end of the interval; ties by code."""
    name = f"beyond_{limit}"
    out = [row for row in rows if row[name] and row[name]["people"] >= FEW]
    return sorted(out, key=lambda row: (-row[name]["low"], row["area"]))[:MOST_SUGGESTED]


def access_data(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    policy: CarePolicy | None = None,
) -> AccessData:
    """What the map of care within reach shows."""
    permit(actor, "maps.read")
    found = find_access(workspace, actor, on=on, known=known, policy=policy)
    wide = [found.by_mode[mode].by_area.add_prefix(f"{mode}_") for mode in MODES]
    sums = pd.concat(wide, axis=1).reindex(found.areas["code"]).set_axis(found.areas.index)
    key = (*access_key(workspace, actor), "isochrones", found.on, known, repr(found.policy))
    return AccessData(
        areas=found.areas.join(sums),
        cells=found.demand,
        sites=found.supply.sites.reset_index(names="code"),
        isochrones=workspace.remember(key, lambda: _draw_isochrones(workspace, found)),
        straight={mode: found.by_mode[mode].ways.straight_line for mode in MODES},
        limits=found.policy.limits_minutes,
        levels=workspace.settings.levels,
        on=found.on,
        known=known,
        notes=tuple(tell_notes(found, actor)),
    )


def _draw_isochrones(workspace: Workspace, found: Access) -> Mapping[Mode, gpd.GeoDataFrame]:
    """For each mode the ground within half of the first limit and within each limit of a site."""
    sites, limits = found.supply.sites, found.policy.limits_minutes
    wanted = (max(1, limits[0] // 2), *limits)
    if sites.empty or found.areas.empty:
        return {}
    lattice = Lattice(tuple(found.areas.total_bounds.tolist()))
    points = np.column_stack([sites.geometry.x, sites.geometry.y])
    policy = shipped_travel_policy()
    drawn: dict[Mode, gpd.GeoDataFrame] = {}
    for mode in MODES:
        if found.by_mode[mode].ways.straight_line:
            kmh, factor = {
                "walk": (policy.walk_kmh, policy.walk_factor),
                "drive": (policy.straight_drive_kmh, policy.drive_factor),
            }[mode]
            drawn[mode] = draw_discs(points, wanted, metres_per_minute=1000.0 * kmh / 60.0 / factor)
        elif not found.by_mode[mode].ways.imported:
            matrix = measure_times(workspace, lattice.places, points, mode=mode, cut_minutes=float(wanted[-1]))
            nearest = np.where(np.isnan(matrix.minutes), np.inf, matrix.minutes).min(axis=1)
            drawn[mode] = lattice.outline(nearest, wanted)
    return drawn


def _named(areas: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    columns = zip(areas["code"], areas["name"], areas["level"], areas["parent_code"], strict=True)
    return [
        {"area": code, "name": name, "level": level, "parent": parent if isinstance(parent, str) else None}
        for code, name, level, parent in columns
    ]


def _area_row(
    area: dict[str, Any], by_mode: Mapping[Mode, Mapping[str, float]], *, mode: Mode, limits: tuple[int, ...]
) -> dict[str, Any]:
    """One area: its demand, and by mode who is beyond what; figures None where the demand is few."""
    sums = by_mode[mode]
    few = 0 < sums["demand"] < FEW
    told = {one: _mode_figures(by_mode[one], limits, few=few) for one in MODES}
    ends = {name: None if few else round(float(sums[name]), 1) for name in ("demand", "low", "high", "visits")}
    return {**area, "cells": int(sums["cells"]), "few": few, **ends, **told[mode], "by_mode": told}


def _mode_figures(sums: Mapping[str, float], limits: tuple[int, ...], *, few: bool) -> dict[str, Any]:
    names = (*(f"beyond_{limit}" for limit in limits), "unreachable")
    figures: dict[str, Any] = {name: None if few else _out(sums, name) for name in names}
    figures["served"] = None if few else {"people": round(sums["served"], 1), "share": _share(sums["served_share"])}
    figures["access"] = None if few else _share(sums["access"])
    return figures


def _out(sums: Mapping[str, float], name: str) -> dict[str, float | None]:
    ends = {"people": name, "low": f"{name}_low", "high": f"{name}_high"}
    return {**{end: round(float(sums[key]), 1) for end, key in ends.items()}, "share": _share(sums[f"{name}_share"])}


def _share(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
