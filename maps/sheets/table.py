"""A table of a sheet: headings, kinds of columns and plain values, for print and for workbooks alike."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import pandas as pd

from gis.texts import _

Kind = Literal["text", "code", "day", "count", "square", "km2", "share"]
Cell = str | int | float | date | None

PRINTED_ROWS: Final = 600
"""A printed list ends after this many rows and says how many more there are."""

_NUMBERS: Final = frozenset({"count", "square", "km2", "share"})
_UNPRINTABLE: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
_DIRECTION: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONG_WORD: Final = re.compile(r"[!-~]{22}(?=[!-~])")
_BREAK: Final = "\u200b"


@dataclass(frozen=True)
class Column:
    """One column: its heading, what it holds, and its width in characters."""

    heading: str
    kind: Kind = "text"
    width: int = 12


@dataclass(frozen=True)
class Table:
    """One table with its title; every row has a cell for each column."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    tab: str | None = None
    """Name of the sheet in a workbook, where the title is too long for one."""


def plain_text(text: object) -> str:
    r"""One line of text that any reader of files takes: no control characters, none that turn the direction.

    >>> plain_text("a\tb\x07\u202ec")
    'a b�c'
    """
    kept = "".join(character for character in str(text) if character not in _DIRECTION)
    kept = re.sub(r"\s+", " ", kept).strip()
    return "".join("\ufffd" if unicodedata.category(character) in _UNPRINTABLE else character for character in kept)


def breakable(text: str) -> str:
    """With a place to break the line in every word that is longer than a column is wide."""
    return _LONG_WORD.sub(lambda word: word.group() + _BREAK, text)


def cell(value: Any) -> Cell:  # noqa: ANN401
    """A plain value: text as `plain_text`, a moment as its day, what is missing as None."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:  # noqa: PLR0124
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    if isinstance(value, str):
        return plain_text(value)
    plain: Cell = value.item() if hasattr(value, "item") else value
    return plain


def day(text: str | None) -> date | None:
    """The day of an ISO text, None of None."""
    return date.fromisoformat(text[:10]) if text else None


def rows_of(frame: pd.DataFrame, names: Iterable[str]) -> list[tuple[Cell, ...]]:
    """The rows of these columns as plain values; a column that the frame lacks is empty."""
    columns = [frame[name].tolist() if name in frame.columns else [None] * len(frame) for name in names]
    return [tuple(cell(value) for value in row) for row in zip(*columns, strict=True)]


def printed(table: Table, *, empty: str) -> dict[str, Any]:
    """The table as a template takes it: every cell a text, columns with width and side."""
    rows = [
        [show(value, column.kind) for value, column in zip(row, table.columns, strict=True)]
        for row in table.rows[:PRINTED_ROWS]
    ]
    left = len(table.rows) - len(rows)
    return {
        "title": table.title,
        "columns": [
            {"heading": c.heading, "width": c.width, "side": "end" if c.kind in _NUMBERS else "start"}
            for c in table.columns
        ],
        "rows": rows,
        "empty": empty,
        "more": _("{count} more rows; the workbook lists them all.", count=left) if left else None,
    }


def show(value: Cell, kind: Kind) -> str:
    """A cell as it is printed; what is missing is a dash.

    >>> show(1234567.5, "square"), show(0.125, "share"), show(date(2026, 3, 1), "day"), show(None, "text")
    ('1,234,568', '12.5 %', '2026-03-01', '–')
    """
    if value is None or value == "":
        return "–"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return breakable(value)
    formats: Mapping[Kind, str] = {"share": "{:.1%}", "km2": "{:,.2f}"}
    return formats.get(kind, "{:,.0f}").format(value).replace("%", " %")
