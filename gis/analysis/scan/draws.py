"""Replicates of the scan: all cases anew, by chance alone, their number unchanged.

Poisson: each case falls into an area with the probability of its share of the population (a multinomial draw).
Bernoulli: the cases are drawn from the population without putting any back (a multivariate hypergeometric draw).
Few cases are drawn one by one with an alias table (Walker 1977, doi 10.1145/355744.355749), in constant time each, and
where none is put back a draw of somebody who has been drawn is repeated; many are drawn area by area by numpy. Each
replicate has a stream of random numbers of its own (splitmix64: Steele, Lea and Flood 2014, doi
10.1145/2660193.2660195) that depends on the seed and on its number only.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.analysis.scan.lanes import MOST_BYTE, MOST_SMALL, Counts, fill_rows
from gis.analysis.scan.lists import Floats, compiled

MANY_PER_AREA: Final = 25
"""From so many draws an area on, the area is drawn and not the case."""
MANY_FURTHER: Final = 4
"""From one in so many areas on that needs more than a byte, counts have more bits instead."""
_AHEAD: Final = 256
"""Random numbers that are made at once."""

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


def make_urn(population: Floats, cases: int, *, put_back: bool) -> Urn:
    """An urn with the alias table of the populations."""
    cut, alias = np.ones(len(population)), np.arange(len(population), dtype=np.int32)
    _fill_alias(population / population.sum() * len(population), cut, alias)
    return Urn(population, cases, put_back, cut, alias)


@compiled
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


@compiled
def _random(state: np.uint64) -> float:
    """The number from 0 to 1 that belongs to a state."""
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return float((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


@compiled
def _fill_random(state: np.uint64, numbers: Floats) -> None:
    """The numbers that follow a state. Nothing else is done here, so that the processor makes several at once."""
    for turn in range(len(numbers)):
        numbers[turn] = _random(state + np.uint64(turn + 1) * _STEP)


@compiled
def _put_back(urn: Urn, number: int, state: np.uint64, drawn: NDArray[np.int32]) -> None:
    """Adds `number` draws. Places are made ahead, and the alias read without asking: half of all guesses would fail."""
    last, rest, areas = len(urn.cut) - 1, np.empty(_AHEAD), np.empty(_AHEAD, dtype=np.int32)
    for begin in range(0, number, _AHEAD):
        some = min(number - begin, _AHEAD)
        for turn in range(some):
            place = _random(state + np.uint64(begin + turn + 1) * _STEP) * (last + 1)
            areas[turn] = np.int32(min(place, last))
            rest[turn] = place - areas[turn]
        for turn in range(some):
            j = np.uint32(areas[turn])
            drawn[np.uint32(j + (urn.alias[j] - np.int32(j)) * np.int32(rest[turn] >= urn.cut[j]))] += 1


@compiled
def _keep_out(urn: Urn, number: int, state: np.uint64, drawn: NDArray[np.int32]) -> None:
    """Adds `number` draws of which none is put back; a draw of somebody who has been drawn takes a second number."""
    last, numbers, used, left = len(urn.cut) - 1, np.empty(_AHEAD), _AHEAD, number
    state -= np.uint64(_AHEAD) * _STEP
    while left > 0:
        if used > _AHEAD - 2:
            state += np.uint64(used) * _STEP
            _fill_random(state, numbers)
            used = 0
        place = numbers[used] * (last + 1)
        j = np.uint32(min(place, last))
        j = np.uint32(j + (urn.alias[j] - np.int32(j)) * np.int32(place - j >= urn.cut[j]))
        used += 1
        if drawn[j] > 0:
            used += 1
            if numbers[used - 1] * urn.population[j] < drawn[j]:
                continue
        drawn[j] += 1
        left -= 1


@compiled
def _draw_each(urn: Urn, number: int, states: NDArray[np.uint64], drawn: NDArray[np.int32]) -> None:
    """Replicates drawn one by one, a row for each state; where those not drawn are fewer, they are drawn."""
    for lane in range(len(states)):
        if urn.put_back:
            _put_back(urn, number, states[lane], drawn[lane])
        else:
            _keep_out(urn, number, states[lane], drawn[lane])
        if number < urn.cases:
            for j in range(len(urn.population)):
                drawn[lane, j] = np.int32(urn.population[j]) - drawn[lane, j]


def draw(urn: Urn, states: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Cases by replicate and area, one replicate for each state."""
    drawn = np.zeros((len(states), len(urn.population)), dtype=np.int32)
    number = urn.cases if urn.put_back else int(min(urn.cases, urn.population.sum() - urn.cases))
    if number <= MANY_PER_AREA * len(urn.population):
        _draw_each(urn, number, states, drawn)
    else:
        for lane, state in enumerate(states.tolist()):
            drawn[lane] = _draw_by_area(urn, np.random.default_rng(state))
    return drawn


def _draw_by_area(urn: Urn, rng: np.random.Generator) -> NDArray[np.int64]:
    if urn.put_back:
        return rng.multinomial(urn.cases, urn.population / urn.population.sum())
    return rng.multivariate_hypergeometric(urn.population.astype(np.int64), urn.cases, method="marginals")


def plan_rows(urn: Urn) -> NDArray[np.int32]:
    """Where the further rows of each area begin, with the end of all: counts that hardly fit a byte take several rows.

    They follow the rows of the areas, and a row without cases is the last. None, where too many areas had some.
    """
    expected = urn.cases * urn.population / urn.population.sum()
    most = np.minimum(expected + 8 * np.sqrt(expected) + 16, urn.cases)
    further = np.maximum(np.ceil(most / MOST_BYTE) - 1, 0).astype(np.int64)
    if further.sum() > len(further) / MANY_FURTHER:
        further[:] = 0
    return np.concatenate([[0], np.cumsum(further)]).astype(np.int32) + np.int32(len(further))


@compiled
def _fill_bytes(drawn: NDArray[np.int32], begins: NDArray[np.int32], counts: NDArray[np.uint8]) -> bool:
    """Whether the counts fit, and then their rows."""
    for j in range(drawn.shape[1]):
        for lane in range(len(drawn)):
            count = drawn[lane, j]
            counts[j, lane] = count
            if count > MOST_BYTE:
                counts[j, lane] = MOST_BYTE
                count -= MOST_BYTE
                for row in range(begins[j], begins[j + 1]):
                    counts[row, lane] = min(count, MOST_BYTE)
                    count -= min(count, MOST_BYTE)
                if count > 0:
                    return False
    return True


def pack(urn: Urn, drawn: NDArray[np.int32], begins: NDArray[np.int32]) -> Counts:
    """Rows of counts with a lane for each replicate, and empty lanes up to 64, in as few bytes as will do."""
    number = int(begins[-1]) + 1
    small: NDArray[np.uint8] = fill_rows(number, np.uint8, 0)
    if _fill_bytes(drawn, begins, small):
        return small
    wide: Counts = fill_rows(number, np.int16 if urn.cases <= MOST_SMALL else np.int32, 0)
    wide[: drawn.shape[1], : len(drawn)] = drawn.T
    return wide
