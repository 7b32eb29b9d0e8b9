"""Travel times between places: minutes and metres along the fastest way on roads, or over a straight line.

A place joins the roads at the nearest point of the nearest edge that is open to the mode and can be left and reached;
the way to it, the *access leg*, is walked in a straight line, whatever the mode. A place further than the policy's
`farthest_m` from such an edge is *off the roads*. Time to a place that is off, that no way leads to, or that is beyond
the cut is missing (NaN): never 0, never infinite. A place is 0 minutes from itself. Times are not symmetric: one-way
streets, turns.

A search is made once for each place of the shorter side (`gis.analysis.travel.search`); the compiled code is made once
and then read from the disk.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.analysis.travel.graph import ModeGraph, build_graph
from gis.analysis.travel.kernel import Ends, Floats, Ints
from gis.analysis.travel.search import find_way, make_ends, make_graph, search
from gis.analysis.travel.snap import Snapped, Snapper
from gis.crs import distances_m
from gis.policies import TravelPolicy
from gis.roads import Mode, RoadNetwork

Place = tuple[float, float]
"""Longitude and latitude."""

_MS_PER_MINUTE: Final = 60_000.0
_AT_ONCE: Final = 2**20


@dataclass(frozen=True)
class Matrix:
    """Times from each of n origins to each of m destinations."""

    minutes: NDArray[np.float64]
    """n x m; NaN where there is no way, or none within the cut."""
    metres: NDArray[np.float64]
    """Length of the fastest way, access legs included; NaN where minutes are, and where lengths were not asked for."""
    straight_line: bool
    """Whether these are straight lines times a factor, for want of roads."""
    mode: Mode
    note: str = ""
    """What a reader of a plan made with it must know; empty where there is nothing."""
    off_origins: tuple[int, ...] = ()
    """Positions of the origins that are off the roads."""
    off_destinations: tuple[int, ...] = ()


class Way(NamedTuple):
    """The fastest way between two places."""

    line: shapely.LineString
    minutes: float
    metres: float


@dataclass(frozen=True)
class Roads:
    """A network as one mode travels it; what is expensive to make is made at its first use and kept."""

    network: RoadNetwork
    policy: TravelPolicy
    mode: Mode

    @cached_property
    def graph(self) -> ModeGraph:
        """States and arcs."""
        return build_graph(self.network, self.policy, self.mode)

    @cached_property
    def snapper(self) -> Snapper:
        """Finds where a place joins."""
        return Snapper(self.network, self.graph.open_segments)

    def snap(self, places: Floats) -> Snapped:
        """Where places join; -1 for those that are off."""
        return self.snapper.snap(places, farthest_m=self.policy.farthest_m)


def measure_roads(
    roads: Roads,
    origins: ArrayLike,
    destinations: ArrayLike,
    *,
    cut_minutes: float | None = None,
    metres: bool = True,
    threads: int | None = None,
) -> Matrix:
    """Times between places (rows of longitude and latitude) on roads; `cut_minutes` leaves out all that is longer."""
    starts, goals = as_places(origins), as_places(destinations)
    joined, reached = roads.snap(starts), roads.snap(goals)
    cut = None if cut_minutes is None else round(cut_minutes * _MS_PER_MINUTE)
    leaving, arriving = _leaving(roads, joined), _arriving(roads, reached)
    if len(starts) <= len(goals):
        time, length = search(roads.graph.graph, leaving, arriving, cut=cut, metres=metres, threads=threads)
    else:
        time, length = search(roads.graph.backward, arriving, leaving, cut=cut, metres=metres, threads=threads)
        time, length = time.T, length.T
    found = np.where(time < 0, np.nan, time / _MS_PER_MINUTE)
    along = np.where(time < 0, np.nan, length) if metres else np.full(found.shape, np.nan)
    _add_direct(roads, joined, reached, found, along, cut_minutes)
    _add_same(starts, goals, joined, reached, found, along)
    if not metres:
        along[:] = np.nan
    off_starts, off_goals = (tuple(np.flatnonzero(s.segment < 0).tolist()) for s in (joined, reached))
    return Matrix(found, along, False, roads.mode, off_origins=off_starts, off_destinations=off_goals)


def measure_straight(
    origins: ArrayLike, destinations: ArrayLike, *, mode: Mode, policy: TravelPolicy, cut_minutes: float | None = None
) -> Matrix:
    """Times over straight lines times the policy's factor, at the policy's speed.

    >>> matrix = measure_straight([[120.0, 30.0]], [[120.0, 30.01]], mode="walk", policy=TravelPolicy())
    >>> matrix.metres.round().tolist(), matrix.minutes.round(1).tolist()
    ([[1508.0]], [[18.8]])
    """
    starts, goals = as_places(origins), as_places(destinations)
    factor = policy.walk_factor if mode == "walk" else policy.drive_factor
    kmh = policy.walk_kmh if mode == "walk" else policy.straight_drive_kmh
    metres = np.empty((len(starts), len(goals)))
    rows = max(1, _AT_ONCE // max(len(goals), 1))
    for first in range(0, len(starts), rows):
        part = starts[first : first + rows, None, :]
        metres[first : first + rows] = distances_m(part[..., 0], part[..., 1], goals[None, :, 0], goals[None, :, 1])
    metres *= factor
    minutes = metres / 1000.0 / kmh * 60.0
    beyond = ~(minutes <= (np.inf if cut_minutes is None else cut_minutes))
    minutes[beyond] = metres[beyond] = np.nan
    return Matrix(minutes, metres, True, mode)


def trace_roads(roads: Roads, origin: Place, destination: Place) -> Way | None:
    """The fastest way between two places, its line from place to place; None where there is none.

    Minutes and metres are those of `measure_roads`.
    """
    start, goal = as_places([origin]), as_places([destination])
    joined, reached = roads.snap(start), roads.snap(goal)
    matrix = measure_roads(roads, start, goal, threads=1)
    minutes, metres = float(matrix.minutes[0, 0]), float(matrix.metres[0, 0])
    if np.isnan(minutes):
        return None
    bends = [joined.point, *_bends(roads, joined, reached, minutes), reached.point]
    if (start == goal).all():
        bends = []
    line = np.concatenate([start, *bends, goal])
    return Way(shapely.LineString(line), minutes, metres)


def load_compiled() -> None:
    """Compiles the search, or loads it from the disk, ahead of its first use."""
    graph = make_graph([0], [1], [1], [1.0], states=2)
    ends = make_ends([0], [0], [0], [0.0], points=1)
    search(graph, ends, ends, threads=1)
    find_way(graph, ends, ends)


def as_places(places: ArrayLike) -> Floats:
    """Rows of longitude and latitude. Raises ValueError for anything else."""
    found = np.asarray(places, dtype=np.float64)
    found = found.reshape(0, 2) if found.size == 0 else found
    if found.ndim != 2 or found.shape[1] != 2:
        raise ValueError(f"places are rows of longitude and latitude, not {found.shape}")
    return found


def _access_ms(roads: Roads, snapped: Snapped) -> Floats:
    return np.asarray(snapped.metres / 1000.0 / roads.policy.walk_kmh * 60.0 * _MS_PER_MINUTE)


def _sides(roads: Roads, snapped: Snapped) -> tuple[Ints, Ints, Floats]:
    """Each place with each open direction of its segment: position, directed edge, share of it behind the place."""
    places = np.repeat(np.flatnonzero(snapped.segment >= 0), 2)
    side = np.tile([0, 1], len(places) // 2)
    edge = 2 * snapped.segment[places] + side
    share = np.where(side == 0, snapped.share[places], 1.0 - snapped.share[places])
    kept = roads.graph.time[edge] >= 0
    return places[kept], edge[kept], share[kept]


def _leaving(roads: Roads, snapped: Snapped) -> Ends:
    """The states that places are left by, with what is still to go of their edge."""
    places, edge, share = _sides(roads, snapped)
    cost = _access_ms(roads, snapped)[places] + (1.0 - share) * roads.graph.time[edge]
    metres = snapped.metres[places] + (1.0 - share) * _lengths(roads)[edge >> 1]
    state = roads.graph.exit_state[edge]
    return make_ends(places, state, np.rint(cost), metres, points=len(snapped.segment))


def _arriving(roads: Roads, snapped: Snapped) -> Ends:
    """The states that places are reached from, with the turn into their edge and what is to go of it."""
    places, edge, share = _sides(roads, snapped)
    cost = _access_ms(roads, snapped)[places] + share * roads.graph.time[edge]
    metres = snapped.metres[places] + share * _lengths(roads)[edge >> 1]
    first, number = roads.graph.entry_start[edge], np.diff(roads.graph.entry_start)[edge]
    which = np.repeat(np.arange(len(edge)), number)
    entry = np.repeat(first - np.cumsum(number) + number, number) + np.arange(len(which))
    total = np.rint(cost[which]) + roads.graph.entry_cost[entry]
    state = roads.graph.entry_state[entry]
    return make_ends(places[which], state, total, metres[which], points=len(snapped.segment))


def _lengths(roads: Roads) -> Floats:
    return roads.network.segments["length_m"].to_numpy(dtype=np.float64)


def _direct_pairs(roads: Roads, joined: Snapped, reached: Snapped) -> tuple[Ints, Ints, Floats, Floats]:
    """Pairs of places on one segment whose way is a part of it: origin, destination, minutes, metres."""
    left, right = (
        pd.DataFrame({"place": np.arange(len(s.segment)), "segment": s.segment}).query("segment >= 0")
        for s in (joined, reached)
    )
    pairs = left.merge(right, on="segment", suffixes=("", "_to"))
    origin, goal, segment = (pairs[name].to_numpy(dtype=np.int64) for name in ("place", "place_to", "segment"))
    step = reached.share[goal] - joined.share[origin]
    edge = 2 * segment + (step < 0)
    time = roads.graph.time[np.where((step == 0) & (roads.graph.time[edge] < 0), edge + 1, edge)]
    legs = _access_ms(roads, joined)[origin] + _access_ms(roads, reached)[goal]
    minutes = np.where(time >= 0, np.abs(step) * time + legs, np.nan) / _MS_PER_MINUTE
    metres = np.abs(step) * _lengths(roads)[segment] + joined.metres[origin] + reached.metres[goal]
    return origin, goal, minutes, metres


def _add_direct(
    roads: Roads, joined: Snapped, reached: Snapped, minutes: Floats, metres: Floats, cut_minutes: float | None
) -> None:
    """Puts the ways along one segment into the matrix where they are the fastest."""
    origin, goal, time, length = _direct_pairs(roads, joined, reached)
    within = time <= (np.inf if cut_minutes is None else cut_minutes)
    better = within & ~(minutes[origin, goal] <= time)
    minutes[origin[better], goal[better]] = time[better]
    metres[origin[better], goal[better]] = length[better]


def _add_same(
    starts: Floats, goals: Floats, joined: Snapped, reached: Snapped, minutes: Floats, metres: Floats
) -> None:
    """A place is no time from itself, where it is on the roads."""
    names = ["lon", "lat"]
    left = pd.DataFrame(starts, columns=names).assign(place=np.arange(len(starts)))[joined.segment >= 0]
    right = pd.DataFrame(goals, columns=names).assign(place_to=np.arange(len(goals)))[reached.segment >= 0]
    same = left.merge(right, on=names)
    minutes[same["place"], same["place_to"]] = 0.0
    metres[same["place"], same["place_to"]] = 0.0


def _bends(roads: Roads, joined: Snapped, reached: Snapped, minutes: float) -> list[Floats]:
    """The shape of the fastest way between the two points where places join."""
    network, graph = roads.network, roads.graph
    _origin, _goal, direct, _metres = _direct_pairs(roads, joined, reached)
    if (direct <= minutes + 1e-9).any():
        low, high = sorted([joined.share[0], reached.share[0]])
        shape = _cut(_shape(network, 2 * int(joined.segment[0])), low, high)
        return [shape if joined.share[0] <= reached.share[0] else shape[::-1]]
    found = find_way(graph.graph, _leaving(roads, joined), _arriving(roads, reached))
    if found is None:
        raise AssertionError
    seed, end, arcs = found
    _places, first_edges, first_shares = _sides(roads, joined)
    _places, last_edges, last_shares = _sides(roads, reached)
    owner = np.repeat(np.arange(len(last_edges)), np.diff(graph.entry_start)[last_edges])
    last = int(owner[end])
    return [
        _cut(_shape(network, int(first_edges[seed])), first_shares[seed], 1.0),
        *(_shape(network, int(edge)) for edge in graph.edge[arcs]),
        _cut(_shape(network, int(last_edges[last])), 0.0, last_shares[last]),
    ]


def _shape(network: RoadNetwork, edge: int) -> Floats:
    """The vertices of a directed edge in its direction."""
    first, last = network.shape_start[edge >> 1], network.shape_start[(edge >> 1) + 1]
    shape = network.shape[first:last]
    return shape[::-1] if edge & 1 else shape


def _cut(shape: Floats, begin: float, end: float) -> Floats:
    """The part of a line between two shares of its length on the ground."""
    step = np.diff(shape, axis=0) * [np.cos(np.radians(shape[0, 1])), 1.0]
    along = np.r_[0.0, np.cumsum(np.hypot(step[:, 0], step[:, 1]))]
    along /= along[-1]
    inner = shape[(along > begin) & (along < end)]
    corners = [[np.interp(at, along, shape[:, k]) for k in (0, 1)] for at in (begin, end)]
    return np.concatenate([corners[:1], inner, corners[1:]])
