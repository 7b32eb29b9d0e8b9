"""The map of clusters: where inspections found more than chance explains, and where nobody looked.

An area is in a *strong* cluster (p up to 5 %), in a *weak* one (chance does as much more often), in none though
somebody *looked*, or *unseen*: no premises there were inspected in the period. Only the level that was scanned is
drawn, since an area is not suspect for what lies inside it. The page says what a cluster does not mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.texts import N_, Language
from maps.compact import columns_to_json, points_to_json, polygons_to_json
from maps.texts import RESPONSIBILITY
from maps.view import THRESHOLD, Theme, TiledSummary, build_view, count_states, find_bounds, typical_sides

STATES: Final = ("looked", "strong", "weak", "unseen")
LIKELY: Final = 0.05

CLUSTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **RESPONSIBILITY,
        "title": N_("Map of clusters"),
        "map": N_("Map of areas, and where inspections found more than chance explains"),
        "panel": N_("Search, layers and clusters"),
        "search_hint": N_("Name or code of an area"),
        "coverage": N_("Areas"),
        "of_level": N_("in {covered} of {total} areas somebody looked and there is no cluster"),
        "gaps": N_("Clusters"),
        "by_cluster": N_("By cluster"),
        "strong": N_("Cluster"),
        "strong_hint": N_("Chance alone finds as much somewhere in at most 5 of 100 cases"),
        "weak": N_("Perhaps chance"),
        "weak_hint": N_("The next strongest places; chance alone does as much more often than 5 times in 100"),
        "looked": N_("No cluster"),
        "unseen": N_("Nobody looked"),
        "caption": N_("{cases} with findings of {population} inspected"),
        "cluster_title": N_("{cases} with findings, {expected} expected, p = {p}"),
        "cases": N_("Premises with findings"),
        "population": N_("Premises inspected"),
        "number": N_("Cluster number"),
        "cluster_cases": N_("In the cluster"),
        "cluster_expected": N_("Expected there"),
        "cluster_p": N_("p of the cluster"),
    }
)
"""Key -> English text of the page; what it shares with the responsibility page is not written twice."""


@dataclass(frozen=True)
class ClusterData:
    """Everything the map shows, columns already selected for the reader's role."""

    areas: gpd.GeoDataFrame
    """code, name, level, parent_code, cases, population (Int64), all of one level; in EPSG:4326."""
    clusters: pd.DataFrame
    """areas (codes), cases, expected, p, strongest first."""
    levels: tuple[str, ...]
    """Highest first."""
    on: date
    start: date
    known: datetime | None
    meaning: str
    """The English text of what a cluster does and does not mean."""


def render(data: ClusterData, *, lang: Language, standalone: bool, threshold: int = THRESHOLD) -> str:
    """The page as HTML: one file for the disk, or a page for the web application to serve."""
    areas = mark(data.areas, data.clusters)
    counts = count_states(areas, data.levels, STATES)
    summary = TiledSummary(
        find_bounds(areas), tuple(counts), counts, data.on, data.known, sides=typical_sides(data.areas)
    )
    nothing = data.areas.iloc[:0]
    content = {
        "areas": {**columns_to_json(areas), "shape": polygons_to_json(areas.geometry)},
        "faults": {**columns_to_json(nothing), "shape": polygons_to_json(nothing.geometry)},
        "facilities": {"code": [], **points_to_json(gpd.GeoSeries([], crs=4326))},
        "gaps": {},
    }
    theme = Theme("clusters", {**CLUSTERS, "footer": data.meaning}, {"start": data.start.isoformat()})
    packed = len(areas) > threshold
    return build_view(summary, theme, lang=lang, standalone=standalone, packed=packed, content=content)


def mark(areas: gpd.GeoDataFrame, clusters: pd.DataFrame) -> gpd.GeoDataFrame:
    """The areas with `state`, and `number`, `cluster_cases`, `cluster_expected`, `cluster_p` of their cluster."""
    names = ["number", "cluster_cases", "cluster_expected", "cluster_p"]
    held = pd.DataFrame(
        {
            "code": clusters["areas"].to_numpy(),
            "number": np.arange(1, len(clusters) + 1),
            "cluster_cases": clusters["cases"].to_numpy(),
            "cluster_expected": clusters["expected"].astype("float64").round(1).to_numpy(),
            "cluster_p": clusters["p"].astype("float64").round(4).to_numpy(),
        }
    )
    held = held.explode("code").set_index("code").reindex(areas["code"]).set_axis(areas.index)
    held = held.astype(dict.fromkeys(names[:2], "Int64") | dict.fromkeys(names[2:], "Float64"))
    state = pd.Series("looked", index=areas.index).mask(areas["population"].fillna(0) == 0, "unseen")
    state = state.mask(held["number"].notna().to_numpy(), "weak")
    state = state.mask((held["cluster_p"] <= LIKELY).fillna(False).to_numpy(dtype=bool), "strong")
    held["cluster_p"] = held["cluster_p"].map("{:.3f}".format, na_action="ignore").astype("str")
    shown = areas[["code", "name", "level", "parent_code", "cases", "population", "geometry"]]
    return shown.assign(state=state, **{name: held[name] for name in names})
