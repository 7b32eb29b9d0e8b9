"""Holes, overlaps and outsides: found all, measured right, and nothing reported that is none."""

from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.responsibility.coverage import find_faults, find_holes, find_outside, find_overlaps
from gis.crs import area_m2

WEST, SOUTH, STEP = 120.0, 30.0, 0.001


def make_areas(rows: list[tuple[str, str, str | None, Any]]) -> gpd.GeoDataFrame:
    """An areas frame from (code, level, parent, polygon in steps of 0.001 degrees)."""
    codes, levels, parents, shapes = zip(*rows, strict=True)
    degrees = shapely.transform(np.array(shapes, dtype=object), lambda xy: xy * STEP + [WEST, SOUTH])
    columns = {"code": list(codes), "level": list(levels), "parent_code": list(parents)}
    return gpd.GeoDataFrame(columns, geometry=degrees, crs=4326)


def one_area(shape: Any) -> float:
    return float(area_m2(shapely.transform(np.array([shape], dtype=object), lambda xy: xy * STEP + [WEST, SOUTH]))[0])


def whole_area(polygons: Any) -> float:
    return float(area_m2(np.array([shapely.union_all(polygons)], dtype=object))[0])


def irregular_grid(seed: int, columns: int, rows: int) -> list[Any]:
    """Cells with moved corners that divide a rectangle; the corners on its outline stay on it."""
    random = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0))
    x[:, 1:-1] += random.uniform(-0.3, 0.3, x[:, 1:-1].shape)
    y[1:-1] += random.uniform(-0.3, 0.3, y[1:-1].shape)
    at = np.stack([x, y], axis=-1)
    cells = [(i, j) for j in range(rows) for i in range(columns)]
    return [shapely.Polygon([at[j, i], at[j, i + 1], at[j + 1, i + 1], at[j + 1, i]]) for i, j in cells]


def village(shapes: list[Any], outline: Any, names: list[str] | None = None) -> gpd.GeoDataFrame:
    names = names or [f"g{k:03d}" for k in range(len(shapes))]
    return make_areas(
        [("v", "village", None, outline), *[(n, "grid", "v", s) for n, s in zip(names, shapes, strict=True)]]
    )


def test_ground_in_order_has_no_fault() -> None:
    """A division without a gap reports nothing even with no tolerance."""
    faults = find_faults(village(irregular_grid(1, 5, 4), shapely.box(0, 0, 5, 4)), tolerance_m2=1e-6)
    assert [len(f) for f in (faults.holes, faults.overlaps, faults.outside)] == [0, 0, 0]


def test_a_vertex_on_one_side_of_a_border_is_no_fault() -> None:
    """Two small cells beside a long one, and an outline without the vertices of the cells."""
    cells = [shapely.box(0, 0, 1, 2), shapely.box(1, 0, 2, 1), shapely.box(1, 1, 2, 2)]
    faults = find_faults(village(cells, shapely.box(0, 0, 2, 2)), tolerance_m2=0)
    assert [len(f) for f in (faults.holes, faults.overlaps, faults.outside)] == [0, 0, 0]


def test_each_connected_piece_is_a_hole_of_its_own() -> None:
    """Two cells missing apart are two holes, largest first; side by side they are one."""
    cells = [shapely.box(i, j, i + 1, j + 1) for j in range(3) for i in range(3)]
    apart = find_holes(village([c for k, c in enumerate(cells) if k not in (0, 8)], shapely.box(0, 0, 3, 3)))
    assert apart["parent"].tolist() == ["v", "v"]
    assert apart["area_m2"].tolist() == pytest.approx([one_area(cells[0]), one_area(cells[8])])
    joined = find_holes(village([c for k, c in enumerate(cells) if k not in (0, 1)], shapely.box(0, 0, 3, 3)))
    assert joined["area_m2"].tolist() == pytest.approx([one_area(shapely.box(0, 0, 2, 1))])


def test_children_may_skip_levels_and_a_parent_without_children_has_no_hole() -> None:
    """Children are the areas that name the parent, of whatever level."""
    rows = [
        ("d", "district", None, shapely.box(0, 0, 4, 1)),
        ("s", "street", "d", shapely.box(0, 0, 2, 1)),
        ("g", "grid", "d", shapely.box(2, 0, 3, 1)),
    ]
    holes = find_holes(make_areas(rows))
    assert holes["parent"].tolist() == ["d"]
    assert holes["area_m2"].tolist() == pytest.approx([one_area(shapely.box(3, 0, 4, 1))])


