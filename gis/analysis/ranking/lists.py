"""Whose list a facility is on, and its place there."""

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.nesting import in_force
from gis.analysis.responsibility.workload import LEVELS, locate_facilities, select_primaries


def find_holders(
    facilities: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    assignments: pd.DataFrame,
    on: date,
    *,
    levels: Sequence[str] = LEVELS,
) -> "pd.Series[str]":
    """The officer on whose list each facility is: the nearest primary of its chain on the day; missing for nobody.

    An assignment of the facility itself comes before those of the areas that hold it, the lowest first; of two
    primaries of one target the smaller code has it. `facilities` are those in force. Returns a Series (str) on
    the index of `facilities`.

    >>> town, duties = gpd.read_file("data/towns/tiny/areas.geojson"), pd.read_csv(
    ...     "data/towns/tiny/assignments.csv", dtype=str, parse_dates=["valid_from", "valid_to"])
    >>> clinics = pd.read_csv("data/towns/tiny/facilities.csv", dtype=str)
    >>> clinics = gpd.GeoDataFrame(clinics, geometry=gpd.points_from_xy(clinics["lon"], clinics["lat"]), crs=4326)
    >>> town = town.assign(valid_from=pd.NaT, valid_to=pd.NaT)
    >>> find_holders(clinics, town, duties, date(2026, 1, 1)).tolist()
    ['O2', 'O2', 'O3', 'O3', 'O2']
    """
    ground = in_force(areas, on)
    held = select_primaries(assignments, on).sort_values("officer_code", kind="stable")
    held = held.drop_duplicates(["target_kind", "target_code"])
    direct, areal = (
        held.loc[held["target_kind"] == kind].set_index("target_code")["officer_code"].to_dict()
        for kind in ("facility", "area")
    )
    parents = dict(zip(ground["code"], ground["parent_code"], strict=True))
    located = locate_facilities(facilities, ground, levels=levels, climb=True)

    def holder(code: object) -> str | None:
        climbed: set[object] = set()
        while isinstance(code, str) and code in parents and code not in climbed:
            if code in areal:
                return str(areal[code])
            climbed.add(code)
            code = parents[code]
        return None

    by_area = {code: holder(code) for code in located.dropna().unique()}
    officers = [direct.get(code) or by_area.get(area) for code, area in zip(facilities["code"], located, strict=True)]
    return pd.Series(officers, index=facilities.index, dtype="str", name="officer")


def place(
    marks: "pd.Series[float]", codes: "pd.Series[str]", holders: "pd.Series[str]", waited: "pd.Series[float]"
) -> pd.DataFrame:
    """`rank` and `rank_in_officer_list` (int64, 1 is first): the highest mark first; index kept.

    Of equal marks the longest not visited comes first, never (NaN) before all, then the smaller code. Those that nobody
    answers for are one list.

    >>> marks = pd.Series([0.2, 0.5, 0.5])
    >>> holders = pd.Series(["O1", "O2", None], dtype="str")
    >>> place(marks, pd.Series(["A", "C", "B"]), holders, pd.Series([9.0, 9.0, 9.0])).values.tolist()
    [[3, 1], [2, 1], [1, 1]]
    """
    table = pd.DataFrame({"mark": marks, "waited": waited.fillna(float("inf")), "code": codes})
    order = table.sort_values(["mark", "waited", "code"], ascending=[False, False, True], kind="stable")
    rank = pd.Series(range(1, len(order) + 1), index=order.index, dtype="int64").reindex(marks.index)
    within = rank.groupby(holders.fillna("")).rank(method="first").astype("int64")
    return pd.DataFrame({"rank": rank, "rank_in_officer_list": within})
