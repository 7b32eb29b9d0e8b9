"""Points to polygons: both ways of looking up agree with brute force, borders included."""

import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.locate import kernel as locate_kernel
from gis.analysis.locate import points as locate
from gis.analysis.locate.points import locate_all, locate_points


@pytest.fixture(params=["tree", "index"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule holds for the look-up of few points and for that of many."""
    monkeypatch.setattr(locate, "MANY_POINTS", 10**9 if request.param == "tree" else 0)


def every_way(lon: Any, lat: Any, polygons: Any, search: Callable[..., Any] = locate_points) -> Iterator[Any]:
    """The answers of both ways, for tests that hypothesis repeats."""
    for many in (10**9, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(locate, "MANY_POINTS", many)
            yield search(lon, lat, polygons)


def brute_force(lon: Any, lat: Any, polygons: Any) -> tuple[Any, Any]:
    """Every pair, each polygon asked about each point."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    held = np.array([shapely.intersects_xy(p, lon, lat) for p in polygons], dtype=bool).reshape(len(polygons), len(lon))
    points, holders = np.nonzero(held.T)
    return points, holders


def first_of(lon: Any, lat: Any, polygons: Any) -> Any:
    points, holders = brute_force(lon, lat, polygons)
    found = np.full(len(lon), -1)
    found[points[::-1]] = holders[::-1]
    return found


@pytest.mark.usefixtures("way")
def test_a_point_on_a_common_border_belongs_to_the_first_polygon() -> None:
    """The border rule: polygons are closed, the first in the given order wins."""
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    border = ([1.0, 1.0, 1.0], [0.0, 0.5, 1.0])
    assert locate_points(*border, [left, right]).tolist() == [0, 0, 0]
    assert locate_points(*border, [right, left]).tolist() == [0, 0, 0]
    assert locate_all(*border, [left, right])[1].tolist() == [0, 1] * 3


@pytest.mark.usefixtures("way")
def test_a_point_in_an_overlap_belongs_to_the_first_polygon() -> None:
    """Doubled ground has one owner here and two in locate_all."""
    a, b = shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1)
    assert locate_points([1.5], [0.5], [b, a]).tolist() == [0]
    assert [part.tolist() for part in locate_all([1.5], [0.5], [a, b])] == [[0, 0], [0, 1]]


@pytest.mark.usefixtures("way")
def test_holes_are_respected_and_their_rings_belong() -> None:
    """Inside a hole is outside; on the ring of the hole is on the border."""
    ring = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (3, 1), (3, 3), (1, 3)]])
    island = shapely.box(1.5, 1.5, 2.5, 2.5)
    both = shapely.MultiPolygon([ring, island])
    lon, lat = [2.0, 1.0, 3.0, 0.5, 1.25, 5.0], [2.0, 2.0, 3.0, 0.5, 1.25, 2.0]
    assert locate_points(lon, lat, [ring]).tolist() == [-1, 0, 0, 0, -1, -1]
    assert locate_points(lon, lat, [both]).tolist() == [0, 0, 0, 0, -1, -1]


@pytest.mark.usefixtures("way")
def test_what_is_missing_matches_nothing() -> None:
    """Points that are not finite, polygons that are empty, missing, not finite or no polygons."""
    box = shapely.box(0, 0, 2, 2)
    with np.errstate(invalid="ignore"):
        broken = shapely.Polygon([(0, 0), (2, 0), (np.nan, 2), (0, 2)])
    huge = shapely.box(0, 0, 1e300, 1e300)
    polygons = [None, shapely.Polygon(), broken, huge, shapely.Point(1, 1), box]
    assert locate_points([1.0, np.nan, np.inf, None, 1.0], [1.0, 1.0, 1.0, 1.0, -np.inf], polygons).tolist() == [
        5,
        *[-1] * 4,
    ]
    assert locate_points([], [], polygons).tolist() == []
    assert locate_points([1.0], [1.0], []).tolist() == [-1]
    assert locate_points([1.0], [1.0], [None]).tolist() == [-1]
    assert [part.tolist() for part in locate_all([], [], polygons)] == [[], []]


@pytest.mark.usefixtures("way")
def test_flat_and_tiny_ground() -> None:
    """Polygons without width or height, and ones near the smallest numbers, break nothing."""
    flat = shapely.Polygon([(0, 0), (2, 0), (1, 0)])
    thin = shapely.box(0, 0, 1e-200, 1e-200)
    assert locate_points([1.0, 3.0], [0.0, 0.0], [flat]).tolist() == [0, -1]
    assert locate_points([0.0, 1.0], [0.0, 0.0], [thin]).tolist() == [0, -1]


@pytest.mark.usefixtures("way")
def test_the_callers_polygons_are_left_alone() -> None:
    """A missing polygon is skipped in a copy, and a GeoSeries is as good as a list."""
    series = gpd.GeoSeries([shapely.Point(0, 0), shapely.box(0, 0, 1, 1)], crs=4326)
    before = series.copy()
    assert locate_points([0.5], [0.5], series).tolist() == [1]
    assert series.equals(before)


def test_lon_and_lat_of_different_length_are_refused() -> None:
    """The control: a misuse does not pass in silence."""
    with pytest.raises(ValueError, match="differ"):
        locate_points([1.0, 2.0], [1.0], [shapely.box(0, 0, 1, 1)])


