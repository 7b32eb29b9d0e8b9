"""The rules of areas: levels, codes, parents, polygons, and where a child lies.

The levels are an ordered list, highest first. Every area below the top level has a parent of some higher level; a
level may be skipped, as streets that hang directly below a district do. Because a parent is always strictly higher,
no chain of parents can close to a ring.

Chinese area codes are 6 + 3 + 3 + 3 digits: a district, then three more for the street, the village and the grid.
Codes with letters, and short local numbers, are free.
"""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.texts import N_, _
from gis.validate.report import Problem, problem_at, row_number, row_problems
from gis.validate.rows import Mask, is_one_of, period_days
from gis.validate.topology import check_topology

CODE_DIGITS: Final = {"district": 6, "street": 9, "village": 12, "grid": 15}


def check_areas(frame: gpd.GeoDataFrame, *, levels: tuple[str, ...], stored: gpd.GeoDataFrame) -> list[Problem]:
    """All rules of areas but those that every table has; `stored` are the areas of the store, all periods."""
    problems = check_levels(frame, levels=levels)
    if levels == tuple(CODE_DIGITS):
        problems += check_code_structure(frame)
    problems += check_polygons(frame)
    known = pd.concat(
        [
            frame.assign(position=np.arange(len(frame))),
            stored[~is_one_of(stored["code"], frame["code"])].assign(position=-1),
        ],
        ignore_index=True,
    )
    pairs = match_parents(known)
    problems += check_parents(frame, known, pairs, levels=levels)
    return problems + check_topology(frame, known, pairs)


def check_levels(frame: pd.DataFrame, *, levels: tuple[str, ...]) -> list[Problem]:
    """A level is one of the settings; all areas but the top ones name a parent."""
    listed = ", ".join(levels)
    unknown = frame[~frame["level"].isin(levels) & frame["level"].notna()]
    problems = row_problems(
        unknown.index,
        np.ones(len(unknown)),
        column="level",
        rule="unknown-level",
        text=N_("{level} is no level. Use one of: {levels}."),
        values={"level": unknown["level"], "levels": pd.Series(listed, index=unknown.index)},
    )
    return problems + row_problems(
        frame.index,
        frame["parent_code"].isna() & frame["level"].isin(levels[1:]),
        column="parent_code",
        rule="missing-parent",
        text=N_("the {level} {code} names no parent. Only the highest level has none; fill in parent_code."),
        values={"level": frame["level"], "code": frame["code"]},
    )


def check_code_structure(frame: pd.DataFrame) -> list[Problem]:
    """Codes of five digits or more have the length of their level, and open with their parent's code.

    Only warnings: other countries number their areas otherwise.
    """
    codes, parents = frame["code"], frame["parent_code"]
    digits = frame["level"].map(CODE_DIGITS)
    numeric = codes.str.fullmatch(r"[0-9]{5,}").fillna(value=False).astype(bool)
    wrong = numeric & digits.notna() & (codes.str.len() != digits)
    problems = row_problems(
        frame.index,
        wrong,
        column="code",
        rule="code-structure",
        severity="warning",
        text=N_(
            "code {code} has {count} digits; a {level} has {digits} (6 + 3 + 3 + 3). Look for a lost zero or a digit "
            "too many, or for a wrong level."
        ),
        values={"code": codes, "count": codes.str.len(), "level": frame["level"], "digits": digits.astype("Int64")},
    )
    numeric_parent = parents.str.fullmatch(r"[0-9]{5,}").fillna(value=False).astype(bool)
    opens = pd.Series(data=False, index=frame.index)
    for length in CODE_DIGITS.values():
        opens |= codes.str.slice(0, length) == parents
    return problems + row_problems(
        frame.index,
        numeric & ~wrong & numeric_parent & ~opens,
        column="parent_code",
        rule="code-prefix",
        severity="warning",
        text=N_("code {code} does not open with its parent's code {parent}. Check which of the two is meant."),
        values={"code": codes, "parent": parents},
    )


def check_polygons(frame: gpd.GeoDataFrame) -> list[Problem]:
    """A polygon is there, is not empty and is valid; the message says where it crosses itself."""
    polygons = frame.geometry.to_numpy()
    empty = shapely.is_missing(polygons) | shapely.is_empty(polygons)
    problems = row_problems(
        frame.index,
        empty,
        column="geometry",
        rule="empty-polygon",
        text=N_("area {code} has no polygon. Draw one, or leave the row out."),
        values={"code": frame["code"]},
    )
    broken = np.flatnonzero(~empty & ~shapely.is_valid(polygons))
    for position in broken:
        what = _(
            "the polygon of {code} is not valid: {reason}. Repair it (in QGIS: Fix geometries) and import again.",
            code=frame["code"].iat[position],
            reason=_describe_invalid(polygons[position]),
        )
        problems.append(problem_at(row_number(frame.index[position]), "geometry", "invalid-polygon", "error", what))
    return problems


