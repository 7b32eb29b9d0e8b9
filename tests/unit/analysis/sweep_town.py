"""A generated town for sweeps, and an independent check that a plan keeps all rules."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from gis.analysis.sweeps.hours import Span
from gis.analysis.sweeps.problem import Place, Plan, Problem, Shift, Stop, Travel

FIRST = date(2026, 5, 11)
HOME = Place("局", 120.0, 28.0)
SKILL = frozenset({"ultrasound"})
NOON: tuple[Span, ...] = ((720, 780),)
HOURS: tuple[tuple[Span, ...], ...] = (((480, 1020),), ((480, 720), (840, 1020)), ((540, 1260),))


def make_town(
    facilities: int, teams: int, days: int, *, seed: int = 0, breaks: tuple[Span, ...] = NOON, km: float = 20.0
) -> Problem:
    """Facilities in a square around the office; some closed on the first day, some in need of a skill of one team."""
    rng = np.random.default_rng(seed)
    dates = [FIRST + timedelta(days=number) for number in range(days)]
    at = np.vstack([[0.0, 0.0], rng.uniform(-km, km, (facilities, 2))])
    stops = tuple(
        Stop(
            code=f"F{n}",
            name=f"F{n}",
            lon=120 + at[n + 1, 0] / 100,
            lat=28 + at[n + 1, 1] / 100,
            minutes=(30, 45, 60)[n % 3],
            open_on={day: HOURS[n % 3] for day in dates if n % 11 or day != FIRST},
            must=n % 10 == 0,
            worth=int(rng.integers(20, 120)),
            needs=SKILL if n % 13 == 0 else frozenset(),
        )
        for n in range(facilities)
    )
    shifts = tuple(
        Shift(f"T{team}", day, HOME, HOME, 510, 1050, breaks, frozenset() if team else SKILL)
        for team in range(teams)
        for day in dates
    )
    return Problem(stops, shifts, make_travel(at))


def make_travel(at: np.ndarray) -> Travel:
    """30 km/h over 1.3 times the straight line; the first row is the office."""
    apart = np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=2)) * 1.3
    return Travel((HOME,), np.ceil(apart * 2).astype(np.int64), apart * 1000, True)


def keep(problem: Problem, stops: list[int]) -> Problem:
    """The problem with these stops alone."""
    rows = [0, *(1 + stop for stop in stops)]
    cut = np.ix_(rows, rows)
    travel = Travel((HOME,), problem.travel.minutes[cut], problem.travel.metres[cut], True)
    return replace(problem, stops=tuple(problem.stops[stop] for stop in stops), travel=travel)


def broken_rules(problem: Problem, plan: Plan) -> list[str]:
    """What a plan does against the rules, each in words; counted anew from the problem alone."""
    wrong = []
    stops = {stop.code: (number, stop) for number, stop in enumerate(problem.stops)}
    shifts = {(shift.team, shift.day): shift for shift in problem.shifts}
    seen = [visit.facility for visit in plan.visits] + [reason.facility for reason in plan.unvisited]
    if sorted(seen) != sorted(stops):
        wrong.append("a stop stands twice or nowhere")
    for route in plan.routes:
        shift = shifts[route.team, route.day]
        spans = [(route.leaves, route.leaves, 0)]
        for visit in route.visits:
            number, stop = stops[visit.facility]
            spans.append((visit.arrive, visit.leave, 1 + number))
            if not any(a <= visit.arrive and visit.leave <= b for a, b in stop.open_on.get(route.day, ())):
                wrong.append(f"{visit.facility} is closed")
            if not stop.needs <= shift.skills:
                wrong.append(f"{visit.facility} needs another team")
            if visit.leave - visit.arrive != stop.minutes:
                wrong.append(f"{visit.facility} has another length")
            if any(visit.arrive < b and visit.leave > a for a, b in shift.breaks):
                wrong.append(f"{visit.facility} lies across a break")
        spans.append((route.returns, route.returns, 0))
        for (_a, leave, here), (arrive, _b, there) in pairwise(spans):
            pause = sum(max(0, min(arrive, b) - max(leave, a)) for a, b in shift.breaks)
            if arrive - leave - pause < problem.travel.minutes[here, there]:
                wrong.append(f"{route.team} is too fast")
        if route.leaves < shift.begins or route.returns > shift.ends:
            wrong.append(f"{route.team} works beyond its hours")
    return wrong
