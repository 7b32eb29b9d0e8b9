"""Inspection gaps: who is never inspected, overdue and due soon, and what areas count."""

import math
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.premises.oversight import STATES, InspectionGaps, find_inspection_gaps, find_last_visits
from gis.policies import InspectionPolicy
from tests.unit.analysis.area_town import LEVELS, STEP, build_town

TOWN = build_town()
ON = date(2026, 6, 30)
POLICY = InspectionPolicy(default_days=100, interval_days={"clinic": 30}, due_soon_days=10)
Row = tuple[str, float, str | None, str | None]


def premises(*rows: Row, kind: str = "pharmacy") -> gpd.GeoDataFrame:
    """Facilities from (code, place along the row of villages, from, to), a quarter up a village."""
    frame = gpd.GeoDataFrame(
        {"code": [row[0] for row in rows], "name": "x", "kind": kind},
        geometry=[shapely.Point(120 + row[1] * STEP, 30 + STEP / 4) for row in rows],
        crs=4326,
    )
    for end, place in (("valid_from", 2), ("valid_to", 3)):
        frame[end] = pd.to_datetime(pd.Series([row[place] for row in rows])).astype("datetime64[s]")
    return frame


def visits(**days: str | list[str]) -> pd.DataFrame:
    """Inspections from code = days."""
    rows = [(code, day) for code, held in days.items() for day in ([held] if isinstance(held, str) else held)]
    frame = pd.DataFrame(rows, columns=["facility_code", "inspected_on"])
    return frame.assign(inspected_on=pd.to_datetime(frame["inspected_on"]).astype("datetime64[s]"))


def find(places: gpd.GeoDataFrame, seen: pd.DataFrame, *, on: date = ON, **change: Any) -> InspectionGaps:
    """The gaps of these premises with these inspections."""
    policy = change.get("policy", POLICY)
    return find_inspection_gaps(places, find_last_visits(seen, on), TOWN, on=on, policy=policy, levels=LEVELS)


def area(gaps: InspectionGaps, code: str) -> dict[str, Any]:
    """The counts of one area."""
    found = gaps.by_area[gaps.by_area["area"] == code].to_dict("records")[0]
    return {name: found[name] for name in ("registered", "found", "inspected", "overdue")}


@pytest.mark.parametrize(
    ("last", "state", "days"),
    [
        ("2026-03-22", "due_soon", 0),
        ("2026-03-21", "overdue", 1),
        ("2026-04-01", "due_soon", -10),
        ("2026-04-02", "current", -11),
        ("2026-06-30", "current", -100),
        ("2026-07-01", "never", None),
    ],
)
def test_due_is_the_last_inspection_and_the_interval(last: str, state: str, days: int | None) -> None:
    """Due on the day is not overdue, the day after is; due soon begins so many days before; the future is unknown."""
    row = find(premises(("A", 0.2, None, None)), visits(A=last)).by_facility.iloc[0]
    assert row["state"] == state
    assert (None if days is None else row["days"]) == days


def test_each_kind_has_its_interval_and_every_other_the_default() -> None:
    """A clinic is due after 30 days, a pharmacy after 100."""
    both = pd.concat([premises(("A", 0.2, None, None), kind="clinic"), premises(("B", 0.2, None, None))])
    gaps = find(both, visits(A="2026-05-01", B="2026-05-01"))
    assert gaps.of_state("overdue")[["facility", "days"]].to_numpy().tolist() == [["A", 30]]
    assert gaps.of_state("current")["facility"].tolist() == ["B"]


def test_only_premises_open_on_the_day_are_registered_and_found_counts_the_others() -> None:
    """Closed premises that were once inspected are found, not registered; those never inspected are nowhere."""
    places = premises(
        ("open", 0.2, "2020-01-01", None),
        ("closed", 0.2, "2020-01-01", "2026-06-30"),
        ("closed-unseen", 0.2, "2020-01-01", "2026-01-01"),
        ("to-come", 0.2, "2026-07-01", None),
    )
    gaps = find(places, visits(open="2026-06-01", closed="2026-01-01"))
    assert gaps.by_facility["facility"].tolist() == ["open"]
    for code in ("V0G0", "V0", "S0", "D"):
        assert area(gaps, code) == {"registered": 1, "found": 2, "inspected": 1, "overdue": 0}
    assert area(gaps, "V1") == dict.fromkeys(("registered", "found", "inspected", "overdue"), 0)


def test_a_facility_that_moved_counts_where_it_is_on_the_day() -> None:
    """Two periods of one code: the place of the day decides."""
    places = premises(("A", 0.2, None, "2026-01-01"), ("A", 1.2, "2026-01-01", None))
    assert area(find(places, visits()), "V1")["registered"] == 1
    assert area(find(places, visits(), on=date(2025, 1, 1)), "V0")["registered"] == 1


def test_without_anything_registered_there_is_no_share() -> None:
    """An area with no premises has no share and no interval; one with none inspected has 0 and an upper end below 1."""
    found = find(premises(("A", 0.2, None, None)), visits()).by_area
    shares = dict(zip(found["area"], found[["share", "low", "high"]].to_numpy().tolist(), strict=True))
    assert all(math.isnan(end) for end in shares["V1"])
    share, low, high = shares["V0"]
    assert share == low == 0
    assert 0.7 < high < 1


codes = st.sampled_from([f"F{n}" for n in range(8)])
days = st.dates(date(2025, 6, 1), date(2026, 9, 1)).map(str)


@settings(deadline=None, max_examples=60)
@given(
    seen=st.lists(st.tuples(codes, days), max_size=20),
    more=st.tuples(codes, st.dates(date(2025, 6, 1), ON).map(str)),
    later=st.integers(0, 200),
)
def test_each_facility_is_in_one_state_and_an_inspection_never_makes_it_worse(
    seen: list[tuple[str, str]], more: tuple[str, str], later: int
) -> None:
    """States partition the registered; areas add up; one inspection more never adds to what is missing."""
    places = premises(*[(f"F{n}", n / 2 + 0.2, None, None) for n in range(8)])

    def gaps(rows: list[tuple[str, str]], on: date = ON) -> InspectionGaps:
        held = pd.DataFrame(rows, columns=["facility_code", "inspected_on"])
        return find(places, held.assign(inspected_on=pd.to_datetime(held["inspected_on"])), on=on)

    before, after = gaps(seen), gaps([*seen, more])
    sizes = {state: set(before.of_state(state)["facility"]) for state in STATES}
    assert sorted(code for held in sizes.values() for code in held) == places["code"].tolist()
    assert set(after.of_state("never")["facility"]) <= sizes["never"]
    assert len(after.of_state("overdue")) + len(after.of_state("never")) <= len(sizes["overdue"]) + len(sizes["never"])
    by_level = before.by_area.groupby("level")[["registered", "inspected", "overdue"]].sum()
    assert (by_level == by_level.loc["district"]).all().all()
    whole = area(before, "D")
    assert whole["registered"] == 8
    assert whole["inspected"] == 8 - len(sizes["never"])
    assert whole["overdue"] == len(sizes["overdue"])
    on = date.fromordinal(ON.toordinal() + later)
    past = [row for row in seen if row[1] <= str(ON)]
    assert sizes["overdue"] <= set(gaps(past, on).of_state("overdue")["facility"])
