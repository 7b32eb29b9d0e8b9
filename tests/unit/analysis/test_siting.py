"""Choosing sites: published numbers, every choice tried on small problems, kept sites, what cannot be done."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.siting.choose import MODELS, Model, Siting, choose_sites
from gis.errors import DataRejected
from tests.unit.analysis.siting_reference import best_by_trying, tables


@pytest.fixture(scope="module")
def san_francisco() -> tuple["pd.Series[float]", "pd.Series[float]", pd.DataFrame]:
    """205 census tracts, 16 stores and the network distances between them, as spopt ships them with its tests."""
    spopt = pytest.importorskip("spopt", reason="spopt ships the San Francisco data")
    folder = Path(spopt.__file__).parent / "tests" / "test_locate" / "data"
    if not folder.is_dir():
        pytest.skip("this build of spopt has no test data")
    table = pd.read_csv(
        folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv", dtype={"DestinationName": str}
    )
    times = table.rename(columns={"DestinationName": "origin", "name": "destination", "distance": "minutes"})
    demand = table.groupby("DestinationName")["demand"].first().astype(float)
    return demand, pd.Series(1.0, index=sorted(set(table["name"]))), times[["origin", "destination", "minutes"]]


@pytest.mark.parametrize("direct", [0, 20_000])
def test_the_published_numbers_of_san_francisco(san_francisco: Any, direct: int) -> None:
    """spopt's tests: four stores are 2982.1268579890657 m away in the mean and leave 21 tracts beyond 5 km."""
    demand, sites, times = san_francisco
    assert (len(demand), len(sites), len(times)) == (205, 16, 205 * 16)
    median = choose_sites(demand, sites, times, model="pmedian", p=4, direct=direct)
    assert median.objective / demand.sum() == pytest.approx(2982.1268579890657, rel=1e-12)
    assert median.proven
    most = choose_sites(demand, sites, times, model="mclp", p=4, limit=5000, direct=direct)
    assert int(most.assignment["site"].isna().sum()) == 21
    assert most.proven


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_the_same_as_spopt_on_san_francisco(san_francisco: Any) -> None:
    """All four objectives are those that spopt finds with its own solver."""
    pulp = pytest.importorskip("pulp", reason="spopt solves with pulp")
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    demand, sites, times = san_francisco
    cost = times.pivot_table(index="origin", columns="destination", values="minutes").to_numpy()
    weights = demand.to_numpy()
    solver = pulp.PULP_CBC_CMD(msg=False, threads=1)
    theirs = {
        "lscp": LSCP.from_cost_matrix(cost, 5000).solve(solver),
        "mclp": MCLP.from_cost_matrix(cost, weights, 5000, 4).solve(solver),
        "pmedian": PMedian.from_cost_matrix(cost, weights, 4).solve(solver),
        "pcentre": PCenter.from_cost_matrix(cost, 4).solve(solver),
    }
    for model, peer in theirs.items():
        ours = choose_sites(demand, sites, times, model=model, p=4, limit=5000 if model in ("lscp", "mclp") else None)  # type: ignore[arg-type]
        assert ours.objective == pytest.approx(peer.problem.objective.value(), rel=1e-7)
        assert ours.proven


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    """A few cells and sites, small whole numbers so that ties abound, some pairs without a way."""
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 6))
    number = st.integers(0, 9).map(float)
    cost: st.SearchStrategy[float | None] = st.one_of(st.none(), number) if draw(st.booleans()) else number
    costs = draw(st.lists(st.lists(cost, min_size=m, max_size=m), min_size=n, max_size=n))
    demand = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    people, sites, times = tables(costs, [float(d) for d in demand])
    p = draw(st.integers(1, m))
    kept = draw(st.lists(st.sampled_from(list(sites.index)), unique=True, max_size=p))
    return {"demand": people, "sites": sites, "times": times, "p": p, "existing": tuple(kept)}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("direct", [0, 20_000])
