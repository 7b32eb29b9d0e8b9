"""Choosing p sites so that the sum of what the cells cost is least: the median, and with costs 0 or 1 the most covered.

A small problem goes to the solver as it is. A larger one is first closed in from both sides: choices from above, by
swaps from several starts, and prices from below (`gis.analysis.siting.kernel`), which also settle most sites. What is
left goes to the solver as a *ladder*: for each cell and each cost that it may have, a value says that no site within
that cost is open. This form is as tight as the usual one with a value for each pair, and far smaller.

Source of the ladder: Elloumi (2010), A tighter formulation of the p-median problem, doi 10.1007/s10878-008-9162-0.
"""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from gis.analysis.siting.ground import Bools, Floats
from gis.analysis.siting.milp import Program, Solved, solve

DIRECT: Final = 20_000
"""Pairs up to which the solver gets the problem as it is."""
LARGEST: Final = 400_000
"""Pairs that are left, up to which the solver gets the rest of a larger one."""
STARTS: Final = 12
ROUNDS: Final = 60
STEPS: Final = 150
PROVEN: Final = 1e-7
"""A choice this close to the bound, relatively, is a best one: the solver is no more exact."""


@dataclass(frozen=True)
class Sums:
    """A problem of this kind; the numbers of `gis.analysis.siting.ground.Ground`, costs with demand counted in."""

    start: NDArray[np.int64]
    site: NDArray[np.int32]
    cost: Floats
    far: Floats
    """What a cell costs that is not served; at least its dearest pair."""
    must: bool
    """Whether every cell must be served: `far` is then more than any choice that does so costs."""
    p: int
    """How many sites are open."""


@dataclass(frozen=True)
class Choice:
    """Open sites, what they cost, and a cost that no choice is below."""

    chosen: Bools
    cost: float
    bound: float


def choose_least(
    sums: Sums,
    kept: Bools,
    some: Bools,
    *,
    seed: int,
    seconds: float,
    direct: int = DIRECT,
    closed: Bools | None = None,
) -> Choice:
    """The best choice of p sites that can be found; `kept` are open, `closed` are not.

    `some`: up to p sites, `kept` among them, that serve every cell where that must be.
    """
    end = time.monotonic() + seconds
    if not len(sums.site) or kept.sum() >= sums.p:
        cost = _cost(sums, kept)
        return Choice(kept, cost, cost)
    state = kept.astype(np.int8)
    if closed is not None:
        state[closed & ~kept] = -1
    if len(sums.site) <= direct:
        solved, chosen = _climb(sums, state, seconds=seconds)
        if chosen is not None and solved.finished:
            cost = _cost(sums, chosen)
            return Choice(chosen, cost, _bound(sums, cost, solved.bound))
    found = _close_in(sums, state, some, seed=seed, end=end)
    if found.bound >= found.cost or _left(sums, state) > LARGEST:
        return found
    solved, chosen = _climb(sums, state, seconds=max(end - time.monotonic(), 1.0))
    cost = found.cost if chosen is None else _cost(sums, chosen)
    best = Choice(chosen, cost, 0.0) if chosen is not None and cost < found.cost else found
    return Choice(best.chosen, best.cost, _bound(sums, best.cost, max(found.bound, solved.bound)))


def _bound(sums: Sums, cost: float, bound: float) -> float:
    """The bound, or the cost itself where that is proven. Whole costs add up to whole ones."""
    whole = (sums.cost % 1 == 0).all() and (sums.far % 1 == 0).all()
    if whole and np.isfinite(bound):
        bound = float(np.ceil(bound - PROVEN * abs(bound) - PROVEN))
    return cost if bound >= cost * (1 - PROVEN) else bound


def _cost(sums: Sums, chosen: Bools) -> float:
    """Added up cell by cell: the same sum for the same sites, wherever they were found."""
    cell = np.repeat(np.arange(len(sums.far)), np.diff(sums.start))
    at = np.flatnonzero(chosen[sums.site])
    served, first = np.unique(cell[at], return_index=True)
    costs = sums.far.copy()
    costs[served] = sums.cost[at[first]]
    return float(costs.sum())


