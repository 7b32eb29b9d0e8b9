"""The search for routes: PyVRP's local search, begun well, kept on parts of large problems, and never trusted blindly.

PyVRP (Wouda, Lan and Kool, 2024, doi 10.1287/ijoc.2023.0055) begins with a random solution. With optional visits and
little time that is worse than to stay at home. Here the search begins with the best of some: all at home, improved
once, with prizes as they are and raised, and what the caller brings (the routes of this morning). A large problem is
then improved part by part (`gis.analysis.sweeps.decompose`) before the whole is. What is given back is the best of all
that were seen, the empty solution included. The same seed and number of turns give the same routes; with seconds, a
faster machine gets further.
"""

import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from pyvrp import (
    CostEvaluator,
    IteratedLocalSearch,
    PenaltyManager,
    ProblemData,
    RandomNumberGenerator,
    Route,
    Solution,
    SolveParams,
)
from pyvrp.search import LocalSearch, PerturbationManager, compute_neighbours
from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria, NoImprovement

from gis.analysis.sweeps.decompose import Part, can_be_cut, copy_client, cut, put_back

LARGE: Final = 300
"""From so many clients on a problem is improved part by part first."""
PART: Final = 250
"""Clients of a part."""
SHARE_OF_PARTS: Final = 0.8
"""Of the time that a large problem has."""
ROUND_SECONDS: Final = 5.0
"""A round over all parts of a large problem has about so long, and there are at least FEWEST_ROUNDS."""
FEWEST_ROUNDS: Final = 3
PATIENCE: Final = 4000
"""Turns without anything better after which a search begins anew."""
TEMPTATIONS: Final = (1.0, 1.5, 3.0)
"""By how much prizes are raised for the starts: a first visit far out seldom pays by itself, a whole tour does."""


@dataclass(frozen=True)
class Budget:
    """When to stop: after seconds, or after turns of the local search. Raises ValueError unless one of them is."""

    seconds: float | None = None
    turns: int | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.seconds, self.turns) if value is not None]
        if len(given) != 1 or not given[0] > 0:
            raise ValueError("Give seconds or turns, more than zero.")

    def part(self, share: float) -> "Budget":
        """That share of it."""
        if self.turns is not None:
            return Budget(turns=max(1, int(self.turns * share)))
        assert self.seconds is not None
        return Budget(seconds=self.seconds * share)


def improve(data: ProblemData, budget: Budget, *, seed: int, starts: Iterable[Solution] = ()) -> Solution:
    """The best routes found within the budget; the empty solution where nothing beats it.

    `starts` are solutions of the same problem to begin from. What comes back may be infeasible only where clients are
    required and no feasible solution was seen.
    """
    began = time.perf_counter()
    home = Solution(data, [])
    given = [*starts, *_first_solutions(data, seed=seed)]
    routed = [solution for solution in given if solution.routes()]
    if not routed:
        return home
    best = _best(data, routed)
    if data.num_clients >= LARGE and can_be_cut(data):
        best = _improve_parts(data, best, budget.part(SHARE_OF_PARTS), seed=seed, began=began)
    if budget.seconds is not None:
        budget = Budget(seconds=max(0.01, budget.seconds - (time.perf_counter() - began)))
    found = _improve_in_turn(data, best, budget, seed=seed)
    return _best(data, [found, best, *given, home])


def _improve_in_turn(data: ProblemData, best: Solution, budget: Budget, *, seed: int) -> Solution:
    """Searches one after the other, each until it stands still: from what is best, and from chance like PyVRP's own.

    Where every client is required, PyVRP's own beginning comes first.
    """
    search = _Search(data, seed=seed)
    optional = any(not client.required for client in data.clients())
    start = best if optional or data.num_clients >= LARGE else search.random()
    end, turns = time.perf_counter() + (budget.seconds or 0.0), budget.turns or 0
    number = 0
    while True:
        left = Budget(turns=turns) if budget.turns is not None else Budget(seconds=max(0.01, end - time.perf_counter()))
        found, used = search.run_until_still(start, left)
        best = _best(data, [best, found])
        turns, number = turns - used, number + 1
        if turns <= 0 and (budget.turns is not None or time.perf_counter() >= end):
            return best
        search = _Search(data, seed=seed + number)
        start = best if number % 2 else search.random()


def cost_of(data: ProblemData, solution: Solution) -> tuple[bool, float]:
    """Orders solutions: feasible ones first, then by cost with the prizes that are missed."""
    judge = CostEvaluator([0] * data.num_load_dimensions, 0, 0)
    if not solution.is_feasible():
        return True, float(solution.num_missing_clients() + solution.num_missing_groups())
    return False, float(judge.cost(solution))


