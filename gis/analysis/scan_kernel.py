"""The compiled core of the scan: lists of neighbours, likelihood ratios, replicates.

Three thoughts make it fast, and none of them changes a number.

- A list of neighbours is read once for 64 replicates, whose counts lie side by side (`gis.analysis.scan_lanes`).
- A likelihood ratio grows with the cases for a given population, and falls with the population for given cases. So
  for each replicate and each *bin* of populations there is a count, the *floor*, up to which no window of the bin can
  beat the best that this replicate has had so far. A window is held against its floor by one subtraction, and only
  where it rises above is the ratio computed. Under low rates the *ceiling* does the same from below. Floors are taken
  from a table, for the next lower of many *levels* of the best, which costs a closer look now and then.
- Distances are whole numbers, billionths of the extent, sorted by their digits (radix sort), no comparison made.

The best of a replicate is a maximum of the same numbers in whatever order they come, so neither threads nor the order
of the centres change it.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from gis.analysis.scan_lanes import LANES, STEPS, Counts, Sums, leap_both, leap_high, step_both, step_high

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Function = TypeVar("Function", bound=Callable[..., object])

RESOLUTION: Final = 1e9
"""Distances are told apart to this part of the extent."""
LEVELS: Final = 16
"""Levels per unit of the ratio for which floors and ceilings are made."""
_SAFETY: Final = 1e-9
_ROUNDING: Final = 1e-6
"""How far a whole number may be off after it went through a share."""
_DIGITS: Final = 11
_BUCKETS: Final = 1 << _DIGITS


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


class Odds(NamedTuple):
    """What a likelihood ratio is made of."""

    poisson: bool
    high: bool
    low: bool
    cases: int
    population: float
    logs: Floats
    """ln 0 (as 0), ln 1, ... ln cases."""


class Lists(NamedTuple):
    """Neighbours of some centres, nearest first; what is behind the length of a row changes nothing."""

    near: Ints
    """Row of counts of the area; its further ones follow; or the last row, of counts that are 0."""
    bins: Ints
    """Bin of the window that ends here, or the last one, which none beats, where none ends."""
    share: Floats
    """Share of the population up to here."""
    length: Ints
    first: Ints
    """Bin of the first window in each group of `STEPS` areas, or the last one, which none beats, where there is none."""
    last: Ints
    """Bin of the last window of each group, or the same."""


class Bounds(NamedTuple):
    """A block of replicates: their best, and what a window must have to beat it."""

    edges: Floats
    """Shares between which the bins lie, one more than there are bins."""
    floor_table: Sums
    """Floors of each level and bin."""
    ceiling_table: Sums
    floors: Sums
    """Floors of each bin and lane; of the last bin, in which no window counts, out of reach."""
    ceilings: Sums
    best: Floats
    level: NDArray[np.int64]
    """The level that the floors and ceilings of each lane are of."""


def _compiled(function: Function) -> Function:
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@_compiled
def _surprise(count: float, size: float) -> float:
    """One term: count ln(count / size)."""
    return count * np.log(count / size) if count > 0.0 else 0.0


@_compiled
def likelihood(odds: Odds, cases: int, share: float) -> float:
    """The llr of a window with so many cases in a share of the population, whichever side it is on.

    Infinite for what cannot be: cases without population, more cases than population.
    """
    rest = odds.cases - cases
    if odds.poisson:
        inside = cases * (odds.logs[cases] - odds.logs[odds.cases] - np.log(share)) if cases > 0 else 0.0
        outside = rest * (odds.logs[rest] - odds.logs[odds.cases] - np.log(1.0 - share)) if rest > 0 else 0.0
        return inside + outside
    here, there = share * odds.population, (1.0 - share) * odds.population
    if cases > here + _ROUNDING or rest > there + _ROUNDING:
        return np.inf
    together = _surprise(odds.cases, odds.population)
    together += _surprise(odds.population - odds.cases, odds.population)
    inside = _surprise(cases, here) + _surprise(here - cases, here)
    return inside + _surprise(rest, there) + _surprise(there - rest, there) - together


@_compiled
def measure(odds: Odds, cases: int, share: float) -> float:
    """The same, 0 where the window is not on a side that is looked for."""
    expected = odds.cases * share
    if (odds.high and cases > expected) or (odds.low and cases < expected):
        return max(likelihood(odds, cases, share), 0.0)
    return 0.0


@_compiled
def _sort(keys: NDArray[np.uint64], spare: NDArray[np.uint64]) -> None:
    """Sorts by the upper 33 bits, in three turns; the result lies in `spare`."""
    source, target = keys, spare
    for turn in range(3):
        shift = np.uint64(31 + turn * _DIGITS)
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


@_compiled
def list_near(
    ground: Ground, centre: int, taken: NDArray[np.bool_], near: Ints, share: Floats, ends: NDArray[np.bool_]
) -> int:
    """Writes the neighbours of a centre as far as windows reach, and returns how many.

    Areas at one distance stand together: `ends` marks the last, where a window ends. No window holds a `taken` area.
    """
    n = len(ground.x)
    keys, sorted_keys = np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.uint64)
    for j in range(n):
        dx, dy = ground.x[j] - ground.x[centre], ground.y[j] - ground.y[centre]
        distance = np.uint64(np.sqrt(dx * dx + dy * dy) * ground.per_unit + 0.5)
        keys[j] = (distance << np.uint64(31)) | np.uint64(j)
    _sort(keys, sorted_keys)
    length, total = 0, 0.0
    for k in range(n):
        j = int(sorted_keys[k] & np.uint64(2**31 - 1))
        total += ground.population[j]
        if taken[j] or total > ground.limit * ground.total:
            break
        near[k], share[k] = j, total / ground.total
        last = k == n - 1 or (sorted_keys[k + 1] >> np.uint64(31)) - (sorted_keys[k] >> np.uint64(31)) > np.uint64(1)
        ends[k] = last and total > 0.0
        if last:
            length = k + 1
    return length


@_compiled
def fill_lists(ground: Ground, centres: Ints, edges: Floats, begins: Ints, lists: Lists) -> None:
    """The lists of some centres, each cut to where windows end and filled up to whole groups.

    `begins` are the further rows of each area, as of `gis.analysis.scan_draws.plan_rows`.
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
                b = lists.bins[i, place]
                first, last = min(first, b), b if b < bins else last
            lists.first[i, group], lists.last[i, group] = first, last


