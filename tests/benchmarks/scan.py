"""The scan statistic beside plain numpy in one run, each on one processor, on the same replicates.

The plain way is what one writes without a further thought (`tests.unit.analysis.scan_reference.plain_maxima`):
neighbours sorted once, then for each replicate the cumulative sums along all lists and the ratio of every window. It
has so much to do that it is given a few of the replicates, and its time is multiplied; the highest ratios of those few
must be ours. Time is processor time, since other work on the machine stretches the clock for both.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from gis.analysis.scan.clusters import find_clusters, load_compiled
from gis.analysis.scan.draws import draw
from gis.analysis.scan.search import prepare
from tests.benchmarks.figures import Figure, figure, peak_megabytes
from tests.unit.analysis.scan_reference import plain_maxima

REPLICATES = 999
PLAIN_REPLICATES = 13


def run(*, quick: bool = False) -> Iterator[Figure]:
    """3,000 areas beside numpy; then how time and memory grow."""
    load_compiled()
    sizes = (300, 1_000) if quick else (1_000, 3_000, 10_000)
    middle = sizes[-2]
    frame = make_areas(middle)
    seconds, wall = min(_clocked(lambda: find_clusters(frame, replicates=REPLICATES)) for _turn in range(3))
    plain = _plain_seconds(frame)
    title = f"scan: {middle:,} areas, Poisson, {REPLICATES} replicates"
    yield figure(f"{title}, processor time", seconds, "s", peer="plain numpy", peer_value=plain)
    yield figure(f"{title}, by the clock on one thread", wall, "s")
    for model in ("poisson", "bernoulli"):
        for n in sizes:
            spent, _wall = _clocked(partial(find_clusters, make_areas(n), model=model, replicates=REPLICATES))
            yield figure(f"scan: {n:,} areas, {model}, {REPLICATES} replicates, processor time", spent, "s")
    idle = peak_megabytes(partial(_scan, 10))
    for n in sizes:
        peak = peak_megabytes(partial(_scan, n))
        yield figure(f"scan: {n:,} areas, memory above an idle process", peak - idle, "MB")


def make_areas(number: int, *, per_area: int = 10) -> pd.DataFrame:
    """Areas spread evenly, populations lognormal around 3,000, ten cases an area by chance alone."""
    rng = np.random.default_rng(number)
    population = rng.lognormal(8, 1, number).round() + 100
    return pd.DataFrame(
        {
            "area": np.arange(number).astype(str),
            "x": rng.uniform(0, 1e5, number),
            "y": rng.uniform(0, 1e5, number),
            "cases": rng.multinomial(per_area * number, population / population.sum()),
            "population": population,
        }
    )


def _scan(number: int) -> None:
    find_clusters(make_areas(number), replicates=REPLICATES)


def _clocked(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the processor and of the clock."""
    spent, begin = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - spent, time.perf_counter() - begin


def _plain_seconds(frame: pd.DataFrame) -> float:
    """What the plain way needs for all replicates. Raises ValueError where its highest ratios are not ours."""
    urn = prepare(frame, model="poisson", rates="high", max_share=0.5).urn
    states = np.random.SeedSequence(1).generate_state(REPLICATES, np.uint64).astype(np.uint64)
    few = draw(urn, states[:PLAIN_REPLICATES]).astype(np.int64)
    times = []
    for some in (few[:1], few):
        begin = time.process_time()
        highest = plain_maxima(frame, some, max_share=0.5)
        times.append(time.process_time() - begin)
    ours = find_clusters(frame, replicates=PLAIN_REPLICATES).maxima
    if not np.allclose(ours, highest, atol=1e-6):
        raise ValueError("the highest ratios differ from plain numpy's")
    return times[0] + (times[1] - times[0]) / (PLAIN_REPLICATES - 1) * (REPLICATES - 1)
