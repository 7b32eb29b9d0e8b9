"""Access to care beside PySAL's `access` on one frame, and a what-if run beside two bare sparse products.

Cells and sites lie at random on a square; times are straight lines at one minute a unit, all pairs within 30 minutes,
in the order of the cells as a matrix of travel times is written, and once shuffled. Codes are text. PySAL's time is
from its constructor to its result; ours is `compute_access` whole, checks and nearest sites included. PySAL is given
named indexes, since without them it fails. Both get the same frames, in turns.
"""

import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from gis.analysis.access import Reach, compute_access
from tests.benchmarks.figures import Figure, figure, medians_side_by_side, peak_megabytes

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
        works = {"ours": partial(_ours, country, threads=THREADS), "one": partial(_ours, country, threads=1)}
        timed: Any = medians_side_by_side(works, repeats=5)
        peer: Any = medians_side_by_side({"peer": partial(_peer, country)}, repeats=3 if cells < 100_000 else 1)
        if not np.allclose(timed["ours"][1]["access"], peer["peer"][1].reindex(country.demand.index), rtol=1e-9):
            raise ValueError("access differs from PySAL's")
        theirs = peer["peer"][0]
        name = "PySAL access"
        yield figure(f"{title}, {THREADS} threads", timed["ours"][0], "s", peer=name, peer_value=theirs)
        yield figure(f"{title}, one thread", timed["one"][0], "s", peer=name, peer_value=theirs)
        mixed = country._replace(times=country.times.sample(frac=1, random_state=1, ignore_index=True))
        spent: Any = medians_side_by_side({"ours": partial(_ours, mixed, threads=THREADS)})
        yield figure(f"{title}, rows shuffled, {THREADS} threads", spent["ours"][0], "s")
        yield from _what_if(country, title)
        idle = peak_megabytes(partial(make_country, cells, sites))
        ours = peak_megabytes(partial(_made, cells, sites, "ours"))
        theirs = peak_megabytes(partial(_made, cells, sites, "peer"))
        yield figure(f"{title}, peak memory", ours, "MB", peer="PySAL access", peer_value=theirs)
        yield figure(f"{title}, peak memory of the frames alone, while they are made", idle, "MB")


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


def _made(cells: int, sites: int, who: str) -> None:
    country = make_country(cells, sites)
    _ours(country, threads=THREADS) if who == "ours" else _peer(country)


def _what_if(country: Country, title: str) -> Iterator[Figure]:
    """One more site, from its minutes to the table of access, beside the two products alone."""
    reach = Reach.prepare(
        country.times, country.demand.index, country.supply.index, minutes=MINUTES, method="e2sfca", threads=THREADS
    )
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
    timed: Any = medians_side_by_side({"ours": what_if, "bare": bare}, repeats=9)
    peer = "two bare sparse products (scipy)"
    yield figure(
        f"{title}, one more site, {THREADS} threads", timed["ours"][0], "s", peer=peer, peer_value=timed["bare"][0]
    )
