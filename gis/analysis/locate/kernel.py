"""The compiled half of `gis.analysis.locate.points`: an index over polygons and the exact test of one point.

The extent is divided into equal *bins*. A bin lists, in the order of the polygons, those that touch it: one that
covers it wholly answers at once, one whose border passes through it must be tested. The edges of each polygon are
kept in *slabs*, horizontal strips of its own height, so that a test reads a few edges however long the border is.

The test counts the edges that a ray to the east crosses (even-odd). On which side of an edge a point lies is the
sign of a determinant: computed in floating point where an error bound proves the sign (Shewchuk 1997, Adaptive
Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates), and otherwise as an exact sum. A point
on an edge is held. Bins are marked a little wider than an edge passes, which costs time and never exactness.
Every function releases the interpreter lock and shares nothing, so that threads may call them side by side.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Function = TypeVar("Function", bound=Callable[..., object])

_FILTER: Final = (3.0 + 16.0 * 2.0**-53) * 2.0**-53
_SPLITTER: Final = 2.0**27 + 1.0
_MARGIN: Final = 1e-6


class Grid(NamedTuple):
    """The bins: lower left corner, upper right corner, bins per degree each way, number each way."""

    west: float
    south: float
    east: float
    north: float
    per_x: float
    per_y: float
    columns: int
    rows: int


class Borders(NamedTuple):
    """All vertices of all polygons; two neighbours on one ring make an edge."""

    xy: Floats
    ring: Ints
    """Number of the ring of each vertex."""
    start: Ints
    """First vertex of each polygon, and the end."""


class Index(NamedTuple):
    """Bins and slabs of a list of polygons, in compressed rows."""

    grid: Grid
    bin_start: Ints
    bin_entry: Ints
    """Twice the polygon's position, plus one where it covers the bin wholly. `slab_first`: first slab of each one."""
    slab_first: Ints
    slab_start: Ints
    slab_edge: Floats
    """x0, y0, x1, y1 of each edge of each slab."""
    base: Floats
    """South of each polygon."""
    per_slab: Floats
    """Slabs per degree of each polygon."""


def _compiled(function: Function) -> Function:
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@_compiled
def _product(a: float, b: float) -> tuple[float, float]:
    """The rounded product and its exact error (Dekker)."""
    c = a * b
    t = _SPLITTER * a
    a_high = t - (t - a)
    a_low = a - a_high
    t = _SPLITTER * b
    b_high = t - (t - b)
    b_low = b - b_high
    return c, a_low * b_low - (((c - a_high * b_high) - a_low * b_high) - a_high * b_low)


@_compiled
def _exact_side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """The sign of the determinant as an exact sum of twelve terms."""
    terms = (
        _product(ax, by),
        _product(-ax, py),
        _product(-px, by),
        _product(-ay, bx),
        _product(ay, px),
        _product(py, bx),
    )
    total = np.zeros(12)
    for i, (high, low) in enumerate(terms):
        for j, term in ((2 * i, low), (2 * i + 1, high)):
            rest = term
            for k in range(j):
                s = rest + total[k]
                shadow = s - rest
                total[k] = (rest - (s - shadow)) + (total[k] - shadow)
                rest = s
            total[j] = rest
    for k in range(11, -1, -1):
        if total[k] != 0.0:
            return 1 if total[k] > 0.0 else -1
    return 0


@_compiled
def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """1 where p is to the left of a -> b, -1 to the right, 0 on the line; exact."""
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    det = left - right
    if abs(det) >= _FILTER * (abs(left) + abs(right)):
        return int(np.sign(det))
    return _exact_side(ax, ay, bx, by, px, py)


