"""The neighbours of each area, nearest first: where the windows of the scan end.

Distances are whole numbers, billionths of the extent, sorted by their digits (radix sort), no comparison made. Most of
them need no sorting: first the population is summed by distance roughly, and what no window reaches is left out.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from gis.analysis.scan.lanes import STEPS

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bins = NDArray[np.int16]
Function = TypeVar("Function", bound=Callable[..., object])

RESOLUTION: Final = 1e9
"""Distances are told apart to this part of the extent; they have 30 bits."""
_DIGITS: Final = 10
_BUCKETS: Final = 1 << _DIGITS
_PLACE: Final = np.uint64(31)
"""Bits of a key below the distance: the position of the area."""
_MASK: Final = np.uint64(2**31 - 1)
_ROUGH: Final = np.uint64(31 + 20)
"""Bits of a key below the rough distance."""
_ROUNDING: Final = 1e-9


class Ground(NamedTuple):
    """The areas: where, and how many are at risk there."""

    x: Floats
    y: Floats
    population: Floats
    total: float
    limit: float
    """Largest share of the total in a window."""
    per_unit: float
    """Whole numbers per unit of distance."""


class Lists(NamedTuple):
    """Neighbours of some centres, nearest first; what is behind the length of a row changes nothing."""

    near: Ints
    """Row of counts of the area; its further ones follow; or the last row, of counts that are 0."""
    bins: Bins
    """Bin of the window that ends here, or the last one, which none beats, where none ends."""
    share: Floats
    """Share of the population up to here."""
    length: Ints
    first: Bins
    """Bin of the first window in each group of areas, or the last one, which none beats, where none ends."""
    last: Bins
    """Bin of the last window of each group, or the same."""


def compiled(function: Function) -> Function:
    """Compiled at its first call, and kept on the disk."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@compiled
def _sort(keys: NDArray[np.uint64], spare: NDArray[np.uint64]) -> None:
    """Sorts by the distance, in three turns; the result lies in `spare`."""
    source, target = keys, spare
    for turn in range(3):
        shift = _PLACE + np.uint64(turn * _DIGITS)
        start = np.zeros(_BUCKETS + 1, dtype=np.int64)
        for key in source:
            start[((key >> shift) & np.uint64(_BUCKETS - 1)) + np.uint64(1)] += 1
        for b in range(_BUCKETS):
            start[b + 1] += start[b]
        for key in source:
            b = (key >> shift) & np.uint64(_BUCKETS - 1)
            target[start[b]] = key
            start[b] += 1
        source, target = target, source


@compiled
def _sort_near(ground: Ground, centre: int, taken: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Keys of the areas, nearest first, as far as windows may reach, and one that they do not if there is one."""
    n = len(ground.x)
    keys, sums = np.empty(n, dtype=np.uint64), np.zeros(_BUCKETS)
    for j in range(n):
        dx, dy = ground.x[j] - ground.x[centre], ground.y[j] - ground.y[centre]
        keys[j] = np.uint64(np.sqrt(dx * dx + dy * dy) * ground.per_unit + 0.5) << _PLACE | np.uint64(j)
    most = ground.limit * ground.total * (1.0 + _ROUNDING)
    for j in range(n):
        sums[keys[j] >> _ROUGH] += most + 1.0 if taken[j] else ground.population[j]
    reach, total = np.uint64(0), sums[0]
    while total <= most and reach < np.uint64(_BUCKETS - 1):
        reach += np.uint64(1)
        total += sums[reach]
    number = 0
    for j in range(n):
        keys[number] = keys[j]
        number += int(keys[j] >> _ROUGH <= reach)
    spare = np.empty(number, dtype=np.uint64)
    _sort(keys[:number], spare)
    return spare


@compiled
def list_near(
    ground: Ground, centre: int, taken: NDArray[np.bool_], near: Ints, share: Floats, ends: NDArray[np.bool_]
) -> int:
    """Writes the neighbours of a centre as far as windows reach, and returns how many.

    Areas at one distance stand together: `ends` marks the last, where a window ends. No window holds a `taken` area.
    """
    keys = _sort_near(ground, centre, taken)
    length, total = 0, 0.0
    for k in range(len(keys)):
        j = np.int64(keys[k] & _MASK)
        total += ground.population[j]
        if taken[j] or total > ground.limit * ground.total:
            break
        near[k], share[k] = j, total / ground.total
        last = k == len(keys) - 1 or (keys[k + 1] >> _PLACE) - (keys[k] >> _PLACE) > np.uint64(1)
        ends[k] = last and total > 0.0
        if last:
            length = k + 1
    return length


@compiled
def fill_lists(ground: Ground, centres: Ints, edges: Floats, begins: Ints, lists: Lists) -> None:
    """The lists of some centres, each cut to where windows end and filled up to whole groups.

    `begins` are the further rows of each area, as of `gis.analysis.scan.draws.plan_rows`.
    """
    n, bins = len(ground.x), len(edges) - 1
    taken, ends = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    near, share = np.zeros(n, dtype=np.int32), np.zeros(n)
    for i, centre in enumerate(centres):
        row, b, k = lists.near[i], 0, 0
        for at in range(list_near(ground, centre, taken, near, share, ends)):
            while b < bins - 1 and edges[b + 1] <= share[at]:
                b += 1
            j = near[at]
            row[k] = j
            for further in range(begins[j], begins[j + 1]):
                lists.bins[i, k] = bins
                k += 1
                row[k] = further
            lists.bins[i, k], lists.share[i, k] = b if ends[at] else bins, share[at]
            k += 1
        lists.length[i] = k
        whole = (k + STEPS - 1) // STEPS * STEPS
        row[k:whole], lists.bins[i, k:whole] = begins[n], bins
        for group in range(whole // STEPS):
            first, last = bins, bins
            for place in range(group * STEPS, (group + 1) * STEPS):
                window = int(lists.bins[i, place])
                first, last = min(first, window), window if window < bins else last
            lists.first[i, group], lists.last[i, group] = first, last