def _describe_invalid(polygon: shapely.Geometry) -> str:
    """Why a polygon is not valid, with the longitude and latitude of the first place."""
    reason, _bracket, place = shapely.is_valid_reason(polygon).rstrip("]").partition("[")
    if not place:
        return str(reason)
    lon, lat = (f"{float(number):.6f}" for number in place.split()[:2])
    if "intersection" in reason.lower():
        return _("it crosses or touches itself at longitude {lon}, latitude {lat}", lon=lon, lat=lat)
    return _("{reason} at longitude {lon}, latitude {lat}", reason=reason, lon=lon, lat=lat)


def match_parents(known: pd.DataFrame) -> pd.DataFrame:
    """Every version of an area with every version of its parent.

    Returns columns child, parent (int64 positions in `known`), together (bool: both are in force on some day).
    """
    children = pd.DataFrame({"code": known["parent_code"], "child": np.arange(len(known))}).dropna()
    parents = pd.DataFrame({"code": known["code"], "parent": np.arange(len(known))}).dropna()
    pairs = children.merge(parents, on="code")[["child", "parent"]]
    start, end = period_days(known)
    child, parent = pairs["child"].to_numpy(), pairs["parent"].to_numpy()
    return pairs.assign(together=np.maximum(start[child], start[parent]) < np.minimum(end[child], end[parent]))


def check_parents(
    frame: pd.DataFrame, known: pd.DataFrame, pairs: pd.DataFrame, *, levels: tuple[str, ...]
) -> list[Problem]:
    """A parent exists in the file or the store, is of a higher level, and is in force while its child is."""
    position = known["position"].to_numpy()
    rank = known["level"].map({level: i for i, level in enumerate(levels)}).to_numpy(dtype=float, na_value=np.nan)
    child, parent = pairs["child"].to_numpy(), pairs["parent"].to_numpy()
    found = _marks(frame, position[child])
    together = _marks(frame, position[child[pairs["together"].to_numpy()]])
    not_higher = _marks(frame, position[child[rank[parent] >= rank[child]]])
    values = {"code": frame["code"], "parent": frame["parent_code"], "level": frame["level"]}

    def flagged(mask: Mask | pd.Series, rule: str, text: str) -> list[Problem]:
        return row_problems(frame.index, mask, column="parent_code", rule=rule, text=text, values=values)

    unknown = N_(
        "the parent {parent} of {code} is neither in the file nor in the database. Correct parent_code, or import the "
        "parent first."
    )
    period = N_("the parent {parent} is not in force on any day of {code}. Correct the periods.")
    order = N_("the parent {parent} is not of a higher level than the {level} {code}. Correct level or parent_code.")
    return [
        *flagged(frame["parent_code"].notna() & ~found, "unknown-parent", unknown),
        *flagged(found & ~together, "parent-period", period),
        *flagged(not_higher, "parent-level", order),
    ]


def _marks(frame: pd.DataFrame, positions: NDArray[np.intp]) -> Mask:
    """True at the rows of the file among `positions` (-1 is a row of the store)."""
    marks = np.zeros(len(frame), dtype=bool)
    marks[positions[positions >= 0]] = True
    return marks


def check_orphaned_children(frame: pd.DataFrame, stored: pd.DataFrame, problems: list[Problem]) -> list[Problem]:
    """Where a parent is rejected and the store does not have it, everything below it is rejected with it."""
    refused = {p.row for p in problems if p.severity == "error" and p.row is not None}
    if not refused:
        return []
    accepted = ~frame.index.isin(list(refused))
    cascade: list[Problem] = []
    while True:
        available = pd.concat([frame.loc[accepted, "code"], stored["code"]])
        lost = accepted & frame["parent_code"].notna().to_numpy() & ~is_one_of(frame["parent_code"], available)
        if not lost.any():
            return cascade
        accepted &= ~lost
        cascade += row_problems(
            frame.index,
            lost,
            column="parent_code",
            rule="parent-rejected",
            text=N_("the parent {parent} of {code} is itself rejected. Correct the parent's row."),
            values={"code": frame["code"], "parent": frame["parent_code"]},
        )
