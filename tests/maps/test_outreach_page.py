"""The outreach page: what is written into it, how areas are shaded, and that it says both languages."""

import json
import re
from datetime import date
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.outreach import COUNTS, OUTREACH, OutreachData, legend, render, shade
from tests.maps.conftest import NASTY, SQUARES, box
from tests.maps.test_responsibility_page import blocks

ON = date(2026, 6, 1)


def small(*, name: str = "和平", days: int = 180) -> OutreachData:
    """Six areas: two with sessions, one with an old one, the others without any."""
    last = pd.to_datetime(pd.Series(["2026-05-30", "2026-01-15", None, "2024-03-01", None, None]))
    areas = gpd.GeoDataFrame(
        {
            "code": [s.code for s in SQUARES],
            "name": [f"{name}{i}" for i in range(len(SQUARES))],
            "level": [s.level for s in SQUARES],
            "parent_code": [s.parent for s in SQUARES],
            "sessions": [7, 1, 0, 0, 0, 0],
            "reach": [300, 20, 0, 0, 0, 0],
            "last": last.astype("datetime64[s]"),
        },
        geometry=[box(*s.box) for s in SQUARES],
        crs=4326,
    )
    return OutreachData(areas, ("district", "street", "village", "grid"), ON, None, days)


def test_areas_without_a_session_are_marked_and_never_shaded() -> None:
    """Recent and many are dark, old and few are pale; an area whose last session is before the window is missed."""
    areas = blocks(render(small(), lang="zh", standalone=True))["data"]["areas"]
    assert areas["state"] == ["reached", "reached", *["missed"] * 4]
    assert areas["age"] == [4, 1, None, None, None, None]
    assert areas["count"] == [3, 0, None, None, None, None]
    assert areas["last"][:4] == ["2026-05-30", "2026-01-15", None, "2024-03-01"]
    assert areas["days_since"][:3] == [2, 137, None]


def test_counts_and_window_are_in_the_page() -> None:
    """The page states its day, its window, and how many areas of each level were reached."""
    facts = blocks(render(small(days=30), lang="en", standalone=True))["page"]
    assert (facts["on"], facts["days"]) == ("2026-06-01", 30)
    assert facts["counts"]["district"] == {"reached": 1, "missed": 0}
    assert facts["counts"]["village"] == {"reached": 0, "missed": 2}
    assert facts["steps"]["age"][4] == [0, 5]


@given(days=st.integers(1, 2000), age=st.integers(0, 1999), sessions=st.integers(1, 500))
def test_every_area_falls_into_the_step_that_its_legend_names(days: int, age: int, sessions: int) -> None:
    """The steps follow each other without a gap, and an area's numbers lie within what the legend says of its step."""
    age = min(age, days - 1)
    frame = small().areas.iloc[:1].assign(sessions=sessions, last=pd.Timestamp(ON) - pd.Timedelta(days=age))
    row = shade(frame, on=ON, days=days).iloc[0]
    steps = legend(days)
    for way, value in (("age", age), ("count", sessions)):
        found = steps[way][int(row[way])]
        assert found is not None
        assert found[0] <= value <= (np.inf if found[1] is None else found[1])
    spans = sorted(span for span in steps["age"] if span is not None)
    assert (spans[0][0], spans[-1][1]) == (0, days - 1)
    assert all(other[0] == (one[1] or 0) + 1 for one, other in pairwise(spans))
    assert len(steps["count"]) == len(COUNTS)


@pytest.mark.parametrize("threshold", [2000, 3])
def test_only_the_named_columns_are_written(threshold: int) -> None:
    """A column that the map does not name is nowhere in the page, packed or not."""
    data = small()
    secret = OutreachData(data.areas.assign(dwellings="secret-7351"), data.levels, ON, None, 180)
    content = blocks(render(secret, lang="zh", standalone=True, threshold=threshold))["data"]
    assert "secret-7351" not in json.dumps(content)
    columns = {"code", "name", "level", "parent_code", "sessions", "reach", "last", "state", "days_since"}
    assert set(content["areas"]) == columns | {"age", "count", "shape"}
    assert content["facilities"] == {"code": [], "lon": [], "lat": []}


def test_names_cannot_leave_their_place() -> None:
    """A name with markup adds no element and no script to the page."""
    nice, nasty = (render(small(name=name), lang="zh", standalone=True) for name in ("和平", NASTY))
    assert blocks(nasty)["data"]["areas"]["name"][0] == NASTY + "0"
    for tag in ("<script", "</script", "<img", "<"):
        assert nasty.count(tag) == nice.count(tag)


@pytest.mark.parametrize(("lang", "title"), [("zh", "宣传活动地图"), ("en", "Outreach map")])
def test_both_languages_are_in_the_page(lang: Any, title: str) -> None:
    """The page starts in the language asked for and carries both."""
    page = render(small(), lang=lang, standalone=True)
    texts = blocks(page)["page"]["texts"]
    assert f"<title>{title}</title>" in page
    assert set(texts["zh"]) == set(texts["en"]) == set(OUTREACH)
    assert all(re.search("[\u4e00-\u9fff]", text) for text in texts["zh"].values())


def test_a_district_without_areas_has_a_page() -> None:
    """Nothing to show is shown, and does not fail."""
    data = small()
    nothing = OutreachData(data.areas.iloc[:0], data.levels, ON, None, 180)
    assert blocks(render(nothing, lang="zh", standalone=True))["page"]["counts"] == {}
