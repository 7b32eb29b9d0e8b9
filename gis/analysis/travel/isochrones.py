"""Isochrones: the ground from which the nearest site is within so many minutes.

On roads the minutes are measured from the middle of each cell of a square *lattice*, as everywhere else; the ground
within a limit is what its cells cover, its steps rounded, so an edge is right to about one cell. Over straight lines it
is the discs around the sites.
"""

import math
from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.crs import STORAGE, local_metres

MOST_CELLS: Final = 12_000
FINEST_M: Final = 50.0
"""A lattice is never finer: a road's own width and the way to a door are not known better."""
_SMALLEST_HOLE: Final = 9
"""Cells; smaller holes are not drawn."""
_CORNERS: Final = 16
"""Segments of a quarter of a disc."""

Bounds = tuple[float, float, float, float]


class Lattice:
    """Square cells over bounds (west, south, east, north in degrees): at most `most` of them."""

    def __init__(self, bounds: Bounds, *, most: int = MOST_CELLS) -> None:
        west, south, east, north = bounds
        self._plane = local_metres((west + east) / 2, (south + north) / 2)
        x, y = self._plane.transform([west, east, west, east], [south, south, north, north])
        self._left, self._foot = min(x), min(y)
        width, height = max(max(x) - min(x), 1.0), max(max(y) - min(y), 1.0)
        self.side_m = max(FINEST_M, math.sqrt(width * height / most), width / most, height / most)
        self.columns, self.rows = (max(1, math.floor(edge / self.side_m)) for edge in (width, height))
        self._step = (width / self.columns, height / self.rows)

    @property
    def places(self) -> NDArray[np.float64]:
        """Longitude and latitude of the middle of each cell, row by row from the south-west."""
        x = self._left + (np.arange(self.columns) + 0.5) * self._step[0]
        y = self._foot + (np.arange(self.rows) + 0.5) * self._step[1]
        grid_x, grid_y = np.meshgrid(x, y)
        lon, lat = self._plane.transform(grid_x.ravel(), grid_y.ravel(), direction="INVERSE")
        return np.column_stack([lon, lat])

    def outline(self, minutes: ArrayLike, limits: Sequence[int]) -> gpd.GeoDataFrame:
        """Columns `minutes` (int64, longest first) and polygons in EPSG:4326; `minutes` of each cell, NaN for none."""
        found = np.asarray(minutes, dtype=float).reshape(self.rows, self.columns)
        grounds = [(limit, self._cover(found <= limit)) for limit in sorted(limits, reverse=True)]
        return _frame(grounds, self._plane)

    def _cover(self, inside: NDArray[np.bool_]) -> shapely.Geometry:
        """The cells that are inside as one ground in metres, its steps rounded off."""
        runs = []
        for row, cells in enumerate(inside):
            turns = np.flatnonzero(np.diff(np.r_[False, cells, False].astype(np.int8)))
            runs += [(row, first, after) for first, after in zip(turns[::2], turns[1::2], strict=True)]
        if not runs:
            return shapely.Polygon()
        row, first, after = np.array(runs).T
        wide, high = self._step
        left, right = self._left + first * wide, self._left + after * wide
        low = self._foot + row * high
        whole = shapely.union_all(shapely.box(left, low, right, low + high))
        half = 0.5 * self.side_m
        rounded = shapely.buffer(shapely.buffer(whole, half, quad_segs=2), -half, quad_segs=2)
        return _fill_small(rounded, _SMALLEST_HOLE * self.side_m**2)


def draw_discs(sites: ArrayLike, limits: Sequence[int], *, metres_per_minute: float) -> gpd.GeoDataFrame:
    """The ground within each limit of any site over straight lines; sites are rows of longitude and latitude.

    Columns as of `Lattice.outline`; `metres_per_minute` is what a straight line is travelled with, detours included.

    >>> draw_discs([[120.0, 30.0]], [15, 30], metres_per_minute=60.0)["minutes"].tolist()
    [30, 15]
    """
    places = np.asarray(sites, dtype=float).reshape(-1, 2)
    middle = places.mean(axis=0) if len(places) else np.zeros(2)
    plane = local_metres(*middle)
    points = shapely.points(np.column_stack(plane.transform(places[:, 0], places[:, 1])))
    grounds = [
        (limit, shapely.union_all(shapely.buffer(points, limit * metres_per_minute, quad_segs=_CORNERS)))
        for limit in sorted(limits, reverse=True)
    ]
    return _frame(grounds, plane)


def _fill_small(ground: shapely.Geometry, m2: float) -> shapely.Geometry:
    """The ground without holes smaller than so much, such as a courtyard that no way is drawn into."""
    parts = []
    for part in shapely.get_parts(ground):
        holes = [ring for ring in part.interiors if shapely.Polygon(ring).area >= m2]
        parts.append(shapely.Polygon(part.exterior, holes))
    return shapely.MultiPolygon(parts) if len(parts) != 1 else parts[0]


def _frame(grounds: Sequence[tuple[int, shapely.Geometry]], plane: pyproj.Transformer) -> gpd.GeoDataFrame:
    def back(corners: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(plane.transform(corners[:, 0], corners[:, 1], direction="INVERSE"))

    shapes = [shapely.transform(shapely.simplify(ground, 5.0), back) for _limit, ground in grounds]
    return gpd.GeoDataFrame({"minutes": [limit for limit, _ground in grounds]}, geometry=shapes, crs=STORAGE)
