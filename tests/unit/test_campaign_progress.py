"""Progress of a campaign: what counts, for which area, and that nothing else does."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.campaign import MEASURES, Stages, find_lagging, find_origins, measure_progress, tell_state

START, ON = date(2026, 9, 1), date(2026, 9, 30)
STAGES = Stages(START, date(2026, 9, 11), date(2026, 9, 21), date(2026, 10, 1))
GROUND = pd.DataFrame(
    {
        "code": ["D", "S", "T", "V"],
        "parent_code": [None, "D", "D", "S"],
        "name": ["区", "街", "镇", "村"],
        "level": ["district", "street", "street", "village"],
    }
)
LOCATED = pd.Series({"F1": "V", "F2": "V", "F3": "T", "F4": None}, dtype="str")
TARGETS = pd.DataFrame([(a, m, 2) for a in GROUND["code"] for m in MEASURES], columns=["area", "measure", "target"])

CALM = settings(deadline=None, max_examples=40)
days = st.integers(-40, 40).map(lambda n: START + timedelta(days=n))
codes = st.sampled_from([*GROUND["code"], "gone"])
visits = st.tuples(
    st.sampled_from(["F1", "F2", "F3", "F4", "F9"]),
    days,
    st.sampled_from(["pass", "conditions", "fail", None]),
    st.sampled_from([0, 1, None]),
    st.sampled_from([0, 0, 2]),
)


def held(*rows: tuple[str, date]) -> pd.DataFrame:
    """Sessions of outreach."""
    frame = pd.DataFrame(list(rows), columns=["area_code", "held_on"])
    return frame.astype({"area_code": "str", "held_on": "datetime64[s]"})


def visited(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Inspections: facility, day, result, serious, critical."""
    frame = pd.DataFrame(list(rows), columns=["facility_code", "inspected_on", "result", "serious", "critical"])
    types = {"facility_code": "str", "inspected_on": "datetime64[s]", "result": "str"}
    return frame.astype({**types, "serious": "Int64", "critical": "Int64"})


def reach(sessions: pd.DataFrame, inspections: pd.DataFrame, *, on: date = ON, **more: Any) -> dict[Any, int]:
    """(area, measure) -> what was reached."""
    rows = measure_progress(TARGETS, GROUND, LOCATED, sessions, inspections, start=START, on=on, **more)
    assert (rows["share"] == rows["reached"] / rows["target"]).all()
    assert (rows["capped"] == rows["share"].clip(upper=1)).all()
    pairs = zip(rows["area"], rows["measure"], strict=True)
    return dict(zip(pairs, rows["reached"].tolist(), strict=True))


def test_a_session_counts_for_its_area_and_all_above() -> None:
    """A session in a village counts for village, street and district, not for the other street."""
    got = reach(held(("V", START), ("T", ON)), visited())
    assert [got[area, "sessions"] for area in "DSTV"] == [2, 1, 1, 1]


def test_a_facility_counts_once() -> None:
    """However often a facility is inspected, it is one."""
    got = reach(held(), visited(("F1", START, "pass", 0, 0), ("F1", ON, "pass", 0, 0), ("F3", ON, "fail", 0, 0)))
    assert [got[area, "inspected"] for area in "DSTV"] == [2, 1, 1, 1]


@CALM
@given(st.lists(st.tuples(codes, days)), st.tuples(codes, days))
def test_one_more_session_never_lowers_anything(rows: list[tuple[str, date]], more: tuple[str, date]) -> None:
    """Adding a session leaves every number or raises it by one."""
    before, after = reach(held(*rows), visited()), reach(held(*rows, more), visited())
    assert all(after[key] - before[key] in (0, 1) for key in before)


@CALM
@given(st.lists(visits), visits)
def test_one_more_inspection_never_lowers_what_was_inspected(rows: list[Any], more: Any) -> None:
    """Adding an inspection never takes a facility from those inspected."""
    before, after = reach(held(), visited(*rows)), reach(held(), visited(*rows, more))
    assert all(after[key] >= before[key] for key in before if key[1] == "inspected")


@CALM
@given(st.lists(st.tuples(codes, days)), st.lists(visits))
def test_nothing_outside_the_days_counts(sessions: list[Any], inspections: list[Any]) -> None:
    """What happened before the launch or after the day changes nothing."""
    inside = [row for row in sessions if START <= row[1] <= ON], [row for row in inspections if START <= row[1] <= ON]
    assert reach(held(*sessions), visited(*inspections)) == reach(held(*inside[0]), visited(*inside[1]))


@CALM
@given(st.lists(visits))
def test_what_was_put_right_was_inspected(rows: list[Any]) -> None:
    """No area has more facilities put right than facilities inspected."""
    got = reach(held(), visited(*rows))
    assert all(got[area, "rectified"] <= got[area, "inspected"] for area in GROUND["code"])


