"""The frame of the small maps that stand inside the pages of inspectors and grid officers.

Such a map fills its frame, has no panel, and speaks with the page around it by messages: it says what was picked or
drawn, and is told what to show. Both sides check that the other is of their own origin.
"""

from collections.abc import Mapping
from typing import Any, Final

import geopandas as gpd
import numpy as np

from gis.texts import Language
from maps.assets import localise
from maps.compact import columns_to_json, points_to_json, polygons_to_json, script_json
from maps.field_texts import FIELD
from maps.page import STATIC, Bounds, Page, build_page, heading
from maps.responsibility import CHINA
from maps.texts import in_both_languages

_SCRIPTS: Final = ("static/text.js", "static/data.js", "static/field.js")
_STYLES: Final = ("static/page.css", "static/map.css", "static/own_grid.css")


def field_page(
    *,
    lang: Language,
    title: str,
    scripts: tuple[str, ...],
    bounds: Bounds,
    data: Mapping[str, Any],
    facts: Mapping[str, Any],
    texts: Mapping[str, str] = FIELD,
    styles: tuple[str, ...] = (),
    standalone: bool = False,
) -> str:
    """A page around one map, served or one file for the disk.

    `title` is a key of `texts`, `scripts` are our files, the last of which defines `wangge.start`; `styles` come last.
    """
    words_by_language = in_both_languages(texts)
    for words in words_by_language.values():
        words["title"] = words[title]
    page_facts = {"lang": lang, "texts": words_by_language, "bounds": bounds, **facts}
    blocks = {
        "wangge-page": ("application/json", script_json(page_facts)),
        "wangge-data": ("application/json", script_json(data)),
    }
    shown = words_by_language[lang]["title"]
    body = heading(shown) + (STATIC / "own_grid.html").read_text(encoding="utf-8")
    page = Page(lang=lang, title=shown, body=body, blocks=blocks)
    made = build_page(page, bounds=bounds, scripts=(*_SCRIPTS, *scripts), styles=(*_STYLES, *styles))
    return localise(made, standalone=standalone)


def areas_to_json(areas: gpd.GeoDataFrame) -> dict[str, Any]:
    """Columns and shapes, as `wangge.shaped` reads them."""
    return {**columns_to_json(areas), "shape": polygons_to_json(areas.geometry)}


def places_to_json(facilities: gpd.GeoDataFrame) -> dict[str, Any]:
    """Columns and coordinates, as `wangge.rows` reads them; what has no point is left out."""
    placed = facilities[~(facilities.geometry.isna() | facilities.geometry.is_empty)]
    return {**columns_to_json(placed), **points_to_json(placed.geometry)}


def bounds_of(*frames: gpd.GeoDataFrame) -> Bounds:
    """West, south, east, north in degrees of the first frame that has any place."""
    for frame in frames:
        corners = frame.total_bounds
        if len(frame) and np.isfinite(corners).all():
            west, south, east, north = corners.tolist()
            return west, south, east, north
    return CHINA
