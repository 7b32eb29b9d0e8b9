"""Inspection over time: each point of the trend is what the gaps of that day say."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.premises.trend import COUNTS, month_ends, trace_inspections
from tests.unit.analysis.area_town import LEVELS, build_town
from tests.unit.analysis.test_oversight import ON, POLICY, TOWN, find, premises, visits

DAYS = [date(2026, 4, 30), date(2026, 5, 31), ON]


def trace(places: gpd.GeoDataFrame, seen: pd.DataFrame, town: gpd.GeoDataFrame = TOWN) -> pd.DataFrame:
    """The trend of these premises with these inspections over the three days."""
    return trace_inspections(places, seen, town, days=DAYS, policy=POLICY, levels=LEVELS)


def rows(trend: pd.DataFrame, area: str) -> list[list[int]]:
    """Registered, within, overdue and never of one area on each day."""
    return trend.loc[trend["area"] == area, ["registered", "within", "overdue", "never"]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("on", "months", "ends"),
    [
        ("2026-03-31", 2, ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("2024-03-01", 1, ["2024-02-29", "2024-03-01"]),
        ("0001-02-01", 12, ["0001-01-31", "0001-02-01"]),
        ("0001-01-31", 12, ["0001-01-31"]),
        ("9999-12-31", 1, ["9999-11-30", "9999-12-31"]),
    ],
)
def test_months_end_on_their_last_day(on: str, months: int, ends: list[str]) -> None:
    """Leap years, the day itself only once, and the first and last days that there are."""
    assert [day.isoformat() for day in month_ends(date.fromisoformat(on), months=months)] == ends


def test_a_visit_counts_from_its_day_on_and_grows_old() -> None:
    """Inspected in May: never in April, within in May, overdue after the interval; a visit of later counts nowhere."""
    clinic = premises(("A", 0.2, None, None), kind="clinic")
    assert rows(trace(clinic, visits(A=["2026-05-20", "2026-07-01"])), "V0") == [
        [1, 0, 0, 1],
        [1, 1, 0, 0],
        [1, 0, 1, 0],
    ]


def test_premises_count_while_they_are_registered() -> None:
    """One that opens in May and one that closes on its last day: the denominator is what is registered that day."""
    places = premises(("A", 0.2, "2026-05-10", None), ("B", 0.2, None, "2026-05-31"))
    assert [row[0] for row in rows(trace(places, visits()), "V0")] == [1, 1, 1]
    both = premises(("A", 0.2, "2026-05-10", None), ("B", 0.2, None, "2026-06-01"))
    assert [row[0] for row in rows(trace(both, visits()), "V0")] == [1, 2, 1]


def test_an_area_has_points_on_its_own_days_only() -> None:
    """A village that ended in May has a point in April alone, the one that followed it the others."""
    town = build_town()
    ended = town.assign(valid_to=town["valid_to"].where(town["code"] != "V0", pd.Timestamp("2026-05-15")))
    new = town[town["code"] == "V0"].assign(code="N", valid_from=pd.Timestamp("2026-05-15"))
    town = gpd.GeoDataFrame(pd.concat([ended, new], ignore_index=True), crs=4326)
    trend = trace(premises(("A", 0.2, None, None)), visits(A="2026-04-01"), town)
    assert len(rows(trend, "V0")) == 1
    assert rows(trend, "N") == [[1, 1, 0, 0]] * 2
    assert rows(trend, "D") == [[1, 1, 0, 0]] * 3


def test_nothing_registered_has_no_share() -> None:
    """Without premises the share is missing, not nought; before the first area there is no row at all."""
    trend = trace(premises(), visits())
    assert trend["share"].isna().all()
    assert not trend.empty
    assert trace(premises(), visits(), TOWN.iloc[:0]).empty


@settings(max_examples=40, deadline=None)
@given(
    places=st.lists(
        st.tuples(
            st.sampled_from(["clinic", "pharmacy"]),
            st.floats(0, 4),
            st.dates(date(2025, 1, 1), date(2026, 6, 30)),
            st.none() | st.integers(1, 400),
        ),
        min_size=1,
        max_size=8,
    ),
    seen=st.lists(st.tuples(st.integers(0, 7), st.dates(date(2025, 6, 1), date(2026, 8, 1))), max_size=20),
)
def test_each_point_is_the_gaps_of_its_day(
    places: list[tuple[str, float, date, int | None]], seen: list[tuple[int, date]]
) -> None:
    """Registered, inspected and overdue of every area are those of `find_inspection_gaps` on the day of the point.

    Only the last visit between two days matters.
    """
    ends = [None if length is None else start + pd.Timedelta(days=length) for _k, _x, start, length in places]
    held = [
        (f"F{n}", x, str(start), None if end is None else str(end))
        for n, ((_kind, x, start, _length), end) in enumerate(zip(places, ends, strict=True))
    ]
    registered = premises(*held).assign(kind=[kind for kind, *_rest in places])
    frame = pd.DataFrame([(f"F{n}", day) for n, day in seen], columns=["facility_code", "inspected_on"])
    frame["inspected_on"] = pd.to_datetime(frame["inspected_on"]).astype("datetime64[s]")
    trend = trace(registered, frame)
    for day in DAYS:
        point = trend[trend["day"] == pd.Timestamp(day)].sort_values("area")
        gaps = find(registered, frame, on=day).by_area.sort_values("area")
        columns = ["area", *COUNTS[:3]]
        assert point[columns].to_numpy().tolist() == gaps[columns].to_numpy().tolist()
    assert (trend["within"] + trend["overdue"] + trend["never"] == trend["registered"]).all()
    assert ((trend["low"] <= trend["share"]) & (trend["share"] <= trend["high"]) | trend["share"].isna()).all()
    turn = np.searchsorted(pd.to_datetime(DAYS), frame["inspected_on"])
    lasts = frame.groupby([frame["facility_code"], turn])["inspected_on"].max().reset_index()
    assert trace(registered, lasts).equals(trend)
