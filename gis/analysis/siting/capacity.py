"""Siting where a site serves no more than its capacity: a full site does not count as reach.

The demand of a cell may be split between sites; a cell that nobody is left out of has shares that add up to 1. The
questions are those of `choose`, asked of shares: `lscp` and `pcentre` serve everybody within the limit (or
within the cost that is to be smallest), `mclp` serves as many as it can, `pmedian` everybody with the least sum. For
the sites that are chosen, shares are dealt out with the least sum of costs.

Everything goes to the solver in one piece, so this is for some tens of thousands of pairs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import scipy.sparse as sp

from gis.analysis.siting.ground import Bools, Floats, Ground, refuse_unreached
from gis.analysis.siting.median import PROVEN
from gis.analysis.siting.milp import Program, Solved, solve
from gis.errors import DataRejected
from gis.texts import _

if TYPE_CHECKING:
    from gis.analysis.siting.choose import Model, Siting

_LEAST: Final = 1e-7
"""A smaller share is the solver's rounding."""


@dataclass(frozen=True)
class _Dealt:
    chosen: Bools
    shares: Floats
    """Of each pair."""
    objective: float
    bound: float


def share_out(
    ground: Ground, index: pd.Index, *, model: "Model", p: int, limit: float | None, seconds: float
) -> "Siting":
    """The sites to open and what each serves. Raises DataRejected where not everybody who must be can be served."""
    end = time.monotonic() + seconds
    assert ground.capacity is not None
    if not np.isfinite(ground.capacity).all() or (ground.capacity < 0).any():
        raise ValueError("a capacity is a number of at least 0")
    everyone = np.ones(len(ground.cells), dtype=bool)
    if model != "mclp":
        refuse_unreached(ground, ground.demand > 0 if model == "pmedian" else everyone, limit=limit)
    if model == "pcentre":
        return _answer(ground, index, model, _centre(ground, p, lambda: max(end - time.monotonic(), 0.1)))
    most = None if model == "lscp" else p
    program = _program(ground, model, most)
    solved = solve(program, seconds=seconds)
    if solved.values is None:
        raise _refusal(ground, solved, most)
    chosen = solved.values[: len(ground.sites)] > 0.5
    shares = _deal(ground, chosen, solved.values[len(ground.sites) :], model, seconds=seconds)
    objective = _objective(ground, model, chosen, shares)
    bound = -solved.bound if model == "mclp" else solved.bound
    if model == "lscp":
        bound = float(np.ceil(bound - 1e-6))
    return _answer(ground, index, model, _Dealt(chosen, shares, objective, bound))


def _program(ground: Ground, model: str, most: int | None, chosen: Bools | None = None) -> Program:
    """Sites (0 or 1), then the share of each pair. With `chosen` the sites are settled."""
    n, m, pairs = len(ground.cells), len(ground.sites), len(ground.site)
    assert ground.capacity is not None
    cell, each = ground.cell, np.arange(pairs)
    people = ground.demand[cell]
    served = sp.csr_array((np.ones(pairs), (cell, m + each)), shape=(n, m + pairs))
    load = sp.csr_array(
        (
            np.concatenate([people, -ground.capacity]),
            (np.concatenate([ground.site, np.arange(m)]), np.concatenate([m + each, np.arange(m)])),
        ),
        shape=(m, m + pairs),
    )
    only_open = sp.csr_array(
        (
            np.concatenate([np.ones(pairs), -np.ones(pairs)]),
            (np.tile(each, 2), np.concatenate([m + each, ground.site])),
        ),
        shape=(pairs, m + pairs),
    )
    number = sp.csr_array((np.ones(m), (np.zeros(m, dtype=int), np.arange(m))), shape=(1, m + pairs))
    must = np.zeros(n) if model == "mclp" else np.where((ground.demand > 0) | (model != "pmedian"), 1.0, 0.0)
    cost = np.r_[np.ones(m), np.zeros(pairs)]
    if model in ("mclp", "pmedian"):
        cost = np.r_[np.zeros(m), -people if model == "mclp" else people * ground.cost]
    floor = ground.kept.astype(float) if chosen is None else chosen.astype(float)
    ceiling = np.ones(m) if chosen is None else chosen.astype(float)
    return Program(
        cost,
        sp.vstack([served, load, only_open, number], format="csr"),
        np.concatenate([must, np.full(m + pairs, -np.inf), [0.0]]),
        np.concatenate([np.ones(n), np.zeros(m + pairs), [float(m if most is None else most)]]),
        np.r_[np.ones(m, dtype=bool), np.zeros(pairs, dtype=bool)],
        np.r_[floor, np.zeros(pairs)],
        np.r_[ceiling, np.ones(pairs)],
    )


