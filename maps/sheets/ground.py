"""The ground of a printed map: which areas are drawn, and the sheet's own coordinates.

Geometry is brought from degrees to metres about the middle of the district, then to *units* of `UNIT_MM` with y
downwards, and simplified as one coverage, so that neighbours keep a common border.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from gis.crs import local_metres
from maps.responsibility import ResponsibilityData, summarise

UNIT_MM: Final = 0.02
WIDTH_MM: Final = 178.0
LOWEST_MM: Final = 60.0
_EDGE_MM: Final = 2.0
_SIMPLIFY_MM: Final = 0.12
_SIDE_MM: Final = 1.8
"""The smallest level drawn has typical areas of at least this side on paper."""
_MOST: Final = 6000

Shapes = NDArray[Any]


@dataclass(frozen=True)
class Ground:
    """Where a place of the earth comes to lie on the paper."""

    to_metres: pyproj.Transformer
    west: float
    north: float
    metres: float
    """Metres to one unit."""
    height_mm: float

    def place(self, shapes: Shapes) -> Shapes:
        """Geometry in degrees to units: x to the right, y downwards."""

        def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            x, y = self.to_metres.transform(xy[:, 0], xy[:, 1])
            return np.column_stack([(x - self.west) / self.metres, (self.north - y) / self.metres])

        return np.asarray(shapely.transform(np.asarray(shapes, dtype=object), move), dtype=object)

    @cached_property
    def width(self) -> float:
        """Width of the map in units."""
        return WIDTH_MM / UNIT_MM

    @cached_property
    def height(self) -> float:
        """Height of the map in units."""
        return self.height_mm / UNIT_MM


def lay_ground(data: ResponsibilityData, *, highest_mm: float) -> Ground:
    """The areas as large as they go into the width of the page and `highest_mm`, with a margin."""
    west, south, east, north = summarise(data).bounds
    to_metres = local_metres((west + east) / 2, (south + north) / 2)
    frame = shapely.segmentize(shapely.box(west, south, east, north), max((east - west), (north - south)) / 32 or 1.0)
    x, y = to_metres.transform(*shapely.get_coordinates(frame).T)
    wide, high = max(np.ptp(x), 1.0), max(np.ptp(y), 1.0)
    metres_mm = max(wide / (WIDTH_MM - 2 * _EDGE_MM), high / (highest_mm - 2 * _EDGE_MM))
    height_mm = max(high / metres_mm + 2 * _EDGE_MM, LOWEST_MM)
    return Ground(
        to_metres,
        float(x.min() + x.max()) / 2 - WIDTH_MM / 2 * metres_mm,
        float(y.min() + y.max()) / 2 + height_mm / 2 * metres_mm,
        metres_mm * UNIT_MM,
        height_mm,
    )


@dataclass(frozen=True)
class Drawn:
    """Areas on paper: `painted` are filled by state, `outlined` are the levels above them."""

    painted: gpd.GeoDataFrame
    outlined: gpd.GeoDataFrame
    level: str
    """The lowest level that is painted."""


def choose_areas(data: ResponsibilityData, ground: Ground) -> Drawn:
    """Areas of the lowest level that can be told apart on paper, and those above it that are not divided further.

    Of the levels below it, only what is vacant or doubled, unless that is too much for one sheet.
    """
    areas = data.areas[~(data.areas.geometry.isna() | data.areas.geometry.is_empty)]
    present = set(areas["level"])
    levels = [level for level in data.levels if level in present]
    shapes = gpd.GeoDataFrame(areas.drop(columns="geometry"), geometry=ground.place(areas.geometry.to_numpy()))
    side = shapely.area(shapes.geometry.to_numpy()) ** 0.5 * UNIT_MM
    middle = {level: float(np.median(side[(shapes["level"] == level).to_numpy()])) for level in levels}
    counts = shapes["level"].value_counts()
    fits = [level for level in levels if middle[level] >= _SIDE_MM and counts[level] <= _MOST]
    lowest = fits[-1] if fits else levels[0]
    shown = shapes[shapes["level"].isin(levels[: levels.index(lowest) + 1])]
    divided = shown["code"].isin(shown["parent_code"].dropna())
    outlined = shown[shown["level"] != lowest]
    below = shapes[~shapes.index.isin(shown.index) & (shapes["state"] != "covered")]
    painted = [_simplify_each(part) for part in (shown[~divided], below if len(below) <= _MOST else below.iloc[:0])]
    return Drawn(gpd.GeoDataFrame(pd.concat(painted)), _simplify_each(outlined), lowest)


def _simplify_each(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Level by level, because a coverage has no areas one upon the other."""
    simple = areas.geometry.to_numpy().copy()
    for level in areas["level"].unique():
        own = (areas["level"] == level).to_numpy()
        simple[own] = shapely.coverage_simplify(simple[own], _SIMPLIFY_MM / UNIT_MM)
    return areas.assign(geometry=simple)


def path(shape: shapely.Geometry) -> str:
    """The rings of a polygon as SVG path commands in whole units.

    >>> path(shapely.box(0, 0, 10.2, 5))
    'M10 0l0 5l-10 0l0 -5z'
    """
    rings = shapely.get_rings(shapely.get_parts(shape))
    written = []
    for ring in rings:
        points = np.rint(shapely.get_coordinates(ring)).astype(int)[:-1]
        steps = np.diff(points, axis=0)
        steps = steps[steps.any(axis=1)]
        if len(steps) > 1:
            written.append(
                f"M{points[0, 0]} {points[0, 1]}" + "".join(f"l{dx} {dy}" for dx, dy in steps.tolist()) + "z"
            )
    return "".join(written)
