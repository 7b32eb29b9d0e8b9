"""Workbooks and every other table that leaves the house: real values, and no cell that a spreadsheet would run."""

import io
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from gis.spreadsheet import neutralise, neutralise_cell
from maps.responsibility import ResponsibilityData
from maps.sheets import responsibility_workbook
from maps.sheets import workbook as workbook_module
from maps.sheets.table import Column, Table
from maps.sheets.workbook import write_workbook
from tests.maps.conftest import small_district

RISKY = (
    '=HYPERLINK("http://a.b";"c")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    " =1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff =1+1",
)
CALM = ("和平街道", "a=b", "1-2", "O'Neil", "", "(=1)")


def opened(content: bytes) -> Workbook:
    """The file as openpyxl reads it."""
    return load_workbook(io.BytesIO(content))


def runs(content: bytes) -> list[str]:
    """Cells that are formulas, or would be once the sheet is saved as CSV."""
    cells = [cell for sheet in opened(content) for row in sheet.iter_rows() for cell in row]
    return [str(cell.value) for cell in cells if cell.data_type == "f" or neutralise_cell(cell.value) != cell.value]


@pytest.mark.parametrize("text", RISKY)
def test_no_cell_of_a_workbook_is_run(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No name makes a formula in any sheet; the control writes the same workbook without the neutraliser."""
    data = small_district(name=text)
    data = replace(data, areas=data.areas.assign(code=text + data.areas["code"], officer=text))
    assert runs(responsibility_workbook(data, lang="zh", officers={"O1": text})) == []
    monkeypatch.setattr(workbook_module, "neutralise_cell", lambda cell: cell)
    assert runs(responsibility_workbook(data, lang="zh"))


@pytest.mark.parametrize("text", RISKY)
@pytest.mark.parametrize("kind", ["object", "str", "category"])
def test_no_cell_of_an_exported_table_is_run(text: str, kind: str, tmp_path: Path) -> None:
    """In CSV and XLSX the apostrophe stands first, in text columns of every type; the control is the bare frame."""
    frame = pd.DataFrame({"name": pd.Series([text, "和平"], dtype=kind), "reach": [-1, 2]})
    for table, expected in ((neutralise(frame), "'"), (frame, text[0])):
        table.to_csv(tmp_path / "t.csv", index=False, lineterminator="\n")
        table.to_excel(tmp_path / "t.xlsx", index=False, engine="openpyxl")
        with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
            assert file.read().split("\n", 1)[1].lstrip('"')[0] == expected
        book = load_workbook(tmp_path / "t.xlsx")
        assert book.active is not None
        assert str(book.active["A2"].value).startswith("'") == (expected == "'")
    assert list(frame["name"]) == [text, "和平"]


def test_calm_cells_stay_as_they_are() -> None:
    """Text that no spreadsheet runs, numbers below zero, days and what is missing are not touched."""
    texts: list[object] = [*CALM, None]
    frame = pd.DataFrame(
        {
            "text": pd.Series(texts, dtype="str"),
            "number": [-1.5] * 7,
            "mixed": [-1, "-1", None, "a", 0, True, date(2026, 1, 1)],
            "day": pd.to_datetime(["2026-01-01"] * 6 + ["NaT"]),
        }
    )
    safe = neutralise(frame)
    pd.testing.assert_frame_equal(safe[["text", "number", "day"]], frame[["text", "number", "day"]])
    assert list(safe["mixed"]) == [-1, "'-1", None, "a", 0, True, date(2026, 1, 1)]


def test_values_are_values(small: ResponsibilityData) -> None:
    """Days are days and numbers are numbers, with a format; codes of digits stay text."""
    data = replace(small, areas=small.areas.assign(**{"from": pd.Timestamp(2025, 1, 1)}))
    book = opened(responsibility_workbook(data, lang="en"))
    assert book.sheetnames == [
        *("Key numbers", "Areas by level", "Areas", "Vacant"),
        *("Doubled", "Faults", "Orphans", "Workload"),
    ]
    code, *_rest, since, _state = book["Areas"][2]
    assert code.value == "330399"
    assert (since.value, since.number_format) == (
        datetime.fromisoformat("2025-01-01"),
        "yyyy-mm-dd",
    )
    ground = book["Faults"]["E2"]
    assert (ground.value, ground.number_format) == (219_000.5, "#,##0")
    share = book["Areas by level"]["F4"]
    assert (share.value, share.number_format) == (0.5, "0.0%")


def test_sheets_are_made_to_be_read(small: ResponsibilityData) -> None:
    """The heading row stays in view and has a filter; columns have a width of their own."""
    for sheet in opened(responsibility_workbook(small, lang="zh")):
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref
        assert sheet["A1"].font.bold
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.column_dimensions["B"].width > 10


def test_the_workbook_has_every_area(small: ResponsibilityData) -> None:
    """All levels are listed, the lowest too, with the officer and the state."""
    rows = list(opened(responsibility_workbook(small, lang="en"))["Areas"].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == sorted(small.areas["code"])
    assert rows[-2][2:] == ("Grid", "李强、张丽", None, "Doubled")


def test_same_input_same_bytes(small: ResponsibilityData) -> None:
    """The file tells of its day and not of the moment of writing."""
    first = responsibility_workbook(small, lang="zh")
    assert first == responsibility_workbook(small, lang="zh")
    assert opened(first).properties.modified == datetime.fromisoformat("2026-06-01")


@pytest.mark.parametrize("name", ["a/b:c?*[d]\\", "很" * 40, "'x'"])
def test_any_name_of_a_sheet_is_made_to_fit(name: str) -> None:
    """Signs that a sheet's name may not have, and length, are no obstacle."""
    content = write_workbook([Table(name, (Column("A"),), [])], title=name, on=date(2026, 1, 1))
    assert len(opened(content).sheetnames[0]) <= 31


@pytest.mark.parametrize("text", ["a\x00b", "a\x0bb", "a\uffffb"])
def test_characters_that_are_no_text_do_not_stop_the_workbook(text: str) -> None:
    """Control characters, which XLSX does not have, are replaced."""
    assert opened(responsibility_workbook(small_district(name=text), lang="en"))
