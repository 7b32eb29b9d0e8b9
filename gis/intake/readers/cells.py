"""The cells of a worksheet as text: shared strings, numbers without a trailing `.0`, dates as YYYY-MM-DD."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from xml.etree.ElementTree import Element

from gis.intake.readers.channel import N_, Refused
from gis.intake.readers.xml import elements

_REFERENCE: Final = re.compile(r"([A-Za-z]{1,3})\d+")
_BUILT_IN_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_QUOTED: Final = re.compile(r'"[^"]*"|\\.|_.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ELAPSED: Final = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_MOST_COLUMNS: Final = 16_384
_LAST_DAY: Final = 2_958_466
"""Serial number after 9999-12-31."""


@dataclass(frozen=True)
class Styles:
    """Which cell styles show a number as a date, and the day from which dates are counted."""

    dates: frozenset[int]
    epoch: datetime


@dataclass(frozen=True)
class Row:
    """One row with anything in it; row 0 comes before all others and only tells which columns are hidden."""

    number: int
    cells: dict[int, str]
    """Column, counted from 0 -> text; only cells that are not empty."""
    hidden: bool = False
    formula: int | None = None
    """Column of the first formula."""
    hidden_columns: frozenset[int] = field(default_factory=frozenset)

    def texts(self) -> list[str | None]:
        """The cells in order, up to the last one that is filled."""
        return [self.cells.get(column) for column in range(max(self.cells, default=-1) + 1)]


def read_strings(chunks: Iterable[bytes]) -> list[str]:
    """The shared strings, without the phonetic hints beside Chinese and Japanese text."""
    return [_rich_text(element) for _path, element in elements(chunks, frozenset({"si"}))]


def read_styles(chunks: Iterable[bytes], *, late_epoch: bool) -> Styles:
    """Which styles are dates; `late_epoch` for workbooks that count from 1904."""
    formats: dict[int, str] = {}
    cells: list[int] = []
    for path, element in elements(chunks, frozenset({"numFmt", "cellXfs"})):
        if element.tag == "cellXfs":
            cells = [_number(xf.get("numFmtId")) for xf in element]
        elif path and path[-1] == "numFmts":
            formats[_number(element.get("numFmtId"))] = element.get("formatCode", "")
    dates = {i for i, number in enumerate(cells) if _is_date(number, formats.get(number))}
    return Styles(frozenset(dates), datetime(1904, 1, 1) if late_epoch else datetime(1899, 12, 30))  # noqa: DTZ001


def _is_date(number: int, code: str | None) -> bool:
    if code is None:
        return number in _BUILT_IN_DATES
    shown = _QUOTED.sub("", code.split(";", 1)[0]).lower()
    return not _ELAPSED.search(shown) and any(letter in shown for letter in "ymdhs年月日")


def read_rows(chunks: Iterable[bytes], strings: list[str], styles: Styles) -> Iterator[Row]:
    """Row 0 with the hidden columns, then every row that is not empty. Raises Refused for a broken cell."""
    number, hidden_columns, started = 0, set[int](), False
    for _path, element in elements(chunks, frozenset({"col", "row"})):
        if element.tag == "col":
            if _is_true(element.get("hidden")):
                last = min(_number(element.get("max")), _MOST_COLUMNS)
                hidden_columns.update(range(_number(element.get("min")) - 1, last))
            continue
        if not started:
            yield Row(0, {}, hidden_columns=frozenset(hidden_columns))
            started = True
        number = _number(element.get("r")) or number + 1
        cells, formula = _read_cells(element, number, strings, styles)
        if cells or formula is not None:
            yield Row(number, cells, _is_true(element.get("hidden")), formula)


def _read_cells(row: Element, number: int, strings: list[str], styles: Styles) -> tuple[dict[int, str], int | None]:
    cells: dict[int, str] = {}
    formula, column = None, -1
    for cell in row:
        column = _column(cell.get("r")) if cell.get("r") else column + 1
        try:
            text = _cell_text(cell, strings, styles)
        except (ValueError, IndexError, OverflowError) as error:
            raise Refused(
                N_("{file}, row {row} of a sheet has a damaged cell. Save the workbook again."), row=number
            ) from error
        if formula is None and cell.find("f") is not None:
            formula = column
            text = text or "="
        if text:
            cells[column] = text
    return cells, formula


def _cell_text(cell: Element, strings: list[str], styles: Styles) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find("is")
        return "" if inline is None else _rich_text(inline).strip()
    value = cell.findtext("v", "").strip()
    if not value:
        return ""
    match kind:
        case "s":
            value = strings[int(value)].strip()
        case "b":
            value = "true" if value == "1" else "false"
        case "d":
            value = value.removesuffix("T00:00:00")
        case "n":
            is_date = _number(cell.get("s")) in styles.dates
            value = _date_text(float(value), styles.epoch) if is_date else number_text(value)
    return value


def number_text(value: str) -> str:
    """A number as a person writes it: no exponent, no `.0`.

    >>> number_text("3.30302006044E11"), number_text("120.50"), number_text("12")
    ('330302006044', '120.5', '12')
    """
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e21 else repr(number)


def _date_text(serial: float, epoch: datetime) -> str:
    """A date, a date and time, or (less than one day) a time."""
    if not 0 <= serial < _LAST_DAY:
        return number_text(str(serial))
    # The calendar of Excel has a 29 February 1900: earlier days are one off.
    shift = 1 if epoch.year == 1899 and 1 <= serial < 60 else 0
    when = epoch + timedelta(days=shift, seconds=round(serial * 86_400))
    if serial < 1:
        return when.strftime("%H:%M:%S")
    return when.date().isoformat() if when == datetime(when.year, when.month, when.day) else when.isoformat(" ")  # noqa: DTZ001


def _rich_text(element: Element) -> str:
    """The runs of a text put together."""
    parts = [element.findtext("t", "")]
    parts += [run.findtext("t", "") for run in element.findall("r")]
    return "".join(parts)


def _column(reference: str | None) -> int:
    """The column of a cell reference such as AB12, counted from 0."""
    match = _REFERENCE.fullmatch(reference or "")
    if match is None:
        raise Refused(N_("{file}: a cell of a sheet has no proper address. Save the workbook again."))
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    return column - 1


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _is_true(text: str | None) -> bool:
    return text in ("1", "true")
