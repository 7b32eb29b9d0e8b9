"""Workbooks: tables of plain values to the bytes of an XLSX file.

One sheet for each table, its heading row frozen and filterable, days and numbers as such, texts that a spreadsheet
would run neutralised. The same tables give the same bytes: the file is dated by the day that it tells of.
"""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from gis.spreadsheet import neutralise_cell
from maps.sheets.table import Kind, Table

_FORMATS: Final[Mapping[Kind, str]] = {"count": "#,##0", "square": "#,##0", "km2": "#,##0.00", "share": "0.0%"}
_DAY: Final = "yyyy-mm-dd"
_MODIFIED: Final = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_FORBIDDEN: Final = re.compile(r"[\\/*?:\[\]']")
_HEAD: Final = PatternFill("solid", fgColor="DDE9E7")


def write_workbook(tables: Sequence[Table], *, title: str, on: date) -> bytes:
    """An XLSX file with one sheet for each table, in their order."""
    book = Workbook(write_only=True)
    book.properties.title = title
    book.properties.creator = "wangge"
    book.properties.created = datetime.combine(on, time())
    for table in tables:
        _fill(book.create_sheet(_FORBIDDEN.sub(" ", table.tab or table.title)[:31]), table)
    buffer = io.BytesIO()
    book.save(buffer)
    return _dated(buffer.getvalue(), on)


def _fill(sheet: Any, table: Table) -> None:  # noqa: ANN401 -- the stubs know no write-only sheet
    """What is about the whole sheet comes first: the rows are written as they are given."""
    for number, column in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width * 1.3 + 4
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table.rows) + 1}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.append([_heading(sheet, column.heading) for column in table.columns])
    for row in table.rows:
        sheet.append([_cell(sheet, value, column.kind) for value, column in zip(row, table.columns, strict=True)])


def _heading(sheet: Any, text: str) -> object:  # noqa: ANN401
    head = WriteOnlyCell(sheet, neutralise_cell(text))
    head.font, head.fill = Font(bold=True), _HEAD
    head.alignment = Alignment(vertical="top", wrap_text=True)
    return head


def _cell(sheet: Any, value: Any, kind: Kind) -> object:  # noqa: ANN401
    """A text as it is, made safe; a number or a day with its format."""
    if value is None or isinstance(value, str):
        return neutralise_cell(value)
    written = WriteOnlyCell(sheet, value)
    written.number_format = _DAY if isinstance(value, date) else _FORMATS.get(kind, "General")
    return written


def _dated(content: bytes, on: date) -> bytes:
    """The same file with the day in place of every moment of writing; a ZIP knows the years from 1980 to 2107."""
    fixed = io.BytesIO()
    stamp = (min(max(on.year, 1980), 2107), on.month, on.day, 0, 0, 0)
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "docProps/core.xml":
                body = _MODIFIED.sub(rb"\g<1>" + f"{on.isoformat()}T00:00:00Z".encode(), body)
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, body)
    return fixed.getvalue()
