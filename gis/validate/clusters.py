"""The table of areas that is scanned for clusters: what each row and the whole of it must be."""

import numpy as np
import pandas as pd

from gis.texts import N_, _
from gis.validate.report import Problem, Report, problem_at, row_problems

MOST_AREAS = 50_000
"""Beyond this a scan takes hours: its time grows with the square."""
MOST_CASES = 100_000_000


def check_clusters(frame: pd.DataFrame, *, bernoulli: bool) -> Report:
    """Every problem of a frame with area, x, y, cases, population, indexed by the row numbers of its file."""
    problems: list[Problem] = []

    def say(mask: "pd.Series[bool]", column: str, rule: str, text: str) -> None:
        values = {"value": frame[column], "cases": frame["cases"], "population": frame["population"]}
        problems.extend(row_problems(frame.index, mask, column=column, rule=rule, text=text, values=values))

    for column in frame.columns:
        say(frame[column].isna(), column, "missing-value", N_("this cell may not be empty. Fill it in."))
    finite = {column: frame[column].astype("float64").map(np.isfinite) for column in ("x", "y", "population")}
    for column, good in finite.items():
        say(frame[column].notna() & ~good, column, "value", N_("{value} is not a finite number. Correct it."))
    for column in ("cases", "population"):
        say(frame[column].lt(0).fillna(False), column, "value", N_("{value} is below 0. Correct it."))
    say(
        (frame["cases"].gt(0) & frame["population"].eq(0)).fillna(False),
        "population",
        "no-population",
        N_("{cases} cases, and nobody at risk. Fill in the population, or leave the row out."),
    )
    if bernoulli:
        text = N_("{cases} cases among {population}. Correct one of them, or use --model poisson.")
        say(frame["cases"].gt(frame["population"]).fillna(False), "cases", "more-than-all", text)
        broken = finite["population"] & frame["population"].mod(1).ne(0).fillna(False)
        text = N_("{value} is no whole number. The Bernoulli model counts; use --model poisson for rates.")
        say(broken, "population", "integer", text)
    problems += _check_doubled(frame) + _check_whole(frame)
    return Report(tuple(sorted(problems, key=lambda p: -1 if p.row is None else p.row)))


def _check_doubled(frame: pd.DataFrame) -> list[Problem]:
    doubled = frame["area"].notna() & frame["area"].duplicated()
    first = frame["area"].map({area: row for row, area in reversed(list(frame["area"].items()))})
    text = N_("{value} stands in row {first} too. Keep one of them, or add them up.")
    values = {"value": frame["area"], "first": first}
    return row_problems(frame.index, doubled, column="area", rule="duplicate", text=text, values=values)


def _check_whole(frame: pd.DataFrame) -> list[Problem]:
    """What is wrong with all rows together."""
    if frame.empty:
        return [problem_at(None, None, "no-rows", "error", _("The file has no rows. Add one for each area."))]
    if len(frame) > MOST_AREAS:
        return [problem_at(None, None, "size", "error", _("More than {most} areas. Scan a part.", most=MOST_AREAS))]
    if frame["cases"].sum() > MOST_CASES:
        text = _("more than {most} cases in all. Scan a part, or a shorter period.", most=MOST_CASES)
        return [problem_at(None, "cases", "size", "error", text)]
    if not (frame["population"].fillna(0) > 0).any():
        text = _("no row has any population. Fill in how many were at risk in each area.")
        return [problem_at(None, "population", "no-population", "error", text)]
    return []