@given(problem=problems(), limit=st.sampled_from([2.0, 5.0, None]))
@settings(max_examples=120, deadline=None)
def test_no_choice_is_better(model: Model, direct: int, problem: dict[str, Any], limit: float | None) -> None:
    """The objective is the best over all choices, proven so, and what the sites themselves give; else it is refused."""
    if model in ("lscp", "mclp"):
        limit = limit or 4.0
    reach = np.inf if limit is None else limit
    best = best_by_trying(
        problem["demand"],
        list(problem["sites"].index),
        problem["times"],
        model=model,
        p=problem["p"],
        limit=reach,
        existing=problem["existing"],
    )
    ask = {"model": model, "p": problem["p"], "limit": limit, "existing": problem["existing"], "direct": direct}
    if best is None:
        with pytest.raises(DataRejected):
            choose_sites(problem["demand"], problem["sites"], problem["times"], **ask)
        return
    found = choose_sites(problem["demand"], problem["sites"], problem["times"], **ask)
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert found.proven
    assert (found.bound, found.gap) == (found.objective, 0)
    assert set(problem["existing"]) <= set(found.sites)
    if model != "lscp":
        assert len(found.sites) == problem["p"]
    again = best_by_trying(
        problem["demand"],
        list(found.sites),
        problem["times"][problem["times"]["destination"].isin(found.sites)],
        model=model,
        p=len(found.sites),
        limit=reach,
        existing=found.sites,
    )
    assert again == pytest.approx(best, abs=1e-6)
    check_assignment(found, problem["times"], reach)


def check_assignment(found: Siting, times: pd.DataFrame, limit: float) -> None:
    """Each cell goes to its nearest open site within the limit, of equals to the first by code, or to none."""
    open_ = times[times["destination"].isin(found.sites) & (times["minutes"] <= limit)]
    nearest = open_.sort_values(["minutes", "destination"]).groupby("origin").first()
    for cell, row in found.assignment.iterrows():
        if cell in nearest.index:
            assert (row["site"], row["minutes"]) == (nearest.at[cell, "destination"], nearest.at[cell, "minutes"])
        else:
            assert pd.isna(row["site"])
            assert np.isnan(row["minutes"])


