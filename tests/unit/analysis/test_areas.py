"""Nesting and history, crosswalks and series."""

from datetime import date
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.areas.changes import plan_change
from gis.analysis.areas.crosswalk import build_crosswalk, chain_crosswalks, convert_series
from gis.analysis.areas.lineage import history
from gis.analysis.areas.nesting import in_force, nest
from gis.errors import DataRejected, NotFound
from gis.tables import AreaChange, ChangeKind
from tests.unit.analysis.area_town import (
    LEVELS,
    apply_change,
    areas_frame,
    assignments_frame,
    build_town,
    facilities_frame,
    square,
)

THOUSANDTHS = st.lists(st.integers(50, 950), min_size=1, max_size=4, unique=True)
CUTS = THOUSANDTHS.map(lambda cuts: sorted(cut / 1000 for cut in cuts))


def change_town(
    kind: ChangeKind, rows: pd.DataFrame, areas: gpd.GeoDataFrame, *, on: date
) -> tuple[AreaChange, gpd.GeoDataFrame]:
    """The change and all periods of the areas after it."""
    nobody, nothing = assignments_frame([]), facilities_frame([])
    change = plan_change(kind, rows, areas, nobody, nothing, on=on, levels=LEVELS)
    return change, apply_change(change, areas, nobody, nothing)[0]


def strips(cuts: list[float], *, old: str = "V0") -> gpd.GeoDataFrame:
    """A village cut from north to south at the given places."""
    edges = [0.0, *cuts, 1.0]
    shapes = [square(a, 0, width=b - a) for a, b in pairwise(edges)]
    codes = [f"P{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"code": codes, "name": codes, "old_code": old}, geometry=shapes, crs=4326)


def crosswalk(*rows: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["old_code", "new_code", "area_m2", "weight_area", "weight_dwellings"]
    return pd.DataFrame(list(rows), columns=columns)


def weights(walk: pd.DataFrame, name: str) -> dict[tuple[str, str], float]:
    keys = zip(walk["old_code"], walk["new_code"], strict=True)
    return dict(zip(keys, walk[name].round(6), strict=True))


def test_nesting_walks_up_and_down() -> None:
    """Ancestors nearest first, descendants and order level by level, a top has no ancestors."""
    town = nest(build_town())
    assert town.ancestors("V2G1") == ("V2", "S1", "D")
    assert town.path("V0") == ("D", "S0", "V0")
    assert town.descendants("S0")[:2] == ("V0", "V1")
    assert len(town.descendants("D")) == 22
    assert town.order[:3] == ("D", "S0", "S1")
    assert town.ancestors("D") == town.children("V0G0") == ()
    with pytest.raises(NotFound):
        town.descendants("nowhere")


def test_areas_in_a_circle_are_refused() -> None:
    """Areas that contain each other, an area in itself, a code that stands twice; the town itself is the control."""
    town = build_town()
    nest(town)
    circle = town.assign(parent_code=town["parent_code"].mask(town["code"] == "S0", "V0G2"))
    with pytest.raises(DataRejected) as refusal:
        nest(circle)
    assert set(refusal.value.details["circle"]) == {"S0", "V0", "V0G2"}
    with pytest.raises(DataRejected):
        nest(town.assign(parent_code=town["parent_code"].mask(town["code"] == "V1G0", "V1G0")))
    with pytest.raises(DataRejected):
        nest(pd.concat([town, town.iloc[:1]]))


def test_a_parent_outside_the_frame_makes_a_top() -> None:
    """Areas below a missing parent are tops of their own."""
    town = build_town()
    assert nest(town[town["level"].isin(["village", "grid"])]).path("V0G0") == ("V0", "V0G0")


def test_periods_are_half_open() -> None:
    """An area is in force on its first day and no longer on its last; open ends hold for ever."""
    town = areas_frame([("A", "grid", None, square(0, 0), None)], since=date(2020, 1, 1))
    town["valid_to"] = pd.Series([pd.Timestamp("2021-01-01")], dtype="datetime64[s]")
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1)]
    assert [len(in_force(town, day)) for day in days] == [0, 1, 1, 0]
    assert len(in_force(town.assign(valid_from=pd.NaT, valid_to=pd.NaT), days[0])) == 1


