"""The rules of every table, and of areas, assignments and facilities, each with a frame that breaks it."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.tables import TABLES
from gis.texts import use_language
from gis.validate import Problem, Report, Stored, empty_frame, validate
from gis.validate.rows import overlapping_rows

LEVELS = ("district", "street", "village", "grid")


def canonical(kind: str, rows: Sequence[dict[str, Any]], geometry: Sequence[Any] = ()) -> Any:
    """A canonical frame as intake would hand it over: rows are numbered from 1."""
    schema = TABLES[kind].schema
    index = pd.RangeIndex(1, len(rows) + 1, name="row")
    columns = {}
    for name, column in schema.columns.items():
        values = pd.Series([row.get(name) for row in rows], index=index, dtype="object")
        dtype = str(column.dtype)
        columns[name] = pd.to_datetime(values).dt.as_unit("s") if "datetime" in dtype else values.astype(dtype)  # type: ignore[call-overload]
    frame = pd.DataFrame(columns, index=index)
    return gpd.GeoDataFrame(frame, geometry=list(geometry), crs=4326) if TABLES[kind].geometry else frame


def area(code: str, parent: str | None = None, level: str = "street", **more: Any) -> dict[str, Any]:
    return {"code": code, "name": code, "level": level, "parent_code": parent, **more}


def assignment(
    officer: str, target: str, start: str | None = None, end: str | None = None, **more: Any
) -> dict[str, Any]:
    row = {"officer_code": officer, "target_kind": "area", "target_code": target, "role": "primary"}
    return {**row, "valid_from": start, "valid_to": end, **more}


SQUARE = shapely.box(120, 28, 121, 29)
WEST, EAST = shapely.box(120, 28, 120.5, 29), shapely.box(120.5, 28, 121, 29)
DISTRICT = area("D", level="district")


def check(kind: str, frame: Any, stored: Stored | None = None, **more: Any) -> Report:
    with use_language("en"):
        return validate(kind, frame, levels=LEVELS, stored=stored or Stored.empty(), **more)


def rules(report: Report) -> list[tuple[int | None, str, str]]:
    return [(p.row, p.rule, p.severity) for p in report.problems]


def store(**tables: Any) -> Stored:
    nothing = Stored.empty()
    assignments = tables.get("assignments", empty_frame("assignments"))
    if "carried" not in assignments:
        assignments = assignments.assign(carried=False)
    return Stored(
        tables.get("areas", nothing.areas),
        tables.get("officers", nothing.officers),
        assignments,
        tables.get("facility_codes", nothing.facility_codes),
    )


@pytest.fixture
def two_officers() -> Stored:
    """A store with two officers, one district and one facility."""
    return store(
        areas=canonical("areas", [DISTRICT], [SQUARE]),
        officers=canonical("officers", [{"code": "A", "name": "a"}, {"code": "B", "name": "b"}]),
        facility_codes=frozenset({"F1"}),
    )


def test_a_sound_coverage_has_no_problem() -> None:
    """Two streets that fill their district are right (the control of every rule of areas)."""
    frame = canonical("areas", [DISTRICT, area("W", "D"), area("E", "D")], [SQUARE, WEST, EAST])
    assert check("areas", frame) == Report()


@pytest.mark.parametrize("kind", sorted(TABLES))
def test_an_empty_frame_is_canonical(kind: str) -> None:
    """A frame without rows has every column of its table in its dtype, and no problem."""
    frame = empty_frame(kind)
    assert check(kind, frame) == Report()
    assert tuple(frame.columns.drop("geometry", errors="ignore")) == TABLES[kind].columns


def test_a_column_of_another_shape_is_a_problem_of_the_file() -> None:
    """A missing column, or one of another dtype, is said once, and nothing else is."""
    frame = canonical("officers", [{"code": "A", "name": "a"}, {"code": "A", "name": "a"}])
    lacking = check("officers", frame.drop(columns="name"))
    assert rules(lacking) == [(None, "schema", "error")]
    assert "name" in lacking.problems[0].message
    assert rules(check("officers", frame.assign(valid_from="2024-01-01"))) == [(None, "schema", "error")]


def test_geometry_is_part_of_the_shape() -> None:
    """Areas without a geometry column are no areas."""
    frame = pd.DataFrame(canonical("areas", [DISTRICT], [SQUARE]).drop(columns="geometry"))
    assert rules(check("areas", frame)) == [(None, "schema", "error")]


def test_required_cells_may_not_be_missing() -> None:
    """A missing or empty cell in a required column is an error of its row and column."""
    report = check("officers", canonical("officers", [{"code": None, "name": "a"}, {"code": "B", "name": ""}]))
    assert [(p.row, p.column, p.rule) for p in report.problems] == [
        (1, "code", "missing-value"),
        (2, "name", "missing-value"),
    ]


def test_only_listed_words_are_allowed(two_officers: Stored) -> None:
    """A role or a kind of target that is not listed is an error that lists the allowed ones."""
    frame = canonical(
        "assignments", [assignment("A", "D", role="chief"), assignment("A", "D", target_kind="household")]
    )
    report = check("assignments", frame, two_officers)
    assert [(p.row, p.column) for p in report.problems] == [(1, "role"), (2, "target_kind")]
    assert "primary, deputy" in report.problems[0].message
    assert "area, facility" in report.problems[1].message


def test_dwellings_are_not_negative() -> None:
    """A count below zero is an error."""
    frame = canonical("areas", [area("D", level="district", dwellings=-1)], [SQUARE])
    assert rules(check("areas", frame)) == [(1, "value", "error")]


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ("2024-01-02", "2024-01-01", True),
        ("2024-01-01", "2024-01-01", True),
        ("2024-01-01", "2024-01-02", False),
        (None, "2024-01-01", False),
        ("2024-01-01", None, False),
    ],
)
def test_a_period_ends_after_it_begins(start: str | None, end: str | None, wrong: bool) -> None:
    """Half-open periods: the end is later than the start; an open side is always right."""
    report = check(
        "officers", canonical("officers", [{"code": "A", "name": "a", "valid_from": start, "valid_to": end}])
    )
    assert rules(report) == ([(1, "period", "error")] if wrong else [])
    if wrong:
        assert f"{end}" in report.problems[0].message
        assert report.problems[0].message.startswith("Row 1, column valid_to:")


def test_one_key_twice_in_one_period_is_a_duplicate() -> None:
    """Of two rows with one code on the same day the later is rejected, and the message names the other."""
    frame = canonical("officers", [{"code": "A", "name": "a"}, {"code": "B", "name": "b"}, {"code": "A", "name": "c"}])
    report = check("officers", frame)
    assert rules(report) == [(3, "duplicate", "error")]
    assert "row 1" in report.problems[0].message
    assert report.problems[0].column == "code"


def test_versions_that_follow_each_other_are_no_duplicates() -> None:
    """One key may have many versions: a period that begins where the other ends does not overlap it."""
    rows = [
        {"code": "A", "name": "a", "valid_to": "2024-01-01"},
        {"code": "A", "name": "b", "valid_from": "2024-01-01"},
    ]
    assert check("officers", canonical("officers", rows)) == Report()
    rows[1]["valid_from"] = "2023-12-31"
    assert rules(check("officers", canonical("officers", rows))) == [(2, "duplicate", "error")]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 8), st.integers(1, 4)), max_size=9))
@settings(max_examples=60, deadline=None)
def test_overlapping_rows_finds_every_key_that_overlaps(versions: list[tuple[str, int, int]]) -> None:
    """A row is paired exactly if it overlaps an earlier-starting row of its key, and its partner does overlap it."""
    start = np.array([s for _k, s, _n in versions], dtype=float)
    end = start + [n for _k, _s, n in versions] if versions else start
    days = {"valid_from": start, "valid_to": end}
    frame = pd.DataFrame({"key": [k for k, _s, _n in versions]}).assign(
        **{c: pd.Series(v * 86400).astype("int64").astype("datetime64[s]") for c, v in days.items()}
    )
    later, earlier = overlapping_rows(frame, ["key"])

    def overlap(i: int, j: int) -> bool:
        return bool(versions[i][0] == versions[j][0] and max(start[i], start[j]) < min(end[i], end[j]))

    assert all(overlap(i, j) for i, j in zip(later, earlier, strict=True))
    preceded = {
        i for i in range(len(versions)) for j in range(len(versions)) if (start[j], j) < (start[i], i) and overlap(i, j)
    }
    assert set(later.tolist()) == preceded


def test_a_level_is_one_of_the_settings() -> None:
    """An unknown level is an error that lists the levels."""
    report = check("areas", canonical("areas", [area("D", level="county")], [SQUARE]))
    assert rules(report) == [(1, "unknown-level", "error")]
    assert "district, street, village, grid" in report.problems[0].message


def test_only_the_highest_level_has_no_parent() -> None:
    """A street without a parent is an error, a district without one is right."""
    report = check("areas", canonical("areas", [DISTRICT, area("S")], [SQUARE, WEST]))
    assert rules(report) == [(2, "missing-parent", "error")]


def test_a_parent_is_known() -> None:
    """A parent that neither file nor store has is an error; one in the store is right."""
    frame = canonical("areas", [area("S", "D")], [WEST])
    report = check("areas", frame)
    assert rules(report) == [(1, "unknown-parent", "error")]
    assert "D" in report.problems[0].message
    assert report.problems[0].column == "parent_code"
    assert not check("areas", frame, store(areas=canonical("areas", [DISTRICT], [SQUARE]))).has_errors


@pytest.mark.parametrize("parent", ["S", "T"])
def test_a_parent_is_of_a_higher_level(parent: str) -> None:
    """An area is not its own parent, and siblings are no parents; so no chain of parents closes to a ring."""
    rows = [DISTRICT, area("S", parent), area("T", "S" if parent == "T" else "D")]
    report = check("areas", canonical("areas", rows, [SQUARE, WEST, WEST]))
    assert (2, "parent-level", "error") in rules(report)


def test_levels_may_be_skipped() -> None:
    """A grid may hang directly below a street."""
    rows = [DISTRICT, area("S", "D"), area("G", "S", level="grid")]
    assert check("areas", canonical("areas", rows, [SQUARE, SQUARE, SQUARE])) == Report()


def test_a_parent_is_in_force_with_its_child() -> None:
    """A parent that ended before its child began is an error."""
    rows = [{**DISTRICT, "valid_to": "2020-01-01"}, area("S", "D", valid_from="2021-01-01")]
    assert rules(check("areas", canonical("areas", rows, [SQUARE, SQUARE]))) == [(2, "parent-period", "error")]


def test_children_of_a_rejected_parent_are_rejected() -> None:
    """With --partial nothing may hang below a row that was left out, at any depth."""
    rows = [{**DISTRICT, "name": None}, area("S", "D"), area("V", "S", level="village")]
    frame = canonical("areas", rows, [SQUARE, SQUARE, SQUARE])
    assert check("areas", frame).rejected_rows == {1, 2, 3}
    known = store(areas=canonical("areas", [DISTRICT], [SQUARE]))
    assert check("areas", frame, known).rejected_rows == {1}


@pytest.mark.parametrize(
    ("code", "level", "wrong"),
    [
        ("330303", "district", False),
        ("33030", "district", True),
        ("3303030", "district", True),
        ("330303001", "district", True),
        ("CHI", "district", False),
        ("12", "district", False),
    ],
)
def test_area_codes_have_the_digits_of_their_level(code: str, level: str, wrong: bool) -> None:
    """6 + 3 + 3 + 3 digits; codes with letters and short local numbers are free."""
    report = check("areas", canonical("areas", [area(code, level=level)], [SQUARE]))
    assert rules(report) == ([(1, "code-structure", "warning")] if wrong else [])


def test_code_structure_belongs_to_the_default_levels() -> None:
    """Other levels have other codes: nothing is checked."""
    frame = canonical("areas", [area("33030", level="county")], [SQUARE])
    assert validate("areas", frame, levels=("county",), stored=Stored.empty()) == Report()


def test_a_code_that_does_not_open_with_its_parents_is_a_warning() -> None:
    """330304001 below 330303 is accepted and said."""
    rows = [area("330303", level="district"), area("330304001", "330303")]
    assert rules(check("areas", canonical("areas", rows, [SQUARE, SQUARE]))) == [(2, "code-prefix", "warning")]


@pytest.mark.parametrize("nothing", [None, shapely.Polygon()])
def test_an_area_has_a_polygon(nothing: Any) -> None:
    """A missing or empty polygon is an error."""
    report = check("areas", canonical("areas", [DISTRICT], [nothing]))
    assert rules(report) == [(1, "empty-polygon", "error")]


def test_a_bow_tie_is_an_error_with_its_position() -> None:
    """An invalid polygon is rejected; the message says where it crosses itself and how to repair it."""
    bow_tie = shapely.Polygon([(120, 28), (121, 29), (121, 28), (120, 29)])
    report = check("areas", canonical("areas", [DISTRICT], [bow_tie]))
    assert rules(report) == [(1, "invalid-polygon", "error")]
    assert "longitude 120.500000, latitude 28.500000" in report.problems[0].message
    assert "Fix geometries" in report.problems[0].message


@pytest.mark.parametrize("child", [shapely.box(122, 28, 123, 29), shapely.box(121, 28, 122, 29)])
def test_a_child_meets_its_parent(child: Any) -> None:
    """A child that lies away from its parent, or only touches its border, is an error that names both."""
    report = check("areas", canonical("areas", [DISTRICT, area("S", "D")], [SQUARE, child]))
    assert (2, "outside-parent", "error") in rules(report)
    error = next(p for p in report.problems if p.severity == "error")
    assert "S" in error.message
    assert "D" in error.message


def test_a_child_meets_the_parent_version_of_its_own_time() -> None:
    """Only versions of the parent that are in force together with the child count."""
    rows = [
        {**DISTRICT, "valid_to": "2020-01-01"},
        {**DISTRICT, "valid_from": "2020-01-01"},
        area("S", "D", valid_from="2021-01-01"),
    ]
    moved = canonical("areas", rows, [EAST, WEST, EAST])
    assert (3, "outside-parent", "error") in rules(check("areas", moved))
    assert not check("areas", canonical("areas", rows, [EAST, WEST, WEST])).has_errors


def test_topology_is_a_warning() -> None:
    """A child that sticks out by more than 1 % is named; stick-outs, overlaps and holes are counted for the file."""
    wide = shapely.box(120.4, 28, 121.1, 28.9)
    report = check("areas", canonical("areas", [DISTRICT, area("W", "D"), area("E", "D")], [SQUARE, WEST, wide]))
    assert rules(report) == [
        (None, "outside", "warning"),
        (None, "overlap", "warning"),
        (None, "hole", "warning"),
        (3, "partly-outside", "warning"),
    ]
    assert "14.3 %" in report.problems[3].message


def test_siblings_in_the_store_count() -> None:
    """A hole that a stored sibling fills is none; an overlap with a stored sibling is one."""
    known = store(areas=canonical("areas", [DISTRICT, area("W", "D")], [SQUARE, WEST]))
    assert check("areas", canonical("areas", [area("E", "D")], [EAST]), known) == Report()
    report = check("areas", canonical("areas", [area("E", "D")], [SQUARE]), known)
    assert rules(report) == [(None, "overlap", "warning")]


def test_a_file_replaces_what_the_store_has_of_its_codes() -> None:
    """Importing the same areas again has no problem: they do not overlap their own stored versions."""
    frame = canonical("areas", [DISTRICT, area("W", "D"), area("E", "D")], [SQUARE, WEST, EAST])
    assert check("areas", frame, store(areas=frame.reset_index(drop=True))) == Report()


def test_officers_and_targets_exist(two_officers: Stored) -> None:
    """An assignment of an unknown officer, area or facility is an error of its column."""
    rows = [
        assignment("X", "D"),
        assignment("A", "E"),
        assignment("A", "F9", target_kind="facility"),
        assignment("A", "F1", target_kind="facility"),
    ]
    report = check("assignments", canonical("assignments", rows), two_officers)
    assert [(p.row, p.column, p.rule) for p in report.problems] == [
        (1, "officer_code", "unknown-officer"),
        (2, "target_code", "unknown-target"),
        (3, "target_code", "unknown-target"),
    ]


def test_two_primaries_in_one_file(two_officers: Stored) -> None:
    """The message names target, both officers, both periods and the other row; deputies and later periods are free."""
    rows = [
        assignment("A", "D", "2024-01-01", "2025-01-01"),
        assignment("B", "D", "2024-12-31"),
        assignment("B", "D", "2024-01-01", role="deputy"),
    ]
    report = check("assignments", canonical("assignments", rows), two_officers)
    assert rules(report) == [(2, "two-primaries", "error")]
    for word in ("D", "A", "B", "2024-01-01 .. 2025-01-01", "2024-12-31 .. ...", "row 1"):
        assert word in report.problems[0].message
    rows[1]["valid_from"] = "2025-01-01"
    assert check("assignments", canonical("assignments", rows), two_officers) == Report()


def test_two_primaries_with_the_store(two_officers: Stored) -> None:
    """A declared primary of another officer in the store conflicts; one that a change carried over does not."""
    declared = canonical("assignments", [assignment("A", "D", "2020-01-01")]).reset_index(drop=True)
    frame = canonical("assignments", [assignment("B", "D", "2024-01-01")])
    known = Stored(two_officers.areas, two_officers.officers, declared.assign(carried=False), frozenset())
    report = check("assignments", frame, known)
    assert rules(report) == [(1, "two-primaries", "error")]
    assert "in the database" in report.problems[0].message
    carried = Stored(known.areas, known.officers, declared.assign(carried=True), frozenset())
    assert check("assignments", frame, carried) == Report()


def test_the_same_officer_may_be_imported_again(two_officers: Stored) -> None:
    """The same row, a changed period of the same officer, and a handover in one file conflict with nobody."""
    declared = canonical("assignments", [assignment("A", "D", "2020-01-01")]).assign(carried=False)
    known = Stored(two_officers.areas, two_officers.officers, declared.reset_index(drop=True), frozenset())
    for rows in (
        [assignment("A", "D", "2020-01-01")],
        [assignment("A", "D", "2019-01-01", "2024-01-01")],
        [assignment("A", "D", "2020-01-01", "2024-01-01"), assignment("B", "D", "2024-01-01")],
    ):
        assert check("assignments", canonical("assignments", rows), known) == Report()


def facility(code: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": code,
        "kind": "clinic",
        "raw_lon": 120.2,
        "raw_lat": 28.5,
        "source_datum": "wgs84",
        **more,
    }


def test_orphans_and_claims_are_warnings() -> None:
    """A facility in no area, an unknown or contradicted claim and a missing kind are accepted and said."""
    areas = canonical("areas", [DISTRICT, area("W", "D"), area("E", "D")], [SQUARE, WEST, EAST])
    rows = [
        facility("1", area_code="W"),
        facility("2", area_code="D"),
        facility("3", area_code="E"),
        facility("4", area_code="X"),
        facility("5"),
        facility("6", kind=None),
    ]
    frame = canonical("facilities", rows, [shapely.Point(120.2, 28.5)] * 6)
    located = pd.Series(["W", "W", "W", "W", None, "W"], index=frame.index, dtype="str")
    report = check("facilities", frame, store(areas=areas), located=located)
    assert rules(report) == [
        (3, "contradicted-area", "warning"),
        (4, "unknown-area", "warning"),
        (5, "orphan", "warning"),
        (6, "missing-kind", "warning"),
    ]
    assert not report.has_errors
    assert "orphan" not in {p.rule for p in check("facilities", frame, store(areas=areas)).problems}


def test_a_facility_has_a_point() -> None:
    """One without a point is an error."""
    frame = canonical("facilities", [facility("1"), facility("2")], [shapely.Point(1, 1), None])
    assert rules(check("facilities", frame)) == [(2, "missing-point", "error")]


@pytest.mark.parametrize("kind", ["licences", "equipment", "operators"])
def test_what_belongs_to_a_facility_names_one(kind: str) -> None:
    """A licence, a machine or an operator of an unknown facility is an error."""
    row = dict.fromkeys(TABLES[kind].required, "x")
    frame = canonical(kind, [{**row, "facility_code": "F1"}, {**row, "facility_code": "F2"}])
    report = check(kind, frame, store(facility_codes=frozenset({"F1"})))
    assert [(p.row, p.column, p.rule) for p in report.problems] == [(2, "facility_code", "unknown-facility")]


def test_long_lists_of_warnings_are_cut_but_errors_are_not() -> None:
    """A thousand warnings of one rule are listed and the rest counted; each rejected row is listed."""
    rows = [facility(str(i), kind=None) for i in range(1005)]
    report = check("facilities", canonical("facilities", rows, [shapely.Point(1, 1)] * 1005))
    assert len(report.problems) == 1001
    assert report.problems[0].row is None
    assert "5 more rows" in report.problems[0].message
    missing = check("facilities", canonical("facilities", rows, [None] * 1005))
    assert len(missing.rejected_rows) == 1005


def test_a_report_says_what_it_rejects() -> None:
    """Rejected rows are those with an error; a file without row to blame is rejected too; reports add up."""
    warning = Problem(1, None, "a", "warning", "")
    report = Report((warning, Problem(2, "x", "b", "error", "")))
    assert report.rejected_rows == {2}
    assert report.has_errors
    assert not Report((warning,)).has_errors
    assert Report((warning,)).plus([Problem(None, None, "c", "error", "")]).has_errors


def test_validate_changes_nothing() -> None:
    """The frame that is checked is the same afterwards."""
    frame = canonical("areas", [DISTRICT, area("W", "D")], [SQUARE, WEST])
    before = frame.copy(deep=True)
    check("areas", frame)
    pd.testing.assert_frame_equal(frame, before)
