"""Travel times in a generated county beside scipy, igraph and pandana, in one run on the same graph.

The county is a lattice of 200,000 nodes, jittered, with three streets in ten left out: about as many streets at a
crossing as a real town has. Times on foot within half an hour from 5,000 places to 100 facilities: one search for each
facility, backwards. The same times at the speed of cars reach much of the county, and show what the cut does not save.
Each program gets the graph ready made in the form it likes, numbered along the same curve; before anything is reported
the answers are compared. igraph has no cut. pandana is asked in a tenth of the county: making it ready for all of it
takes many minutes.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, NamedTuple

import igraph
import numpy as np
import pandana
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from gis.analysis.travel.kernel import Ends, Graph
from gis.analysis.travel.search import find_tails, make_ends, make_graph, search, turn_round
from gis.analysis.travel.times import Roads, measure_roads
from gis.intake.roads import curve_order
from gis.policies import shipped_travel_policy
from gis.roads import MODES, SEGMENT_COLUMNS, TURN_COLUMNS, RoadNetwork
from tests.benchmarks.figures import Figure, figure, median_seconds, medians_side_by_side

MINUTES: Final = 30
PER_DEGREE: Final = 111_000.0
SPEEDS: Final = {"on foot": 4.8, "by car": 30.0}

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class County(NamedTuple):
    """Nodes by their metres east and north, and streets between them, both ways."""

    xy: Floats
    tail: Ints
    head: Ints
    metres: Floats


def run(*, quick: bool = False) -> Iterator[Figure]:
    """The matrix on the bare graph beside the peers, then the whole way from places with their snapping."""
    county = make_county(20_000 if quick else 200_000)
    rng = np.random.default_rng(5)
    places, facilities = (rng.choice(len(county.xy), size, replace=False) for size in (5_000, 100))
    for name, kmh in SPEEDS.items():
        yield from _compare(county, places, facilities, name, _milliseconds(county, kmh))
    yield from _whole(county, places, facilities)
    small = make_county(2_000 if quick else 20_000)
    few = rng.choice(len(small.xy), 1_000, replace=False), rng.choice(len(small.xy), 100, replace=False)
    yield from _compare(small, *few, "on foot", _milliseconds(small, SPEEDS["on foot"]), with_pandana=True)


def make_county(nodes: int) -> County:
    """A county of about so many nodes, 120 m apart, numbered along a curve."""
    rng = np.random.default_rng(3)
    side = round(nodes**0.5)
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2) * 120.0
    xy = grid + rng.uniform(-40, 40, grid.shape)
    order = np.argsort(curve_order(xy))
    number = np.empty(len(xy), dtype=np.int64)
    number[order] = np.arange(len(xy))
    at = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate([np.stack([at[:, :-1], at[:, 1:]], -1), np.stack([at[:-1], at[1:]], -1).swapaxes(0, 1)])
    pairs = pairs.reshape(-1, 2)[rng.random(2 * side * (side - 1)) < 0.7]
    metres = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) * rng.uniform(1.0, 1.3, len(pairs))
    return County(xy[order], number[pairs[:, 0]], number[pairs[:, 1]], metres)


def _milliseconds(county: County, kmh: float) -> Ints:
    return np.rint(county.metres / kmh * 3600.0).astype(np.int64)


def _compare(
    county: County, places: Ints, facilities: Ints, name: str, cost: Ints, *, with_pandana: bool = False
) -> Iterator[Figure]:
    nodes = len(county.xy)
    tail, head = np.r_[county.tail, county.head], np.r_[county.head, county.tail]
    graph = make_graph(tail, head, np.r_[cost, cost], np.tile(county.metres, 2), states=nodes)
    backward, cut = turn_round(graph), MINUTES * 60_000
    origins, goals = _ends(places), _ends(facilities)

    def ours(threads: int, *, metres: bool = False) -> NDArray[np.int32]:
        return search(backward, goals, origins, cut=cut, metres=metres, threads=threads)[0]

    ours(1)
    peers: dict[str, Callable[[], Any]] = {
        "scipy": lambda: _scipy(backward, facilities, cut)[:, places],
        "igraph, no cut": _igraph(backward, facilities, places),
    }
    if with_pandana:
        peers["pandana, nodes in range"] = _pandana(county, cost, places, facilities)
    works = {"1": lambda: ours(1), "2": lambda: ours(2), "metres": lambda: ours(1, metres=True), **peers}
    results = medians_side_by_side(works)
    found = results["1"][1]
    for peer in peers:
        _check(found, np.asarray(results[peer][1], dtype=np.float64), cut)
    load = f"load {os.getloadavg()[0]:.1f}"
    title = f"travel: {len(places):,} x {len(facilities)}, {nodes:,} nodes, {MINUTES} minutes {name} ({load})"
    yield figure(f"{title}, pairs within the cut", float((found >= 0).mean()), "share")
    for peer in peers:
        yield figure(f"{title}, 1 thread", results["1"][0], "s", peer=peer, peer_value=results[peer][0])
    yield figure(f"{title}, 2 threads", results["2"][0], "s", peer="scipy", peer_value=results["scipy"][0])
    yield figure(f"{title}, 1 thread, with metres", results["metres"][0], "s")


def _ends(nodes: Ints) -> Ends:
    zeros = np.zeros(len(nodes), dtype=np.int64)
    return make_ends(np.arange(len(nodes)), nodes, zeros, zeros, points=len(nodes))


def _scipy(graph: Graph, sources: Ints, cut: int) -> Floats:
    nodes = len(graph.start) - 1
    matrix = csr_matrix((graph.arcs[:, 1].astype(float), graph.arcs[:, 0], graph.start), shape=(nodes, nodes))
    return np.asarray(dijkstra(matrix, indices=sources, limit=float(cut)))


def _igraph(graph: Graph, facilities: Ints, places: Ints) -> Callable[[], Any]:
    edges = np.column_stack([find_tails(graph), graph.arcs[:, 0]])
    made = igraph.Graph(n=len(graph.start) - 1, edges=edges, directed=True)
    weights = graph.arcs[:, 1].astype(float).tolist()
    return lambda: made.distances(facilities.tolist(), places.tolist(), weights=weights)


def _pandana(county: County, cost: Ints, places: Ints, facilities: Ints) -> Callable[[], Any]:
    """Nodes within the cut of each facility; seconds, for its numbers are small. Making it takes minutes, and talks."""
    ends = [pd.Series(column) for column in (county.tail, county.head)]
    weights = pd.DataFrame({"time": cost / 1000.0})
    with _quiet():
        network = pandana.Network(pd.Series(county.xy[:, 0]), pd.Series(county.xy[:, 1]), *ends, weights, twoway=True)
    column = pd.Series(np.arange(len(places)), index=places)

    def ask() -> Floats:
        near = network.nodes_in_range(facilities, MINUTES * 60.0, imp_name="time")
        near = near[near["destination"].isin(column.index)]
        row = pd.Series(np.arange(len(facilities)), index=facilities).loc[near["source"]].to_numpy()
        times = np.full((len(facilities), len(places)), np.inf)
        times[row, column.loc[near["destination"]].to_numpy()] = near["time"].to_numpy() * 1000.0
        return times

    return ask


@contextmanager
def _quiet() -> Iterator[None]:
    """What a library in C prints goes to stderr: figures alone are on stdout."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _check(found: NDArray[np.int32], theirs: Floats, cut: int) -> None:
    """Refuses to go on where an answer within the cut differs by more than a tenth of a second."""
    within = np.isfinite(theirs) & (theirs <= cut) & (theirs >= 0)
    sure = np.abs(theirs - cut) > 100
    if ((found >= 0) != within)[sure].any() or (np.abs(found - theirs) > 100)[(found >= 0) & within].any():
        raise ValueError("the answers differ from the peer's")


