"""The responsibility page as text: what is written into it, and what is not."""

import base64
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from maps.assets import FOLDER
from maps.compact import packed_json, polygons_to_json, script_json
from maps.outreach import OUTREACH
from maps.responsibility import CHINA, ResponsibilityData, TiledSummary, render, render_tiled, summarise, zooms
from maps.texts import RESPONSIBILITY
from tests.maps.conftest import NASTY, small_district

BLOCK = re.compile(r'<script type="(application/\w+)" id="wangge-(\w+)">(.*?)</script>', re.DOTALL)


def blocks(page: str) -> dict[str, Any]:
    """The data of a page, by name."""
    found = {}
    for media_type, name, text in BLOCK.findall(page):
        plain = gzip.decompress(base64.b64decode(text)).decode() if media_type == "application/gzip" else text
        found[name] = json.loads(plain)
    return found


@pytest.mark.parametrize("threshold", [2000, 3])
def test_only_the_given_columns_are_written(small: ResponsibilityData, threshold: int) -> None:
    """A column that the caller did not select is nowhere in the page; the control is the same page with it."""
    secret = small.areas.assign(dwellings=["secret-7351"] * len(small.areas))
    without = blocks(render(small, lang="zh", standalone=True, threshold=threshold))["data"]
    with_it = blocks(render(replace(small, areas=secret), lang="zh", standalone=True, threshold=threshold))["data"]
    assert "secret-7351" not in json.dumps(without)
    assert "secret-7351" in json.dumps(with_it)
    assert set(without["areas"]) == {"code", "name", "level", "parent_code", "officer", "state", "shape"}
    assert set(without["facilities"]) == {"code", "name", "kind", "area_code", "orphan", "lon", "lat"}


def test_data_arrives_as_it_was(small: ResponsibilityData) -> None:
    """Packed or not, the page holds the same values; missing ones are null."""
    plain = blocks(render(small, lang="zh", standalone=True))["data"]
    packed = blocks(render(small, lang="zh", standalone=True, threshold=0))["data"]
    assert plain == packed
    assert plain["areas"]["officer"][3] is None
    assert plain["areas"]["parent_code"][0] is None
    assert plain["gaps"] == small.gaps


def test_names_cannot_leave_their_place() -> None:
    """A name with markup, quotes and line separators adds no element and no script to the page."""
    nice = render(small_district(), lang="zh", standalone=True)
    nasty = render(small_district(name=NASTY), lang="zh", standalone=True)
    assert blocks(nasty)["data"]["areas"]["name"][0] == NASTY + "0"
    for tag in ("<script", "</script", "<img", "<"):
        assert nasty.count(tag) == nice.count(tag)
    assert "\u2028" not in nasty
    assert "49" not in blocks(nasty)["data"]["areas"]["name"][0]


@given(st.text(), st.integers() | st.none())
def test_script_json_is_json_without_markup(text: str, number: int | None) -> None:
    """Any value comes back from the page as it went in, and brings no angle bracket with it."""
    written = script_json({text: [number, text]})
    assert "<" not in written
    assert json.loads(written) == {text: [number, text]}
    assert json.loads(gzip.decompress(base64.b64decode(packed_json({text: number})))) == {text: number}


def unpack(shape: dict[str, Any]) -> list[list[list[Any]]]:
    """What the browser does with packed polygons."""
    xy = np.column_stack([np.cumsum(shape["x"]), np.cumsum(shape["y"])]) / shape["steps"]
    rings = iter(np.split(xy, np.cumsum(shape["vertices"])[:-1]) if shape["vertices"] else [])
    counts = iter(shape["rings"])
    return [[[next(rings) for _r in range(next(counts))] for _p in range(n)] for n in shape["polygons"]]


centres = st.tuples(st.floats(73, 135), st.floats(18, 53))


@given(st.lists(st.lists(centres, max_size=3), max_size=4))
def test_polygons_survive_packing(rows: list[list[tuple[float, float]]]) -> None:
    """Every ring of every polygon comes back within half a millionth of a degree; rows without ground stay empty."""

    def ring(x: float, y: float) -> shapely.Polygon:
        outer, inner = (shapely.Point(x, y).buffer(radius, quad_segs=2) for radius in (0.01, 0.004))
        return shapely.Polygon(outer.exterior, [inner.exterior])

    shapes = [shapely.MultiPolygon([ring(x, y) for x, y in row]) for row in rows]
    back = unpack(polygons_to_json(np.array([*shapes, None], dtype=object)))
    assert len(back) == len(rows) + 1
    assert back[-1] == []
    for shape, polygons in zip(shapes, back, strict=False):
        flat = [r for polygon in polygons for r in polygon]
        expected = [np.array(r.coords)[:-1] for p in shape.geoms for r in (p.exterior, *p.interiors)]
        assert len(flat) == len(expected)
        for got, want in zip(flat, expected, strict=True):
            assert np.abs(got - want).max() <= 0.5e-6 + 1e-9


@pytest.mark.parametrize(
    ("standalone", "threshold", "renderer"),
    [
        (True, 2000, "paths"),
        (True, 5, "packed"),
        (False, 2000, "paths"),
        (False, 5, "tiles"),
        (True, 6, "paths"),
    ],
)
def test_weight_follows_the_number_of_polygons(
    small: ResponsibilityData, standalone: bool, threshold: int, renderer: str
) -> None:
    """Above the threshold a file is packed and a served page is light; at or below it both are plain."""
    page = render(small, lang="zh", standalone=standalone, threshold=threshold)
    facts = blocks(page)["page"]
    assert facts["renderer"] == renderer
    assert facts["served"] is not standalone
    assert ("data" in blocks(page)) == (renderer != "tiles")
    assert ("maplibre-gl" in page) == (renderer != "paths")


