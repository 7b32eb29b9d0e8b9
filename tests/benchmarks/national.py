"""A country in parts: one process, one worker, two workers; and how time and memory grow, to size a real country.

The country is made up: villages lie in clusters of fifty, sites where villages lie, as many to a village as 1,000,000
facilities have to 650,000 villages. Times are straight lines times 1.3 at 30 km/h within 30 minutes, found with a k-d
tree: a national road network is no part of this package, and where the minutes come from changes nothing in what is
measured but the number of pairs. Making the country is not measured.

Time and memory of one process are taken at three sizes; the straight line through them, in pairs, gives what the whole
country needs, all parts held in memory. The price of a core-hour is an input, WANGGE_CORE_HOUR_PRICE; without it, only
core-hours are reported. Overhead is that of one worker on the same parts beside this process alone. Other work on the
machine stretches the clock, so the processor time of all processes together is reported too.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from gis.roles import SYSTEM
from gis.services.care.access_table import Asked
from gis.services.care.national import make_job, national_access
from gis.services.care.national_crew import Crew, Workers, crew_of
from tests.benchmarks.figures import Figure, figure, peak_megabytes

VILLAGES, FACILITIES = 650_000, 1_000_000
SIZES = (10_000, 30_000, 90_000)
PER_PART = 2_500
KM_PER_MINUTE = 30 / 60
REACH_KM = 30 * KM_PER_MINUTE / 1.3
PER_CLUSTER = 50
CLUSTER_KM = 1.2
SPACING_KM = 12.0
ASKED = Asked(30.0, "e2sfca")


class Nation(NamedTuple):
    """A folder with demand, times and supply.parquet."""

    folder: Path
    cells: int
    pairs: int


def make_nation(folder: Path, cells: int) -> Nation:
    """Towns and their villages on a square, cut into strips of 2,500 cells."""
    rng = np.random.default_rng(cells)
    centres = rng.uniform(0, SPACING_KM * np.sqrt(cells / PER_CLUSTER), (cells // PER_CLUSTER, 2))
    at = np.repeat(centres, PER_CLUSTER, axis=0) + rng.normal(0, CLUSTER_KM, (cells // PER_CLUSTER * PER_CLUSTER, 2))
    at = at[at[:, 0].argsort()]
    sites = len(at) * FACILITIES // VILLAGES
    to = at[rng.integers(0, len(at), sites)] + rng.normal(0, 0.3, (sites, 2))
    tree, pairs = cKDTree(to), 0
    names = pd.Series([f"F{k:07d}" for k in range(sites)], dtype="str")
    for kind in ("demand", "times"):
        (folder / kind).mkdir(parents=True)
    for part, start in enumerate(range(0, len(at), PER_PART)):
        some = at[start : start + PER_PART]
        near = tree.query_ball_point(some, REACH_KM, return_sorted=True)
        cell = np.repeat(np.arange(len(some)), [len(one) for one in near])
        site = np.concatenate(near).astype(np.int64)
        minutes = np.hypot(*(some[cell] - to[site]).T) * 1.3 / KM_PER_MINUTE
        codes = pd.Series([f"V{start + k:012d}" for k in range(len(some))], dtype="str")
        frame = pd.DataFrame(
            {"origin": codes.take(cell).array, "destination": names.take(site).array, "minutes": minutes}
        )
        frame.to_parquet(folder / "times" / f"{part:04d}.parquet", index=False)
        people = pd.DataFrame({"cell": codes, "demand": rng.lognormal(2, 1, len(some))})
        people.to_parquet(folder / "demand" / f"{part:04d}.parquet", index=False)
        pairs += len(frame)
    supply = pd.DataFrame({"site": names, "capacity": rng.integers(1, 40, sites).astype(float)})
    supply.to_parquet(folder / "supply.parquet", index=False)
    return Nation(folder, len(at), pairs)


def run(*, quick: bool = False) -> Iterator[Figure]:
    """The slope with this process alone; then workers on the largest size."""
    with tempfile.TemporaryDirectory(prefix="wangge-nation-") as folder:
        sizes = (2_500, 5_000, 10_000) if quick else SIZES
        nations = [make_nation(Path(folder) / str(cells), cells) for cells in sizes]
        yield from _slope(nations)
        yield from _workers(nations[-1])


def _slope(nations: list[Nation]) -> Iterator[Figure]:
    """Time and memory by size, and what they come to for the whole country."""
    seconds, megabytes = [], []
    with crew_of(cluster=None, workers=0) as crew:
        _measure(nations[0].folder, crew)
        for nation in nations:
            begin = time.process_time()
            _measure(nation.folder, crew)
            seconds.append(time.process_time() - begin)
            megabytes.append(peak_megabytes(partial(_alone, nation.folder)))
            title = f"national: {nation.cells:,} cells, {nation.pairs / 1e6:.2f} million pairs, one process"
            yield figure(f"{title}, processor time", seconds[-1], "s")
            yield figure(f"{title}, peak memory", megabytes[-1], "MB")
    pairs = np.array([nation.pairs for nation in nations], dtype=float)
    per_cell = nations[-1].pairs / nations[-1].cells
    time_slope, time_base = np.polyfit(pairs, seconds, 1)
    memory_slope, memory_base = np.polyfit(pairs, megabytes, 1)
    country = per_cell * VILLAGES
    title = f"national: {VILLAGES:,} villages, {FACILITIES:,} facilities, {country / 1e6:.0f} million pairs"
    yield figure("national: slope of processor time", time_slope * 1e6, "s per million pairs")
    yield figure("national: slope of memory", memory_slope * 1e6, "MB per million pairs")
    hours = (time_base + time_slope * country) / 3600
    yield figure(f"{title}, by the slope", hours, "core-hours")
    yield figure(f"{title}, memory of all workers by the slope", (memory_base + memory_slope * country) / 1024, "GB")
    price = os.environ.get("WANGGE_CORE_HOUR_PRICE")
    if price is not None:
        yield figure(f"{title}, at WANGGE_CORE_HOUR_PRICE={price}", hours * float(price), "of that currency")


def _workers(nation: Nation) -> Iterator[Figure]:
    """One worker beside this process, two beside one, in turns; workers are up and warm, as on a standing cluster."""
    spent: dict[int, list[tuple[float, float]]] = {0: [], 1: [], 2: []}
    results: dict[int, Any] = {}
    for _turn in range(3):
        for workers, times in spent.items():
            with crew_of(cluster=None, workers=workers) as crew:
                results[workers] = _warm(nation, crew, times)
    if not results[0] == results[1] == results[2]:
        raise ValueError("workers give another result than one process")
    title = f"national: {nation.cells:,} cells, {nation.pairs / 1e6:.2f} million pairs"
    for place, what in enumerate(("by the clock", "processor time of all processes")):
        middle = {workers: sorted(pair[place] for pair in times)[1] for workers, times in spent.items()}
        peer = "this process alone"
        yield figure(f"{title}, one worker, {what}", middle[1], "s", peer=peer, peer_value=middle[0])
        yield figure(f"{title}, two workers, {what}", middle[2], "s", peer="one worker", peer_value=middle[1])


def _warm(nation: Nation, crew: Crew, times: list[tuple[float, float]]) -> dict[str, Any]:
    """The second run of a crew, by the clock and by the processors; the first one loads code."""
    _measure(nation.folder, crew)
    begin, spent = time.perf_counter(), _spent(crew)
    found = _measure(nation.folder, crew)
    times.append((time.perf_counter() - begin, _spent(crew) - spent))
    return found


def _spent(crew: Crew) -> float:
    """Processor seconds of this process, in which the scheduler runs, and of the workers."""
    workers = crew.ask(time.process_time) if isinstance(crew, Workers) else []
    return float(time.process_time() + sum(workers))


def _measure(folder: Path, crew: Crew) -> dict[str, Any]:
    """The whole run, files in and files out; the result is removed."""
    job = make_job(folder / "demand", folder / "supply.parquet", folder / "times", folder / "out", ASKED)
    found = national_access(SYSTEM, job, crew)
    shutil.rmtree(folder / "out")
    return found


def _alone(folder: Path) -> None:
    with crew_of(cluster=None, workers=0) as crew:
        _measure(folder, crew)
