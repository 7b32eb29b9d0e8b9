"""The map of premises: facilities as marks in clusters, over the outline of the reader's areas."""

import geopandas as gpd

from gis.texts import Language
from maps.field import areas_to_json, bounds_of, field_page, places_to_json


def render_premises(
    facilities: gpd.GeoDataFrame, outline: gpd.GeoDataFrame, *, lang: Language, chosen: str | None = None
) -> str:
    """The served page. Columns have been selected for the reader's role; points and polygons in EPSG:4326.

    `facilities` has code, name, licence (valid, lapsed, none) and any more columns to show; `outline` code and name;
    `chosen` is the code of the facility to open at the start.
    """
    return field_page(
        lang=lang,
        title="title_premises",
        scripts=("static/premises.js",),
        bounds=bounds_of(outline, facilities) if chosen is None else bounds_of(_one(facilities, chosen), outline),
        data={"facilities": places_to_json(facilities), "areas": areas_to_json(outline)},
        facts={"chosen": chosen},
    )


def _one(facilities: gpd.GeoDataFrame, code: str) -> gpd.GeoDataFrame:
    return facilities[facilities["code"] == code]
