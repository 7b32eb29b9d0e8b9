"""The search equals scipy's Dijkstra, in both directions, with and without a cut."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from gis.analysis.travel.search import find_tails, find_way, make_ends, make_graph, search, turn_round

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Net:
    """Arcs of a random directed graph, at most one from a state to another."""

    states: int
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    cost: NDArray[np.int64]

    def times(self, *, limit: float = np.inf) -> Floats:
        """scipy's answer between all states."""
        matrix = csr_matrix((self.cost.astype(float), (self.tail, self.head)), shape=(self.states, self.states))
        return np.asarray(dijkstra(matrix, limit=limit))


@st.composite
def nets(draw: st.DrawFn) -> Net:
    """Costs of very different sizes, so that arcs are shorter and longer than a bucket; islands, dead ends, loops."""
    states = draw(st.integers(1, 25))
    pair = st.tuples(st.integers(0, states - 1), st.integers(0, states - 1))
    pairs = draw(st.lists(pair, max_size=80, unique=True))
    costs = st.one_of(st.integers(1, 9), st.integers(1, 5_000), st.integers(1, 3_000_000))
    cost = draw(st.lists(costs, min_size=len(pairs), max_size=len(pairs)))
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Net(states, ends[:, 0], ends[:, 1], np.array(cost, dtype=np.int64))


def everywhere(states: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every state, and as many zeros."""
    return np.arange(states), np.zeros(states, dtype=np.int64)


@given(nets(), st.none() | st.integers(0, 4_000_000), st.integers(1, 3))
@settings(deadline=None, max_examples=150)
def test_times_are_those_of_scipy(net: Net, cut: int | None, threads: int) -> None:
    """Between all states, forwards and backwards, whatever the cut and the number of threads; -1 is no way."""
    graph = make_graph(net.tail, net.head, net.cost, net.cost * 2.0, states=net.states)
    state, zeros = everywhere(net.states)
    ends = make_ends(state, state, zeros, zeros, points=net.states)
    expected = net.times(limit=np.inf if cut is None else cut)
    expected = np.where(np.isinf(expected), -1, expected)
    time, metres = search(graph, ends, ends, cut=cut, threads=threads)
    assert (time == expected).all()
    assert (metres[time >= 0] == 2.0 * time[time >= 0]).all()
    back, _metres = search(turn_round(graph), ends, ends, cut=cut, metres=False, threads=threads)
    assert (expected == back.T).all()


@given(nets(), st.data())
@settings(deadline=None, max_examples=100)
def test_a_place_joins_by_its_best_end(net: Net, data: st.DataObject) -> None:
    """With several ends, each with a cost, the time is the least over all pairs; the way found takes just that long."""
    graph = make_graph(net.tail, net.head, net.cost, net.cost * 1.0, states=net.states)
    end = st.tuples(st.integers(0, net.states - 1), st.integers(0, 6_000))
    seeds, goals = (np.array(data.draw(st.lists(end, min_size=1, max_size=4))) for _turn in range(2))
    times = seeds[:, 1][:, None] + net.times()[np.ix_(seeds[:, 0], goals[:, 0])] + goals[:, 1][None, :]
    joins = [make_ends(np.zeros(len(e)), e[:, 0], e[:, 1], np.zeros(len(e)), points=1) for e in (seeds, goals)]
    found, _metres = search(graph, *joins)
    assert found[0, 0] == (-1 if np.isinf(times.min()) else times.min())
    way = find_way(graph, *joins)
    assert (way is None) == np.isinf(times.min())
    if way is not None:
        seed, goal, arcs = way
        assert seeds[seed, 1] + graph.arcs[arcs, 1].sum() + goals[goal, 1] == times.min()
        assert [seeds[seed, 0], *graph.arcs[arcs, 0]] == [*find_tails(graph)[arcs], goals[goal, 0]]


def test_many_searches_one_after_the_other_do_not_disturb_each_other() -> None:
    """What an earlier search left behind counts for nothing, also after the array had to be cleared."""
    ring = np.arange(50)
    graph = make_graph(ring, (ring + 1) % 50, np.full(50, 1_000_000), np.ones(50), states=50)
    sources = np.tile(ring, 80)
    zeros = np.zeros(len(sources), dtype=np.int64)
    starts = make_ends(np.arange(len(sources)), sources, zeros, zeros, points=len(sources))
    goals = make_ends(ring, ring, zeros[:50], zeros[:50], points=50)
    cut = 30_000_000
    time, _metres = search(graph, starts, goals, cut=cut, threads=1)
    expected = (ring[None, :] - sources[:, None]) % 50 * 1_000_000
    assert (time == np.where(expected > cut, -1, expected)).all()


def test_a_way_that_takes_less_than_nothing_is_refused() -> None:
    """Negative costs, and ones that do not fit, are no arcs; control: nothing at all is one."""
    for cost in (-1, 2**31):
        with pytest.raises(ValueError, match="an arc takes"):
            make_graph([0], [1], [cost], [1.0], states=2)
    make_graph([0], [1], [0], [1.0], states=2)
