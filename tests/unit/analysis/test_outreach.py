"""Outreach on one day: which areas had a session in the window, and which had none."""

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.areas.nesting import nest
from gis.analysis.outreach import OutreachGaps, find_heirs, find_outreach_gaps
from gis.errors import UsageError
from tests.unit.analysis.area_town import LEVELS, build_town

DAY = date(2026, 1, 31)
TOWN = build_town()
CODES = TOWN["code"].tolist()

Session = tuple[str, str, int | None]


def find(*sessions: Session, on: date = DAY, days: int = 31, areas: Any = TOWN) -> OutreachGaps:
    """The gaps of these sessions: area, day, reach."""
    frame = pd.DataFrame(list(sessions), columns=["area_code", "held_on", "reach"])
    frame["held_on"] = pd.to_datetime(frame["held_on"]).astype("datetime64[s]")
    return find_outreach_gaps(areas, frame, on=on, window_days=days, levels=LEVELS)


def row(gaps: OutreachGaps, code: str) -> dict[str, Any]:
    found = gaps.by_area[gaps.by_area["area"] == code].to_dict("records")[0]
    return {str(k): v for k, v in found.items() if k != "area"}


def test_a_session_counts_upwards_and_never_downwards() -> None:
    """A session in a village covers the village, its street and the district, and none of its grids."""
    gaps = find(("V1", "2026-01-10", 30), ("V2G0", "2026-01-12", None), ("V2G0", "2026-01-05", 5))
    assert gaps.without["village"] == ["V0", "V3"]
    assert len(gaps.without["grid"]) == 15
    assert gaps.without["street"] == gaps.without["district"] == []
    assert gaps.by_level.to_numpy().tolist() == [
        ["district", 1, 1, 1.0],
        ["street", 2, 2, 1.0],
        ["village", 4, 2, 0.5],
        ["grid", 16, 1, 0.0625],
    ]
    assert row(gaps, "D") | {"name": ""} == {
        "name": "",
        "level": "district",
        "sessions": 3,
        "reach": 35,
        "last": pd.Timestamp("2026-01-12"),
    }


@pytest.mark.parametrize(("day", "covered"), [("2026-01-01", True), ("2025-12-31", False), ("2026-01-31", True)])
def test_the_window_ends_with_the_day_asked_about(day: str, covered: bool) -> None:
    """A window of 31 days up to 31 January begins on the 1st; the last session is told from before it too."""
    gaps = find(("V0", day, 1))
    assert (row(gaps, "V0")["sessions"] == 1) is covered
    assert row(gaps, "V0")["last"] == pd.Timestamp(day)


def test_what_is_still_to_come_does_not_count() -> None:
    """A session after the day is not yet held: neither in the window nor as the last one."""
    gaps = find(("V0", "2026-02-01", 1))
    assert len(gaps.without["village"]) == 4
    assert pd.isna(row(gaps, "V0")["last"])


def test_an_area_that_is_gone_counts_for_the_one_above() -> None:
    """A session in a grid that was merged away keeps its village covered, and no other grid."""
    town = TOWN.copy()
    town.loc[town["code"] == "V0G0", "valid_to"] = pd.Timestamp("2026-01-20")
    gaps = find(("V0G0", "2026-01-10", 1), areas=town)
    assert "V0" not in gaps.without["village"]
    assert len(gaps.without["grid"]) == 15


def test_a_merged_area_hands_its_sessions_to_its_heir() -> None:
    """All ground of a merged grid is in the new one, so is its session; of a split village only the street is sure."""
    town = TOWN.copy()
    town.loc[town["code"].isin(["V0G0", "V3"]), "valid_to"] = pd.Timestamp("2026-01-20")
    walk = pd.DataFrame({"number": [1, 2, 2], "old_code": ["V0G0", "V3", "V3"], "new_code": ["V0G1", "V1", "V2"]})
    held = pd.DataFrame({"area_code": ["V0G0", "V3"], "held_on": pd.Timestamp("2026-01-10"), "reach": 5})
    gaps = find_outreach_gaps(town, held, on=DAY, window_days=31, levels=LEVELS, heirs=find_heirs(walk))
    assert row(gaps, "V0G1")["sessions"] == row(gaps, "V0")["sessions"] == row(gaps, "S1")["sessions"] == 1
    assert gaps.without["village"] == ["V1", "V2"]


def test_without_any_session_everything_is_a_gap() -> None:
    """No session at all, and a session in an area nobody knows: every area is without one."""
    for gaps in (find(), find(("nowhere", "2026-01-10", 1))):
        assert sum(map(len, gaps.without.values())) == len(CODES)
        assert gaps.by_level["covered"].tolist() == [0, 0, 0, 0]


def test_a_window_has_a_day() -> None:
    """A window of no days is refused; one of a single day is the control."""
    assert find(("V0", "2026-01-31", 1), days=1).without["village"] == ["V1", "V2", "V3"]
    with pytest.raises(UsageError):
        find(days=0)


sessions = st.tuples(
    st.sampled_from(CODES),
    st.dates(date(2025, 11, 1), date(2026, 2, 10)).map(str),
    st.integers(0, 500) | st.none(),
)


@settings(max_examples=60, deadline=None)
@given(held=st.lists(sessions, max_size=12), more=sessions, days=st.integers(1, 90))
def test_one_more_session_never_adds_a_gap(held: list[Session], more: Session, days: int) -> None:
    """Adding a session takes gaps away or leaves them, and no count goes down."""
    before, after = find(*held, days=days), find(*held, more, days=days)
    for level, codes in after.without.items():
        assert set(codes) <= set(before.without[level])
    for column in ("sessions", "reach"):
        assert (after.by_area[column] >= before.by_area[column]).all()


@settings(max_examples=60, deadline=None)
@given(held=st.lists(sessions, max_size=12), days=st.integers(1, 90))
def test_what_contains_a_covered_area_is_covered(held: list[Session], days: int) -> None:
    """Every area above a covered one is covered, and has at least its sessions; the shares are of all areas."""
    gaps = find(*held, days=days)
    count = gaps.by_area.set_index("area")["sessions"]
    for code, parent in nest(TOWN).parents.items():
        assert parent is None or count[parent] >= count[code]
    assert gaps.by_level["areas"].sum() == len(TOWN)
    assert (gaps.by_level["share"] == gaps.by_level["covered"] / gaps.by_level["areas"]).all()
