"""Choosing the fewest sites that reach all cells (set cover), and from it the smallest reach that p sites can have.

Before anything is solved the problem is made smaller without changing its answer: cells that a site in place reaches
are done; cells with the same candidates are one; a cell whose candidates include all of another's is reached with it;
a candidate whose cells are all reached by another is not needed (of equals the first by code stays).

For the *centre* the costs that occur are halved again and again: p sites reach everything within a cost, or do not. A
quick choice shows the first, a bound without whole numbers the second; only what lies between is solved.
"""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from gis.analysis.siting.ground import Bools, Ground
from gis.analysis.siting.milp import Program, solve

DENSE: Final = 60_000_000
"""Cells times sites up to which the problem is made smaller; beyond it the solver does that alone."""
PRODUCT: Final = 4_000
"""Cells (or sites) up to which each is held against each."""
RELAXED: Final = 5.0
"""Seconds for a bound without whole numbers, at least."""
_WHOLE: Final = 1e-6


@dataclass(frozen=True)
class Cover:
    """Sites that reach everything, and how few there can be."""

    chosen: Bools
    bound: int
    """No choice of fewer is possible."""

    @property
    def number(self) -> int:
        """Of the sites chosen, those that were in place included."""
        return int(self.chosen.sum())


def cover_all(ground: Ground, counted: Bools, *, seconds: float, enough: int | None = None) -> Cover:
    """The fewest sites, those in place among them, with a pair to each cell that counts; each of them has a pair.

    With `enough` it is only asked whether so many can do it.
    """
    chosen = ground.kept.copy()
    reach = _reach(ground, counted)
    reach = reach[np.asarray(reach[:, np.flatnonzero(chosen)].sum(axis=1)).ravel() == 0]
    if reach.shape[0] == 0:
        return Cover(chosen, int(chosen.sum()))
    rows, sites = _reduce(reach)
    small = reach[rows][:, sites]
    quick = _greedy(small)
    program = Program(
        np.ones(small.shape[1]),
        small,
        np.ones(small.shape[0]),
        np.full(small.shape[0], np.inf),
        np.ones(small.shape[1], dtype=bool),
        np.zeros(small.shape[1]),
        np.ones(small.shape[1]),
    )
    bound = _whole(solve(program, seconds=max(seconds, RELAXED), relaxed=True).bound)
    spare = None if enough is None else enough - int(chosen.sum())
    if bound < quick.sum() and (spare is None or bound <= spare < quick.sum()) and seconds > 0:
        solved = solve(program, seconds=seconds)
        bound = max(bound, _whole(solved.bound))
        if solved.values is not None and (solved.values > 0.5).sum() < quick.sum():
            quick = solved.values > 0.5
    chosen[sites[quick]] = True
    return Cover(chosen, min(bound, int(quick.sum())) + int(ground.kept.sum()))


def smallest_reach(
    ground: Ground, counted: Bools, p: int, some: Bools, *, seconds: float
) -> tuple[Bools, float, float]:
    """At most p sites from which the farthest cell that counts is as near as can be; that cost; a cost none is below.

    `some`: at most p sites that reach all of these cells.
    """
    end = time.monotonic() + seconds
    inside = ground.only(counted[ground.cell])
    held = np.flatnonzero(np.diff(inside.start))
    if not len(held):
        return some, 0.0, 0.0
    costs = np.unique(inside.cost[inside.cost >= inside.cost[inside.start[held]].max()])
    best, high = some, int(np.searchsorted(costs, _farthest(inside, some)))
    proven = -1
    for share in (0.0, 0.15):
        low = proven
        while high - low > 1:
            middle = (low + high) // 2
            within = inside.only(inside.cost <= costs[middle])
            found = cover_all(within, counted, seconds=share * (end - time.monotonic()), enough=p)
            if found.number <= p:
                best, high = found.chosen, int(np.searchsorted(costs, _farthest(inside, found.chosen)))
            else:
                low = middle
                proven = max(proven, middle) if found.bound > p else proven
    return best, float(costs[high]), float(costs[min(proven + 1, high)])


def _farthest(ground: Ground, chosen: Bools) -> float:
    return float(np.nanmax(ground.nearest(chosen)[1], initial=0.0))


def _reach(ground: Ground, counted: Bools) -> sp.csr_array:
    shape = (len(ground.cells), len(ground.sites))
    return sp.csr_array((np.ones(len(ground.site), dtype=np.int32), ground.site, ground.start), shape=shape)[counted]


def _whole(bound: float) -> int:
    return int(np.ceil(bound - _WHOLE)) if np.isfinite(bound) else 0


def _reduce(reach: sp.csr_array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns that are enough to look at."""
    rows, sites = np.arange(reach.shape[0]), np.arange(reach.shape[1])
    if reach.shape[0] * reach.shape[1] > DENSE:
        return rows, sites
    full = reach.toarray().astype(bool)
    for _turn in range(4):
        before = full.shape
        first = first_of_equals(full)
        rows, full = rows[first], full[first]
        needed = ~covered_by_another(full, fewest=True)
        rows, full = rows[needed], full[needed]
        needed = ~covered_by_another(full.T, fewest=False)
        sites, full = sites[needed], full[:, needed]
        if full.shape == before:
            break
    return rows, sites


def first_of_equals(table: Bools) -> NDArray[np.intp]:
    """The first row of each set of equal ones, in order."""
    packed = np.packbits(table, axis=1)
    return np.sort(np.unique(packed, axis=0, return_index=True)[1])


def covered_by_another(table: Bools, *, fewest: bool) -> Bools:
    """Rows that another makes unnecessary: one that holds all of theirs, or (`fewest`) one whose all they hold.

    Of equal rows the first stays.
    """
    n = len(table)
    if n > PRODUCT:
        return np.zeros(n, dtype=bool)
    mine = table.sum(axis=1)[:, None]
    shared = table.astype(np.float32) @ table.T.astype(np.float32)
    earlier = np.arange(n)[:, None] > np.arange(n)[None, :]
    smaller, larger = (mine.T, mine) if fewest else (mine, mine.T)
    inside = shared >= smaller - 0.5
    other = (smaller < larger) | ((smaller == larger) & earlier)
    return np.asarray((inside & other).any(axis=1), dtype=np.bool_)


def _greedy(reach: sp.csr_array) -> Bools:
    """A quick cover: always the site with most cells that are left, and at the end without those not needed."""
    table = sp.csc_array(reach)
    open_, left = np.zeros(table.shape[1], dtype=bool), np.ones(table.shape[0])
    while left.any():
        site = int(np.argmax(table.T @ left))
        open_[site] = True
        left[table.indices[table.indptr[site] : table.indptr[site + 1]]] = 0
    times = table @ open_.astype(np.int64)
    for site in np.flatnonzero(open_)[::-1]:
        cells = table.indices[table.indptr[site] : table.indptr[site + 1]]
        if (times[cells] > 1).all():
            open_[site] = False
            times[cells] -= 1
    return open_
