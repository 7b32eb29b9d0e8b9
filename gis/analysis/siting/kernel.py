"""The compiled core of siting by sums of costs: a local search over swaps, and a bound by prices.

Both walk the pairs of a cell from the cheapest on and stop where the rest cannot matter, so a step costs far less than
all pairs. Everything is done in a fixed order: the same input gives the same answer.

- The *swap* search is Whitaker's fast interchange in the form of Resende and Werneck: for each site that could open
  its gain, for each open one what closing it loses, and for each pair of them what is lost too much in that sum.
- The *prices* are those of the Lagrangian relaxation of "each cell is assigned once" (Cornuejols, Fisher and
  Nemhauser), moved by the subgradient rule. At any prices the relaxed problem is solved by sorting the sites, and says
  below which cost no choice can be. A site whose opening (or closing) would lift that over a known cost is settled for
  good.

Sources: Resende and Werneck (2007), A fast swap-based local search procedure for location problems, doi
10.1007/s10479-006-0154-0; Cornuejols, Fisher and Nemhauser (1977), doi 10.1287/mnsc.23.8.789; Beasley (1993) for
settling sites, doi 10.1016/0377-2217(93)90182-M.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
States = NDArray[np.int8]
Function = TypeVar("Function", bound=Callable[..., object])

FREE: Final = 0
OPEN: Final = 1
CLOSED: Final = -1

_QUIET: Final = 30
"""Steps without a better bound after which steps become shorter."""
_SHORTEST: Final = 1e-5
_MEMORY: Final = 0.4
"""How much of the last direction stays in the next one."""


class Pairs(NamedTuple):
    """Costs of serving cells, demand counted in; the pairs of a cell cheapest first."""

    start: NDArray[np.int64]
    site: NDArray[np.int32]
    cost: Floats
    far: Floats
    """What a cell costs that is not served at all: at least its dearest pair."""


class Served(NamedTuple):
    """How cells are served by the sites that are open."""

    site: NDArray[np.int32]
    """The cheapest; -1 where there is none."""
    one: Floats
    """What that costs."""
    two: Floats
    """What the next one would cost."""


def _compiled(function: Function) -> Function:
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@_compiled
def find_two(pairs: Pairs, chosen: Bools, served: Served) -> float:
    """Writes how each cell is served; returns the sum of the costs."""
    total = 0.0
    for i in range(len(pairs.far)):
        served.site[i], served.one[i], served.two[i] = -1, pairs.far[i], pairs.far[i]
        for k in range(pairs.start[i], pairs.start[i + 1]):
            if chosen[pairs.site[k]]:
                if served.site[i] >= 0:
                    served.two[i] = pairs.cost[k]
                    break
                served.site[i], served.one[i] = pairs.site[k], pairs.cost[k]
        total += served.one[i]
    return total


@_compiled
def _score(
    pairs: Pairs, chosen: Bools, slot: NDArray[np.int64], served: Served, gain: Floats, loss: Floats, extra: Floats
) -> None:
    """What opening each site gains, closing each open one loses, and what both together lose less than that."""
    gain[:], loss[:], extra[:] = 0.0, 0.0, 0.0
    for i in range(len(pairs.far)):
        now, one, two = served.site[i], served.one[i], served.two[i]
        if now >= 0:
            loss[now] += two - one
        for k in range(pairs.start[i], pairs.start[i + 1]):
            cost, j = pairs.cost[k], pairs.site[k]
            if cost >= two:
                break
            gain[j] += max(one - cost, 0.0)
            if now >= 0 and not chosen[j]:
                extra[slot[now], j] += two - max(cost, one)


@_compiled
def _best_swap(
    chosen: Bools,
    state: States,
    slot: NDArray[np.int64],
    gain: Floats,
    loss: Floats,
    extra: Floats,
    least: float,
) -> tuple[int, int]:
    """The site to open and the one to close that save most, of equals the first; -1 where nothing saves `least`."""
    best, enter, leave = least, -1, -1
    for j in range(len(chosen)):
        if chosen[j] or state[j] == CLOSED:
            continue
        for r in range(len(chosen)):
            if chosen[r] and state[r] != OPEN:
                saved = gain[j] - loss[r] + extra[slot[r], j]
                if saved > best:
                    best, enter, leave = saved, j, r
    return enter, leave


@_compiled
def improve(pairs: Pairs, chosen: Bools, state: States, p: int, most: int) -> float:
    """Opens sites until p are open, then swaps while that helps, at most so often; changes `chosen`, gives the cost."""
    n, m = len(pairs.far), len(chosen)
    served = Served(np.empty(n, dtype=np.int32), np.empty(n), np.empty(n))
    gain, loss, extra = np.empty(m), np.empty(m), np.empty(p * m).reshape((p, m))
    slot = np.full(m, -1)
    total = find_two(pairs, chosen, served)
    for _turn in range(most + p):
        slot[chosen] = np.arange(chosen.sum())
        _score(pairs, chosen, slot, served, gain, loss, extra)
        if chosen.sum() < p:
            for j in range(m):
                if chosen[j] or state[j] == CLOSED:
                    gain[j] = -1.0
            enter = int(np.argmax(gain))
            if gain[enter] < 0.0:
                break
        else:
            enter, leave = _best_swap(chosen, state, slot, gain, loss, extra, 1e-10 * max(total, 1e-300))
            if enter < 0:
                break
            chosen[leave] = False
        chosen[enter] = True
        total = find_two(pairs, chosen, served)
    return total


@_compiled
def _value(pairs: Pairs, price: Floats, state: States, p: int, rho: Floats, taken: Bools) -> tuple[float, float, float]:
    """The relaxed problem at these prices: its value, and of the unsettled sites the last taken and the first left."""
    rho[:] = 0.0
    for i in range(len(price)):
        for k in range(pairs.start[i], pairs.start[i + 1]):
            if pairs.cost[k] >= price[i]:
                break
            rho[pairs.site[k]] += pairs.cost[k] - price[i]
    taken[:] = state == OPEN
    value, number = price.sum() + rho[taken].sum(), taken.sum()
    last, following = -np.inf, np.inf
    for j in np.argsort(rho, kind="mergesort"):
        if state[j] != FREE:
            continue
        if number >= p:
            following = rho[j]
            break
        taken[j] = True
        value += rho[j]
        last = rho[j]
        number += 1
    return value, last, following


@_compiled
def _settle(state: States, chosen: Bools, rho: Floats, last: float, following: float, spare: float) -> None:
    """Closes the sites whose opening costs more than is to spare, and opens those whose closing does."""
    for j in range(len(state)):
        if state[j] == FREE:
            if not chosen[j] and rho[j] - last > spare:
                state[j] = CLOSED
            elif chosen[j] and following - rho[j] > spare:
                state[j] = OPEN


@_compiled
def _move(pairs: Pairs, at: Floats, chosen: Bools, direction: Floats, size: float) -> bool:
    """One step of the prices: up where a cell is not served at them, down where it is served twice; False: none."""
    norm = 0.0
    for i in range(len(at)):
        over = 1.0
        for k in range(pairs.start[i], pairs.start[i + 1]):
            if pairs.cost[k] >= at[i]:
                break
            if chosen[pairs.site[k]]:
                over -= 1.0
        direction[i] = over + _MEMORY * direction[i]
        norm += direction[i] * direction[i]
    if norm == 0.0:
        return False
    for i in range(len(at)):
        at[i] = min(max(at[i] + size / norm * direction[i], 0.0), pairs.far[i])
    return True


@_compiled
def raise_prices(
    pairs: Pairs, price: Floats, state: States, p: int, upper: float, steps: int, length: float, taken: Bools
) -> tuple[float, float]:
    """Moves prices to a higher bound; returns the best bound and how long steps are at the end.

    `price` becomes the best prices, `taken` the sites of the relaxed problem there; `state` settles sites that no
    choice cheaper than `upper` opens or leaves out. A bound above `upper` says that there is no such choice.
    """
    at, rho, direction = price.copy(), np.empty(len(state)), np.zeros(len(price))
    chosen = np.empty(len(state), dtype=np.bool_)
    best, quiet = -np.inf, 0
    for _turn in range(steps):
        value, last, following = _value(pairs, at, state, p, rho, chosen)
        quiet = 0 if value > best + 1e-7 * abs(best) else quiet + 1
        if value > best:
            best = value
            price[:] = at
            taken[:] = chosen
        _settle(state, chosen, rho, last, following, upper - value + 1e-9 * abs(upper))
        if best >= upper or length < _SHORTEST:
            break
        if quiet >= _QUIET:
            quiet, length = 0, length / 2.0
            at[:] = price
            direction[:] = 0.0
        elif not _move(pairs, at, chosen, direction, length * (1.02 * upper - value)):
            break
    return best, length