def _whole(county: County, places: Ints, facilities: Ints) -> Iterator[Figure]:
    """From places beside the roads to a matrix: snapping, search, metres; the graph made beforehand."""
    network = _as_network(county)
    rng = np.random.default_rng(7)
    away = rng.uniform(-30, 30, (len(county.xy), 2))
    lonlat = (county.xy + away) / PER_DEGREE
    for mode in MODES:
        roads = Roads(network, shipped_travel_policy(), mode)
        prepared, _graph = median_seconds(partial(_prepare, roads), repeats=1)
        yield figure(f"travel: {mode} graph and tree of {len(network.segments):,} segments", prepared, "s")
        ask = partial(measure_roads, roads, lonlat[places], lonlat[facilities], cut_minutes=MINUTES)
        seconds, matrix = median_seconds(ask)
        share = np.isfinite(matrix.minutes).mean()
        title = f"travel: {mode}, places to matrix with metres, 5,000 x 100, {MINUTES} minutes, {share:.0%} reached"
        yield figure(title, seconds, "s")


def _prepare(roads: Roads) -> object:
    """What is made at the first use."""
    return roads.graph.backward, roads.snapper


def _as_network(county: County) -> RoadNetwork:
    number = len(county.tail)
    columns: dict[str, Any] = {"tail": county.tail, "head": county.head, "length_m": county.metres}
    columns |= {"highway": "residential", "walk": 0, "drive": 0, "oneway": 0, "foot_oneway": 0}
    columns |= {"kmh": np.nan, "kmh_back": np.nan, "way": np.arange(number)}
    lonlat = county.xy / PER_DEGREE
    nodes = pd.DataFrame({"lon": lonlat[:, 0], "lat": lonlat[:, 1]}).assign(signals=False, barrier=0)
    shape = np.stack([lonlat[county.tail], lonlat[county.head]], axis=1).reshape(-1, 2)
    turns = pd.DataFrame({name: pd.Series(dtype="int64") for name in TURN_COLUMNS})
    segments = pd.DataFrame(columns)[list(SEGMENT_COLUMNS)]
    return RoadNetwork(nodes, segments, shape, np.arange(number + 1) * 2, turns)
