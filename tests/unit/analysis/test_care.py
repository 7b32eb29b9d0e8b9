"""Care within reach: what an area adds up, and what may not get lost on the way."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.access.care import judge_cells, sum_by_area
from gis.analysis.access.reach import count_beyond

TOWN = pd.DataFrame({"code": ["1", "11", "12", "111", "112"], "parent_code": [None, "1", "1", "11", "11"]})


def cell(**values: Any) -> dict[str, Any]:
    usual = {"demand": 10.0, "low": 8.0, "high": 12.0, "visits": 80.0, "nearest_minutes": 5.0, "access": 1.0}
    return usual | {"served": 80.0, "area_code": "111"} | values


def cells(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), index=[f"c{place}" for place in range(len(rows))])


def test_a_limit_is_within_reach_itself() -> None:
    """Exactly 30 minutes are within 30; a little more is beyond."""
    found = judge_cells(cells(cell(nearest_minutes=30.0), cell(nearest_minutes=30.001)), [30, 60])
    assert found["beyond_30"].tolist() == [0.0, 10.0]
    assert found["beyond_60"].tolist() == [0.0, 0.0]


def test_an_unreachable_cell_is_beyond_everything_and_counted_apart() -> None:
    """It is neither at 0 minutes nor infinitely far; a cell that is far but can be reached is not unreachable."""
    found = judge_cells(
        cells(cell(nearest_minutes=np.nan, access=np.nan, served=0.0), cell(nearest_minutes=500.0)), [30]
    )
    assert found["beyond_30"].tolist() == [10.0, 10.0]
    assert found["unreachable"].tolist() == [10.0, 0.0]
    assert found[["unreachable_low", "unreachable_high"]].to_numpy()[0].tolist() == [8.0, 12.0]
    assert found["offered"].tolist() == [0.0, 80.0]


def test_an_area_has_all_that_lies_in_it() -> None:
    """Sums climb to every level; a cell in no area, or in one that is not asked about, counts nowhere."""
    frame = cells(
        cell(area_code="111", nearest_minutes=40.0), cell(area_code="12"), cell(area_code=None), cell(area_code="9")
    )
    found = sum_by_area(frame, TOWN, [30])
    assert found.index.tolist() == TOWN["code"].tolist()
    assert found["cells"].tolist() == [2, 1, 1, 1, 0]
    assert found["demand"].tolist() == [20.0, 10.0, 10.0, 10.0, 0.0]
    assert found["beyond_30"].tolist() == [10.0, 10.0, 0.0, 10.0, 0.0]
    assert found["beyond_30_share"].tolist()[:2] == [0.5, 1.0]


def test_where_nobody_lives_there_is_no_share() -> None:
    """A share of nothing is missing, not 0: the area is not well served, it is empty."""
    found = sum_by_area(cells(cell(area_code="12", demand=0.0, low=0.0, high=0.0, visits=0.0)), TOWN, [30])
    assert found["beyond_30_share"].isna().all()
    assert found["access"].isna().all()
    assert found["served_share"].isna().all()


def test_access_is_weighed_by_what_is_needed() -> None:
    """The mean of an area is visits offered by visits needed, so a cell with little need weighs little."""
    frame = cells(cell(visits=90.0, access=1.0), cell(visits=10.0, access=0.0))
    assert sum_by_area(frame, TOWN, [30]).loc["1", "access"] == pytest.approx(0.9)


def test_served_is_told_in_people() -> None:
    """Half of the visits find a place: half of the people are served."""
    assert sum_by_area(cells(cell(served=40.0)), TOWN, [30])[["served", "served_share"]].to_numpy()[0].tolist() == [
        5.0,
        0.5,
    ]


def test_no_cells_at_all_is_an_answer() -> None:
    """Before the first import every area is there, with nothing in it."""
    found = sum_by_area(cells(cell()).iloc[:0], TOWN, [30, 60])
    assert found["demand"].tolist() == [0.0] * 5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["111", "112", "12"]),
            st.integers(0, 50),
            st.one_of(st.just(float("nan")), st.floats(0, 200)),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_parts_add_up_and_limits_nest(rows: list[tuple[str, int, float]]) -> None:
    """Children add up to their parent; who is beyond 60 is beyond 30; the unreachable are both; ends stay in order.

    And the whole is what `count_beyond` counts.
    """
    made = [
        cell(
            area_code=code, demand=people, low=0.8 * people, high=1.2 * people, visits=8.0 * people, nearest_minutes=far
        )
        for code, people, far in rows
    ]
    found = sum_by_area(cells(*made), TOWN, [30, 60])
    whole = count_beyond(cells(*made), cells(*made)["nearest_minutes"], limits=(30, 60))
    for limit in (30, 60):
        names = {f"beyond_{limit}{end}": found[f"beyond_{limit}{end}"].iloc[0] for end in ("", "_low", "_high")}
        counted = whole[["demand", "low", "high"]].loc[[limit]].to_numpy()[0]
        assert list(names.values()) == pytest.approx(counted.tolist())
    for name in ("demand", "beyond_30", "beyond_60_high", "unreachable_low"):
        sums = dict(found[name])
        assert sums["1"] == pytest.approx(sums["11"] + sums["12"])
    assert (found["beyond_60"] <= found["beyond_30"] + 1e-9).all()
    assert (found["unreachable"] <= found["beyond_60"] + 1e-9).all()
    assert (found["beyond_30_low"] <= found["beyond_30"] + 1e-9).all()
    assert (found["beyond_30"] <= found["beyond_30_high"] + 1e-9).all()
