"""Replicates of the scan: all cases anew, by chance alone, their number unchanged.

Poisson: each case falls into an area with the probability of its share of the population (a multinomial draw).
Bernoulli: the cases are drawn from the population without putting any back (a multivariate hypergeometric draw).
Few cases are drawn one by one with an alias table (Walker 1977, doi 10.1145/355744.355749), in constant time each, and
where none is put back a draw of somebody who has been drawn is repeated; many are drawn area by area by numpy. Each
replicate has a stream of random numbers of its own (splitmix64: Steele, Lea and Flood 2014, doi
10.1145/2660193.2660195) that depends on the seed and on its number only.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from gis.analysis.scan_lanes import LANES, MOST_BYTE, MOST_SMALL, Counts

Floats = NDArray[np.float64]
Function = TypeVar("Function", bound=Callable[..., object])

MANY_PER_AREA: Final = 25
"""From so many draws an area on, the area is drawn and not the case."""

_STEP: Final = np.uint64(0x9E3779B97F4A7C15)


class Urn(NamedTuple):
    """What is drawn from."""

    population: Floats
    cases: int
    """How many are drawn."""
    put_back: bool
    cut: Floats
    alias: NDArray[np.int32]
    """The alias table: area j stands for itself with probability `cut[j]`, else for `alias[j]`."""


def _compiled(function: Function) -> Function:
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def make_urn(population: Floats, cases: int, *, put_back: bool) -> Urn:
    """An urn with the alias table of the populations."""
    cut, alias = np.ones(len(population)), np.arange(len(population), dtype=np.int32)
    _fill_alias(population / population.sum() * len(population), cut, alias)
    return Urn(population, cases, put_back, cut, alias)


@_compiled
def _fill_alias(weight: Floats, cut: Floats, alias: NDArray[np.int32]) -> None:
    """Vose's way: what an area lacks of the mean is lent by one that has more than it."""
    small, large = np.flatnonzero(weight < 1.0), np.flatnonzero(weight >= 1.0)
    weight, stack = weight.copy(), np.empty(len(weight), dtype=np.int64)
    stack[: len(small)] = small
    waiting, lender = len(small), 0
    while waiting > 0 and lender < len(large):
        waiting -= 1
        poor, rich = stack[waiting], large[lender]
        cut[poor], alias[poor] = weight[poor], rich
        weight[rich] -= 1.0 - weight[poor]
        if weight[rich] < 1.0:
            stack[waiting] = rich
            waiting += 1
            lender += 1


@_compiled
def _random(state: np.uint64) -> float:
    """The number from 0 to 1 that belongs to a state."""
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return float((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


@_compiled
def _pick(urn: Urn, state: np.uint64) -> int:
    """An area with the probability of its share. The alias is read without asking: half of all guesses would fail."""
    place = _random(state) * len(urn.cut)
    j = min(int(place), len(urn.cut) - 1)
    return j + (int(urn.alias[j]) - j) * int(place - j >= urn.cut[j])


@_compiled
def _draw(urn: Urn, number: int, state: np.uint64, drawn: NDArray[np.int32]) -> None:
    """Adds `number` draws to `drawn`, which comes zeroed."""
    if urn.put_back:
        for turn in range(number):
            drawn[_pick(urn, state + np.uint64(turn + 1) * _STEP)] += 1
        return
    left = number
    while left > 0:
        state += _STEP
        j = _pick(urn, state)
        if drawn[j] > 0:
            state += _STEP
            if _random(state) * urn.population[j] < drawn[j]:
                continue
        drawn[j] += 1
        left -= 1


@_compiled
def _fill_block(urn: Urn, number: int, states: NDArray[np.uint64], drawn: NDArray[np.int32]) -> None:
    """A block of replicates drawn one by one, a row for each state; where those not drawn are fewer, they are drawn."""
    for lane in range(len(states)):
        _draw(urn, number, states[lane], drawn[lane])
        if number < urn.cases:
            for j in range(len(urn.population)):
                drawn[lane, j] = np.int32(urn.population[j]) - drawn[lane, j]


def draw_block(urn: Urn, states: NDArray[np.uint64]) -> Counts:
    """Cases by area and lane, one lane for each state; a last area without cases, and empty lanes up to 64."""
    areas = len(urn.population)
    drawn = np.zeros((LANES, areas + 1), dtype=np.int32)
    number = urn.cases if urn.put_back else int(min(urn.cases, urn.population.sum() - urn.cases))
    if number <= MANY_PER_AREA * areas:
        _fill_block(urn, number, states, drawn[:, :areas])
    else:
        for lane, state in enumerate(states.tolist()):
            drawn[lane, :areas] = _draw_by_area(urn, np.random.default_rng(state))
    small = np.int16 if urn.cases <= MOST_SMALL else np.int32
    return np.ascontiguousarray(drawn.T.astype(np.int8 if drawn.max() <= MOST_BYTE else small))


def _draw_by_area(urn: Urn, rng: np.random.Generator) -> NDArray[np.int64]:
    if urn.put_back:
        return rng.multinomial(urn.cases, urn.population / urn.population.sum())
    return rng.multivariate_hypergeometric(urn.population.astype(np.int64), urn.cases, method="marginals")
