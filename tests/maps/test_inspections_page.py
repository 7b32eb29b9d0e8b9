"""The inspection page: what is written into it, and how areas are shaded."""

import math
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from maps.inspections import InspectionData, render, shade
from tests.maps.conftest import NASTY, SQUARES, box
from tests.maps.test_responsibility_page import blocks

COUNTS = [(10, 8, 2), (10, 10, 0), (4, 0, 0), (0, 0, 0), (5, 1, 0), (1, 1, 1)]
"""Registered, inspected and overdue of each area."""


def small(*, name: str = "和平") -> InspectionData:
    """Six areas, and one facility in each state."""
    registered, inspected, overdue = (list(column) for column in zip(*COUNTS, strict=True))
    areas = gpd.GeoDataFrame(
        {
            "code": [s.code for s in SQUARES],
            "name": [f"{name}{i}" for i in range(len(SQUARES))],
            "level": [s.level for s in SQUARES],
            "parent_code": [s.parent for s in SQUARES],
            **{"registered": registered, "found": inspected, "inspected": inspected, "overdue": overdue},
            "secret": "withheld-column",
        },
        geometry=[box(*s.box) for s in SQUARES],
        crs=4326,
    )
    areas["share"] = areas["inspected"] / areas["registered"].where(areas["registered"] > 0)
    areas = areas.assign(low=areas["share"] / 2, high=1.0)
    day = pd.to_datetime(pd.Series([None, "2025-01-01", "2026-05-01", "2026-05-20"])).astype("datetime64[s]")
    places = gpd.GeoDataFrame(
        {
            "code": [f"F{n}" for n in range(4)],
            "name": name,
            "kind": "诊所",
            "due": ["never", "overdue", "due_soon", "current"],
            "last": day,
            "due_on": day + pd.Timedelta(days=365),
            "days": pd.array([None, 151, -335, -354], dtype="Int64"),
            "work_phone": "withheld-column",
        },
        geometry=[shapely.Point(120.01 + n / 1000, 28.01) for n in range(3)] + [shapely.Point()],
        crs=4326,
    )
    return InspectionData(areas, places, ("district", "street", "village", "grid"), date(2026, 6, 1), None)


def test_areas_are_shaded_by_what_is_up_to_date() -> None:
    """Six of ten is the fourth step, all of ten the last; none of four is missed; nothing registered has no step."""
    areas = shade(small().areas)
    assert areas["state"].tolist() == ["touched", "touched", "missed", "none", "touched", "touched"]
    assert areas["by_current"].fillna(-1).tolist() == [3, 4, 0, -1, 1, 0]
    assert areas["by_share"].fillna(-1).tolist() == [4, 4, 0, -1, 1, 4]
    assert areas["current"].tolist() == [6, 10, 0, 0, 1, 0]


def test_a_page_holds_the_premises_with_their_state_and_their_point() -> None:
    """What has no point is left out of the map; days are days; an area without premises has no share."""
    data = blocks(render(small(), lang="zh", standalone=True))["data"]
    assert data["facilities"]["due"] == ["never", "overdue", "due_soon"]
    assert data["facilities"]["days"] == [None, 151, None], "only what is overdue has days"
    assert data["facilities"]["due_on"] == [None, "2026-01-01", "2027-05-01"]
    assert data["areas"]["share"][3] is None
    assert math.isclose(data["areas"]["share"][0], 0.8)


@pytest.mark.parametrize("threshold", [2000, 3])
def test_only_the_named_columns_are_written(threshold: int) -> None:
    """A column that the map does not name is nowhere in the page, packed or not."""
    html = render(small(), lang="zh", standalone=True, threshold=threshold)
    assert "withheld-column" not in html
    assert ("application/gzip" in html) is (threshold == 3)


def test_a_name_never_ends_the_script_around_it() -> None:
    """Names from files are data; the page reads them back as they were."""
    html = render(small(name=NASTY), lang="en", standalone=True)
    assert blocks(html)["data"]["facilities"]["name"][0] == NASTY
