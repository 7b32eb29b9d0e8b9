"""The compiled core of the scan: likelihood ratios, and the walk of replicates along lists of neighbours.

Two thoughts make it fast, and neither changes a number.

- A list of neighbours is read once for 64 replicates, whose counts lie side by side (`gis.analysis.scan.lanes`).
- A likelihood ratio grows with the cases for a given population, and falls with the population for given cases. So
  for each replicate and each *bin* of populations there is a count, the *floor*, up to which no window of the bin can
  beat the best that this replicate has had so far. Four windows are held against their lowest floor by one comparison,
  each against its own only where that does not do, and the ratio is computed only above. Under low rates the *ceiling*
  does the same from below. Floors are taken from a table, for the next lower of many *levels* of the best, which costs
  a closer look now and then.

The best of a replicate is a maximum of the same numbers in whatever order they come, so neither threads nor the order
of the centres change it.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.analysis.scan.lanes import LANES, STEPS, Counts, Sums, leap_both, leap_high, step_both, step_high
from gis.analysis.scan.lists import Floats, Ground, Lists, compiled, list_near

LEVELS: Final = 16
"""Levels per unit of the ratio for which floors and ceilings are made."""
_SAFETY: Final = 1e-9
_ROUNDING: Final = 1e-6
"""How far a whole number may be off after it went through a share."""


class Odds(NamedTuple):
    """What a likelihood ratio is made of."""

    poisson: bool
    high: bool
    low: bool
    cases: int
    population: float
    logs: Floats
    """ln 0 (as 0), ln 1, ... ln cases."""


class Bars(NamedTuple):
    """What a window must have to beat each level."""

    edges: Floats
    """Shares between which the bins lie, one more than there are bins."""
    floors: Sums
    """Of each level and bin."""
    ceilings: Sums


class Bounds(NamedTuple):
    """A block of replicates: their best, and what a window must have to beat it."""

    bars: Bars
    floors: Sums
    """Floors of each bin and lane; of the last bin, in which no window counts, out of reach."""
    ceilings: Sums
    best: Floats
    level: NDArray[np.int64]
    """The level that the floors and ceilings of each lane are of."""


@compiled
def _surprise(count: float, size: float) -> float:
    """One term: count ln(count / size)."""
    return count * np.log(count / size) if count > 0.0 else 0.0


@compiled
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


@compiled
def measure(odds: Odds, cases: int, share: float) -> float:
    """The same, 0 where the window is not on a side that is looked for."""
    expected = odds.cases * share
    if (odds.high and cases > expected) or (odds.low and cases < expected):
        return max(likelihood(odds, cases, share), 0.0)
    return 0.0


@compiled
def find_best(
    ground: Ground, odds: Odds, bars: Bars, counts: NDArray[np.int64], centre: int, taken: NDArray[np.bool_]
) -> tuple[float, int, float]:
    """The highest ratio of the windows around a centre, of equals the smallest; how many areas it has; its radius."""
    n, b, level = len(ground.x), 0, 0
    near, share, ends = np.empty(n, dtype=np.int32), np.empty(n), np.empty(n, dtype=np.bool_)
    best, size, cases, radius = 0.0, 0, 0, 0.0
    for k in range(list_near(ground, centre, taken, near, share, ends)):
        cases += counts[near[k]]
        while b < len(bars.edges) - 2 and bars.edges[b + 1] <= share[k]:
            b += 1
        if ends[k] and not bars.ceilings[level, b] <= cases <= bars.floors[level, b]:
            ratio = measure(odds, cases, share[k])
            if ratio > best + _SAFETY:
                best, size = ratio, k + 1
                level = min(int(best * LEVELS), len(bars.floors) - 1)
    if size > 0:
        last = near[size - 1]
        radius = np.hypot(ground.x[last] - ground.x[centre], ground.y[last] - ground.y[centre])
    return best, size, radius


@compiled
def find_bests(
    ground: Ground,
    odds: Odds,
    bars: Bars,
    counts: NDArray[np.int64],
    taken: NDArray[np.bool_],
    best: Floats,
    size: NDArray[np.int64],
    radius: Floats,
) -> None:
    """`find_best` of every centre whose `size` is below 0."""
    for centre in range(len(ground.x)):
        if size[centre] < 0:
            best[centre], size[centre], radius[centre] = find_best(ground, odds, bars, counts, centre, taken)


@compiled
def fill_bars(odds: Odds, bars: Bars) -> None:
    """Floors and ceilings of each level (a row) and bin: counts between them give at most that level's ratio.

    They only move outward from row to row, so each row goes on from the one before.
    """
    edges, floors, ceilings = bars
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


@compiled
def _raise(odds: Odds, bounds: Bounds, lane: int, step: int) -> None:
    """Gives a lane the bounds of its best, where that is at least so many levels above those that it has."""
    level = min(int(bounds.best[lane] * LEVELS), len(bounds.bars.floors) - 1)
    if level < bounds.level[lane] + step:
        return
    bounds.level[lane] = level
    for b in range(len(bounds.bars.edges) - 1):
        if odds.high:
            bounds.floors[b, lane] = bounds.bars.floors[level, b]
        if odds.low:
            bounds.ceilings[b, lane] = bounds.bars.ceilings[level, b]


@compiled
def _look_closer(
    odds: Odds, bounds: Bounds, lists: Lists, row: int, at: int, counts: Counts, before: Sums, lanes: np.uint64
) -> None:
    """The ratios of eight windows for the lanes whose bits are set, where they are beyond their bounds."""
    never, lane = len(bounds.bars.edges) - 1, 0
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


@compiled
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