def _close_in(sums: Sums, state: NDArray[np.int8], some: Bools, *, seed: int, end: float) -> Choice:
    """Swaps from above and prices from below; settles sites in `state`. The clock ends it only in an emergency."""
    from gis.analysis.siting.kernel import Pairs, Served, find_two, improve, raise_prices  # noqa: PLC0415 - loads numba

    pairs = Pairs(sums.start, sums.site, sums.cost, sums.far)
    anything = state.copy()
    rng = np.random.default_rng(seed)
    best = some.copy()
    upper = improve(pairs, best, anything, sums.p, 10_000)
    for _turn in range(STARTS):
        other = best & ((rng.random(len(best)) > 0.4) | (anything == 1))
        cost = improve(pairs, other, anything, sums.p, 10_000)
        if cost < upper * (1 - PROVEN):
            best, upper = other, cost
    n = len(sums.far)
    served = Served(np.empty(n, dtype=np.int32), np.empty(n), np.empty(n))
    find_two(pairs, best, served)
    price = np.minimum((served.one + np.minimum(served.two, 3 * served.one)) / 2, sums.far)
    lower, length = 0.0, 1.0
    for _turn in range(ROUNDS):
        taken = best.copy()
        bound, length = raise_prices(pairs, price, state, sums.p, upper, STEPS, length, taken)
        lower = max(lower, bound)
        cost = improve(pairs, taken, anything, sums.p, 10_000)
        if cost < upper * (1 - PROVEN):
            best, upper = taken, cost
        if lower >= upper * (1 - PROVEN) or length < 2e-5 or time.monotonic() > end:
            break
    cost = _cost(sums, best)
    return Choice(best, cost, _bound(sums, cost, lower))


def _left(sums: Sums, state: NDArray[np.int8]) -> int:
    return int(_needed(sums, state).sum())


def _needed(sums: Sums, state: NDArray[np.int8]) -> Bools:
    """Pairs that can matter: not of a closed site, nor behind an open one."""
    open_ = state[sums.site] == 1
    before = np.cumsum(open_) - open_
    first = np.repeat(before[np.minimum(sums.start[:-1], len(before) - 1)], np.diff(sums.start))
    return np.asarray((state[sums.site] != -1) & (before == first))


def _climb(sums: Sums, state: NDArray[np.int8], *, seconds: float) -> tuple[Solved, Bools | None]:
    """The ladder, solved. Infinite bound: no choice left open by `state` serves all cells."""
    free = np.flatnonzero(state == 0)
    to_open = min(sums.p - int((state == 1).sum()), len(free))
    if to_open < 0:
        return Solved(None, np.inf, finished=True), None
    program, base = _ladder(sums, state, free, to_open)
    solved = solve(program, seconds=seconds)
    moved = Solved(solved.values, solved.bound + base, solved.finished)
    if solved.values is None:
        return moved, None
    chosen = state == 1
    chosen[free[np.argsort(-solved.values[: len(free)], kind="stable")[:to_open]]] = True
    return moved, chosen


def _ladder(sums: Sums, state: NDArray[np.int8], free: NDArray[np.intp], to_open: int) -> tuple[Program, float]:
    """The program, and what is to be added to its objective.

    A *rung* is a cell and a cost: its value is 1 where no site within that cost is open. It costs the way to the next
    rung of its cell, or to `far`. A rung where a site is open for certain is the end of its cell's ladder.
    """
    n = len(sums.far)
    pair = np.flatnonzero(_needed(sums, state))
    cell, site, cost = np.repeat(np.arange(n), np.diff(sums.start))[pair], sums.site[pair], sums.cost[pair]
    new = np.r_[True, (cell[1:] != cell[:-1]) | (cost[1:] != cost[:-1])] if len(pair) else np.zeros(0, dtype=bool)
    of = np.cumsum(new) - 1
    at, price = cell[new], cost[new]
    certain = np.zeros(len(at), dtype=bool)
    certain[of[state[site] == 1]] = True
    starts = np.r_[True, at[1:] != at[:-1]] if len(at) else np.zeros(0, dtype=bool)
    ends = np.r_[starts[1:], True] if len(at) else starts
    following = np.where(ends, sums.far[at], np.r_[price[1:], 0.0][: len(price)])
    step = np.where(certain, 0.0, following - price)
    closed = certain | (ends & sums.must)
    column = np.full(len(state), -1)
    column[free] = np.arange(len(free))
    rungs, f = len(at), len(free)
    linked = column[site] >= 0
    later = np.flatnonzero(~starts)
    rows = np.concatenate([of[linked], np.arange(rungs), later, np.full(f, rungs)])
    columns = np.concatenate([column[site[linked]], f + np.arange(rungs), f + later - 1, np.arange(f)])
    values = np.concatenate([np.ones(linked.sum()), np.ones(rungs), -np.ones(len(later)), np.ones(f)])
    low = np.append(np.where(certain, -np.inf, starts.astype(float)), to_open)
    high = np.append(np.full(rungs, np.inf), to_open)
    program = Program(
        np.concatenate([np.zeros(f), np.where(ends & sums.must, 0.0, step)]),
        sp.csr_array((values, (rows, columns)), shape=(rungs + 1, f + rungs)),
        low,
        high,
        np.r_[np.ones(f, dtype=bool), np.zeros(rungs, dtype=bool)],
        np.zeros(f + rungs),
        np.r_[np.ones(f), np.where(closed, 0.0, 1.0)],
    )
    unpaired = np.ones(n, dtype=bool)
    unpaired[at] = False
    return program, float(price[starts].sum() + sums.far[unpaired].sum())
