"""The measure: how many days earlier findings are met when the same visits are made in another order.

Each officer keeps the own facilities and the own days: the facilities of a list are sorted by a score, the days of
its visits are sorted too and given to them in turn, so that every day has as many visits as it really had. *Days
earlier* of a facility is the real day less the simulated one, averaged over the facilities with a finding of the
kind looked at. Facilities with equal scores share the mean of their days, which is what tossing for it gives on
average; a score that is equal for all is the random order.

Source: the method by which Chicago's Department of Public Health measured its own model (2015), within lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Mean:
    """A mean with its standard error, over `count` facilities; NaN where there is none or only one."""

    value: float
    error: float
    count: int

    def to_json(self) -> dict[str, float | int | None]:
        """`days, se, n`, rounded; None for what is not known."""
        rounded = (None if np.isnan(number) else round(number, 3) for number in (self.value, self.error))
        return dict(zip(("days", "se", "n"), (*rounded, self.count), strict=True))


def mean_of(values: Numbers) -> Mean:
    """The mean of some values.

    >>> mean_of(np.array([1.0, 3.0]))
    Mean(value=2.0, error=1.0, count=2)
    """
    count = len(values)
    return Mean(
        float(values.mean()) if count else np.nan,
        float(values.std(ddof=1) / np.sqrt(count)) if count > 1 else np.nan,
        count,
    )


def days_earlier(inspected_on: "pd.Series[pd.Timestamp]", lists: "pd.Series[str]", scores: Numbers) -> Numbers:
    """Days from the simulated to the real visit of each row, positive where it comes earlier; lists keep their days.

    >>> days = pd.Series(pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-11"]))
    >>> days_earlier(days, pd.Series(["a", "a", "a"]), np.array([0.1, 0.2, 0.9])).tolist()
    [-10.0, 0.0, 10.0]
    >>> days_earlier(days, pd.Series(["a", "a", "b"]), np.array([1, 1, 1])).tolist()
    [-0.5, 0.5, 0.0]
    """
    real = inspected_on.to_numpy().astype("datetime64[D]").astype("float64")
    earlier = np.zeros(len(real))
    for rows in pd.Series(np.arange(len(real))).groupby(lists.to_numpy()).indices.values():
        order = np.argsort(-scores[rows], kind="stable")
        ranked = scores[rows][order]
        runs = np.concatenate([[0], np.flatnonzero(np.diff(ranked) != 0) + 1])
        lengths = np.diff([*runs, len(rows)])
        simulated = np.add.reduceat(np.sort(real[rows]), runs) / lengths
        earlier[rows[order]] = real[rows][order] - np.repeat(simulated, lengths)
    return earlier


def compare(days: Mapping[str, Numbers], hit: NDArray[np.bool_], *, base: str) -> dict[str, Mean]:
    """The mean difference in days of each order to the one named `base`, over the rows with a finding."""
    return {name: mean_of((values - days[base])[hit]) for name, values in days.items()}


def brier(scores: Numbers, hit: NDArray[np.bool_]) -> float:
    """Mean square of the difference of score and outcome; 0 is perfect.

    >>> brier(np.array([0.5, 1.0]), np.array([False, True]))
    0.125
    """
    return float(((scores - hit) ** 2).mean())


def reliability(scores: Numbers, hit: NDArray[np.bool_], *, parts: int = 10) -> pd.DataFrame:
    """Expected and observed share with a finding, by tenths of the scores from the lowest: `n, expected, observed`."""
    order = np.argsort(scores, kind="stable")
    rows = [part for part in np.array_split(order, parts) if len(part)]
    return pd.DataFrame(
        {
            "n": [len(part) for part in rows],
            "expected": [float(scores[part].mean()) for part in rows],
            "observed": [float(hit[part].mean()) for part in rows],
        }
    )
