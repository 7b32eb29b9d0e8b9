"""Where to open the next clinic: what one at a point would change, and which points would help most.

Both start from care within reach as it stands (`gis.services.care.access`): the modelled demand, the sites in force,
and the ways between them. The sites that exist stay. A suggestion is a cell of the demand, not a building plot:
somebody has to go and look.
"""

import math
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.analysis.access.care import sum_by_area
from gis.analysis.access.measure import Reach
from gis.analysis.access.weights import parse_weights
from gis.analysis.areas.nesting import nest
from gis.analysis.siting.what_if import NEW, count_newly, open_site
from gis.crs import Datum, from_datum
from gis.errors import DataRejected, UsageError
from gis.policies import CarePolicy
from gis.roads import Mode
from gis.roles import Actor, permit
from gis.services.care.access import Access, access_key, find_access, measure_access
from gis.services.care.access_view import MEANING, choose_level, levels_of, tell_notes
from gis.services.listing import name_areas
from gis.services.travel.times import measure_times
from gis.services.workspace import Workspace
from gis.texts import _
from maps.access import FEW
from maps.siting import SitingMap

MOST_VISITS: Final = 10_000_000
USUAL_WEEK: Final = 50
"""Visits a week of a new clinic where the sites that exist say nothing."""


@dataclass(frozen=True)
class Place:
    """Where a clinic might open, and how much it could take."""

    lon: float
    lat: float
    capacity: float | None = None
    """Visits a year; that of the usual site where it is left out."""
    datum: Datum = "wgs84"


def usual_capacity(found: Access) -> float:
    """Visits a year of the middle one of the sites that exist."""
    if len(found.supply.sites):
        return float(round(found.supply.sites["capacity"].median()))
    return float(USUAL_WEEK * found.policy.weeks_a_year)


def usual_of(workspace: Workspace, actor: Actor, *, on: date | None = None, known: datetime | None = None) -> float:
    """The same of the sites that the actor sees."""
    permit(actor, "siting.plan")
    return usual_capacity(find_access(workspace, actor, on=on, known=known))


def open_clinic(
    workspace: Workspace,
    actor: Actor,
    place: Place,
    *,
    mode: Mode = "walk",
    level: str | None = None,
    on: date | None = None,
    known: datetime | None = None,
) -> dict[str, Any]:
    """`{"newly": {...}, "before": {...}, "after": {...}, "by_area": [...], "cells": {...}, ...}` of one more clinic.

    Raises UsageError for a place or a capacity that cannot be, DataRejected where no way leads to the place.
    """
    permit(actor, "siting.plan")
    begin = time.perf_counter()
    lon, lat = _checked(place)
    found = find_access(workspace, actor, on=on, known=known)
    chosen = choose_level(workspace, found, level)
    capacity = usual_capacity(found) if place.capacity is None else place.capacity
    after, note = _measure_after(workspace, actor, found, (lon, lat), mode=mode, capacity=capacity)
    before = found.by_mode[mode].cells
    limits = found.policy.limits_minutes
    people = pd.DataFrame(found.demand.drop(columns="geometry"))
    newly = count_newly(people, before["nearest_minutes"], after["nearest_minutes"], limits)
    states = {"before": _areas(found, people, before), "after": _areas(found, people, after)}
    gained = newly[f"newly_{limits[0]}"].to_numpy() > 0
    gains = _newly_by_area(found, people, newly)
    shown = found.areas[found.areas["level"] == chosen]
    rows = [_area_row(area, states, gains, limits) for area in _listed(found.areas, shown)]
    return {
        "on": found.on.isoformat(),
        "known": known.isoformat() if known else None,
        "mode": mode,
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "capacity": capacity,
        "level": chosen,
        "levels": levels_of(workspace, found),
        "limits": list(limits),
        "unit": _("modelled pregnancies a year"),
        "meaning": _(MEANING),
        "notes": [*tell_notes(found, actor), *([note] if note else [])],
        "newly": {f"within_{limit}": _people(newly.sum(), f"newly_{limit}") for limit in limits},
        "before": _totals(people, before, limits),
        "after": _totals(people, after, limits),
        "by_area": rows,
        "cells": {
            "lon": found.demand.geometry.x[gained].round(6).tolist(),
            "lat": found.demand.geometry.y[gained].round(6).tolist(),
        },
        "seconds": round(time.perf_counter() - begin, 3),
    }


def map_data(workspace: Workspace, actor: Actor, *, on: date | None = None, known: datetime | None = None) -> SitingMap:
    """What the map that is clicked on shows."""
    permit(actor, "siting.plan")
    found = find_access(workspace, actor, on=on, known=known)
    present = levels_of(workspace, found)
    outer = found.areas[found.areas["level"].isin(present[:2])]
    minutes = found.by_mode["walk"].cells["nearest_minutes"].reindex(found.demand.index)
    within = (minutes <= found.policy.limits_minutes[0]).to_numpy(dtype=bool, na_value=False)
    sites = found.supply.sites.reset_index(names="code")[["code", "name", "kind", "geometry"]]
    cells = gpd.GeoDataFrame(
        {"demand": found.demand["demand"].to_numpy(), "within": within},
        geometry=found.demand.geometry.to_numpy(),
        crs=4326,
    )
    return SitingMap(outer[["code", "name", "level", "geometry"]], sites, cells, found.policy.limits_minutes[0])


def _checked(place: Place) -> tuple[float, float]:
    """Longitude and latitude as they are stored."""
    numbers = (place.lon, place.lat)
    if not all(map(math.isfinite, numbers)) or abs(place.lon) > 180 or abs(place.lat) > 90:
        raise UsageError(_("Write longitude and latitude in degrees, such as 120.15 and 28.02."))
    if place.capacity is not None and not (math.isfinite(place.capacity) and 0 < place.capacity <= MOST_VISITS):
        raise UsageError(_("The capacity is a number of visits a year, above 0."))
    xs, ys = from_datum([place.lon], [place.lat], datum=place.datum)
    return float(xs[0]), float(ys[0])