@_compiled
def _holds(index: Index, polygon: int, x: float, y: float) -> bool:
    """Whether the closed polygon holds the point, which is within its height."""
    first, last = index.slab_first[polygon], index.slab_first[polygon + 1] - 1
    slab = min(max(first + int((y - index.base[polygon]) * index.per_slab[polygon]), first), last)
    inside = False
    for k in range(index.slab_start[slab], index.slab_start[slab + 1]):
        x0, y0, x1, y1 = index.slab_edge[k]
        if (y0 < y and y1 < y) or (y0 > y and y1 > y) or (x0 < x and x1 < x):
            continue
        if y0 == y1:
            if min(x0, x1) <= x <= max(x0, x1):
                return True
            continue
        if (x1 == x and y1 == y) or (x0 == x and y0 == y):
            return True
        if x0 > x and x1 > x:
            inside ^= (y0 > y) != (y1 > y)
            continue
        turn = side(x0, y0, x1, y1, x, y)
        if turn == 0:
            return True
        inside ^= ((y0 > y) != (y1 > y)) and ((turn > 0) == (y1 > y0))
    return inside


@_compiled
def fill_slabs(index: Index, borders: Borders, fill: bool) -> None:
    """Counts the edges of each slab into `slab_start` (shifted by one), or fills `slab_edge` and moves it on."""
    for p in range(len(borders.start) - 1):
        first, last = index.slab_first[p], index.slab_first[p + 1] - 1
        for v in range(borders.start[p], borders.start[p + 1] - 1):
            if borders.ring[v] != borders.ring[v + 1]:
                continue
            low, high = min(borders.xy[v, 1], borders.xy[v + 1, 1]), max(borders.xy[v, 1], borders.xy[v + 1, 1])
            bottom = min(first + int((low - index.base[p]) * index.per_slab[p]), last)
            top = min(first + int((high - index.base[p]) * index.per_slab[p]), last)
            for slab in range(bottom, top + 1):
                if fill:
                    index.slab_edge[index.slab_start[slab], :2] = borders.xy[v]
                    index.slab_edge[index.slab_start[slab], 2:] = borders.xy[v + 1]
                    index.slab_start[slab] += 1
                else:
                    index.slab_start[slab + 1] += 1


@_compiled
def _mark(marks: NDArray[np.bool_], grid: Grid, left: int, bottom: int, a: Floats, b: Floats) -> None:
    """Marks in a window of bins each one that the edge a -> b passes through or comes near to."""
    rows, columns = marks.shape
    ax, ay = (a[0] - grid.west) * grid.per_x - left, (a[1] - grid.south) * grid.per_y - bottom
    bx, by = (b[0] - grid.west) * grid.per_x - left, (b[1] - grid.south) * grid.per_y - bottom
    if ay > by:
        ax, ay, bx, by = bx, by, ax, ay
    for row in range(max(int(ay - _MARGIN), 0), min(int(by + _MARGIN), rows - 1) + 1):
        enter, leave = ax, bx
        if row - _MARGIN > ay:
            enter = ax + (bx - ax) * ((row - _MARGIN - ay) / (by - ay))
        if row + 1 + _MARGIN < by:
            leave = ax + (bx - ax) * ((row + 1 + _MARGIN - ay) / (by - ay))
        west, east = min(enter, leave) - _MARGIN, max(enter, leave) + _MARGIN
        for column in range(max(int(west), 0), min(int(east), columns - 1) + 1):
            marks[row, column] = True


@_compiled
def _list_bins(index: Index, polygon: int, marks: NDArray[np.bool_], corner: tuple[int, int], out: Ints) -> int:
    """Writes (bin, entry) of a polygon for the marked bins and for those it covers wholly; returns how many.

    Between two marked bins of a row no border passes, so that one point decides for all of them; a run that
    meets the end of the window is outside.
    """
    grid = index.grid
    left, bottom = corner
    rows, columns = marks.shape
    n = 0
    for row in range(rows):
        last = -1
        for column in range(columns):
            if not marks[row, column]:
                continue
            if 0 <= last < column - 1:
                x = grid.west + (left + last + 1.5) / grid.per_x
                y = grid.south + (bottom + row + 0.5) / grid.per_y
                if _holds(index, polygon, x, y):
                    for covered in range(last + 1, column):
                        out[n, 0], out[n, 1] = (bottom + row) * grid.columns + left + covered, 2 * polygon + 1
                        n += 1
            out[n, 0], out[n, 1] = (bottom + row) * grid.columns + left + column, 2 * polygon
            n += 1
            last = column
    return n


