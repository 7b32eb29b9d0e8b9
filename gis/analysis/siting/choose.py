"""Where to put sites: which of the candidates to open so that cells with demand are well served.

A *cell* has a demand (people, visits). A *candidate* is a site that may open; one that *exists* is open already and
stays. A *time* leads from a cell to a candidate, in minutes or any other cost; where there is none, no way leads there.
With a *limit*, times above it do not count. Four questions can be asked:

- `lscp`, the set cover: the fewest sites that reach every cell within the limit. Objective: how many are open.
- `mclp`, the most covered: p sites that reach as much demand as can be within the limit. Objective: that demand.
- `pmedian`: p sites with the least sum of demand times minutes to the nearest. Objective: that sum.
- `pcentre`: p sites from which the farthest cell is as near as can be. Objective: its minutes.

`lscp` and `pcentre` ask about every cell, also one with a demand of 0; to `mclp` and `pmedian` such a cell is nothing.
p counts all sites that are open at the end, existing ones included. Where fewer do as well, the rest of p goes to where
it saves most minutes times demand.

Every answer has a *bound*: no choice can be better than it. It is *proven* to be a best one where objective and bound
are the same (to one part in ten million, which is what the solver is good for); otherwise the *gap* says how far
apart they are, relative to the objective. Of several best choices the same one is found whatever the order of the rows.
With a *capacity* a site serves no more than that, and the demand of a cell may be split (`capacity`).

Sources: Toregas et al. (1971), doi 10.1287/opre.19.6.1363 (lscp); Church and ReVelle (1974), doi 10.1007/BF01942293
(mclp); Hakimi (1964), doi 10.1287/opre.12.3.450 (median and centre).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from gis.analysis.siting.cover import Cover, cover_all, covered_by_another, smallest_reach
from gis.analysis.siting.ground import Bools, Floats, Ground, prepare, refuse_unreached
from gis.analysis.siting.median import DIRECT, PROVEN, Sums, choose_least
from gis.errors import DataRejected
from gis.texts import _

Model = Literal["lscp", "mclp", "pmedian", "pcentre"]

MODELS: Final = ("lscp", "mclp", "pmedian", "pcentre")
SECONDS: Final = 30.0
"""How long the solver may look for a proof by default."""


@dataclass(frozen=True)
class Siting:
    """Which sites to open, how good that is, and how good anything could be."""

    model: Model
    objective: float
    bound: float
    """No choice is better: below it for lscp, pmedian and pcentre, above it for mclp."""
    gap: float
    """Distance between objective and bound, relative to the objective; 0 where it is proven."""
    proven: bool
    sites: tuple[str, ...]
    """Codes of all that are open, existing ones included, in order."""
    assignment: pd.DataFrame
    """On the index of demand: `site`, the nearest that is open (of equals the first by code), and `minutes`; missing
    where none is, or none within the limit. With capacities: the site that serves most of the cell, and the mean."""
    shares: pd.DataFrame | None = None
    """With capacities: `cell, site, share` of the cell's demand."""


