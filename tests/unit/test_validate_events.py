"""The rules of sessions and inspections, from the file to the report: each with a row that breaks it."""

from datetime import date
from typing import Any

import pandas as pd
import pytest
import shapely

from gis.errors import FirewallRefused
from gis.intake.firewall import inspect
from gis.intake.source import load_source
from gis.validate import Stored
from tests.unit.intake.invented_files import raw as raw_file
from tests.unit.intake.invented_files import resident
from tests.unit.intake.test_normalise import raw, run
from tests.unit.intake.test_normalise import stored as areas_named
from tests.unit.test_validate import check, store

TODAY = date(2026, 6, 1)
AREAS = areas_named(["A", "B"], [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])


def known() -> Stored:
    """Two areas, B only from 2025 on, and one facility."""
    areas = AREAS.copy()
    areas.loc[areas["code"] == "B", "valid_from"] = pd.Timestamp("2025-01-01")
    return store(areas=areas, facility_codes=frozenset({"F1"}))


def session(**cells: str | None) -> dict[str, list[str | None]]:
    row = {"场次编号": "S1", "区域编码": "A", "活动日期": "2026年5月4日", "活动类型": "讲座", "参加人数": "４０"}
    return {name: [cell] for name, cell in (row | cells).items()}


def visit(**cells: str | None) -> dict[str, list[str | None]]:
    row = {"检查编号": "I1", "机构编码": "F1", "检查日期": "2026-05-04", "检查结果": "限期整改", "严重问题": "2"}
    return {name: [cell] for name, cell in (row | cells).items()}


def problems(kind: str, columns: dict[str, list[str | None]]) -> list[tuple[str, str | None, str]]:
    """Rule, column and severity of all that is said about a file of one row."""
    read = run(kind, raw(columns))
    report = check(kind, read.frame, known(), today=TODAY)
    return [(p.rule, p.column, p.severity) for p in (*read.problems, *report.problems)]


def test_a_session_is_in_force_from_its_day() -> None:
    """Chinese headers and ways of writing are understood; the period begins on the day and has no end."""
    frame = run("outreach", raw(session())).frame
    assert frame[["code", "area_code", "kind", "reach"]].to_numpy().tolist() == [["S1", "A", "讲座", 40]]
    assert frame["valid_from"].tolist() == frame["held_on"].tolist() == [pd.Timestamp("2026-05-04")]
    assert frame["valid_to"].isna().all()


def test_an_inspection_says_its_result_in_the_words_of_the_contract() -> None:
    """Results in Chinese become pass, conditions or fail; counts that a file lacks are unknown, not zero."""
    frame = run("inspections", raw(visit())).frame
    assert frame["result"].tolist() == ["conditions"]
    assert frame["serious"].tolist() == [2]
    assert frame["minor"].isna().all()
    assert frame["valid_from"].tolist() == [pd.Timestamp("2026-05-04")]


def test_harmless_files_are_accepted() -> None:
    """The control of the rules below: nothing is said about a good row, nor about one without an inspector."""
    assert problems("outreach", session()) == []
    assert problems("outreach", session(活动日期="2026-06-01", 参加人数=None, 活动类型=None)) == []
    assert problems("inspections", visit(检查员=None)) == []
    assert problems("inspections", visit(检查员="绿队;某某")) == []


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"活动日期": "2026-06-02"}, ("future-day", "held_on", "error")),
        ({"区域编码": "Z"}, ("unknown-area", "area_code", "error")),
        ({"区域编码": None}, ("missing-value", "area_code", "error")),
        ({"参加人数": "-1"}, ("value", "reach", "error")),
        ({"参加人数": "约四十"}, ("integer", "reach", "error")),
        ({"区域编码": "B", "活动日期": "2024-12-31"}, ("area-not-in-force", "area_code", "warning")),
    ],
)
def test_a_session_that_cannot_be(cells: dict[str, str | None], expected: tuple[str, str, str]) -> None:
    """A day to come, an area that is not there, fewer people than none; before its area existed is only a warning."""
    assert problems("outreach", session(**cells)) == [expected]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"检查日期": "2026-06-02"}, ("future-day", "inspected_on", "error")),
        ({"机构编码": "F2"}, ("unknown-facility", "facility_code", "error")),
        ({"严重问题": "-1"}, ("value", "serious", "error")),
        ({"检查结果": "尚可"}, ("value", "result", "error")),
        ({"检查结果": None}, ("missing-result", "result", "warning")),
    ],
)
def test_an_inspection_that_cannot_be(cells: dict[str, str | None], expected: tuple[str, str, str]) -> None:
    """A day to come, an unknown facility, a count below zero, a result that is none; no result is only a warning."""
    assert problems("inspections", visit(**cells)) == [expected]


def test_a_message_names_row_column_and_remedy() -> None:
    """Whoever reads the report finds the cell and knows what to write."""
    read = run("outreach", raw(session(参加人数="-3", 活动日期="2026-07-01")))
    messages = [p.message for p in check("outreach", read.frame, known(), today=TODAY).problems]
    assert messages == [
        "Row 1, column reach: -3 is not allowed here. Allowed: ≥ 0.",
        "Row 1, column held_on: 2026-07-01 is still to come; today is 2026-06-01. Record it once it has happened.",
    ]


@pytest.mark.parametrize(
    ("kind", "column", "clean"),
    [
        ("outreach", "kind", "健康讲座"),
        ("inspections", "checklist", "超声机构检查表"),
        ("inspections", "inspectors", "绿队"),
    ],
)
def test_the_firewall_reads_the_free_text(kind: str, column: str, clean: str) -> None:
    """A resident number or a named pregnant woman refuses the file; the same file without is the control."""
    columns: dict[str, Any] = session() if kind == "outreach" else visit()
    columns = {name: cells * 3 for name, cells in columns.items() if load_source(kind).resolve(name) != column}
    for text in (f"{clean} {resident(7)}", "孕妇张丽，孕12周"):
        frame = pd.DataFrame(columns | {column: [clean, text, clean]}, dtype="str")
        with pytest.raises(FirewallRefused) as caught:
            inspect(raw_file(frame), load_source(kind))
        assert {f["column"] for f in caught.value.details["findings"]} == {column}
        assert text not in caught.value.message
    assert inspect(raw_file(pd.DataFrame(columns | {column: [clean] * 3}, dtype="str")), load_source(kind)) == ()
