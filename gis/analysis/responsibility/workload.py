"""Facilities on the ground, and what each officer answers for.

A facility is located by its point, never by the area that it claims. The lowest level that exists is meant at its
place: a village that is not divided into grids is the lowest area of its ground. A facility that no such area holds,
because it lies in a hole between the grids of its village or outside of everything, is an *orphan*. An officer's
*workload* is what the officer answers for as primary on one day.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.analysis.areas.nesting import in_force
from gis.analysis.locate.points import locate_points
from gis.analysis.responsibility.periods import is_among
from gis.crs import area_m2

LEVELS: Final = ("district", "street", "village", "grid")


def locate_facilities(
    facilities: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, levels: Sequence[str] = LEVELS, climb: bool = False
) -> "pd.Series[str]":
    """Code of the area of the lowest level that exists at its place in which each facility lies; missing for orphans.

    Parameters: `facilities` with points; `areas` with `code, level, parent_code` and polygons, those in force on one
    day. With `climb`, an orphan gets the lowest area that does hold it, although that one is divided further.

    Returns a Series on the facilities' index, dtype str. On a common border or in an overlap the smaller code wins.

    >>> town, clinics = gpd.read_file("data/towns/tiny/areas.geojson"), pd.read_csv(
    ...     "data/towns/tiny/facilities.csv", dtype=str)
    >>> clinics = gpd.GeoDataFrame(clinics, geometry=gpd.points_from_xy(clinics["lon"], clinics["lat"]), crs=4326)
    >>> locate_facilities(clinics, town).iloc[[0, 4]].fillna("-").tolist()
    ['990101001201001', '-']
    >>> locate_facilities(clinics, town, climb=True).iloc[4]
    '990101001201'
    """
    points = np.where(facilities.geometry.is_empty, None, facilities.geometry.to_numpy())
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    found = np.full(len(points), None, dtype=object)
    for level in _existing_levels(areas, levels):
        left = np.flatnonzero(pd.isna(found))
        rows = areas[areas["level"] == level].sort_values("code", kind="stable")
        position = locate_points(lon[left], lat[left], rows.geometry.to_numpy())
        held = position >= 0
        found[left[held]] = rows["code"].to_numpy(dtype=object)[position[held]]
    located = pd.Series(found, index=facilities.index, dtype="str", name="area")
    return located if climb else located.mask(is_among(located, areas["parent_code"].dropna()))


def find_orphans(
    facilities: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, on: date, *, levels: Sequence[str] = LEVELS
) -> gpd.GeoDataFrame:
    """The rows of `facilities` in force on the day that lie in no area of the lowest level there; index kept."""
    facilities = in_force(facilities, on)
    return facilities[locate_facilities(facilities, in_force(areas, on), levels=levels).isna()]


def select_primaries(assignments: pd.DataFrame, on: date) -> pd.DataFrame:
    """The rows of `assignments` that are primary and in force on the day; index kept."""
    assignments = in_force(assignments, on)
    return assignments[assignments["role"] == "primary"]


def measure_workload(
    areas: gpd.GeoDataFrame,
    assignments: pd.DataFrame,
    facilities: gpd.GeoDataFrame,
    on: date,
    *,
    levels: Sequence[str] = LEVELS,
) -> pd.DataFrame:
    """What each officer answers for as primary on the day.

    Returns, by officer, RangeIndex: `officer` (str); `areas` (int64), areas of any level; `facilities` (int64), those
    that lie in these areas and those assigned to the officer directly, each counted once; `area_km2` (float64), the
    ground, where an area inside another of the same officer adds nothing; `share` (float64, 0 to 1), the
    officer's part of the sum of all officers' `area_km2`. Officers with no such assignment are not listed.

    >>> town, duties = gpd.read_file("data/towns/tiny/areas.geojson"), pd.read_csv(
    ...     "data/towns/tiny/assignments.csv", dtype=str, parse_dates=["valid_from", "valid_to"])
    >>> clinics = pd.read_csv("data/towns/tiny/facilities.csv", dtype=str)
    >>> clinics = gpd.GeoDataFrame(clinics, geometry=gpd.points_from_xy(clinics["lon"], clinics["lat"]), crs=4326)
    >>> town, clinics = (f.assign(valid_from=pd.NaT, valid_to=pd.NaT) for f in (town, clinics))
    >>> measure_workload(town, duties, clinics, date(2026, 1, 1)).round(3).values.tolist()
    [['O1', 2, 5, 0.065, 0.5], ['O2', 3, 3, 0.033, 0.25], ['O3', 4, 2, 0.033, 0.25]]
    """
    areas, facilities = in_force(areas, on), in_force(facilities, on)
    held = select_primaries(assignments, on).rename(columns={"officer_code": "officer", "target_code": "code"})
    held = held[["officer", "target_kind", "code"]].drop_duplicates()
    kind = held.pop("target_kind")
    duties = held[kind == "area"].merge(pd.DataFrame(areas[["code"]]).assign(m2=area_m2(areas.geometry)), on="code")
    direct = held[(kind == "facility") & is_among(held["code"], facilities["code"])]
    located = locate_facilities(facilities, areas, levels=levels, climb=True)
    ancestors = _list_ancestors(areas)
    inside = ancestors.merge(
        pd.DataFrame({"facility": facilities["code"].to_numpy(), "code": located.to_numpy()}), on="code"
    )
    visits = duties.merge(inside, left_on="code", right_on="ancestor")[["officer", "facility"]]
    visits = pd.concat([visits, direct.rename(columns={"code": "facility"})]).drop_duplicates()
    ground = _drop_nested(duties, ancestors).groupby("officer")["m2"].sum() / 1e6
    table = pd.DataFrame({"officer": pd.Series(np.sort(pd.concat([duties, direct])["officer"].unique()), dtype="str")})
    table["areas"] = table["officer"].map(duties["officer"].value_counts()).fillna(0).astype("int64")
    table["facilities"] = table["officer"].map(visits["officer"].value_counts()).fillna(0).astype("int64")
    table["area_km2"] = table["officer"].map(ground).fillna(0.0).astype("float64")
    total = table["area_km2"].sum()
    return table.assign(share=table["area_km2"] / total if total > 0 else 0.0)


def _existing_levels(areas: pd.DataFrame, levels: Sequence[str]) -> list[str]:
    """The levels that any area has, lowest first."""
    there = set(areas["level"].unique())
    return [level for level in reversed(levels) if level in there]


def _list_ancestors(areas: pd.DataFrame) -> pd.DataFrame:
    """`code, ancestor, steps`: every area with itself (0 steps), its parent (1 step) and so on.

    A parent is of a higher level, so that there are fewer steps than levels.
    """
    parents = areas.set_index("code")["parent_code"]
    parents = parents[is_among(parents, parents.index)]
    pairs = pd.DataFrame({"code": areas["code"], "ancestor": areas["code"], "steps": 0})
    found = [pairs]
    for step in range(1, areas["level"].nunique()):
        pairs = pairs.assign(ancestor=pairs["ancestor"].map(parents), steps=step).dropna(subset="ancestor")
        found.append(pairs)
    return pd.concat(found, ignore_index=True)


def _drop_nested(duties: pd.DataFrame, ancestors: pd.DataFrame) -> pd.DataFrame:
    """The duties on areas that lie in no other area of the same officer."""
    above = duties[["officer", "code"]].merge(ancestors[ancestors["steps"] > 0], on="code")
    above = above.merge(duties[["officer", "code"]].rename(columns={"code": "ancestor"}), on=["officer", "ancestor"])
    nested = pd.MultiIndex.from_frame(above[["officer", "code"]])
    return duties[~pd.MultiIndex.from_frame(duties[["officer", "code"]]).isin(nested)]
