"""Undoing a change: from the day on everything is as if the change had never been."""

from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.areas.changes import plan_change
from gis.analysis.areas.nesting import in_force
from gis.analysis.areas.undo import Register, plan_undo, recall_change
from gis.errors import DataRejected
from gis.tables import AreaChange, ChangeKind
from tests.unit.analysis.area_town import LEVELS, apply_change, assignments_frame, build_town, facilities_frame, square

CHANGED = date(2025, 1, 1)
UNDONE = date(2025, 7, 1)
LATER = [UNDONE, date(2025, 12, 31), date(2026, 1, 1), date(2030, 1, 1)]

TERMS: list[list[tuple[str, str, str, str | None]]] = [
    [],
    [("O1", "primary", "2021-01-01", None)],
    [("O2", "primary", "2021-01-01", None), ("O1", "deputy", "2022-01-01", None)],
    [("O1", "primary", "2021-01-01", "2026-01-01"), ("O2", "primary", "2026-01-01", None)],
    [("O3", "primary", "2021-01-01", "2025-03-01"), ("O2", "deputy", "2021-01-01", "2027-01-01")],
    [("O3", "primary", "2025-03-01", None)],
    [("O3", "primary", "2021-01-01", "2024-03-01"), ("O3", "primary", "2025-01-01", None)],
]


def split_file(village: int, at: float, *, keep: bool) -> gpd.GeoDataFrame:
    shapes = [square(village, 0, width=at), square(village + at, 0, width=1 - at)]
    codes = [f"V{village}" if keep else "A", "B"]
    return gpd.GeoDataFrame(
        {"code": codes, "name": ["west", "east"], "old_code": f"V{village}"}, geometry=shapes, crs=4326
    )


def merge_file(first: int, count: int, *, keep: bool) -> pd.DataFrame:
    old = [f"V{v}" for v in range(first, first + count)]
    return pd.DataFrame(
        {"code": [old[0] if keep else "M"], "name": ["m"], "old_code": [";".join(old)], "parent_code": "S0"}
    )


def redraw_file(village: int, at: float) -> gpd.GeoDataFrame:
    shapes = [square(village, 0, width=1 + at), square(village + 1 + at, 0, width=1 - at)]
    return gpd.GeoDataFrame({"code": [f"V{village}", f"V{village + 1}"]}, geometry=shapes, crs=4326)


def recode_file(village: int) -> pd.DataFrame:
    return pd.DataFrame({"code": ["T0", "W"], "old_code": ["S0" if village < 2 else "S1", f"V{village}"]})


@st.composite
def change_files(draw: st.DrawFn) -> tuple[ChangeKind, pd.DataFrame]:
    village, keep = draw(st.integers(0, 2)), draw(st.booleans())
    at = draw(st.sampled_from([0.3, 0.5, 0.6]))
    kind: ChangeKind = draw(st.sampled_from(["split", "merge", "redraw", "recode"]))
    if kind == "split":
        return kind, split_file(village, at, keep=keep)
    if kind == "merge":
        return kind, merge_file(village, draw(st.integers(2, 4 - village)), keep=keep)
    return kind, redraw_file(village, at) if kind == "redraw" else recode_file(village)


@st.composite
def registers(draw: st.DrawFn) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Assignments on villages and grids, and facilities with a claim of the village that they lie in, or none."""
    duties: list[tuple[str, str, str, str, str | None]] = []
    for area in ["V0", "V1", "V2", "V3", "V1G2"]:
        duties += [(officer, area, role, a, b) for officer, role, a, b in draw(st.sampled_from(TERMS))]
    points = draw(st.lists(st.tuples(st.floats(0.01, 3.99), st.floats(0.01, 0.99), st.booleans()), max_size=5))
    claims = [(f"F{i}", f"V{int(x)}" if claims else None, x, y) for i, (x, y, claims) in enumerate(points)]
    return assignments_frame(duties), facilities_frame(claims)


def as_of(frame: pd.DataFrame, on: date) -> list[tuple[Any, ...]]:
    """Everything that holds on a day, without the days on which it began and was to end."""
    rows = pd.DataFrame(in_force(frame, on).drop(columns=["valid_from", "valid_to"]))
    if "geometry" in rows:
        rows["geometry"] = gpd.GeoSeries(rows["geometry"]).normalize().to_wkb()
    return sorted(tuple(None if pd.isna(v) else v for v in row) for row in rows.itertuples(index=False, name=None))


def undo(change: AreaChange, now: Register, *, on: date = UNDONE) -> AreaChange:
    return plan_undo(change, now.areas, now.assignments, now.facilities, number=7, on=on, levels=LEVELS)


def made(kind: ChangeKind, file: pd.DataFrame, was: Register) -> tuple[AreaChange, Register]:
    frames = (was.areas, was.assignments, was.facilities)
    change = plan_change(kind, file, *frames, on=CHANGED, levels=LEVELS)
    return change, Register(*apply_change(change, *frames))


@settings(max_examples=30, deadline=None)
@given(what=change_files(), register=registers(), same_day=st.booleans())
def test_a_change_and_its_undoing_leave_nothing_behind(
    what: tuple[ChangeKind, pd.DataFrame], register: tuple[pd.DataFrame, gpd.GeoDataFrame], same_day: bool
) -> None:
    """On every day from the undoing on, codes, parents, polygons, officers and claims are those of before."""
    was = Register(build_town(), *register)
    change, became = made(*what, was)
    on = CHANGED if same_day else UNDONE
    back = undo(change, became, on=on)
    again = Register(*apply_change(back, became.areas, became.assignments, became.facilities))
    for day in [on, *LATER]:
        assert as_of(again.areas, day) == as_of(was.areas, day)
        assert as_of(again.assignments, day) == as_of(was.assignments, day)
        assert as_of(again.facilities, day) == as_of(was.facilities, day)
    assert back.undoes == 7
    assert np.allclose(back.crosswalk.groupby("old_code")["weight_area"].sum(), 1)


@pytest.mark.parametrize("on", [CHANGED, UNDONE])
@pytest.mark.parametrize(("kept", "joined"), [(4, 5), (5, 4)])
def test_an_officer_who_had_the_area_at_another_time_keeps_that_time(kept: int, joined: int, on: date) -> None:
    """What a merge brought to the area that kept its code goes; the same officer's own period there stays."""
    duties = [(name, area, role, a, b) for area, n in (("V0", kept), ("V1", joined)) for name, role, a, b in TERMS[n]]
    was = Register(build_town(), assignments_frame(duties), facilities_frame([]))
    change, became = made("merge", merge_file(0, 2, keep=True), was)
    back = undo(change, became, on=on)
    again = Register(*apply_change(back, *vars(became).values()))
    for day in [on, *LATER]:
        assert as_of(again.assignments, day) == as_of(was.assignments, day)


