"""The responsibility map: who answers for every place, and where nobody does, or two do.

A *covered* area has one officer in charge on the day, a *vacant* one none, a *doubled* one more than one. A *hole* is
ground of a parent that none of its children holds, an *overlap* ground that two of them hold, *outside* ground of a
child beyond its parent; an *orphan* is a facility in no area.

The page comes in three weights. Up to `THRESHOLD` polygons they are drawn as Leaflet paths, and the page holds the
data as it is. A single file with more holds it packed and draws it with MapLibre inside the folium page. A served
page with more is light: it asks the server for vector tiles, for the gaps, and for what the reader searches.

Nothing but the columns that the caller selected is written; the page builds every text as text, never as HTML.
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
from maps.compact import columns_to_json, packed_json, points_to_json, polygons_to_json, script_json
from maps.page import MAX_ZOOM, STATIC, Bounds, Page, build_page
from maps.texts import RESPONSIBILITY, in_both_languages

THRESHOLD: Final = 2000
"""With more polygons than this the page no longer draws them as Leaflet paths."""

STATES: Final = ("covered", "vacant", "doubled")
TILE_MAX_ZOOM: Final = 14
CHINA: Final[Bounds] = (73.5, 18.0, 135.1, 53.6)
"""Where a map without any place starts: west, south, east, north in degrees."""
_SIDE_PX: Final = 34
"""A level is shown once its typical area is this many pixels wide."""

Counts = Mapping[str, Mapping[str, int]]
Renderer = Literal["paths", "packed", "tiles"]

_SCRIPTS: Final = tuple(
    f"static/{n}.js" for n in ("text", "data", "markers", "labels", "detail", "panel", "search", "page")
)
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


@dataclass(frozen=True)
class TiledSummary:
    """What the light page must know before it asks for tiles."""

    bounds: Bounds
    """West, south, east, north in degrees."""
    levels: tuple[str, ...]
    """Highest first."""
    counts: Counts
    """Level -> state (vacant, covered, doubled) -> number of areas."""
    on: date
    known: datetime | None
    maxzoom: int = TILE_MAX_ZOOM
    """Tiles are asked for up to this zoom and enlarged beyond it."""
    sides: Mapping[str, float] = field(default_factory=dict)
    """Level -> side of a typical area, in degrees of latitude; without it, as if the level covered everything."""


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
    block = ("application/gzip", packed_json(content)) if many else ("application/json", script_json(content))
    return _page(summary, lang=lang, standalone=standalone, renderer="packed" if many else "paths", data=block)


def render_tiled(summary: TiledSummary, *, lang: Language) -> str:
    """The light page: vector tiles from `/tiles/{layer}/{z}/{x}/{y}`, gaps and search from `/api`."""
    return _page(summary, lang=lang, standalone=False, renderer="tiles", data=None)


def summarise(data: ResponsibilityData) -> TiledSummary:
    """Bounds and counts of the data, for the levels that have areas."""
    counted = data.areas.groupby(["level", "state"], observed=True).size()
    present = set(data.areas["level"])
    levels = tuple(level for level in data.levels if level in present)
    counts = {level: {state: int(counted.get((level, state), 0)) for state in STATES} for level in levels}
    return TiledSummary(_bounds(data), levels, counts, data.on, data.known, sides=_sides(data.areas))


def _sides(areas: gpd.GeoDataFrame) -> dict[str, float]:
    """Side of the square as large as the middle area of each level, in degrees of latitude."""
    squeeze = np.cos(np.radians((areas.geometry.bounds["miny"] + areas.geometry.bounds["maxy"]) / 2))
    side = np.sqrt(shapely.area(areas.geometry.to_numpy()) * squeeze)
    return {str(level): float(middle) for level, middle in side.groupby(areas["level"]).median().items() if middle > 0}


def _bounds(data: ResponsibilityData) -> Bounds:
    """Of the areas; facilities count only where there are none, because an orphan may be anywhere."""
    for frame in (data.areas, data.facilities):
        corners = frame.total_bounds
        if np.isfinite(corners).all():
            west, south, east, north = corners.tolist()
            return west, south, east, north
    return CHINA


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


def _page(
    summary: TiledSummary, *, lang: Language, standalone: bool, renderer: Renderer, data: tuple[str, str] | None
) -> str:
    texts = in_both_languages(RESPONSIBILITY)
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
    }
    blocks = {"wangge-page": ("application/json", script_json(facts))}
    if data is not None:
        blocks["wangge-data"] = data
    page = Page(lang=lang, title=texts[lang]["title"], body=_skeleton(), blocks=blocks)
    drawing = _PATHS if renderer == "paths" else _GL
    html = build_page(
        page,
        bounds=summary.bounds,
        scripts=(*_SCRIPTS, *drawing),
        styles=_STYLES if renderer == "paths" else (*_GL_STYLE, *_STYLES),
    )
    return localise(html, standalone=standalone)


def _skeleton() -> str:
    return (STATIC / "responsibility.html").read_text(encoding="utf-8")
