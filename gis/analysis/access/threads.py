"""Work on runs of cells, shared out to threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from gis.analysis.access.kernel import Longs


def cut_evenly(starts: Longs, threads: int) -> list[tuple[int, int]]:
    """Runs of cells with about as many pairs each."""
    edges = np.searchsorted(starts, np.linspace(0, starts[-1], threads + 1)[1:-1])
    places = [0, *map(int, edges), len(starts) - 1]
    return list(pairwise(places))


def in_threads(work: Callable[[tuple[int, int]], Any], runs: list[tuple[int, int]]) -> list[Any]:
    """The results of the work on each run, in order."""
    if len(runs) == 1:
        return [work(runs[0])]
    with ThreadPoolExecutor(len(runs)) as pool:
        return list(pool.map(work, runs))
