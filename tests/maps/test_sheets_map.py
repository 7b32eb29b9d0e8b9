"""The printed map: true to scale, honest about states, small enough to send."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from gis.texts import use_language
from maps.responsibility import ResponsibilityData
from maps.sheets import responsibility_sheet
from maps.sheets.drawing import FILLS, draw_map
from maps.sheets.ground import choose_areas, lay_ground
from maps.sheets.labels import Board
from tests.maps.conftest import NASTY, box, small_district

SVG = "{http://www.w3.org/2000/svg}"


def drawn(data: ResponsibilityData) -> ET.Element:
    """The map as a tree, in English."""
    with use_language("en"):
        picture = draw_map(data)
    assert picture is not None
    return ET.fromstring(picture.svg)


def count_filled(tree: ET.Element, state: str) -> int:
    """Areas that are painted in the colour of this state."""
    return sum(len(group) for group in tree.findall(f"{SVG}g[@fill='{FILLS[state]}']"))


def brickwork(small: ResponsibilityData, side: int, *, wave: float = 0.0) -> ResponsibilityData:
    """`side` x `side` grids in one village, laid like bricks, every tenth vacant; borders wave by so many degrees."""
    edges = np.linspace(0, 0.4, side + 1)
    west, south = (axis.ravel() for axis in np.meshgrid(edges[:-1], edges[:-1]))
    east, north = (axis.ravel() for axis in np.meshgrid(edges[1:], edges[1:]))
    shift = np.arange(side * side) // side % 2 * 0.2 / side
    west, east = west + shift, east + shift
    cells = shapely.segmentize(shapely.box(120 + west, 30 + south, 120 + east, 30 + north), 0.4 / side / 39.5)
    cells = shapely.transform(cells, lambda xy: xy.round(9) + wave * np.sin(xy.round(9)[:, ::-1] * 3e3))
    codes = [f"G{n:06d}" for n in range(side * side)]
    state = np.where(np.arange(side * side) % 10 == 0, "vacant", "covered")
    grids = {"code": codes, "name": codes, "level": "grid", "parent_code": "V", "officer": "王敏", "state": state}
    village = {"code": ["V"], "name": ["V"], "level": "village", "officer": "王敏", "state": "covered"}
    whole = gpd.GeoDataFrame(village, geometry=[shapely.union_all(cells)], crs=4326)
    areas = pd.concat([whole, gpd.GeoDataFrame(grids, geometry=cells, crs=4326)], ignore_index=True)
    return replace(small, areas=areas, faults=small.faults[:0], facilities=small.facilities[:0])


def test_every_state_is_painted(small: ResponsibilityData) -> None:
    """Each area of the lowest level at its place is painted once: the divided village only through its grids."""
    tree = drawn(small)
    assert {state: count_filled(tree, state) for state in FILLS} == {"covered": 1, "vacant": 1, "doubled": 1}


def test_state_is_told_by_pattern_too(small: ResponsibilityData) -> None:
    """Vacant and doubled have patterns of their own, for copies in grey."""
    patterns = {pattern.get("id") for pattern in drawn(small).iter(f"{SVG}pattern")}
    assert {f"url(#{name})" for name in patterns} == {FILLS["vacant"], FILLS["doubled"]}


def test_scale_is_true(small: ResponsibilityData) -> None:
    """Distances on paper are those on the ground within 0.1 %, in all directions."""
    ground = lay_ground(small, highest_mm=150)
    geod = pyproj.Geod(ellps="WGS84")
    west, south = 120.605, 28.002
    for lon, lat in ((120.635, 28.002), (120.605, 28.018), (120.63, 28.015)):
        _there, _back, metres = geod.inv(west, south, lon, lat)
        a, b = ground.place(np.asarray([shapely.Point(west, south), shapely.Point(lon, lat)]))
        assert shapely.distance(a, b) * ground.metres == pytest.approx(metres, rel=1e-3)


def test_north_is_up(small: ResponsibilityData) -> None:
    """A place further north is higher on the paper, and everything lies within the frame."""
    ground = lay_ground(small, highest_mm=150)
    north, south = ground.place(np.asarray([shapely.Point(120.62, 28.02), shapely.Point(120.62, 28.0)]))
    assert north.y < south.y
    west, top, east, low = shapely.total_bounds(ground.place(small.areas.geometry.to_numpy()))
    assert 0 < west < east < ground.width
    assert 0 < top < low < ground.height


def test_neighbours_keep_their_border(small: ResponsibilityData) -> None:
    """Simplified areas still fit together: no slit, no overlap. The control simplifies each alone."""
    data = brickwork(small, 12, wave=1e-4)
    ground = lay_ground(data, highest_mm=150)
    grids = choose_areas(data, ground).painted.geometry.to_numpy()
    placed = ground.place(data.areas.geometry.to_numpy()[1:])
    assert shapely.coverage_is_valid(placed)
    assert shapely.get_num_coordinates(grids).sum() < shapely.get_num_coordinates(placed).sum()
    assert shapely.coverage_is_valid(grids)
    assert not shapely.coverage_is_valid(shapely.simplify(placed, 6))


def test_two_thousand_areas_stay_small(small: ResponsibilityData) -> None:
    """With 2,000 areas of 160 vertices each the report is under 2 MB."""
    data = brickwork(small, 45, wave=1e-4)
    assert shapely.get_num_coordinates(data.areas.geometry.to_numpy()).sum() > 300_000
    assert len(responsibility_sheet(data, lang="en")) < 2_000_000


def test_what_is_too_small_to_be_drawn_is_not_hidden(small: ResponsibilityData) -> None:
    """Where grids are too small for paper the villages are drawn, and over them the vacant grids."""
    data = brickwork(small, 110)
    tree = drawn(data)
    assert (count_filled(tree, "covered"), count_filled(tree, "vacant")) == (1, 1210)


def test_names_are_text_in_the_picture() -> None:
    """No name adds an element to the picture."""
    plain, nasty = (drawn(small_district(name=name)) for name in ("和平", NASTY[:12]))
    kinds = {element.tag for element in plain.iter()}
    assert {element.tag for element in nasty.iter()} == kinds


def test_facilities_beyond_the_frame_are_counted(small: ResponsibilityData) -> None:
    """An orphan far away is not drawn, and the picture says how many are not."""
    picture = draw_map(small)
    assert picture is not None
    assert picture.outside == 1


def test_names_do_not_lie_upon_each_other() -> None:
    """A second name at the same place goes above or below the first, and one without room is left out."""
    board = Board(1000, 1000)
    shape = shapely.box(100, 100, 900, 900)
    labels = [board.put("和平街道", shape, size=100, within=False) for _ in range(9)]
    placed = [label.box for label in labels if label is not None]
    assert 3 <= len(placed) < 9
    for n, (west, north, east, south) in enumerate(placed):
        for left, top, right, low in placed[n + 1 :]:
            assert east <= left or right <= west or south <= top or low <= north


def test_odd_geometry_is_drawn(small: ResponsibilityData) -> None:
    """Areas in several parts or with a hole, without a shape, and gaps without one are no obstacle."""
    shapes = small.areas.geometry.to_numpy().copy()
    shapes[3] = shapely.union(box(2, 0, 3, 1), box(3.2, 1.2, 4, 2))
    shapes[4] = box(0, 0, 1, 2).difference(box(0.3, 0.3, 0.6, 0.6))
    shapes[5] = None
    faults = small.faults.set_geometry(gpd.GeoSeries([None], crs=4326))
    odd = replace(small, areas=small.areas.set_geometry(gpd.GeoSeries(shapes, crs=4326)), faults=faults)
    tree = drawn(odd)
    assert count_filled(tree, "vacant") == 1
    vacant = tree.find(f"{SVG}g[@fill='{FILLS['vacant']}']/{SVG}path")
    assert vacant is not None
    assert vacant.get("d", "").count("M") == 2
