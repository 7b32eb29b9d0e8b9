"""What a check of a file says: problems, and the report that holds them.

A problem names the row of the source file (the first data row is row 1), the column, the rule, and whether it is
an error (the row is rejected) or a warning (the row is accepted). Its message opens with the place, so that a
caller only has to put the name of the file in front of it.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gis.texts import N_, _

Severity = Literal["error", "warning"]

MOST_WARNINGS: Final = 1000
"""Rows that one rule warns about one by one; the rest are counted in one line."""

MOST_CHARACTERS: Final = 60
"""Of a cell, in a message."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one cell, one row (`column` None) or the whole file (`row` None too)."""

    row: int | None
    column: str | None
    rule: str
    severity: Severity
    message: str


@dataclass(frozen=True)
class Report:
    """All problems of one file, in the order of its rows."""

    problems: tuple[Problem, ...] = ()

    @property
    def rejected_rows(self) -> frozenset[int]:
        """Rows with at least one error."""
        return frozenset(p.row for p in self.problems if p.severity == "error" and p.row is not None)

    @property
    def refuses_file(self) -> bool:
        """Whether an error is about the file itself, so that no row of it can be taken."""
        return any(p.severity == "error" and p.row is None for p in self.problems)

    @property
    def has_errors(self) -> bool:
        """Whether anything, a row or the file itself, is rejected."""
        return any(p.severity == "error" for p in self.problems)

    def plus(self, problems: Iterable[Problem]) -> "Report":
        """A new report with more problems."""
        return Report((*self.problems, *problems))


def problem_at(row: int | None, column: str | None, rule: str, severity: Severity, what: str) -> Problem:
    """A problem whose message says where it is, then what it is."""
    match row, column:
        case None, None:
            message = what
        case None, _column:
            message = _("Column {column}: {what}", column=column, what=what)
        case _row, None:
            message = _("Row {row}: {what}", row=row, what=what)
        case _:
            message = _("Row {row}, column {column}: {what}", row=row, column=column, what=what)
    return Problem(row, column, rule, severity, message)


def row_problems(
    rows: pd.Index,
    mask: ArrayLike,
    *,
    column: str | None,
    rule: str,
    text: str,
    severity: Severity = "error",
    values: Mapping[str, pd.Series] | None = None,
) -> list[Problem]:
    """One problem for each row where `mask` holds, a long list of warnings cut short.

    `text` is a catalogue text whose places are filled from `values`: place -> Series that is aligned with `rows` by
    position.
    """
    at: NDArray[np.intp] = np.flatnonzero(np.asarray(mask, dtype=bool))
    shown = at[:MOST_WARNINGS] if severity == "warning" else at
    cells = {place: [_short(cell) for cell in series.iloc[shown]] for place, series in (values or {}).items()}
    problems = [
        problem_at(row_number(row), column, rule, severity, _(text, **{k: v[i] for k, v in cells.items()}))
        for i, row in enumerate(rows[shown])
    ]
    if len(shown) < len(at):
        more = _(N_("{count} more rows have the same problem."), count=len(at) - len(shown))
        problems.append(problem_at(None, column, rule, severity, more))
    return problems


def _short(cell: object) -> object:
    """A cell as a message can hold it."""
    return f"{cell[:MOST_CHARACTERS]}..." if isinstance(cell, str) and len(cell) > MOST_CHARACTERS else cell


def row_number(label: Hashable) -> int:
    """The row number that an index label of a frame from intake stands for."""
    return int(str(label))