def key_of(workspace: Workspace, actor: Actor, found: Access, known: datetime | None) -> tuple[Hashable, ...]:
    """Says all that an answer depends on but its question."""
    return (*access_key(workspace, actor), "siting", found.on, known, repr(found.policy))


def _weights(policy: CarePolicy) -> dict[str, Any]:
    minutes = float(policy.catchment_minutes)
    weights = parse_weights(policy.weights, minutes=minutes)
    return {"minutes": minutes, "method": policy.method, "weights": weights}


def _measure_after(
    workspace: Workspace, actor: Actor, found: Access, place: tuple[float, float], *, mode: Mode, capacity: float
) -> tuple[pd.DataFrame, str]:
    """Cells as `find_access` measures them, with a clinic at the place; and what a reader must know of the ways."""
    if found.demand.empty:
        raise DataRejected(
            _("No population is stored for this day: there is no demand to model. Import population first.")
        )
    matrix = measure_times(workspace, found.demand, np.array([place]), mode=mode)
    minutes = pd.Series(matrix.minutes[:, 0], index=found.demand.index)
    if minutes.isna().all():
        raise DataRejected(
            _("No way leads from any cell to this place. Choose one nearer to a road, or in the district.")
        )
    sites, ways = found.supply.sites, found.by_mode[mode].ways
    note = _("Ways to the new clinic are measured; those to the others were imported.") if ways.imported else ""
    if sites.empty:
        times = pd.DataFrame({"origin": minutes.index, "destination": NEW, "minutes": minutes.to_numpy()}).dropna()
        only = pd.DataFrame({"capacity": [capacity]}, index=pd.Index([NEW]))
        return measure_access(pd.DataFrame(found.demand), only, times, policy=found.policy), note
    key = (*key_of(workspace, actor, found, None), found.known, mode, "reach")
    reach = workspace.remember(
        key, lambda: Reach.prepare(ways.times, found.demand.index, sites.index, **_weights(found.policy))
    )
    after = open_site(reach, found.demand["visits"], sites["capacity"], minutes=minutes, capacity=capacity)
    return after, note


def _areas(found: Access, people: pd.DataFrame, cells: pd.DataFrame) -> dict[Hashable, dict[str, float]]:
    joined = people.join(cells[["nearest_minutes", "access"]]).assign(served=0.0)
    summed = sum_by_area(joined, found.areas, found.policy.limits_minutes)
    return _by_code(summed)


def _newly_by_area(found: Access, people: pd.DataFrame, newly: pd.DataFrame) -> dict[Hashable, dict[str, float]]:
    """The newly reached of each area and all that lies in it."""
    tree = nest(found.areas)
    own = newly.groupby(people["area_code"].to_numpy()).sum()
    own = own[own.index.isin(list(tree.parents))]
    pairs = pd.DataFrame(
        [(a, code) for code in own.index for a in (code, *tree.ancestors(code))], columns=["area", "code"]
    )
    summed = own.reindex(pairs["code"]).groupby(pairs["area"].to_numpy()).sum()
    return _by_code(summed.reindex(found.areas["code"], fill_value=0.0))


def _by_code(frame: pd.DataFrame) -> dict[Hashable, dict[str, float]]:
    return cast("dict[Hashable, dict[str, float]]", frame.to_dict("index"))


def _listed(areas: gpd.GeoDataFrame, shown: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    names = name_areas(areas)
    return [{"area": code, "name": names[code]} for code in shown["code"]]


def _area_row(
    area: dict[str, Any],
    states: Mapping[str, Mapping[Hashable, Mapping[str, float]]],
    newly: Mapping[Hashable, Mapping[str, float]],
    limits: tuple[int, ...],
) -> dict[str, Any]:
    """One area before and after; nothing of one whose modelled demand is few."""
    code = area["area"]
    few = states["before"][code]["demand"] < FEW
    row: dict[str, Any] = {**area, "few": bool(few), "newly": None, "before": None, "after": None}
    if few:
        return row
    row["newly"] = {f"within_{limit}": _people(newly[code], f"newly_{limit}") for limit in limits}
    for name, state in states.items():
        sums = state[code]
        row[name] = {f"beyond_{limit}": _people(sums, f"beyond_{limit}") for limit in limits}
        row[name]["access"] = None if np.isnan(sums["access"]) else round(float(sums["access"]), 4)
    return row


def _people(sums: "Mapping[str, float] | pd.Series[float]", name: str) -> dict[str, float]:
    ends = {"people": name, "low": f"{name}_low", "high": f"{name}_high"}
    return {end: round(float(sums[key]), 1) for end, key in ends.items()}


def _totals(people: pd.DataFrame, cells: pd.DataFrame, limits: tuple[int, ...]) -> dict[str, Any]:
    """Of all cells, those in no area included."""
    minutes = cells["nearest_minutes"].reindex(people.index).to_numpy(dtype=float, na_value=np.nan)
    totals: dict[str, Any] = {}
    for limit in limits:
        away = people[~(minutes <= limit)]
        totals[f"beyond_{limit}"] = {
            end: round(float(away[name].sum()), 1)
            for end, name in (("people", "demand"), ("low", "low"), ("high", "high"))
        }
    visits = float(people["visits"].sum())
    offered = float((cells["access"].fillna(0.0).reindex(people.index) * people["visits"]).sum())
    totals["access"] = round(offered / visits, 4) if visits else None
    return totals
