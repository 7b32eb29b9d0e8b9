"""The public's map: a click on a place asks the page around it who answers there."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import geopandas as gpd

from gis.texts import N_, Language
from maps.compact import columns_to_json, polygons_to_json
from maps.slim import build_slim
from maps.view import TiledSummary, find_bounds, zooms

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "title": N_("Who answers here"),
        "map": N_("Map: click on a place to see who answers for it"),
        "vacant": N_("Nobody answers for it"),
    }
)


@dataclass(frozen=True)
class Places:
    """The areas of the lowest level that exists at each place, and those above them, as the public may see them."""

    places: gpd.GeoDataFrame
    """code, name, officer (missing: nobody); polygons in EPSG:4326."""
    around: gpd.GeoDataFrame
    """code; polygons of higher levels, drawn as outlines."""


def render_places(data: Places, *, lang: Language) -> str:
    """The map of a district with few enough areas to be drawn one by one."""
    content = {
        "places": {
            **columns_to_json(data.places[["code", "name", "officer", "geometry"]]),
            "shape": polygons_to_json(data.places.geometry),
        },
        "around": {
            **columns_to_json(data.around[["code", "geometry"]]),
            "shape": polygons_to_json(data.around.geometry),
        },
    }
    return build_slim("open", TEXTS, content, lang=lang, bounds=find_bounds(data.places))


def render_tiles(summary: TiledSummary, *, lang: Language) -> str:
    """The same of many areas, from `/tiles/{level}/{z}/{x}/{y}`."""
    tiles = {"levels": summary.levels, "zooms": zooms(summary), "on": summary.on, "maxzoom": summary.maxzoom}
    return build_slim("open", TEXTS, {"tiles": tiles}, lang=lang, bounds=summary.bounds, tiled=True)
