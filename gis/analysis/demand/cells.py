"""Cells as the model takes them: with an area, a setting, women of each age, and never too small.

A cell is too small where it is finer than the policy allows (250 m at least) or has fewer residents than it asks for.
Small cells are merged with neighbours on coarser and coarser lattices, in the same area and setting, so that the same
cells always give the same result and every total stays as it was.
"""

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.crs import STORAGE, area_m2, local_metres
from gis.policies import DemandPolicy
from gis.tables import WOMEN

_STREET, _VILLAGE, _DIGITS = slice(6, 9), slice(9, 12), 12
_FIRST_TOWN, _FIRST_RURAL = 100, 200
_SAME: Final = 0.999
"""Points on a lattice of exactly the finest size are not too near to each other."""


def fill_ages(cells: pd.DataFrame, policy: DemandPolicy) -> pd.DataFrame:
    """The cells with women of every age; where a cell has residents only, the policy's share of them.

    Adds `assumed` (bool): the ages are the policy's, not counted.
    """
    unknown = cells[list(WOMEN)].isna().all(axis=1)
    shares = np.outer(cells["population"].to_numpy(np.float64), policy.age_shares)
    filled = cells[list(WOMEN)].astype("float64")
    filled = filled.where(~unknown, pd.DataFrame(shares, index=cells.index, columns=list(WOMEN)))
    return cells.assign(**{name: filled[name] for name in WOMEN}, assumed=unknown)


def choose_rates(area_codes: pd.Series, parents: Mapping[str, object], policy: DemandPolicy) -> "pd.Series[str]":
    """The rates that hold in each cell: of its area or the nearest above with its own, else of its setting.

    `area_codes`: of the cells, missing outside every area; `parents`: code of an area -> code of the one above.

    >>> from gis.policies import shipped_demand_policy
    >>> codes = pd.Series(["990102001001004", "990102001203001", "990102103", "990102", None], dtype="str")
    >>> choose_rates(codes, {}, shipped_demand_policy()).tolist()
    ['urban', 'rural', 'rural', 'urban', 'urban']
    """
    known = {code: _rates_of(str(code), parents, policy) for code in area_codes.dropna().unique()}
    chosen = [known.get(code, policy.usual) for code in area_codes]
    return pd.Series(chosen, index=area_codes.index, dtype="str", name="rates")


def _rates_of(code: str, parents: Mapping[str, object], policy: DemandPolicy) -> str:
    setting: str | None = None
    at: object = code
    seen: set[str] = set()
    while isinstance(at, str) and at not in seen:
        if at in policy.fertility_of:
            return at
        if setting is None and (at in policy.rural or at in policy.urban):
            setting = "rural" if at in policy.rural else "urban"
        seen.add(at)
        at = parents.get(at)
    return setting or (_setting_of_digits(code) if policy.by_code else None) or policy.usual


def _setting_of_digits(code: str) -> str | None:
    """By the digits of a statistical code; None for a code of another build."""
    if not (code.isascii() and code.isdigit()) or len(code) < _STREET.stop:
        return None
    if len(code) >= _DIGITS:
        return "rural" if int(code[_VILLAGE]) >= _FIRST_RURAL else "urban"
    return "rural" if int(code[_STREET]) >= _FIRST_TOWN else "urban"


def merge_small(cells: gpd.GeoDataFrame, policy: DemandPolicy, *, within: pd.Series) -> gpd.GeoDataFrame:
    """The cells, small ones merged; sums of residents and women are those of before.

    Parameters: `cells` with points in EPSG:4326, `population`, the columns of women and any others, index codes;
    `within`: on their index, what must be the same in cells that are merged (missing counts as one value).

    A lattice of the policy's size is laid over the ground: cells nearer to each other than that are merged where they
    share a square. Then, on lattices twice, four times as wide and so on, those with too few residents are merged with
    each other, and where that is still too few with the smallest other cell of the square. An area that has too few in
    all stays one cell. A merged cell stands at the mean place of its residents and has the code and the other columns
    of the one with the most (the smaller code where two have as many). The order of the rows does not matter. Adds
    `merged` (int64), the cells it was made of.
    """
    if cells.empty:
        return cells.assign(merged=np.zeros(0, dtype="int64"))
    cells = cells.sort_index()
    lon, lat = cells.geometry.x.to_numpy(), cells.geometry.y.to_numpy()
    x, y = local_metres(float(np.mean(lon)), float(np.mean(lat))).transform(lon, lat)
    area, _names = pd.factorize(within.reindex(cells.index), use_na_sentinel=False)
    residents = cells["population"].to_numpy(np.float64)
    unit = _merge_near(x, y, area, policy.cell_metres)
    side, extent = policy.cell_metres, float(max(np.ptp(x), np.ptp(y)))
    while True:
        side *= 2
        whole = side > extent
        square = area if whole else _squares(x, y, area, side)
        unit, left = _merge_few(unit, square, residents, policy.cell_residents)
        if whole or not left:
            break
    return _merged(cells, unit, residents)


def _squares(x: NDArray[np.float64], y: NDArray[np.float64], area: NDArray[np.intp], side: float) -> NDArray[np.intp]:
    """Number of the square of a lattice, and of the area, in which each point lies."""
    column, row = (np.floor(at / side).astype(np.int64) for at in (x, y))
    columns, rows = (at - at.min() for at in (column, row))
    key = (area * (columns.max() + 1) + columns) * (rows.max() + 1) + rows
    return np.asarray(np.unique(key, return_inverse=True)[1], dtype=np.intp)


