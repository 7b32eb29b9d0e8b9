"""Periods of registered totals: whole months, written `2023`, `2021..2023`, `2023-01` or `2023-01..2023-12`.

Both ends belong to the period. One period has one canonical form: whole years where it begins with a January and ends
with a December, months otherwise.
"""

import re
from dataclasses import dataclass
from typing import Final

_END: Final = r"(\d{4})(?:-(\d{2}))?"
_PERIOD: Final = re.compile(rf"{_END}(?:\.\.{_END})?", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True)
class Months:
    """From one month to another, both included, counted from year 0."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """Number of months."""
        return self.last - self.first + 1

    @property
    def text(self) -> str:
        """The canonical form.

        >>> [Months(12 * 2023, 12 * 2023 + n).text for n in (11, 23, 2, 0)]
        ['2023', '2023..2024', '2023-01..2023-03', '2023-01']
        """
        whole = self.first % 12 == 0 and self.last % 12 == 11
        ends = [f"{m // 12:04d}" if whole else f"{m // 12:04d}-{m % 12 + 1:02d}" for m in (self.first, self.last)]
        return ends[0] if ends[0] == ends[1] else "..".join(ends)


def read_months(text: str) -> Months | None:
    """The months of a period; None for a text that is none.

    >>> read_months("2023-04..2023-06").length, read_months("2023").text, read_months("2023-01..2023-12").text
    (3, '2023', '2023')
    >>> [read_months(text) for text in ("2023-13", "2023..2022", "23", "2023-01-05", "2023..2023-06")]
    [None, None, None, None, None]
    """
    found = _PERIOD.fullmatch(text.strip())
    if not found:
        return None
    year, month, last_year, last_month = found.groups()
    if last_year is None:
        last_year, last_month = year, month
    if (month is None) != (last_month is None):
        return None
    first = int(year) * 12 + (int(month) - 1 if month else 0)
    last = int(last_year) * 12 + (int(last_month) - 1 if last_month else 11)
    real = all(m is None or 1 <= int(m) <= 12 for m in (month, last_month))
    if not real or first > last or int(year) < FIRST_YEAR or int(last_year) > LAST_YEAR:
        return None
    return Months(first, last)
