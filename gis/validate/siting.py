"""The table of candidate sites: what each row must be."""

import pandas as pd

from gis.texts import N_
from gis.validate.access import check_codes, check_numbers
from gis.validate.report import Problem, row_problems


def check_candidates(frame: pd.DataFrame, *, capacitated: bool) -> list[Problem]:
    """Every problem of a frame with site and, where the file has them, capacity and existing (yes, no, or empty)."""
    problems = [*check_codes(frame, "site")]
    if capacitated and "capacity" in frame:
        problems += check_numbers(frame, "capacity")
    if "existing" in frame:
        words = frame["existing"]
        text = N_("{value} is not allowed here. Allowed: {allowed}.")
        values = {"value": words, "allowed": pd.Series("yes, no", index=frame.index)}
        odd = words.notna() & ~words.isin(["yes", "no"])
        problems += row_problems(frame.index, odd, column="existing", rule="value", text=text, values=values)
    return problems
