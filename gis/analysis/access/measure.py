"""Access to care: how much of the sites' capacity is there for each person of a cell, and how far the nearest site is.

A *cell* has *demand* (people), a *site* has *supply* (its capacity), and a row of the times says how many minutes it
takes from a cell (origin) to a site (destination). Times are not symmetric, and the way back is never looked at. The
*load* of a site is the demand of all cells that have it in their catchment, each times the weight of the pair; its
*ratio* is capacity by load. The *access* of a cell is the sum of the ratios of the sites in its catchment, again
times the weights (`gis.analysis.access.weights` has methods and weights). So access times demand, added up over all
cells, is the capacity of all sites that demand reaches: nothing is handed out twice, nothing gets lost. A site that
no demand reaches has no ratio and adds nothing.

A cell that no row leads out of is *unreachable*: its access and nearest site are missing. One whose sites all lie
beyond the catchment has access 0 and a nearest site further than that. The nearest site is taken over all rows; of
sites equally near, the first by code.

Loads are added up in whole numbers (`gis.analysis.access.kernel`), so any number of threads, and any parts that the
cells are cut into, give the same bits. A cell's ratios are added in the order of its rows.
"""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gis.analysis.access import kernel
from gis.analysis.access.checks import align, reject, rows_of
from gis.analysis.access.codes import Lookup
from gis.analysis.access.kernel import Floats, Ints, Longs, Rule, Scale, Settled
from gis.analysis.access.threads import cut_evenly, in_threads
from gis.analysis.access.weights import Weights, make_rule
from gis.errors import DataRejected
from gis.texts import _
from gis.validate.access import check_demand, check_supply, check_times, check_weights

_TINY = 1e-150
"""Choices that weigh less in all are none: the square of a weight would be 0."""


class Added(NamedTuple):
    """A site that was added afterwards."""

    code: str
    cell: Ints
    weight: Floats


class Last(NamedTuple):
    """What came of the table's pairs the last time: one more site changes none of it, unless cells choose."""

    demand: Floats
    """As shared out among the choices."""
    scale: Scale
    load: Longs
    ratio: Floats
    spread: Floats
    """What these ratios come to in each cell."""


