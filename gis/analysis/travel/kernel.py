"""The compiled half of `gis.analysis.travel.times`: shortest times from one place to many, with a cut.

A *state* is what a traveller can be in: at a node on foot, at the end of a directed edge in a vehicle, so that a turn
has a cost of its own. An *arc* leads from one state to another and takes whole milliseconds. The search is Dijkstra's
with a ring of *buckets*, each as wide as a power of two milliseconds (Dial 1969; Denardo and Fox 1979). A bucket wider
than the shortest arc may take a state in again, so that the answer is exact for any width. What is waiting in a bucket
is a list through a small pool whose places are used again at once, so that it stays in the processor's cache.

Times of one search lie below those of the search before it in the same array: what an earlier search left behind counts
as not reached, and nothing has to be cleared. Every function releases the interpreter lock and shares nothing that it
writes, so that threads may search side by side.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Function = TypeVar("Function", bound=Callable[..., object])

LONGEST: Final = 2**30
"""Milliseconds of the longest way there is, twelve days; a search without a cut has this one."""

_TOP: Final = 2**31 - 1


class Graph(NamedTuple):
    """The arcs of all states, in compressed rows."""

    start: Ints
    """First arc of each state, and the end."""
    arcs: Shorts
    """The state an arc leads to, and its milliseconds; side by side, because they are read together."""
    metres: Floats


class Ends(NamedTuple):
    """Where each of some points joins the graph: none, one or more states, each with a cost."""

    start: Ints
    state: Shorts
    cost: Shorts
    metres: Floats


class Limits(NamedTuple):
    """Longest time that counts, and the ring: width of a bucket as a power of two, number as a power of two less 1."""

    cut: int
    shift: int
    mask: int


def _compiled(function: Function) -> Function:
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@_compiled
def search_many(
    graph: Graph, seeds: Ends, targets: Ends, sources: Ints, limits: Limits, out: Shorts, along: Floats
) -> None:
    """Writes the milliseconds from each of the `sources` (positions in `seeds`) to all targets, -1 beyond the cut.

    `out` has a row for each of the sources; `along`, the metres on the way, has as many rows or none: then they are
    not measured.
    """
    states = len(graph.start) - 1
    measured = along.shape[0] > 0
    times = np.full(states, _TOP, dtype=np.int32)
    metres = np.zeros(states if measured else 0)
    heads = np.full(limits.mask + 1, -1, dtype=np.int32)
    pool = np.empty((max(256, np.max(np.diff(seeds.start))), 3), dtype=np.int32)
    no_trace = np.empty(0, dtype=np.int32)
    base = _TOP
    for row in range(len(sources)):
        if base <= limits.cut:
            times[:] = _TOP
            base = _TOP
        base -= limits.cut + 1
        pool = _search(graph, seeds, sources[row], limits, base, times, metres, heads, pool, no_trace)
        for target in range(len(targets.start) - 1):
            best = limits.cut + 1
            length = 0.0
            for k in range(targets.start[target], targets.start[target + 1]):
                state = targets.state[k]
                time = times[state] - base + targets.cost[k]
                if time < best:
                    best = time
                    if measured:
                        length = metres[state] + targets.metres[k]
            out[row, target] = best if best <= limits.cut else -1
            if measured:
                along[row, target] = length


@_compiled
def _begin(
    seeds: Ends,
    source: int,
    limits: Limits,
    base: int,
    times: Shorts,
    metres: Floats,
    heads: Shorts,
    pool: Shorts,
    trace: Shorts,
) -> int:
    """Puts the states of one seed into the ring; gives back how many are waiting."""
    top = 0
    for k in range(seeds.start[source], seeds.start[source + 1]):
        state, time = seeds.state[k], base + seeds.cost[k]
        if time <= base + limits.cut and time < times[state]:
            times[state] = time
            if len(metres) > 0:
                metres[state] = seeds.metres[k]
            if len(trace) > 0:
                trace[state] = -2 - k
            slot = ((time - base) >> limits.shift) & limits.mask
            pool[top, 0], pool[top, 1], pool[top, 2] = state, time, heads[slot]
            heads[slot] = top
            top += 1
    return top


@_compiled
def _search(
    graph: Graph,
    seeds: Ends,
    source: int,
    limits: Limits,
    base: int,
    times: Shorts,
    metres: Floats,
    heads: Shorts,
    pool: Shorts,
    trace: Shorts,
) -> Shorts:
    """Writes `base` + milliseconds for every state within the cut; gives back the pool, which may have grown.

    `metres` and `trace` (the arc by which a state was reached) are written where they have any room.
    """
    measured, traced = len(metres) > 0, len(trace) > 0
    last, shift, mask = base + limits.cut, limits.shift, limits.mask
    top = _begin(seeds, source, limits, base, times, metres, heads, pool, trace)
    free, waiting = -1, top
    bucket = 0
    while waiting > 0:
        while heads[bucket & mask] < 0:
            bucket += 1
        place = heads[bucket & mask]
        state, time = pool[place, 0], pool[place, 1]
        heads[bucket & mask] = pool[place, 2]
        pool[place, 2] = free
        free = place
        waiting -= 1
        if times[state] != time:
            continue
        for k in range(graph.start[state], graph.start[state + 1]):
            there, then = graph.arcs[k, 0], time + graph.arcs[k, 1]
            if then <= last and then < times[there]:
                times[there] = then
                if measured:
                    metres[there] = metres[state] + graph.metres[k]
                if traced:
                    trace[there] = k
                if free >= 0:
                    place = free
                    free = pool[place, 2]
                else:
                    if top == len(pool):
                        larger = np.empty((2 * top, 3), dtype=np.int32)
                        larger[:top] = pool
                        pool = larger
                    place = top
                    top += 1
                slot = ((then - base) >> shift) & mask
                pool[place, 0], pool[place, 1], pool[place, 2] = there, then, heads[slot]
                heads[slot] = place
                waiting += 1
    return pool


@_compiled
def trace_way(graph: Graph, seeds: Ends, targets: Ends, limits: Limits, tails: Shorts) -> tuple[int, Ints]:
    """The fastest way from the first of the seeds to the first target: the end it takes of the target's, and its arcs.

    `tails` holds the state that each arc comes from. The first number of the list is the place of the seed in `seeds`;
    an end of -1 and an empty list say that there is no way within the cut.
    """
    states = len(graph.start) - 1
    times = np.full(states, _TOP, dtype=np.int32)
    trace = np.full(states, -1, dtype=np.int32)
    heads = np.full(limits.mask + 1, -1, dtype=np.int32)
    base = _TOP - limits.cut - 1
    pool = np.empty((max(256, seeds.start[1]), 3), dtype=np.int32)
    _search(graph, seeds, 0, limits, base, times, np.empty(0), heads, pool, trace)
    best, end = limits.cut + 1, -1
    for k in range(targets.start[0], targets.start[1]):
        time = times[targets.state[k]] - base + targets.cost[k]
        if time < best:
            best, end = time, k
    if end < 0:
        return -1, np.empty(0, dtype=np.int64)
    number, state = 1, targets.state[end]
    while trace[state] >= 0:
        number += 1
        state = tails[trace[state]]
    way = np.empty(number, dtype=np.int64)
    way[0] = -2 - trace[state]
    state = targets.state[end]
    for place in range(number - 1, 0, -1):
        way[place] = trace[state]
        state = tails[trace[state]]
    return end, way