@settings(max_examples=15, deadline=None)
@given(cuts=CUTS, total=st.floats(0, 1e6))
def test_totals_survive_there_and_back(cuts: list[float], total: float) -> None:
    """Weights of an old area add up to 1, so its total is kept by either weight, and comes back the same."""
    change, _after = change_town("split", strips(cuts), build_town(), on=date(2025, 1, 1))
    old = pd.Series({"V0": total, "V1": 7.0})
    for weight in ("weight_area", "weight_dwellings"):
        assert change.crosswalk[weight].sum() == pytest.approx(1, abs=1e-12)
    for name in ("area", "dwellings"):
        new = convert_series(old, change.crosswalk, to="new", weight=name)
        assert new.sum() == pytest.approx(total + 7)
        assert "V0" not in new
        back = convert_series(new, change.crosswalk, to="old", weight=name)
        assert back.to_dict() == pytest.approx(old.to_dict())


def test_area_weights_follow_the_ground_and_dwelling_weights_the_dwellings() -> None:
    """A quarter of the ground is a quarter by area, and by dwellings half of the western grids: 0.5 x (1 + 3) of 10."""
    change, _after = change_town("split", strips([0.25]), build_town(), on=date(2025, 1, 1))
    assert weights(change.crosswalk, "weight_area") == {("V0", "P0"): 0.25, ("V0", "P1"): 0.75}
    assert weights(change.crosswalk, "weight_dwellings") == {("V0", "P0"): 0.2, ("V0", "P1"): 0.8}
    assert change.crosswalk["area_m2"].sum() == pytest.approx(10_690, rel=0.01)


def test_dwellings_of_the_parts_count_where_none_are_known_inside() -> None:
    """Without dwellings inside the old area those of the new ones decide; without those the ground does."""
    bare = build_town().assign(dwellings=pd.array([None] * 23, dtype="Int64"))
    parts = strips([0.25]).assign(dwellings=[30, 10])
    change, _after = change_town("split", parts, bare, on=date(2025, 1, 1))
    assert weights(change.crosswalk, "weight_dwellings") == {("V0", "P0"): 0.75, ("V0", "P1"): 0.25}
    change, _after = change_town("split", strips([0.25]), bare, on=date(2025, 1, 1))
    assert weights(change.crosswalk, "weight_dwellings") == weights(change.crosswalk, "weight_area")


def test_an_incomplete_level_leaves_the_word_to_the_one_above() -> None:
    """Where only some grids of a village know their dwellings, the village's own number counts, once."""
    town = build_town()
    known = town["dwellings"].mask(town["code"] == "V0G0").mask(town["code"] == "V0", 100)
    rows = gpd.GeoDataFrame(
        {"code": ["A", "B"], "name": "n", "old_code": "S0", "geometry": [square(0, 0), square(1, 0)]}, crs=4326
    )
    change, _after = change_town("split", rows, town.assign(dwellings=known), on=date(2025, 1, 1))
    assert weights(change.crosswalk, "weight_dwellings")[("S0", "A")] == round(100 / (100 + 11 + 12 + 13 + 14), 6)


def test_a_recode_is_the_identity() -> None:
    """One old, one new, weight 1: a series only changes its codes."""
    rows = pd.DataFrame({"code": ["W"], "old_code": ["V0"]})
    change, _after = change_town("recode", rows, build_town(), on=date(2025, 1, 1))
    assert weights(change.crosswalk, "weight_dwellings") == {("V0", "W"): 1.0}
    assert convert_series(pd.Series({"V0": 3}), change.crosswalk, to="new").to_dict() == {"W": 3.0}


def test_a_merged_total_goes_back_by_what_was_brought_in() -> None:
    """By ground where nothing else is known, by the old totals where they are, by ground again where one is missing."""
    walk = crosswalk(("a", "m", 100.0, 1.0, 1.0), ("b", "m", 300.0, 1.0, 1.0))
    new = pd.Series({"m": 40.0})
    assert convert_series(new, walk, to="old").to_dict() == {"a": 10, "b": 30}
    assert convert_series(new, walk, to="old", old_totals=pd.Series({"a": 5, "b": 5})).to_dict() == {"a": 20, "b": 20}
    assert convert_series(new, walk, to="old", old_totals=pd.Series({"a": 5})).to_dict() == {"a": 10, "b": 30}
    assert convert_series(new, walk, to="old", old_totals=pd.Series({"a": 0, "b": 0})).to_dict() == {"a": 10, "b": 30}


def test_what_is_missing_stays_missing() -> None:
    """A missing old total makes every new total missing that it is part of, and no other."""
    walk = crosswalk(("a", "m", 100.0, 1.0, 1.0), ("b", "m", 100.0, 0.5, 0.5), ("b", "n", 100.0, 0.5, 0.5))
    new = convert_series(pd.Series({"b": 4.0}), walk, to="new")
    assert np.isnan(new["m"])
    assert new["n"] == 2
    assert convert_series(pd.Series({"x": 4.0}), walk, to="new").to_dict() == {"x": 4.0}


