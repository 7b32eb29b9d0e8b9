"""What an import would change, on a map: new and changed shapes solid, what they replace dashed."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd

from gis.texts import N_, Language
from maps.compact import columns_to_json, points_to_json, polygons_to_json
from maps.slim import build_slim
from maps.view import find_bounds

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "title": N_("What would change"),
        "map": N_("Map of what the import would change"),
        "new": N_("new"),
        "changed": N_("changed"),
        "old": N_("as it is now"),
        "of_new": N_("New: {count}"),
        "of_changed": N_("Changed: {count}"),
        "of_unchanged": N_("Unchanged, not drawn: {count}"),
        "more": N_("Only the first {count} are drawn."),
    }
)


@dataclass(frozen=True)
class Drawn:
    """The shapes of one dry run."""

    rows: gpd.GeoDataFrame
    """code, name, state (new, changed, old); polygons or points in EPSG:4326."""
    around: gpd.GeoDataFrame
    """code; polygons of the highest levels, for orientation."""
    counts: Mapping[str, int]
    """inserted, changed, unchanged: of the whole file."""
    limit: int
    """At most so many shapes come, and as many go; the rest is not in `rows`."""


def render_changes(data: Drawn, *, lang: Language) -> str:
    """The page of one dry run, to be served inside another."""
    rows = data.rows[~(data.rows.geometry.isna() | data.rows.geometry.is_empty)]
    is_points = bool(len(rows)) and bool((rows.geometry.geom_type == "Point").all())
    content: dict[str, Any] = {
        "around": {
            **columns_to_json(data.around[["code", "geometry"]]),
            "shape": polygons_to_json(data.around.geometry),
        },
        "counts": {name: int(data.counts[name]) for name in ("inserted", "changed", "unchanged")},
        "limit": data.limit,
        "more": data.counts["inserted"] + data.counts["changed"] > data.limit,
    }
    if is_points:
        content["points"] = {**columns_to_json(rows), **points_to_json(rows.geometry)}
    else:
        content["shapes"] = {**columns_to_json(rows), "shape": polygons_to_json(rows.geometry)}
    return build_slim("changes", TEXTS, content, lang=lang, bounds=find_bounds(rows, data.around))
