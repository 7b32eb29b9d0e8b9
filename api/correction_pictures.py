"""A small picture of a correction, as paths for an SVG: the shape on the map today and the one that is proposed."""

import math
from typing import Any, Final

import shapely

from gis.services.areas.proposals import Shape, ground_m2, metres_apart

SIDE: Final = 240
_MARGIN: Final = 14
_FINEST: Final = 0.4
"""Corners closer than this, in units of the picture, are left out."""


def draw(row: dict[str, Any], now: tuple[str, Shape] | None) -> dict[str, Any]:
    """`name`, paths `old` and `new` (or dots for points), `side`, and `sizes` in square metres or `metres` moved."""
    new = row["geometry"]
    old = now[1] if now else None
    west, south, east, north = shapely.total_bounds([shape for shape in (old, new) if shape is not None])
    squeeze = math.cos(math.radians((south + north) / 2)) or 1.0
    extent = max((east - west) * squeeze, north - south, 1e-4)
    scale = (SIDE - 2 * _MARGIN) / extent
    left = (SIDE - (east - west) * squeeze * scale) / 2
    top = (SIDE - (north - south) * scale) / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return round(left + (x - west) * squeeze * scale, 1), round(top + (north - y) * scale, 1)

    def path(shape: Shape | None) -> str:
        if shape is None or shape.geom_type == "Point":
            return ""
        coarse = shapely.simplify(shape, _FINEST / scale)
        rings = [ring for part in shapely.get_parts(coarse) for ring in (part.exterior, *part.interiors)]
        return "".join("M" + "L".join("{},{}".format(*place(x, y)) for x, y in ring.coords) + "Z" for ring in rings)

    def dot(shape: Shape | None) -> tuple[float, float] | None:
        return place(shape.x, shape.y) if shape is not None and shape.geom_type == "Point" else None

    is_point = row["kind"] == "point"
    return {
        "name": now[0] if now else None,
        "old": path(old),
        "new": path(new),
        "old_dot": dot(old),
        "new_dot": dot(new),
        "side": SIDE,
        "sizes": None if is_point or old is None else ground_m2(old, new),
        "metres": round(metres_apart(old, new)) if is_point and old is not None else None,
    }
