"""Schema and cross-table rules: a canonical frame in, a Report out. Raises nothing, prints nothing.

A problem names the row of the source file (the first data row is row 1), the column, the rule, and whether it is
an error (the row is rejected) or a warning (the row is accepted).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


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
    def has_errors(self) -> bool:
        """Whether anything, a row or the file itself, is rejected."""
        return any(p.severity == "error" for p in self.problems)

    def plus(self, problems: Iterable[Problem]) -> "Report":
        """A new report with more problems."""
        return Report((*self.problems, *problems))
