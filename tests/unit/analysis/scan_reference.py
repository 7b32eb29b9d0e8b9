"""The scan as its definition reads, in plain Python: every window as a set, every ratio by its formula."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd


class Table(NamedTuple):
    """A table of areas as lists."""

    x: Sequence[float]
    y: Sequence[float]
    cases: Sequence[int]
    population: Sequence[float]


def table_of(areas: pd.DataFrame) -> Table:
    return Table(*(areas[name].tolist() for name in Table._fields))


def windows(table: Table, *, max_share: float) -> Iterator[tuple[int, frozenset[int]]]:
    """Each centre with each of its windows, from small to large; equal distances enter together."""
    number, people = range(len(table.x)), sum(table.population)
    extent = math.hypot(max(table.x) - min(table.x), max(table.y) - min(table.y))
    for centre in number:
        away = [math.hypot(table.x[j] - table.x[centre], table.y[j] - table.y[centre]) for j in number]
        for radius in sorted(set(away)):
            if any(radius < other <= radius + 1.5e-9 * extent for other in away):
                continue
            inside = frozenset(j for j in number if away[j] <= radius)
            if 0 < sum(table.population[j] for j in inside) <= max_share * people * (1 + 1e-12):
                yield centre, inside


def log_ratio(table: Table, inside: frozenset[int], *, model: str, rates: str) -> float:
    """The llr of a set of areas by the formulas of the docstring of `gis.analysis.scan.clusters`."""

    def term(count: float, size: float) -> float:
        return count * math.log(count / size) if count else 0.0

    big_c, big_n = sum(table.cases), sum(table.population)
    c, n = sum(table.cases[j] for j in inside), sum(table.population[j] for j in inside)
    e = big_c * n / big_n
    if not ((c > e and rates != "low") or (c < e and rates != "high")):
        return 0.0
    if model == "poisson":
        return term(c, e) + term(big_c - c, big_c - e)
    inside_terms = term(c, n) + term(n - c, n)
    outside_terms = term(big_c - c, big_n - n) + term(big_n - n - big_c + c, big_n - n)
    return inside_terms + outside_terms - term(big_c, big_n) - term(big_n - big_c, big_n)


def clusters(
    table: Table, *, model: str, rates: str, max_share: float, most: int = 10
) -> list[tuple[float, frozenset[int]]]:
    """The strongest windows that share no area, and their llr."""
    found = [
        (log_ratio(table, inside, model=model, rates=rates), -len(inside), -centre, inside)
        for centre, inside in windows(table, max_share=max_share)
    ]
    chosen: list[tuple[float, frozenset[int]]] = []
    taken: frozenset[int] = frozenset()
    while len(chosen) < most:
        free = [one for one in found if not one[3] & taken and one[0] > 1e-9]
        if not free:
            break
        top = max(one[0] for one in free)
        best = max((one for one in free if one[0] >= top - 1e-9), key=lambda one: one[1:3])
        chosen.append((best[0], best[3]))
        taken |= best[3]
    return chosen


def highest(table: Table, cases: Sequence[int], *, model: str, rates: str, max_share: float) -> float:
    """The highest llr over all windows for other cases."""
    other = table._replace(cases=cases)
    sets = {inside for _centre, inside in windows(table, max_share=max_share)}
    return max((log_ratio(other, inside, model=model, rates=rates) for inside in sets), default=0.0)


def plain_maxima(areas: pd.DataFrame, replicates: np.ndarray, *, max_share: float) -> np.ndarray:
    """What one writes in numpy without a further thought: Poisson, high rates, one replicate (a row) after another.

    Sorted neighbours of all centres, cumulative sums along them, the ratio of every window.
    """
    x, y, population = (areas[name].to_numpy(dtype=float) for name in ("x", "y", "population"))
    order = np.argsort(np.hypot(x[:, None] - x, y[:, None] - y), axis=1, kind="stable")
    share = np.cumsum(population[order], axis=1) / population.sum()
    width = int((share <= max_share).sum(axis=1).max())
    order, total = order[:, :width], replicates[0].sum()
    expected = np.where(share <= max_share, share, np.nan)[:, :width] * total
    best = np.zeros(len(replicates))
    with np.errstate(divide="ignore", invalid="ignore"):
        for r, cases in enumerate(replicates):
            c = np.cumsum(cases[order], axis=1)
            rest = total - c
            ratio = np.where(c > 0, c * np.log(c / expected), 0) + np.where(
                rest > 0, rest * np.log(rest / (total - expected)), 0
            )
            best[r] = np.nanmax(np.where(c > expected, ratio, 0.0))
    return best
