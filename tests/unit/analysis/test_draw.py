"""The draw: exact chances, recusals, and chance that depends on nothing but the list and the seed."""

import hashlib
import math
from collections import Counter
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from gis.analysis.draw.choose import (
    Candidate,
    Inspector,
    Terms,
    assign,
    inclusion_probabilities,
    recusals,
    select,
    stratum_of,
)
from gis.analysis.draw.lot import Lot
from gis.analysis.draw.proof import commit, draw, freeze
from gis.errors import DataRejected
from tests.unit.analysis.draw_town import NONCE, ON, WEIGHTS, commitment, districts, staff, terms, town

LISTS = st.lists(st.integers(1, 60), min_size=1, max_size=30)
SOME_LIST = "0" * 64


def lot(seed: object, purpose: str = "facilities") -> Lot:
    """A lot of some list."""
    return Lot(str(seed), SOME_LIST, purpose)


@given(LISTS, st.data())
def test_probabilities_are_proportional_and_add_up(weights: list[int], data: st.DataObject) -> None:
    """They add up to the number drawn; below 1 they are as the weights, and 1 only where that would be 1 or more."""
    count = data.draw(st.integers(1, len(weights)))
    chances = inclusion_probabilities(weights, count)
    assert sum(chances) == count
    assert all(0 < chance <= 1 for chance in chances)
    ratios = {chance / weight for chance, weight in zip(chances, weights, strict=True) if chance < 1}
    assert len(ratios) <= 1
    for ratio in ratios:
        assert all(w * ratio >= 1 for w, chance in zip(weights, chances, strict=True) if chance == 1)


@given(LISTS, st.data())
def test_so_many_are_drawn_and_none_twice(weights: list[int], data: st.DataObject) -> None:
    """The number asked for, each once, the certain ones always among them."""
    count = data.draw(st.integers(1, len(weights)))
    drawn = select(weights, count, lot(data.draw(st.integers(0, 99))))
    assert len(set(drawn)) == len(drawn) == count
    assert {i for i, p in enumerate(inclusion_probabilities(weights, count)) if p == 1} <= set(drawn)


@given(st.lists(st.integers(1, 12), min_size=2, max_size=8), st.data())
def test_of_all_starts_exactly_the_share_hits(weights: list[int], data: st.DataObject) -> None:
    """Over every possible start, whatever the order, each is drawn in exactly its share of them."""
    count = data.draw(st.integers(1, len(weights)))
    chances = inclusion_probabilities(weights, count)
    rest = [i for i, chance in enumerate(chances) if chance < 1]
    assume(rest)
    order, total = data.draw(st.permutations(rest)), sum(weights[i] for i in rest)
    hits: Counter[int] = Counter()
    for start in range(total):
        hits.update(select(weights, count, Fixed(order, start)))  # type: ignore[arg-type]
    assert [Fraction(hits[i], total) for i in range(len(weights))] == chances


class Fixed:
    """A lot of which the outcome is known."""

    def __init__(self, order: list[int], start: int) -> None:
        self.order, self.start = order, start

    def shuffle(self, items: list[int]) -> list[int]:
        assert sorted(items) == sorted(self.order)
        return self.order

    def below(self, bound: int) -> int:
        assert self.start < bound
        return self.start


def misfit(weights: list[int], count: int, chances: list[Fraction], seeds: int = 4000) -> float:
    """The greatest distance, in standard errors, between how often each was drawn and its probability."""
    hits = Counter(place for seed in range(seeds) for place in select(weights, count, lot(seed)))
    spread = {i: math.sqrt(seeds * p * (1 - p)) for i, p in enumerate(chances) if p < 1}
    return max(float(abs(hits[i] - seeds * chances[i])) / spread[i] for i in spread)


def test_frequencies_are_the_probabilities_reported() -> None:
    """Over 4,000 seeds each is drawn as often as its probability says; control: equal chances would not fit."""
    weights = [6, 4, 4, 3, 2, 1, 1, 1, 1, 1]
    chances = inclusion_probabilities(weights, 3)
    assert misfit(weights, 3, chances) < 4
    assert misfit(weights, 3, [Fraction(3, 10)] * 10) > 10