def _merge_near(
    x: NDArray[np.float64], y: NDArray[np.float64], area: NDArray[np.intp], metres: float
) -> NDArray[np.intp]:
    """Number of the unit of each cell: those with a neighbour nearer than `metres` go by the squares they lie in."""
    points = np.atleast_1d(np.asarray(shapely.points(x, y), dtype=object))
    tree = shapely.STRtree(points)
    one, two = tree.query(points, predicate="dwithin", distance=metres * _SAME)
    near = np.zeros(len(x), dtype=bool)
    near[one[(one != two) & (area[one] == area[two])]] = True
    square = _squares(x, y, area, metres)
    single = np.arange(len(x)) + square.max() + 1
    return np.asarray(np.unique(np.where(near, square, single), return_inverse=True)[1], dtype=np.intp)


def _merge_few(
    unit: NDArray[np.intp], square: NDArray[np.intp], residents: NDArray[np.float64], fewest: float
) -> tuple[NDArray[np.intp], bool]:
    """Units after small ones were merged inside the squares, and whether any small one is left.

    A unit lies in the square of its first cell.
    """
    table = pd.DataFrame({"unit": unit, "square": square, "residents": residents})
    units = table.groupby("unit").agg(square=("square", "first"), residents=("residents", "sum")).reset_index()
    small = units["residents"] < fewest
    if not small.any():
        return unit, False
    few = units[small].groupby("square").agg(residents=("residents", "sum"), into=("unit", "min"))
    others = units[~small].sort_values(["square", "residents", "unit"]).drop_duplicates("square").set_index("square")
    partner = others["unit"].reindex(few.index)
    into = few["into"].where((few["residents"] >= fewest) | partner.isna(), partner)
    renamed = units["unit"].where(~small, units["square"].map(into)).astype(np.intp)
    merged = np.asarray(renamed.to_numpy()[unit], dtype=np.intp)
    unit = np.asarray(np.unique(merged, return_inverse=True)[1], dtype=np.intp)
    return unit, bool((np.bincount(unit, residents) < fewest).any())


def _merged(cells: gpd.GeoDataFrame, unit: NDArray[np.intp], residents: NDArray[np.float64]) -> gpd.GeoDataFrame:
    """One row a unit: sums, the mean place, and the rest from the cell with the most residents."""
    order = np.lexsort((cells.index.to_numpy(dtype=object).astype(str), -residents, unit))
    first = order[np.r_[True, np.diff(unit[order]) > 0]]
    count = np.bincount(unit)
    weight = np.where(np.bincount(unit, residents)[unit] > 0, residents, 1.0)
    place = [np.bincount(unit, c * weight) / np.bincount(unit, weight) for c in (cells.geometry.x, cells.geometry.y)]
    alone = count == 1
    for found, own in zip(place, (cells.geometry.x, cells.geometry.y), strict=True):
        found[alone] = own.to_numpy()[first[alone]]
    merged = cells.iloc[first].copy()
    for name in ("population", *WOMEN):
        values = cells[name].to_numpy(np.float64)
        sums = np.bincount(unit, values)
        merged[name] = np.where(alone, values[first], sums)
    merged = merged.set_geometry(gpd.points_from_xy(*place, crs=STORAGE))
    merged["merged"] = count.astype("int64")
    return merged.sort_index()


def spread_totals(totals: pd.DataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Totals of areas spread over the dwellings of the lowest areas inside them: cells where there is no grid.

    Parameters: `totals` by area code with `population` and, where they are known, women; `areas` with `code,
    parent_code, dwellings` and polygons, those in force. Where no dwelling is known of an area, its ground counts.

    Returns a cell for each lowest area in one of the `totals`, index its code, at a point inside it: `population`,
    women, `area_code`. Of totals that contain each other the nearest one counts.
    """
    parents = dict(zip(areas["code"], areas["parent_code"], strict=True))
    lowest = areas[~areas["code"].isin(areas["parent_code"].dropna())].sort_values("code")
    owner = [_owner(code, parents, totals.index) for code in lowest["code"]]
    lowest = lowest.assign(owner=pd.Series(owner, index=lowest.index, dtype="str")).dropna(subset="owner")
    dwellings = lowest["dwellings"].astype("float64").fillna(0.0)
    ground = pd.Series(area_m2(lowest.geometry.to_numpy()), index=lowest.index)
    known = dwellings.groupby(lowest["owner"]).transform("sum") > 0
    weight = dwellings.where(known, ground)
    share = weight / weight.groupby(lowest["owner"]).transform("sum")
    columns = {
        name: totals[name].reindex(lowest["owner"]).to_numpy(np.float64) * share.to_numpy()
        if name in totals
        else np.full(len(lowest), np.nan)
        for name in ("population", *WOMEN)
    }
    points = shapely.point_on_surface(lowest.geometry.to_numpy())
    codes = lowest["code"].to_numpy()
    frame = pd.DataFrame({**columns, "area_code": codes}, index=pd.Index(codes, name="cell", dtype="str"))
    return gpd.GeoDataFrame(frame, geometry=points, crs=STORAGE)


def _owner(code: str, parents: Mapping[str, object], wanted: pd.Index) -> str | None:
    at: object = code
    while isinstance(at, str):
        if at in wanted:
            return at
        at = parents.get(at)
    return None
