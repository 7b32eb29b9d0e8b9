"""The map of a sweep as text: what is written into it, and what is not."""

import re

import geopandas as gpd
import pytest
import shapely

from maps.field_texts import FIELD
from maps.page import STATIC
from maps.sweep import SWEEP, SweepMap, render_sweep
from tests.maps.conftest import NASTY
from tests.maps.test_own_grid import block

BASE = (120.82, 27.93)


def sweep(name: str = "门诊部", *, straight_line: bool = False) -> SweepMap:
    """One route of two stops, and one facility that is not visited."""
    places = [(120.83, 27.94), (120.84, 27.95), (120.9, 27.9)]
    stops = gpd.GeoDataFrame(
        {
            "code": ["F1", "F2", "F3"],
            "name": [name, "B", "C"],
            "kind": ["诊所", None, name],
            "must": [True, False, False],
            "team": [name, name, None],
            "day": ["2026-11-23", "2026-11-23", None],
            "number": [1, 2, None],
            "arrive": ["09:10", "10:00", None],
            "leave": ["09:50", "10:40", None],
            "reason": [None, None, name],
        },
        geometry=[shapely.Point(place) for place in places],
        crs=4326,
    ).astype({"number": "Int64"})
    line = shapely.LineString([BASE, *places[:2], BASE])
    route = {"team": name, "day": "2026-11-23", "visits": 2, "minutes": 130, "km": 8.25, "leaves": "09:00"}
    routes = gpd.GeoDataFrame([{**route, "returns": "11:00", "start": name, "end": name}], geometry=[line], crs=4326)
    homes = gpd.GeoDataFrame({"name": [name], "teams": [name]}, geometry=[shapely.Point(BASE)], crs=4326)
    outline = gpd.GeoDataFrame({"code": ["330303"], "name": [name]}, geometry=[shapely.box(120, 27, 121, 28)], crs=4326)
    return SweepMap(stops, routes, homes, outline, straight_line)


@pytest.mark.parametrize("standalone", [True, False])
def test_stops_are_numbered_and_lines_keep_their_order(*, standalone: bool) -> None:
    """Numbers, times and corners are written as they are; a facility without a visit has none of them."""
    data = block(render_sweep(sweep(), lang="zh", standalone=standalone))
    assert data["stops"]["number"] == [1, 2, None]
    assert data["stops"]["arrive"] == ["09:10", "10:00", None]
    assert data["stops"]["reason"] == [None, None, "门诊部"]
    assert data["routes"]["line"] == [[[120.82, 27.93], [120.83, 27.94], [120.84, 27.95], [120.82, 27.93]]]


def test_it_is_said_where_times_are_no_times_on_roads() -> None:
    """The page knows it, and its control, the plan on roads, does not."""
    pages = [render_sweep(sweep(straight_line=flag), lang="zh", standalone=True) for flag in (True, False)]
    assert [block(page, "page")["straight_line"] for page in pages] == [True, False]


def test_names_cannot_leave_their_place() -> None:
    """A name with markup, quotes and line separators adds no element and no script, whoever has it."""
    nice, nasty = (render_sweep(sweep(name), lang="zh", standalone=True) for name in ("门诊部", NASTY))
    for tag in ("<script", "</script", "<img", "<"):
        assert nasty.count(tag) == nice.count(tag)


def test_a_file_for_the_disk_asks_nobody() -> None:
    """It names no address of a host, and links to no page of the application."""
    page = render_sweep(sweep(), lang="zh", standalone=True)
    assert not re.search(r"""<(?:script|link|img)[^>]+(?:src|href)=["'](?:https?:)?//""", page)
    assert block(page, "page")["served"] is False


def test_no_text_of_the_map_is_idle() -> None:
    """Every text of its own is named by its script."""
    source = (STATIC / "sweep.js").read_text(encoding="utf-8")
    own = set(SWEEP) - set(FIELD) - {"title_sweep"}
    named = set(re.findall(r'"([a-z_]+)"', source))
    assert own <= named
