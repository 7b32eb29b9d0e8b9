"""How areas lie to each other, as far as a file can be judged: no more than counts, because real boundaries are rough.

A child that does not meet its parent at all is an error: its parent is wrong, or its coordinates are. Everything
else is a warning: a child that sticks out of its parent by more than one per cent of itself is named; smaller
stick-outs, overlaps of siblings and holes are counted, once for the file. `wangge gaps responsibility` lists them all
with their square metres.

Overlaps and holes are counted among the versions that are still in force, of the parents that the file touches.
"""

from collections.abc import Iterator
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.crs import area_m2
from gis.texts import N_, _
from gis.validate.report import Problem, problem_at, row_problems
from gis.validate.rows import is_one_of

SHARE_OUTSIDE: Final = 0.01
"""A child that is outside its parent by more than this share of itself is named."""

SLIVER_M2: Final = 1.0
"""Figures up to this many square metres are rounding, not topology."""

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]


def check_topology(frame: gpd.GeoDataFrame, known: pd.DataFrame, pairs: pd.DataFrame) -> list[Problem]:
    """Where the areas of a file lie, seen together with their parents, children and siblings in the store.

    `known`: file and stored areas, with `position` in the file or -1. `pairs`: see `areas.match_parents`.
    """
    polygons = known.geometry.to_numpy()
    sound = ~shapely.is_missing(polygons) & ~shapely.is_empty(polygons)
    sound[sound] = shapely.is_valid(polygons[sound])
    touched = pd.concat([frame["code"], frame["parent_code"]]).dropna().drop_duplicates()
    child, parent = pairs["child"].to_numpy(), pairs["parent"].to_numpy()
    use = pairs["together"].to_numpy() & sound[child] & sound[parent] & is_one_of(known["code"], touched)[parent]
    child, parent = child[use], parent[use]
    outside = np.ones(len(known))
    np.minimum.at(outside, child, share_outside(polygons[child], polygons[parent]))
    placed = np.zeros(len(known), dtype=bool)
    placed[child] = True
    outside[~placed] = 0.0
    size = np.zeros(len(known))
    involved = np.union1d(child, parent)
    size[involved] = area_m2(polygons[involved])
    problems = check_children(frame, known, outside)
    open_ended = known["valid_to"].isna().to_numpy()
    lasting = open_ended[child] & open_ended[parent]
    families = pd.Series(child[lasting], index=parent[lasting])
    return problems + count_topology(polygons, size, outside, families)


def share_outside(children: Geometries, parents: Geometries) -> Floats:
    """Share of each child's polygon that lies outside the parent beside it, 0 to 1; 1 where they do not meet."""
    shapely.prepare(parents)
    outside = np.zeros(len(children))
    rest = np.flatnonzero(~shapely.covers(parents, children))
    inside = shapely.area(shapely.intersection(parents[rest], children[rest]))
    outside[rest] = 1 - inside / shapely.area(children[rest])
    return np.clip(outside, 0, 1)


def check_children(frame: gpd.GeoDataFrame, known: pd.DataFrame, outside: Floats) -> list[Problem]:
    """The rows of the file that miss their parent (error) or stick out of it (warning)."""
    share = np.zeros(len(frame))
    in_file = known["position"].to_numpy() >= 0
    share[known["position"].to_numpy()[in_file]] = outside[in_file]
    values = {
        "code": frame["code"],
        "parent": frame["parent_code"],
        "percent": pd.Series(share * 100, index=frame.index).map("{:.1f}".format),
    }
    return [
        *row_problems(
            frame.index,
            share >= 1,
            column="geometry",
            rule="outside-parent",
            text=N_(
                "area {code} does not meet its parent {parent} at all. Correct parent_code, or the coordinates of the "
                "file (datum, reference system)."
            ),
            values=values,
        ),
        *row_problems(
            frame.index,
            (share > SHARE_OUTSIDE) & (share < 1),
            column="geometry",
            rule="partly-outside",
            severity="warning",
            text=N_("{percent} % of area {code} lies outside its parent {parent}."),
            values=values,
        ),
    ]


def count_topology(polygons: Geometries, size: Floats, outside: Floats, families: pd.Series) -> list[Problem]:
    """At most three warnings for the file: stick-outs, overlaps of siblings, holes.

    `families`: positions of children, under the position of their parent as index.
    """
    children = families.to_numpy()
    sticking = int((outside[children] * size[children] > SLIVER_M2).sum())
    hole = pd.Series(size[families.index.unique()], index=families.index.unique())
    hole -= pd.Series(size[children] * (1 - outside[children]), index=families.index).groupby(level=0).sum()
    overlaps = 0
    for parent, shared in overlaps_of_siblings(polygons, families):
        overlaps += len(shared)
        hole[parent] += shared.sum()
    holes = int((hole > np.maximum(SLIVER_M2, 1e-9 * size[hole.index])).sum())
    counts = (
        (
            "outside",
            sticking,
            N_("Areas that stick out of their parent: {count}. `wangge gaps responsibility` lists them."),
        ),
        ("overlap", overlaps, N_("Pairs of areas that overlap: {count}. `wangge gaps responsibility` lists them.")),
        ("hole", holes, N_("Areas that their children do not fill: {count}. `wangge gaps responsibility` lists them.")),
    )
    return [problem_at(None, None, rule, "warning", _(text, count=n)) for rule, n, text in counts if n]


def overlaps_of_siblings(polygons: Geometries, families: pd.Series) -> Iterator[tuple[int, Floats]]:
    """Position of each parent whose children overlap, with the square metres of each overlapping pair.

    Children that fit edge to edge are told at once by their edges; only the others are cut with each other.
    """
    for parent, family in families.groupby(level=0):
        members = polygons[family.to_numpy()]
        if len(members) < 2:
            continue
        members = members[~shapely.is_empty(shapely.coverage_invalid_edges(members))]
        first, second = shapely.STRtree(members).query(members)
        one, other = first[first < second], second[first < second]
        shared = area_m2(shapely.intersection(members[one], members[other])) if len(one) else np.zeros(0)
        if (shared > SLIVER_M2).any():
            yield int(str(parent)), shared[shared > SLIVER_M2]
