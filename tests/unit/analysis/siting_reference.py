"""Siting by trying every choice: slow, short, and right."""

from itertools import combinations

import numpy as np
import pandas as pd


def tables(
    costs: list[list[float | None]], demand: list[float]
) -> tuple["pd.Series[float]", "pd.Series[float]", pd.DataFrame]:
    """Demand, candidates (of capacity 1) and times of a table of costs, a row for each cell; None: no way."""
    cells = [f"c{i:03}" for i in range(len(costs))]
    sites = [f"s{j:03}" for j in range(len(costs[0]))]
    rows = [(cells[i], sites[j], cost) for i, row in enumerate(costs) for j, cost in enumerate(row) if cost is not None]
    times = pd.DataFrame(rows, columns=["origin", "destination", "minutes"]).astype({"minutes": float})
    return pd.Series(demand, index=cells, dtype=float), pd.Series(1.0, index=sites), times


def best_by_trying(
    demand: "pd.Series[float]",
    sites: list[str],
    times: pd.DataFrame,
    *,
    model: str,
    p: int = 1,
    limit: float = np.inf,
    existing: tuple[str, ...] = (),
) -> float | None:
    """The best objective over all choices; None where no choice serves every cell."""
    table = times.pivot_table(index="origin", columns="destination", values="minutes")
    cost = table.reindex(index=demand.index, columns=sites).to_numpy()
    cost = np.where(np.isnan(cost) | (cost > limit), np.inf, cost)
    kept = {sites.index(code) for code in existing}
    best: float | None = None
    for size in range(0, len(sites) + 1) if model == "lscp" else [p]:
        for choice in combinations(range(len(sites)), size):
            if not kept <= set(choice):
                continue
            nearest = cost[:, list(choice)].min(axis=1, initial=np.inf)
            value = _objective(model, demand.to_numpy(), nearest, size)
            if value is not None and (best is None or (value > best if model == "mclp" else value < best)):
                best = value
        if model == "lscp" and best is not None:
            return best
    return best


def _objective(model: str, demand: np.ndarray, nearest: np.ndarray, size: int) -> float | None:
    if model == "mclp":
        return float(demand[np.isfinite(nearest)].sum())
    counted = demand > 0 if model == "pmedian" else np.ones(len(demand), dtype=bool)
    if not np.isfinite(nearest[counted]).all():
        return None
    if model == "lscp":
        return float(size)
    return float((demand[counted] * nearest[counted]).sum()) if model == "pmedian" else float(nearest.max(initial=0.0))
