"""Area changes: what ends, what begins, and what follows."""

from collections.abc import Callable
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.analysis.areas.changes import plan_change
from gis.analysis.areas.nesting import in_force
from gis.crs import area_m2
from gis.errors import DataRejected
from gis.tables import AREAS, AreaChange, ChangeKind
from tests.unit.analysis.area_town import (
    LEVELS,
    apply_change,
    areas_frame,
    assignments_frame,
    build_town,
    facilities_frame,
    square,
)

DAY = date(2025, 1, 1)
NOBODY = assignments_frame([])
NOTHING = facilities_frame([])


def file(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    """A change file as intake hands it on: rows counted from 1."""
    frame = pd.DataFrame(list(rows), index=pd.RangeIndex(1, len(rows) + 1, name="row"))
    return gpd.GeoDataFrame(frame, geometry=frame["geometry"] if "geometry" in frame else [None] * len(rows), crs=4326)


def halves(old: str = "V0", *, x: float = 0, at: float = 0.5, codes: tuple[str, str] = ("A", "B")) -> gpd.GeoDataFrame:
    """A split of a village into a western and an eastern part."""
    west, east = square(x, 0, width=at), square(x + at, 0, width=1 - at)
    return file(
        {"code": codes[0], "name": "west", "old_code": old, "geometry": west},
        {"code": codes[1], "name": "east", "old_code": old, "geometry": east},
    )


def plan(
    kind: ChangeKind,
    rows: pd.DataFrame,
    *,
    areas: gpd.GeoDataFrame | None = None,
    assignments: pd.DataFrame = NOBODY,
    facilities: gpd.GeoDataFrame = NOTHING,
    on: date = DAY,
) -> AreaChange:
    town = build_town() if areas is None else areas
    return plan_change(kind, rows, town, assignments, facilities, on=on, levels=LEVELS)


def who(change: AreaChange) -> list[tuple[str, str, str, bool]]:
    """Who begins where, in which role, and whether it was only carried over."""
    columns = ["target_code", "officer_code", "role", "carried"]
    return sorted(change.begun[columns].itertuples(index=False, name=None))


def test_a_split_ends_one_area_and_begins_its_parts() -> None:
    """The parts take level and parent from the whole and are valid from the day on; dwellings are not known."""
    change = plan("split", halves())
    assert list(change.before["code"]) == ["V0"]
    assert list(change.after["code"]) == ["A", "B"]
    assert set(change.after["level"]) == {"village"}
    assert set(change.after["parent_code"]) == {"S0"}
    assert change.after["dwellings"].isna().all()
    assert (change.after["valid_from"] == pd.Timestamp(DAY)).all()
    AREAS.schema.validate(pd.DataFrame(change.after[list(AREAS.columns)]))


def test_children_go_to_the_part_that_holds_most_of_them() -> None:
    """Grids keep their codes and get the parent of the largest overlap."""
    change = plan("split", halves(at=0.7))
    parents = change.reparented.set_index("code")["parent_code"].to_dict()
    assert parents == {"V0G0": "A", "V0G1": "B", "V0G2": "A", "V0G3": "B"}
    AREAS.schema.validate(pd.DataFrame(change.reparented[list(AREAS.columns)]))
    wide = plan("split", halves(at=0.8)).reparented.set_index("code")["parent_code"]
    assert wide["V0G1"] == "A"


def test_officers_of_a_split_area_answer_for_every_part() -> None:
    """The same officers, roles and last days; nothing is left to be decided. A coming one keeps his own first day."""
    duties = assignments_frame(
        [
            ("O1", "V0", "primary", "2021-01-01", "2026-01-01"),
            ("O2", "V0", "primary", "2026-01-01", None),
            ("O3", "V0", "deputy", "2021-01-01", None),
            ("O4", "V0", "primary", "2020-06-01", "2021-01-01"),
            ("O5", "V1", "primary", "2020-06-01", None),
        ]
    )
    change = plan("split", halves(), assignments=duties)
    assert set(change.ended["officer_code"]) == {"O1", "O2", "O3"}
    assert not change.begun["carried"].any()
    for part in ("A", "B"):
        got = change.begun[change.begun["target_code"] == part].set_index("officer_code")
        assert got.at["O1", "valid_from"] == pd.Timestamp(DAY)
        assert got.at["O1", "valid_to"] == pd.Timestamp("2026-01-01")
        assert got.at["O2", "valid_from"] == pd.Timestamp("2026-01-01")
        assert got.at["O3", "role"] == "deputy"


def test_different_primaries_of_a_merge_are_all_carried_over() -> None:
    """Each primary of a part stands on the whole, marked as carried, and a deputy who is primary too drops out."""
    duties = assignments_frame(
        [
            ("O1", "V0", "primary", "2021-01-01", None),
            ("O2", "V1", "primary", "2021-01-01", None),
            ("O1", "V1", "deputy", "2021-01-01", None),
            ("O3", "V1", "deputy", "2021-01-01", None),
        ]
    )
    change = plan("merge", file({"code": "M", "name": "both", "old_code": "V0;V1"}), assignments=duties)
    assert who(change) == [("M", "O1", "primary", True), ("M", "O2", "primary", True), ("M", "O3", "deputy", False)]
    assert len(change.ended) == 4


def test_the_same_primary_of_all_parts_is_one_declared_primary() -> None:
    """One officer answers for both parts: one row until the later of the two last days, nothing to decide."""
    duties = assignments_frame(
        [("O1", "V0", "primary", "2021-01-01", "2026-01-01"), ("O1", "V1", "primary", "2022-01-01", None)]
    )
    change = plan("merge", file({"code": "M", "name": "both", "old_code": "V0；V1"}), assignments=duties)
    assert who(change) == [("M", "O1", "primary", False)]
    assert change.begun["valid_to"].isna().all()


def test_a_part_without_a_primary_leaves_nothing_to_decide() -> None:
    """Only one of the parts has a primary: he answers for the whole."""
    duties = assignments_frame([("O1", "V0", "primary", "2021-01-01", None)])
    change = plan("merge", file({"code": "M", "name": "both", "old_code": "V0;V1"}), assignments=duties)
    assert who(change) == [("M", "O1", "primary", False)]


def test_primaries_one_after_the_other_do_not_clash() -> None:
    """Two primaries whose periods do not meet are both declared."""
    duties = assignments_frame(
        [("O1", "V0", "primary", "2021-01-01", "2026-01-01"), ("O2", "V1", "primary", "2026-01-01", None)]
    )
    change = plan("merge", file({"code": "M", "name": "both", "old_code": "V0;V1"}), assignments=duties)
    assert not change.begun["carried"].any()


def test_an_area_that_keeps_its_code_keeps_its_officers() -> None:
    """A village gives a part away and keeps its code: its own assignments neither end nor begin."""
    duties = assignments_frame([("O1", "V0", "primary", "2021-01-01", None)])
    claims = facilities_frame([("F1", "V0", 0.2, 0.2), ("F2", "V0", 0.8, 0.2)])
    change = plan("split", halves(codes=("V0", "B")), assignments=duties, facilities=claims)
    assert change.ended.empty
    assert who(change) == [("B", "O1", "primary", False)]
    assert set(change.reparented["code"]) == {"V0G1", "V0G3"}
    assert change.facilities.to_dict("list") == {"code": ["F2"], "area_code": ["B"]}


def test_claims_of_facilities_follow_their_points() -> None:
    """After a split by the point, the common border to the first code; after a merge or recode to the one new code."""
    claims = facilities_frame(
        [
            ("F1", "V0", 0.2, 0.2),
            ("F2", "V0", 0.7, 0.2),
            ("F3", "V0", 0.5, 0.5),
            ("F4", "V1", 1.5, 0.5),
            ("F5", None, 0, 0),
        ]
    )
    split = plan("split", halves(), facilities=claims).facilities.set_index("code")["area_code"].to_dict()
    assert split == {"F1": "A", "F2": "B", "F3": "A"}
    merge = plan("merge", file({"code": "M", "name": "m", "old_code": "V0;V1"}), facilities=claims).facilities
    assert list(merge["code"]) == ["F1", "F2", "F3", "F4"]
    assert set(merge["area_code"]) == {"M"}
    recode = plan("recode", file({"code": "W0", "old_code": "V0"}), facilities=claims).facilities
    assert set(recode["area_code"]) == {"W0"}


def test_a_merge_takes_over_what_its_parts_agree_on() -> None:
    """The union of the polygons, the sum of the dwellings, the common parent; children get the new parent."""
    change = plan("merge", file({"code": "M", "name": "both", "old_code": "V0G0;V0G1"}))
    assert change.after["dwellings"].tolist() == [3]
    assert change.after["parent_code"].tolist() == ["V0"]
    assert change.after.geometry.iloc[0].equals(square(0, 0, height=0.5))
    assert len(plan("merge", file({"code": "M", "name": "m", "old_code": "V0;V1"})).reparented) == 8


def test_a_recode_keeps_everything_but_the_code() -> None:
    """Name, level, parent, polygon and dwellings stay; a street and its villages move together in one file."""
    town = build_town()
    change = plan("recode", file({"code": "T0", "old_code": "S0"}, {"code": "W0", "old_code": "V0"}))
    after, before = change.after.set_index("code"), town.set_index("code")
    assert after.loc["W0", "parent_code"] == "T0"
    assert after.loc["W0", "name"] == before.loc["V0", "name"]
    assert after.geometry["W0"].equals_exact(before.geometry["V0"], 0)
    assert change.reparented.set_index("code")["parent_code"].to_dict() == {
        "V0G0": "W0",
        "V0G1": "W0",
        "V0G2": "W0",
        "V0G3": "W0",
        "V1": "T0",
    }


def test_a_border_moves_between_two_neighbours() -> None:
    """A redraw of both neighbours: same codes, no officer moves, grids and facilities go where the ground went."""
    rows = file(
        {"code": "V0", "geometry": square(0, 0, width=1.5)}, {"code": "V1", "geometry": square(1.5, 0, width=0.5)}
    )
    duties = assignments_frame(
        [("O1", "V0", "primary", "2021-01-01", None), ("O2", "V1", "primary", "2021-01-01", None)]
    )
    claims = facilities_frame([("F1", "V1", 1.2, 0.2), ("F2", "V1", 1.7, 0.2), ("F3", "V1", 0.2, 0.2)])
    change = plan("redraw", rows, assignments=duties, facilities=claims)
    assert change.ended.empty
    assert change.begun.empty
    assert change.reparented.set_index("code")["parent_code"].to_dict() == {"V1G0": "V0", "V1G2": "V0"}
    assert change.facilities.to_dict("list") == {"code": ["F1"], "area_code": ["V0"]}
    assert change.after.set_index("code").loc["V0", "name"] == "area V0"


def test_a_redraw_may_change_the_name_alone() -> None:
    """Without a polygon the old one stays, with its dwellings."""
    change = plan("redraw", file({"code": "V0G0", "name": "renamed"}))
    assert change.after[["name", "dwellings"]].iloc[0].tolist() == ["renamed", 1]
    assert change.reparented.empty


def test_nothing_that_was_handed_in_is_changed() -> None:
    """The caller's frames are the same after planning."""
    town, duties = build_town(), assignments_frame([("O1", "V0", "primary", "2021-01-01", None)])
    claims, rows = facilities_frame([("F1", "V0", 0.2, 0.2)]), halves()
    copies = [f.copy() for f in (town, duties, claims, rows)]
    plan("split", rows, areas=town, assignments=duties, facilities=claims)
    for frame, copy in zip((town, duties, claims, rows), copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_the_town_stays_whole() -> None:
    """After a split the areas in force on the day still add up at every level, and every parent is in force."""
    town = build_town()
    change = plan("split", halves(), areas=town)
    after = in_force(apply_change(change, town, NOBODY, NOTHING)[0], DAY)
    sizes = pd.Series(area_m2(after.geometry), after.index).groupby(after["level"]).sum()
    assert np.allclose(sizes, sizes.iloc[0], rtol=1e-9)
    assert after["parent_code"].dropna().isin(after["code"]).all()
    assert not after["code"].duplicated().any()


def changed(**values: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """The halves with one cell of the first row replaced."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        rows = rows.copy()
        for column, value in values.items():
            rows.loc[1, column] = value
        return rows

    return change


@pytest.mark.parametrize(
    ("spoil", "column", "words"),
    [
        (changed(old_code="V9"), "old_code", "parts|V9"),
        (changed(code="V1"), "code", "V1"),
        (changed(code="B"), "code", "B"),
        (changed(code=None), "code", "column"),
        (changed(name=None), "name", "column"),
        (changed(level="grid"), "level", "village"),
        (changed(old_code="V0;V1"), "old_code", "column"),
        (changed(geometry=square(0, 0, width=0.45)), "geometry", "m2"),
        (changed(geometry=square(0, 0, width=0.6)), "geometry", "m2"),
        (changed(geometry=square(-0.1, 0, width=0.6)), "geometry", "m2"),
        (changed(geometry=square(5, 5)), "geometry", "column"),
        (changed(geometry=None), "geometry", "column"),
        (changed(geometry=shapely.Polygon()), "geometry", "column"),
        (changed(geometry=shapely.Point(120, 30)), "geometry", "column"),
        (
            changed(geometry=shapely.Polygon([(120, 30), (120.001, 30.001), (120.001, 30), (120, 30.001)])),
            "geometry",
            "column",
        ),
        (lambda rows: rows.iloc[:1], "old_code", "V0"),
    ],
)
def test_a_split_that_cannot_be_is_refused(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], column: str, words: str
) -> None:
    """One message with row and column for each mistake; the unspoilt file is the control."""
    plan("split", halves())
    with pytest.raises(DataRejected, match=words) as refusal:
        plan("split", spoil(halves()))
    assert refusal.value.details["column"] == column
    assert refusal.value.details["row"] in (1, 2)


def test_a_sliver_is_accepted() -> None:
    """Parts that miss the whole by less than 1 % are taken as they are drawn."""
    change = plan("split", changed(geometry=square(0, 0, width=0.4955))(halves()))
    assert len(change.after) == 2


@pytest.mark.parametrize(
    ("old_code", "column"),
    [("V0;V2", "old_code"), ("V0;V0G1", "old_code"), ("V0", "old_code"), ("V2;V3", "parent_code"), (None, "old_code")],
)
def test_a_merge_that_cannot_be_is_refused(old_code: str | None, column: str) -> None:
    """Areas that do not touch, of different levels, only one, none, or with different parents and none named."""
    plan("merge", file({"code": "M", "name": "m", "old_code": "V0;V1"}))
    with pytest.raises(DataRejected) as refusal:
        plan("merge", file({"code": "M", "name": "m", "old_code": old_code}), areas=build_town(villages=6))
    assert refusal.value.details["column"] == column


def test_a_merge_across_parents_names_its_parent() -> None:
    """Villages of two streets merge where the file says into which street; that one must exist and be higher."""
    rows = {"code": "M", "name": "m", "old_code": "V1;V2"}
    assert plan("merge", file({**rows, "parent_code": "S1"})).after["parent_code"].tolist() == ["S1"]
    for parent in ("S9", "V0", "V1"):
        with pytest.raises(DataRejected):
            plan("merge", file({**rows, "parent_code": parent}))


def test_a_redraw_must_meet_the_old_polygon_and_no_other() -> None:
    """A polygon elsewhere, another code, or an overlap of two redrawn neighbours is refused."""
    plan("redraw", file({"code": "V0", "geometry": square(0, 0, width=0.9)}))
    for rows in (
        file({"code": "V0", "geometry": square(2, 0)}),
        file({"code": "V0", "old_code": "V1", "geometry": square(0, 0)}),
        file({"code": "V0", "geometry": square(0, 0, width=1.5)}, {"code": "V1", "geometry": square(1, 0)}),
        file({"code": "V0"}),
    ):
        with pytest.raises(DataRejected):
            plan("redraw", rows)


def test_a_recode_needs_a_free_code_and_the_same_polygon() -> None:
    """The same code, a code in use, one old code twice, or another polygon is refused; two codes may be swapped."""
    swap = plan("recode", file({"code": "V1", "old_code": "V0"}, {"code": "V0", "old_code": "V1"}))
    assert set(swap.after["code"]) == {"V0", "V1"}
    for rows in (
        file({"code": "V0", "old_code": "V0"}),
        file({"code": "V3", "old_code": "V0"}),
        file({"code": "A", "old_code": "V0"}, {"code": "B", "old_code": "V0"}),
        file({"code": "A", "old_code": "V0", "geometry": square(0, 0, width=0.8)}),
    ):
        with pytest.raises(DataRejected):
            plan("recode", rows)


def test_a_change_needs_an_area_that_stands_on_the_day() -> None:
    """Before it begins, on its first day, after it ended, or before a later change of it, nothing can be planned."""
    town = build_town()
    later = apply_change(plan("split", halves(), areas=town), town, NOBODY, NOTHING)[0]
    for areas, on in [
        (town, date(2019, 1, 1)),
        (town, date(2020, 1, 1)),
        (later, date(2026, 1, 1)),
        (later, DAY),
        (later, date(2024, 1, 1)),
    ]:
        with pytest.raises(DataRejected) as refusal:
            plan("recode", file({"code": "Z", "old_code": "V0"}), areas=areas, on=on)
        assert refusal.value.details["column"] == "old_code"


def test_an_area_since_always_can_change() -> None:
    """An area without a first day stands on every day."""
    town = areas_frame([("D", "district", None, square(0, 0), None)], since=None)
    change = plan("recode", file({"code": "E", "old_code": "D"}), areas=town)
    assert change.after["code"].tolist() == ["E"]
