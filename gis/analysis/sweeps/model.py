"""A problem in the words of PyVRP, and the way back.

All shifts share one axis, the minutes of a day. The breaks of a shift are taken out of its axis: what comes after one
is moved forward by its length, journeys go on behind it, and no visit lies across it. A stop becomes one client for
each span in which its visit may begin; clients of one stop are alternatives. Which shifts may serve a client (its day
open, the skill there) is a matter of profiles: for any other shift the way to it takes longer than the day.

Costs are PyVRP's whole numbers, SCALE of them for a minute. What must be visited has a prize so high that whole days of
other visits do not outweigh it, and is no hard rule, so that a plan always exists and says what it had to leave out.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyvrp import (
    Activity,
    ActivityType,
    Client,
    ClientGroup,
    Depot,
    Location,
    ProblemData,
    Route,
    Solution,
    VehicleType,
)

from gis.analysis.sweeps.engine import cost_of
from gis.analysis.sweeps.hours import DAY_MINUTES, Span
from gis.analysis.sweeps.problem import Place, Problem, Shift, Stop

SCALE: Final = 10
FAR: Final = 7 * DAY_MINUTES
"""Minutes of a way that is not open to a shift."""
MUST_DAYS: Final = 10
"""What must be visited outweighs so many days of a team, or so many of the best other visits."""


@dataclass(frozen=True)
class Option:
    """A client: a stop, the span on the axis in which its visit begins, and the shifts that may serve it."""

    stop: int
    earliest: int
    latest: int
    shifts: frozenset[int]


@dataclass(frozen=True)
class Model:
    """The problem for PyVRP, with what its numbers stand for."""

    problem: Problem
    data: ProblemData
    options: tuple[Option, ...]
    kinds: tuple[tuple[int, ...], ...]
    """Vehicle type -> shifts that are alike."""

    def minutes_of(self, solution: Solution) -> float:
        """What a feasible solution costs: PyVRP misses the prize of every alternative, of which one at most is had."""
        stops = {option.stop: client.prize for option, client in zip(self.options, self.data.clients(), strict=True)}
        surplus = sum(client.prize for client in self.data.clients()) - sum(stops.values())
        return (cost_of(self.data, solution)[1] - surplus) / SCALE

    def find_option(self, stop: int, shift: int, begins: int) -> int | None:
        """The client of a stop that this shift may serve at a minute of its axis."""
        fits = (n for n, o in enumerate(self.options) if o.stop == stop and shift in o.shifts)
        return min(fits, key=lambda n: _outside(self.options[n], begins), default=None)

    def solution(self, routes: Mapping[int, Sequence[tuple[int, int]]]) -> Solution | None:
        """Shift -> (stop, minute of the axis) in order, as a solution; None where it no longer can be one."""
        made = []
        for shift, visits in routes.items():
            kind = next(number for number, alike in enumerate(self.kinds) if shift in alike)
            found = [self.find_option(stop, shift, begins) for stop, begins in visits]
            activities = [Activity(ActivityType.CLIENT, client) for client in found if client is not None]
            if activities:
                made.append(Route(self.data, activities, kind))
        solution = Solution(self.data, made)
        return solution if solution.is_feasible() else None


def _outside(option: Option, begins: int) -> int:
    return max(0, option.earliest - begins, begins - option.latest)


def squeeze(shift: Shift, minute: int) -> int:
    """A minute of the day on the axis of the shift: breaks before it are taken out."""
    return minute - sum(min(max(minute - start, 0), end - start) for start, end in shift.breaks)


def stretch(shift: Shift, minute: int, *, after: bool) -> int:
    """The way back; where a break lies at that very minute, the end of it if `after`."""
    for start, end in sorted(shift.breaks):
        if minute > start or (after and minute == start):
            minute += end - start
    return minute


def spans_to_begin(stop: Stop, shift: Shift) -> list[Span]:
    """When a visit may begin on the axis of the shift: both ends included, the team's own hours not regarded."""
    edges = [0, *(edge for span in sorted(shift.breaks) for edge in span), DAY_MINUTES]
    between = list(zip(edges[::2], edges[1::2], strict=True))
    found = []
    for opens, closes in stop.open_on.get(shift.day, ()):
        for begins, ends in between:
            first, last = max(opens, begins), min(closes, ends) - stop.minutes
            if first <= last:
                moved = first - squeeze(shift, first)
                found.append((first - moved, last - moved))
    return found