@_compiled
def find_best(
    ground: Ground, odds: Odds, counts: NDArray[np.int64], centre: int, taken: NDArray[np.bool_]
) -> tuple[float, int, float]:
    """The highest ratio of the windows around a centre, of equals the smallest; how many areas it has; its radius."""
    n = len(ground.x)
    near, share, ends = np.empty(n, dtype=np.int32), np.empty(n), np.empty(n, dtype=np.bool_)
    best, size, cases, radius = 0.0, 0, 0, 0.0
    for k in range(list_near(ground, centre, taken, near, share, ends)):
        cases += counts[near[k]]
        if ends[k]:
            ratio = measure(odds, cases, share[k])
            if ratio > best + _SAFETY:
                best, size = ratio, k + 1
    if size > 0:
        last = near[size - 1]
        radius = np.hypot(ground.x[last] - ground.x[centre], ground.y[last] - ground.y[centre])
    return best, size, radius


@_compiled
def find_bests(
    ground: Ground,
    odds: Odds,
    counts: NDArray[np.int64],
    taken: NDArray[np.bool_],
    best: Floats,
    size: NDArray[np.int64],
    radius: Floats,
) -> None:
    """`find_best` of every centre whose `size` is below 0."""
    for centre in range(len(ground.x)):
        if size[centre] < 0:
            best[centre], size[centre], radius[centre] = find_best(ground, odds, counts, centre, taken)


