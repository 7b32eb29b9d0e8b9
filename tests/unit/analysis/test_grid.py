"""Grids: a partition of the village into true squares, numbered like a page is read."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.analysis.areas.grid import generate_grid
from gis.crs import area_m2, local_metres
from gis.errors import DataRejected, UsageError
from gis.tables import AREAS
from tests.unit.analysis.area_town import LEVELS, areas_frame

REAL = Path(__file__).resolve().parents[4] / "shared" / "data"


def village(shape: shapely.Geometry, *, code: str = "330303001201", level: str = "village") -> gpd.GeoDataFrame:
    return areas_frame([(code, level, "330303001", shape, None)])


def blob(points: int, radius: float, *, seed: int = 0, lat: float = 28.0) -> shapely.Geometry:
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    r = radius * (1 + 0.3 * np.sin(3 * angle + rng.random()) + 0.1 * rng.random(points))
    return shapely.make_valid(shapely.Polygon(np.column_stack([120.6 + r * np.cos(angle), lat + r * np.sin(angle)])))


def assert_partition(cells: gpd.GeoDataFrame, shape: shapely.Geometry) -> None:
    shapes = np.asarray(cells.geometry)
    whole = area_m2(np.array([shape]))[0]
    assert area_m2(shapes).sum() == pytest.approx(whole, rel=1e-9)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert area_m2(shapely.intersection(shapes[a[a < b]], shapes[b[a < b]])).max(initial=0) < 1e-6
    assert area_m2(np.array([shapely.difference(shape, shapely.union_all(shapes))]))[0] < 1e-3
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)


@settings(max_examples=40, deadline=None)
@given(
    points=st.integers(5, 60),
    seed=st.integers(0, 10_000),
    cell_m=st.floats(40, 600),
    lat=st.sampled_from([-33.0, 0.0, 28.0, 53.0]),
    merge=st.sampled_from([0.0, 1.0, 0.2]),
)
def test_cells_partition_the_village(points: int, seed: int, cell_m: float, lat: float, merge: float) -> None:
    """The cells of any village cover it, nothing else, and no ground twice, with and without joined slivers."""
    shape = blob(points, 0.005, seed=seed, lat=lat)
    merge_m2 = merge if merge in (0.0, 1.0) else merge * cell_m**2
    cells = generate_grid(village(shape), cell_m=cell_m, levels=LEVELS, merge_below_m2=merge_m2)
    assert_partition(cells, shape)


def test_a_partition_check_that_can_fail() -> None:
    """Control: a grid with one cell missing, and one with a cell twice, are no partitions."""
    shape = blob(30, 0.004)
    cells = generate_grid(village(shape), cell_m=100, levels=LEVELS)
    with pytest.raises(AssertionError):
        assert_partition(cells.iloc[1:], shape)
    with pytest.raises(AssertionError):
        assert_partition(pd.concat([cells, cells.iloc[:1]]), shape)


def test_a_cell_is_a_true_square() -> None:
    """A whole cell of 100 m measures 10,000 m2 on the ellipsoid and 100 m along each side, at 53 degrees north too."""
    for lat in (0.0, 28.0, 53.0):
        cells = generate_grid(village(blob(200, 0.008, lat=lat)), cell_m=100, levels=LEVELS)
        sizes = area_m2(cells.geometry)
        assert sizes.max() == pytest.approx(10_000, rel=1e-5)
        corner = shapely.get_coordinates(cells.geometry.iloc[int(sizes.argmax())])
        east, north = local_metres(*corner[0].tolist()).transform(corner[:, 0], corner[:, 1])
        sides = np.hypot(np.diff(east), np.diff(north))
        assert np.allclose(sides, 100, atol=1e-3)


def test_cells_are_numbered_west_to_east_and_north_to_south() -> None:
    """Codes are consecutive; each next cell lies further east in the same row, or in a row further south."""
    shape = blob(80, 0.006, seed=3)
    cells = generate_grid(village(shape), cell_m=100, levels=LEVELS)
    assert list(cells["code"]) == [f"330303001201{n:03d}" for n in range(1, len(cells) + 1)]
    west, south, east, north = shapely.bounds(shape).tolist()
    middle = shapely.get_coordinates(shapely.centroid(np.asarray(cells.geometry)))
    metres = local_metres((west + east) / 2, (south + north) / 2)
    x, y = metres.transform(middle[:, 0], middle[:, 1])
    outline = np.column_stack(metres.transform(*shapely.get_coordinates(shapely.segmentize(shape, 1e-3)).T))
    row, column = (outline[:, 1].max() - y) // 100, (x - outline[:, 0].min()) // 100
    assert (np.diff(row * 1000 + column) > 0).all()


def test_rows_and_columns_start_at_the_north_west_corner() -> None:
    """A rectangle of 250 m x 150 m in cells of 100 m: full cells in the north-west, the rest in the east and south."""
    lon, lat = local_metres(120.6, 28.0).transform([0, 250, 250, 0], [0, 0, 150, 150], direction="INVERSE")
    shape = shapely.Polygon(np.column_stack([lon, lat]))
    cells = generate_grid(village(shape), cell_m=100, levels=LEVELS)
    expected = [10_000, 10_000, 5_000, 5_000, 5_000, 2_500]
    assert np.allclose(area_m2(cells.geometry), expected, rtol=1e-3)


def test_the_frame_is_canonical() -> None:
    """Canonical columns and types; level, parent, names and period follow from the village; the input is untouched."""
    parent = village(blob(20, 0.002))
    before = parent.copy()
    cells = generate_grid(parent, cell_m=100, levels=LEVELS)
    AREAS.schema.validate(pd.DataFrame(cells[list(AREAS.columns)]))
    assert list(cells.columns) == [*AREAS.columns, "geometry"]
    assert cells.crs == parent.crs
    assert (cells["level"] == "grid").all()
    assert (cells["parent_code"] == "330303001201").all()
    assert cells["name"].iloc[0] == "area 330303001201 001"
    assert (cells["valid_from"] == parent["valid_from"].iloc[0]).all()
    pd.testing.assert_frame_equal(parent, before)


@pytest.mark.parametrize(
    ("code", "first"),
    [("330303001201", "330303001201001"), ("330303001", "330303001000001"), ("CHI32", "CHI32001")],
)
def test_codes_have_fifteen_digits_where_the_parent_follows_the_official_structure(code: str, first: str) -> None:
    """6 + 3 + 3 + 3 digits, also below a street without villages; other codes only get three digits."""
    cells = generate_grid(village(blob(20, 0.002), code=code, level="street"), cell_m=100, levels=LEVELS)
    assert cells["code"].iloc[0] == first


def test_too_many_cells_name_the_smallest_side_that_fits() -> None:
    """More than 999 cells are refused; the side that the message names works and one metre less does not."""
    shape = blob(100, 0.01)
    with pytest.raises(DataRejected, match=r"\d+ m") as refusal:
        generate_grid(village(shape), cell_m=20, levels=LEVELS)
    side = refusal.value.details["smallest_cell_m"]
    assert re.search(rf"\b{side} m", refusal.value.message) or f"{side} " in refusal.value.message
    assert len(generate_grid(village(shape), cell_m=side, levels=LEVELS)) <= 999
    with pytest.raises(DataRejected):
        generate_grid(village(shape), cell_m=side - 1, levels=LEVELS)


def test_a_cell_cut_into_pieces_stays_one_cell() -> None:
    """A village like a comb: the teeth inside one square are one cell of several pieces."""
    teeth = [shapely.box(120.6 + i * 2e-4, 28.0, 120.6 + i * 2e-4 + 1e-4, 28.0009) for i in range(4)]
    cells = generate_grid(village(shapely.union_all(teeth)), cell_m=100, levels=LEVELS)
    assert len(cells) == 1
    assert cells.geometry.iloc[0].geom_type == "MultiPolygon"


def test_distant_parts_do_not_make_empty_cells() -> None:
    """Two parts five degrees apart are one village; only squares with ground become cells."""
    shape = shapely.union(blob(30, 0.003), shapely.transform(blob(30, 0.003), lambda xy: np.add(xy, (5.0, 0.0))))
    cells = generate_grid(village(shape), cell_m=100, levels=LEVELS)
    assert not cells.geometry.is_empty.any()
    assert_partition(cells, shape)


def test_slivers_join_a_neighbour() -> None:
    """With a limit no cell with a neighbour is smaller than it; without one the same village has such cells."""
    shape = blob(200, 0.006, seed=2)
    joined = generate_grid(village(shape), cell_m=100, levels=LEVELS, merge_below_m2=2_000)
    free = generate_grid(village(shape), cell_m=100, levels=LEVELS, merge_below_m2=0)
    assert area_m2(joined.geometry).min() >= 2_000
    assert area_m2(free.geometry).min() < 2_000
    assert_partition(joined, shape)


def test_a_village_with_areas_inside_is_refused() -> None:
    """Existing areas inside the village, and a village of the lowest level itself, are refused; so is a side of 0 m."""
    shape = blob(20, 0.002)
    with pytest.raises(DataRejected):
        generate_grid(village(shape), cell_m=100, levels=LEVELS, existing_codes=["330303001201001"])
    with pytest.raises(DataRejected):
        generate_grid(village(shape, level="grid"), cell_m=100, levels=LEVELS)
    with pytest.raises(UsageError):
        generate_grid(village(shape), cell_m=0, levels=LEVELS)


@pytest.mark.real_data
@pytest.mark.skipif(not REAL.exists(), reason="../shared/data is not there")
def test_real_areas_are_partitioned() -> None:
    """Community areas of Chicago and districts of Wenzhou, islands included, are partitioned exactly."""
    chicago = gpd.read_file(REAL / "chicago" / "areas.gpkg")
    streets = chicago[chicago["level"] == "street"].iloc[::20]
    wenzhou = gpd.read_file(REAL / "wenzhou" / "wenzhou_districts_wgs84.geojson")
    for shape, cell_m in [*((s, 200) for s in streets.geometry), *((s, 4_000) for s in wenzhou.geometry)]:
        assert_partition(generate_grid(village(shape), cell_m=cell_m, levels=LEVELS), shape)