def test_any_two_come_together() -> None:
    """The order is drawn too: no two uncertain facilities exclude each other, as in a fixed order they would."""
    together: Counter[tuple[int, ...]] = Counter(tuple(select([1] * 6, 2, lot(seed))) for seed in range(600))
    assert len(together) == 15
    assert stats.chisquare(list(together.values())).pvalue > 0.001


def test_numbers_are_even() -> None:
    """Numbers below 10 and shuffles of three are equally frequent; control: the rest of a byte by 10 is not."""
    found = lot("even")
    counts = Counter(found.below(10) for _ in range(20_000))
    assert stats.chisquare([counts[i] for i in range(10)]).pvalue > 0.001
    orders = Counter("".join(found.shuffle("abc")) for _ in range(6000))
    assert stats.chisquare(list(orders.values())).pvalue > 0.001
    bytes_ = Counter(found.below(256) % 10 for _ in range(200_000))
    assert stats.chisquare([bytes_[i] for i in range(10)]).pvalue < 0.001


def test_large_numbers_take_more_bytes() -> None:
    """Beyond 256 two bytes are taken, the highest first, as the description says."""
    key = hashlib.sha256(f"wangge-draw/1\nfacilities\n{SOME_LIST}\nx".encode()).digest()
    block = hashlib.sha256(key + bytes(8)).digest()
    found = lot("x")
    assert [found.below(2**16), found.below(256), found.below(1)] == [int.from_bytes(block[:2], "big"), block[2], 0]


@pytest.mark.parametrize(
    ("place", "stratum"), [("F1", "never"), ("F2", "critical"), ("F3", "serious"), ("F4", "stale")]
)
def test_strata_follow_the_record(place: str, stratum: str) -> None:
    """Never inspected, then the worst finding of the window, then how long ago."""
    assert stratum_of(next(c for c in town() if c.code == place), terms()) == stratum


@pytest.mark.parametrize(("days", "stratum"), [(730, "critical"), (731, "clean")])
def test_the_window_ends_with_its_last_day(days: int, stratum: str) -> None:
    """A finding as many days ago as the policy says counts, one a day earlier does not."""
    critical = date.fromordinal(ON.toordinal() - days)
    assert stratum_of(Candidate("F", ON, critical_on=critical), terms()) == stratum


@given(districts(), st.integers(0, 50))
def test_recusals_are_kept(district: tuple[Any, ...], seed: int) -> None:
    """Nobody goes where they are recused, nobody twice, and only where too few are left does nobody go."""
    _terms, candidates, inspectors = district
    for candidate, pick in zip(
        candidates, assign(candidates, inspectors, each=2, lot=lot(seed, "inspectors")), strict=True
    ):
        barred = {code for code, _reason in recusals(candidate, inspectors)}
        assert not barred & set(pick.inspectors)
        assert pick.left == len(inspectors) - len(barred)
        assert len(set(pick.inspectors)) == len(pick.inspectors) == (2 if pick.left >= 2 else 0)


def test_reasons_are_named() -> None:
    """Interest, former employer, and the last inspection."""
    by_code = {candidate.code: candidate for candidate in town()}
    assert recusals(by_code["F1"], staff()) == [("L1", "interest")]
    assert recusals(by_code["F3"], staff()) == [("L2", "former-employer")]
    assert recusals(by_code["F2"], staff()) == [("L1", "inspected-last"), ("L2", "inspected-last")]
    assert recusals(by_code["F7"], staff()) == [("L3", "inspected-last"), ("L4", "interest")]


def test_visits_are_spread_evenly() -> None:
    """With nobody recused nobody has two visits more than another."""
    places = [Candidate(f"F{i}") for i in range(25)]
    people = [Inspector(f"L{i}") for i in range(7)]
    picks = assign(places, people, each=2, lot=lot("even", "inspectors"))
    load = Counter(code for pick in picks for code in pick.inspectors)
    assert max(load.values()) - min(load.values()) <= 1


