"""Frames and polygons as small JSON that a browser unpacks quickly.

A frame goes out by column. Polygons go out as one stream of whole numbers: every coordinate is rounded to a grid of
1e-6 degrees (at most 0.11 m) and written as the difference from the one before, so that most numbers have two or
three digits. Next to it stand the counts that cut the stream: vertices of each ring (its last vertex, equal to the
first, is left out), rings of each polygon, polygons of each row.
"""

import base64
import gzip
import json
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike

STEPS_PER_DEGREE: Final = 1_000_000


def polygons_to_json(geometries: ArrayLike) -> dict[str, Any]:
    """`{"steps", "x", "y", "vertices", "rings", "polygons"}` of polygons and multipolygons in EPSG:4326.

    Parts that are no polygon are left out; a row without any has 0 polygons.

    >>> shape = polygons_to_json([shapely.box(120.0, 30.0, 120.000002, 30.000001)])
    >>> shape["x"], shape["y"]
    ([120000002, 0, -2, 0], [30000000, 1, 0, -1])
    >>> shape["vertices"], shape["rings"], shape["polygons"]
    ([4], [1], [1])
    """
    geometries = np.asarray(geometries, dtype=object)
    parts, row = shapely.get_parts(geometries, return_index=True)
    flat = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    parts, row = parts[flat], row[flat]
    rings, part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    vertices = np.bincount(ring, minlength=len(rings))
    steps = np.rint(coordinates * STEPS_PER_DEGREE).astype(np.int64)
    steps = np.delete(steps, np.cumsum(vertices) - 1, axis=0)
    x, y = np.diff(steps, axis=0, prepend=0).T
    return {
        "steps": STEPS_PER_DEGREE,
        "x": x.tolist(),
        "y": y.tolist(),
        "vertices": (vertices - 1).tolist(),
        "rings": np.bincount(part, minlength=len(parts)).tolist(),
        "polygons": np.bincount(row, minlength=len(geometries)).tolist(),
    }


def columns_to_json(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Column -> values; missing ones are None, days are `YYYY-MM-DD`. Geometry is left out."""
    geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    return {str(name): _values(frame[name]) for name in frame.columns if name != geometry}


def points_to_json(points: gpd.GeoSeries) -> dict[str, list[float]]:
    """`{"lon", "lat"}` in degrees, rounded to 1e-6."""
    return {"lon": points.x.round(6).tolist(), "lat": points.y.round(6).tolist()}


def _values(column: "pd.Series[Any]") -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    return column.astype(object).where(column.notna(), None).tolist()


def script_json(value: object) -> str:
    r"""JSON that may stand in a script element: nothing in it can end the element or start another.

    >>> print(script_json({"name": "</script>"}))
    {"name":"\u003c/script>"}
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def packed_json(value: object) -> str:
    """The same JSON, gzipped and in base64: for values of many megabytes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=2, mtime=0)).decode()


def _plain(value: object) -> object:
    """What json cannot write by itself: days, and numbers of numpy."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        item: object = value.item()
        return item
    return str(value)
