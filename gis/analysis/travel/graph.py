"""From a road network to a graph of states for one mode, with the delays that a policy puts on turns.

A segment is two *directed edges*: number 2 s forward, 2 s + 1 backward. On foot a state is a node. In a vehicle a state
is a directed edge, being at its end, and an arc is a turn into the next one: so a forbidden turn is an arc that is not
there, and a turn has a cost. Vehicles turn round only where nothing else is possible (OSRM does the same).

What cannot be both left and reached is no place to start from: strongly connected parts with less than a tenth of all
states are left aside, such as a car park drawn apart from the street or streets cut off by the border of the map. A
large island is a part of its own: places on it join there, and nothing leads to the others.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from gis.analysis.travel.kernel import LONGEST, Floats, Graph, Ints
from gis.analysis.travel.search import find_tails, make_graph, turn_round
from gis.policies import TravelPolicy
from gis.roads import BY_CLASS, OPEN, Mode, RoadNetwork

_SMALLEST_PART: Final = 0.1
_MS_PER_HOUR: Final = 3_600_000.0

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class ModeGraph:
    """What one mode of travel searches on."""

    graph: Graph
    edge: Ints
    """The directed edge that each arc ends with."""
    time: Ints
    """Milliseconds of each directed edge, -1 where it is closed or in no part that can be left and reached."""
    exit_state: Ints
    """The state at the end of each directed edge, -1 where it is closed."""
    entry_start: Ints
    """First entry of each directed edge, and the end: where one comes from to be on it."""
    entry_state: Ints
    entry_cost: Ints
    """Milliseconds of the turn into it."""

    @cached_property
    def backward(self) -> Graph:
        """The same graph with all arcs turned round."""
        return turn_round(self.graph)

    @property
    def open_segments(self) -> Flags:
        """Which segments are open in one direction at least."""
        return np.asarray((self.time.reshape(-1, 2) >= 0).any(axis=1))


def build_graph(network: RoadNetwork, policy: TravelPolicy, mode: Mode) -> ModeGraph:
    """The graph of one mode; arcs take the time of the edge they lead along, and of the turn into it."""
    time = travel_times(network, policy, mode)
    return _build_walk(network, time) if mode == "walk" else _build_drive(network, policy, time)


def travel_times(network: RoadNetwork, policy: TravelPolicy, mode: Mode) -> Ints:
    """Milliseconds of each directed edge, -1 where the mode may not go that way."""
    segments = network.segments
    classes = policy.walk_classes if mode == "walk" else tuple(policy.drive_kmh)
    said = segments[mode].to_numpy()
    allowed = (said == OPEN) | ((said == BY_CLASS) & segments["highway"].isin(classes).to_numpy())
    direction = segments["foot_oneway" if mode == "walk" else "oneway"].to_numpy()
    may = np.column_stack([allowed & (direction >= 0), allowed & (direction <= 0)])
    if mode == "walk":
        kmh = np.full(may.shape, policy.walk_kmh)
    else:
        usual = segments["highway"].astype(object).map(dict(policy.drive_kmh)).astype(float).fillna(policy.other_kmh)
        limits = segments[["kmh", "kmh_back"]].to_numpy() * policy.share_of_limit
        kmh = np.where(np.isnan(limits), usual.to_numpy()[:, None], limits)
    length = segments["length_m"].to_numpy()[:, None]
    time = np.clip(np.rint(length / 1000.0 / kmh * _MS_PER_HOUR), 1.0, LONGEST // 2).astype(np.int64)
    return np.where(may, time, -1).ravel()


def edge_ends(network: RoadNetwork) -> tuple[Ints, Ints]:
    """The node at which each directed edge begins, and that at which it ends."""
    ends = network.segments[["tail", "head"]].to_numpy(dtype=np.int64)
    return ends.ravel(), ends[:, ::-1].ravel()


def _build_walk(network: RoadNetwork, time: Ints) -> ModeGraph:
    begins, finishes = edge_ends(network)
    through = network.nodes["barrier"].to_numpy()[begins] < 2
    used = np.flatnonzero((time >= 0) & through)
    metres = np.repeat(network.segments["length_m"].to_numpy(), 2)
    states = len(network.nodes)
    graph = make_graph(begins[used], finishes[used], time[used], metres[used], states=states)
    edge = used[np.argsort(begins[used], kind="stable")]
    main = _main_parts(graph)
    kept = (time >= 0) & main[begins] & main[finishes]
    return ModeGraph(
        graph=graph,
        edge=edge,
        time=np.where(kept, time, -1),
        exit_state=np.where(kept, finishes, -1),
        entry_start=np.arange(len(time) + 1),
        entry_state=begins,
        entry_cost=np.zeros(len(time), dtype=np.int64),
    )


def _build_drive(network: RoadNetwork, policy: TravelPolicy, time: Ints) -> ModeGraph:
    used = np.flatnonzero(time >= 0)
    state = np.full(len(time), -1, dtype=np.int64)
    state[used] = np.arange(len(used))
    before, after, delay = _list_turns(network, policy, time)
    metres = np.repeat(network.segments["length_m"].to_numpy(), 2)
    graph = make_graph(state[before], state[after], delay + time[after], metres[after], states=len(used))
    edge = after[np.argsort(state[before], kind="stable")]
    kept = np.zeros(len(time), dtype=bool)
    kept[used] = _main_parts(graph)
    entries = np.argsort(after, kind="stable")
    return ModeGraph(
        graph=graph,
        edge=edge,
        time=np.where(kept, time, -1),
        exit_state=np.where(kept, state, -1),
        entry_start=np.r_[0, np.cumsum(np.bincount(after, minlength=len(time)))],
        entry_state=state[before[entries]],
        entry_cost=delay[entries],
    )


def _list_turns(network: RoadNetwork, policy: TravelPolicy, time: Ints) -> tuple[Ints, Ints, Ints]:
    """Directed edges before and after every turn that is allowed, and its milliseconds."""
    begins, finishes = edge_ends(network)
    used = np.flatnonzero(time >= 0)
    leaving = used[np.argsort(begins[used], kind="stable")]
    number = np.bincount(begins[used], minlength=len(network.nodes))
    first = np.r_[0, np.cumsum(number)]
    times = number[finishes[used]]
    before = np.repeat(used, times)
    within = np.arange(len(before)) - np.repeat(np.cumsum(times) - times, times)
    after = leaving[first[finishes[before]] + within]
    back = after == (before ^ 1)
    barred = network.nodes["barrier"].to_numpy()[finishes[before]] > 0
    kept = ~back & ~barred & ~_forbidden(network, before, after, len(time))
    stuck = back & ~np.isin(before, before[kept])
    chosen = kept | stuck
    before, after, back = before[chosen], after[chosen], back[chosen]
    seconds = _turn_seconds(network, policy, before, after, back, time)
    seconds += np.where(network.nodes["signals"].to_numpy()[finishes[before]], policy.signal_seconds, 0.0)
    return before, after, np.rint(seconds * 1000.0).astype(np.int64)


def _forbidden(network: RoadNetwork, before: Ints, after: Ints, edges: int) -> Flags:
    """Which of the turns a restriction takes away."""
    found = np.zeros(len(before), dtype=bool)
    turns = network.turns
    if turns.empty:
        return found
    begins, finishes = edge_ends(network)
    sides = pd.DataFrame({"side": [0, 1]})
    pairs = turns.merge(sides, how="cross").merge(sides, how="cross", suffixes=("", "_to"))
    arriving = 2 * pairs["from_segment"].to_numpy() + pairs["side"].to_numpy()
    going = 2 * pairs["to_segment"].to_numpy() + pairs["side_to"].to_numpy()
    node, only = pairs["node"].to_numpy(), pairs["only"].to_numpy(dtype=bool)
    fits = (finishes[arriving] == node) & (begins[going] == node)
    keys = before * edges + after
    named = arriving * edges + going
    found |= np.isin(keys, named[fits & ~only])
    found |= np.isin(before, arriving[fits & only]) & ~np.isin(keys, named[fits & only])
    return found


def _turn_seconds(
    network: RoadNetwork, policy: TravelPolicy, before: Ints, after: Ints, back: Flags, time: Ints
) -> Floats:
    """Seconds of each turn by its angle: none where only two roads meet. Source: OSRM, profiles/car.lua."""
    _begins, finishes = edge_ends(network)
    open_roads = np.repeat((time.reshape(-1, 2) >= 0).any(axis=1), 2)
    roads = np.bincount(finishes[open_roads], minlength=len(network.nodes))[finishes[before]]
    inward, outward = _bearings(network)
    angle = (outward[after] - inward[before] + 180.0) % 360.0 - 180.0
    bias = 1.0 / policy.turn_bias if policy.left_hand_traffic else policy.turn_bias
    right = 1.0 + np.exp(-(13.0 / bias * angle / 180.0 - 6.5 * bias))
    left = 1.0 + np.exp(-(13.0 * bias * -angle / 180.0 - 6.5 / bias))
    seconds = np.where((roads > 2) | back, policy.turn_seconds / np.where(angle >= 0, right, left), 0.0)
    return np.asarray(seconds + np.where(back, policy.u_turn_seconds, 0.0))


def _bearings(network: RoadNetwork) -> tuple[Floats, Floats]:
    """Compass degrees in which each directed edge arrives, and in which it sets out."""
    first, last = network.shape_start[:-1], network.shape_start[1:] - 1
    shrink = np.cos(np.radians(network.shape[first, 1]))

    def bearing(start: Ints, end: Ints) -> Floats:
        step = network.shape[end] - network.shape[start]
        return np.asarray(np.degrees(np.arctan2(step[:, 0] * shrink, step[:, 1])))

    out, into = bearing(first, first + 1), bearing(last - 1, last)
    outward = np.column_stack([out, into + 180.0]).ravel()
    inward = np.column_stack([into, out + 180.0]).ravel()
    return inward, outward


def _main_parts(graph: Graph) -> Flags:
    """The states of strongly connected parts that are not tiny."""
    states = len(graph.start) - 1
    if states == 0:
        return np.zeros(0, dtype=bool)
    shape = (np.ones(len(graph.arcs), dtype=np.int8), (find_tails(graph), graph.arcs[:, 0]))
    _number, label = connected_components(csr_matrix(shape, shape=(states, states)), connection="strong")
    size = np.bincount(label)
    return np.asarray((size >= max(2, _SMALLEST_PART * states))[label])
