"""The index over polygons that `gis.analysis.locate.points` searches when there are many points: how it is laid out.

Built anew for each call: a tenth of a second for a hundred thousand polygons. The number of bins grows with both
polygons and points, and is cut down where large or overlapping polygons would be listed in too many of them, so
that memory stays in proportion to the input.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.analysis.locate import kernel
from gis.analysis.locate.kernel import Borders, Floats, Grid, Index, Ints

_FEWEST_BINS: Final = 1_024
_MOST_BINS: Final = 4_000_000
_ENTRIES_PER_POLYGON: Final = 64
_EDGES_PER_SLAB: Final = 12
_POINTS_AT_ONCE: Final = 500_000
_THINNEST: Final = 1e-100
_NONE: Final = np.zeros(0, dtype=np.int64)


def search_first(x: Floats, y: Floats, polygons: NDArray[np.object_]) -> Ints:
    """Position of the first polygon that holds each point, -1 where none does. Points in any order, NaN allowed."""
    index = build_index(polygons, points=len(x))
    found = np.empty(len(x), dtype=np.int64)

    def search(part: slice) -> None:
        kernel.find_first(index, x[part], y[part], *_sort_points(index.grid, x[part], y[part]), found[part])

    _share(search, len(x))
    return found


def search_all(x: Floats, y: Floats, polygons: NDArray[np.object_]) -> tuple[Ints, Ints]:
    """Every pair of a point and a polygon that holds it, by point and then by polygon."""
    index = build_index(polygons, points=len(x))
    start = np.zeros(len(x), dtype=np.int64)

    def search(part: slice, holders: Ints, fill: bool) -> None:
        bins, order = _sort_points(index.grid, x[part], y[part])
        kernel.find_all(index, x[part], y[part], bins, order, start[part], holders, fill)

    _share(lambda part: search(part, _NONE, False), len(x))
    number = start.copy()
    start[:] = np.cumsum(number) - number
    holders = np.empty(number.sum(), dtype=np.int64)
    _share(lambda part: search(part, holders, True), len(x))
    return np.repeat(np.arange(len(x)), number), holders


def _sort_points(grid: Grid, x: Floats, y: Floats) -> tuple[Ints, Ints]:
    """The bin of each point, and the order by bin: neighbours then read the same memory."""
    bins = np.empty(len(x), dtype=np.int64)
    kernel.find_bins(grid, x, y, bins)
    return bins, np.argsort(bins)


def build_index(polygons: NDArray[np.object_], *, points: int) -> Index:
    """The index for about so many points. Polygons and multipolygons with finite coordinates, empty, or None."""
    borders = _list_borders(polygons)
    bounds = shapely.bounds(polygons)
    grid, windows = _lay_grid(bounds, points)
    index = _cut_slabs(grid, bounds, borders)
    room = int(((windows[:, 1] - windows[:, 0] + 1) * (windows[:, 3] - windows[:, 2] + 1)).sum())
    pairs = np.empty((room, 2), dtype=np.int64)
    pairs = pairs[: kernel.list_entries(index, borders, windows, pairs)]
    index = index._replace(
        bin_start=np.zeros(grid.columns * grid.rows + 1, dtype=np.int64),
        bin_entry=np.empty(len(pairs), dtype=np.int64),
    )
    kernel.sort_entries(pairs, index.bin_start, index.bin_entry)
    return index


def _list_borders(polygons: NDArray[np.object_]) -> Borders:
    """The vertices of all rings, polygon by polygon."""
    plain = (shapely.get_type_id(polygons) == 3) & (shapely.get_num_interior_rings(polygons) == 0)
    others = np.flatnonzero(~plain)
    parts, part_owner = shapely.get_parts(polygons[others], return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    owner = np.concatenate([np.flatnonzero(plain), others[part_owner[ring_part]]])
    order = np.argsort(owner, kind="stable")
    rings, owner = np.concatenate([polygons[plain], rings])[order], owner[order]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    start = np.searchsorted(owner[ring] if len(others) else ring, np.arange(len(polygons) + 1))
    return Borders(xy, ring, start)


def _lay_grid(bounds: Floats, points: int) -> tuple[Grid, Ints]:
    """Bins over all polygons, as square as they can be, and the window of bins of each polygon."""
    solid = bounds[~np.isnan(bounds).any(axis=1)]
    if len(solid) == 0:
        return Grid(0.0, 0.0, -1.0, -1.0, 0.0, 0.0, 1, 1), np.zeros((len(bounds), 4), dtype=np.int64)
    west, south = solid[:, :2].min(axis=0)
    east, north = solid[:, 2:].max(axis=0)
    wanted = min(max(4 * len(solid) + points // 4, _FEWEST_BINS), _MOST_BINS)
    while True:
        grid = _square_bins(float(west), float(south), float(east), float(north), wanted)
        windows = _find_windows(grid, bounds)
        entries = ((windows[:, 1] - windows[:, 0] + 1) * (windows[:, 3] - windows[:, 2] + 1)).sum()
        if wanted == 1 or entries <= _ENTRIES_PER_POLYGON * (len(solid) + points // 16):
            return grid, windows
        wanted //= 2


def _square_bins(west: float, south: float, east: float, north: float, wanted: int) -> Grid:
    width, height = east - west, north - south
    columns = max(1, min(wanted, round((wanted * width / height) ** 0.5))) if height > _THINNEST else wanted
    rows = max(1, wanted // columns)
    per_x = columns / width if width > _THINNEST else 0.0
    per_y = rows / height if height > _THINNEST else 0.0
    return Grid(west, south, east, north, per_x, per_y, columns, rows)


def _find_windows(grid: Grid, bounds: Floats) -> Ints:
    """First and last column, first and last row of the bins that each polygon's bounds meet."""
    filled = np.where(np.isnan(bounds), [grid.west, grid.south] * 2, bounds)
    columns = ((filled[:, [0, 2]] - grid.west) * grid.per_x).astype(np.int64)
    rows = ((filled[:, [1, 3]] - grid.south) * grid.per_y).astype(np.int64)
    return np.concatenate([np.minimum(columns, grid.columns - 1), np.minimum(rows, grid.rows - 1)], axis=1)


def _cut_slabs(grid: Grid, bounds: Floats, borders: Borders) -> Index:
    """The index with its slabs filled and its bins still empty."""
    number = np.maximum(np.diff(borders.start) // _EDGES_PER_SLAB, 1)
    height = bounds[:, 3] - bounds[:, 1]
    per_slab = np.divide(number, height, out=np.zeros(len(bounds)), where=height > _THINNEST)
    index = Index(
        grid=grid,
        bin_start=_NONE,
        bin_entry=_NONE,
        slab_first=np.r_[0, np.cumsum(number)],
        slab_start=np.zeros(number.sum() + 1, dtype=np.int64),
        slab_edge=np.zeros((0, 4)),
        base=np.ascontiguousarray(bounds[:, 1]),
        per_slab=per_slab,
    )
    kernel.fill_slabs(index, borders, False)
    start = np.cumsum(index.slab_start)
    index = index._replace(slab_start=start.copy(), slab_edge=np.empty((start[-1], 4)))
    kernel.fill_slabs(index, borders, True)
    return index._replace(slab_start=start)


def _share(work: Callable[[slice], None], number: int) -> None:
    """Does the work for all of `number` rows in parts, one thread for each processor."""
    parts = [slice(a, min(a + _POINTS_AT_ONCE, number)) for a in range(0, number, _POINTS_AT_ONCE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(work, part) for part in parts]:
            done.result()
