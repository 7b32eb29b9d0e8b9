"""Crosswalks: what part of an old area's quantity belongs to each new area, and series carried across a change.

A crosswalk has one row for each pair of an old and a new area that share ground, the piece: `old_code, new_code`
(str), `area_m2` (float64, the piece on the ellipsoid), `weight_area` and `weight_dwellings` (float64). A weight is
the share of the old area's total that goes to the new one; the weights of one old area add up to 1, also where the
new areas leave a sliver of the old one uncovered, so a total is never lost.

Area weights suppose that a quantity is spread evenly over the ground. Dwelling weights are dasymetric: they follow
the dwellings that are known for the finest areas inside the old one, each spread evenly over its own ground; where
none are known inside, the dwellings of the new areas themselves; where those are unknown too, the area weights.

Only totals (people, facilities, visits) can be carried across. Carry the two parts of a rate and divide afterwards.

Source: Goodchild and Lam 1980, areal interpolation; Eicher and Brewer 2001, dasymetric mapping.
"""

from collections.abc import Sequence
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.analysis.areas.nesting import Nesting, nest
from gis.crs import Floats, area_m2

COLUMNS = ["old_code", "new_code", "area_m2", "weight_area", "weight_dwellings"]

Weight = Literal["area", "dwellings"]


def build_crosswalk(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    *,
    sliver_m2: float = 1.0,
) -> pd.DataFrame:
    """The crosswalk of one change.

    Parameters: `before` and `after`, canonical areas frames, one row a code; `pairs` with `old_code, new_code`, the
    pairs that may share ground; `areas`, canonical, everything in force on the day of the change, searched for
    dwellings inside the old areas. A piece of at most `sliver_m2` square metres is left out, unless it is the largest
    of its old or of its new area.

    Returns the columns of the module's first paragraph with a RangeIndex, sorted by codes.
    """
    walk = pairs[["old_code", "new_code"]].sort_values(["old_code", "new_code"], ignore_index=True)
    old = before.set_index("code").geometry.loc[walk["old_code"]].to_numpy()
    new = after.set_index("code").geometry.loc[walk["new_code"]].to_numpy()
    # A recoded area is its own piece; cutting a polygon by itself takes long and may not give it back exactly.
    pieces = np.where(old == new, old, shapely.intersection(old, np.where(old == new, None, new)))
    walk["area_m2"] = area_m2(pieces)
    largest = walk.groupby("old_code")["area_m2"].transform("max").eq(walk["area_m2"])
    largest |= walk.groupby("new_code")["area_m2"].transform("max").eq(walk["area_m2"])
    kept = (walk["area_m2"] > 0) & (largest | (walk["area_m2"] > sliver_m2))
    walk, pieces = walk[kept].reset_index(drop=True), pieces[kept.to_numpy()]
    walk["weight_area"] = _shares(walk["old_code"], walk["area_m2"])
    walk["weight_dwellings"] = _dwelling_weights(walk, pieces, after, areas)
    return walk


def convert_series(
    values: pd.Series,
    crosswalk: pd.DataFrame,
    *,
    to: Literal["new", "old"],
    weight: Weight = "area",
    old_totals: pd.Series | None = None,
) -> pd.Series:
    """Totals of one geography as totals of the other; float64, indexed by code, sorted.

    Parameters: `values`, totals indexed by area code, in the old codes where `to` is "new" and in the new codes
    where it is "old"; codes that the crosswalk does not name keep their values. A missing value makes every value
    that it would be part of missing.

    To the new codes each old total is shared out by its weights. To the old codes each new total is shared out by what
    its pieces brought into it: the old area's total in `old_totals` (indexed by old code) times the weight; without
    `old_totals`, or where one of them is missing, every old area counts by its square metres. So with `old_totals` a
    series that was carried to the new codes comes back exactly.

    >>> walk = pd.DataFrame({"old_code": ["v", "v"], "new_code": ["a", "b"], "area_m2": [300.0, 100.0]})
    >>> walk = walk.assign(weight_area=[0.75, 0.25], weight_dwellings=[0.5, 0.5])
    >>> convert_series(pd.Series({"v": 80, "w": 5}), walk, to="new", weight="dwellings").to_dict()
    {'a': 40.0, 'b': 40.0, 'w': 5.0}
    >>> convert_series(pd.Series({"a": 30, "b": 50, "w": 5}), walk, to="old").to_dict()
    {'v': 80.0, 'w': 5.0}
    """
    source, target = ("old_code", "new_code") if to == "new" else ("new_code", "old_code")
    share = crosswalk[f"weight_{weight}"] if to == "new" else _reverse_shares(crosswalk, weight, old_totals)
    given = values.astype(float)
    moved = crosswalk[source].map(given).astype("float64") * share
    reached = crosswalk.loc[crosswalk[source].isin(given.index), target].unique()
    sums = moved.groupby(crosswalk[target]).sum(skipna=False)[reached]
    result = pd.concat([given[~given.index.isin(crosswalk[source])], sums])
    return pd.Series(result.groupby(level=0).sum(skipna=False), name=values.name)