corners = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=9)
boxes = st.builds(
    lambda x, y, w, h: shapely.box(x, y, x + w, y + h), *[st.integers(0, 4)] * 2, *[st.integers(1, 3)] * 2
)
hulls = corners.map(lambda c: shapely.MultiPoint(c).convex_hull)
unions = st.lists(boxes, min_size=1, max_size=4).map(shapely.union_all)
pierced = st.tuples(unions, hulls).map(lambda pair: shapely.difference(*pair))
shapes = st.one_of(boxes, hulls, unions, pierced).filter(lambda g: g.geom_type in ("Polygon", "MultiPolygon"))


@settings(deadline=None, max_examples=150)
@given(polygons=st.lists(shapes, min_size=1, max_size=12), halves=st.booleans())
def test_integer_layouts_agree_with_brute_force(polygons: list[Any], halves: bool) -> None:
    """With vertices and points on one lattice most points lie on vertices and edges; no answer differs."""
    ticks = np.arange(-1, 8, 0.5 if halves else 1.0)
    lon, lat = (part.ravel() for part in np.meshgrid(ticks, ticks))
    for found in every_way(lon, lat, polygons):
        np.testing.assert_array_equal(found, first_of(lon, lat, polygons))
    for points, holders in every_way(lon, lat, polygons, locate_all):
        np.testing.assert_array_equal([points, holders], brute_force(lon, lat, polygons))


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), size=st.sampled_from([1e-4, 1.0, 30.0]), cells=st.integers(1, 80))
def test_random_layouts_agree_with_brute_force(seed: int, size: float, cells: int) -> None:
    """Voronoi cells, stars with many vertices and the vertices themselves, in degrees near 120 E 30 N."""
    rng = np.random.default_rng(seed)
    sites = shapely.MultiPoint(rng.uniform(0, 1, (cells + 3, 2)))
    turn = np.linspace(0, 2 * np.pi, 400)[:-1]
    radius = rng.uniform(0.1, 0.6, len(turn))
    star = shapely.Polygon(np.column_stack([0.5 + radius * np.cos(turn), 0.5 + radius * np.sin(turn)]))
    unit = np.array([*shapely.get_parts(shapely.voronoi_polygons(sites)), star, shapely.box(0, 0, 1, 1)])
    polygons = shapely.transform(unit, lambda xy: xy * size + [120, 30])[rng.permutation(len(unit))]
    vertices = shapely.get_coordinates(polygons)
    xy = np.concatenate([rng.uniform(-0.2, 1.2, (300, 2)) * size + [120, 30], vertices])
    for found in every_way(xy[:, 0], xy[:, 1], polygons):
        np.testing.assert_array_equal(found, first_of(xy[:, 0], xy[:, 1], polygons))
    for points, holders in every_way(xy[:, 0], xy[:, 1], polygons, locate_all):
        np.testing.assert_array_equal([points, holders], brute_force(xy[:, 0], xy[:, 1], polygons))


near = st.builds(
    lambda base, steps: base + steps * np.spacing(base), st.sampled_from([0.1, 0.5, 12.0, 24.0]), st.integers(-3, 3)
)


@settings(deadline=None, max_examples=300)
@given(numbers=st.tuples(*[near] * 6))
def test_the_side_of_an_edge_is_exact(numbers: tuple[float, ...]) -> None:
    """Points a few units in the last place from a line are on the side that rational arithmetic says."""
    a, b, c, d, e, f = (Fraction(v) for v in numbers)
    exact = (a - e) * (d - f) - (b - f) * (c - e)
    assert locate_kernel.side(*numbers) == (exact > 0) - (exact < 0)


def test_plain_floating_point_would_fail_the_side_test() -> None:
    """The control: on the same kind of input the determinant alone gives a wrong sign."""
    rng = np.random.default_rng(3)
    wrong = 0
    for steps in rng.integers(-3, 4, (500, 6)):
        ax, ay, bx, by, px, py = (
            v + s * np.spacing(v) for v, s in zip([12.0, 12, 24, 24, 0.5, 0.5], steps, strict=True)
        )
        plain = np.sign((ax - px) * (by - py) - (ay - py) * (bx - px))
        wrong += plain != locate_kernel.side(ax, ay, bx, by, px, py)
    assert wrong > 0


@pytest.mark.usefixtures("way")
def test_large_polygons_over_small_ones_stay_in_memory() -> None:
    """Hundreds of polygons that each cover everything are found all, and the bins are cut down for them."""
    x, y = (part.ravel() for part in np.meshgrid(np.arange(40.0), np.arange(40.0)))
    cells = shapely.box(x, y, x + 1, y + 1)
    whole = np.array([shapely.box(0, 0, 40, 40).buffer(0.01 * k) for k in range(300)])
    polygons = np.concatenate([cells, whole])
    points, holders = locate_all(x + 0.5, y + 0.5, polygons)
    assert np.bincount(points).tolist() == [301] * len(x)
    assert np.array_equal(holders[::301], np.arange(len(x)))


@pytest.mark.usefixtures("way")
def test_threads_may_search_at_once() -> None:
    """The web application calls from many threads; each gets its own right answer."""
    cells = [shapely.box(k, 0, k + 1, 1) for k in range(50)]
    wrong: list[int] = []

    def search(seed: int) -> None:
        lon = np.random.default_rng(seed).uniform(0, 50, 2000)
        if not np.array_equal(locate_points(lon, np.full(2000, 0.5), cells), np.floor(lon)):
            wrong.append(seed)

    threads = [threading.Thread(target=search, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
