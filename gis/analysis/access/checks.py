"""Tables of demand, supply and times are good, or refused with row, column and remedy."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from gis.analysis.access.kernel import Floats
from gis.errors import DataRejected
from gis.validate.report import Problem


def reject(problems: Iterable[Problem]) -> None:
    """Raises DataRejected with the first problem's words and all of them in the details, if there is any."""
    found = list(problems)
    if found:
        raise DataRejected(found[0].message, details={"problems": [vars(p) for p in found]})


def rows_of(index: "pd.Index[Any]") -> pd.RangeIndex:
    """Row numbers from 1, as a file would have them."""
    return pd.RangeIndex(1, len(index) + 1)


def align(
    values: "pd.Series[Any]",
    index: "pd.Index[Any]",
    check: Callable[[pd.DataFrame], list[Problem]],
    names: tuple[str, str],
) -> Floats:
    """The values in the order of the index, all of them good."""
    if values.index is not index and not values.index.equals(index):
        if not values.index.is_unique:
            reject(check(pd.DataFrame(dict(zip(names, (values.index, 1.0), strict=True)), index=rows_of(values.index))))
        values = values.reindex(index)
    numbers = values.to_numpy(np.float64, na_value=np.nan)
    bad = not (np.isfinite(numbers) & (numbers >= 0)).all() or (names[1] == "capacity" and not numbers.all())
    if bad:
        reject(check(pd.DataFrame(dict(zip(names, (index, numbers), strict=True)), index=rows_of(index))))
    return numbers
