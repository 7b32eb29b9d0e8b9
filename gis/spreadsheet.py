"""Cells that a spreadsheet would run: the one rule for every CSV and XLSX that leaves the house.

A text whose first visible character is one of `= + - @`, also in their full-width forms, or that begins with a tab
or a line end, gets an apostrophe before it, so that a spreadsheet shows it and computes nothing. A carriage return
becomes a line feed: writers of CSV leave the former bare, and what follows it would begin a row of its own. Numbers
and dates are no text and stay as they are.
"""

from typing import Final, TypeVar

import numpy as np
import pandas as pd

_SIGNS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BREAKS: Final = ("\t", "\r", "\n")
_UNSEEN: Final = "\ufeff\u200b\u200c\u200d\u2060\u200e\u200f"
"""Characters of no width, which a spreadsheet may pass over."""

Cell = TypeVar("Cell")
Frame = TypeVar("Frame", bound=pd.DataFrame)


def is_risky(cell: object) -> bool:
    """Whether the cell is a text that a spreadsheet may take for a formula.

    >>> [is_risky(cell) for cell in ("=1+1", "＠SUM(A1)", " -2", "A-2", -2, None)]
    [True, True, True, False, False, False]
    """
    if not isinstance(cell, str):
        return False
    return cell.startswith(_BREAKS) or _first_seen(cell).startswith(_SIGNS)


def neutralise_cell(cell: Cell) -> Cell | str:
    r"""The cell, with an apostrophe before it where it is risky, and without carriage returns.

    >>> neutralise_cell("=1+1"), neutralise_cell(-2), neutralise_cell("A\r=1+1")
    ("'=1+1", -2, 'A\n=1+1')
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if is_risky(cell) else text


def neutralise(frame: Frame) -> Frame:
    """A new frame with the apostrophe before every risky text; columns of numbers, days and shapes are untouched."""
    safe = frame.copy()
    for position, name in enumerate(safe.columns):
        column = safe.iloc[:, position]
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
            continue
        text = column.astype(object)
        odd = text.map(_changes).to_numpy(dtype=bool)
        if odd.any():
            safe[name] = np.where(odd, text.map(neutralise_cell), text)
    return safe


def _changes(cell: object) -> bool:
    return is_risky(cell) or (isinstance(cell, str) and "\r" in cell)


def _first_seen(text: str) -> str:
    """The text from its first character that shows."""
    before = None
    while before != text:
        before, text = text, text.lstrip().lstrip(_UNSEEN)
    return text
