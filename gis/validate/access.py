"""The tables that access to care is reckoned from: what each row of demand, supply and times must be."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gis.texts import N_, _
from gis.validate.report import Problem, problem_at, row_problems

_EMPTY = N_("this cell may not be empty. Fill it in.")
_UNKNOWN_SITE = N_("{value} is no site of the supply. Correct the code, or leave the row out.")
_INFINITE = N_("{value} is not a finite number. Correct it.")
_NEGATIVE = N_("{value} is below 0. Correct it.")


def check_demand(frame: pd.DataFrame) -> list[Problem]:
    """Every problem of a frame with cell, demand, indexed by the row numbers of its file."""
    return _no_rows(frame, _("The file has no rows. Add one for each cell.")) or _in_order(
        [*check_codes(frame, "cell"), *check_numbers(frame, "demand")]
    )


def check_supply(frame: pd.DataFrame) -> list[Problem]:
    """Every problem of a frame with site, capacity."""
    text = N_("{value} has no capacity. Fill in what it can take, or leave the site out.")
    none = frame["capacity"].eq(0).fillna(False)
    values = {"value": frame["site"]}
    return _no_rows(frame, _("The file has no rows. Add one for each site.")) or _in_order(
        [
            *check_codes(frame, "site"),
            *check_numbers(frame, "capacity"),
            *row_problems(frame.index, none, column="capacity", rule="no-capacity", text=text, values=values),
        ]
    )


def check_times(
    frame: pd.DataFrame, *, cells: "pd.Index", sites: "pd.Index", unknown_site: str = _UNKNOWN_SITE
) -> list[Problem]:
    """Every problem of a frame with origin, destination, minutes, beside the cells and sites that there are."""
    problems: list[Problem] = []
    ends = (
        ("origin", cells, sites, N_("{value} is no cell of the demand. Correct the code, or leave the row out.")),
        ("destination", sites, cells, unknown_site),
    )
    swapped = N_(
        "{value} stands on the other side. Times go from cells (origin) to sites (destination): exchange the columns."
    )
    for column, known, other, text in ends:
        codes = frame[column]
        problems += row_problems(frame.index, codes.isna(), column=column, rule="missing-value", text=_EMPTY)
        unknown = codes.notna() & ~codes.isin(known)
        crossed = unknown & codes.isin(other)
        values = {"value": codes}
        problems += row_problems(frame.index, crossed, column=column, rule="swapped-ends", text=swapped, values=values)
        unknown &= ~crossed
        problems += row_problems(frame.index, unknown, column=column, rule="unknown-end", text=text, values=values)
    problems += check_numbers(frame, "minutes")
    doubled = frame.duplicated(["origin", "destination"]) & frame[["origin", "destination"]].notna().all(axis=1)
    if doubled.any():
        text = N_("the way from {origin} to {destination} stands in a row before too. Keep one of them.")
        values = {"origin": frame["origin"], "destination": frame["destination"]}
        problems += row_problems(frame.index, doubled, column="origin", rule="duplicate", text=text, values=values)
    return _in_order(problems)


def check_weights(frame: pd.DataFrame) -> list[Problem]:
    """The rows of 0 minutes, for weights that are infinite there."""
    zero = frame["minutes"].eq(0)
    text = N_("0 minutes has no weight under a falling power. Write power:-1:1 to take less than 1 minute as 1.")
    return row_problems(frame.index, zero, column="minutes", rule="no-weight", text=text)


def _no_rows(frame: pd.DataFrame, text: str) -> list[Problem]:
    return [] if len(frame) else [problem_at(None, None, "no-rows", "error", text)]


def check_codes(frame: pd.DataFrame, column: str) -> list[Problem]:
    """Cells of a code column that are empty, or hold a code that stands in a row before."""
    codes = frame[column]
    problems = row_problems(frame.index, codes.isna(), column=column, rule="missing-value", text=_EMPTY)
    doubled = codes.notna() & codes.duplicated()
    if doubled.any():
        first = codes.map(pd.Series(frame.index, index=codes)[~codes.duplicated().to_numpy()])
        text = N_("{value} stands in row {first} too. Keep one of them, or add them up.")
        values = {"value": codes, "first": first}
        problems += row_problems(frame.index, doubled, column=column, rule="duplicate", text=text, values=values)
    return problems


def check_numbers(frame: pd.DataFrame, column: str) -> list[Problem]:
    """Cells of a number column that are empty, infinite, or below 0."""
    numbers = frame[column].astype("float64")
    values = {"value": frame[column]}
    infinite = np.isinf(numbers)
    negative = numbers.lt(0) & ~infinite
    return [
        *row_problems(frame.index, numbers.isna(), column=column, rule="missing-value", text=_EMPTY),
        *row_problems(frame.index, infinite, column=column, rule="value", text=_INFINITE, values=values),
        *row_problems(frame.index, negative, column=column, rule="value", text=_NEGATIVE, values=values),
    ]


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: -1 if p.row is None else p.row)
