"""Planning anew during the day: what is done stays, a lost team and a closed facility are regarded."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from gis.analysis.sweeps.engine import Budget
from gis.analysis.sweeps.plan import plan_sweep
from gis.analysis.sweeps.problem import Place
from gis.analysis.sweeps.replan import remaining_shifts, routes_so_far, settle
from tests.unit.analysis.sweep_town import FIRST, make_town

NOON = datetime(2026, 5, 11, 11, 0)  # noqa: DTZ001 - the time of the place where the sweep is
FEW = Budget(turns=100)


def test_a_team_goes_on_from_its_last_visit() -> None:
    """Of today the rest is left, from the place and the end of the last visit that is done; tomorrow is whole."""
    problem = make_town(30, 2, 2)
    plan = plan_sweep(problem, FEW, seed=1)
    route = next(route for route in plan.routes if route.day == FIRST and route.team == "T0")
    done = settle(plan.visits, {route.visits[0].facility})
    stops = {stop.code: stop for stop in problem.stops}
    shifts = remaining_shifts(problem.shifts, stops, done, now=NOON, lost={"T1"})
    assert [(shift.team, shift.day == FIRST) for shift in shifts] == [("T0", True), ("T0", False)]
    stop = stops[route.visits[0].facility]
    assert shifts[0].start == Place(stop.name, stop.lon, stop.lat)
    assert shifts[0].begins == max(660, route.visits[0].leave)
    assert shifts[1] == next(s for s in problem.shifts if s.team == "T0" and s.day != FIRST)


def test_a_break_that_is_running_is_ended_first_and_a_day_that_is_over_is_gone() -> None:
    """At 12:30 work goes on at 13:00; at 18:00 nothing is left of the day."""
    problem = make_town(5, 1, 1)
    stops = {stop.code: stop for stop in problem.stops}
    rest = remaining_shifts(problem.shifts, stops, [], now=NOON.replace(hour=12, minute=30), lost=())
    assert [(shift.begins, shift.breaks) for shift in rest] == [(780, ())]
    assert remaining_shifts(problem.shifts, stops, [], now=NOON.replace(hour=18), lost=()) == ()


def test_the_former_routes_are_where_the_search_begins() -> None:
    """A plan made anew without a change is not worse than the one before; a facility that is gone is left out of it."""
    problem = make_town(30, 2, 2)
    plan = plan_sweep(problem, Budget(turns=400), seed=1)
    before = routes_so_far(plan.visits, problem.shifts, gone=set())
    assert sum(len(visits) for visits in before.values()) == len(plan.visits)
    assert plan_sweep(problem, Budget(turns=1), seed=1, before=before).objective <= plan.objective
    gone = plan.visits[0].facility
    assert gone not in str(routes_so_far(plan.visits, problem.shifts, gone={gone}))


def test_travel_is_counted_from_where_teams_are() -> None:
    """A shift that begins elsewhere needs a row of its own: a problem without it is refused."""
    problem = make_town(5, 1, 1)
    shift = replace(problem.shifts[0], start=Place("elsewhere", 120.1, 28.1))
    with pytest.raises(ValueError, match="without a row"):
        replace(problem, shifts=(shift,))
    assert np.array_equal(problem.travel.minutes, problem.travel.minutes.T)
