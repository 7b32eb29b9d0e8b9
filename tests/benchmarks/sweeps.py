"""Sweeps beside OR-Tools and VROOM: the same facilities, teams, days, hours and matrix; the cost counted by one judge.

The cost is that of our plans: minutes worked (journeys, visits, waits) and the worth of what is left out. OR-Tools has
the same cost as its objective and the same seconds. VROOM knows no prizes: it places what it can, by priority (the
worth per visit), and stops by itself or after the same seconds. The judge takes the order of visits of each and starts
every team at its best.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import vroom
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from gis.analysis.sweeps.engine import Budget
from gis.analysis.sweeps.model import Model, build, must_prize, spans_to_begin
from gis.analysis.sweeps.plan import plan_sweep
from gis.analysis.sweeps.problem import Problem
from tests.benchmarks.figures import Figure, figure
from tests.unit.analysis.sweep_town import make_town

Orders = dict[int, list[int]]
"""Shift -> stops in order."""


@dataclass(frozen=True)
class Size:
    """A sweep to plan."""

    facilities: int
    teams: int
    days: int
    seconds: float


def run(*, quick: bool = False) -> Iterator[Figure]:
    """60 facilities that mostly fit into two days, 400 optional ones of which five days hold a part."""
    scale = 0.1 if quick else 1.0
    yield from _compare(Size(60, 3, 2, 9.0 * scale), optional=False)
    yield from _compare(Size(400, 4, 5, 55.0 * scale), optional=True)


def _compare(size: Size, *, optional: bool) -> Iterator[Figure]:
    problem = _make(size, optional=optional)
    model = build(problem, rng=np.random.default_rng(1))
    began = time.perf_counter()
    plan = plan_sweep(problem, Budget(seconds=size.seconds), seed=1)
    took = time.perf_counter() - began
    title = f"sweeps: {size.facilities} facilities, {size.teams} teams, {size.days} days"
    yield figure(f"{title}: seconds to the plan, bound and reasons included", took, "s")
    yield figure(f"{title}: visits", len(plan.visits), "visits")
    yield figure(f"{title}: gap to the bound ({plan.bound.kind})", plan.bound_gap, "share")
    peers: dict[str, Callable[[], Orders]] = {
        f"OR-Tools, {size.seconds:g} s": lambda: _ortools(problem, size.seconds),
        f"VROOM, exploration 5, at most {size.seconds:g} s": lambda: _vroom(problem, size.seconds),
    }
    for name, solve in peers.items():
        cost = _judge(model, solve())
        yield figure(f"{title}: cost at {size.seconds:g} s", plan.objective, "minutes", peer=name, peer_value=cost)


def _make(size: Size, *, optional: bool) -> Problem:
    """Without breaks and without a price on unequal days, which the peers do not know."""
    town = make_town(size.facilities, size.teams, size.days, seed=7, breaks=())
    stops = tuple(replace(stop, must=stop.must and not optional) for stop in town.stops)
    return replace(town, stops=stops, balance=0.0)


def _judge(model: Model, orders: Orders) -> float:
    """The cost of these orders of visits. Raises ValueError where they break a rule."""
    routes = {shift: [(stop, _begins(model.problem, shift, stop)) for stop in order] for shift, order in orders.items()}
    for choice in _ways(model, routes):
        solution = model.solution(choice)
        if solution is not None:
            return model.minutes_of(solution)
    raise ValueError("a peer's routes break a rule")


def _begins(problem: Problem, shift: int, stop: int) -> int:
    first, _last = spans_to_begin(problem.stops[stop], problem.shifts[shift])[0]
    return first


def _ways(model: Model, routes: dict[int, list[tuple[int, int]]]) -> Iterator[dict[int, list[tuple[int, int]]]]:
    """The minute at which each visit begins, from going through each route as early as it can be."""
    problem = model.problem
    first = len(problem.travel.places)
    early = {}
    for shift, order in routes.items():
        now, here, timed = problem.shifts[shift].begins, problem.travel.places.index(problem.shifts[shift].start), []
        for stop, _usual in order:
            now += int(problem.travel.minutes[here, first + stop])
            spans = spans_to_begin(problem.stops[stop], problem.shifts[shift])
            now = min(max(now, a) for a, b in spans if b >= now) if any(b >= now for _a, b in spans) else now
            timed.append((stop, now))
            now += problem.stops[stop].minutes
            here = first + stop
        early[shift] = timed
    yield early
    yield routes


def _allowed(problem: Problem, stop: int) -> list[int]:
    found = problem.stops[stop]
    return [n for n, shift in enumerate(problem.shifts) if found.needs <= shift.skills and spans_to_begin(found, shift)]


def _spans(problem: Problem, stop: int) -> list[tuple[int, int]]:
    """When a visit may begin: the same on every day on which the facility is open."""
    return spans_to_begin(problem.stops[stop], problem.shifts[_allowed(problem, stop)[0]])


def _ortools(problem: Problem, seconds: float) -> Orders:
    """A routing model whose cost is the span of each vehicle's time, disjunctions priced by worth."""
    shifts, stops, first = problem.shifts, problem.stops, len(problem.travel.places)
    matrix = problem.travel.minutes
    manager = pywrapcp.RoutingIndexManager(len(matrix), len(shifts), 0)
    routing = pywrapcp.RoutingModel(manager)
    length = [0] * first + [stop.minutes for stop in stops]

    def leg(start: int, end: int) -> int:
        here = manager.IndexToNode(start)
        minutes: int = int(matrix[here, manager.IndexToNode(end)]) + length[here]
        return minutes

    transit = routing.RegisterTransitCallback(leg)
    routing.AddDimension(transit, 1440, 1440, False, "time")
    times = routing.GetDimensionOrDie("time")
    times.SetSpanCostCoefficientForAllVehicles(1)
    for number, shift in enumerate(shifts):
        for edge in (routing.Start(number), routing.End(number)):
            times.CumulVar(edge).SetRange(shift.begins, shift.ends)
    for place, stop in enumerate(stops):
        index = manager.NodeToIndex(first + place)
        spans = _spans(problem, place)
        times.CumulVar(index).SetRange(spans[0][0], spans[-1][1])
        for (_a, before), (after, _b) in pairwise(spans):
            times.CumulVar(index).RemoveInterval(before + 1, after - 1)
        routing.AddDisjunction([index], must_prize(problem) if stop.must else stop.worth)
        allowed = set(_allowed(problem, place))
        routing.VehicleVar(index).RemoveValues([number for number in range(len(shifts)) if number not in allowed])
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(seconds * 1000))
    found = routing.SolveWithParameters(parameters)
    orders: Orders = {}
    for number in range(len(shifts) if found else 0):
        index, order = routing.Start(number), []
        while not routing.IsEnd(index):
            node = manager.IndexToNode(index)
            order += [node - first] if node >= first else []
            index = found.Value(routing.NextVar(index))
        orders[number] = order
    return orders


