"""Searches on a graph of states: the ring of buckets is chosen here, and the work is shared among processors.

`Ends` say where points join the graph (`gis.analysis.travel.kernel`). One search serves one point and all that it is
measured to; it goes backwards from whichever side has fewer points.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.analysis.travel import kernel
from gis.analysis.travel.kernel import LONGEST, Ends, Floats, Graph, Ints, Limits, Shorts

_MOST_BUCKETS: Final = 2**20
_BUCKETS_PER_ARC: Final = 4
"""A bucket is about this much narrower than the usual arc is long."""


def make_graph(tail: ArrayLike, head: ArrayLike, cost: ArrayLike, metres: ArrayLike, *, states: int) -> Graph:
    """A graph of arcs given in any order. Raises ValueError for a cost that is negative or longer than twelve days."""
    tails, costs = np.asarray(tail, dtype=np.int64), np.asarray(cost, dtype=np.int64)
    if len(costs) and not 0 <= costs.min() <= costs.max() <= LONGEST:
        raise ValueError("an arc takes less than nothing, or more than twelve days")
    order = np.argsort(tails, kind="stable")
    start = np.zeros(states + 1, dtype=np.int64)
    np.cumsum(np.bincount(tails, minlength=states), out=start[1:])
    arcs = np.column_stack([np.asarray(head)[order], costs[order]]).astype(np.int32)
    return Graph(start, np.ascontiguousarray(arcs), np.asarray(metres, dtype=np.float64)[order])


def find_tails(graph: Graph) -> Shorts:
    """The state that each arc comes from."""
    return np.repeat(np.arange(len(graph.start) - 1, dtype=np.int32), np.diff(graph.start))


def turn_round(graph: Graph) -> Graph:
    """The same arcs, each the other way."""
    states = len(graph.start) - 1
    return make_graph(graph.arcs[:, 0], find_tails(graph), graph.arcs[:, 1], graph.metres, states=states)


def make_ends(point: ArrayLike, state: ArrayLike, cost: ArrayLike, metres: ArrayLike, *, points: int) -> Ends:
    """Ends given in any order, `point` saying whose each is."""
    owner = np.asarray(point, dtype=np.int64)
    order = np.argsort(owner, kind="stable")
    start = np.zeros(points + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=points), out=start[1:])
    return Ends(
        start,
        np.asarray(state)[order].astype(np.int32),
        np.asarray(cost)[order].astype(np.int32),
        np.asarray(metres, dtype=np.float64)[order],
    )


def search(
    graph: Graph, seeds: Ends, targets: Ends, *, cut: int | None = None, metres: bool = True, threads: int | None = None
) -> tuple[Shorts, Floats]:
    """Milliseconds and metres along the fastest way from each of the seeds to each target.

    Milliseconds are -1 where there is no way within `cut`; metres mean nothing there, and are an empty array where
    they are not asked for. Seeds and targets of several states take the best one.

    >>> line = make_graph([0, 1], [1, 2], [60_000, 30_000], [80, 40], states=3)
    >>> first, last = make_ends([0], [0], [0], [0], points=1), make_ends([0, 1], [2, 0], [0, 0], [0, 0], points=2)
    >>> [found.tolist() for found in search(line, first, last)]
    [[[90000, 0]], [[120.0, 0.0]]]
    """
    sources, wanted = len(seeds.start) - 1, len(targets.start) - 1
    limits = choose_limits(graph, seeds, cut)
    out = np.empty((sources, wanted), dtype=np.int32)
    along = np.empty((sources if metres else 0, wanted))
    threads = min(threads or os.cpu_count() or 1, max(sources, 1))
    order = np.arange(sources)

    def work(part: NDArray[np.int64]) -> None:
        if len(part):
            rows = slice(int(part[0]), int(part[-1]) + 1)
            kernel.search_many(graph, seeds, targets, part, limits, out[rows], along[rows])

    parts = np.array_split(order, 4 * threads if threads > 1 and sources >= 16 * threads else threads)
    if threads == 1:
        work(order)
        return out, along
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, part) for part in parts]:
            done.result()
    return out, along


def choose_limits(graph: Graph, seeds: Ends, cut: int | None) -> Limits:
    """The cut, and a ring in which whatever is waiting at one time finds room."""
    costs = graph.arcs[:, 1]
    usual = int(np.median(costs)) if len(costs) else 1
    longest = max(int(costs.max(initial=0)), int(seeds.cost.max(initial=0)))
    shift = max((max(usual, 1) // _BUCKETS_PER_ARC).bit_length() - 1, 0)
    while (longest >> shift) + 2 > _MOST_BUCKETS:
        shift += 1
    buckets = 1 << ((longest >> shift) + 1).bit_length()
    return Limits(LONGEST if cut is None else max(0, min(cut, LONGEST)), shift, buckets - 1)


def find_way(graph: Graph, seeds: Ends, targets: Ends, *, cut: int | None = None) -> tuple[int, int, Ints] | None:
    """Place of the seed, place of the target's end, and the arcs in between; None where there is no way."""
    limits = choose_limits(graph, seeds, cut)
    end, way = kernel.trace_way(graph, seeds, targets, limits, find_tails(graph))
    return None if end < 0 else (int(way[0]), end, way[1:])
