"""An awkward district, and an application that serves it.

The district has names in Chinese and with markup, an area without dwellings, a polygon of many corners, a hole, an
overlap, an orphan, a vacant village, and a grid cell that ended in 2025.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.main import create_app
from gis.settings import Settings
from gis.store import write

RECORDED = datetime(2026, 1, 5, 8, tzinfo=UTC)
MARKUP = "<script>alert(\"x\")</script> & 'co'"
CORNERS = 20_000


def square(west: float, south: float, side: float) -> shapely.Polygon:
    """A square in hundredths of a degree from a corner of the district."""
    return shapely.box(120 + west / 100, 28 + south / 100, 120 + (west + side) / 100, 28 + (south + side) / 100)


def many_corners(west: float, south: float, side: float) -> shapely.Polygon:
    """A circle inside such a square, with very many corners."""
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    centre = np.array([120 + (west + side / 2) / 100, 28 + (south + side / 2) / 100])
    return shapely.Polygon(centre + side / 200 * np.column_stack([np.cos(angles), np.sin(angles)]))


def days(*values: str | None) -> pd.Series:
    """Days as the canonical frames hold them."""
    return pd.Series(pd.to_datetime(pd.Series(values, dtype="str")), dtype="datetime64[s]")


def district() -> dict[str, Any]:
    """Canonical frames of the awkward district."""
    areas = [
        ("330302", "鹿城区", "district", None, 9000, square(0, 0, 8), None, None),
        ("330302001", "五马街道", "street", "330302", 5000, square(0, 0, 4), None, None),
        ("330302002", MARKUP, "street", "330302", None, square(4, 0, 4), None, None),
        ("330302003", "圆形街道", "street", "330302", 1, many_corners(0, 4, 4), None, None),
        ("330302001001", "白鹿村", "village", "330302001", 0, square(0, 0, 2), None, None),
        ("330302001002", "松台村", "village", "330302001", 40, square(1.5, 0, 2.5), None, None),
        ("330302001001001", "一号网格", "grid", "330302001001", 10, square(0, 0, 1), "2020-01-01", "2025-07-01"),
        ("330302001001002", "二号网格", "grid", "330302001001", 12, square(0, 1, 1), "2020-01-01", None),
        ("330302001001003", "三号网格", "grid", "330302001001", 14, square(0, 0, 1), "2025-07-01", None),
    ]
    names = ["code", "name", "level", "parent_code", "dwellings", "geometry", "valid_from", "valid_to"]
    frame = gpd.GeoDataFrame(pd.DataFrame(areas, columns=names), geometry="geometry", crs="EPSG:4326")
    frame = frame.astype({"parent_code": "str", "dwellings": "Int64"})
    for name in ("valid_from", "valid_to"):
        frame[name] = days(*frame[name])
    return {
        "areas": frame[["code", "name", "level", "parent_code", "dwellings", "valid_from", "valid_to", "geometry"]],
        "officers": _officers(),
        "assignments": _assignments(),
        "facilities": _facilities(),
        "licences": _held({"facility_code": ["F1"], "number": ["证001"], "kind": ["超声"]}),
        "equipment": _held(
            {"serial": ["S1"], "facility_code": ["F1"], "kind": ["B超"], "maker": [None], "model": ["=1+1"]}
        ),
        "operators": _held({"operator_code": ["P1"], "facility_code": ["F1"], "qualification": ["医师"]}),
    }


def _officers() -> pd.DataFrame:
    rows: dict[str, list[Any]] = {
        "code": ["L01", "L02"],
        "name": ["王五", "赵六"],
        "department": ["卫健", None],
        "work_phone": ["1", None],
    }
    return _held(rows)


def _assignments() -> pd.DataFrame:
    targets = ["330302", "330302001", "330302001001", "330302002"]
    frame = pd.DataFrame(
        {
            "officer_code": ["L01", "L01", "L02", "L02"],
            "target_kind": "area",
            "target_code": targets,
            "role": "primary",
            "valid_from": days(None, None, "2024-01-01", None),
            "valid_to": days(None, None, None, "2025-01-01"),
        }
    )
    return frame.astype(dict.fromkeys(("officer_code", "target_kind", "target_code", "role"), "str"))


def _facilities() -> gpd.GeoDataFrame:
    points = [shapely.Point(120.005, 28.015), shapely.Point(120.05, 28.01), shapely.Point(121.5, 29.5)]
    frame = gpd.GeoDataFrame(
        _held(
            {
                "code": ["F1", "F2", "F9"],
                "name": ["白鹿诊所", MARKUP, "离群药店"],
                "kind": ["诊所", "医院", None],
                "address": [None, "A 路 1 号", None],
                "hours": [None, None, None],
                "area_code": ["330302001001", None, None],
            }
        ),
        geometry=points,
        crs="EPSG:4326",
    )
    frame["raw_lon"], frame["raw_lat"], frame["source_datum"] = frame.geometry.x, frame.geometry.y, "wgs84"
    held = [name for name in frame.columns if name not in ("valid_from", "valid_to", "geometry")]
    return frame.astype({"source_datum": "str"})[[*held, "valid_from", "valid_to", "geometry"]]


def _held(columns: dict[str, list[Any]]) -> pd.DataFrame:
    frame = pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in columns.items()})
    empty = days(*[None] * len(frame))
    return frame.assign(valid_from=empty, valid_to=empty)


def load(engine: Engine, frames: dict[str, Any]) -> None:
    """Puts canonical frames into the store, as one import a kind."""
    with engine.begin() as connection:
        for kind, frame in frames.items():
            number = write.start_import(
                connection, kind=kind, file=f"{kind}.csv", sha256="0" * 64, evidence={}, now=RECORDED
            )
            write.upsert(connection, kind, frame, import_id=number, now=RECORDED)


def application(url: str) -> FastAPI:
    """The application on a database, in English unless asked otherwise."""
    return create_app(Settings(database_url=url, lang="en"))


def serve(app: FastAPI, headers: dict[str, str] | None = None) -> Iterator[TestClient]:
    """A client of a running application; a fault of ours becomes the 500 that a reader would get."""
    with TestClient(
        app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False, headers=headers or {}
    ) as client:
        yield client