def _vroom(problem: Problem, seconds: float) -> Orders:
    """Jobs with skills in place of days and qualifications; the worth as priority."""
    first = len(problem.travel.places)
    most = max(stop.worth for stop in problem.stops)
    sets = {tuple(_allowed(problem, place)) for place in range(len(problem.stops))}
    skill = {allowed: number for number, allowed in enumerate(sorted(sets), start=1)}
    given: Any = vroom.Input()
    given.set_durations_matrix(profile="car", matrix_input=problem.travel.minutes.astype(np.uint32))
    for number, shift in enumerate(problem.shifts):
        held = {identity for allowed, identity in skill.items() if number in allowed}
        given.add_vehicle(
            vroom.Vehicle(number, start=0, end=0, time_window=(shift.begins, shift.ends), skills=held, profile="car")
        )
    for place, stop in enumerate(problem.stops):
        given.add_job(
            vroom.Job(
                place,
                location=first + place,
                default_service=stop.minutes,
                time_windows=_spans(problem, place),
                skills={skill[tuple(_allowed(problem, place))]},
                priority=100 if stop.must else round(99 * stop.worth / most),
            )
        )
    routes = given.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=seconds)).routes
    jobs = routes[routes["type"] == "job"].sort_values("arrival")
    orders: Orders = {}
    for vehicle, place in zip(jobs["vehicle_id"].tolist(), jobs["id"].tolist(), strict=True):
        orders.setdefault(int(vehicle), []).append(int(place))
    return orders