@_compiled
def list_entries(index: Index, borders: Borders, windows: Ints, out: Ints) -> int:
    """Writes (bin, entry) pairs of all polygons, in their order; returns how many.

    `windows` holds the first and last column and the first and last row of the bins of each polygon.
    """
    grid = index.grid
    n = 0
    scratch = np.zeros(grid.columns * grid.rows, dtype=np.bool_)
    for p in range(len(borders.start) - 1):
        if borders.start[p] == borders.start[p + 1]:
            continue
        left, right, bottom, top = windows[p]
        rows, columns = top - bottom + 1, right - left + 1
        marks = scratch[: rows * columns].reshape(rows, columns)
        marks[:] = False
        for v in range(borders.start[p], borders.start[p + 1] - 1):
            if borders.ring[v] == borders.ring[v + 1]:
                _mark(marks, grid, left, bottom, borders.xy[v], borders.xy[v + 1])
        n += _list_bins(index, p, marks, (left, bottom), out[n:])
    return n


@_compiled
def sort_entries(pairs: Ints, bin_start: Ints, bin_entry: Ints) -> None:
    """Sorts (bin, entry) pairs by bin, keeping their order within a bin; `bin_start` comes zeroed."""
    for i in range(len(pairs)):
        bin_start[pairs[i, 0] + 1] += 1
    for b in range(len(bin_start) - 1):
        bin_start[b + 1] += bin_start[b]
    for i in range(len(pairs)):
        b = pairs[i, 0]
        bin_entry[bin_start[b]] = pairs[i, 1]
        bin_start[b] += 1
    for b in range(len(bin_start) - 1, 0, -1):
        bin_start[b] = bin_start[b - 1]
    bin_start[0] = 0


@_compiled
def find_bins(grid: Grid, x: Floats, y: Floats, out: Ints) -> None:
    """Writes the bin of each point, -1 outside the extent and for NaN."""
    for i in range(len(x)):
        if grid.west <= x[i] <= grid.east and grid.south <= y[i] <= grid.north:
            column = min(int((x[i] - grid.west) * grid.per_x), grid.columns - 1)
            row = min(int((y[i] - grid.south) * grid.per_y), grid.rows - 1)
            out[i] = row * grid.columns + column
        else:
            out[i] = -1


@_compiled
def find_first(index: Index, x: Floats, y: Floats, bins: Ints, order: Ints, out: Ints) -> None:
    """Writes the first polygon that holds each point, -1 where there is none; visits the points in `order`."""
    for i in order:
        out[i] = -1
        b = bins[i]
        if b < 0:
            continue
        for k in range(index.bin_start[b], index.bin_start[b + 1]):
            entry = index.bin_entry[k]
            if entry & 1 or _holds(index, entry >> 1, x[i], y[i]):
                out[i] = entry >> 1
                break


@_compiled
def find_all(index: Index, x: Floats, y: Floats, bins: Ints, order: Ints, start: Ints, out: Ints, fill: bool) -> None:
    """Counts the polygons that hold each point into `start`, or writes them to `out` from `start` on."""
    for i in order:
        b = bins[i]
        if b < 0:
            continue
        n = 0
        for k in range(index.bin_start[b], index.bin_start[b + 1]):
            entry = index.bin_entry[k]
            if entry & 1 or _holds(index, entry >> 1, x[i], y[i]):
                if fill:
                    out[start[i] + n] = entry >> 1
                n += 1
        if not fill:
            start[i] = n
