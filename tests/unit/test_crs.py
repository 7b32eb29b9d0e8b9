"""Datums against published pairs, and areas against an independent geodesic library."""

from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import Datum, area_m2, from_datum, local_metres, outside_china, shift_geometries, to_datum, to_storage
from gis.errors import DataRejected

PUBLISHED = [
    ((31.1774276, 121.5272106), (31.1753040, 121.5315419)),
    ((22.543847, 113.912316), (22.5407961, 113.9171766)),
    ((39.911954, 116.377817), (39.9133455, 116.3840473)),
]
IN_CHINA = {"lon": st.floats(73.5, 134.5), "lat": st.floats(18.5, 53.0)}
GEOD = pyproj.Geod(ellps="WGS84")


@pytest.mark.parametrize(("true", "shifted"), PUBLISHED)
def test_gcj02_agrees_with_published_pairs(true: tuple[float, float], shifted: tuple[float, float]) -> None:
    """The shift and its inverse meet pairs (latitude, longitude) that others published, to 1e-6 degrees."""
    lon, lat = to_datum(true[1], true[0], datum="gcj02")
    assert (lat[0], lon[0]) == pytest.approx(shifted, abs=1e-6)
    lon, lat = from_datum(shifted[1], shifted[0], datum="gcj02")
    assert (lat[0], lon[0]) == pytest.approx(true, abs=1e-6)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@given(**IN_CHINA)
@settings(max_examples=150, deadline=None)
def test_the_inverse_shift_is_exact(datum: Datum, lon: float, lat: float) -> None:
    """There and back again is the same place to 1e-9 degrees, everywhere in China; and it is moved in between."""
    there = to_datum(lon, lat, datum=datum)
    back = from_datum(*there, datum=datum)
    assert (back[0][0], back[1][0]) == pytest.approx((lon, lat), abs=1e-9)
    assert np.hypot(there[0][0] - lon, there[1][0] - lat) > 1e-4


@given(**IN_CHINA)
@settings(max_examples=60, deadline=None)
def test_cgcs2000_is_stored_as_it_is(lon: float, lat: float) -> None:
    """CGCS2000 and WGS 84 are one datum here."""
    for datum in ("wgs84", "cgcs2000"):
        x, y = from_datum(lon, lat, datum=datum)
        assert (x[0], y[0]) == (lon, lat)


def test_gcj02_does_not_shift_outside_china() -> None:
    """Chicago and Helsinki stay where they are; Wenzhou moves by 300 to 700 m."""
    away = np.array([[-87.65, 41.88], [24.94, 60.17]])
    assert outside_china(away[:, 0], away[:, 1]).all()
    assert np.array_equal(np.column_stack(to_datum(*away.T, datum="gcj02")), away)
    moved = to_datum(120.65, 28.0, datum="gcj02")
    assert 300 < GEOD.inv(120.65, 28.0, moved[0][0], moved[1][0])[2] < 700


def test_geometries_shift_as_their_vertices_do() -> None:
    """A polygon in GCJ-02 comes back to its WGS 84 vertices; a missing one stays missing."""
    square = shapely.box(120.6, 28.0, 120.7, 28.1)
    shifted = shapely.transform(square, lambda xy: np.column_stack(to_datum(*xy.T, datum="gcj02")))
    back = shift_geometries(np.array([shifted, None], dtype=object), datum="gcj02")
    assert shapely.equals_exact(back[0], square, 1e-9)
    assert back[1] is None
    assert shift_geometries(np.array([square], dtype=object), datum="cgcs2000")[0] is square


@pytest.mark.parametrize("epsg", [4490, 4549, 3857])
def test_foreign_reference_systems_come_to_storage(epsg: int) -> None:
    """A frame in another system is stored in degrees at the same place."""
    here = gpd.GeoDataFrame(geometry=[shapely.Point(120.65, 28.0)], crs=4326)
    back = to_storage(here.to_crs(epsg))
    assert back.crs.to_epsg() == 4326
    assert (back.geometry.x[0], back.geometry.y[0]) == pytest.approx((120.65, 28.0), abs=1e-7)


def test_a_frame_without_reference_system_is_refused() -> None:
    """Degrees are not guessed."""
    with pytest.raises(DataRejected):
        to_storage(gpd.GeoDataFrame(geometry=[shapely.Point(120, 28)]))


