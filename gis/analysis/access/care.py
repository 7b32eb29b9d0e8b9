"""Care within reach, area by area: who is beyond a limit, who finds no place, and what is offered for what is needed.

The *demand* of a cell is modelled (pregnancies a year, with an interval); nobody is counted. A cell is *beyond* a limit
where the nearest site takes longer, and *unreachable* where no way leads to any site within the search: such a cell is
beyond every limit and is counted apart as well. *Served* is the demand that finds a place when no site takes more
than it can. *Access* is visits offered for one visit that is needed, after a floating catchment method.

The interval of an area is the sum over its cells of the lower and of the upper ends. Cells share their rates, so their
errors go together; the sum is right where they go together wholly, and too wide otherwise, never too narrow.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from gis.analysis.areas.nesting import nest

ENDS: Final = ("demand", "low", "high")


def judge_cells(cells: pd.DataFrame, limits: Sequence[int]) -> pd.DataFrame:
    """What each cell adds to the sums of an area; people in the unit of the demand.

    Parameters: `cells` by code with `demand, low, high, visits` (float64, a year), `nearest_minutes` (float64, NaN for
    unreachable), `access` (float64), `served` (float64, visits that find a place); `limits` in minutes.

    Returns, on the same index: `cells` 1, `demand, low, high, visits, served` (people), `offered` (access x visits),
    and for each limit `beyond_30, beyond_30_low, beyond_30_high`, and the same of `unreachable`.

    >>> cells = pd.DataFrame({"demand": [10.0, 4.0], "low": [8.0, 3.0], "high": [12.0, 5.0], "visits": [80.0, 32.0],
    ...     "nearest_minutes": [31.0, np.nan], "access": [0.5, 0.0], "served": [40.0, 0.0]}, index=["a", "b"])
    >>> judge_cells(cells, [30, 60])[["beyond_30", "beyond_60", "unreachable", "served"]].values.tolist()
    [[10.0, 0.0, 0.0, 5.0], [4.0, 4.0, 4.0, 0.0]]
    """
    minutes = cells["nearest_minutes"].to_numpy(dtype=float)
    sums: dict[str, object] = {"cells": 1, **{name: cells[name].to_numpy(dtype=float) for name in (*ENDS, "visits")}}
    needed = cells["visits"].to_numpy(dtype=float)
    found = cells["served"].to_numpy(dtype=float)
    share = np.divide(found, needed, out=np.zeros(len(cells)), where=needed > 0)
    sums["served"] = share * cells["demand"].to_numpy(dtype=float)
    sums["offered"] = cells["access"].fillna(0.0).to_numpy(dtype=float) * needed
    away = {f"beyond_{limit}": ~(minutes <= limit) for limit in limits} | {"unreachable": np.isnan(minutes)}
    for name, hit in away.items():
        for end, suffix in zip(ENDS, ("", "_low", "_high"), strict=True):
            sums[name + suffix] = np.where(hit, cells[end].to_numpy(dtype=float), 0.0)
    return pd.DataFrame(sums, index=cells.index)


def sum_by_area(cells: pd.DataFrame, areas: pd.DataFrame, limits: Sequence[int]) -> pd.DataFrame:
    """The same summed over each area and all that lies in it, with shares; one row for each area, in their order.

    Parameters: `cells` as for `judge_cells`, with `area_code` (str, missing for a cell in no area); `areas` in force
    on one day with `code, parent_code`. A cell whose area is not among them counts nowhere.

    Returns, by area code: the columns of `judge_cells`, `beyond_30_share` and the like, `served_share` and `access`
    (visits offered for one that is needed), the shares NaN where there is no demand.

    >>> town = pd.DataFrame({"code": ["1", "11", "12"], "parent_code": [None, "1", "1"]})
    >>> cells = pd.DataFrame({"demand": [10.0, 4.0], "low": [8.0, 3.0], "high": [12.0, 5.0], "visits": [80.0, 32.0],
    ...     "nearest_minutes": [31.0, 5.0], "access": [0.5, 1.0], "served": [40.0, 32.0], "area_code": ["11", "12"]})
    >>> found = sum_by_area(cells, town, [30])
    >>> found[["demand", "beyond_30", "beyond_30_low", "beyond_30_high"]].values.tolist()
    [[14.0, 10.0, 8.0, 12.0], [10.0, 10.0, 8.0, 12.0], [4.0, 0.0, 0.0, 0.0]]
    """
    tree = nest(areas)
    own = judge_cells(cells, limits)
    held = own.groupby(cells["area_code"].to_numpy(), sort=True).sum()
    held = held[held.index.isin(list(tree.parents))]
    pairs = [(above, code) for code in held.index for above in (code, *tree.ancestors(code))]
    above = pd.DataFrame(pairs, columns=["area", "code"])
    summed = held.reindex(above["code"]).groupby(above["area"].to_numpy()).sum()
    summed = summed.reindex(areas["code"], fill_value=0).rename_axis("area")
    people = summed["demand"].where(summed["demand"] > 0)
    shares = {f"{name}_share": summed[name] / people for name in (*_away(limits), "served")}
    access = summed["offered"] / summed["visits"].where(summed["visits"] > 0)
    return summed.assign(**shares, access=access)


def _away(limits: Sequence[int]) -> list[str]:
    return [*(f"beyond_{limit}" for limit in limits), "unreachable"]
