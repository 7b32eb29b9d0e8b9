"""What no plan can do better than: the assignment relaxation with a price on working time.

Every visited stop has one journey to it and one from it, and every shift one from its start and one to its end. If
routes need not hang together, the cheapest such choice is an assignment problem, in which a stop that is left out is
assigned to itself at its worth. All work together also has to fit into the time that there is: a price on each minute
(Lagrange), paid back for the minutes that there are, keeps the bound valid and makes it higher. Opening hours, waits,
breaks and the surcharge for unequal days are left out, so the true optimum lies somewhere between bound and plan.
(Fisher, 2004, doi 10.1287/mnsc.1040.0263, for the relaxation.)
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from gis.analysis.sweeps.model import must_prize
from gis.analysis.sweeps.problem import Bound, Problem, Stop

KIND: Final = "assignment relaxation with a price on working time"
STEPS: Final = 12
"""Prices that are tried."""


def bound_below(problem: Problem) -> Bound:
    """A value that the objective of no plan is below, in minutes."""
    if not problem.stops or not problem.shifts:
        return Bound(float(sum(_worth(problem, stop) for stop in problem.stops)), KIND)
    time = _journeys(problem)
    worth = np.array([_worth(problem, stop) for stop in problem.stops], dtype=float)
    own = np.arange(len(worth))
    limit = float(sum(shift.working for shift in problem.shifts))

    def value(price: float) -> float:
        cost = time * (1 + price)
        cost[own, own] = worth
        rows, columns = linear_sum_assignment(cost)
        return float(cost[rows, columns].sum() - price * limit)

    best = _maximise(value)
    return Bound(max(0.0, best), KIND)


def _maximise(value: Callable[[float], float]) -> float:
    """The highest value of a concave function of a price from 0 on: doubled until it falls, then narrowed."""
    values = {0.0: value(0.0)}
    price = 0.5
    while price < 64:
        values[price] = value(price)
        if values[price] <= max(values.values()) - 1e-9:
            break
        price *= 2
    low, high = 0.0, price
    for _step in range(STEPS):
        first, second = low + (high - low) * 0.382, low + (high - low) * 0.618
        values[first], values[second] = value(first), value(second)
        low, high = (low, second) if values[first] >= values[second] else (first, high)
    return max(values.values())


def _journeys(problem: Problem) -> NDArray[np.float64]:
    """Minutes from row to column with the visit at the column; stops first, then one row and column for each shift."""
    travel = problem.travel
    at = [len(travel.places) + place for place in range(len(problem.stops))]
    starts = [travel.places.index(shift.start) for shift in problem.shifts]
    ends = [travel.places.index(shift.end) for shift in problem.shifts]
    visits = np.array([stop.minutes for stop in problem.stops], dtype=float)
    many, shifts = len(at), len(problem.shifts)
    time = np.zeros((many + shifts, many + shifts))
    time[:many, :many] = travel.minutes[np.ix_(at, at)] + visits
    time[many:, :many] = travel.minutes[np.ix_(starts, at)] + visits
    time[:many, many:] = travel.minutes[np.ix_(at, ends)]
    return time


def _worth(problem: Problem, stop: Stop) -> int:
    return must_prize(problem) if stop.must else stop.worth
