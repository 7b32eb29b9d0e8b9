"""The search of the scan: the windows of the data in their order, and the highest ratio of each replicate."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.analysis.scan import kernel
from gis.analysis.scan.draws import Urn, draw, make_urn, pack, plan_rows
from gis.analysis.scan.kernel import Bars, Bounds, Odds
from gis.analysis.scan.lanes import LANES, MOST_SMALL, STEPS, Counts, Sums, fill_rows
from gis.analysis.scan.lists import RESOLUTION, Floats, Ground, Lists, fill_lists, list_near

Ints = NDArray[np.int64]

_BINS: Final = 1024
_HIGHEST: Final = 32
"""The ratio up to which there are floors and ceilings; no harm is done above it but to speed."""
_BATCH: Final = 128
"""Centres whose lists are held at once."""
_WAVE: Final = 32
"""Blocks of replicates that are held at once."""
_TIE: Final = 1e-9
_GOLDEN: Final = 0.6180339887498949


class Window(NamedTuple):
    """A window of the data: positions of its areas and of its centre, its radius and its ratio."""

    members: Ints
    centre: int
    radius: float
    llr: float


@dataclass(frozen=True)
class Search:
    """What does not change while a scan goes on."""

    grounds: tuple[Ground, ...]
    """One for each shape of window."""
    odds: Odds
    cases: Ints
    urn: Urn
    begins: NDArray[np.int32]
    """The further rows of each area."""
    bars: Bars


def prepare(areas: pd.DataFrame, *, model: str, rates: str, max_share: float, ellipses: Sequence[float] = ()) -> Search:
    """The areas as the compiled code wants them; columns and meanings as of `find_clusters`."""
    x, y, population = (areas[name].to_numpy(dtype=np.float64, copy=True) for name in ("x", "y", "population"))
    cases = areas["cases"].to_numpy(dtype=np.int64, copy=True)
    total, poisson = int(cases.sum()), model == "poisson"
    share, limit = population / population.sum(), max_share * (1 + 1e-12)
    shapes = [(1.0, 0.0), *((q, np.pi * k / int(3 * q)) for q in ellipses for k in range(int(3 * q)))]
    logs = np.log(np.maximum(np.arange(total + 1, dtype=np.float64), 1.0))
    odds = Odds(poisson, rates != "low", rates != "high", total, float(population.sum()), logs)
    urn = make_urn(population, total, put_back=poisson)
    return Search(
        grounds=tuple(_turn(x, y, population, limit, ratio, angle) for ratio, angle in shapes),
        odds=odds,
        cases=cases,
        urn=urn,
        begins=plan_rows(urn),
        bars=_make_bars(odds, _make_edges(share, max_share)),
    )


def _turn(x: Floats, y: Floats, population: Floats, limit: float, ratio: float, angle: float) -> Ground:
    """The plane turned and stretched so that ellipses of one shape become circles with their long axis as radius."""
    x, y = x - (x.min() + x.max()) / 2, y - (y.min() + y.max()) / 2
    along, across = x * np.cos(angle) + y * np.sin(angle), (y * np.cos(angle) - x * np.sin(angle)) * ratio
    if ratio == 1.0:
        along, across = x, y
    extent = float(np.hypot(np.ptp(along), np.ptp(across)))
    total = float(population.sum())
    return Ground(along, across, population, total, limit, RESOLUTION / extent if extent > 0 else 0.0)


def _make_edges(share: Floats, max_share: float) -> Floats:
    """Bins of shares, narrower where shares are small, as the spread of the counts is."""
    smallest = share[share > 0].min() * (1 - 1e-9)
    low, high = np.arcsin(np.sqrt(smallest)), np.arcsin(np.sqrt(max_share))
    edges: Floats = np.sin(np.linspace(low, max(low, high), _BINS + 1)) ** 2
    edges[0], edges[-1] = min(edges[0], smallest), max(edges[-1], max_share * (1 + 1e-9))
    return edges


def _make_bars(odds: Odds, edges: Floats) -> Bars:
    """Floors and ceilings of all levels; on a side that is not looked for they are out of reach."""
    ceilings: Sums = np.zeros((_HIGHEST * kernel.LEVELS, _BINS), dtype=np.int16)
    if odds.cases > MOST_SMALL:
        ceilings = ceilings.astype(np.int32)
    bars = Bars(edges, ceilings + np.iinfo(ceilings.dtype).max, ceilings)
    kernel.fill_bars(odds, bars)
    return bars


def find_windows(search: Search) -> Iterator[Window]:
    """Windows above 0 in their order: each the highest of those that share no area with those before."""
    areas = len(search.cases)
    taken = np.zeros(areas, dtype=np.bool_)
    best, radius = np.zeros((len(search.grounds), areas)), np.zeros((len(search.grounds), areas))
    size = np.full((len(search.grounds), areas), -1, dtype=np.int64)
    while not taken.all():
        for s, ground in enumerate(search.grounds):
            kernel.find_bests(ground, search.odds, search.bars, search.cases, taken, best[s], size[s], radius[s])
        equal = np.argwhere(best >= best.max() - _TIE)
        if best.max() <= _TIE:
            return
        s, centre = min(map(tuple, equal.tolist()), key=lambda place: (size[place], place))
        found = _window(search, s, centre, taken, int(size[s, centre]))
        yield Window(found, centre, float(radius[s, centre]), float(best[s, centre]))
        taken[found] = True
        for s, ground in enumerate(search.grounds):
            size[s, _reaching(ground, found, radius[s])] = -1


def _window(search: Search, s: int, centre: int, taken: NDArray[np.bool_], size: int) -> Ints:
    areas = len(search.cases)
    near = np.empty(areas, dtype=np.int32)
    list_near(search.grounds[s], centre, taken, near, np.empty(areas), np.empty(areas, dtype=np.bool_))
    return near[:size].astype(np.int64)


def _reaching(ground: Ground, members: Ints, radius: Floats) -> NDArray[np.bool_]:
    """The centres whose best window may hold one of the members."""
    reach = np.zeros(len(radius), dtype=np.bool_)
    slack = 4.0 / ground.per_unit if ground.per_unit else 0.0
    for j in members:
        reach |= np.hypot(ground.x - ground.x[j], ground.y - ground.y[j]) <= radius + slack
    return reach


def draw_maxima(search: Search, *, replicates: int, seed: int, threads: int) -> Floats:
    """The highest ratio of each replicate."""
    states = np.random.SeedSequence(seed).generate_state(replicates, np.uint64)
    maxima = np.zeros(replicates)
    if search.odds.cases == 0:
        return maxima
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for begin in range(0, replicates, _WAVE * LANES):
            wave = [states[at : at + LANES] for at in range(begin, min(begin + _WAVE * LANES, replicates), LANES)]
            blocks = list(pool.map(lambda some: _Block.make(search, some), wave))
            for lists in _batches(search):
                list(pool.map(lambda block, lists=lists: block.walk(search.odds, lists), blocks))
            best = [block.bounds.best[: len(some)] for block, some in zip(blocks, wave, strict=True)]
            maxima[begin : begin + _WAVE * LANES] = np.concatenate(best)
    return maxima


class _Block(NamedTuple):
    """64 replicates or fewer."""

    counts: Counts
    bounds: Bounds

    @classmethod
    def make(cls, search: Search, states: NDArray[np.uint64]) -> "_Block":
        """Draws the replicates; they start with the bounds of level 0. Lanes without a replicate have none to beat."""
        floors, ceilings = search.bars.floors, search.bars.ceilings
        low, high = np.iinfo(floors.dtype).max, 0
        own_floors: Sums = fill_rows(_BINS + 1, floors.dtype, low)
        own_ceilings: Sums = fill_rows(_BINS + 1, floors.dtype, high)
        own_floors[:-1, : len(states)] = floors[0][:, None]
        own_ceilings[:-1, : len(states)] = ceilings[0][:, None]
        state = (own_floors, own_ceilings, np.zeros(LANES), np.zeros(LANES, dtype=np.int64))
        counts = pack(search.urn, draw(search.urn, states), search.begins)
        return cls(counts, Bounds(search.bars, *state))

    def walk(self, odds: Odds, lists: Lists) -> None:
        """Takes the block along some lists."""
        kernel.walk(odds, self.bounds, lists, self.counts)


def _batches(search: Search) -> Iterator[Lists]:
    """The lists of all centres, some at a time, mixed so that the first ones lie all over the place."""
    areas = len(search.cases)
    order = np.argsort((np.arange(areas) * _GOLDEN) % 1.0).astype(np.int32)
    width = -(-int(search.begins[-1]) // STEPS) * STEPS
    rows = min(_BATCH, areas)
    near, bins = np.zeros((rows, width), dtype=np.int32), np.zeros((rows, width), dtype=np.int16)
    share, length = np.zeros((rows, width)), np.zeros(rows, dtype=np.int32)
    first, last = np.zeros((2, rows, width // STEPS), dtype=np.int16)
    for ground in search.grounds:
        for begin in range(0, areas, rows):
            centres = order[begin : begin + rows]
            m = len(centres)
            lists = Lists(near[:m], bins[:m], share[:m], length[:m], first[:m], last[:m])
            fill_lists(ground, centres, search.bars.edges, search.begins, lists)
            yield lists
