"""What one more site would change: who comes within reach, and how access moves, cell by cell.

A cell comes *newly within* a limit where its nearest site was further than that, or no way led to any, and the new one
is not. Opening a site takes nothing from anybody: nearest times never grow. Access can fall nowhere either: the old
sites have the same demand to share their capacity among, and the new one adds its own.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from gis.analysis.access.measure import Reach

NEW: Final = "+"
"""Code of the site that is tried."""
ENDS: Final = ("demand", "low", "high")


def open_site(
    reach: Reach,
    needed: "pd.Series[float]",
    supply: "pd.Series[float]",
    *,
    minutes: "pd.Series[float]",
    capacity: float,
    code: str = NEW,
) -> pd.DataFrame:
    """Access and nearest site of each cell as `Reach.measure` gives them, with one more site.

    `needed` by cell and `supply` by site, both in visits; `minutes` to the new site by cell, missing where no way leads
    there; `capacity` of the new one, above 0.
    """
    more = pd.concat([supply.astype("float64"), pd.Series({code: float(capacity)})])
    return reach.add_site(code, minutes.dropna()).measure(needed, more)


def count_newly(
    people: pd.DataFrame, before: "pd.Series[float]", after: "pd.Series[float]", limits: Sequence[float]
) -> pd.DataFrame:
    """By cell the people who come newly within each limit: `newly_30, newly_30_low, newly_30_high` and so on.

    `people` by cell with `demand, low, high`; nearest minutes before and after on the same cells, missing where no way
    leads to any site.

    >>> people = pd.DataFrame({"demand": [10.0, 4.0], "low": [8.0, 3.0], "high": [12.0, 5.0]}, index=["a", "b"])
    >>> before, after = pd.Series({"a": 45.0, "b": np.nan}), pd.Series({"a": 20.0, "b": 50.0})
    >>> count_newly(people, before, after, [30, 60])[["newly_30", "newly_60"]].values.tolist()
    [[10.0, 0.0], [0.0, 4.0]]
    """
    old, new = (m.reindex(people.index).to_numpy(dtype=float, na_value=np.nan) for m in (before, after))
    columns = {}
    for limit in limits:
        hit = ~(old <= limit) & (new <= limit)
        for end, suffix in zip(ENDS, ("", "_low", "_high"), strict=True):
            columns[f"newly_{limit:g}{suffix}"] = np.where(hit, people[end].to_numpy(dtype=float), 0.0)
    return pd.DataFrame(columns, index=people.index)
