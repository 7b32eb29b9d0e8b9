"""The responsibility map: who answers for every place, and where nobody does, or two do.

A *covered* area has one officer in charge on the day, a *vacant* one none, a *doubled* one more than one. A *hole* is
ground of a parent that none of its children holds, an *overlap* ground that two of them hold, *outside* ground of a
child beyond its parent; an *orphan* is a facility in no area. A served page of many areas is light (`maps.view`): it
asks the server for tiles and for the gaps.

Nothing but the columns that the caller selected is written; the page builds every text as text, never as HTML.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import geopandas as gpd

from gis.texts import Language
from maps.compact import columns_to_json, points_to_json, polygons_to_json
from maps.texts import RESPONSIBILITY
from maps.view import (
    CHINA,
    THRESHOLD,
    Theme,
    TiledSummary,
    build_view,
    count_states,
    find_bounds,
    typical_sides,
    zooms,
)

__all__ = [
    "CHINA",
    "STATES",
    "THRESHOLD",
    "ResponsibilityData",
    "TiledSummary",
    "render",
    "render_tiled",
    "summarise",
    "zooms",
]

STATES: Final = ("covered", "vacant", "doubled")
_THEME: Final = Theme("responsibility", RESPONSIBILITY)


@dataclass(frozen=True)
class ResponsibilityData:
    """Everything the map shows of one day, columns already selected for the reader's role."""

    areas: gpd.GeoDataFrame
    """code, name, level, parent_code, officer (null: nobody), state; any more columns are shown with the area, among
    them `from` and `to`, the period of the officer. Polygons in EPSG:4326."""
    faults: gpd.GeoDataFrame
    """kind (hole, overlap, outside), a, b, area_m2; polygons in EPSG:4326. A hole lies in parent `a` and has no `b`;
    outside is child `a` beyond parent `b`."""
    facilities: gpd.GeoDataFrame
    """code, name, kind, area_code, orphan (bool), any more; points in EPSG:4326."""
    levels: tuple[str, ...]
    """Highest first."""
    on: date
    known: datetime | None
    gaps: Mapping[str, Any]
    """What `gaps responsibility` answers, JSON-ready."""


def render(data: ResponsibilityData, *, lang: Language, standalone: bool, threshold: int = THRESHOLD) -> str:
    """The page of one day as HTML: one file for the disk, or a page for the web application to serve.

    With more areas than `threshold` a served page is the light one of `render_tiled`.
    """
    many = len(data.areas) > threshold
    facilities = data.facilities[~(data.facilities.geometry.isna() | data.facilities.geometry.is_empty)]
    summary = summarise(data)
    if many and not standalone:
        return render_tiled(summary, lang=lang)
    content = {
        "areas": {**columns_to_json(data.areas), "shape": polygons_to_json(data.areas.geometry)},
        "faults": {**columns_to_json(data.faults), "shape": polygons_to_json(data.faults.geometry)},
        "facilities": {**columns_to_json(facilities), **points_to_json(facilities.geometry)},
        "gaps": data.gaps,
    }
    return build_view(summary, _THEME, lang=lang, standalone=standalone, packed=many, content=content)


def render_tiled(summary: TiledSummary, *, lang: Language) -> str:
    """The light page: vector tiles from `/tiles/{layer}/{z}/{x}/{y}`, gaps and search from `/api`."""
    return build_view(summary, _THEME, lang=lang, standalone=False, packed=False, content=None)


def summarise(data: ResponsibilityData) -> TiledSummary:
    """Bounds and counts of the data, for the levels that have areas.

    Facilities count for the bounds only where there is no area, because an orphan may be anywhere.
    """
    counts = count_states(data.areas, data.levels, STATES)
    bounds = find_bounds(data.areas, data.facilities)
    return TiledSummary(bounds, tuple(counts), counts, data.on, data.known, sides=typical_sides(data.areas))
