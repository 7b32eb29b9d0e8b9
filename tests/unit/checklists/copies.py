"""Copies of a shipped checklist with one thing changed, as somebody with a spreadsheet program would."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from gis.checklists import FOLDER, Checklist, read_checklist

CODE = "ultrasound-room"


def copy(folder: Path) -> Path:
    """The folder of a copy of the ultrasound room's checklist."""
    return Path(shutil.copytree(FOLDER / CODE, folder / CODE))


def reread(folder: Path) -> Checklist:
    """What is read from the copy."""
    return read_checklist(folder, "1")


def edit_sheet(folder: Path, change: Callable[[Worksheet], object], *, sheet: str = "survey") -> None:
    """Changes one sheet of the copy."""
    book = openpyxl.load_workbook(folder / "1.xlsx")
    change(book[sheet])
    book.save(folder / "1.xlsx")


def edit_cell(folder: Path, name: str, column: str, text: str | None, *, sheet: str = "survey") -> int:
    """Writes one cell, in the row of that name (or the row below the headers); gives the number of the row."""
    found = 2

    def change(rows: Worksheet) -> None:
        nonlocal found
        header = [str(cell.value) for cell in rows[1]]
        if "name" in header:
            names = [row[header.index("name")].value for row in rows.iter_rows()]
            found = names.index(name) + 1
        rows.cell(found, header.index(column) + 1).value = text

    edit_sheet(folder, change, sheet=sheet)
    return found


def add_rows(folder: Path, after: str, *rows: Mapping[str, str]) -> None:
    """Adds rows to the survey after the row of that name."""

    def change(sheet: Worksheet) -> None:
        header = [str(cell.value) for cell in sheet[1]]
        names = [row[header.index("name")].value for row in sheet.iter_rows()]
        place = names.index(after) + 2
        sheet.insert_rows(place, len(rows))
        for number, cells in enumerate(rows, start=place):
            for column, text in cells.items():
                sheet.cell(number, header.index(column) + 1).value = text

    edit_sheet(folder, change)


def edit_toml(folder: Path, old: str, new: str) -> None:
    """Replaces text in the TOML file, which must be there."""
    file = folder / "1.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
