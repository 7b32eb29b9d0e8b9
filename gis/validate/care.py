"""The rules of what care is planned with: residents of cells, registered births of areas, travel times.

All of it are counts of places. A row that cannot be is an error; a cell outside every area is counted in one warning,
for a grid that covers the district covers its neighbours too.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from gis.months import read_months
from gis.tables import WOMEN
from gis.texts import N_, _
from gis.validate.report import Problem, problem_at, row_number, row_problems
from gis.validate.rows import is_one_of

ROUNDING: Final = 1e-6
"""Women may be more than residents by such a share: grids are often rounded."""
HUNDREDTH: Final = 0.01
"""And by so many."""
FEWEST_BIRTHS: Final = 10
"""A row of fewer, and not of none, may tell of one birth; no such row comes in."""


def check_population(frame: pd.DataFrame, *, located: pd.Series | None) -> list[Problem]:
    """Women of all ages known or of none, never more than residents; cells outside every area.

    `located`: code of an area that holds each cell, on the index of `frame`; None where there are no areas.
    """
    problems = _check_residents(frame, frame["cell"])
    residents = frame["population"]
    outside = located.isna().to_numpy() if located is not None else np.zeros(len(frame), dtype=bool)
    if len(frame) and outside.all():
        what = _("all {count} cells lie outside every area. Check their coordinates and --datum.", count=len(frame))
        problems.append(problem_at(None, None, "outside", "error", what))
    elif outside.any():
        what = _(
            "{count} of {all} cells, with {residents} residents, lie in no area; they are stored and not counted.",
            count=int(outside.sum()),
            all=len(frame),
            residents=round(float(residents[outside].sum())),
        )
        problems.append(problem_at(None, None, "outside", "warning", what))
    return problems


def check_totals(frame: pd.DataFrame, *, areas: pd.DataFrame) -> list[Problem]:
    """Residents of areas: the same rules as for cells, one row for each area, which is known."""
    codes = frame["area_code"]
    problems = [
        *row_problems(
            frame.index,
            codes.isna() | frame["population"].isna(),
            column=None,
            rule="missing-value",
            text=N_("this row lacks its area or its residents. Fill them in."),
        ),
        *row_problems(
            frame.index,
            codes.notna() & ~is_one_of(codes, areas["code"]),
            column="area_code",
            rule="unknown-area",
            text=N_("area {code} is not among the areas. Correct the code, or add the area."),
            values={"code": codes},
        ),
        *row_problems(
            frame.index,
            codes.notna() & codes.duplicated(),
            column="area_code",
            rule="duplicate",
            text=N_("area {code} stands in the file twice. Keep one of the rows."),
            values={"code": codes},
        ),
    ]
    for column in ("population", *WOMEN):
        negative = (frame[column] < 0).fillna(False)
        text = N_("{value} is below 0. Correct it.")
        values = {"value": frame[column]}
        problems += row_problems(frame.index, negative, column=column, rule="value", text=text, values=values)
    return [*problems, *_check_residents(frame, codes)]


def _check_residents(frame: pd.DataFrame, places: pd.Series) -> list[Problem]:
    """Women of all ages known or of none, never more than residents; amounts are finite."""
    ages = frame[list(WOMEN)]
    missing, women, residents = ages.isna(), ages.sum(axis=1), frame["population"]
    return [
        *_check_finite(frame, ("population", *WOMEN)),
        *row_problems(
            frame.index,
            missing.any(axis=1) & ~missing.all(axis=1),
            column=None,
            rule="some-ages",
            text=N_("{place} lacks some age groups of women. Fill in all seven, 0 for none, or leave all empty."),
            values={"place": places},
        ),
        *row_problems(
            frame.index,
            (women > residents * (1 + ROUNDING) + HUNDREDTH).fillna(False),
            column="population",
            rule="more-women-than-residents",
            text=N_("{place} has {women} women and {residents} residents. Correct one of them."),
            values={"place": places, "women": women.round(1), "residents": residents},
        ),
    ]


def check_births(
    frame: pd.DataFrame,
    *,
    areas: pd.DataFrame,
    stored: Mapping[str, tuple[str, ...]],
    women: Mapping[str, float],
) -> list[Problem]:
    """Totals belong to known areas, to months that no other row of the area has, and are not small nor above the women.

    The message about a small row repeats no count. `stored`: area -> periods in the store; `women`: area -> women of 15
    to 49 in it, where cells are known.
    """
    codes = frame["area_code"]
    months = [read_months(text) if isinstance(text, str) else None for text in frame["period"]]
    length = pd.Series([m.length if m else np.nan for m in months], index=frame.index, dtype="float64")
    counted = (frame["boys"] + frame["girls"]).astype("float64")
    per_year = counted / length * 12
    there = codes.map(women).astype("float64")
    return [
        *row_problems(
            frame.index,
            codes.notna() & ~is_one_of(codes, areas["code"]),
            column="area_code",
            rule="unknown-area",
            text=N_("area {code} is not in the database. Correct the code, or import the areas first."),
            values={"code": codes},
        ),
        *row_problems(
            frame.index,
            ((counted > 0) & (counted < FEWEST_BIRTHS)).fillna(False),
            column=None,
            rule="small-total",
            text=N_(
                "this row counts fewer than {fewest} births and may tell of one of them. Add it up over more months or "
                "to the area above; such counts are not stored."
            ),
            values={"fewest": pd.Series(FEWEST_BIRTHS, index=frame.index)},
        ),
        *row_problems(
            frame.index,
            (per_year > there).fillna(False),
            column="area_code",
            rule="more-births-than-women",
            text=N_("area {code} would have more births a year than women of 15 to 49. Correct the row or the cells."),
            values={"code": codes},
        ),
        *_check_months(frame, stored=stored),
    ]


def _check_months(frame: pd.DataFrame, *, stored: Mapping[str, tuple[str, ...]]) -> list[Problem]:
    """No month counts twice: in the file, or in a row of the store with other ends."""
    problems: list[Problem] = []
    for area, rows in frame.dropna(subset=["area_code", "period"]).groupby("area_code"):
        taken = [(months, text, 0) for text in stored.get(str(area), ()) if (months := read_months(text))]
        for row, text in rows["period"].items():
            months = read_months(text)
            if months is None:
                continue
            for other, other_text, there in taken:
                if other_text != text and months.first <= other.last and other.first <= months.last:
                    where = _("row {row}", row=there) if there else _("in the database")
                    what = _(
                        "area {area}: {period} has months in common with {other} ({where}). Keep one of them.",
                        **{"area": area, "period": text, "other": other_text, "where": where},
                    )
                    problems.append(problem_at(row_number(row), "period", "overlap", "error", what))
                    break
            taken.append((months, text, row_number(row)))
    return problems


def check_times(frame: pd.DataFrame, *, cells: pd.Index, facilities: pd.Index) -> list[Problem]:
    """Both ends of a way are known, and its minutes are a number."""
    ends = (
        ("origin", cells, N_("cell {code} is not in the database. Correct the code, or import the population first.")),
        (
            "destination",
            facilities,
            N_("facility {code} is not in the database. Correct the code, or import the facilities first."),
        ),
    )
    problems = _check_finite(frame, ("minutes",))
    for column, known, text in ends:
        unknown = frame[column].notna() & ~is_one_of(frame[column], known)
        values = {"code": frame[column]}
        problems += row_problems(
            frame.index, unknown, column=column, rule=f"unknown-{column}", text=text, values=values
        )
    return problems


def _check_finite(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[Problem]:
    """Amounts are numbers, not infinite."""
    problems: list[Problem] = []
    for column in columns:
        text = N_("{value} is not a finite number. Correct it.")
        values = {"value": frame[column]}
        infinite = np.isinf(frame[column].to_numpy("float64"))
        problems += row_problems(frame.index, infinite, column=column, rule="value", text=text, values=values)
    return problems
