"""From the text of cells to numbers, angles, dates and codes, as people and spreadsheets write them.

Whole columns of clean cells are read at once; only cells that are written otherwise are looked at, each distinct text
once. What had to be converted is counted by the way it was written (`full-width`, `degrees-minutes`,
`excel-serial`, ...), so that the report can show it.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gis.months import read_months

Mask = NDArray[np.bool_]

_PLAIN: Final = r"^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$"
_SIGNS: Final = str.maketrans(
    {**dict.fromkeys("″“”〃", '"'), **dict.fromkeys("′’‘`´", "'"), **dict.fromkeys("º˚", "°")}
)
_HEMISPHERE: Final = {"东经": "E", "西经": "W", "北纬": "N", "南纬": "S"}
_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_ANGLE: Final = re.compile(
    rf"([NSEW])?\s*([+-]?{_NUMBER})\s*(?:[°D度]\s*|\s+|$|(?=[NSEW]))"
    rf"(?:({_NUMBER})\s*(?:['M分]\s*|\s+|$|(?=[NSEW])))?"
    rf"(?:({_NUMBER})\s*(?:\"|''|秒|$|(?=\s*[NSEW]))\s*)?([NSEW])?"
)
_DATE: Final = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
    r"(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_EXCEL_DAY_0: Final = date(1899, 12, 30)
_STILL: Final = frozenset({"长期", "永久", "至今", "长期有效"})
_DAMAGED: Final = r"^(\d+\.0+|\d(\.\d+)?[eE]\+\d+|#[A-Z/0!?]+)$"


@dataclass(frozen=True)
class Reading:
    """A column that was read: values on the index of the text, what could not be read, what was converted."""

    values: pd.Series
    unreadable: Mask
    """Cells that hold something which is not what it should be; their value is missing."""
    notes: Mapping[str, int]
    """How it was written -> number of cells."""


def clean_text(column: pd.Series) -> pd.Series:
    """The same cells without blanks around them; an empty cell is missing. dtype str."""
    stripped = column.astype("str").str.strip()
    empty = stripped == ""
    return stripped.mask(empty) if empty.any() else stripped


def read_numbers(text: pd.Series, *, angles: bool = False) -> Reading:
    """Decimal numbers, float64; with `angles` also degrees, minutes and seconds, in degrees.

    >>> cells = pd.Series(["120.65", "１２０．６５", "120,65", "120°39'E", "about 120"])
    >>> reading = read_numbers(cells, angles=True)
    >>> reading.values.round(4).tolist(), reading.unreadable.tolist()
    ([120.65, 120.65, 120.65, 120.65, nan], [False, False, False, False, True])
    >>> dict(reading.notes)
    {'full-width': 1, 'comma': 1, 'degrees-minutes': 1}
    """
    cells = pa.array(text.array)
    plain = pc.fill_null(pc.match_substring_regex(cells, _PLAIN), fill_value=True)
    values = pc.cast(pc.if_else(plain, cells, None), pa.float64()).to_numpy(zero_copy_only=False).copy()
    odd = ~np.asarray(plain)
    values[odd], notes = _read_each(text[odd], _read_angle if angles else _read_number, dtype="float64")
    values[~np.isfinite(values)] = np.nan
    return Reading(pd.Series(values, index=text.index), np.isnan(values) & text.notna().to_numpy(), notes)


def read_integers(text: pd.Series) -> Reading:
    """Whole numbers, Int64; `12.0` and `1,200` are whole."""
    reading = read_numbers(text)
    values = reading.values
    with_part = (values % 1 != 0) & values.notna()
    whole = values.mask(with_part).astype("Int64")
    return Reading(whole, reading.unreadable | with_part.to_numpy(), reading.notes)


def read_dates(text: pd.Series, *, may_stay_open: bool = False) -> Reading:
    """Days, datetime64[s]: 2024-01-05, 2024/1/5, 2024.1.5, 2024年1月5日, 20240105, or the day number of Excel.

    A time of day is dropped. With `may_stay_open` the words for "no end" (长期, 至今) are a missing date.

    >>> read_dates(pd.Series(["2024年1月5日", "45296", "1/5/24"])).values.dt.strftime("%F").tolist()
    ['2024-01-05', '2024-01-05', nan]
    """
    days, notes = _read_each(text, _read_date, dtype="datetime64[s]")
    values = pd.Series(days, index=text.index)
    open_end = text.isin(_STILL).to_numpy() & may_stay_open
    if open_end.any():
        notes = {**notes, "open-end": int(open_end.sum())}
    return Reading(values, values.isna().to_numpy() & text.notna().to_numpy() & ~open_end, notes)


def read_periods(text: pd.Series) -> Reading:
    """Periods of whole months (`gis.months`), str, each in its one canonical form.

    >>> read_periods(pd.Series(["2023-01..2023-12", "２０２３年", "2023/24"])).values.fillna("-").tolist()
    ['2023', '2023', '-']
    """
    periods, notes = _read_each(text, _read_period, dtype="object")
    values = pd.Series(periods, index=text.index, dtype="str")
    return Reading(values, values.isna().to_numpy() & text.notna().to_numpy(), notes)


def read_codes(text: pd.Series) -> Reading:
    """Codes, str: full-width letters and digits become plain ones. Codes that a spreadsheet turned into a number
    (3.30302E+11, 330302.0) cannot be read: what they were is lost.
    """
    cells = pa.array(text.array)
    notes: dict[str, int] = {}
    wide = ~np.asarray(pc.fill_null(pc.string_is_ascii(cells), fill_value=True))
    if wide.any():
        found, _none = _read_each(text[wide], lambda cell: (_narrow(cell), ""), dtype="object")
        folded = pd.Series(found, index=text.index[wide], dtype="str")
        notes = {"full-width": int((folded != text[wide]).sum())}
        text = text.copy()
        text[wide] = folded
    damaged = text.str.match(_DAMAGED).fillna(value=False).to_numpy(dtype=bool)
    return Reading(text, damaged, {name: n for name, n in notes.items() if n})


def _read_each(
    text: pd.Series, read: Callable[[str], tuple[object, str] | None], *, dtype: str
) -> tuple[NDArray[Any], dict[str, int]]:
    """Each cell's value, missing where it cannot be read, and how the cells were written.

    Each distinct text is read once: a column of a million dates holds a few thousand days.
    """
    place, distinct = pd.factorize(text)
    results = [read(str(cell)) for cell in distinct]
    counts = np.bincount(place[place >= 0], minlength=len(distinct))
    notes: Counter[str] = Counter()
    for result, count in zip(results, counts, strict=True):
        if result and result[1]:
            notes[result[1]] += int(count)
    values = np.array([*(result[0] if result else None for result in results), None], dtype=dtype)
    return values[place], dict(notes)


def _narrow(cell: str) -> str:
    """Compatibility characters as plain ones, without invisible characters."""
    folded = unicodedata.normalize("NFKC", cell.translate(_SIGNS))
    return "".join(c for c in folded if unicodedata.category(c) != "Cf").strip()


def _read_number(cell: str) -> tuple[float, str] | None:
    """One number that is not written plainly."""
    text = _narrow(cell).replace("−", "-")
    if re.fullmatch(_PLAIN, text, re.ASCII):
        return float(text), "full-width"
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text, re.ASCII):
        return float(text.replace(",", "")), "thousands"
    return _read_spaced(text)


def _read_spaced(text: str) -> tuple[float, str] | None:
    """A number with a decimal comma or with blanks around its point."""
    if re.fullmatch(r"[+-]?\d+,\d+", text, re.ASCII):
        return float(text.replace(",", ".")), "comma"
    if re.fullmatch(r"[+-]?\s*\d+\s*\.\s*\d+", text, re.ASCII):
        return float(re.sub(r"\s", "", text)), "blanks"
    return None


def _read_angle(cell: str) -> tuple[float, str] | None:
    """One angle that is not written plainly, in degrees; south and west are negative."""
    text = _narrow(cell).replace("−", "-")
    for word, letter in _HEMISPHERE.items():
        text = text.replace(word, letter)
    # A small s is seconds, a capital one south.
    text = re.sub(r"s(?=\s*[NSEW]?$)", '"', text.replace(":", " ")).upper().strip()
    if re.fullmatch(_PLAIN, text, re.ASCII):
        return float(text), "full-width"
    spaced = _read_spaced(text)
    match = _ANGLE.fullmatch(text)
    if spaced or not match:
        return spaced
    before, degrees, minutes, seconds, after = match.groups()
    parts = [float(part.replace(",", ".")) if part else 0.0 for part in (degrees, minutes, seconds)]
    if (before and after) or parts[1] >= 60 or parts[2] >= 60:
        return None
    size = abs(parts[0]) + parts[1] / 60 + parts[2] / 3600
    negative = degrees.startswith("-") or (before or after) in ("S", "W")
    return -size if negative else size, "degrees-minutes" if minutes else "degree-sign"


def _read_period(cell: str) -> tuple[str, str] | None:
    """One period, and whether it was written in another form."""
    found = read_months(_narrow(cell).replace(" ", "").removesuffix("年"))
    return None if found is None else (found.text, "" if cell == found.text else "other-date-form")


def _read_date(cell: str) -> tuple[date, str] | None:
    """One day, and how it was written where that was not YYYY-MM-DD."""
    text = _narrow(cell)
    match = _DATE.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    if match:
        try:
            day = date(*map(int, match.groups()))
        except ValueError:
            return None
        return day, "" if cell == day.isoformat() else "other-date-form"
    serial = re.fullmatch(r"(\d{5})(\.\d+)?", text)
    if serial and 10_000 <= int(serial[1]) <= 80_000:
        return _EXCEL_DAY_0 + timedelta(days=int(serial[1])), "excel-serial"
    return None