@dataclass(frozen=True)
class Reach:
    """Which sites each cell reaches, and with what weight: made once, then asked for any demand and supply."""

    lookup: Lookup
    """Of the cells."""
    sites: "pd.Index[Any]"
    """Of the table; those added afterwards come behind them."""
    rule: Rule
    pairs: Settled
    greatest: float
    """The largest weight of a pair."""
    added: tuple[Added, ...] = ()
    threads: int = 1
    last: dict[str, Last] = field(default_factory=dict, compare=False, repr=False)
    """Kept for a what-if run, shared with every Reach that was made of this one by adding sites."""

    @classmethod
    def prepare(
        cls,
        times: pd.DataFrame,
        cells: "pd.Index[Any]",
        sites: "pd.Index[Any] | Lookup",
        *,
        minutes: float,
        method: str = "2sfca",
        weights: Weights | None = None,
        choice: str = "table",
        threads: int = 1,
    ) -> "Reach":
        """From times with origin (cell), destination (site), minutes, and the codes that there are.

        Raises DataRejected (`details["problems"]`: row counted from 1, column, remedy) for a code that stands twice or
        is unknown, for minutes that are missing, infinite or below 0, and for two rows of one pair.
        """
        rule = make_rule(minutes, method, weights, choice)
        found = sites if isinstance(sites, Lookup) else Lookup(pd.Index(sites))
        cells, sites = pd.Index(cells), found.index
        if not (cells.is_unique and sites.is_unique):
            reject(check_demand(pd.DataFrame({"cell": cells, "demand": 0.0}, index=rows_of(cells))))
            reject(check_supply(pd.DataFrame({"site": sites, "capacity": 1.0}, index=rows_of(sites))))
        lookup = Lookup(cells)
        cell = lookup.find(times["origin"], threads=threads)
        site = found.find(times["destination"], threads=threads)
        taken = times["minutes"].to_numpy(np.float64, na_value=np.nan)
        counts, kept = np.zeros(len(cells), dtype=np.int64), np.zeros(len(cells), dtype=np.int64)
        wrong, in_order = kernel.check_rows(cell, site, taken, rule.limit, counts, kept)
        if wrong:
            reject(check_times(times.set_axis(rows_of(times.index)), cells=cells, sites=sites))
        starts, pairs = np.append(0, np.cumsum(counts)), _room(np.append(0, np.cumsum(kept)))
        if not in_order:
            unordered = cell, site, taken
            site, taken = np.empty_like(site), np.empty_like(taken)
            kernel.put_in_order(*unordered, starts, site, taken)

        def settle(some: tuple[int, int]) -> tuple[float, int]:
            return kernel.settle(rule, starts, site, taken, found.rank, some, pairs)

        done = in_threads(settle, cut_evenly(starts, threads))
        if any(doubled >= 0 for _weight, doubled in done):
            reject(check_times(times.set_axis(rows_of(times.index)), cells=cells, sites=sites))
        greatest = max((weight for weight, _doubled in done), default=0.0)
        if not np.isfinite(greatest):
            reject(check_weights(times.set_axis(rows_of(times.index))))
        return cls(lookup, sites, rule, pairs, greatest, threads=threads)

    @property
    def cells(self) -> "pd.Index[Any]":
        """The codes of the cells."""
        return self.lookup.index

    @property
    def codes(self) -> "pd.Index[Any]":
        """The codes of all sites, those that were added last."""
        return self.sites.append(pd.Index([one.code for one in self.added])) if self.added else self.sites

    def add_site(self, code: str, minutes_by_cell: "pd.Series[float]") -> "Reach":
        """The same with one more site: minutes to it by cell; a cell that is left out or missing does not reach it.

        Raises DataRejected for a code that there is already, an unknown cell, or minutes below 0.
        """
        if code in self.codes:
            raise DataRejected(_("There is a site {code} already. Give the new one another code.", code=code))
        known = minutes_by_cell.dropna()
        taken = np.asarray(known, dtype=np.float64)
        cell = self.lookup.find(known.index)
        if (cell < 0).any() or not (np.isfinite(taken) & (taken >= 0)).all() or not known.index.is_unique:
            frame = pd.DataFrame(
                {"origin": known.index, "destination": code, "minutes": taken}, index=rows_of(known.index)
            )
            reject(check_times(frame, cells=self.cells, sites=pd.Index([code])))
        weight = kernel.weigh_all(self.rule, taken)
        if not np.isfinite(weight).all():
            reject(check_weights(pd.DataFrame({"minutes": taken}, index=rows_of(known.index))))
        within = taken <= self.rule.limit
        pairs = self._with_nearest(code, cell, taken)
        pairs.chosen[cell] += np.where(within | self.rule.whole, weight, 0.0)
        one = Added(code, cell[within], (weight**2 if self.rule.squared else weight)[within])
        greatest = max(self.greatest, float(weight[within].max(initial=0.0)))
        return replace(self, pairs=pairs, added=(*self.added, one), greatest=greatest)

    def _with_nearest(self, code: str, cell: Ints, taken: Floats) -> Settled:
        """The pairs, with columns of their own for what one more site changes."""
        pairs = self.pairs
        before, minutes = pairs.nearest[cell], pairs.nearest_minutes[cell]
        nearer, level = ~(taken >= minutes), taken == minutes
        nearer[level] = [name > str(code) for name in self.codes.astype("str")[before[level]]]
        nearest, nearest_minutes = pairs.nearest.copy(), pairs.nearest_minutes.copy()
        nearest[cell[nearer]], nearest_minutes[cell[nearer]] = len(self.codes), taken[nearer]
        return pairs._replace(nearest=nearest, nearest_minutes=nearest_minutes, chosen=pairs.chosen.copy())

    def share_demand(self, demand: Floats) -> Floats:
        """What of a cell's demand is weighed by its pairs: with three steps, each choice gets its share of it."""
        if not self.rule.squared:
            return demand
        chosen = self.pairs.chosen
        return np.divide(demand, chosen, out=np.zeros_like(demand), where=chosen > _TINY)

    def load_sites(self, demand: Floats, scale: Scale) -> Longs:
        """The load of each site of the table, two whole numbers in the units of `scale`; parts may be added up.

        `demand` as `share_demand` gives it.
        """

        def add(some: tuple[int, int]) -> Longs:
            load = np.zeros((len(self.sites), 2), dtype=np.int64)
            kernel.add_load(*self.pairs[:3], demand, scale, some, load)
            return load

        return sum(in_threads(add, cut_evenly(self.pairs.starts, self.threads)), np.zeros((1, 2), dtype=np.int64))

    def spread_ratios(self, ratio: Floats) -> Floats:
        """Weighted sum, by cell, of the ratios of the table's sites."""
        spread = np.empty(len(self.cells))

        def work(some: tuple[int, int]) -> None:
            kernel.spread(*self.pairs[:3], ratio, some, spread)

        in_threads(work, cut_evenly(self.pairs.starts, self.threads))
        return spread

    def finish(self, spread: Floats) -> Floats:
        """Access from these sums: shared out among the choices, NaN for a cell that is unreachable."""
        access = self.share_demand(spread)
        return np.where(self.pairs.nearest < 0, np.nan, access)

    def measure(self, demand: "pd.Series[Any]", supply: "pd.Series[Any]") -> pd.DataFrame:
        """Access and nearest site of each cell, on the index of the cells; see `compute_access`.

        `demand` has every cell and `supply` every site, in any order. Raises DataRejected where one is missing, below
        0, or not finite, and for a site without capacity.
        """
        people = align(demand, self.cells, check_demand, ("cell", "demand"))
        capacity = align(supply, self.codes, check_supply, ("site", "capacity"))
        scale = kernel.make_scale(greatest=self.greatest * float(people.max(initial=0.0)), cells=len(people))
        shared, last = self.share_demand(people), self.last.get("run")
        same = last is not None and last.scale == scale and np.array_equal(last.demand, shared)
        load = last.load if last and same else self.load_sites(shared, scale)
        more = np.zeros((len(self.added), 2), dtype=np.int64)
        for row, one in enumerate(self.added):
            kernel.add_one(one.cell, one.weight, shared, scale, more[row])
        ratio = find_ratios(np.concatenate([load, more]), capacity, scale)
        known = ratio[: len(self.sites)]
        if last is None or not same or not np.array_equal(last.ratio, known):
            last = Last(shared.copy(), scale, load, known, self.spread_ratios(known))
            self.last["run"] = last
        spread = last.spread.copy()
        for one, part in zip(self.added, ratio[len(known) :], strict=True):
            spread[one.cell] += one.weight * part
        return self.tabulate(self.finish(spread))

    def tabulate(self, access: Floats) -> pd.DataFrame:
        """Access with the nearest site beside it."""
        names = self.codes.astype("str").array.take(self.pairs.nearest, allow_fill=True)
        columns = {"access": access, "nearest_site": names, "nearest_minutes": self.pairs.nearest_minutes}
        return pd.DataFrame(columns, index=self.cells)


