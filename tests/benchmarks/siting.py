"""Choosing sites beside spopt (with CBC, which pulp ships) in one run: each gets the same table of costs.

San Francisco is the data of spopt's own tests, 205 tracts and 16 stores; both must prove the same objective. The
medians are generated. The time of spopt is that of making its model and of solving it, up to a limit for the latter.
The largest has no peer: spopt makes a model of 2.5 million values for it, one by one in Python.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.analysis.siting.choose import MODELS, Model, Siting, choose_sites
from tests.benchmarks.figures import Figure, figure, median_seconds

CITY_P, CITY_LIMIT = 4, 5000.0
SMALL, MIDDLE, LARGE = (400, 60, 10), (1_000, 100, 10), (5_000, 500, 50)
"""Cells, candidates, p."""
PATIENCE = 60.0


def run(*, quick: bool = False) -> Iterator[Figure]:
    """The four models on San Francisco, then a large median with its gap."""
    warnings.simplefilter("ignore", DeprecationWarning)
    demand, sites, times = read_city()
    cost = times.pivot_table(index="origin", columns="destination", values="minutes").to_numpy()
    for model in MODELS:
        limit = CITY_LIMIT if model in ("lscp", "mclp") else None
        seconds, ours = median_seconds(lambda m=model, c=limit: _ours(demand, sites, times, m, CITY_P, c))  # type: ignore[misc]
        theirs, objective = median_seconds(lambda m=model: _spopt(m, cost, demand.to_numpy(), CITY_P, None))  # type: ignore[misc]
        if not ours.proven or not np.isclose(ours.objective, objective, rtol=1e-7):
            raise ValueError(f"{model}: {ours.objective} is not proven, or not spopt's {objective}")
        yield figure(f"siting: 205 x 16 {model} to a proven best", seconds, "s", peer="spopt, CBC", peer_value=theirs)
    demand, sites, times, cost = make_region(*(SMALL if quick else MIDDLE)[:2])
    p = MIDDLE[2]
    choose_sites(*_first(demand, sites, times, 50), model="pmedian", p=3, direct=0)  # compiles
    seconds, ours = median_seconds(lambda: _ours(demand, sites, times, "pmedian", p, None))
    begin = time.perf_counter()
    objective = _spopt("pmedian", cost, demand.to_numpy(), p, PATIENCE)
    theirs = time.perf_counter() - begin
    title = f"siting: {len(demand):,} x {len(sites)} pmedian, p = {p}, gap {100 * ours.gap:.2g} %"
    if not objective >= ours.bound * (1 - 1e-7):
        title += "; spopt found no choice"
    yield figure(title, seconds, "s", peer=f"spopt, CBC stopped after {PATIENCE:.0f} s", peer_value=theirs)
    cells, candidates, p = SMALL if quick else LARGE
    demand, sites, times, _cost = make_region(cells, candidates)
    begin = time.perf_counter()
    ours = _ours(demand, sites, times, "pmedian", p, None)
    title = f"siting: {cells:,} x {candidates} pmedian, p = {p}"
    yield figure(f"{title}, from the table of codes", time.perf_counter() - begin, "s")
    yield figure(f"{title}, gap to the bound", 100 * ours.gap, "%")


def read_city() -> tuple["pd.Series[float]", "pd.Series[float]", pd.DataFrame]:
    """Demand, candidates and times of San Francisco."""
    import spopt

    folder = Path(spopt.__file__).parent / "tests" / "test_locate" / "data"
    table = pd.read_csv(
        folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv", dtype={"DestinationName": str}
    )
    times = table.rename(columns={"DestinationName": "origin", "name": "destination", "distance": "minutes"})
    demand = table.groupby("DestinationName")["demand"].first().astype(float)
    return demand, pd.Series(1.0, index=sorted(set(table["name"]))), times[["origin", "destination", "minutes"]]


def make_region(
    cells: int, candidates: int
) -> tuple["pd.Series[float]", "pd.Series[float]", pd.DataFrame, "np.ndarray[Any, np.dtype[np.float64]]"]:
    """Cells and candidates spread evenly over a square of 60 minutes, lognormal demand; and the costs as a matrix."""
    rng = np.random.default_rng(cells)
    here, there = rng.uniform(0, 60, (cells, 2)), rng.uniform(0, 60, (candidates, 2))
    cost = np.hypot(*(here[:, None, :] - there[None, :, :]).transpose(2, 0, 1)).round(3)
    codes, sites = [f"c{i:05}" for i in range(cells)], [f"s{j:04}" for j in range(candidates)]
    row, column = np.indices(cost.shape)
    times = pd.DataFrame(
        {
            "origin": pd.Series(np.array(codes, dtype=object)[row.ravel()], dtype="str"),
            "destination": pd.Series(np.array(sites, dtype=object)[column.ravel()], dtype="str"),
            "minutes": cost.ravel(),
        }
    )
    demand = pd.Series(rng.lognormal(3, 1, cells).round() + 1, index=codes)
    return demand, pd.Series(1.0, index=sites), times, cost


def _first(
    demand: "pd.Series[float]", sites: "pd.Series[float]", times: pd.DataFrame, number: int
) -> tuple["pd.Series[float]", "pd.Series[float]", pd.DataFrame]:
    some = demand.iloc[:number]
    return some, sites, times[times["origin"].isin(some.index)]


def _ours(
    demand: "pd.Series[float]",
    sites: "pd.Series[float]",
    times: pd.DataFrame,
    model: Model,
    p: int,
    limit: float | None,
) -> Siting:
    return choose_sites(demand, sites, times, model=model, p=p, limit=limit)


def _spopt(
    model: Model, cost: "np.ndarray[Any, Any]", weights: "np.ndarray[Any, Any]", p: int, seconds: float | None
) -> float:
    """The objective that spopt finds; NaN where it finds none in the time."""
    import pulp
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    make: dict[str, Callable[[], Any]] = {
        "lscp": lambda: LSCP.from_cost_matrix(cost, CITY_LIMIT),
        "mclp": lambda: MCLP.from_cost_matrix(cost, weights, CITY_LIMIT, p),
        "pmedian": lambda: PMedian.from_cost_matrix(cost, weights, p),
        "pcentre": lambda: PCenter.from_cost_matrix(cost, p),
    }
    problem = make[model]().problem
    problem.solve(pulp.PULP_CBC_CMD(msg=False, threads=1, timeLimit=seconds))
    if problem.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return float("nan")
    return float(pulp.value(problem.objective))
