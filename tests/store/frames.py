"""Small canonical frames for the tests of the store."""

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gis.tables import SEVERITIES, TABLES, WOMEN

Row = dict[str, Any]
TYPES = dict.fromkeys(("raw_lon", "raw_lat", "population", *WOMEN, "minutes"), "float64")
TYPES |= dict.fromkeys(("dwellings", "reach", *SEVERITIES, "boys", "girls"), "Int64")
TYPES |= dict.fromkeys(("valid_from", "valid_to", "held_on", "inspected_on"), "datetime64[s]")
SQUARE = shapely.box(120.0, 30.0, 120.01, 30.01)


def build_frame(kind: str, *rows: Row) -> Any:
    """A canonical frame of the rows; what a row does not name is missing, or harmless where it must be there."""
    table = TABLES[kind]
    harmless: Row = {"name": "某处", "level": "village", "source_datum": "wgs84", "raw_lon": 120.0, "raw_lat": 30.0}
    harmless |= {"target_kind": "area", "role": "primary", "qualification": "医师"}
    harmless |= {"population": 400.5, "minutes": 12.25, "boys": 51, "girls": 49}
    harmless |= {"area_code": "A", "facility_code": "F", "held_on": "2024-05-06", "inspected_on": "2024-05-06"}
    filled = [{c: row.get(c, harmless.get(c) if c in table.required else None) for c in table.columns} for row in rows]
    frame = pd.DataFrame(filled, columns=list(table.columns), dtype=object)
    frame = frame.astype({c: TYPES.get(c, "str") for c in table.columns})
    if table.geometry is None:
        return frame
    point = shapely.Point(120.005, 30.005)
    shapes = [row.get("geometry", SQUARE if table.geometry == "polygon" else point) for row in rows]
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")


def build_areas(*rows: Row) -> Any:
    """Canonical areas."""
    return build_frame("areas", *rows)


def build_assignments(*rows: tuple[str, str, str | None, str | None]) -> Any:
    """Canonical primaries on areas: officer, target, valid_from, valid_to."""
    names = ("officer_code", "target_code", "valid_from", "valid_to")
    return build_frame("assignments", *(dict(zip(names, row, strict=True)) for row in rows))
