"""The file of inspectors of a draw: codes with the facilities they keep away from, and one message for what is off."""

from pathlib import Path

import pytest

from gis.errors import DataRejected, FirewallRefused
from gis.intake.inspectors import read_inspectors
from gis.texts import use_language


def write(folder: Path, text: str) -> Path:
    """A file of inspectors."""
    file = folder / "inspectors.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_codes_and_declarations_are_read(tmp_path: Path) -> None:
    """Several codes stand in a cell with ; between them, in either width; the other columns may be missing."""
    found = read_inspectors(write(tmp_path, "工号,回避机构,原工作单位,资质\nO1,F1；F2,F3,超声\nO2,,,\n"))
    assert [(i.code, i.interests, i.former_employers, i.qualification) for i in found] == [
        ("O1", ("F1", "F2"), ("F3",), "超声"),
        ("O2", (), (), None),
    ]
    assert [i.code for i in read_inspectors(write(tmp_path, "officer_code\nO2\nO1\n"))] == ["O2", "O1"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("name\nO1\n", "name"),
        ("officer_code,interests\n,F1\n", "row 1, officer_code: the code is missing"),
        ("officer_code\nO1\nO1\n", "row 2, officer_code: O1 stands twice"),
        ("officer_code\n3.30302E+11\n", "row 1, officer_code"),
        (f"officer_code,qualification\nO1,{'x' * 201}\n", "row 1"),
    ],
)
def test_what_is_off_is_named_with_row_and_column(tmp_path: Path, text: str, named: str) -> None:
    """One clear message."""
    with use_language("en"), pytest.raises(DataRejected, match=named):
        read_inspectors(write(tmp_path, text))


def test_personal_data_is_refused(tmp_path: Path) -> None:
    """A resident number among the declarations, or a column of them, refuses the file; control: without it is read."""
    for text in ("officer_code,身份证号\nO1,11010519491231002X\n", "officer_code,interests\nO1,11010519491231002X\n"):
        with pytest.raises(FirewallRefused):
            read_inspectors(write(tmp_path, text))
    assert read_inspectors(write(tmp_path, "officer_code,interests\nO1,F1\n"))
