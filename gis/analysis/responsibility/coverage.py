"""Where the ground is not divided cleanly: holes, overlaps and outsides.

The areas in force on one day should cover their ground once. Three things go wrong. A *hole* is a connected piece of
a parent that none of its children covers; a parent without children has none. An *overlap* is ground that two areas of
one level both hold. An *outside* is ground of a child that its parent does not hold. Each is measured in
square metres on the ellipsoid over the figure in storage degrees; what measures no more than the tolerance, a
*sliver*, is left out: real boundaries meet within centimetres and seldom better.

Most ground is in order, and to prove that is cheap: neighbours that share every vertex of their border are a valid
coverage, and where the children's outline is the parent's, vertex by vertex, nothing is missing and nothing sticks
out. Only what fails a screen is overlaid. A vertex on one side of a border alone fails the screen too; that costs
time and is no fault.
"""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.crs import STORAGE, area_m2

Geometries = NDArray[np.object_]
Ints = NDArray[np.int64]

SLIVER_M2: Final = 1.0
_PAIRS_AT_ONCE: Final = 50_000


@dataclass(frozen=True)
class Faults:
    """Holes, overlaps and outsides of one day's areas, each a frame as the function of that name returns it."""

    holes: gpd.GeoDataFrame
    overlaps: gpd.GeoDataFrame
    outside: gpd.GeoDataFrame


def find_faults(areas: gpd.GeoDataFrame, *, tolerance_m2: float = SLIVER_M2) -> Faults:
    """Holes, overlaps and outsides together, at the price of little more than one of them."""
    ground = _survey(areas)
    families = _join_families(ground)
    return Faults(
        holes=_measure_holes(ground, families, tolerance_m2),
        overlaps=_measure_overlaps(ground, tolerance_m2),
        outside=_measure_outside(ground, families, tolerance_m2),
    )


def find_holes(areas: gpd.GeoDataFrame, *, tolerance_m2: float = SLIVER_M2) -> gpd.GeoDataFrame:
    """Pieces of a parent that no child covers.

    Parameters: `areas` with `code, level, parent_code` and polygons in EPSG:4326, one row a code, those in force on
    one day; `tolerance_m2`, the largest area that is not reported.

    Returns `parent` (str), `area_m2` (float64), `geometry` (Polygon): one row a connected piece, by parent and then
    largest first, RangeIndex.

    >>> town = gpd.read_file("data/towns/tiny/areas.geojson")
    >>> find_holes(town)[["parent", "area_m2"]].round(1).values.tolist()
    [['990101001201', 2180.1]]
    """
    ground = _survey(areas)
    return _measure_holes(ground, _join_families(ground), tolerance_m2)


def find_overlaps(areas: gpd.GeoDataFrame, *, tolerance_m2: float = SLIVER_M2) -> gpd.GeoDataFrame:
    """Ground that two areas of one level both hold, whether or not they have the same parent.

    Parameters as for `find_holes`. Returns `a, b` (str, a < b), `area_m2` (float64), `geometry` (MultiPolygon): one
    row a pair, by a and b, RangeIndex.

    >>> town = gpd.read_file("data/towns/tiny/areas.geojson")
    >>> find_overlaps(town)[["a", "b", "area_m2"]].round(1).values.tolist()
    [['990101001202001', '990101001202002', 1090.0]]
    """
    return _measure_overlaps(_survey(areas), tolerance_m2)


def find_outside(areas: gpd.GeoDataFrame, *, tolerance_m2: float = SLIVER_M2) -> gpd.GeoDataFrame:
    """Ground of a child that its parent does not hold; a parent that is not among the areas is passed over.

    Parameters as for `find_holes`. Returns `child, parent` (str), `area_m2` (float64), `geometry` (MultiPolygon): one
    row a child, by child, RangeIndex.

    >>> town = gpd.read_file("data/towns/tiny/areas.geojson")
    >>> find_outside(town)[["child", "parent", "area_m2"]].round(1).values.tolist()
    [['990101001202003', '990101001202', 1090.0]]
    """
    ground = _survey(areas)
    return _measure_outside(ground, _join_families(ground), tolerance_m2)


@dataclass(frozen=True)
class _Ground:
    """Areas sorted by code, with valid polygons, and which of them fail the screen within their level."""

    code: Geometries
    level: Geometries
    parent: Ints
    """Position of the parent, -1 where it is not among the areas."""
    geometry: Geometries
    suspect: NDArray[np.bool_]


@dataclass(frozen=True)
class _Families:
    """Parents whose children's union is not their own outline, vertex by vertex."""

    parent: Ints
    union: Geometries


def _survey(areas: gpd.GeoDataFrame) -> _Ground:
    areas = areas.sort_values("code", kind="stable")
    code = areas["code"].to_numpy(dtype=object)
    level = areas["level"].to_numpy(dtype=object)
    geometry = _make_polygons(areas.geometry.to_numpy())
    parent = pd.Index(code).get_indexer(areas["parent_code"].to_numpy(dtype=object)).astype(np.int64)
    suspect = np.zeros(len(code), dtype=bool)
    for members in _group(level, ~shapely.is_empty(geometry)):
        suspect[members] = ~shapely.is_empty(shapely.coverage_invalid_edges(geometry[members]))
    return _Ground(code, level, parent, geometry, suspect)


def _make_polygons(geometries: Geometries) -> Geometries:
    """Valid polygons and multipolygons, empty where there is nothing; what is valid already is not touched."""
    polygons: Geometries = np.array(geometries, dtype=object)
    polygons[shapely.is_missing(polygons)] = shapely.Polygon()
    broken = ~shapely.is_valid(polygons)
    polygons[broken] = _keep_polygons(shapely.make_valid(polygons[broken]))
    return polygons


