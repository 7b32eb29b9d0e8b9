"""Sites that can be full: nobody is served beyond a capacity, and every choice tried finds nothing better."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from gis.analysis.siting.choose import MODELS, Model, choose_sites
from gis.errors import DataRejected
from tests.unit.analysis.siting_reference import tables


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    """A few cells and sites, all pairs, capacities around what is needed."""
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    costs = draw(st.lists(st.lists(st.integers(0, 9), min_size=m, max_size=m), min_size=n, max_size=n))
    demand = draw(st.lists(st.integers(1, 4), min_size=n, max_size=n))
    people, sites, times = tables([[float(c) for c in row] for row in costs], [float(d) for d in demand])
    capacity = draw(st.lists(st.integers(0, 8), min_size=m, max_size=m))
    return {
        "demand": people,
        "capacity": pd.Series([float(c) for c in capacity], index=sites.index),
        "times": times,
        "cost": np.array(costs, dtype=float),
        "p": draw(st.integers(1, m)),
    }


def served_at_most(problem: dict[str, Any], choice: tuple[int, ...], limit: float) -> tuple[float, float]:
    """Demand that these sites can serve within the limit, and the least sum of costs of serving all (inf: not all)."""
    people, cost = problem["demand"].to_numpy(), problem["cost"]
    pairs = [(i, j) for i in range(len(people)) for j in choice if cost[i, j] <= limit]
    if not pairs:
        return 0.0, np.inf
    rows = [[float(i == a) for a, _b in pairs] for i in range(len(people))]
    loads = [[float(j == b) for _a, b in pairs] for j in choice]
    bounds = [*people, *(problem["capacity"].iloc[j] for j in choice)]
    most = -linprog(-np.ones(len(pairs)), A_ub=rows + loads, b_ub=bounds).fun
    cheap = linprog([cost[pair] for pair in pairs], A_ub=loads, b_ub=bounds[len(people) :], A_eq=rows, b_eq=people)
    return float(most), float(cheap.fun) if cheap.status == 0 else np.inf


@pytest.mark.parametrize("model", MODELS)
@given(problem=problems(), limit=st.sampled_from([3.0, 6.0, 9.0]))
@settings(max_examples=60, deadline=None)
def test_no_choice_with_capacities_is_better(model: Model, problem: dict[str, Any], limit: float) -> None:
    """The best over all choices of sites, each dealt out by a linear program; or it is refused."""
    m, total, p = len(problem["capacity"]), problem["demand"].sum(), problem["p"]
    sizes = range(m + 1) if model == "lscp" else range(p + 1)
    choices = [c for size in sizes for c in combinations(range(m), size)]
    whole = limit if model in ("lscp", "mclp") else np.inf
    if model == "mclp":
        best = max(served_at_most(problem, c, whole)[0] for c in choices)
    elif model == "pmedian":
        best = min(served_at_most(problem, c, whole)[1] for c in choices)
    elif model == "lscp":
        best = min([len(c) for c in choices if served_at_most(problem, c, whole)[0] > total - 1e-6], default=np.inf)
    else:
        near = sorted(set(problem["cost"].ravel()))
        best = next((r for r in near if max(served_at_most(problem, c, r)[0] for c in choices) > total - 1e-6), np.inf)
    ask: dict[str, Any] = {"model": model, "p": p, "capacitated": True}
    ask["limit"] = limit if model in ("lscp", "mclp") else None
    if np.isinf(best):
        with pytest.raises(DataRejected):
            choose_sites(problem["demand"], problem["capacity"], problem["times"], **ask)
        return
    found = choose_sites(problem["demand"], problem["capacity"], problem["times"], **ask)
    assert found.objective == pytest.approx(best, abs=1e-5)
    assert found.proven
    assert found.shares is not None
    people = found.shares["share"] * found.shares["cell"].map(problem["demand"]).astype(float)
    load = people.groupby(found.shares["site"]).sum()
    assert (load <= problem["capacity"].reindex(load.index) + 1e-5).all()
    assert set(load.index) <= set(found.sites)
    assert (found.shares.groupby("cell")["share"].sum() <= 1 + 1e-6).all()


def test_a_full_site_does_not_count() -> None:
    """Two cells within reach of a site that can serve one: without a capacity both are reached (the control)."""
    demand, sites, times = tables([[1.0], [2.0]], [10.0, 10.0])
    capacity = sites * 10
    ask: dict[str, Any] = {"model": "mclp", "p": 1, "limit": 5.0}
    assert choose_sites(demand, capacity, times, **ask).objective == 20
    found = choose_sites(demand, capacity, times, capacitated=True, **ask)
    assert found.objective == pytest.approx(10)
    assert found.assignment["site"].isna().tolist() == [False, True]