def test_overlaps_are_between_areas_of_one_level_with_any_parents() -> None:
    """Cousins overlap; a parent and its child, and areas of different levels, do not."""
    rows = [
        ("a", "village", None, shapely.box(0, 0, 2, 1)),
        ("b", "village", None, shapely.box(2, 0, 4, 1)),
        ("b1", "grid", "b", shapely.box(1.5, 0, 4, 1)),
        ("a1", "grid", "a", shapely.box(0, 0, 2, 1)),
    ]
    found = find_overlaps(make_areas(rows))
    assert found[["a", "b"]].values.tolist() == [["a1", "b1"]]
    assert found["area_m2"].tolist() == pytest.approx([one_area(shapely.box(1.5, 0, 2, 1))])
    outside = find_outside(make_areas(rows))
    assert outside[["child", "parent"]].values.tolist() == [["b1", "b"]]
    assert outside.crs == 4326


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        (shapely.box(0, 0, 2, 2), shapely.box(0, 0, 2, 2), shapely.box(0, 0, 2, 2)),
        (shapely.box(0, 0, 4, 4), shapely.box(1, 1, 2, 2), shapely.box(1, 1, 2, 2)),
        (shapely.box(0, 0, 4, 4), shapely.box(0, 0, 2, 2), shapely.box(0, 0, 2, 2)),
        (shapely.box(0, 0, 4, 1), shapely.box(1, -1, 2, 2), shapely.box(1, 0, 2, 1)),
        (shapely.box(0, 0, 2, 2), shapely.box(0, 0, 1, 2), shapely.box(0, 0, 1, 2)),
    ],
)
def test_every_way_to_overlap_is_found(one: Any, other: Any, common: Any) -> None:
    """Equal, inside, in a corner, across, and along common edges."""
    found = find_overlaps(make_areas([("a", "grid", None, other), ("b", "grid", None, one)]), tolerance_m2=0)
    assert found[["a", "b"]].values.tolist() == [["a", "b"]]
    assert found["area_m2"].tolist() == pytest.approx([one_area(common)])


def test_slivers_up_to_the_tolerance_are_left_out() -> None:
    """The tolerance itself is not reported, anything above it is."""
    gap = village([shapely.box(0, 0, 0.5, 1), shapely.box(0.51, 0, 1, 1)], shapely.box(0, 0, 1, 1))
    size = find_holes(gap, tolerance_m2=0)["area_m2"].iloc[0]
    assert len(find_holes(gap, tolerance_m2=size)) == 0
    assert len(find_holes(gap, tolerance_m2=size * 0.999)) == 1


def test_broken_polygons_are_measured_as_far_as_they_go() -> None:
    """A bow tie counts with its two halves, an empty and a missing polygon with nothing."""
    tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    rows = [
        ("v", "village", None, shapely.box(0, 0, 2, 2)),
        ("g", "grid", "v", tie),
        ("h", "grid", "v", shapely.Polygon()),
        ("i", "grid", "v", None),
    ]
    faults = find_faults(make_areas(rows))
    whole = one_area(shapely.box(0, 0, 2, 2))
    assert faults.holes["area_m2"].sum() == pytest.approx(whole / 2, rel=1e-4)
    assert len(faults.outside) == len(faults.overlaps) == 0


planted = st.sampled_from(["hole", "overlap", "outside"])


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), columns=st.integers(2, 6), rows=st.integers(2, 6), fault=planted)
def test_a_planted_fault_is_found_with_its_area(seed: int, columns: int, rows: int, fault: str) -> None:
    """In a random division one fault is planted; that one is reported with its size, the other kinds are not."""
    random = np.random.default_rng(seed)
    cells, outline = irregular_grid(seed, columns, rows), shapely.box(0, 0, columns, rows)
    k = int(random.integers(columns)) if fault == "outside" else int(random.integers(len(cells)))
    blot = cells[k].centroid.buffer(0.05)
    size = one_area(blot)
    if fault == "hole":
        cells[k] = cells[k].difference(blot)
    elif fault == "overlap":
        cells[k - 1] = cells[k - 1].union(blot)
    else:
        low = shapely.box(cells[k].centroid.x - 0.02, -0.1, cells[k].centroid.x + 0.02, 0)
        cells[k], size = cells[k].union(shapely.box(*low.bounds[:3], 0.05)), one_area(low)
    faults = find_faults(village(cells, outline), tolerance_m2=0.01)
    found = {"hole": faults.holes, "overlap": faults.overlaps, "outside": faults.outside}
    assert {kind: len(rows) for kind, rows in found.items()} == {kind: int(kind == fault) for kind in found}
    assert found[fault]["area_m2"].iloc[0] == pytest.approx(size, rel=1e-6)