def test_too_few_inspectors_are_said() -> None:
    """A facility for which one is left stays drawn, without inspectors."""
    people = [Inspector("L1", interests=("F1",)), Inspector("L2"), Inspector("L3", interests=("F1",))]
    found = assign([Candidate("F1"), Candidate("F2")], people, each=2, lot=lot(1))
    assert [(pick.facility, len(pick.inspectors), pick.left) for pick in found] == [("F1", 0, 1), ("F2", 2, 3)]


@settings(max_examples=60)
@given(districts(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(district: tuple[Any, ...], random: Any) -> None:
    """The same facilities and inspectors in any order give the same list and the same draw."""
    settled, candidates, inspectors = district
    try:
        found = draw(settled, candidates, inspectors, commitment=commitment(), seed="五月", nonce=NONCE)
    except DataRejected:
        assume(False)
    random.shuffle(candidates)
    random.shuffle(inspectors)
    assert draw(settled, candidates, inspectors, commitment=commitment(), seed="五月", nonce=NONCE) == found


def test_another_seed_or_list_is_another_draw() -> None:
    """The draw follows from list and seed; the nonce and the moments have no part in it."""
    people = [Inspector(f"L{i}") for i in range(9)]
    places = [Candidate(f"F{i:03}") for i in range(200)]

    def drawn(seed: str, **changes: Any) -> list[str]:
        nonce = changes.get("nonce", NONCE)
        made = commitment(seed) if nonce == NONCE else changes["commitment"]
        found = draw(terms(20), changes.get("places", places), people, commitment=made, seed=seed, nonce=nonce)
        return [line["facility"] for line in found["drawn"]]

    first = drawn("a")
    assert drawn("a") == first
    assert drawn("b") != first
    assert drawn("a", places=places[1:]) != first
    other = commitment("a")
    again = type(other)(commit("a", "cd" * 32), other.committed_at, other.committed_at, other.committed_at)
    assert drawn("a", nonce="cd" * 32, commitment=again) == first


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"count": 8}, "8 are to be drawn, but the list has only 7 facilities"),
        ({"people": staff()[:1]}, "2 inspectors go to each facility, but 1 are named"),
        ({"people": []}, "but 0 are named"),
        ({"people": [Inspector(c, tuple(f.code for f in town())) for c in "AB"]}, "No facility of the list has 2"),
        ({"people": [*staff(), Inspector("L1")]}, "L1 stands twice"),
        ({"places": [*town(), Candidate("F1")]}, "F1 stands twice"),
        ({"places": []}, "the list has only 0 facilities"),
    ],
)
def test_what_cannot_be_drawn_is_said(change: dict[str, Any], named: str) -> None:
    """One clear message, before anything is drawn."""
    with pytest.raises(DataRejected, match=named):
        freeze(terms(change.get("count", 2)), change.get("places", town()), change.get("people", staff()))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"count": 0}, "one facility at least"),
        ({"inspectors_each": 1}, "at least 2 go together"),
        ({"record_days": -1}, "record_days: -1"),
        ({"weights": {**WEIGHTS, "clean": 0}}, "weights.clean: 0 is not from 1"),
        ({"weights": {"clean": 1}}, "one number for each of never, critical"),
    ],
)
def test_terms_that_cannot_be_are_refused(change: dict[str, Any], named: str) -> None:
    """A single inspector, a facility that could never be drawn: refused by name."""
    fine: dict[str, Any] = {"on": ON, "count": 1, "inspectors_each": 2, "record_days": 1, "weights": WEIGHTS}
    with pytest.raises(DataRejected, match=named):
        Terms(**(fine | change))


@pytest.mark.parametrize("seed", ["", "  ", "a\nb", "x" * 201])
def test_a_seed_can_be_seen(seed: str) -> None:
    """None, blanks, an unseen character or a very long one are no seed."""
    with pytest.raises(DataRejected, match=r"seed"):
        commit(seed, NONCE)


def test_another_seed_than_the_committed_one_is_refused() -> None:
    """Nobody can change the seed once the list is known."""
    with pytest.raises(DataRejected, match="not the seed that was committed"):
        draw(terms(), town(), staff(), commitment=commitment("五月"), seed="六月", nonce=NONCE)
