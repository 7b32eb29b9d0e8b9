"""A town of squares for the tests of area changes, and what the store does with a change, on plain frames."""

from collections.abc import Iterable, Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.tables import AREAS, ASSIGNMENTS, FACILITIES, AreaChange

LEVELS = ("district", "street", "village", "grid")
START = date(2020, 1, 1)
STEP = 0.001
"""Degrees: the side of a village is about 100 m."""

AreaRow = tuple[str, str, str | None, shapely.Geometry, int | None]


def square(x: float, y: float, *, width: float = 1, height: float = 1) -> shapely.Polygon:
    """A rectangle in units of STEP, its south-west corner at (x, y)."""
    return shapely.box(120 + x * STEP, 30 + y * STEP, 120 + (x + width) * STEP, 30 + (y + height) * STEP)


def areas_frame(rows: Iterable[AreaRow], *, since: date | None = START) -> gpd.GeoDataFrame:
    """Canonical areas from (code, level, parent, polygon, dwellings)."""
    rows = list(rows)
    frame = gpd.GeoDataFrame(
        {
            "code": [r[0] for r in rows],
            "name": [f"area {r[0]}" for r in rows],
            "level": [r[1] for r in rows],
            "parent_code": pd.array([r[2] for r in rows], dtype="str"),
            "dwellings": pd.array([r[4] for r in rows], dtype="Int64"),
            "valid_from": pd.Timestamp(since) if since else pd.NaT,
            "valid_to": pd.NaT,
        },
        geometry=[r[3] for r in rows],
        crs=4326,
    )
    frame = frame.astype({"valid_from": "datetime64[s]", "valid_to": "datetime64[s]"})
    return frame[[*AREAS.columns, "geometry"]]


def build_town(*, villages: int = 4) -> gpd.GeoDataFrame:
    """Two streets side by side in one district; villages in a row, four grids in each, dwellings in the grids."""
    half = villages / 2
    rows: list[AreaRow] = [("D", "district", None, square(0, 0, width=villages), None)]
    rows += [(f"S{i}", "street", "D", square(i * half, 0, width=half), None) for i in range(2)]
    for v in range(villages):
        rows.append((f"V{v}", "village", "S0" if v < half else "S1", square(v, 0), None))
        for g in range(4):
            cell = square(v + (g % 2) / 2, (g // 2) / 2, width=0.5, height=0.5)
            rows.append((f"V{v}G{g}", "grid", f"V{v}", cell, 10 * v + g + 1))
    return areas_frame(rows)


def assignments_frame(rows: Iterable[tuple[str, str, str, str, str | None]]) -> pd.DataFrame:
    """Canonical assignments on areas, with `carried`, from (officer, area, role, from, to)."""
    listed = list(rows)
    frame = pd.DataFrame(listed, columns=["officer_code", "target_code", "role", "valid_from", "valid_to"])
    frame = frame.assign(target_kind="area", carried=False).astype(
        {"officer_code": "str", "target_code": "str", "role": "str", "target_kind": "str"}
        | {"valid_from": "datetime64[s]", "valid_to": "datetime64[s]"}
    )
    return frame[[*ASSIGNMENTS.columns, "carried"]]


def facilities_frame(rows: Sequence[tuple[str, str | None, float, float]]) -> gpd.GeoDataFrame:
    """Canonical facilities from (code, claimed area, x, y), x and y in units of STEP."""
    lon, lat = [120 + r[2] * STEP for r in rows], [30 + r[3] * STEP for r in rows]
    text = pd.array([None] * len(rows), dtype="str")
    frame = gpd.GeoDataFrame(
        {
            "code": pd.array([r[0] for r in rows], dtype="str"),
            "name": pd.array([r[0] for r in rows], dtype="str"),
            "kind": text,
            "address": text,
            "hours": text,
            "area_code": pd.array([r[1] for r in rows], dtype="str"),
            "raw_lon": np.array(lon, dtype=float),
            "raw_lat": np.array(lat, dtype=float),
            "source_datum": pd.array(["wgs84"] * len(rows), dtype="str"),
            "valid_from": pd.Series([pd.Timestamp(START)] * len(rows), dtype="datetime64[s]"),
            "valid_to": pd.Series([pd.NaT] * len(rows), dtype="datetime64[s]"),
        },
        geometry=gpd.points_from_xy(lon, lat),
        crs=4326,
    )
    return frame[[*FACILITIES.columns, "geometry"]]


def apply_change(
    change: AreaChange, areas: gpd.GeoDataFrame, assignments: pd.DataFrame, facilities: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, gpd.GeoDataFrame]:
    """All periods after a change: what ends is cut at the day (or withdrawn), what begins is added."""
    gone = areas["code"].isin([*change.before["code"], *change.reparented["code"]])
    areas = pd.concat([_cut(areas, gone, change.on), change.after, change.reparented], ignore_index=True)
    key = [c for c in assignments.columns if c != "valid_to"]
    ended = pd.MultiIndex.from_frame(assignments[key]).isin(pd.MultiIndex.from_frame(change.ended[key]))
    assignments = pd.concat(
        [_cut(assignments, pd.Series(ended, assignments.index), change.on), change.begun], ignore_index=True
    )
    claims = change.facilities.set_index("code")["area_code"]
    moved = facilities[facilities["code"].isin(claims.index) & facilities["valid_to"].isna()]
    new = moved.assign(area_code=moved["code"].map(claims), valid_from=pd.Timestamp(change.on).as_unit("s"))
    cut = _cut(facilities, facilities["code"].isin(claims.index), change.on)
    return areas, assignments, pd.concat([cut, new], ignore_index=True)


def _cut(frame: pd.DataFrame, ends: pd.Series, on: date) -> pd.DataFrame:
    day = pd.Timestamp(on).as_unit("s")
    lasting = ends & (frame["valid_to"].isna() | (frame["valid_to"] > day))
    cut = frame.assign(valid_to=frame["valid_to"].mask(lasting, day))
    return cut[~(lasting & (frame["valid_from"] >= day))]