@settings(max_examples=10, deadline=None)
@given(what=change_files(), register=registers())
def test_a_change_can_be_recalled(
    what: tuple[ChangeKind, pd.DataFrame], register: tuple[pd.DataFrame, gpd.GeoDataFrame]
) -> None:
    """What was known before and after a change is enough to read the change again."""
    was = Register(build_town(), *register)
    change, became = made(*what, was)
    recalled = recall_change(change.kind, change.on, change.crosswalk, was=was, became=became)
    for name in ("before", "reparented", "ended", "begun", "facilities"):
        pd.testing.assert_frame_equal(getattr(recalled, name), getattr(change, name), check_dtype=False)
    assert sorted(recalled.after["code"]) == sorted(change.after["code"])


def test_the_change_itself_shows_between_the_days() -> None:
    """Control: on a day between change and undoing the parts stand, not the whole."""
    was = Register(build_town(), assignments_frame([]), facilities_frame([]))
    change, became = made("split", split_file(0, 0.5, keep=False), was)
    back = undo(change, became)
    assert back.kind == "merge"
    codes = {row[0] for row in as_of(apply_change(back, *vars(became).values())[0], date(2025, 3, 1))}
    assert {"A", "B"} <= codes
    assert "V0" not in codes


def test_an_undoing_can_be_undone() -> None:
    """The undoing is a change like any other: taken back, the merged area stands again."""
    was = Register(build_town(), assignments_frame([("O1", "V0", "primary", "2021-01-01", None)]), facilities_frame([]))
    change, became = made("merge", merge_file(0, 2, keep=False), was)
    back = undo(change, became)
    again = Register(*apply_change(back, *vars(became).values()))
    forth = undo(back, again, on=date(2026, 5, 1))
    final = Register(*apply_change(forth, *vars(again).values()))
    assert forth.kind == "merge"
    assert as_of(final.areas, date(2026, 5, 1)) == as_of(became.areas, date(2026, 5, 1))
    assert as_of(final.assignments, date(2026, 5, 1)) == as_of(became.assignments, date(2026, 5, 1))


def test_officers_named_since_leave_with_the_area_they_were_named_for() -> None:
    """An assignment made on a merged area ends when the merge is undone; the old officers are back."""
    was = Register(build_town(), assignments_frame([("O1", "V0", "primary", "2021-01-01", None)]), facilities_frame([]))
    change, became = made("merge", merge_file(0, 2, keep=False), was)
    named = pd.concat(
        [became.assignments, assignments_frame([("O9", "M", "deputy", "2025-02-01", None)])], ignore_index=True
    )
    back = undo(change, Register(became.areas, named, became.facilities))
    assert set(back.ended["officer_code"]) == {"O1", "O9"}
    assert back.begun[["officer_code", "target_code"]].to_numpy().tolist() == [["O1", "V0"]]


def test_grids_drawn_since_find_a_parent() -> None:
    """A child that was not there before the change goes to the old area that holds most of it."""
    was = Register(build_town(), assignments_frame([]), facilities_frame([]))
    change, became = made("merge", merge_file(0, 2, keep=False), was)
    extra = became.areas[became.areas["code"] == "V1G2"].tail(1)
    extra = extra.assign(code="NEW", valid_from=pd.Timestamp("2025-02-01").as_unit("s"))
    back = undo(
        change, Register(pd.concat([became.areas, extra], ignore_index=True), became.assignments, became.facilities)
    )
    assert back.reparented.set_index("code")["parent_code"]["NEW"] == "V1"


def test_a_change_with_later_changes_on_top_is_not_undone() -> None:
    """Later changes of the same areas have to be undone first; a taken code and an earlier day are refused too."""
    was = Register(build_town(), assignments_frame([]), facilities_frame([]))
    change, became = made("split", split_file(0, 0.5, keep=False), was)
    undo(change, became)
    frames = vars(became).values()
    recode = pd.DataFrame({"code": ["Z"], "old_code": ["A"]})
    later = plan_change("recode", recode, *frames, on=date(2025, 3, 1), levels=LEVELS)
    with pytest.raises(DataRejected, match="A"):
        undo(change, Register(*apply_change(later, *frames)))
    reuse = plan_change("recode", pd.DataFrame({"code": ["V0"], "old_code": ["V3"]}), *frames, on=UNDONE, levels=LEVELS)
    with pytest.raises(DataRejected, match="V0"):
        undo(change, Register(*apply_change(reuse, *frames)), on=date(2025, 9, 1))
    with pytest.raises(DataRejected):
        undo(change, became, on=date(2024, 12, 31))
