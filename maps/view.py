"""What the map pages share: how areas are drawn, at which zoom each level is shown, and the page around the map.

A page has a *theme*, a script that says what an area's state means, how it is coloured and what is listed beside the
map; everything else (panel, search, levels, popups, drawing) is one and the same. It comes in three weights. Up to
`THRESHOLD` polygons they are drawn as Leaflet paths, and the page holds the data as it is. A page with more holds it
packed and draws it with MapLibre inside the folium page. A served page with more may be light: it asks the server for
vector tiles, and for what the reader searches.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import shapely

from gis.texts import Language
from maps.assets import localise
from maps.compact import packed_json, script_json
from maps.page import MAX_ZOOM, STATIC, Bounds, Page, build_page
from maps.texts import in_both_languages

THRESHOLD: Final = 2000
"""With more polygons than this the page no longer draws them as Leaflet paths."""
TILE_MAX_ZOOM: Final = 14
CHINA: Final[Bounds] = (73.5, 18.0, 135.1, 53.6)
"""Where a map without any place starts: west, south, east, north in degrees."""
_SIDE_PX: Final = 34
"""A level is shown once its typical area is this many pixels wide."""

Counts = Mapping[str, Mapping[str, int]]
Renderer = Literal["paths", "packed", "tiles"]

_SCRIPTS: Final = tuple(f"static/{n}.js" for n in ("data", "markers", "labels", "detail", "panel", "search", "page"))
_FRAME: Final = ("static/frame.js",)
_PATHS: Final = ("static/paths.js",)
_GL: Final = (
    "maplibre-gl/dist/maplibre-gl.js",
    "@maplibre/maplibre-gl-leaflet/leaflet-maplibre-gl.js",
    "static/patterns.js",
    "static/gl.js",
)
_GL_STYLE: Final = ("maplibre-gl/dist/maplibre-gl.css",)
_STYLES: Final = ("static/page.css", "static/map.css")


@dataclass(frozen=True)
class TiledSummary:
    """What the light page must know before it asks for tiles."""

    bounds: Bounds
    """West, south, east, north in degrees."""
    levels: tuple[str, ...]
    """Highest first."""
    counts: Counts
    """Level -> state -> number of areas."""
    on: date
    known: datetime | None
    maxzoom: int = TILE_MAX_ZOOM
    """Tiles are asked for up to this zoom and enlarged beyond it."""
    sides: Mapping[str, float] = field(default_factory=dict)
    """Level -> side of a typical area, in degrees of latitude; without it, as if the level covered everything."""


@dataclass(frozen=True)
class Theme:
    """What sets one page apart from the others."""

    script: str
    """Name of the script in `maps/static`, without its ending."""
    texts: Mapping[str, str]
    """Key -> English text."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """More that its script must know, JSON-ready."""


def build_view(
    summary: TiledSummary, theme: Theme, *, lang: Language, standalone: bool, packed: bool, content: object | None
) -> str:
    """The page as HTML: one file for the disk, or a page to serve. Without content it is the light one, of tiles."""
    renderer: Renderer = "tiles" if content is None else "packed" if packed else "paths"
    texts = in_both_languages(theme.texts)
    facts = {
        "lang": lang,
        "renderer": renderer,
        "served": not standalone,
        "on": summary.on,
        "known": summary.known.isoformat(timespec="seconds") if summary.known else None,
        "levels": summary.levels,
        "zooms": zooms(summary),
        "bounds": summary.bounds,
        "counts": summary.counts,
        "maxzoom": summary.maxzoom,
        "texts": texts,
        **theme.facts,
    }
    blocks = {"wangge-page": ("application/json", script_json(facts))}
    if renderer == "packed":
        blocks["wangge-data"] = ("application/gzip", packed_json(content))
    elif renderer == "paths":
        blocks["wangge-data"] = ("application/json", script_json(content))
    page = Page(lang=lang, title=texts[lang]["title"], body=_skeleton(), blocks=blocks)
    html = build_page(
        page,
        bounds=summary.bounds,
        scripts=(
            *("static/text.js", f"static/{theme.script}.js", *_SCRIPTS, *(() if standalone else _FRAME)),
            *(_PATHS if renderer == "paths" else _GL),
        ),
        styles=_STYLES if renderer == "paths" else (*_GL_STYLE, *_STYLES),
    )
    return localise(html, standalone=standalone)


def find_bounds(*frames: gpd.GeoDataFrame) -> Bounds:
    """Of the first frame that has any ground; China where none has."""
    for frame in frames:
        corners = frame.total_bounds
        if np.isfinite(corners).all():
            west, south, east, north = corners.tolist()
            return west, south, east, north
    return CHINA


def count_states(areas: gpd.GeoDataFrame, levels: tuple[str, ...], states: tuple[str, ...]) -> Counts:
    """How many areas of each level are in each state, for the levels that have areas, highest first."""
    counted = areas.groupby(["level", "state"], observed=True).size()
    present = set(areas["level"])
    return {
        level: {state: int(counted.get((level, state), 0)) for state in states} for level in levels if level in present
    }


def typical_sides(areas: gpd.GeoDataFrame) -> dict[str, float]:
    """Side of the square as large as the middle area of each level, in degrees of latitude."""
    squeeze = np.cos(np.radians((areas.geometry.bounds["miny"] + areas.geometry.bounds["maxy"]) / 2))
    side = np.sqrt(shapely.area(areas.geometry.to_numpy()) * squeeze)
    return {str(level): float(middle) for level, middle in side.groupby(areas["level"]).median().items() if middle > 0}


def zooms(summary: TiledSummary) -> dict[str, float]:
    """Level -> the smallest zoom at which it is shown: its areas are then about 34 pixels wide on average.

    A map of zoom z is 256 * 2**z pixels wide. The highest level is shown from zoom 0.
    """
    west, south, east, north = summary.bounds
    squeeze = math.cos(math.radians((south + north) / 2))
    extent = math.sqrt(max(east - west, 1e-6) * max(north - south, 1e-6) / squeeze)
    shown: dict[str, float] = {}
    for level in summary.levels:
        if level in summary.sides:
            side = summary.sides[level] / squeeze
        else:
            side = extent / math.sqrt(max(sum(summary.counts.get(level, {}).values()), 1))
        zoom = math.log2(_SIDE_PX * 360 / (256 * side)) if shown else 0.0
        shown[level] = round(min(max(zoom, 0.0), MAX_ZOOM), 2)
    return shown


def _skeleton() -> str:
    return (STATIC / "page-body.html").read_text(encoding="utf-8")
