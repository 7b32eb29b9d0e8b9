"""The map of a campaign: how far each area has come with one measure, as shapes for an SVG.

Areas are shaded in `BANDS` by the share that they have reached; the last band is those that reached their target. Only
one level is shaded, the lowest that has a target of the measure: an area and the one above it lie upon each other. The
template that writes the SVG escapes every text.
"""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.crs import local_metres
from maps.sheets.ground import path

WIDTH: Final = 1000
HIGHEST: Final = 900
BANDS: Final = (0.25, 0.5, 0.75, 1.0)
"""The share from which on the next band begins; there is one band more than edges."""
_MARGIN: Final = 12
_SIMPLIFY: Final = 0.8
_LABELS: Final = 40
"""With more areas than this none is written into the map; the table names all of them."""


@dataclass(frozen=True)
class Shape:
    """One area: SVG path commands, where its label stands, the band of its share (0 to 4)."""

    code: str
    name: str
    d: str
    x: int
    y: int
    band: int
    reached: int
    target: int
    share: float


@dataclass(frozen=True)
class Picture:
    """The map in units of the SVG, y downwards."""

    width: int
    height: int
    level: str
    shapes: list[Shape]
    labelled: bool


def draw_progress(areas: gpd.GeoDataFrame, rows: pd.DataFrame, measure: str) -> Picture | None:
    """The map of one measure; None where no area with a target of it has ground.

    Parameters: `areas` with code, level, parent_code and polygons in EPSG:4326; `rows` as
    `gis.analysis.campaign.measure_progress` gives them.
    """
    wanted = rows[rows["measure"] == measure].drop(columns="level")
    drawn = areas.merge(wanted, left_on="code", right_on="area")
    drawn = drawn[~(drawn.geometry.isna() | drawn.geometry.is_empty)]
    counts = drawn["level"].value_counts()
    if counts.empty:
        return None
    level = _lowest(drawn)
    drawn = gpd.GeoDataFrame(drawn[drawn["level"] == level], geometry="geometry", crs=areas.crs)
    shapes, height = _place(drawn)
    inner = shapely.point_on_surface(shapes)
    bands = np.searchsorted(BANDS, drawn["share"].to_numpy(), side="right").tolist()
    names = zip(drawn["code"], drawn["area_name"], strict=True)
    numbers = zip(drawn["reached"].tolist(), drawn["target"].tolist(), drawn["share"].tolist(), strict=True)
    placed = zip(names, numbers, bands, shapes, inner, strict=True)
    drawings = [
        Shape(code, name, path(shape), round(spot.x), round(spot.y), band, *done)
        for (code, name), done, band, shape, spot in placed
    ]
    return Picture(WIDTH, height, level, drawings, labelled=len(drawings) <= _LABELS)


def _lowest(drawn: pd.DataFrame) -> str:
    """The level with the most areas, which is the lowest wherever a campaign is planned from above."""
    return str(drawn["level"].value_counts(sort=True).index[0])


def _place(drawn: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], int]:
    """The polygons in units of the picture, simplified as one coverage, and the height of the picture."""
    west, south, east, north = drawn.total_bounds
    to_metres = local_metres((west + east) / 2, (south + north) / 2)

    def move(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_metres.transform(degrees[:, 0], degrees[:, 1]))

    metres = shapely.transform(drawn.geometry.to_numpy(), move)
    left, bottom, right, top = shapely.total_bounds(metres)
    scale = min((WIDTH - 2 * _MARGIN) / max(right - left, 1), (HIGHEST - 2 * _MARGIN) / max(top - bottom, 1))
    aside = (WIDTH - (right - left) * scale) / 2

    def draw(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([(xy[:, 0] - left) * scale + aside, (top - xy[:, 1]) * scale + _MARGIN])

    placed = shapely.coverage_simplify(shapely.transform(metres, draw), _SIMPLIFY)
    return np.asarray(placed, dtype=object), int((top - bottom) * scale) + 2 * _MARGIN
