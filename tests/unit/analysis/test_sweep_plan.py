"""Plans of sweeps: rules that every plan keeps, reasons for what is left out, bounds, seeds."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations, permutations

import numpy as np
import pytest

from gis.analysis.sweeps.bound import bound_below
from gis.analysis.sweeps.engine import Budget
from gis.analysis.sweeps.plan import plan_sweep
from gis.analysis.sweeps.problem import Plan, Problem, Stop, Team
from tests.unit.analysis.sweep_town import FIRST, HOME, SKILL, broken_rules, keep, make_town

FEW = Budget(turns=150)


def rules_of(plan: Plan) -> dict[str, str]:
    """Facility -> why it is not visited."""
    return {reason.facility: reason.rule for reason in plan.unvisited}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_plan_keeps_every_rule(seed: int) -> None:
    """Hours, breaks, skills, working time and journeys hold; control: a visit moved out of its hours is noticed."""
    problem = make_town(50, 3, 2, seed=seed)
    plan = plan_sweep(problem, FEW, seed=seed)
    assert broken_rules(problem, plan) == []
    assert len(plan.visits) > 20
    assert plan.visits
    first = plan.routes[0].visits[0]
    moved = replace(plan.routes[0], visits=(replace(first, arrive=60, leave=60 + first.leave - first.arrive),))
    assert broken_rules(problem, replace(plan, routes=(moved, *plan.routes[1:])))


def test_the_objective_is_the_sum_of_its_parts_and_above_the_bound() -> None:
    """Worked minutes and what is left out add up; no plan is below the bound, nor above visiting nobody."""
    problem = make_town(40, 2, 2)
    plan = plan_sweep(problem, FEW, seed=5)
    nobody = sum(stop.worth for stop in problem.stops)
    assert plan.objective == pytest.approx(sum(plan.parts.values()))
    assert plan.parts["worked"] == sum(route.minutes for route in plan.routes)
    assert plan.bound.value <= plan.objective
    assert plan.parts["must_left_out"] == 0
    assert plan.objective < nobody
    assert 0 <= plan.bound_gap < 1


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_below_the_best_plan_and_small_problems_are_solved(seed: int) -> None:
    """For one team without hours and breaks every order is tried: the plan is the best one, the bound not above it."""
    town = keep(make_town(30, 1, 1, seed=seed, breaks=()), list(range(12, 18)))
    stops = tuple(replace(stop, needs=frozenset(), must=False, open_on={FIRST: ((0, 1440),)}) for stop in town.stops)
    problem = replace(town, stops=stops, balance=0.0)
    best = float(sum(stop.worth for stop in stops))
    for many in range(1, 7):
        for chosen in combinations(range(6), many):
            lost = sum(stop.worth for n, stop in enumerate(stops) if n not in chosen)
            visits = sum(stops[n].minutes for n in chosen)
            for order in permutations(chosen):
                rows = [0, *(1 + n for n in order), 0]
                worked = visits + int(problem.travel.minutes[rows[:-1], rows[1:]].sum())
                if worked <= problem.shifts[0].working:
                    best = min(best, lost + worked)
    assert bound_below(problem).value <= best
    assert plan_sweep(problem, Budget(turns=300), seed=seed).objective == best


def test_the_same_seed_gives_the_same_plan_and_another_seed_another_order() -> None:
    """With a number of turns the plan is repeatable; days and teams are shuffled by the seed."""
    problem = make_town(24, 3, 3)
    plans = [plan_sweep(problem, FEW, seed=seed) for seed in (1, 1, 2)]
    assert plans[0] == plans[1]
    order = [[(v.facility, v.team, v.day) for v in plan.visits] for plan in plans]
    assert order[0] != order[2]


def test_nothing_worth_a_visit_means_nobody_goes() -> None:
    """Prizes that no journey earns leave all at home at the cost of nobody."""
    problem = make_town(20, 2, 1)
    stops = tuple(replace(stop, must=False, worth=1) for stop in problem.stops)
    plan = plan_sweep(replace(problem, stops=stops), FEW, seed=1)
    assert plan.routes == ()
    assert plan.objective == 19 + 1 - len([u for u in plan.unvisited if u.rule != "not-worth"])


def with_stop(problem: Problem, **changes: object) -> Problem:
    """The problem with the first stop changed."""
    first: Stop = replace(problem.stops[1], **changes)  # type: ignore[arg-type]
    return replace(problem, stops=(problem.stops[0], first, *problem.stops[2:]))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"open_on": {}}, "closed"),
        ({"open_on": {FIRST + timedelta(days=9): ((480, 1020),)}}, "closed"),
        ({"open_on": {FIRST: ((480, 500),)}}, "too-short"),
        ({"open_on": {FIRST: ((1100, 1200),)}}, "too-far"),
        ({"needs": frozenset({"dentist"})}, "no-skill"),
        ({"must": False, "worth": 0}, "not-worth"),
    ],
)
def test_what_cannot_be_placed_says_why(changes: dict[str, object], rule: str) -> None:
    """One rule for each; control: unchanged, the stop is visited."""
    problem = with_stop(make_town(6, 2, 1, km=4.0), must=True)
    assert "F1" not in rules_of(plan_sweep(problem, FEW, seed=1))
    assert rules_of(plan_sweep(with_stop(problem, **changes), FEW, seed=1))["F1"] == rule


def test_too_far_for_a_day() -> None:
    """A facility from which nobody is back in time is listed as too far; its neighbours are visited."""
    problem = make_town(6, 2, 1, km=4.0)
    minutes = problem.travel.minutes.copy()
    minutes[2, :] = minutes[:, 2] = 300
    minutes[2, 2] = 0
    far = replace(problem, travel=replace(problem.travel, minutes=minutes))
    assert rules_of(plan_sweep(far, FEW, seed=1))["F1"] == "too-far"


def test_more_must_be_visited_than_a_day_holds() -> None:
    """What must be visited is left out only for want of time, and then says so."""
    problem = make_town(40, 1, 1)
    stops = tuple(replace(s, must=True, needs=frozenset(), open_on={FIRST: ((480, 1080),)}) for s in problem.stops)
    plan = plan_sweep(replace(problem, stops=stops), FEW, seed=1)
    assert plan.visits
    assert set(rules_of(plan).values()) == {"full"}


def test_work_is_dealt_out_evenly() -> None:
    """Of teams that are alike none stays at home while another works twice as long."""
    problem = make_town(30, 3, 2, km=5.0)
    stops = tuple(replace(stop, needs=frozenset(), worth=400) for stop in problem.stops)
    plan = plan_sweep(replace(problem, stops=stops), FEW, seed=1)
    work = {f"T{n}": sum(route.minutes for route in plan.routes if route.team == f"T{n}") for n in range(3)}
    assert max(work.values()) <= 1.5 * min(work.values())


def test_a_large_problem_is_cut_into_parts_and_put_together() -> None:
    """With 350 facilities the parts give one plan that keeps every rule."""
    problem = make_town(350, 3, 3, seed=4)
    plan = plan_sweep(problem, Budget(turns=60), seed=4)
    assert broken_rules(problem, plan) == []
    assert len(plan.visits) > 60


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"inspectors": ("A",)}, "fewer than two"),
        ({"inspectors": ("A", "A")}, "fewer than two"),
        ({"begins": 1020, "ends": 480}, "ends before it begins"),
        ({"breaks": ((100, 200),)}, "within the working hours"),
        ({"breaks": ((720, 700),)}, "break"),
    ],
)
def test_a_team_that_cannot_be_is_refused(changes: dict[str, object], said: str) -> None:
    """Constructors refuse; control: the team as it was is taken."""
    team = Team("T", ("A", "B"), HOME, HOME, 510, 1050, breaks=((720, 780),), skills=SKILL)
    with pytest.raises(ValueError, match=said):
        replace(team, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("seconds", "turns"), [(None, None), (0.0, None), (None, 0), (1.0, 5), (-1.0, None)])
def test_a_budget_is_seconds_or_turns(seconds: float | None, turns: int | None) -> None:
    """More than zero of one of them."""
    with pytest.raises(ValueError, match="seconds or turns"):
        Budget(seconds=seconds, turns=turns)


def test_a_matrix_that_does_not_fit_is_refused() -> None:
    """A row for each place and stop, no journey below nothing."""
    problem = make_town(5, 1, 1)
    with pytest.raises(ValueError, match="a row of the matrix"):
        replace(problem, stops=problem.stops[1:])
    with pytest.raises(ValueError, match="no less than nothing"):
        replace(problem.travel, minutes=np.full((6, 6), -1))