def compute_access(
    demand: "pd.Series[Any]",
    supply: "pd.Series[Any]",
    times: pd.DataFrame,
    *,
    minutes: float,
    method: str = "2sfca",
    weights: Weights | None = None,
    choice: str = "table",
    threads: int = 1,
) -> pd.DataFrame:
    """Capacity for each person, and the nearest site, of every cell.

    `demand`: people by cell code; `supply`: capacity by site code; `times`: origin (cell), destination (site),
    minutes. On the index of `demand`: `access` (float64, in capacity for one person; NaN where unreachable),
    `nearest_site` (str or missing), `nearest_minutes` (float64 or NaN). Raises DataRejected with every problem of the
    three tables.

    >>> times = pd.DataFrame({"origin": ["a", "b"], "destination": ["s", "s"], "minutes": [5.0, 40.0]})
    >>> compute_access(pd.Series({"a": 10, "b": 5, "c": 1}), pd.Series({"s": 2}), times, minutes=30)
       access nearest_site  nearest_minutes
    a     0.2            s              5.0
    b     0.0            s             40.0
    c     NaN          NaN              NaN
    """
    reach = Reach.prepare(
        times,
        demand.index,
        supply.index,
        minutes=minutes,
        method=method,
        weights=weights,
        choice=choice,
        threads=threads,
    )
    return reach.measure(demand, supply)


def find_ratios(load: Longs, capacity: Floats, scale: Scale) -> Floats:
    """Capacity by load of each site; 0 for one that no demand reaches."""
    people = load[:, 0] / scale.coarse + load[:, 1] / scale.fine
    return np.divide(capacity, people, out=np.zeros_like(people), where=people > 0)


def _room(starts: Longs) -> Settled:
    """Columns for so many pairs."""
    cells, pairs = len(starts) - 1, int(starts[-1])
    return Settled(
        starts,
        np.empty(pairs, dtype=np.int32),
        np.empty(pairs),
        np.empty(cells),
        np.empty(cells, dtype=np.int32),
        np.empty(cells),
    )
