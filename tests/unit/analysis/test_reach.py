"""Out of reach: people beyond a limit, and places when sites fill up."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.access.reach import assign_within_capacity, count_beyond, cover_within_capacity
from gis.errors import DataRejected, UsageError
from tests.unit.analysis.test_access import series, table, towns


def test_people_beyond_are_counted_with_their_interval() -> None:
    """The limit itself is within; an unreachable cell is beyond every limit, and counted apart."""
    index = pd.Index(["a", "b", "c", "d"])
    people = pd.DataFrame({"demand": [10, 20, 30, 5], "low": [8, 15, 20, 1], "high": [12, 30, 45, 9]}, index=index)
    nearest = pd.Series([30.0, 30.5, 61.0, np.nan], index=index)
    found = count_beyond(people, nearest)
    assert found.index.tolist() == [30, 60]
    assert found[["demand", "low", "high"]].to_numpy().tolist() == [[55, 36, 84], [35, 21, 54]]
    assert found[["unreachable", "unreachable_low", "unreachable_high"]].to_numpy().tolist() == [[5, 1, 9]] * 2
    assert found["share"].tolist() == [55 / 65, 35 / 65]
    assert count_beyond(people, nearest[::-1]).equals(found)
    assert np.isnan(count_beyond(people * 0, nearest)["share"]).all()
    with pytest.raises(UsageError):
        count_beyond(people, nearest[:2])


def test_a_full_clinic_is_no_reach() -> None:
    """The nearest are served; who comes too late goes to the next site, or nowhere."""
    times = table({("a", "s"): 5, ("b", "s"): 10, ("b", "t"): 20, ("c", "s"): 15})
    demand = series({"a": 10, "b": 10, "c": 10, "d": 0})
    found = cover_within_capacity(demand, series({"s": 15, "t": 2}), times, minutes=30)
    assert found["served"].tolist() == [10.0, 7.0, 0.0, 0.0]
    assert found["unserved"].tolist() == [0.0, 3.0, 10.0, 0.0]
    assert found["share"].isna().tolist() == [False, False, False, True]
    assert cover_within_capacity(demand, series({"s": 15, "t": 2}), times, minutes=15)["served"].sum() == 15
    assert cover_within_capacity(demand, series({"s": 99, "t": 2}), times, minutes=30)["unserved"].sum() == 0


def test_ties_go_by_code() -> None:
    """The first site by code, then the first cell, whatever the order of the rows."""
    rows = table({("b", "t"): 5, ("b", "s"): 5, ("a", "t"): 5, ("a", "s"): 5})
    for times in (rows, rows[::-1]):
        who = assign_within_capacity(series({"b": 2, "a": 2}), series({"t": 9, "s": 3}), times, minutes=9)
        assert who[["origin", "destination", "people"]].to_numpy().tolist() == [
            ["a", "s", 2],
            ["b", "s", 1],
            ["b", "t", 1],
        ]


@settings(max_examples=80, deadline=None)
@given(towns(), st.integers(0, 4), st.floats(0.1, 100))
def test_places_are_kept_to(town: Any, which: int, more: float) -> None:
    """No site over capacity, nobody served twice, nobody left out beside free room; more room takes no place away."""
    demand, supply, times = town
    people, room = series(demand), series(supply)
    who = assign_within_capacity(people, room, table(times), minutes=60)
    by_site, by_cell = who.groupby("destination")["people"].sum(), who.groupby("origin")["people"].sum()
    assert (by_site <= room[by_site.index] * (1 + 1e-12)).all()
    assert (by_cell <= people[by_cell.index] * (1 + 1e-12)).all()
    assert (who["people"] > 0).all()
    assert who["minutes"].is_monotonic_increasing
    found = cover_within_capacity(people, room, table(times), minutes=60)
    left = room.sub(by_site, fill_value=0.0)
    for (cell, site), minutes in times.items():
        if minutes <= 60:
            assert min(found.loc[cell, "unserved"], left[site]) <= 1e-9 * max(people[cell], room[site])
    room.iloc[which % len(room)] += more
    wider = cover_within_capacity(people, room, table(times), minutes=60)
    assert (wider["served"] >= found["served"] - 1e-9 * people).all()


def test_bad_tables_are_refused() -> None:
    """As by access."""
    times = table({("a", "s"): 5.0})
    for demand, supply, rows in (
        (series({"a": -1}), series({"s": 1}), times),
        (series({"a": 1}), series({"s": 0}), times),
        (series({"b": 1}), series({"s": 1}), times),
    ):
        with pytest.raises(DataRejected):
            cover_within_capacity(demand, supply, rows, minutes=30)
