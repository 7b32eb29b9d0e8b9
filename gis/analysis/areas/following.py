"""What follows an area change: the children of the areas, the assignments on them, the facilities that claim them.

All of it is decided by pairs of codes, `old_code` -> `new_code`, the areas that share ground across the change.

- A child of an area that ends belongs, from the day on, to the new area that holds most of it.
- An officer who answers for an old area answers from the day on for every new area it went into, in the same role
  and until the same day. Where several primaries meet on one new area all of them are carried over, marked
  `carried`, and the area counts as doubled until somebody decides.
- A facility that claims an old area claims the new one in which its point lies.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from gis.analysis.areas.nesting import in_force
from gis.errors import DataRejected
from gis.tables import AREAS, ASSIGNMENTS
from gis.texts import _

_FOREVER: Final = pd.Timestamp("9999-12-31")
_SAME_DUTY: Final = ["target_code", "officer_code", "role"]
ASSIGNMENT_COLUMNS: Final = [*ASSIGNMENTS.columns, "carried"]


def follow_children(
    areas: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    *,
    on: date,
    former: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """New versions, from the day, of the children whose parent changes; canonical areas, RangeIndex, by code.

    Parameters: `areas`, canonical, all periods; `after`, the areas that begin; `former` names the new parent of
    some children outright (child -> parent). A child that meets none of the new areas goes to the nearest.

    Raises DataRejected where a child has a version that begins later than the day.
    """
    children = in_force(areas, on)
    children = children[children["parent_code"].isin(pairs["old_code"]) & ~children["code"].isin(pairs["old_code"])]
    _refuse_later_children(areas, pairs, on)
    options = children.merge(pairs[["old_code", "new_code"]], left_on="parent_code", right_on="old_code")
    shapes = after.set_index("code").geometry.reindex(options["new_code"]).to_numpy()
    options["apart"] = -shapely.area(shapely.intersection(options.geometry.to_numpy(), shapes))
    options["distance"] = shapely.distance(options.geometry.to_numpy(), shapes)
    best = options.sort_values(["code", "apart", "distance", "new_code"]).drop_duplicates("code").set_index("code")
    parent = children["code"].map(best["new_code"])
    if former:
        parent = children["code"].map(former).fillna(parent)
    moves = parent != children["parent_code"]
    moved = children.assign(parent_code=parent, valid_from=pd.Timestamp(on).as_unit("s"))[moves]
    return moved.sort_values("code", ignore_index=True)[[*AREAS.columns, "geometry"]]


def _refuse_later_children(areas: gpd.GeoDataFrame, pairs: pd.DataFrame, on: date) -> None:
    ours = areas["parent_code"].isin(pairs["old_code"]) & ~areas["code"].isin(pairs["old_code"])
    later = areas[ours & (areas["valid_from"] > pd.Timestamp(on))]
    if len(later):
        row = later.iloc[0]
        raise DataRejected(
            _(
                "{code}, which lies in {parent}, has a version that begins on {begins}. Choose a date after that.",
                code=row["code"],
                parent=row["parent_code"],
                begins=row["valid_from"].date(),
            ),
            details={"code": row["code"], "parent": row["parent_code"]},
        )


def follow_assignments(
    assignments: pd.DataFrame, pairs: pd.DataFrame, *, on: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Assignments that end on the day, as they stand, and those that begin on it (or later, where they were to).

    Parameters: `assignments`, canonical, all periods, with or without `carried`.

    Returns two frames: canonical columns and `carried` (bool), RangeIndex. One that would begin exactly as it stands
    (the area keeps its code and its officers) is in neither. Among those that end, one that begins on the day or
    later is withdrawn: it has no day left.
    """
    old = current_assignments(assignments, pairs["old_code"], on=on)
    new = old.merge(pairs[["old_code", "new_code"]], left_on="target_code", right_on="old_code")
    new["target_code"] = new["new_code"]
    new["valid_from"] = _not_before(new["valid_from"], on)
    new = _without_idle_deputies(_joined(new[ASSIGNMENT_COLUMNS]))
    new["carried"] |= _contested(new)
    return without_unchanged(old, new, on=on)


def current_assignments(assignments: pd.DataFrame, codes: pd.Series, *, on: date) -> pd.DataFrame:
    """Assignments on these areas that are in force on the day or later; canonical columns and `carried`."""
    ours = (assignments["target_kind"] == "area") & assignments["target_code"].isin(codes)
    lasting = assignments["valid_to"].isna() | (assignments["valid_to"] > pd.Timestamp(on))
    found = assignments[ours & lasting].reset_index(drop=True)
    return found.assign(carried=found["carried"].astype(bool) if "carried" in found else False)[ASSIGNMENT_COLUMNS]