def build(problem: Problem, *, rng: np.random.Generator) -> Model:
    """The model; the order of clients, shifts and places is left to chance, so that ties fall by the seed."""
    options = _list_options(problem)
    options = tuple(options[place] for place in rng.permutation(len(options)))
    classes = _alike(problem, options)
    classes = [classes[place] for place in rng.permutation(len(classes))]
    here = problem.travel.places
    depots = list(dict.fromkeys(place for shift in problem.shifts for place in (shift.start, shift.end)))
    rows = np.array([here.index(place) for place in depots] + [len(here) + o.stop for o in options], dtype=np.int64)
    profiles, of_class = _profiles(problem, options, classes, rows, len(depots))
    clients, groups = _clients(problem, options, len(depots))
    data = ProblemData(
        locations=[
            *(Location(place.lon, place.lat) for place in depots),
            *(Location(problem.stops[o.stop].lon, problem.stops[o.stop].lat) for o in options),
        ],
        clients=clients,
        depots=[Depot(number) for number in range(len(depots))],
        vehicle_types=[
            _vehicle(problem, problem.shifts[alike[0]], len(alike), depots, profile)
            for alike, profile in zip(classes, of_class, strict=True)
        ],
        distance_matrices=[np.zeros_like(profile) for profile in profiles],
        duration_matrices=profiles,
        groups=groups,
    )
    return Model(problem, data, options, tuple(classes))


def _list_options(problem: Problem) -> tuple[Option, ...]:
    found: dict[tuple[int, int, int], set[int]] = defaultdict(set)
    days: dict[tuple[date, tuple[Span, ...]], list[int]] = defaultdict(list)
    for number, shift in enumerate(problem.shifts):
        days[shift.day, shift.breaks].append(number)
    for place, stop in enumerate(problem.stops):
        for alike in days.values():
            able = [n for n in alike if stop.needs <= problem.shifts[n].skills]
            if able:
                for first, last in spans_to_begin(stop, problem.shifts[alike[0]]):
                    found[place, first, last].update(able)
    return tuple(Option(*key, frozenset(shifts)) for key, shifts in found.items())


def _alike(problem: Problem, options: Sequence[Option]) -> list[tuple[int, ...]]:
    """Shifts that differ in name and day alone."""
    open_to: dict[int, list[int]] = {number: [] for number in range(len(problem.shifts))}
    for number, option in enumerate(options):
        for able in option.shifts:
            open_to[able].append(number)
    found: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, shift in enumerate(problem.shifts):
        key = (shift.start, shift.end, shift.begins, shift.ends, shift.breaks, tuple(open_to[number]))
        found[key].append(number)
    return [tuple(shifts) for shifts in found.values()]


def _profiles(
    problem: Problem,
    options: Sequence[Option],
    classes: Sequence[tuple[int, ...]],
    rows: NDArray[np.int64],
    depots: int,
) -> tuple[list[Any], list[int]]:
    """Matrices of minutes with what is closed to some shifts far away, and the one of each class of shifts."""
    base = problem.travel.minutes[np.ix_(rows, rows)]
    numbers: dict[bytes, int] = {}
    matrices: list[Any] = []
    of_class: list[int] = []
    for alike in classes:
        closed = np.array([False] * depots + [alike[0] not in option.shifts for option in options])
        key = closed.tobytes()
        if key not in numbers:
            numbers[key] = len(matrices)
            matrix = base.copy()
            matrix[closed, :] = matrix[:, closed] = FAR
            np.fill_diagonal(matrix, 0)
            matrices.append(matrix)
        of_class.append(numbers[key])
    return matrices, of_class


def must_prize(problem: Problem) -> int:
    """Minutes that a visit outweighs which must be."""
    longest = max((shift.working for shift in problem.shifts), default=DAY_MINUTES)
    return MUST_DAYS * max(longest, *(stop.worth for stop in problem.stops), 1)


def _clients(problem: Problem, options: Sequence[Option], depots: int) -> tuple[list[Client], list[ClientGroup]]:
    members: dict[int, list[int]] = defaultdict(list)
    for number, option in enumerate(options):
        members[option.stop].append(number)
    grouped = [stop for stop, clients in members.items() if len(clients) > 1]
    group_of = {stop: number for number, stop in enumerate(grouped)}
    high = must_prize(problem)
    clients = []
    for number, option in enumerate(options):
        stop = problem.stops[option.stop]
        clients.append(
            Client(
                location=depots + number,
                service_duration=stop.minutes,
                tw_early=option.earliest,
                tw_late=option.latest,
                prize=SCALE * (high if stop.must else stop.worth),
                required=False,
                group=group_of.get(option.stop),
                name=stop.code,
            )
        )
    return clients, [ClientGroup(members[stop], required=False) for stop in grouped]


def _vehicle(problem: Problem, shift: Shift, many: int, depots: Sequence[Place], profile: int) -> VehicleType:
    fair = min(problem.fair, shift.working)
    extra = round(SCALE * problem.balance)
    return VehicleType(
        num_available=many,
        start_depot=depots.index(shift.start),
        end_depot=depots.index(shift.end),
        tw_early=shift.begins,
        tw_late=squeeze(shift, shift.ends),
        shift_duration=fair if extra else shift.working,
        max_overtime=shift.working - fair if extra else 0,
        unit_overtime_cost=extra,
        unit_distance_cost=0,
        unit_duration_cost=SCALE,
        profile=profile,
    )