def test_local_metres_are_metres() -> None:
    """One kilometre north is 1000 m north, to a millimetre."""
    lon, lat, _back = GEOD.fwd(120.65, 28.0, 0, 1000)
    east, north = local_metres(120.65, 28.0).transform(lon, lat)
    assert (east, north) == pytest.approx((0, 1000), abs=1e-3)


def square_metres(*geometries: Any) -> Any:
    """Areas of geometries, as an array."""
    return area_m2(np.array(geometries, dtype=object))


def geodesic_area(polygon: shapely.Polygon) -> float:
    """Square metres by pyproj's geodesics, with vertices so dense that a geodesic edge is the straight one."""
    dense = shapely.segmentize(polygon, 5e-5)
    return abs(float(GEOD.geometry_area_perimeter(dense)[0]))


def star(lon: float, lat: float, radii: list[float]) -> shapely.Polygon:
    """A polygon around a point, one vertex for each radius."""
    turn = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    reach = np.array(radii)
    return shapely.Polygon(np.column_stack([lon + reach * np.cos(turn), lat + reach * np.sin(turn)]))


@given(lon=st.floats(-170, 170), lat=st.floats(-65, 65), radii=st.lists(st.floats(0.005, 0.05), min_size=3, max_size=8))
@settings(max_examples=30, deadline=None)
def test_areas_agree_with_geodesics(lon: float, lat: float, radii: list[float]) -> None:
    """Square metres agree with an independent library to 1e-9, or to its own rounding over thousands of vertices."""
    polygon = star(lon, lat, radii)
    assert square_metres(polygon)[0] == pytest.approx(geodesic_area(polygon), rel=1e-9, abs=0.02)


@given(cut=st.floats(120.001, 120.099), extra=st.lists(st.floats(28.0, 28.1), max_size=6))
@settings(max_examples=80, deadline=None)
def test_parts_add_up_to_the_whole(cut: float, extra: list[float]) -> None:
    """A polygon cut in two measures the sum of its parts, whatever vertices one neighbour has on the common border."""
    border = [(cut, y) for y in sorted({28.0, 28.1, *extra})]
    west = shapely.Polygon([(120.0, 28.1), (120.0, 28.0), *border])
    east = shapely.box(cut, 28.0, 120.1, 28.1)
    whole = square_metres(shapely.box(120.0, 28.0, 120.1, 28.1))[0]
    assert square_metres(west, east).sum() == pytest.approx(whole, rel=1e-12)


def test_a_slanted_cut_adds_up_too() -> None:
    """Vertices on a slanted common border change nothing: an edge is straight in longitude and latitude."""
    along = [(120 + t * 0.1, 28 + t * 0.1) for t in (0, 0.25, 0.5, 0.75, 1)]
    upper = shapely.Polygon([*along, (120, 28.1)])
    lower = shapely.Polygon([along[0], (120.1, 28), along[-1]])
    whole = square_metres(shapely.box(120, 28, 120.1, 28.1))[0]
    assert square_metres(upper, lower).sum() == pytest.approx(whole, rel=1e-11)


def test_holes_parts_and_collections() -> None:
    """Holes are taken out, the parts of a multipolygon and the polygons of a collection added, everything else is 0."""
    outer, inner = shapely.box(120, 28, 120.1, 28.1), shapely.box(120.02, 28.02, 120.03, 28.03)
    away = shapely.box(121, 28, 121.1, 28.1)
    size = dict(zip("oia", square_metres(outer, inner, away), strict=True))
    ring: Any = shapely.difference(outer, inner)
    geometries: list[Any] = [
        ring,
        shapely.MultiPolygon([ring, away]),
        shapely.GeometryCollection([shapely.MultiPolygon([away]), shapely.Point(1, 1), outer]),
        shapely.Point(120, 28),
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.Polygon(),
        None,
    ]
    expected = [size["o"] - size["i"], size["o"] - size["i"] + size["a"], size["a"] + size["o"], 0, 0, 0, 0]
    assert square_metres(*geometries).tolist() == pytest.approx(expected, rel=1e-12)
    assert square_metres().tolist() == []
    assert square_metres(outer.reverse())[0] == size["o"]


def test_web_mercator_would_be_wrong() -> None:
    """The control: square metres in Web Mercator are 1.36 times too many at 31 degrees north."""
    square = gpd.GeoSeries([shapely.box(121.0, 30.99, 121.01, 31.01)], crs=4326)
    ratio = square.to_crs(3857).area[0] / square_metres(square[0])[0]
    assert ratio == pytest.approx(1.36, abs=0.01)
