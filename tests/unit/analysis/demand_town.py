"""Invented cells for the tests of demand: a district with two streets, two villages in each."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st

from gis.policies import DemandPolicy, shipped_demand_policy
from gis.tables import WOMEN

POLICY = shipped_demand_policy()
LEVELS = ("district", "street", "village", "grid")
LON, LAT = 120.35, 28.62
METRE_LON, METRE_LAT = 1 / (111_320 * np.cos(np.radians(LAT))), 1 / 110_850
STREETS = ("990102001", "990102101")
VILLAGES = tuple(f"{street}{number}" for street in STREETS for number in ("001", "201"))
AREAS = pd.DataFrame(
    [
        ("990102", "district", None),
        *((code, "street", "990102") for code in STREETS),
        *((code, "village", code[:9]) for code in VILLAGES),
    ],
    columns=["code", "level", "parent_code"],
)


def build_cells(rows: list[tuple[str, float, float, float]], *, ages: tuple[float, ...] | None = None) -> Any:
    """Cells from area code, metres east and north, residents; women are shares of the residents."""
    shares = ages or POLICY.age_shares
    frame = pd.DataFrame(
        {
            "area_code": pd.Series([row[0] for row in rows], dtype="str"),
            "population": [float(row[3]) for row in rows],
            **{name: [row[3] * share for row in rows] for name, share in zip(WOMEN, shares, strict=True)},
        }
    )
    frame.index = pd.Index([f"C{n:03d}" for n in range(len(rows))], name="cell")
    points = [shapely.Point(LON + x * METRE_LON, LAT + y * METRE_LAT) for _code, x, y, _residents in rows]
    return gpd.GeoDataFrame(frame, geometry=points, crs=4326)


def policy_with(**changes: Any) -> DemandPolicy:
    """The shipped policy with other numbers."""
    return DemandPolicy(**{**vars(POLICY), **changes})


@st.composite
def towns(draw: st.DrawFn) -> Any:
    """Cells anywhere in the four villages, with women of any age."""
    number = draw(st.integers(1, 30))
    code = st.sampled_from([*VILLAGES, *STREETS, "990102"])
    metres, people = st.integers(0, 3000), st.integers(0, 900)
    rows = [(draw(code), draw(metres), draw(metres), draw(people)) for _cell in range(number)]
    return build_cells([(area, float(x), float(y), float(n)) for area, x, y, n in rows])


def births_of(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """Registered births: area, period, boys, girls."""
    return pd.DataFrame(rows, columns=["area_code", "period", "boys", "girls"])
