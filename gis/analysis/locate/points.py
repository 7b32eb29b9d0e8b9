"""Which polygon holds each point.

The border rule: a polygon is a closed set, so a point on its border, or on the ring of a hole in it, belongs to
it. Where several polygons hold a point, on a common border or in an overlap, the one that comes first in the
order given wins; callers sort by code. A point inside a hole does not belong. Coordinates are compared as the
numbers they are, exactly: no tolerance, no rounding. A point that is not finite, a polygon that is missing, empty
or has a coordinate that is not finite, and anything that is not a polygon or multipolygon match nothing.

There are two ways to the same answer. A few points are looked up by shapely, which needs no preparation. Many
points go through a compiled index (`gis.analysis.locate.index`), on all processors; its code is compiled once and
then read from the disk.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Degrees: TypeAlias = ArrayLike | Sequence[float | None]
Polygons: TypeAlias = gpd.GeoSeries | NDArray[np.object_] | Sequence[shapely.Geometry | None]

MANY_POINTS: Final = 100_000
"""From this number of points on, the compiled index pays for being loaded."""

_LARGEST: Final = 1e100
"""A polygon with a larger coordinate counts as not finite: the arithmetic would overflow."""


def locate_points(lon: Degrees, lat: Degrees, polygons: Polygons) -> Ints:
    """Position in `polygons` of the first that holds each point, -1 where none does; the border rule is above.

    Points and polygons share one reference system, usually EPSG:4326. Raises ValueError where `lon` and `lat`
    differ in length.

    >>> left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    >>> locate_points([0.5, 1.0, 1.5, 9.0], [0.5, 0.5, 0.5, 0.5], [left, right]).tolist()
    [0, 0, 1, -1]
    """
    x, y, geometries = _prepare(lon, lat, polygons)
    if len(x) >= MANY_POINTS:
        from gis.analysis.locate.index import search_first  # noqa: PLC0415 - loading numba takes a second

        return search_first(x, y, geometries)
    points, holders = _query_tree(x, y, geometries)
    found = np.full(len(x), -1, dtype=np.int64)
    found[points[::-1]] = holders[::-1]
    return found


def load_compiled() -> None:
    """Compiles the index, or loads it from the disk, ahead of its first use; seconds once, then about one."""
    from gis.analysis.locate.index import search_all, search_first  # noqa: PLC0415 - loading numba takes a second

    point, polygons = np.array([0.5]), np.array([shapely.box(0, 0, 1, 1)], dtype=object)
    search_first(point, point, polygons)
    search_all(point, point, polygons)


def locate_all(lon: Degrees, lat: Degrees, polygons: Polygons) -> tuple[Ints, Ints]:
    """Every pair of a point and a polygon that holds it: their positions, by point and then by polygon.

    >>> points, holders = locate_all([0.5, 1.0], [0.5, 0.5], [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> points.tolist(), holders.tolist()
    ([0, 1, 1], [0, 0, 1])
    """
    x, y, geometries = _prepare(lon, lat, polygons)
    if len(x) >= MANY_POINTS:
        from gis.analysis.locate.index import search_all  # noqa: PLC0415 - loading numba takes a second

        return search_all(x, y, geometries)
    return _query_tree(x, y, geometries)


def _prepare(lon: Degrees, lat: Degrees, polygons: Polygons) -> tuple[Floats, Floats, NDArray[np.object_]]:
    """The points as two arrays of floats, the polygons as an array with None for what can hold nothing."""
    x = np.ascontiguousarray(np.atleast_1d(np.asarray(lon, dtype=np.float64)))
    y = np.ascontiguousarray(np.atleast_1d(np.asarray(lat, dtype=np.float64)))
    if x.shape != y.shape:
        raise ValueError(f"lon and lat differ in shape: {x.shape} and {y.shape}")
    geometries = np.array(polygons, dtype=object, ndmin=1)
    if not (np.abs(shapely.get_coordinates(geometries)) <= _LARGEST).all():
        coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
        geometries[owner[~(np.abs(coordinates) <= _LARGEST).all(axis=1)]] = None
    geometries[~np.isin(shapely.get_type_id(geometries), (3, 6))] = None
    return x, y, geometries


def _query_tree(x: Floats, y: Floats, geometries: NDArray[np.object_]) -> tuple[Ints, Ints]:
    """All pairs by a tree over the points, by point and then by polygon."""
    usable = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    tree = shapely.STRtree(np.asarray(shapely.points(x[usable], y[usable]), dtype=object))
    holders, hits = tree.query(geometries, predicate="intersects")
    points = usable[hits]
    order = np.lexsort((holders, points))
    return points[order].astype(np.int64), holders[order].astype(np.int64)