def test_a_moved_border_gives_only_what_moved() -> None:
    """A redraw of two neighbours: the pieces are the ground that stayed and the ground that moved, slivers left out."""
    shapes = [square(0, 0, width=1.25), square(1.25, 0, width=0.75)]
    rows = gpd.GeoDataFrame({"code": ["V0", "V1"]}, geometry=shapes, crs=4326)
    change, _after = change_town("redraw", rows, build_town(), on=date(2025, 1, 1))
    expected = {("V0", "V0"): 1.0, ("V1", "V0"): 0.25, ("V1", "V1"): 0.75}
    assert weights(change.crosswalk, "weight_area") == expected


def test_uncovered_ground_is_no_loss() -> None:
    """Where the new area leaves a part of the old one out, the old total still goes over whole."""
    before = areas_frame([("a", "grid", None, square(0, 0), None)])
    after = areas_frame(
        [("b", "grid", None, square(0, 0, width=0.6), None), ("c", "grid", None, square(0.6, 0, width=0.2), None)]
    )
    pairs = pd.DataFrame({"old_code": ["a", "a"], "new_code": ["b", "c"]})
    walk = build_crosswalk(before, after, pairs, before)
    assert weights(walk, "weight_area") == {("a", "b"): 0.75, ("a", "c"): 0.25}


def test_changes_one_after_the_other_make_one_crosswalk() -> None:
    """Split, then merge of a part with a neighbour, then a recode: the chain converts as the steps do."""
    town = build_town()
    first, town = change_town("split", strips([0.25]), town, on=date(2022, 1, 1))
    rows = pd.DataFrame({"code": ["M"], "name": ["m"], "old_code": ["P1;V1"]})
    second, town = change_town("merge", rows, town, on=date(2023, 1, 1))
    third, _town = change_town("recode", pd.DataFrame({"code": ["N"], "old_code": ["M"]}), town, on=date(2024, 1, 1))
    steps = [first.crosswalk, second.crosswalk, third.crosswalk]
    chain = chain_crosswalks(steps)
    assert weights(chain, "weight_area") == {("V0", "P0"): 0.25, ("V0", "N"): 0.75, ("V1", "N"): 1.0}
    old = pd.Series({"V0": 100.0, "V1": 10.0, "V2": 1.0})
    stepwise = old
    for step in steps:
        stepwise = convert_series(stepwise, step, to="new")
    pd.testing.assert_series_equal(convert_series(old, chain, to="new"), stepwise)
    assert stepwise.to_dict() == pytest.approx({"N": 85, "P0": 25, "V2": 1})
    assert chain_crosswalks([]).empty


def test_history_follows_a_code_both_ways() -> None:
    """From any of its codes the same line is found: what it came from, what it became, and by which change."""
    town = build_town()
    changes = []
    for number, (kind, rows) in enumerate(
        [
            ("split", strips([0.25])),
            ("recode", pd.DataFrame({"code": ["Q"], "old_code": ["P1"]})),
            ("merge", pd.DataFrame({"code": ["M"], "name": ["m"], "old_code": ["Q;V1"]})),
        ]
    ):
        change, town = change_town(kind, rows, town, on=date(2022 + number, 1, 1))  # type: ignore[arg-type]
        pairs = change.crosswalk[["old_code", "new_code"]]
        changes.append(pairs.assign(kind=kind, on=pd.Timestamp(change.on).as_unit("s")))
    line = history("P1", town, pd.concat(changes, ignore_index=True))
    assert list(line["code"]) == ["V0", "P1", "Q", "M"]
    assert line["change"].isna().tolist() == [True, False, False, False]
    assert list(line["change"].iloc[1:]) == ["split", "recode", "merge"]
    assert line.set_index("code").loc["V0", "successors"] == "P0;P1"
    assert line.set_index("code").loc["M", "predecessors"] == "Q;V1"
    assert list(history("V1", town, pd.concat(changes))["code"]) == ["V1", "M"]
    children = history("V0G1", town, pd.concat(changes))
    assert list(children["code"]) == ["V0G1"] * 4
    assert children["change"].isna().all()
    with pytest.raises(NotFound):
        history("nowhere", town, pd.concat(changes))


def test_history_of_an_area_that_never_changed() -> None:
    """One version, nothing before and nothing after."""
    none = pd.DataFrame({"kind": [], "on": pd.Series(dtype="datetime64[s]"), "old_code": [], "new_code": []})
    line = history("V0", build_town(), none.astype({"kind": "str", "old_code": "str", "new_code": "str"}))
    assert line[["change", "predecessors", "successors"]].isna().all(axis=None)