def choose_sites(
    demand: "pd.Series[float]",
    candidates: "pd.Series[float] | pd.DataFrame",
    times: pd.DataFrame,
    *,
    model: Model,
    p: int | None = None,
    limit: float | None = None,
    existing: Sequence[str] = (),
    capacitated: bool = False,
    seed: int = 1,
    seconds: float = SECONDS,
    direct: int = DIRECT,
) -> Siting:
    """The sites to open; definitions are above.

    Parameters: `demand` of at least 0 by cell code; `candidates` by site code, a Series of capacities or a frame with
    `existing` (bool) and `capacity` as far as there are any; `times` with origin (cell), destination (site), minutes.
    `lscp` and `mclp` need `limit`, all but `lscp` need `p` (which `lscp` does not look at). `seconds` is how long the
    solver may take for the proof; `seed` is of the starts of the search. Up to `direct` pairs a median goes to the
    solver without a search. Raises DataRejected, naming cells, where no choice serves all of them, and ValueError for
    tables that are none of this.

    >>> demand = pd.Series({"a": 10.0, "b": 20.0, "c": 5.0})
    >>> rows = [("a", "N", 5), ("a", "S", 30), ("b", "N", 20), ("b", "S", 10), ("c", "S", 4)]
    >>> times = pd.DataFrame(rows, columns=["origin", "destination", "minutes"])
    >>> best = choose_sites(demand, pd.Series({"N": 1.0, "S": 1.0}), times, model="pmedian", p=1)
    >>> best.sites, best.objective, best.proven
    (('S',), 520.0, True)
    >>> choose_sites(demand, pd.Series({"N": 1.0, "S": 1.0}), times, model="mclp", p=1, limit=10).objective
    25.0
    """
    _refuse_question(model, p=p, limit=limit)
    ground = prepare(demand, candidates, times, existing=existing, limit=limit)
    opened = int(ground.kept.sum()) if p is None or model == "lscp" else p
    _refuse_number(ground, opened, model)
    if capacitated and ground.capacity is not None:
        from gis.analysis.siting.capacity import share_out  # noqa: PLC0415 - a question of its own

        return share_out(ground, demand.index, model=model, p=opened, limit=limit, seconds=seconds)
    everyone = np.ones(len(ground.cells), dtype=bool)
    match model:
        case "lscp":
            refuse_unreached(ground, everyone, limit=limit)
            found = cover_all(ground, everyone, seconds=seconds)
            return _answer(ground, demand.index, model, found.chosen, found.number, found.bound)
        case "mclp":
            chosen, bound = _choose_most(ground, opened, seed=seed, seconds=seconds, direct=direct)
            site = ground.nearest(chosen)[0]
            return _answer(ground, demand.index, model, chosen, _sum(ground.demand[site >= 0]), bound)
        case "pmedian":
            chosen, bound = _choose_median(ground, opened, limit=limit, seed=seed, seconds=seconds, direct=direct)
            cost = ground.nearest(chosen)[1]
            served = ground.demand > 0
            return _answer(ground, demand.index, model, chosen, _sum((ground.demand * cost)[served]), bound)
        case _:
            some = _enough(ground, everyone, opened, limit=limit, seconds=seconds)
            chosen, farthest, bound = smallest_reach(ground, everyone, opened, some.chosen, seconds=seconds)
            return _answer(ground, demand.index, model, _fill(ground, chosen, opened), farthest, bound)


def _refuse_question(model: Model, *, p: int | None, limit: float | None) -> None:
    if model in ("lscp", "mclp") and limit is None:
        raise ValueError(f"{model} needs a limit")
    if limit is not None and not (np.isfinite(limit) and limit >= 0):
        raise ValueError("a limit is a number of at least 0")
    if model != "lscp" and (p is None or p < 1):
        raise ValueError(f"{model} needs p, of at least 1")


def _refuse_number(ground: Ground, p: int, model: Model) -> None:
    """Raises DataRejected where p sites cannot be: fewer candidates than that, or more sites that stay."""
    there, kept = len(ground.sites), int(ground.kept.sum())
    if p > there:
        text = _("{p} sites are asked for, and there are {count} candidates. Lower p, or add some.", p=p, count=there)
        raise DataRejected(text, details={"rule": "too-many", "p": p, "candidates": there})
    if model != "lscp" and p < kept:
        text = _("{p} sites are asked for, and {count} exist and stay. p counts those too: raise it.", p=p, count=kept)
        raise DataRejected(text, details={"rule": "existing", "p": p, "existing": kept})


def _enough(ground: Ground, counted: Bools, p: int, *, limit: float | None, seconds: float) -> Cover:
    """At most p sites that reach all cells that count. Raises DataRejected where there are none."""
    refuse_unreached(ground, counted, limit=limit)
    found = cover_all(ground, counted, seconds=seconds)
    if found.number <= p:
        return found
    if found.bound > p:
        text = _("{p} sites cannot reach all cells: at least {count} are needed. Raise p.", p=p, count=found.bound)
    else:
        text = _(
            "No {p} sites that reach all cells were found in the time; {count} would do. Raise p.",
            p=p,
            count=found.number,
        )
    raise DataRejected(text, details={"rule": "too-few", "p": p, "needed": found.bound, "enough": found.number})