def town(number: int, sites: int, *, seed: int = 1) -> tuple["pd.Series[float]", "pd.Series[float]", pd.DataFrame]:
    """Cells and sites spread evenly over a square, minutes as the crow flies."""
    rng = np.random.default_rng(seed)
    cells, places = rng.uniform(0, 60, (number, 2)), rng.uniform(0, 60, (sites, 2))
    far = np.hypot(*(cells[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    return tables(far.tolist(), rng.integers(1, 200, number).astype(float).tolist())


def test_search_and_solver_agree_on_a_larger_town() -> None:
    """A median found by swaps and prices is the one that the solver finds from nothing."""
    demand, sites, times = town(150, 40)
    searched = choose_sites(demand, sites, times, model="pmedian", p=6, direct=0)
    solved = choose_sites(demand, sites, times, model="pmedian", p=6, direct=10**9)
    assert searched.proven
    assert solved.proven
    assert searched.objective == pytest.approx(solved.objective, rel=1e-9)


def test_a_bound_is_a_bound_and_no_proof_is_claimed_without_one() -> None:
    """With no time for the solver the gap is open or closed by prices alone; the truth lies between, never outside."""
    demand, sites, times = town(120, 40, seed=5)
    true = choose_sites(demand, sites, times, model="pmedian", p=5, direct=10**9).objective
    hurried = choose_sites(demand, sites, times, model="pmedian", p=5, direct=0, seconds=0.0)
    assert hurried.bound <= true * (1 + 1e-9) <= hurried.objective * (1 + 2e-9)
    assert hurried.proven == (hurried.gap == 0)
    assert hurried.gap == pytest.approx((hurried.objective - hurried.bound) / hurried.objective)


@pytest.mark.parametrize("model", MODELS)
def test_the_order_of_the_rows_is_nothing(model: Model) -> None:
    """The same rows in another order give the same sites and the same assignment."""
    demand, sites, times = town(60, 12, seed=3)
    times["minutes"] = times["minutes"].round(-1)
    ask = {"model": model, "p": 3, "limit": 30.0 if model in ("lscp", "mclp") else None}
    one = choose_sites(demand, sites, times, **ask)  # type: ignore[arg-type]
    mixed = times.sample(frac=1, random_state=2).reset_index(drop=True)
    other = choose_sites(demand[::-1], sites[::-1], mixed, **ask)  # type: ignore[arg-type]
    assert one.sites == other.sites
    pd.testing.assert_frame_equal(one.assignment, other.assignment.reindex(one.assignment.index))


def test_what_no_candidate_reaches_is_named() -> None:
    """The cells are in the message and in the details; without them the rest can be solved (the control)."""
    demand, sites, times = tables([[3.0, None], [None, None], [9.0, 9.0]], [1.0, 1.0, 1.0])
    for model, limit, cells in (
        ("lscp", 5.0, ["c001", "c002"]),
        ("pmedian", None, ["c001"]),
        ("pcentre", None, ["c001"]),
    ):
        with pytest.raises(DataRejected, match="c001") as refusal:
            choose_sites(demand, sites, times, model=model, p=1, limit=limit)  # type: ignore[arg-type]
        assert refusal.value.details["cells"] == cells
        kept = demand.drop(cells)
        near = times[times["origin"].isin(kept.index)]
        assert choose_sites(kept, sites, near, model=model, p=1, limit=limit).proven  # type: ignore[arg-type]


def test_too_few_sites_are_refused_with_the_number_that_is_needed() -> None:
    """p below what reaches every cell, above the candidates, or below the sites that stay."""
    demand, sites, times = tables([[1, None, None], [None, 1, None], [None, None, 1]], [1.0, 1.0, 1.0])
    for model in MODELS[2:]:
        with pytest.raises(DataRejected) as refusal:
            choose_sites(demand, sites, times, model=model, p=2)
        assert refusal.value.details["needed"] == 3
        assert choose_sites(demand, sites, times, model=model, p=3).proven
    with pytest.raises(DataRejected, match="3"):
        choose_sites(demand, sites, times, model="mclp", p=4, limit=5)
    with pytest.raises(DataRejected, match="2"):
        choose_sites(demand, sites, times, model="mclp", p=1, limit=5, existing=["s000", "s001"])


def test_demand_of_nobody() -> None:
    """To the sums a cell with a demand of 0 is nothing, even where no way leads from it; cover and centre see it."""
    demand, sites, times = tables([[1, 8], [9, 2], [None, None]], [5.0, 1.0, 0.0])
    assert choose_sites(demand, sites, times, model="pmedian", p=1).sites == ("s000",)
    assert choose_sites(demand, sites, times, model="mclp", p=1, limit=3).objective == 5
    with pytest.raises(DataRejected, match="c002"):
        choose_sites(demand, sites, times, model="pcentre", p=1)
    nobody = choose_sites(demand * 0, sites, times, model="pmedian", p=1)
    assert (nobody.objective, nobody.proven, len(nobody.sites)) == (0, True, 1)


def test_broken_tables_are_refused() -> None:
    """Unknown ends, doubled pairs, missing or negative numbers never reach the solver."""
    demand, sites, times = tables([[1, 2], [3, 4]], [1.0, 2.0])
    for broken in (
        times.assign(origin="x"),
        times.assign(destination="x"),
        times.assign(minutes=np.nan),
        times.assign(minutes=-1.0),
        times.assign(minutes=np.inf),
        pd.concat([times, times]),
    ):
        with pytest.raises(ValueError, match="time"):
            choose_sites(demand, sites, broken, model="pmedian", p=1)
    with pytest.raises(ValueError, match="demand"):
        choose_sites(-demand, sites, times, model="pmedian", p=1)
    with pytest.raises(ValueError, match="limit"):
        choose_sites(demand, sites, times, model="lscp")
    with pytest.raises(ValueError, match="p"):
        choose_sites(demand, sites, times, model="pmedian")
