"""Who is out of reach: people beyond so many minutes, and people for whom the sites within reach have no room.

`count_beyond` looks at the nearest site only. An *unreachable* cell has no way to any site: it counts as beyond every
limit, and is counted apart too. The interval adds up the lower and the upper ends of the cells, as if all cells erred
the same way, so it is rather too wide.

`cover_within_capacity` asks what AccessMod asks (Ray and Ebener 2008, doi 10.1186/1476-072X-7-63): how many can be
served when no site takes more than its capacity. Pairs of cell and site are taken from the nearest to the furthest,
of equals by the code of the site, then of the cell; each takes as many of the cell's people as are still without a
place and as the site has room for. A full site is no reach. More room at any site never takes a place from any cell.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.analysis.access.checks import align, reject, rows_of
from gis.analysis.access.codes import Lookup
from gis.errors import UsageError
from gis.texts import _
from gis.validate.access import check_demand, check_supply, check_times

Function = TypeVar("Function", bound=Callable[..., object])

LIMITS: Final = (30, 60)
"""Minutes beyond which people are counted, unless others are asked for."""
_PEOPLE: Final = ("demand", "low", "high")


def count_beyond(
    demand: pd.DataFrame, nearest_minutes: "pd.Series[Any]", *, limits: Sequence[float] = LIMITS
) -> pd.DataFrame:
    """People further than each limit from the nearest site, with the interval of the demand.

    `demand`: demand, low, high by cell; `nearest_minutes` on the same cells, missing where unreachable. One row a
    limit, indexed by it: `demand, low, high` beyond it; `share` of all demand (NaN where there is none);
    `unreachable, unreachable_low, unreachable_high` among those beyond. All float64.

    >>> demand = pd.DataFrame({"demand": [10, 5, 1], "low": [8, 4, 0], "high": [12, 6, 2]}, index=["a", "b", "c"])
    >>> minutes = pd.Series({"a": 10.0, "b": 45.0, "c": None})
    >>> count_beyond(demand, minutes, limits=[30])[["demand", "low", "unreachable"]]
        demand  low  unreachable
    30     6.0  4.0          1.0
    """
    people = demand[list(_PEOPLE)].astype("float64")
    if not people.index.equals(nearest_minutes.index):
        if not people.index.isin(nearest_minutes.index).all():
            raise UsageError(_("Minutes are missing for some cells of the demand. Measure access on the same cells."))
        nearest_minutes = nearest_minutes.reindex(people.index)
    minutes = nearest_minutes.to_numpy(np.float64, na_value=np.nan)
    lost = people[np.isnan(minutes)].sum()
    rows = []
    for limit in limits:
        beyond = people[~(minutes <= limit)].sum()
        rows.append([*beyond, beyond["demand"] / people["demand"].sum() if people["demand"].sum() else np.nan, *lost])
    columns = [*_PEOPLE, "share", "unreachable", "unreachable_low", "unreachable_high"]
    return pd.DataFrame(rows, index=pd.Index(limits), columns=columns, dtype="float64")


def assign_within_capacity(
    demand: "pd.Series[Any]", supply: "pd.Series[Any]", times: pd.DataFrame, *, minutes: float
) -> pd.DataFrame:
    """Who goes where: origin, destination, minutes and people of each row of times that takes anybody, nearest first.

    Arguments and refusals are those of `gis.analysis.access.measure.compute_access`.
    """
    people = align(demand, demand.index, check_demand, ("cell", "demand")).copy()
    room = align(supply, supply.index, check_supply, ("site", "capacity")).copy()
    frame = times.set_axis(rows_of(times.index))
    reject(check_times(frame, cells=demand.index, sites=supply.index))
    taken = times["minutes"].to_numpy(np.float64)
    within = np.flatnonzero(taken <= minutes)
    near = times.iloc[within]
    cells, sites = Lookup(demand.index), Lookup(supply.index)
    cell, site = cells.find(near["origin"]), sites.find(near["destination"])
    order = np.lexsort((cells.rank[cell], sites.rank[site], taken[within]))
    served = np.zeros(len(within))
    _assign(cell, site, order, people, room, served)
    kept = order[served[order] > 0]
    columns = ["origin", "destination", "minutes"]
    return near[columns].iloc[kept].assign(people=served[kept]).reset_index(drop=True)


def cover_within_capacity(
    demand: "pd.Series[Any]", supply: "pd.Series[Any]", times: pd.DataFrame, *, minutes: float
) -> pd.DataFrame:
    """People of each cell who are served within the minutes when no site takes more than its capacity.

    On the index of `demand`: `served, unserved` (people), `share` served (NaN for a cell without people). Arguments and
    refusals are those of `gis.analysis.access.measure.compute_access`.

    >>> times = pd.DataFrame({"origin": ["a", "b"], "destination": ["s", "s"], "minutes": [5.0, 10.0]})
    >>> cover_within_capacity(pd.Series({"a": 10, "b": 5}), pd.Series({"s": 12}), times, minutes=30)
       served  unserved  share
    a    10.0       0.0    1.0
    b     2.0       3.0    0.4
    """
    assigned = assign_within_capacity(demand, supply, times, minutes=minutes)
    people = demand.astype("float64")
    served = assigned.groupby("origin")["people"].sum().reindex(demand.index, fill_value=0.0).astype("float64")
    return pd.DataFrame({"served": served, "unserved": people - served, "share": served / people.where(people > 0)})


def _compiled(function: Function) -> Function:
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@_compiled
def _assign(
    cell: NDArray[np.int32],
    site: NDArray[np.int32],
    order: NDArray[np.int64],
    people: NDArray[np.float64],
    room: NDArray[np.float64],
    served: NDArray[np.float64],
) -> None:
    """Goes through the pairs in order; `people` and `room` are used up."""
    for k in order:
        c, s = cell[k], site[k]
        part = min(people[c], room[s])
        if part > 0.0:
            served[k] = part
            people[c] -= part
            room[s] -= part