def _choose_median(
    ground: Ground, p: int, *, limit: float | None, seed: int, seconds: float, direct: int
) -> tuple[Bools, float]:
    """The sites, and a sum that none is below."""
    some = _enough(ground, ground.demand > 0, p, limit=limit, seconds=seconds).chosen
    sums = _weigh(ground, p)
    found = choose_least(sums, ground.kept, some, seed=seed, seconds=seconds, direct=direct)
    return _fill(ground, found.chosen, p), found.bound


def _choose_most(ground: Ground, p: int, *, seed: int, seconds: float, direct: int) -> tuple[Bools, float]:
    """The sites, and a demand that none is above. Cells that the same sites reach are one."""
    groups: dict[bytes, list[int]] = {}
    for i in np.flatnonzero(ground.demand > 0).tolist():
        at = np.sort(ground.site[ground.start[i] : ground.start[i + 1]])
        if len(at) and not ground.kept[at].any():
            groups.setdefault(at.tobytes(), []).append(i)
    held = _sum(ground.demand[ground.nearest(ground.kept)[0] >= 0])
    if not groups:
        return _fill(ground, ground.kept, p), held
    rows = [np.frombuffer(key, dtype=np.int32) for key in groups]
    far = np.array([_sum(ground.demand[members]) for members in groups.values()])
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    sums = Sums(start, np.concatenate(rows), np.zeros(start[-1]), far, must=False, p=p)
    table = np.zeros((len(ground.sites), len(rows)), dtype=bool)
    table[sums.site, np.repeat(np.arange(len(rows)), np.diff(start))] = True
    closed = covered_by_another(table, fewest=False) & ~ground.kept
    found = choose_least(sums, ground.kept, ground.kept, seed=seed, seconds=seconds, direct=direct, closed=closed)
    chosen = _fill(ground, found.chosen, p)
    reached = _sum(ground.demand[ground.nearest(chosen)[0] >= 0])
    return chosen, reached if found.bound >= found.cost else held + _sum(far) - found.bound


def _weigh(ground: Ground, p: int) -> Sums:
    """The sums of cells that have a demand; not to be served costs more than any choice that serves all."""
    people = ground.demand > 0
    part = ground.only(people[ground.cell])
    cost = part.cost * part.demand[part.cell]
    start = np.concatenate([[0], part.start[1:][people]]).astype(np.int64)
    dearest = np.maximum.reduceat(cost, start[:-1]).sum() if len(cost) else 0.0
    return Sums(start, part.site, cost, np.full(len(start) - 1, float(dearest) + 1.0), must=True, p=p)


def _fill(ground: Ground, chosen: Bools, p: int) -> Bools:
    """The same sites and as many more as p has room for, each where it saves most; of equals the first by code."""
    chosen = chosen.copy()
    longest = float(ground.cost.max(initial=0.0)) + 1.0
    while chosen.sum() < p:
        now = np.nan_to_num(ground.nearest(chosen)[1], nan=longest)
        saved = np.maximum(now[ground.cell] - ground.cost, 0.0) * ground.demand[ground.cell]
        gain = np.bincount(ground.site, weights=saved, minlength=len(chosen))
        gain[chosen] = -1.0
        chosen[int(np.argmax(gain))] = True
    return chosen


def _sum(values: Floats) -> float:
    return float(values.sum())


def _answer(ground: Ground, index: pd.Index, model: Model, chosen: Bools, objective: float, bound: float) -> Siting:
    site, cost = ground.nearest(chosen)
    codes = pd.Series(ground.sites, dtype="str")
    named = pd.DataFrame({"site": codes.reindex(site).to_numpy(), "minutes": cost}, index=ground.cells)
    assignment = named.astype({"site": "str"}).reindex(index)
    gap = abs(objective - bound) / abs(objective) if objective else abs(bound)
    proven = gap <= PROVEN
    return Siting(
        model,
        float(objective),
        float(objective if proven else bound),
        0.0 if proven else float(gap),
        proven,
        tuple(map(str, ground.sites[chosen])),
        assignment,
    )