def _keep_polygons(geometries: Geometries) -> Geometries:
    """Only the polygons of each geometry, as one multipolygon."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    inner, inner_owner = shapely.get_parts(parts, return_index=True)
    flat = shapely.get_type_id(inner) == 3
    empty = np.full(len(geometries), shapely.MultiPolygon(), dtype=object)
    return np.asarray(shapely.multipolygons(inner[flat], indices=owner[inner_owner][flat], out=empty), dtype=object)


def _group(keys: NDArray[np.object_] | Ints, chosen: NDArray[np.bool_]) -> list[Ints]:
    """Positions of the chosen rows for each key that occurs among them."""
    positions = np.flatnonzero(chosen)
    codes, _unique = pd.factorize(keys[positions])
    order = np.argsort(codes, kind="stable")
    cuts = np.flatnonzero(np.diff(codes[order])) + 1
    return np.split(positions[order], cuts) if len(positions) else []


def _join_families(ground: _Ground) -> _Families:
    """The union of each parent's children, where it may differ from the parent."""
    children = np.flatnonzero((ground.parent >= 0) & ~shapely.is_empty(ground.geometry))
    children = children[np.argsort(ground.parent[children], kind="stable")]
    parents, family = np.unique(ground.parent[children], return_inverse=True)
    parts, part_owner = shapely.get_parts(ground.geometry[children], return_index=True)
    heaps = np.asarray(shapely.geometrycollections(parts, indices=family[part_owner]), dtype=object)
    first = np.searchsorted(family, np.arange(len(parents)))
    mixed = ground.level[children] != ground.level[children[first]][family]
    loose = np.bincount(family, ground.suspect[children] | mixed, minlength=len(parents)) > 0
    union = np.empty(len(parents), dtype=object)
    union[~loose] = shapely.coverage_union_all(heaps[~loose][:, None], axis=1)
    union[loose] = shapely.union_all(heaps[loose][:, None], axis=1)
    same = shapely.equals_identical(shapely.normalize(union), shapely.normalize(ground.geometry[parents]))
    return _Families(parents[~same], union[~same])


def _measure_holes(ground: _Ground, families: _Families, tolerance_m2: float) -> gpd.GeoDataFrame:
    rest = shapely.difference(ground.geometry[families.parent], families.union)
    pieces, owner = shapely.get_parts(_keep_polygons(rest), return_index=True)
    area = area_m2(pieces)
    order = np.lexsort((shapely.to_wkb(shapely.normalize(pieces)), -area, owner))
    order = order[area[order] > tolerance_m2]
    columns = {"parent": _text(ground.code[families.parent[owner[order]]]), "area_m2": area[order]}
    return gpd.GeoDataFrame(columns, geometry=pieces[order], crs=STORAGE)


def _measure_outside(ground: _Ground, families: _Families, tolerance_m2: float) -> gpd.GeoDataFrame:
    beyond = shapely.difference(families.union, ground.geometry[families.parent])
    parents = families.parent[shapely.area(beyond) > 0]
    children = np.flatnonzero(np.isin(ground.parent, parents))
    rest = _keep_polygons(shapely.difference(ground.geometry[children], ground.geometry[ground.parent[children]]))
    area = area_m2(rest)
    large = area > tolerance_m2
    children = children[large]
    columns = {
        "child": _text(ground.code[children]),
        "parent": _text(ground.code[ground.parent[children]]),
        "area_m2": area[large],
    }
    return gpd.GeoDataFrame(columns, geometry=rest[large], crs=STORAGE)


def _measure_overlaps(ground: _Ground, tolerance_m2: float) -> gpd.GeoDataFrame:
    pairs = _pair_suspects(ground)
    found = [_intersect(ground, pairs[k : k + _PAIRS_AT_ONCE]) for k in range(0, len(pairs), _PAIRS_AT_ONCE)]
    kept = np.concatenate([pairs[:0], *[part[0] for part in found]])
    common = np.concatenate([np.empty(0, dtype=object), *[part[1] for part in found]])
    area = area_m2(common) if len(common) else np.zeros(0)
    large = area > tolerance_m2
    columns = {
        "a": _text(ground.code[kept[large, 0]]),
        "b": _text(ground.code[kept[large, 1]]),
        "area_m2": area[large],
    }
    return gpd.GeoDataFrame(columns, geometry=common[large], crs=STORAGE)


def _pair_suspects(ground: _Ground) -> Ints:
    """Pairs of one level whose bounds meet, one of them suspect: positions, the smaller first, sorted."""
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for members in _group(ground.level, ~shapely.is_empty(ground.geometry)):
        suspects = members[ground.suspect[members]]
        if len(suspects) == 0:
            continue
        one, other = shapely.STRtree(ground.geometry[members]).query(ground.geometry[suspects])
        both = np.sort(np.column_stack([suspects[one], members[other]]), axis=1)
        pairs.append(np.unique(both[both[:, 0] < both[:, 1]], axis=0))
    return np.unique(np.concatenate(pairs), axis=0)


def _intersect(ground: _Ground, pairs: Ints) -> tuple[Ints, Geometries]:
    """The pairs with common ground, and that ground."""
    common = shapely.intersection(ground.geometry[pairs[:, 0]], ground.geometry[pairs[:, 1]])
    solid = shapely.area(common) > 0
    return pairs[solid], _keep_polygons(common[solid])


def _text(values: Geometries) -> pd.Series:
    return pd.Series(values, dtype="str")
