"""The map of care within reach: how many of the modelled demand are beyond a limit, area by area, on foot and by car.

An area is *beyond* where somebody is modelled to live further from the nearest site than the first limit, on foot;
*within* where nobody is; *few* where the demand is under five, of which nothing is shown; *empty* where no cell lies.
It is shaded by the share that is beyond, in five steps, for each mode and limit. Over it lie the isochrones of the
sites and the cells of the demand. Of a cell only its class is written, of an area no number of people under five.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.roads import MODES, Mode
from gis.texts import N_, Language
from maps.compact import columns_to_json, points_to_json, polygons_to_json
from maps.texts import RESPONSIBILITY
from maps.view import THRESHOLD, Theme, TiledSummary, build_view, count_states, find_bounds, typical_sides

STATES: Final = ("within", "beyond", "few", "empty")
EDGES: Final = (0.2, 0.4, 0.6, 0.8)
"""Where shares are cut into five steps; a share on an edge belongs to the step above."""
FEW: Final = 5
"""Under so many modelled people nothing is shown but that they are few."""
CELL_EDGES: Final = (5, 10, 20, 50)
"""The demand of a cell is shown in these classes."""

ACCESS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **RESPONSIBILITY,
        "title": N_("Antenatal care within reach"),
        "map": N_("Map of areas, and how many of the modelled pregnancies are far from antenatal care"),
        "panel": N_("Search, layers and areas out of reach"),
        "search_hint": N_("Name or code of an area or facility"),
        "coverage": N_("Areas"),
        "of_level": N_("in {covered} of {total} areas nobody is beyond the first limit on foot"),
        "gaps": N_("Out of reach"),
        "facilities": N_("Sites of antenatal care"),
        "by_walk": N_("On foot, {minutes} min"),
        "by_drive": N_("By car, {minutes} min"),
        "beyond": N_("Some out of reach"),
        "beyond_hint": N_("By the lower end of the modelled number beyond the first limit on foot, the largest first"),
        "within": N_("All within reach"),
        "few": N_("Under five"),
        "empty": N_("No modelled demand"),
        "caption": N_("{people} ({low} to {high}) of {demand} beyond"),
        "caption_few": N_("Fewer than five modelled pregnancies"),
        "step_share": N_("{from} to {to} % beyond"),
        "demand": N_("Modelled pregnancies a year"),
        "interval": N_("{people} ({low} to {high})"),
        "served": N_("Find a place within capacity"),
        "offered": N_("Visits offered for one needed"),
        "capacity": N_("Visits a year"),
        "isochrones_walk": N_("Within {minutes} min on foot of a site"),
        "isochrones_drive": N_("Within {minutes} min by car of a site"),
        "isochrones": N_("Lines of equal travel time"),
        "discs": N_("Straight lines, no roads: discs, not ways"),
        "cells": N_("Modelled demand by cell"),
        "cell_under": N_("under {to}"),
        "cell_range": N_("{from} to {to}"),
        "cell_over": N_("{from} and more"),
        "out": N_("{name}: {people} ({low} to {high})"),
        "footer": N_(
            "Demand is modelled for map cells from population and fertility; nobody is counted, and wangge holds "
            "nothing about individual people."
        ),
    }
)
"""Key -> English text of the page; what it shares with the responsibility page is not written twice."""


@dataclass(frozen=True)
class AccessData:
    """Everything the map shows of one day, columns already selected for the reader's role."""

    areas: gpd.GeoDataFrame
    """code, name, level, parent_code, and the sums of `gis.analysis.access.care.sum_by_area` as walk_demand,
    drive_beyond_30 and so on; polygons in EPSG:4326."""
    cells: gpd.GeoDataFrame
    """demand (float64); points in EPSG:4326."""
    sites: gpd.GeoDataFrame
    """code, name, kind, address, hours, capacity (float64, visits a year); points."""
    isochrones: Mapping[Mode, gpd.GeoDataFrame]
    """minutes, longest first; polygons."""
    straight: Mapping[Mode, bool]
    """Whether times of the mode are straight lines."""
    limits: tuple[int, ...]
    levels: tuple[str, ...]
    """Highest first."""
    on: date
    known: datetime | None
    notes: tuple[str, ...] = ()
    """What a reader must know of the figures, in the reader's language."""