def _deal(ground: Ground, chosen: Bools, found: Floats, model: str, *, seconds: float) -> Floats:
    """Shares of these sites with the least sum of costs, as many served as in `found`."""
    m, people = len(ground.sites), ground.demand[ground.cell]
    program = _program(ground, "mclp" if model == "mclp" else "pmedian", None, chosen)
    if model == "mclp":
        served = float(people @ found)
        row = sp.csr_array(np.r_[np.zeros(m), people][None, :])
        program = Program(
            np.r_[np.zeros(m), people * ground.cost],
            sp.vstack([program.matrix, row], format="csr"),
            np.append(program.low, served * (1 - 1e-9)),
            np.append(program.high, np.inf),
            program.whole,
            program.floor,
            program.ceiling,
        )
    dealt = solve(program, seconds=seconds)
    shares = found if dealt.values is None else dealt.values[m:]
    return np.where(shares > _LEAST, np.minimum(shares, 1.0), 0.0)


def _objective(ground: Ground, model: str, chosen: Bools, shares: Floats) -> float:
    people = ground.demand[ground.cell]
    if model == "lscp":
        return float(chosen.sum())
    return float(people @ shares) if model == "mclp" else float((people * ground.cost) @ shares)


def _centre(ground: Ground, p: int, left: Callable[[], float]) -> _Dealt:
    """The smallest cost within which p sites serve everybody, by halving the costs that occur."""
    costs = np.unique(ground.cost)
    low, high, proven = -1, len(costs) - 1, -1
    best: tuple[Bools, Floats, Ground] | None = None
    while high - low > 1 or best is None:
        middle = (low + high) // 2 if high - low > 1 else high
        within = ground.only(ground.cost <= costs[middle])
        solved = solve(_program(within, "lscp", p), seconds=left())
        if solved.values is not None:
            best = solved.values[: len(ground.sites)] > 0.5, solved.values[len(ground.sites) :], within
            high = middle
        elif middle == high:
            raise _refusal(ground, solved, p)
        else:
            low = middle
            proven = middle if solved.impossible else proven
    chosen, found, within = best
    shares = np.zeros(len(ground.site))
    shares[ground.cost <= costs[high]] = _deal(within, chosen, found, "pcentre", seconds=left())
    return _Dealt(chosen, shares, float(costs[high]), float(costs[min(proven + 1, high)]))


def _refusal(ground: Ground, solved: Solved, most: int | None) -> DataRejected:
    assert ground.capacity is not None
    largest = np.sort(ground.capacity)[::-1][:most].sum()
    values = {"demand": f"{ground.demand.sum():g}", "capacity": f"{largest:g}"}
    if solved.impossible:
        text = _(
            "The capacities are too small to serve everybody: a demand of {demand}, and at most {capacity} at so many "
            "sites, not all of it within reach. Raise p, the limit or capacities.",
            **values,
        )
    else:
        text = _("No choice of sites with these capacities was found in the time. Give more time or fewer candidates.")
    raise DataRejected(text, details={"rule": "capacity", **values})


def _answer(ground: Ground, index: pd.Index, model: "Model", dealt: _Dealt) -> "Siting":
    from gis.analysis.siting.choose import Siting  # noqa: PLC0415 - it leads here

    at = np.flatnonzero(dealt.shares > 0)
    rows = pd.DataFrame(
        {
            "cell": ground.cells[ground.cell[at]],
            "site": ground.sites[ground.site[at]],
            "share": dealt.shares[at],
            "minutes": ground.cost[at],
        }
    ).astype({"cell": "str", "site": "str"})
    weighed = rows.assign(minutes=rows["minutes"] * rows["share"]).groupby("cell")[["minutes", "share"]].sum()
    largest = rows.sort_values(["cell", "share", "site"], ascending=[True, False, True]).groupby("cell")["site"].first()
    named = pd.DataFrame({"site": largest, "minutes": weighed["minutes"] / weighed["share"]})
    gap = abs(dealt.objective - dealt.bound) / abs(dealt.objective) if dealt.objective else abs(dealt.bound)
    proven = gap <= PROVEN
    return Siting(
        model,
        dealt.objective,
        dealt.objective if proven else dealt.bound,
        0.0 if proven else float(gap),
        proven,
        tuple(map(str, ground.sites[dealt.chosen])),
        named.reindex(index).astype({"site": "str"}),
        rows[["cell", "site", "share"]],
    )
