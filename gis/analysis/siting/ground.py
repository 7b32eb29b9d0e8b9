"""What a siting problem is given: cells with demand, candidate sites, and the cost of each pair between them.

Cells and sites are numbered in the order of their codes, and the pairs of a cell stand nearest first, of equals by
code. So nothing depends on the order of the rows that they came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import DataRejected
from gis.texts import _

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NAMED: Final = 10
"""Codes that a sentence names; the details of the error hold all of them."""


@dataclass(frozen=True)
class Ground:
    """Cells, sites and pairs, by number."""

    cells: NDArray[Any]
    """Codes, in order."""
    sites: NDArray[Any]
    demand: Floats
    kept: Bools
    """Sites that serve already and stay."""
    capacity: Floats | None
    start: NDArray[np.int64]
    """The pairs of cell i are those from start[i] up to start[i + 1]."""
    site: NDArray[np.int32]
    cost: Floats

    @property
    def cell(self) -> NDArray[np.int64]:
        """The cell of each pair."""
        return np.repeat(np.arange(len(self.cells)), np.diff(self.start))

    def nearest(self, chosen: Bools) -> tuple[NDArray[np.int64], Floats]:
        """For each cell the nearest chosen site, -1 where no pair leads to one, and what it costs (NaN there)."""
        cell = self.cell
        at = np.flatnonzero(chosen[self.site])
        first = np.unique(cell[at], return_index=True)
        site = np.full(len(self.cells), -1, dtype=np.int64)
        cost = np.full(len(self.cells), np.nan)
        site[first[0]] = self.site[at[first[1]]]
        cost[first[0]] = self.cost[at[first[1]]]
        return site, cost

    def only(self, mask: Bools) -> "Ground":
        """The same with only some of the pairs."""
        start = np.concatenate([[0], np.cumsum(np.bincount(self.cell[mask], minlength=len(self.cells)))])
        return Ground(
            self.cells, self.sites, self.demand, self.kept, self.capacity, start, self.site[mask], self.cost[mask]
        )


def prepare(
    demand: "pd.Series[float]",
    candidates: "pd.Series[float] | pd.DataFrame",
    times: pd.DataFrame,
    *,
    existing: Sequence[str] = (),
    limit: float | None = None,
) -> Ground:
    """The ground of tables as `choose.choose_sites` takes them. Raises ValueError for broken ones."""
    table = candidates if isinstance(candidates, pd.DataFrame) else candidates.rename("capacity").to_frame()
    if demand.index.has_duplicates or table.index.has_duplicates:
        raise ValueError("each cell and each candidate has one row")
    people = demand.astype("float64").sort_index()
    table = table.sort_index()
    if not np.isfinite(people).all() or (people < 0).any():
        raise ValueError("demand is a number of at least 0")
    cell = people.index.get_indexer(pd.Index(times["origin"]))
    site = table.index.get_indexer(pd.Index(times["destination"]))
    cost = times["minutes"].to_numpy("float64")
    if (cell < 0).any() or (site < 0).any() or not np.isfinite(cost).all() or (cost < 0).any():
        raise ValueError("times lead from a cell to a candidate, in numbers of at least 0")
    kept = np.isin(table.index.to_numpy(dtype=object), list(existing))
    if kept.sum() != len(set(existing)):
        raise ValueError("an existing site is one of the candidates")
    if "existing" in table:
        kept |= table["existing"].to_numpy(dtype=bool)
    if limit is not None:
        near = cost <= limit
        cell, site, cost = cell[near], site[near], cost[near]
    order = np.lexsort((site, cost, cell))
    cell, site, cost = cell[order], site[order], cost[order]
    if len(np.unique(cell * np.int64(len(table) + 1) + site)) != len(cell):
        raise ValueError("each pair of cell and candidate has one time")
    return Ground(
        people.index.to_numpy(dtype=object),
        table.index.to_numpy(dtype=object),
        np.asarray(people, dtype=np.float64),
        kept,
        table["capacity"].to_numpy("float64") if "capacity" in table else None,
        np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=len(people)))]).astype(np.int64),
        site.astype(np.int32),
        cost,
    )


def refuse_unreached(ground: Ground, counted: Bools, *, limit: float | None) -> None:
    """Raises DataRejected naming the cells, among those that count, to which no candidate leads."""
    alone = ground.cells[counted & (np.diff(ground.start) == 0)]
    if not len(alone):
        return
    codes = list(map(str, alone))
    values = {"cells": name_some(codes), "limit": f"{limit:g}" if limit is not None else ""}
    text = (
        _("No candidate reaches these cells: {cells}. Add candidates, or leave the cells out.", **values)
        if limit is None
        else _(
            "No candidate within {limit} reaches these cells: {cells}. Raise the limit, add candidates, or leave the "
            "cells out.",
            **values,
        )
    )
    raise DataRejected(text, details={"rule": "unreached", "cells": codes})


def name_some(codes: Sequence[str]) -> str:
    """The first codes, and how many more there are."""
    named = ", ".join(codes[:NAMED])
    return named if len(codes) <= NAMED else _("{codes} and {count} more", codes=named, count=len(codes) - NAMED)