def test_light_page_knows_no_place_by_name(small: ResponsibilityData) -> None:
    """The light page carries counts and bounds and none of the data."""
    page = render_tiled(summarise(small), lang="zh")
    assert "330399001" not in page
    assert "王敏" not in page
    assert blocks(page)["page"]["counts"]["village"] == {"covered": 1, "vacant": 1, "doubled": 0}


def test_page_states_its_day(small: ResponsibilityData) -> None:
    """The day, and the moment of knowledge where one was asked for, are in the page."""
    known = datetime(2026, 5, 1, 8, 30, tzinfo=UTC)
    facts = blocks(render(replace(small, known=known), lang="en", standalone=True))["page"]
    assert (facts["on"], facts["known"]) == ("2026-06-01", "2026-05-01T08:30:00+00:00")
    assert blocks(render(small, lang="en", standalone=True))["page"]["known"] is None


@pytest.mark.parametrize(("lang", "title"), [("zh", "责任地图"), ("en", "Responsibility map")])
def test_both_languages_are_in_the_page(small: ResponsibilityData, lang: Any, title: str) -> None:
    """The page starts in the language asked for and carries both, every text in each."""
    page = render(small, lang=lang, standalone=True)
    texts = blocks(page)["page"]["texts"]
    assert f"<title>{title}</title>" in page
    assert set(texts["zh"]) == set(texts["en"]) == set(RESPONSIBILITY)
    assert all(re.search("[\u4e00-\u9fff]", text) for text in texts["zh"].values())


SHARED = ("text", "data", "markers", "labels", "detail", "panel", "search", "page", "paths", "patterns", "gl", "frame")


@pytest.mark.parametrize(("theme", "texts"), [("responsibility", RESPONSIBILITY), ("outreach", OUTREACH)])
def test_scripts_use_texts_that_exist(theme: str, texts: Mapping[str, str]) -> None:
    """Every literal key in the scripts and the skeleton of a page is a text of it, and its own texts are used."""
    files = [*(f"{name}.js" for name in (*SHARED, theme)), "page-body.html"]
    scripts = "".join((FOLDER / "static" / name).read_text(encoding="utf-8") for name in files)
    used = set(re.findall(r'\bt\("(\w+)"', scripts)) | set(re.findall(r'data-(?:text|label|hint)="(\w+)"', scripts))
    assert used <= set(texts), used - set(texts)
    words = set(re.findall(r"[A-Za-z_]+", scripts))
    columns = {"area_code", "address", "hours", "dwellings", "district", "street", "village", "grid"}
    columns |= {"sessions", "reach", "last", "days_since"}
    own = set(texts) - columns - (set(RESPONSIBILITY) if theme != "responsibility" else set())
    assert {key for key in own if key not in words and not key.endswith("_hint")} == set()


def test_same_data_gives_the_same_bytes(small: ResponsibilityData) -> None:
    """Rendering twice gives one and the same page."""
    assert render(small, lang="zh", standalone=True) == render(small, lang="zh", standalone=True)


def test_empty_district_has_a_page(small: ResponsibilityData) -> None:
    """Without any area or facility the page opens on the whole country."""
    nothing = ResponsibilityData(
        small.areas.iloc[:0], small.faults.iloc[:0], small.facilities.iloc[:0], small.levels, small.on, None, {}
    )
    facts = blocks(render(nothing, lang="zh", standalone=True))["page"]
    assert tuple(facts["bounds"]) == CHINA


def test_facility_without_a_point_is_left_out(small: ResponsibilityData) -> None:
    """A facility that has no point cannot stand on a map, and does not break it."""
    facilities = small.facilities.copy()
    facilities.loc[1, "geometry"] = None
    data = blocks(render(replace(small, facilities=facilities), lang="zh", standalone=True))["data"]
    assert data["facilities"]["code"] == ["F1"]


def test_days_are_written_as_days(small: ResponsibilityData) -> None:
    """A column of days goes out as YYYY-MM-DD, an open end as null."""
    days = pd.to_datetime(pd.Series(["2025-01-01", None, None, None, None, None])).astype("datetime64[s]")
    data = blocks(render(replace(small, areas=small.areas.assign(valid_from=days)), lang="zh", standalone=True))["data"]
    assert data["areas"]["valid_from"][:2] == ["2025-01-01", None]


@given(st.lists(st.integers(1, 400), min_size=4, max_size=4))
def test_lower_levels_come_at_nearer_zooms(factors: list[int]) -> None:
    """The more areas a level has, the nearer the map must be to show it; the highest level shows always."""
    levels = ("district", "street", "village", "grid")
    numbers = np.cumprod([1, *factors[1:]])
    counts = {level: {"covered": int(n)} for level, n in zip(levels, numbers, strict=True)}
    shown = zooms(TiledSummary((120.0, 28.0, 120.5, 28.4), levels, counts, date(2026, 1, 1), None))
    assert shown["district"] == 0
    assert all(a <= b for a, b in pairwise(shown.values()))


def test_a_level_in_one_corner_waits_for_its_own_size() -> None:
    """Few grids in a corner of the city are as small as they are: they do not hide the streets at its whole extent."""
    levels, counts = ("district", "street", "grid"), {"district": {}, "street": {"vacant": 77}, "grid": {"covered": 86}}
    city = (-87.9, 41.6, -87.5, 42.0)
    whole = TiledSummary(city, levels, counts, date(2026, 1, 1), None)
    corner = TiledSummary(city, levels, counts, date(2026, 1, 1), None, sides={"street": 0.03, "grid": 0.002})
    assert zooms(whole)["grid"] - zooms(whole)["street"] < 1, "as if the grids covered the city: the control"
    assert zooms(corner)["grid"] - zooms(corner)["street"] > 3