@_compiled
def fill_table(odds: Odds, edges: Floats, floors: Sums, ceilings: Sums) -> None:
    """Floors and ceilings of each level (a row) and bin: counts between them give at most that level's ratio.

    They only move outward from row to row, so each row goes on from the one before.
    """
    bins = len(edges) - 1
    for level in range(len(floors)):
        ratio = level / LEVELS - _SAFETY
        floor, ceiling = 0, odds.cases
        for b in range(bins if odds.high else 0):
            floor = max(floor, int(odds.cases * edges[b]), floors[max(level - 1, 0), b] if level else 0)
            while floor < odds.cases and likelihood(odds, floor + 1, edges[b]) <= ratio:
                floor += 1
            floors[level, b] = floor
        for b in range(bins - 1 if odds.low else -1, -1, -1):
            share = min(edges[b + 1], 1.0)
            ceiling = min(ceiling, int(np.ceil(odds.cases * share)), ceilings[level - 1, b] if level else odds.cases)
            while ceiling > 0 and likelihood(odds, ceiling - 1, share) <= ratio:
                ceiling -= 1
            ceilings[level, b] = ceiling


@_compiled
def _raise(odds: Odds, bounds: Bounds, lane: int, step: int) -> None:
    """Gives a lane the bounds of its best, where that is at least so many levels above those that it has."""
    level = min(int(bounds.best[lane] * LEVELS), len(bounds.floor_table) - 1)
    if level < bounds.level[lane] + step:
        return
    bounds.level[lane] = level
    for b in range(len(bounds.edges) - 1):
        if odds.high:
            bounds.floors[b, lane] = bounds.floor_table[level, b]
        if odds.low:
            bounds.ceilings[b, lane] = bounds.ceiling_table[level, b]


@_compiled
def _look_closer(
    odds: Odds, bounds: Bounds, lists: Lists, row: int, at: int, counts: Counts, before: Sums, lanes: np.uint64
) -> None:
    """The ratios of eight windows for the lanes whose bits are set, where they are beyond their bounds."""
    never, lane = len(bounds.edges) - 1, 0
    while lanes:
        while lanes & np.uint64(0xFF) == 0:
            lane, lanes = lane + 8, lanes >> np.uint64(8)
        if lanes & np.uint64(1):
            cases = np.int64(before[lane])
            for k in range(at, at + STEPS):
                cases += counts[lists.near[row, k], lane]
                b = lists.bins[row, k]
                if b != never and not bounds.ceilings[b, lane] <= cases <= bounds.floors[b, lane]:
                    bounds.best[lane] = max(bounds.best[lane], measure(odds, cases, lists.share[row, k]))
            _raise(odds, bounds, lane, LEVELS)
        lane, lanes = lane + 1, lanes >> np.uint64(1)


@_compiled
def walk(odds: Odds, bounds: Bounds, lists: Lists, counts: Counts) -> None:
    """Takes a block of replicates along all lists and raises their best."""
    running, before = np.zeros_like(bounds.floors[0]), np.zeros_like(bounds.floors[0])
    for row in range(len(lists.length)):
        running[:] = 0
        near, bins, first, last = lists.near[row], lists.bins[row], lists.first[row], lists.last[row]
        at, end = 0, np.int64(lists.length[row])
        while True:
            if odds.low:
                at = leap_both(near, first, last, at, end, counts, bounds.floors, bounds.ceilings, running)
            else:
                at = leap_high(near, first, at, end, counts, bounds.floors, running)
            if at >= end:
                break
            before[:] = running
            if odds.low:
                lanes = step_both(near, bins, at, counts, bounds.floors, bounds.ceilings, running)
            else:
                lanes = step_high(near, bins, at, counts, bounds.floors, running)
            if lanes:
                _look_closer(odds, bounds, lists, row, at, counts, before, np.uint64(lanes))
            at += STEPS
        for lane in range(LANES):
            _raise(odds, bounds, lane, 1)
