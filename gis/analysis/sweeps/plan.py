"""Planning a sweep: leave out what cannot be, search, hand the routes to teams and days, say why the rest is left.

Which team of those that are alike takes which route, and on which day, is no part of the search: the routes are dealt
out so that teams work alike over the days, and otherwise by the seed, so that nobody outside can tell the order.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from pyvrp import Activity, ActivityType, Solution
from pyvrp import Route as Tour

from gis.analysis.sweeps.bound import bound_below
from gis.analysis.sweeps.engine import Budget, improve
from gis.analysis.sweeps.model import SCALE, Model, Option, build, must_prize, spans_to_begin, squeeze, stretch
from gis.analysis.sweeps.problem import Plan, Problem, Route, Shift, Stop, Travel, Unvisited, Visit
from gis.analysis.sweeps.replan import routes_so_far

RULES: Final = ("no-hours", "no-team", "closed", "too-short", "no-skill", "too-far", "not-worth", "full")
"""Why a stop is not visited, in the order in which it is asked."""
TRIAL: Final = 0.4
"""Of the budget, for choosing between ways to go about it."""


def plan_sweep(
    problem: Problem, budget: Budget, *, seed: int, before: Mapping[int, Sequence[tuple[str, int]]] | None = None
) -> Plan:
    """The plan of a problem.

    Parameters: `before`, routes to begin from: number of a shift -> (facility, minute of the day), in order.

    Returns the plan; its objective is never above that of visiting nobody. Every stop stands in it once, with a visit
    or with the rule that says why not.
    """
    impossible = screen(problem)
    reduced = _without(problem, {reason.facility for reason in impossible})
    if not reduced.stops:
        return Plan((), tuple(impossible), float(problem.nights), bound_below(reduced), {"nights": problem.nights})
    rng = np.random.default_rng(seed)
    model = build(reduced, rng=rng)
    starts = _former(model, before or {})
    solution = improve(model.data, budget, seed=int(rng.integers(2**31)), starts=starts)
    routes = _deal(model, solution, rng)
    visited = {visit.facility for route in routes for visit in route.visits}
    left = [stop for stop in reduced.stops if stop.code not in visited]
    reasons = [_why(model, stop, solution, idle=_idle(reduced, routes)) for stop in left]
    parts = {
        "worked": float(sum(route.minutes for route in routes)),
        "unequal": sum(
            tour.overtime() * model.data.vehicle_type(tour.vehicle_type()).unit_overtime_cost / SCALE
            for tour in solution.routes()
        ),
        "left_out": float(sum(stop.worth for stop in left if not stop.must)),
        "must_left_out": float(sum(must_prize(reduced) for stop in left if stop.must)),
        "nights": float(problem.nights),
    }
    assert abs(sum(parts.values()) - problem.nights - model.minutes_of(solution)) < 1e-6
    bound = bound_below(reduced)
    order = {stop.code: place for place, stop in enumerate(problem.stops)}
    unvisited = sorted([*impossible, *reasons], key=lambda reason: order[reason.facility])
    return Plan(
        tuple(sorted(routes, key=lambda route: (route.day, route.team))),
        tuple(unvisited),
        sum(parts.values()),
        replace(bound, value=bound.value + problem.nights),
        parts,
    )


def plan_best(problems: Sequence[Problem], budget: Budget, *, seed: int) -> tuple[int, Plan]:
    """The best of some ways to go about the same stops, such as with nights away and without.

    Each is tried with a share of the budget; the best of them has the rest.
    """
    if len(problems) == 1:
        return 0, plan_sweep(problems[0], budget, seed=seed)
    tried = [plan_sweep(problem, budget.part(TRIAL / len(problems)), seed=seed) for problem in problems]
    best = min(range(len(problems)), key=lambda number: tried[number].objective)
    before = routes_so_far(tried[best].visits, problems[best].shifts, gone=frozenset())
    last = plan_sweep(problems[best], budget.part(1 - TRIAL), seed=seed, before=before)
    return best, min(last, tried[best], key=lambda plan: plan.objective)


def screen(problem: Problem) -> list[Unvisited]:
    """The stops that no team can visit on any day, whatever else is planned."""
    found = (_impossible(problem, place) for place in range(len(problem.stops)))
    return [reason for reason in found if reason is not None]


def _impossible(problem: Problem, place: int) -> Unvisited | None:
    stop = problem.stops[place]
    if not problem.shifts:
        return Unvisited(stop.code, "no-team")
    if not any(stop.open_on.get(shift.day) for shift in problem.shifts):
        return Unvisited(stop.code, "closed")
    able = [shift for shift in problem.shifts if stop.needs <= shift.skills]
    if not able:
        held = frozenset[str]().union(*(shift.skills for shift in problem.shifts))
        return Unvisited(stop.code, "no-skill", ", ".join(sorted(stop.needs - held) or sorted(stop.needs)))
    if not any(spans_to_begin(stop, shift) for shift in able):
        return Unvisited(stop.code, "too-short")
    if not any(_reaches(problem, place, shift) for shift in able):
        return Unvisited(stop.code, "too-far")
    return None


def _reaches(problem: Problem, place: int, shift: Shift) -> bool:
    """Whether the shift could visit the stop if it did nothing else."""
    travel, stop = problem.travel, problem.stops[place]
    here = len(travel.places) + place
    there = int(travel.minutes[travel.places.index(shift.start), here])
    back = int(travel.minutes[here, travel.places.index(shift.end)])
    for first, last in spans_to_begin(stop, shift):
        begins = max(first, shift.begins + there)
        if begins <= last and begins + stop.minutes + back <= squeeze(shift, shift.ends):
            return True
    return False


def _without(problem: Problem, codes: set[str]) -> Problem:
    kept = [place for place, stop in enumerate(problem.stops) if stop.code not in codes]
    first = len(problem.travel.places)
    rows = [*range(first), *(first + place for place in kept)]
    travel = Travel(
        problem.travel.places,
        problem.travel.minutes[np.ix_(rows, rows)],
        problem.travel.metres[np.ix_(rows, rows)],
        problem.travel.straight_line,
    )
    return replace(problem, stops=tuple(problem.stops[place] for place in kept), travel=travel)


def _former(model: Model, before: Mapping[int, Sequence[tuple[str, int]]]) -> list[Solution]:
    """The routes of an earlier plan, as far as they can still be."""
    place = {stop.code: number for number, stop in enumerate(model.problem.stops)}
    shifts = model.problem.shifts
    routes = {
        shift: [(place[code], squeeze(shifts[shift], minute)) for code, minute in visits if code in place]
        for shift, visits in before.items()
    }
    solution = model.solution(routes)
    return [] if solution is None else [solution]


def _deal(model: Model, solution: Solution, rng: np.random.Generator) -> list[Route]:
    """Routes to shifts: the longest first, to the team with the least work so far; days and ties by chance."""
    shifts = model.problem.shifts
    work: dict[str, int] = defaultdict(int)
    free = {number: set(alike) for number, alike in enumerate(model.kinds)}
    tours = list(solution.routes())
    made = []
    for place in sorted(rng.permutation(len(tours)), key=lambda number: -tours[number].duration()):
        tour = tours[place]
        alike = sorted(free[tour.vehicle_type()])
        chances = rng.permutation(len(alike))
        number = min(range(len(alike)), key=lambda n: (work[shifts[alike[n]].team], chances[n]))
        shift = alike[number]
        free[tour.vehicle_type()].discard(shift)
        work[shifts[shift].team] += tour.duration()
        made.append(_decode(model, tour, shifts[shift]))
    return made


def _decode(model: Model, tour: Tour, shift: Shift) -> Route:
    """The route with the times of the day in place of those of the axis."""
    problem = model.problem
    travel = problem.travel
    here = travel.places.index(shift.start)
    metres, at = 0.0, tour.start_time()
    leaves = at
    visits = []
    for activity in tour:
        if not activity.is_client():
            continue
        option = model.options[activity.idx]
        stop = problem.stops[option.stop]
        there = len(travel.places) + option.stop
        journey = int(travel.minutes[here, there])
        begins = max(at + journey, option.earliest)
        leg = float(travel.metres[here, there])
        metres += leg
        arrive = begins + _moved(stop, shift, option, begins)
        wait, km = begins - at - journey, round(leg / 1000, 3)
        visits.append(Visit(stop.code, shift.team, shift.day, arrive, arrive + stop.minutes, wait, journey, km))
        here, at = there, begins + stop.minutes
    end = travel.places.index(shift.end)
    metres += float(travel.metres[here, end])
    at += int(travel.minutes[here, end])
    return Route(
        shift.team,
        shift.day,
        tuple(visits),
        leaves=stretch(shift, leaves, after=True),
        returns=stretch(shift, at, after=False),
        minutes=at - leaves,
        km=round(metres / 1000, 3),
    )


def _moved(stop: Stop, shift: Shift, option: Option, begins: int) -> int:
    """By how much a minute of the axis lies before that of the day, where this visit begins at it."""
    for after in (False, True):
        real = stretch(shift, begins, after=after)
        clear = all(real + stop.minutes <= start or real >= end for start, end in shift.breaks)
        opened = any(opens <= real and real + stop.minutes <= closes for opens, closes in stop.open_on[shift.day])
        if clear and opened:
            return real - begins
    raise AssertionError(f"{stop.code}: {option} at {begins} fits no span")


def _why(model: Model, stop: Stop, solution: Solution, *, idle: Sequence[Shift]) -> Unvisited:
    """Not worth the time where a team could go there beside what it does; else the days are full."""
    problem = model.problem
    if stop.must:
        return Unvisited(stop.code, "full")
    place = next(number for number, other in enumerate(problem.stops) if other.code == stop.code)
    could = any(stop.needs <= shift.skills and _reaches(problem, place, shift) for shift in idle)
    return Unvisited(stop.code, "not-worth" if could or _fits_in(model, place, solution) else "full")


def _fits_in(model: Model, place: int, solution: Solution) -> bool:
    """Whether the stop could be put between two visits of some route."""
    clients = [number for number, option in enumerate(model.options) if option.stop == place]
    for tour in solution.routes():
        visits = [activity.idx for activity in tour if activity.is_client()]
        for client in clients:
            for at in range(len(visits) + 1):
                if Tour(model.data, _clients([*visits[:at], client, *visits[at:]]), tour.vehicle_type()).is_feasible():
                    return True
    return False


def _clients(numbers: Sequence[int]) -> list[Activity]:
    return [Activity(ActivityType.CLIENT, number) for number in numbers]


def _idle(problem: Problem, routes: Sequence[Route]) -> list[Shift]:
    busy = {(route.team, route.day) for route in routes}
    return [shift for shift in problem.shifts if (shift.team, shift.day) not in busy]
