"""A district of two villages with one gap of each kind, and names that are not nice."""

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pytest
import shapely

from maps.responsibility import ResponsibilityData

NASTY = "</script><script>hit=1</script><img src=x onerror=hit=1>'\"`${hit=1}\u2028{{7*7}}&lt;"


@dataclass(frozen=True)
class Square:
    """One invented area: a box in units of 0.01 degrees from a corner."""

    code: str
    level: str
    parent: str | None
    box: tuple[float, float, float, float]
    officer: str | None = "王敏"
    state: str = "covered"


SQUARES = (
    Square("330399", "district", None, (0, 0, 4, 2)),
    Square("330399001", "street", "330399", (0, 0, 4, 2)),
    Square("330399001001", "village", "330399001", (0, 0, 2, 2)),
    Square("330399001002", "village", "330399001", (2, 0, 4, 2), None, "vacant"),
    Square("330399001001001", "grid", "330399001001", (0, 0, 1, 2)),
    Square("330399001001002", "grid", "330399001001", (1, 0, 2, 1.8), "李强、张丽", "doubled"),
)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box in units of 0.01 degrees."""
    return shapely.box(120.6 + west / 100, 28 + south / 100, 120.6 + east / 100, 28 + north / 100)


def small_district(*, name: str = "和平") -> ResponsibilityData:
    """Six areas, a hole, two facilities (one an orphan); every name starts with `name`."""
    areas = gpd.GeoDataFrame(
        {
            "code": [s.code for s in SQUARES],
            "name": [f"{name}{i}" for i in range(len(SQUARES))],
            "level": [s.level for s in SQUARES],
            "parent_code": [s.parent for s in SQUARES],
            "officer": [s.officer for s in SQUARES],
            "state": [s.state for s in SQUARES],
        },
        geometry=[box(*s.box) for s in SQUARES],
        crs=4326,
    )
    faults = gpd.GeoDataFrame(
        {"kind": ["hole"], "a": ["330399001001"], "b": [None], "area_m2": [219_000.5]},
        geometry=[box(1, 1.8, 2, 2)],
        crs=4326,
    )
    facilities = gpd.GeoDataFrame(
        {
            "code": ["F1", "F2"],
            "name": [f"{name}诊所", f"{name}药店"],
            "kind": ["clinic", None],
            "area_code": ["330399001001001", None],
            "orphan": [False, True],
        },
        geometry=shapely.points([120.605, 121.9], [28.005, 28.0]),
        crs=4326,
    )
    gaps = {
        "vacant": ["330399001002"],
        "doubled": [{"target": "330399001001002", "officers": [name, "张丽"], "from": "2025-01-01", "to": None}],
        "orphans": ["F2"],
    }
    levels = ("district", "street", "village", "grid")
    return ResponsibilityData(areas, faults, facilities, levels, date(2026, 6, 1), None, gaps)


@pytest.fixture
def small() -> ResponsibilityData:
    """The district with plain names."""
    return small_district()
