"""Area changes: planning a split, merge, redraw or recode from the rows of a file, with all that follows from it.

A plan is an `AreaChange`: what ends on the day and what begins, the crosswalk between the two, and what follows
(children, assignments, claims of facilities). Nothing is written here and nothing is ever deleted: the store ends
periods and begins others, all in one transaction, or the plan is refused as a whole.

Polygons from different hands never fit to the millimetre. What is missing, too much or double by no more than the
tolerance (a share of the old area, 1 %, or a sliver of a square metre) is accepted and stays as it was drawn;
`wangge gaps responsibility` goes on showing it. Anything beyond is a mistake in the file and is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.analysis.areas.changefile import ChangeRow, build_beginning, find_ending, pair_codes, read_rows
from gis.analysis.areas.crosswalk import build_crosswalk
from gis.analysis.areas.following import follow_assignments, follow_children, follow_facilities
from gis.analysis.areas.nesting import in_force
from gis.crs import Floats, area_m2
from gis.errors import DataRejected
from gis.tables import AreaChange, ChangeKind
from gis.texts import _

TOUCH_DEGREES: Final = 1e-5
"""About a metre: areas no further apart than this touch."""


def plan_change(
    kind: ChangeKind,
    file: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    assignments: pd.DataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    on: date,
    levels: Sequence[str],
    sliver_m2: float = 1.0,
    tolerance: float = 0.01,
    note: str | None = None,
) -> AreaChange:
    """The change that a file describes, from a day on.

    Parameters: `file` with `code`, `old_code` and any of the columns of areas (see `gis.analysis.areas.changefile`),
    geometry in EPSG:4326; `areas`, `assignments`, `facilities`, canonical, all periods as they are known now;
    `levels` highest first; `sliver_m2` square metres and `tolerance`, a share of the old area, that parts may miss,
    exceed or overlap.

    Raises DataRejected, naming row and column, for anything that cannot be changed like this.

    >>> town = gpd.read_file("data/towns/tiny/areas.geojson").astype({"dwellings": "Int64"})
    >>> town["valid_from"] = town["valid_to"] = pd.Series(pd.NaT, town.index, dtype="datetime64[s]")
    >>> duties = pd.read_csv("data/towns/tiny/assignments.csv", dtype=str).astype(
    ...     {"valid_from": "datetime64[s]", "valid_to": "datetime64[s]"}
    ... )
    >>> merge = pd.DataFrame({"code": ["990101001203"], "old_code": ["990101001201;990101001202"], "name": ["新村"]})
    >>> change = plan_change(
    ...     "merge", merge, town, duties, town.iloc[:0].assign(area_code=""), on=date(2026, 1, 1),
    ...     levels=("district", "street", "village", "grid"),
    ... )
    >>> list(change.begun["officer_code"]), list(change.begun["carried"])
    (['O2', 'O3'], [True, True])
    >>> len(change.reparented), int(change.after["dwellings"].iloc[0])
    (6, 60)
    """
    rows = read_rows(kind, file)
    before = find_ending(rows, areas, on)
    after = build_beginning(kind, rows, before, on=on)
    _check_polygons(rows, after)
    _check_fit(kind, rows, before, after, _Tolerance(sliver_m2, tolerance))
    check_parents(before, after, areas, on=on, levels=levels)
    pairs = _same_level(pair_codes(kind, rows), before, after)
    crosswalk = build_crosswalk(before, after, pairs, in_force(areas, on), sliver_m2=sliver_m2)
    ended, begun = follow_assignments(assignments, _moves(kind, crosswalk), on=on)
    return AreaChange(
        kind=kind,
        on=on,
        before=before,
        after=after,
        reparented=follow_children(areas, after, crosswalk, on=on),
        crosswalk=crosswalk,
        ended=ended,
        begun=begun,
        facilities=follow_facilities(facilities, before, after, crosswalk, on=on),
        note=note,
    )


def _same_level(pairs: pd.DataFrame, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    """Without the pairs of a street and a village that happen to be redrawn in one file."""
    old, new = before.set_index("code")["level"], after.set_index("code")["level"]
    return pairs[pairs["old_code"].map(old) == pairs["new_code"].map(new)]


def _moves(kind: ChangeKind, crosswalk: pd.DataFrame) -> pd.DataFrame:
    """The pairs that officers follow. A border that moves takes no officer along: both areas keep theirs."""
    return crosswalk.iloc[:0] if kind == "redraw" else crosswalk


def _check_polygons(rows: Sequence[ChangeRow], after: gpd.GeoDataFrame) -> None:
    shapes = np.asarray(after.geometry)
    for row, built in zip(rows, shapes, strict=True):
        shape = row.given.get("geometry", built)
        if shapely.is_empty(shape) or shapely.get_dimensions(shape) != 2 or shape.geom_type == "GeometryCollection":
            raise row.refuse("geometry", _("a polygon is needed."))
        if not shapely.is_valid(shape):
            reason = shapely.is_valid_reason(shape)
            raise row.refuse("geometry", _("the polygon is not valid: {reason}.", reason=reason))


@dataclass(frozen=True)
class _Tolerance:
    """How many square metres of an area of some size two drawings of it may differ by."""

    sliver_m2: float
    share: float

    def of(self, size: Floats | float) -> Floats:
        return np.maximum(self.sliver_m2, self.share * np.asarray(size, dtype=np.float64))


def _check_fit(
    kind: ChangeKind,
    rows: Sequence[ChangeRow],
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    tolerance: _Tolerance,
) -> None:
    """Parts cover the whole and nothing else; what merges touches; a new polygon meets the old one."""
    old, new = before.set_index("code").geometry, after.set_index("code").geometry
    if kind == "merge":
        _check_touching(rows, old)
    _check_meeting(rows, old, new)
    if kind in ("split", "merge"):
        for group in _groups(kind, rows):
            _check_cover(group, old, new, tolerance)
    if kind == "recode":
        _check_kept(rows, old, tolerance)
    _check_overlaps(rows, after, tolerance)


def _groups(kind: ChangeKind, rows: Sequence[ChangeRow]) -> list[list[ChangeRow]]:
    """The rows that belong together: the parts of one split area; a merge stands alone."""
    groups: dict[str, list[ChangeRow]] = {}
    for row in rows:
        groups.setdefault(row.old_codes[0] if kind == "split" else row.code, []).append(row)
    return list(groups.values())


def _check_cover(group: Sequence[ChangeRow], old: gpd.GeoSeries, new: gpd.GeoSeries, tolerance: _Tolerance) -> None:
    whole = shapely.union_all(np.asarray(old.loc[list(group[0].old_codes)]))
    parts = shapely.union_all(np.asarray(new.loc[[row.code for row in group]]))
    size, missing, outside = area_m2(
        np.array([whole, shapely.difference(whole, parts), shapely.difference(parts, whole)])
    )
    codes = ", ".join(group[0].old_codes)
    if missing > tolerance.of(size):
        text = _("{area} m2 of {codes} are left uncovered. Give them to a part.", area=round(missing), codes=codes)
        raise group[0].refuse("geometry", text)
    if outside > tolerance.of(size):
        text = _("{area} m2 lie outside {codes}. Redraw the neighbour first.", area=round(outside), codes=codes)
        raise group[0].refuse("geometry", text)


def _check_kept(rows: Sequence[ChangeRow], old: gpd.GeoSeries, tolerance: _Tolerance) -> None:
    """A polygon in a recode file is the old one, or the row wants more than another code."""
    given = [row for row in rows if "geometry" in row.given]
    was = np.array([old[row.old_codes[0]] for row in given], dtype=object)
    wanted = np.array([row.given["geometry"] for row in given], dtype=object)
    beyond = area_m2(shapely.symmetric_difference(was, wanted)) > tolerance.of(area_m2(was))
    for i in np.flatnonzero(beyond)[:1]:
        raise given[i].refuse("geometry", _("a recode keeps the polygon; use a redraw to change it."))


def _check_touching(rows: Sequence[ChangeRow], old: gpd.GeoSeries) -> None:
    for row in rows:
        apart = dict(old.loc[list(row.old_codes)].items())
        reached = [apart.pop(row.old_codes[0])]
        while reached and apart:
            shape = reached.pop()
            near = [code for code, other in apart.items() if shapely.dwithin(shape, other, TOUCH_DEGREES)]
            reached.extend(apart.pop(code) for code in near)
        if apart:
            codes = ", ".join(sorted(apart))
            raise row.refuse("old_code", _("{codes} does not touch the others. Merge neighbours only.", codes=codes))


def _check_meeting(rows: Sequence[ChangeRow], old: gpd.GeoSeries, new: gpd.GeoSeries) -> None:
    pairs = [(row, code) for row in rows for code in row.old_codes]
    was, becomes = (
        np.array(list(shapes)) for shapes in ((old[c] for _r, c in pairs), (new[r.code] for r, _c in pairs))
    )
    for (row, code), shared in zip(pairs, area_m2(shapely.intersection(was, becomes)), strict=True):
        if shared == 0:
            raise row.refuse("geometry", _("{new} does not meet {old}.", new=row.code, old=code))


def _check_overlaps(rows: Sequence[ChangeRow], after: gpd.GeoDataFrame, tolerance: _Tolerance) -> None:
    shapes, levels = np.asarray(after.geometry), after["level"].to_numpy()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = (a < b) & (levels[a] == levels[b])
    a, b = a[once], b[once]
    common, sizes = area_m2(shapely.intersection(shapes[a], shapes[b])), area_m2(shapes)
    for i in np.flatnonzero(common > tolerance.of(np.minimum(sizes[a], sizes[b])))[:1]:
        text = _("overlaps {code} by {area} m2. Draw one border.", code=rows[a[i]].code, area=round(common[i]))
        raise rows[b[i]].refuse("geometry", text)


def check_parents(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, on: date, levels: Sequence[str]
) -> None:
    """Every area that begins names a parent that is in force on the day, of a higher level, and meets it.

    Raises DataRejected. An area without a parent is accepted at the highest level.
    """
    standing = in_force(areas, on)
    standing = standing[~standing["code"].isin(before["code"])]
    levels_of, shape_of = (
        pd.concat([standing[name], after[name]]).set_axis(pd.concat([standing["code"], after["code"]])).to_dict()
        for name in ("level", "geometry")
    )
    rank = {level: i for i, level in enumerate(levels)}
    for area in after.itertuples():
        if pd.isna(area.parent_code):
            if area.level != levels[0]:
                raise _parent_rejected(area.code, _("it needs a parent."))
            continue
        if area.parent_code not in levels_of:
            raise _parent_rejected(area.code, _("no area {parent} on {on}.", parent=area.parent_code, on=on))
        if rank[levels_of[area.parent_code]] >= rank[area.level]:
            raise _parent_rejected(area.code, _("{parent} is not of a higher level.", parent=area.parent_code))
        if not shapely.intersects(shape_of[area.parent_code], area.geometry):
            raise _parent_rejected(area.code, _("it does not meet its parent {parent}.", parent=area.parent_code))


def _parent_rejected(code: str, problem: str) -> DataRejected:
    return DataRejected(
        _("Area {code}, column parent_code: {problem}", code=code, problem=problem),
        details={"code": code, "column": "parent_code"},
    )