boxes = st.builds(
    lambda x, y, w, h: shapely.box(x, y, x + w, y + h), *[st.integers(0, 5)] * 2, *[st.integers(1, 4)] * 2
)
hulls = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=7).map(
    lambda corners: shapely.MultiPoint(corners).convex_hull
)
shapes = st.one_of(boxes, hulls, st.tuples(boxes, hulls).map(lambda p: shapely.difference(*p))).filter(
    lambda g: g.geom_type in ("Polygon", "MultiPolygon") and not g.is_empty
)


@settings(deadline=None, max_examples=80)
@given(children=st.lists(shapes, min_size=1, max_size=8), outline=shapes)
def test_any_layout_agrees_with_brute_force(children: list[Any], outline: Any) -> None:
    """On layouts in any disorder, much of it on common lines, no fault is missed and none invented."""
    areas = village(children, outline)
    faults = find_faults(areas, tolerance_m2=0.001)
    names = areas["code"].tolist()[1:]
    common = {(names[i], names[j]): one_area(children[i] & children[j]) for i, j in combinations(range(len(names)), 2)}
    beyond = {name: one_area(child - outline) for name, child in zip(names, children, strict=True)}
    pieces = shapely.get_parts(outline - shapely.union_all(children))
    overlaps = {(a, b): m2 for a, b, m2 in faults.overlaps[["a", "b", "area_m2"]].itertuples(index=False)}
    outside = dict(zip(faults.outside["child"], faults.outside["area_m2"], strict=True))
    assert overlaps == pytest.approx({pair: m2 for pair, m2 in common.items() if m2 > 0.001}, rel=1e-6)
    assert outside == pytest.approx({name: m2 for name, m2 in beyond.items() if m2 > 0.001}, rel=1e-6)
    # Where two pieces meet in one point, rounding decides whether they are one: only their ground is compared.
    holes = sum(m2 for m2 in map(one_area, pieces) if m2 > 0.001)
    assert faults.holes["area_m2"].sum() == pytest.approx(holes, rel=1e-6, abs=0.01)
    assert area_m2(faults.holes.geometry).tolist() == pytest.approx(faults.holes["area_m2"].tolist())


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), columns=st.integers(1, 5), rows=st.integers(1, 5))
def test_children_and_faults_add_up_to_the_parent(seed: int, columns: int, rows: int) -> None:
    """Children + holes - what they cover more than once - outside = parent, to 1e-6."""
    random = np.random.default_rng(seed)
    cells = irregular_grid(seed, columns, rows)
    cells = [c.buffer(random.uniform(-0.2, 0.2), join_style="mitre") if random.random() < 0.4 else c for c in cells]
    areas = village(cells, shapely.box(0, 0, columns, rows))
    faults = find_faults(areas, tolerance_m2=0)
    children = areas.geometry.iloc[1:].to_numpy()
    more_than_once = area_m2(children).sum() - whole_area(children)
    outside = whole_area(faults.outside.geometry.to_numpy())
    total = area_m2(children).sum() + faults.holes["area_m2"].sum() - more_than_once - outside
    assert total == pytest.approx(area_m2(areas.geometry.iloc[:1])[0], rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(children=st.lists(shapes, min_size=2, max_size=7), outline=shapes, seed=st.integers(0, 99))
def test_order_and_names_change_nothing(children: list[Any], outline: Any, seed: int) -> None:
    """Rows in another order give the same frames; other codes give the same areas."""
    areas = village(children, outline)
    first, second = (find_faults(a, tolerance_m2=0.001) for a in (areas, areas.sample(frac=1, random_state=seed)))
    assert first.holes.drop(columns="geometry").equals(second.holes.drop(columns="geometry"))
    assert first.overlaps.drop(columns="geometry").equals(second.overlaps.drop(columns="geometry"))
    assert first.outside.drop(columns="geometry").equals(second.outside.drop(columns="geometry"))
    names = [f"x{k}" for k in np.random.default_rng(seed).permutation(len(children))]
    third = find_faults(village(children, outline, names), tolerance_m2=0.001)
    for kind in ("holes", "overlaps", "outside"):
        sizes = [sorted(getattr(f, kind)["area_m2"]) for f in (first, third)]
        assert sizes[0] == pytest.approx(sizes[1], rel=1e-9)
