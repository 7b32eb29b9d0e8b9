"""The rules that every table obeys: its schema, no missing cell where none may be, periods, one version at a time."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pandera.errors import SchemaErrors

from gis.tables import Table
from gis.texts import N_, _
from gis.validate.report import Problem, problem_at, row_number, row_problems

ALWAYS = np.iinfo(np.int64).min
STILL = np.iinfo(np.int64).max

Mask = NDArray[np.bool_]
Positions = NDArray[np.intp]


def check_schema(frame: pd.DataFrame, table: Table) -> list[Problem]:
    """Columns and dtypes; one problem for the file for each column that is missing or of another type."""
    try:
        table.schema.validate(frame.iloc[:0], lazy=True)
    except SchemaErrors as failure:
        cases = failure.failure_cases
        return [
            problem_at(None, None, "schema", "error", _("The table does not have the agreed shape: {what}.", what=what))
            for what in sorted({f"{c.check}: {c.failure_case}" for c in cases.itertuples()})
        ]
    if table.geometry and not isinstance(frame, gpd.GeoDataFrame):
        return [problem_at(None, "geometry", "schema", "error", _("The table has no geometry."))]
    return []


def check_cells(frame: pd.DataFrame, table: Table) -> list[Problem]:
    """Missing cells in required columns, and the checks that the schema lists for single cells."""
    problems: list[Problem] = []
    for name, column in table.schema.columns.items():
        cells = frame[name]
        if not column.nullable and name not in ("raw_lon", "raw_lat", "source_datum"):
            problems += row_problems(
                frame.index,
                cells.isna() | (cells == ""),
                column=name,
                rule="missing-value",
                text=N_("this cell may not be empty. Fill it in."),
            )
        for check in column.checks:
            failed = frame[~check(cells).check_output.astype(bool) & cells.notna()]
            allowed = ", ".join(map(str, check.statistics.get("allowed_values", ()))) or check.error or check.name
            problems += row_problems(
                failed.index,
                np.ones(len(failed)),
                column=name,
                rule="value",
                text=N_("{value} is not allowed here. Allowed: {allowed}."),
                values={"value": failed[name], "allowed": pd.Series(allowed, index=failed.index)},
            )
    return problems


def check_points(frame: gpd.GeoDataFrame) -> list[Problem]:
    """Every facility needs a point."""
    return row_problems(
        frame.index,
        frame.geometry.isna() | frame.geometry.is_empty,
        column=None,
        rule="missing-point",
        text=N_("the row has no point. Fill in lon and lat, or import with --partial to leave such rows out."),
    )


def check_periods(frame: pd.DataFrame) -> list[Problem]:
    """A period ends after it begins."""
    wrong = frame[frame["valid_to"] <= frame["valid_from"]]
    return row_problems(
        wrong.index,
        np.ones(len(wrong)),
        column="valid_to",
        rule="period",
        text=N_("the period ends on {end}, not after it begins on {start}. Correct one of the two dates."),
        values={"start": wrong["valid_from"].dt.strftime("%F"), "end": wrong["valid_to"].dt.strftime("%F")},
    )


def check_duplicates(frame: pd.DataFrame, table: Table) -> list[Problem]:
    """Two rows of one key may not be in force on the same day; the later row is rejected and names the other."""
    key = list(table.key)
    later, earlier = overlapping_rows(frame, key)
    problems = []
    for second, first in zip(later, earlier, strict=True):
        here, there = sorted((row_number(frame.index[second]), row_number(frame.index[first])), reverse=True)
        what = _(
            "{key} stands in row {other} too, for an overlapping period. Keep one of them, or end the first before "
            "the second begins.",
            key=" / ".join(str(frame[k].iat[second]) for k in key),
            other=there,
        )
        problems.append(problem_at(here, table.key[-1] if len(key) == 1 else None, "duplicate", "error", what))
    return problems


def is_one_of(codes: pd.Series, values: pd.Series | pd.Index) -> Mask:
    """Whether each code is among the values; a missing one never is. pandas' own way goes through Python strings."""
    sought, among = (pa.array(v.astype("str").array).cast(pa.large_string()) for v in (codes, values))
    return np.asarray(pc.is_in(sought, value_set=among, skip_nulls=True))


def period_days(frame: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and end of each row's period in seconds, an open side as the least and greatest integer."""
    start, end = (frame[c].to_numpy("datetime64[s]") for c in ("valid_from", "valid_to"))
    return (
        np.where(np.isnat(start), ALWAYS, start.astype(np.int64)),
        np.where(np.isnat(end), STILL, end.astype(np.int64)),
    )


def overlapping_rows(frame: pd.DataFrame, key: list[str]) -> tuple[Positions, Positions]:
    """Pairs of positions, (later start, earlier start), of rows of one key with overlapping periods.

    Each row is paired with the row of its key that started before it and lasts longest; one pass over sorted rows,
    so a file of nothing but duplicates costs no more than another. Rows with a missing key are left out.
    """
    repeated = frame.duplicated(key, keep=False).to_numpy() & frame[key].notna().all(axis=1).to_numpy()
    at = np.flatnonzero(repeated)
    if len(at) == 0:
        return at, at
    group = frame.iloc[at].groupby(key, sort=False).ngroup().to_numpy()
    start, end = (days[at] for days in period_days(frame))
    order = np.lexsort((at, start, group))
    at, group, start, end = at[order], group[order], start[order], end[order]
    longest = pd.Series(end).groupby(group).cummax().to_numpy()
    first = np.r_[True, group[1:] != group[:-1]]
    grew = first | np.r_[True, end[1:] > longest[:-1]]
    holder = np.maximum.accumulate(np.where(grew, np.arange(len(at)), 0))
    clash = np.flatnonzero(~first[1:] & (start[1:] < longest[:-1])) + 1
    return at[clash], at[holder[clash - 1]]
