"""The map of care within reach: what is shaded, what is told, and what is never written."""

import json
import re
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gis.analysis.access.care import sum_by_area
from gis.analysis.travel.isochrones import draw_discs
from gis.texts import use_language
from maps.access import AccessData, render, shade

LIMITS = (30, 60)


def make_data(*demands: float) -> AccessData:
    """Two villages side by side, the second 45 minutes away from the only site; demand of one cell each."""
    shapes = [shapely.box(120.0, 28.0, 120.01, 28.01), shapely.box(120.01, 28.0, 120.02, 28.01)]
    areas = gpd.GeoDataFrame(
        {"code": ["1", "2"], "name": ["东村", "西村</script>"], "level": "village", "parent_code": [None, None]},
        geometry=shapes,
        crs=4326,
    )
    people = pd.Series(demands)
    cells = pd.DataFrame({"demand": people, "low": 0.8 * people, "high": 1.2 * people, "visits": 8 * people})
    cells = cells.assign(nearest_minutes=[5.0, 45.0], access=0.7, served=4 * people, area_code=["1", "2"])
    sums = sum_by_area(cells, areas, LIMITS)
    wide = pd.concat([sums.add_prefix("walk_"), sums.add_prefix("drive_")], axis=1).set_axis(areas.index)
    points = gpd.points_from_xy([120.005, 120.015], [28.005, 28.005])
    site = {
        "code": ["F1"],
        "name": ["卫生院"],
        "kind": ["医院"],
        "address": [None],
        "hours": ["08:00"],
        "capacity": 900.0,
    }
    return AccessData(
        areas=areas.join(wide),
        cells=gpd.GeoDataFrame(cells, geometry=points, crs=4326),
        sites=gpd.GeoDataFrame(site, geometry=points[:1], crs=4326),
        isochrones={"walk": draw_discs([[120.005, 28.005]], [15, 30, 60], metres_per_minute=60.0)},
        straight={"walk": True, "drive": True},
        limits=LIMITS,
        levels=("village",),
        on=date(2026, 6, 1),
        known=None,
    )


def block(html: str) -> dict[str, Any]:
    """The data that the page holds."""
    found = re.search(r'<script[^>]*id="wangge-data"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_shares_are_stepped_and_limits_kept_apart() -> None:
    """Who is 45 minutes away is beyond 30 and not beyond 60."""
    areas = shade(make_data(40.0, 20.0).areas, LIMITS)
    assert areas["state"].tolist() == ["within", "beyond"]
    assert areas["walk_0"].tolist() == [0, 4]
    assert areas["walk_1"].tolist() == [0, 0]
    assert areas[["walk_0_people", "walk_0_low", "walk_0_high"]].to_numpy()[1].tolist() == [20, 16, 24]


def test_few_people_are_not_told() -> None:
    """An area with a demand under five has no figures at all; a part under five is written as such."""
    areas = shade(make_data(4.0, 20.0).areas, LIMITS)
    assert areas["state"].tolist() == ["few", "beyond"]
    assert areas.loc[0, ["demand", "walk_0_people", "walk_served"]].isna().all()
    assert pd.isna(areas.loc[0, "walk_0"])
    assert shade(make_data(0.0, 5.2).areas, LIMITS).loc[1, ["demand", "walk_0_low"]].tolist() == [5, "<5"]


def test_of_a_cell_only_its_place_and_class_are_written() -> None:
    """No demand of a cell stands in the page, whatever its size; control: its class does."""
    html = render(make_data(3.1417, 77.7531), lang="zh", standalone=True)
    assert block(html)["extra"]["cells"]["class"] == [0, 4]
    assert set(block(html)["extra"]["cells"]) == {"lon", "lat", "class"}
    for number in ("3.1417", "77.75"):
        assert number not in html


def test_the_page_speaks_both_languages_and_says_what_is_modelled() -> None:
    """The sentence on the model and that on straight lines are there; names stay text; no network is asked."""
    with use_language("en"):
        html = render(make_data(40.0, 20.0), lang="en", standalone=True)
    assert "nobody is counted" in html
    assert "Straight lines, no roads" in html
    assert "西村</script>" not in html
    assert "connect-src 'none'" in html.replace("&#39;", "'")


def test_what_a_reader_must_know_stands_on_the_map() -> None:
    """Notes, such as that the roads do not cover a place, are in the page; a control without any has none."""
    told = AccessData(**{**vars(make_data(40.0, 20.0)), "notes": ("the roads end here",)})
    assert "the roads end here" in render(told, lang="en", standalone=True)
    assert '"notes":[]' in render(make_data(40.0, 20.0), lang="en", standalone=True)


def test_nothing_stored_is_a_map_too() -> None:
    """No demand, no sites: areas without figures."""
    data = make_data(0.0, 0.0)
    empty = AccessData(**{**vars(data), "cells": data.cells.iloc[:0], "sites": data.sites.iloc[:0], "isochrones": {}})
    assert shade(empty.areas, LIMITS)["state"].tolist() == ["empty", "empty"]
    assert "<html" in render(empty, lang="zh", standalone=False)


@pytest.mark.parametrize("threshold", [0, 2000])
def test_many_areas_are_packed(threshold: int) -> None:
    """Above the threshold the same data is packed and drawn by the other renderer."""
    html = render(make_data(40.0, 20.0), lang="zh", standalone=True, threshold=threshold)
    assert ('"renderer":"packed"' in html) is (threshold == 0)
