"""Access to care beside PySAL's `access` on one frame, and a what-if run beside two bare sparse products.

Cells and sites lie at random on a square; times are straight lines at one minute a unit, all pairs within 30 minutes,
in the order of the cells as a matrix of travel times is written, and once shuffled. Codes are text. PySAL's time is
from its constructor to its result; ours is `compute_access` whole, checks and nearest sites included. PySAL is given
named indexes, since without them it fails. All take turns, and the best of each counts; other work on the machine
stretches the clock, so processor time is given as well, which with threads would be that of all of them.

A what-if run is one more site with its minutes, from these to the table of access, on a `Reach` that was measured
before.
"""

import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from gis.analysis.access.measure import Reach, compute_access
from tests.benchmarks.figures import Figure, figure, peak_megabytes

MINUTES = 30.0
SIZES = ((50_000, 500), (500_000, 5_000))
PER_CELL = 32.6
THREADS = 2


class Country(NamedTuple):
    """Made-up demand, supply and times."""

    demand: "pd.Series[float]"
    supply: "pd.Series[float]"
    times: pd.DataFrame


def make_country(cells: int, sites: int, *, shuffled: bool = False) -> Country:
    """A square so large that 32.6 sites lie within 30 minutes of a cell away from its edge."""
    rng = np.random.default_rng(cells)
    side = np.sqrt(sites * np.pi * MINUTES**2 / PER_CELL)
    at, to = rng.uniform(0, side, (cells, 2)), rng.uniform(0, side, (sites, 2))
    near = cKDTree(to).query_ball_point(at, MINUTES, return_sorted=True)
    origin = np.repeat(np.arange(cells), [len(some) for some in near])
    destination = np.concatenate(near).astype(np.int64)
    minutes = np.hypot(*(at[origin] - to[destination]).T)
    names = (pd.Series([f"C{k:07d}" for k in range(cells)]), pd.Series([f"S{k:05d}" for k in range(sites)]))
    times = pd.DataFrame(
        {
            "origin": names[0].take(origin).array,
            "destination": names[1].take(destination).array,
            "minutes": minutes,
        }
    )
    if shuffled:
        times = times.sample(frac=1, random_state=1, ignore_index=True)
    demand = pd.Series(rng.integers(1, 500, cells).astype(float), index=pd.Index(names[0], name="cell"), name="people")
    supply = pd.Series(rng.integers(1, 50, sites).astype(float), index=pd.Index(names[1], name="site"), name="places")
    return Country(demand, supply, times)


def run(*, quick: bool = False) -> Iterator[Figure]:
    """Both sizes, then the what-if runs, then memory."""
    _ours(make_country(1_000, 50), threads=THREADS)
    for cells, sites in SIZES[:1] if quick else SIZES:
        country = make_country(cells, sites)
        title = f"access: E2SFCA, {cells:,} cells x {sites:,} sites, {len(country.times) / 1e6:.1f} million pairs"
        rounds = [
            [_clocked(partial(_ours, country, threads=threads)) for threads in (1, THREADS)]
            + [_clocked(partial(_peer, country))]
            for _turn in range(3 if cells < 100_000 else 2)
        ]
        one, _two, peer = (min(turn[k] for turn in rounds) for k in range(3))
        found = _ours(country, threads=1)["access"]
        if not np.allclose(found, _peer(country).reindex(found.index), rtol=1e-9):
            raise ValueError("access differs from PySAL's")
        name = "PySAL access"
        yield figure(f"{title}, one thread, processor time", one[0], "s", peer=name, peer_value=peer[0])
        best = [min(turn[k][1] for turn in rounds) for k in range(3)]
        yield figure(f"{title}, one thread, by the clock", best[0], "s", peer=name, peer_value=best[2])
        yield figure(f"{title}, {THREADS} threads, by the clock", best[1], "s", peer=name, peer_value=best[2])
        mixed = country._replace(times=country.times.sample(frac=1, random_state=1, ignore_index=True))
        spent = min(_clocked(partial(_ours, mixed, threads=1)) for _turn in range(2))
        yield figure(f"{title}, rows shuffled, one thread, processor time", spent[0], "s")
        del mixed
        yield from _what_if(country, title)
        yield from _memory(country, title)


def _memory(country: Country, title: str) -> Iterator[Figure]:
    """Each in a process of its own, which reads the frames from files; that alone is one too."""
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in country._asdict().items():
            table = frame if isinstance(frame, pd.DataFrame) else frame.to_frame()
            table.to_parquet(Path(folder) / f"{name}.parquet")
        peaks = {who: peak_megabytes(partial(_in_child, folder, who)) for who in ("frames", "ours", "peer")}
    yield figure(f"{title}, peak memory", peaks["ours"], "MB", peer="PySAL access", peer_value=peaks["peer"])
    yield figure(f"{title}, peak memory of a process that reads the frames only", peaks["frames"], "MB")


def _in_child(folder: str, who: str) -> None:
    demand, supply, times = (pd.read_parquet(Path(folder) / f"{name}.parquet") for name in Country._fields)
    country = Country(demand["people"], supply["places"], times)
    if who != "frames":
        _ours(country, threads=1) if who == "ours" else _peer(country)


def _clocked(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the processor and of the clock."""
    spent, begin = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - spent, time.perf_counter() - begin


def _ours(country: Country, *, threads: int) -> pd.DataFrame:
    return compute_access(
        country.demand, country.supply, country.times, minutes=MINUTES, method="e2sfca", threads=threads
    )


def _peer(country: Country) -> "pd.Series[float]":
    from access import Access, weights

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = Access(
            demand_df=country.demand.to_frame(),
            demand_index=True,
            demand_value="people",
            supply_df=country.supply.to_frame(),
            supply_index=True,
            supply_value=["places"],
            cost_df=country.times,
            cost_origin="origin",
            cost_dest="destination",
            cost_name="minutes",
        )
        steps = weights.step_fn({10: 1, 20: 0.68, 30: 0.22})
        found = model.enhanced_two_stage_fca(name="e", weight_fn=steps, max_cost=MINUTES)
    access: pd.Series[float] = found["e_places"]
    return access


def _what_if(country: Country, title: str) -> Iterator[Figure]:
    """One more site, from its minutes to the table of access, beside the two products alone."""
    reach = Reach.prepare(country.times, country.demand.index, country.supply.index, minutes=MINUTES, method="e2sfca")
    pairs = reach.pairs
    shape = (len(reach.cells), len(reach.sites))
    table = csr_array((pairs.weight, pairs.site, pairs.starts.astype(np.int32)), shape=shape)
    people, places = country.demand.to_numpy(), country.supply.to_numpy()
    more = pd.Series(np.linspace(0, 60, 3_000), index=country.demand.index[:3_000])
    supply = pd.concat([country.supply, pd.Series({"new": 20.0})])

    def bare() -> Any:
        return table @ (places / (table.T @ people))

    def what_if() -> Any:
        return reach.add_site("new", more).measure(country.demand, supply)

    for work in (bare, what_if):
        work()
    rounds = [[_clocked(work) for work in (what_if, bare)] for _turn in range(15)]
    peer = "two bare sparse products (scipy)"
    for place, what in enumerate(("processor time", "by the clock")):
        ours, theirs = (sorted(turn[k][place] for turn in rounds)[len(rounds) // 2] for k in range(2))
        yield figure(f"{title}, one more site, {what}", ours, "s", peer=peer, peer_value=theirs)