def _best(data: ProblemData, solutions: Iterable[Solution]) -> Solution:
    return min(solutions, key=lambda solution: cost_of(data, solution))


def _first_solutions(data: ProblemData, *, seed: int) -> list[Solution]:
    """All at home, improved once with everything that is allowed; again with prizes raised, then as they are."""
    search = _Search(data, seed=seed)
    made = [search.improve_once(Solution(data, []))]
    if any(not client.required for client in data.clients()):
        for factor in TEMPTATIONS[1:]:
            tempted = _Search(_raise_prizes(data, factor), seed=seed).improve_once(Solution(data, []))
            routes = [Route(data, [a for a in r if a.is_client()], r.vehicle_type()) for r in tempted.routes()]
            made.append(search.improve_once(Solution(data, routes)))
    return made


def _raise_prizes(data: ProblemData, factor: float) -> ProblemData:
    raised = [copy_client(client, prize=int(client.prize * factor)) for client in data.clients()]
    return data.replace(clients=raised)


def _improve_parts(data: ProblemData, solution: Solution, budget: Budget, *, seed: int, began: float) -> Solution:
    """Rounds over all parts; within a round each part has time by its size, and processors share the parts."""
    rng = np.random.default_rng(seed)
    rounds = max(FEWEST_ROUNDS, int((budget.seconds or 0) / ROUND_SECONDS))
    end = began + (budget.seconds or 0.0)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for left in range(rounds, 0, -1):
            spare = max(0.01, (end - time.perf_counter()) / left)
            of_round = budget.part(1 / rounds) if budget.turns is not None else Budget(seconds=spare)
            parts = list(cut(data, solution, size=PART, rng=rng))
            seeds = rng.integers(2**31, size=len(parts)).tolist()
            found = list(pool.map(_improve_part, parts, _share_out(parts, of_round), seeds))
            better = [
                (part, one)
                for part, one in zip(parts, found, strict=True)
                if cost_of(part.data, one) < cost_of(part.data, part.start)
            ]
            if better:
                solution = _best(data, [put_back(data, solution, better), solution])
    return solution


def _improve_part(part: Part, budget: Budget, seed: int) -> Solution:
    return _Search(part.data, seed=seed).run(part.start, budget)


def _share_out(parts: Sequence[Part], budget: Budget) -> list[Budget]:
    """What each part has of a round, by its clients; seconds pass on all processors at once."""
    sizes = [len(part.clients) for part in parts]
    whole = sum(sizes)
    if budget.seconds is not None:
        lanes = min(len(os.sched_getaffinity(0)), whole / max(sizes))
        budget = Budget(seconds=budget.seconds * lanes)
    return [budget.part(size / whole) for size in sizes]


class _Search:
    """PyVRP's iterated local search on one problem."""

    def __init__(self, data: ProblemData, *, seed: int) -> None:
        params = SolveParams()
        self.data = data
        self.penalties = PenaltyManager(params.penalty.midpoint_penalties(data), params.penalty)
        neighbours = compute_neighbours(data, params.neighbourhood)
        self.rng = RandomNumberGenerator(seed=seed % 2**32)
        self.local = LocalSearch(data, self.rng, neighbours, PerturbationManager(params.perturbation))
        for operator in params.operators:
            if operator.supports(data):
                self.local.add_operator(operator(data))

    def improve_once(self, solution: Solution) -> Solution:
        """Where every move that is allowed was tried until none improves."""
        return self.local(solution, self.penalties.max_cost_evaluator(), exhaustive=True)

    def random(self) -> Solution:
        """PyVRP's own beginning: clients by chance, improved once."""
        return self.improve_once(Solution.make_random(self.data, self.rng))

    def run_until_still(self, start: Solution, budget: Budget) -> tuple[Solution, int]:
        """The best found from there until nothing was for PATIENCE turns, and how many turns it took."""
        whole = MaxIterations(budget.turns) if budget.turns is not None else MaxRuntime(budget.seconds or 0.0)
        search = IteratedLocalSearch(self.data, self.penalties, self.local, start)
        result = search.run(MultipleCriteria([whole, NoImprovement(PATIENCE)]), collect_stats=False)
        return result.best, result.num_iterations

    def run(self, start: Solution, budget: Budget) -> Solution:
        """The best found from there."""
        stop = MaxIterations(budget.turns) if budget.turns is not None else MaxRuntime(budget.seconds or 0.0)
        search = IteratedLocalSearch(self.data, self.penalties, self.local, start)
        return search.run(stop, collect_stats=False).best