BAD, CLEAN = ("conditions", 1, 0), ("pass", 0, 0)
DAY = [START + timedelta(days=n) for n in range(9)]


@pytest.mark.parametrize(
    ("course", "right"),
    [
        ([(1, BAD), (2, CLEAN)], 1),
        ([(1, ("fail", 0, 0)), (2, CLEAN)], 1),
        ([(1, ("pass", 0, 1)), (2, ("pass", None, None))], 1),
        ([(1, BAD)], 0),
        ([(2, CLEAN)], 0),
        ([(1, CLEAN), (2, BAD)], 0),
        ([(1, BAD), (1, CLEAN)], 0),
        ([(1, BAD), (2, ("conditions", 0, 0))], 0),
        ([(1, BAD), (2, ("pass", 1, 0))], 0),
        ([(1, BAD), (2, CLEAN), (3, BAD)], 0),
        ([(1, BAD), (2, CLEAN), (3, BAD), (4, CLEAN)], 1),
        ([(-1, BAD), (2, CLEAN)], 0),
        ([(1, BAD), (90, CLEAN)], 0),
    ],
)
def test_when_a_facility_is_put_right(course: list[tuple[int, tuple[Any, ...]]], right: int) -> None:
    """A bad visit of the campaign, then on a later day of it a clean one, and no bad one after that."""
    rows = [("F1", START + timedelta(days=day), *found) for day, found in course]
    assert reach(held(), visited(*rows))["V", "rectified"] == right


def test_a_facility_in_no_area_counts_nowhere() -> None:
    """An orphan, and one that is not in the register, add to no target."""
    got = reach(held(), visited(("F4", ON, "pass", 0, 0), ("F9", ON, "pass", 0, 0)))
    assert set(got.values()) == {0}


def test_a_split_moves_no_work() -> None:
    """A session in a part that a split made counts for the area that it came from, and above."""
    origins = find_origins(pd.DataFrame({"number": [1, 1], "old_code": ["V", "V"], "new_code": ["V1", "V2"]}))
    got = reach(held(("V1", ON), ("V2", ON)), visited(), origins=origins)
    assert [got[area, "sessions"] for area in "DSV"] == [2, 2, 2]


def test_areas_that_come_from_each_other_in_a_circle_end() -> None:
    """A circle of origins is left, not walked for ever."""
    assert reach(held(("X", ON)), visited(), origins={"X": "Y", "Y": "X"})["D", "sessions"] == 0


def test_a_target_of_an_area_that_is_not_there_has_reached_nothing() -> None:
    """A target of an unknown area stays in the list, without a name."""
    targets = pd.DataFrame({"area": ["gone"], "measure": ["sessions"], "target": [3]})
    rows = measure_progress(targets, GROUND, LOCATED, held(("gone", ON)), visited(), start=START, on=ON)
    assert rows["reached"].tolist() == [0]
    assert rows["area_name"].isna().all()


@CALM
@given(days, days)
def test_states_only_go_forward(one: date, other: date) -> None:
    """With the days the state never goes back."""
    order = ["planned", "launch", "action", "acceptance", "lapsed"]
    first, second = sorted((one, other))
    assert order.index(tell_state(STAGES, first)) <= order.index(tell_state(STAGES, second))


@pytest.mark.parametrize("accepted", [date(2026, 9, 25), None])
def test_acceptance_ends_the_walk(accepted: date | None) -> None:
    """From the day of acceptance on a campaign is accepted; before it, and without it, the days tell."""
    assert tell_state(STAGES, date(2026, 9, 24), accepted_on=accepted) == "acceptance"
    assert tell_state(STAGES, date(2026, 12, 1), accepted_on=accepted) == ("accepted" if accepted else "lapsed")


def test_stages_must_follow_each_other() -> None:
    """Stages out of order cannot be built."""
    with pytest.raises(ValueError, match="follow"):
        Stages(START, START, date(2026, 10, 1), date(2026, 11, 1))


@pytest.mark.parametrize(("on", "due"), [(START - timedelta(days=1), 0), (START, 1), (DAY[8], 9), (ON, 20)])
def test_an_even_pace_is_through_when_acceptance_begins(on: date, due: int) -> None:
    """Of a target of 20 in 20 days one is due each day, none before the launch, all from the acceptance on."""
    rows = pd.DataFrame({"area": ["D"], "target": [20], "reached": [0]})
    late = find_lagging(rows, STAGES, on=on)
    assert late["due"].tolist() == ([due] if due else [])
    assert find_lagging(rows.assign(reached=due), STAGES, on=on).empty
