"""Shares with their uncertainty: how far a counted share may be from the one behind it."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

Z95: Final = 1.959963984540054
"""The standard normal quantile of 97.5 %: two sides of 95 %."""


def wilson_interval(hits: ArrayLike, of: ArrayLike, *, z: float = Z95) -> tuple[Floats, Floats]:
    """Lower and upper end of the score interval of a share, each in 0..1; NaN where `of` is 0.

    Parameters: counts of the same shape, 0 <= hits <= of.

    Source: Wilson, E. B. (1927), doi 10.1080/01621459.1927.10502953. Its ends stay in 0..1, and it keeps its level for
    small counts and shares near 0 and 1, where the usual interval does not (Brown, Cai and DasGupta 2001, doi
    10.1214/ss/1009213286).

    >>> low, high = wilson_interval([0, 5, 10], [10, 10, 10])
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.2366, 0.7225], [0.2775, 0.7634, 1.0])
    """
    k, n = np.asarray(hits, dtype=np.float64), np.asarray(of, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = k / n
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.where(k == 0, 0.0, middle - half) + 0 * share, np.where(k == n, 1.0, middle + half) + 0 * share
