"""The shape of a pregnancy in a table: two columns of dates about 280 days apart.

Counted from the last period, a birth is due after 280 days (40 weeks); a recorded birth lies 14 days to either side.
Honest periods of a register last months or years and hardly ever meet that window: of the lengths of one to three
years at random, 0 %; of all lengths up to three years, 3 %.
"""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gis.intake.firewall_rules import as_mask, matches

DATES: Final = "dates-280-days-apart"

_DAYS, _AROUND = 280, 14
_FEWEST_ROWS: Final = 5
_DATE: Final = "^ *(?P<y>(?:19|20)[0-9]{2})[-/.年]?(?P<m>[0-9]{1,2})[-/.月]?(?P<d>[0-9]{1,2})"
_SERIAL: Final = "^[2-5][0-9]{4}(?:[.][0-9]+)?$"
_SHARE_OF_DATES: Final = 0.3


def days_of(cells: pa.Array, *, serials: bool) -> NDArray[np.float64] | None:
    """Days since 1970 of each cell, NaN where it is no date; None where too few are (dates of 1900-2099).

    With `serials`, a column of five-digit numbers counts as a spreadsheet's days.
    """
    begins = pc.or_(pc.starts_with(cells, "19"), pc.starts_with(cells, "20"))
    enough = _SHARE_OF_DATES * max(1, len(cells) - cells.null_count)
    if as_mask(begins).sum() >= enough:
        try:
            days = pc.cast(pc.cast(cells, pa.date32()), pa.int32()).to_numpy(zero_copy_only=False).astype(np.float64)
        except pa.ArrowInvalid:
            days = _days_of_any_form(cells)
        return days if (~np.isnan(days)).sum() >= enough else None
    if serials and (found := matches(cells, _SERIAL)).sum() >= enough:
        days = np.full(len(cells), np.nan)
        days[found] = pc.cast(cells.filter(pa.array(found)), pa.float64()).to_numpy(zero_copy_only=False)
        return days
    return None


def _days_of_any_form(cells: pa.Array) -> NDArray[np.float64]:
    parts = pc.extract_regex(cells, _DATE)
    y, m, d = (
        pc.cast(pc.struct_field(parts, i), pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
        for i in range(3)
    )
    good = (m >= 1) & (m <= 12) & (d >= 1) & (d <= 31)
    days = np.full(len(cells), np.nan)
    months = ((y[good] - 1970) * 12 + m[good] - 1).astype("datetime64[M]")
    days[good] = months.astype("datetime64[D]").astype(np.float64) + d[good] - 1
    return days


def pregnancy_rows(first: NDArray[np.float64], second: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float, int]:
    """Rows with dates 266 to 294 days apart, their share of the rows that have both, and the number of those rows."""
    apart = np.abs(first - second)
    rows = int((~np.isnan(apart)).sum())
    hit = np.abs(apart - _DAYS) <= _AROUND
    return hit, (float(hit.sum()) / rows if rows >= _FEWEST_ROWS else 0.0), rows