def render(data: AccessData, *, lang: Language, standalone: bool, threshold: int = THRESHOLD) -> str:
    """The page as HTML: one file for the disk, or a page for the web application to serve."""
    areas = shade(data.areas, data.limits)
    counts = count_states(areas, data.levels, STATES)
    bounds = find_bounds(areas, data.sites, data.cells)
    summary = TiledSummary(bounds, tuple(counts), counts, data.on, data.known, sides=typical_sides(data.areas))
    nothing = data.areas.iloc[:0]
    sites = data.sites[["code", "name", "kind", "address", "hours", "capacity", "geometry"]]
    sites = sites.assign(capacity=sites["capacity"].round().astype("Int64"))
    content = {
        "areas": {**columns_to_json(areas), "shape": polygons_to_json(areas.geometry)},
        "faults": {**columns_to_json(nothing), "shape": polygons_to_json(nothing.geometry)},
        "facilities": {**columns_to_json(sites), **points_to_json(sites.geometry)},
        "gaps": {},
        "extra": {
            "isochrones": {
                mode: {"minutes": frame["minutes"].tolist(), "shape": polygons_to_json(frame.geometry)}
                for mode, frame in data.isochrones.items()
            },
            "cells": {**points_to_json(data.cells.geometry), "class": classify(data.cells["demand"])},
        },
    }
    facts = {
        "limits": data.limits,
        "modes": MODES,
        "straight": dict(data.straight),
        "edges": [0, *(round(100 * edge) for edge in EDGES), 100],
        "cell_edges": CELL_EDGES,
        "notes": data.notes,
    }
    packed = len(areas) + len(data.sites) > threshold
    theme = Theme("access", ACCESS, facts)
    return build_view(summary, theme, lang=lang, standalone=standalone, packed=packed, content=content)


def shade(areas: gpd.GeoDataFrame, limits: tuple[int, ...]) -> gpd.GeoDataFrame:
    """The areas with `state`, `demand` and its ends, and for each mode and limit `walk_0` (the step, 0 to 4, missing
    where nothing is shown) and `walk_0_people, walk_0_low, walk_0_high`; also `walk_served` and `walk_offered`.
    """
    demand = areas["walk_demand"].fillna(0.0)
    told = demand >= FEW
    first = areas[f"walk_beyond_{limits[0]}"].fillna(0.0)
    state = np.select([demand <= 0, ~told, first > 0], ["empty", "few", "beyond"], "within")
    shown: dict[str, Any] = {"state": state}
    for end in ("demand", "low", "high"):
        shown[end] = tell(areas[f"walk_{end}"], told)
    for mode in MODES:
        for place, limit in enumerate(limits):
            name, slot = f"{mode}_beyond_{limit}", f"{mode}_{place}"
            share = areas[f"{name}_share"].where(told)
            step = pd.Series(np.searchsorted(EDGES, share.fillna(0.0), side="right"), index=areas.index)
            shown[slot] = step.where(share.notna()).astype("Int64")
            for suffix, end in (("", "people"), ("_low", "low"), ("_high", "high")):
                shown[f"{slot}_{end}"] = tell(areas[name + suffix], told)
        shown[f"{mode}_served"] = tell(areas[f"{mode}_served"], told)
        shown[f"{mode}_offered"] = areas[f"{mode}_access"].where(told).round(2).astype("Float64")
    return areas[["code", "name", "level", "parent_code", "geometry"]].assign(**shown)


def tell(numbers: "pd.Series[float]", told: "pd.Series[bool]") -> "pd.Series[Any]":
    """Numbers of people as they may stand on a page: whole, `<5` for one from 0 to 5, missing where not told.

    >>> tell(pd.Series([0.0, 0.2, 4.96, 7.4]), pd.Series([True, True, True, True])).tolist()
    [0, '<5', '<5', 7]
    """
    texts = [0 if n == 0 else f"<{FEW}" if n < FEW else round(n) for n in numbers.fillna(0.0)]
    return pd.Series(texts, index=numbers.index, dtype=object).where(told, None)


def classify(demand: "pd.Series[float]") -> list[int]:
    """The class of each cell, 0 for the smallest.

    >>> classify(pd.Series([0.5, 5.0, 19.0, 400.0]))
    [0, 1, 2, 4]
    """
    found: list[int] = np.searchsorted(CELL_EDGES, demand.to_numpy(dtype=float), side="right").tolist()
    return found