def chain_crosswalks(crosswalks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One crosswalk from the codes before the first change to those after the last.

    Parameters: crosswalks in the order of their dates. An area that a change does not name passes through it whole. The
    weights are multiplied along the way; `area_m2` is the piece shared out by area weights, exact where each middle
    area lies in one old or one new area and an estimate otherwise.

    Returns a crosswalk with a RangeIndex, sorted by codes; an empty one for no crosswalks.
    """
    if not crosswalks:
        return pd.DataFrame({name: pd.Series(dtype="str" if "code" in name else float) for name in COLUMNS})
    chained = crosswalks[0]
    for step in crosswalks[1:]:
        chained = _compose(chained, step)
    return chained[COLUMNS].sort_values(["old_code", "new_code"], ignore_index=True)


def _compose(first: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    joined = first.merge(then, left_on="new_code", right_on="old_code", how="left", suffixes=("", "_then"))
    passed = joined["old_code_then"].isna()
    for name in ("weight_area", "weight_dwellings"):
        joined[name] *= joined[f"{name}_then"].where(~passed, 1.0)
    joined["area_m2"] *= joined["weight_area_then"].where(~passed, 1.0)
    joined["new_code"] = joined["new_code_then"].where(~passed, joined["new_code"])
    only_then = then[~then["old_code"].isin(first["new_code"])]
    both = pd.concat([joined[COLUMNS], only_then[COLUMNS]])
    return both.groupby(["old_code", "new_code"], as_index=False).sum()


def _shares(group: pd.Series, *amounts: pd.Series) -> pd.Series:
    """Shares of each group's sum, by the first of the amounts that is known throughout the group and not all 0."""
    shares = pd.Series(np.nan, group.index)
    for amount in amounts:
        total = amount.groupby(group).transform("sum", skipna=False)
        shares = shares.where(shares.notna() | ~(total > 0), amount / total)
    return shares


def _reverse_shares(crosswalk: pd.DataFrame, weight: Weight, old_totals: pd.Series | None) -> pd.Series:
    """Of each new area's total, the share that each old area brought into it."""
    share, piece = crosswalk[f"weight_{weight}"], crosswalk["area_m2"]
    brought = share * piece.groupby(crosswalk["old_code"]).transform("sum")
    if old_totals is None:
        return _shares(crosswalk["new_code"], brought, piece)
    known = crosswalk["old_code"].map(old_totals.astype(float))
    return _shares(crosswalk["new_code"], share * known, brought, piece)


def _dwelling_weights(
    walk: pd.DataFrame, pieces: np.ndarray, after: gpd.GeoDataFrame, areas: gpd.GeoDataFrame
) -> pd.Series:
    """Dwellings in each piece as a share of those in its old area; area weights where dwellings are unknown."""
    amount = walk["new_code"].map(after.set_index("code")["dwellings"].astype(float))
    amount *= walk["area_m2"] / walk.groupby("new_code")["area_m2"].transform("sum")
    divided = walk[walk["old_code"].duplicated(keep=False)]
    if len(divided):
        nesting = nest(areas)
        known = areas.dropna(subset=["dwellings"]).set_index("code")
        for code, rows in divided.groupby("old_code").groups.items():
            inside = _finest_known(str(code), nesting, frozenset(known.index))
            if inside:
                amount.loc[rows] = _spread(known.loc[inside], pieces[rows])
    return _shares(walk["old_code"], amount, walk["area_m2"])


def _finest_known(code: str, nesting: Nesting, known: frozenset[str]) -> list[str]:
    """Areas below one that count its dwellings once: the finest, or the level above where not all of them are known."""
    finest: dict[str, list[str]] = {}
    for below in reversed(nesting.descendants(code)):
        children = [finest[c] for c in nesting.children(below)]
        complete = bool(children) and all(children)
        finest[below] = [below] if below in known and not complete else [c for found in children for c in found]
    return [c for child in nesting.children(code) for c in finest[child]]


def _spread(sources: gpd.GeoDataFrame, pieces: np.ndarray) -> Floats:
    """Dwellings in each piece, every source spread evenly over its own ground."""
    shapes = sources.geometry.to_numpy()
    piece, source = shapely.STRtree(shapes).query(pieces, predicate="intersects")
    common = area_m2(shapely.intersection(pieces[piece], shapes[source]))
    density = sources["dwellings"].to_numpy(float) / area_m2(shapes)
    return np.bincount(piece, common * density[source], minlength=len(pieces)).astype(float)
