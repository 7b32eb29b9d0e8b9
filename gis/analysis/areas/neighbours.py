"""Areas that lie beside each other: those that meet, and those that only a street or a gap in the drawing parts."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.crs import local_metres

METRES_A_DEGREE: Final = 110_000.0
"""Of latitude, rounded down: a box grown by so many degrees is never too small."""


def find_neighbours(areas: gpd.GeoDataFrame, around: gpd.GeoDataFrame, *, within_m: float) -> pd.DataFrame:
    """Which of the areas around lie within so many metres of each of the areas.

    Parameters: frames with `code` and polygons in EPSG:4326, all of one locality, for distances are measured on a plane
    that is true at its middle.

    Returns `of` and `code` (str): a code of `areas`, and one of `around` that is another; in the order of both.

    >>> town = gpd.read_file("data/towns/tiny/areas.geojson")
    >>> grids = town[town["level"] == "grid"]
    >>> near = find_neighbours(grids[grids["code"] == "990101001201001"], grids, within_m=25)
    >>> near["code"].tolist()
    ['990101001201002', '990101001202001', '990101001202002']
    """
    west, south, east, north = areas.total_bounds.tolist()
    plane = local_metres((west + east) / 2, (south + north) / 2)

    def to_metres(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(plane.transform(degrees[:, 0], degrees[:, 1]))

    def flat(frame: gpd.GeoDataFrame) -> Any:  # noqa: ANN401
        return shapely.transform(frame.geometry.to_numpy(), to_metres)

    ours, theirs = shapely.STRtree(flat(around)).query(flat(areas), predicate="dwithin", distance=within_m)
    of, code = areas["code"].to_numpy()[ours], around["code"].to_numpy()[theirs]
    pairs = pd.DataFrame({"of": of, "code": code}, dtype="str")
    return pairs[pairs["of"] != pairs["code"]].sort_values(["of", "code"], ignore_index=True)


def grow_box(areas: gpd.GeoDataFrame, metres: float) -> tuple[float, float, float, float]:
    """West, south, east and north in degrees of a box that holds all that is within so many metres of the areas."""
    west, south, east, north = areas.total_bounds.tolist()
    up = metres / METRES_A_DEGREE
    aside = up / max(float(np.cos(np.radians(max(abs(south), abs(north))))), 0.01)
    return west - aside, south - up, east + aside, north + up
