"""Intervals of shares against published numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.shares import wilson_interval

NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
"""Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3."""


@pytest.mark.parametrize(("hits", "of", "low", "high"), NEWCOMBE)
def test_the_published_examples(hits: int, of: int, low: float, high: float) -> None:
    """The four examples of the paper that compares seven methods, to their four decimals."""
    found = wilson_interval(hits, of)
    assert [round(float(end), 4) for end in found] == [low, high]


@pytest.mark.parametrize(("births", "low", "high"), [(1_000, 92.8, 118.9), (10_000, 101.0, 109.2)])
def test_what_a_ratio_of_105_may_be(births: int, low: float, high: float) -> None:
    """As a ratio to the rest, per hundred: the table that the project's data page gives for 105."""
    ends = (100 * end / (1 - end) for end in wilson_interval(births * 105 / 205, births))
    assert [round(float(end), 1) for end in ends] == [low, high]


@settings(deadline=None, max_examples=100)
@given(of=st.integers(1, 10**6), data=st.data())
def test_ends_stay_around_the_share_and_inside_the_possible(of: int, data: st.DataObject) -> None:
    """0 <= low <= share <= high <= 1, and more of the same share is never less certain."""
    hits = data.draw(st.integers(0, of))
    low, high = wilson_interval([hits, 10 * hits], [of, 10 * of])
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert (low <= hits / of + 1e-12).all()
    assert (high >= hits / of - 1e-12).all()
    assert high[1] - low[1] <= high[0] - low[0]


def test_of_nothing_there_is_no_share() -> None:
    """With nothing registered both ends are missing, not 0 and 1."""
    assert np.isnan(wilson_interval([0], [0])).all()