def without_unchanged(ended: pd.DataFrame, begun: pd.DataFrame, *, on: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two frames without the assignments that would end only to begin again as they are."""

    def marks(frame: pd.DataFrame) -> pd.Series:
        comparable = frame.assign(
            valid_from=_not_before(frame["valid_from"], on), valid_to=frame["valid_to"].fillna(_FOREVER)
        )
        return pd.Series(list(comparable[ASSIGNMENT_COLUMNS].itertuples(index=False, name=None)), dtype=object)

    was, becomes = marks(ended), marks(begun)
    order = [*_SAME_DUTY, "valid_from"]
    return (
        ended[~was.isin(becomes).to_numpy(bool)].sort_values(order, ignore_index=True),
        begun[~becomes.isin(was).to_numpy(bool)].sort_values(order, ignore_index=True),
    )


def _not_before(days: pd.Series, on: date) -> pd.Series:
    day = pd.Timestamp(on).as_unit("s")
    return days.where(days > day, day)


def _joined(rows: pd.DataFrame) -> pd.DataFrame:
    """Overlapping periods of the same officer, role and area as one."""
    rows = rows.sort_values([*_SAME_DUTY, "valid_from"], ignore_index=True)
    until = rows["valid_to"].fillna(_FOREVER)
    duty = [rows[name] for name in _SAME_DUTY]
    reach = until.groupby(duty).cummax().groupby(duty).shift()
    block = (reach.isna() | (rows["valid_from"] >= reach)).cumsum()
    joined = rows.groupby(block).agg(dict.fromkeys(rows.columns, "first") | {"carried": "any"})
    joined["valid_to"] = until.groupby(block).max().replace(_FOREVER, pd.NaT)
    return joined.astype({"valid_to": rows["valid_to"].dtype, "carried": bool}).reset_index(drop=True)


def _without_idle_deputies(rows: pd.DataFrame) -> pd.DataFrame:
    """Nobody stands in for himself: a deputy who is the primary all the while is left out."""
    pairs = _meetings(rows, ["target_code", "officer_code"], "deputy", "primary")
    covered = (pairs["valid_from_2"] <= pairs["valid_from"]) & (pairs["until_2"] >= pairs["until"])
    return rows[~rows.index.isin(pairs.loc[covered, "row"])].reset_index(drop=True)


def _contested(rows: pd.DataFrame) -> pd.Series:
    """True for a primary during whose period another officer is primary of the same area."""
    pairs = _meetings(rows, ["target_code"], "primary", "primary")
    overlap = (pairs["valid_from"] < pairs["until_2"]) & (pairs["valid_from_2"] < pairs["until"])
    clash = overlap & (pairs["officer_code"] != pairs["officer_code_2"])
    return pd.Series(rows.index.isin(pairs.loc[clash, "row"]), index=rows.index)


def _meetings(rows: pd.DataFrame, key: list[str], left: str, right: str) -> pd.DataFrame:
    """Every pair of rows in two roles with the same key; columns of the second row end in `_2`."""
    rows = rows.assign(until=rows["valid_to"].fillna(_FOREVER), row=rows.index)
    return rows[rows["role"] == left].merge(rows[rows["role"] == right], on=key, suffixes=("", "_2"))


def follow_facilities(
    facilities: gpd.GeoDataFrame, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, pairs: pd.DataFrame, *, on: date
) -> pd.DataFrame:
    """`code, area_code` (str, RangeIndex, by code) of the facilities whose claimed area changes.

    Parameters: `facilities`, canonical, all periods. A claim moves to the new area nearest to the facility's point,
    which is the one that holds it; on a common border to the first by code. Where the code lives on, a facility that
    never lay in the area keeps its claim: the change did not move it.
    """
    lasting = facilities["valid_to"].isna() | (facilities["valid_to"] > pd.Timestamp(on))
    claims = facilities.loc[lasting, ["code", "area_code", "geometry"]]
    claims = claims.merge(pairs[["old_code", "new_code"]], left_on="area_code", right_on="old_code")
    points = claims["geometry"].to_numpy()
    old = before.set_index("code").geometry.reindex(claims["old_code"]).to_numpy()
    new = after.set_index("code").geometry.reindex(claims["new_code"]).to_numpy()
    claims["distance"] = shapely.distance(points, new)
    stays = claims["area_code"].isin(after["code"]) & ~shapely.intersects(points, old)
    claims = claims[~stays].sort_values(["code", "distance", "new_code"]).drop_duplicates("code")
    claims = claims[claims["area_code"] != claims["new_code"]]
    return pd.DataFrame({"code": claims["code"], "area_code": claims["new_code"]}).reset_index(drop=True)
