"""The small maps of the field as text: what is written into them, and what is not."""

import json
import re
from collections.abc import Callable
from typing import Any, Literal

import geopandas as gpd
import pytest
import shapely

from maps.field_texts import FIELD
from maps.own_grid import render_editor, render_own_grid
from maps.page import STATIC
from maps.premises import render_premises
from maps.responsibility import ResponsibilityData
from tests.maps.conftest import NASTY, small_district


def block(page: str, name: str = "data") -> Any:
    """A data block of a page."""
    found = re.search(rf'id="wangge-{name}">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def parts(data: ResponsibilityData) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """An own area, its neighbours and its facilities."""
    areas = data.areas[["code", "name", "level", "geometry"]]
    neighbours = areas.iloc[5:].assign(officer="李强", department=None)
    return areas.iloc[4:5], neighbours, data.facilities.iloc[:1].assign(licence="lapsed")


def test_only_the_given_columns_are_written(small: ResponsibilityData) -> None:
    """The own area is written without whatever else its row holds; the control is a column of the neighbours."""
    area, neighbours, facilities = parts(small)
    page = render_own_grid(area.assign(dwellings="secret-7351"), neighbours, facilities, lang="zh")
    assert "secret-7351" not in page
    assert "secret-7351" in render_own_grid(area, neighbours.assign(x="secret-7351"), facilities, lang="zh")


def test_names_cannot_leave_their_place() -> None:
    """A name with markup, quotes and line separators adds no element and no script to any of the maps."""
    renderers: tuple[Callable[[ResponsibilityData], str], ...] = (
        lambda data: render_own_grid(*parts(data), lang="zh"),
        lambda data: render_editor("boundary", parts(data)[0], *parts(data), lang="zh"),
        lambda data: render_premises(parts(data)[2], parts(data)[0], lang="zh"),
    )
    for render in renderers:
        nice, nasty = render(small_district()), render(small_district(name=NASTY))
        for tag in ("<script", "</script", "<img", "<"):
            assert nasty.count(tag) == nice.count(tag)


@pytest.mark.parametrize("kind", ["boundary", "point"])
def test_the_editor_starts_from_every_digit(small: ResponsibilityData, kind: Literal["boundary", "point"]) -> None:
    """Corners are not rounded, as they are in maps to look at: what nobody moves does not part from its neighbour."""
    area, neighbours, facilities = parts(small)
    exact = shapely.box(120.600_000_012_345, 28.0, 120.61, 28.02)
    target = area.set_geometry([exact]) if kind == "boundary" else facilities
    page = render_editor(kind, target, area, neighbours, facilities, lang="zh")
    assert shapely.from_geojson(json.dumps(block(page)["geometry"])).equals_exact(target.geometry.iloc[0], 0)
    assert block(page, "page")["kind"] == kind


def test_an_orphan_is_moved_on_ground_of_nobody(small: ResponsibilityData) -> None:
    """A facility in no area has an editor too, around its point."""
    none, facilities = small.areas.iloc[:0][["code", "name", "level", "geometry"]], small.facilities.iloc[1:]
    page = render_editor("point", facilities, none, none, facilities.iloc[:0], lang="en")
    west, south, east, north = block(page, "page")["bounds"]
    assert west < facilities.geometry.iloc[0].x < east
    assert south < facilities.geometry.iloc[0].y < north


def test_every_script_may_run_and_nothing_comes_from_elsewhere(small: ResponsibilityData) -> None:
    """The policy names each script, forbids inline ones, and no address of another host is in the page."""
    page = render_own_grid(*parts(small), lang="zh")
    assert "script-src 'self' 'sha256-" in page
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)


def test_no_text_of_the_maps_is_idle() -> None:
    """No text is carried along that no script names; states of a licence are named by the data."""
    names = ("field.js", "own_grid.js", "edit_shape.js", "premises.js", "data.js")
    source = "".join((STATIC / name).read_text(encoding="utf-8") for name in names)
    named = set(re.findall(r'"([a-z_]+)"', source))
    others = {"map", "title_premises", "title_grid", "title_edit", "valid", "lapsed", "none"}
    assert set(FIELD) - others <= named
