"""The compiled core of access to care: pairs in order, weights, and sums that do not depend on their order.

A *site's load* is a sum over all cells that reach it. Sums of floating point numbers depend on their order, so two
processes that share the cells out would get other last digits than one. Each addend is therefore cut into two whole
numbers, a coarse part in units of 1 / `coarse` and what is left of it in units of 1 / `fine` (each a power of two),
and whole numbers are added up: in any order, over any number of threads or machines, to the same bits. What is cut
off is below 2^-80 of the largest sum that could be (Demmel and Nguyen, Fast reproducible floating-point summation,
doi 10.1109/ARITH.2013.9, with whole numbers for bins).
"""

import math
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Function = TypeVar("Function", bound=Callable[..., object])

EVEN, STEP, GAUSSIAN, POWER = 0, 1, 2, 3
"""Forms of weights."""
UNKNOWN_CELL, UNKNOWN_SITE, NOT_FINITE, NEGATIVE = 1, 2, 4, 8
"""What may be wrong with rows of times."""
_BITS: Final = 61


class Rule(NamedTuple):
    """How minutes become a weight."""

    form: int
    limit: float
    """Minutes beyond which a site is out of reach."""
    first: float
    """Sigma, or the exponent."""
    second: float
    """The least minutes of a power."""
    ends: Floats
    """Of the steps."""
    values: Floats
    """Weights of the steps, and 0 for what is behind the last."""
    squared: bool
    """Whether pairs get the square of their weight, as three stages need."""
    whole: bool
    """Whether weights beyond the limit count among a cell's choices."""


class Scale(NamedTuple):
    """The units of the two whole numbers."""

    coarse: float
    fine: float


def make_scale(*, greatest: float, cells: int) -> Scale:
    """Units such that one number for each of so many cells, each at most `greatest`, is added up without overflow."""
    _part, exponent = math.frexp(max(greatest, 2.0**-800))
    room = max(cells, 1).bit_length() + 1
    coarse = 2.0 ** (_BITS - exponent - room)
    return Scale(coarse, coarse * 2.0 ** (_BITS - room))


def _compiled(function: Function) -> Function:
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@_compiled
def _bend(form: int, first: float, second: float, minutes: float) -> float:
    """The weight of a pair where it is no step, whether within the limit or not."""
    if form == GAUSSIAN:
        return math.exp(-minutes * minutes / (2.0 * first * first))
    if form == POWER:
        return math.pow(max(minutes, second), first)
    return 1.0


@_compiled
def check_rows(cell: Ints, site: Ints, minutes: Floats, limit: float, counts: Longs, kept: Longs) -> tuple[int, bool]:
    """Counts the pairs of each cell, and those within the limit; what is wrong anywhere; whether cells are in order."""
    wrong, in_order, last, begin, near = 0, True, -2, 0, 0
    for row in range(len(cell)):
        c, m = cell[row], minutes[row]
        if not 0.0 <= m < np.inf:
            wrong |= NEGATIVE if m < 0.0 and m > -np.inf else NOT_FINITE
        if site[row] < 0:
            wrong |= UNKNOWN_SITE
        if c != last:
            if last >= 0:
                counts[last] += row - begin
                kept[last] += near
            if c < 0:
                wrong |= UNKNOWN_CELL
            in_order &= c >= last
            last, begin, near = c, row, 0
        near += m <= limit
    if last >= 0:
        counts[last] += len(cell) - begin
        kept[last] += near
    return wrong, in_order


@_compiled
def put_in_order(cell: Ints, site: Ints, minutes: Floats, starts: Longs, sites: Ints, times: Floats) -> None:
    """Writes pairs cell by cell, each cell's in the order of the rows."""
    at = starts.copy()
    for row in range(len(cell)):
        k = at[cell[row]]
        sites[k], times[k] = site[row], minutes[row]
        at[cell[row]] = k + 1


class Settled(NamedTuple):
    """What is known of each cell and of each pair within reach, filled by `settle`."""

    starts: Longs
    site: Ints
    weight: Floats
    chosen: Floats
    """Sum of the weights of a cell's choices."""
    nearest: Ints
    nearest_minutes: Floats


@_compiled
def settle(
    rule: Rule, starts: Longs, site: Ints, minutes: Floats, rank: Ints, cells: tuple[int, int], out: Settled
) -> tuple[float, int]:
    """Weights, choices and nearest sites of some cells.

    Gives the greatest weight, and the place of a second row of a pair, or -1.
    """
    form, limit, one, two, ends, values, squared, whole = rule
    at, kept, weights, choices, nearest, nearest_minutes = out
    steps = len(ends)
    stamp = np.full(len(rank), -1, dtype=np.int32)
    greatest, doubled = 0.0, -1
    for c in range(cells[0], cells[1]):
        k, chosen, best, least = at[c], 0.0, -1, np.inf
        for p in range(starts[c], starts[c + 1]):
            s, m = site[p], minutes[p]
            if stamp[s] == c:
                doubled = p
            stamp[s] = c
            if m < least or (m == least and rank[s] < rank[best]):
                best, least = s, m
            within = m <= limit
            if not (within or whole):
                continue
            if steps > 0:
                step = 0
                for e in range(steps):
                    step += m > ends[e]
                w = values[step]
            else:
                w = _bend(form, one, two, m)
            chosen += w
            if within:
                greatest = max(greatest, w)
                kept[k], weights[k] = s, w * w if squared else w
                k += 1
        choices[c], nearest[c] = chosen, best
        nearest_minutes[c] = least if best >= 0 else np.nan
    return greatest, doubled


@_compiled
def add_load(
    starts: Longs, site: Ints, weight: Floats, demand: Floats, scale: Scale, cells: tuple[int, int], load: Longs
) -> None:
    """Adds the weighted demand of some cells to the load of the sites: whole numbers, coarse and fine."""
    unit = 1.0 / scale.coarse
    for c in range(cells[0], cells[1]):
        d = demand[c]
        if d > 0.0:
            for k in range(starts[c], starts[c + 1]):
                part = weight[k] * d
                whole = np.int64(part * scale.coarse)
                load[site[k], 0] += whole
                load[site[k], 1] += np.int64((part - whole * unit) * scale.fine)


@_compiled
def add_one(cell: Ints, weight: Floats, demand: Floats, scale: Scale, load: Longs) -> None:
    """The same for a single site."""
    unit = 1.0 / scale.coarse
    for k in range(len(cell)):
        part = weight[k] * demand[cell[k]]
        whole = np.int64(part * scale.coarse)
        load[0] += whole
        load[1] += np.int64((part - whole * unit) * scale.fine)


@_compiled
def spread(starts: Longs, site: Ints, weight: Floats, ratio: Floats, cells: tuple[int, int], access: Floats) -> None:
    """Adds up, for some cells, the ratios of the sites in reach by their weights, in the order of the pairs."""
    for c in range(cells[0], cells[1]):
        total = 0.0
        for k in range(starts[c], starts[c + 1]):
            total += weight[k] * ratio[site[k]]
        access[c] = total


def weigh_all(rule: Rule, minutes: Floats) -> Floats:
    """The weight of each of some minutes, whether within the limit or not."""
    if rule.form == STEP:
        return rule.values[np.searchsorted(rule.ends, minutes)]
    return np.array([_bend(rule.form, rule.first, rule.second, m) for m in minutes], dtype=np.float64)
