"""Maps of the ground that an officer answers for: to look at, and to draw a correction on.

The own area is bright, its neighbours are faint and say who answers there. The reader's position is asked for on a
press of the button only, drawn, and sent nowhere. A correction starts from the shape as it is stored, to the last
digit: corners that nobody moved stay exactly where the neighbours have them.
"""

import json
from typing import Literal

import geopandas as gpd
import shapely

from gis.texts import Language
from maps.field import areas_to_json, bounds_of, field_page, places_to_json
from maps.page import Bounds


def render_own_grid(
    area: gpd.GeoDataFrame, neighbours: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, *, lang: Language
) -> str:
    """The served page of one own area (code, name, level), its neighbours (those, officer, department), facilities."""
    return field_page(
        lang=lang,
        title="title_grid",
        scripts=("static/own_grid.js",),
        bounds=_widened(bounds_of(area)),
        data=_ground(area, neighbours, facilities),
        facts={},
    )


def render_editor(
    kind: Literal["boundary", "point"],
    target: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    neighbours: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    lang: Language,
) -> str:
    """The served page on which the shape of `target` (one row) is corrected: a boundary, or the point of a facility."""
    shape = json.loads(shapely.to_geojson(target.geometry.iloc[0]))
    return field_page(
        lang=lang,
        title="title_edit",
        scripts=("static/own_grid.js", "static/edit_shape.js"),
        bounds=bounds_of(target) if kind == "boundary" else _around(target, area),
        data={**_ground(area, neighbours, facilities), "geometry": shape},
        facts={"kind": kind},
    )


def _ground(area: gpd.GeoDataFrame, neighbours: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> dict[str, object]:
    return {
        "areas": areas_to_json(area[["code", "name", "level", "geometry"]]),
        "neighbours": areas_to_json(neighbours),
        "facilities": places_to_json(facilities),
    }


def _widened(bounds: Bounds) -> Bounds:
    """With a quarter more on each side, so that the neighbours come into view."""
    west, south, east, north = bounds
    x, y = (east - west) / 4, (north - south) / 4
    return west - x, south - y, east + x, north + y


def _around(target: gpd.GeoDataFrame, area: gpd.GeoDataFrame) -> Bounds:
    """The area where there is one, widened to hold the point; else the ground around the point."""
    point = target.geometry.iloc[0]
    west, south, east, north = bounds_of(area, target)
    aside = 0 if len(area) else 0.002
    return (
        min(west, point.x) - aside,
        min(south, point.y) - aside,
        max(east, point.x) + aside,
        max(north, point.y) + aside,
    )
