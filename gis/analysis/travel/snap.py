"""Where places join the roads: at the nearest point of the nearest edge that is open, reached in a straight line."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.analysis.travel.kernel import Floats, Ints
from gis.crs import local_metres
from gis.roads import RoadNetwork


@dataclass(frozen=True)
class Snapped:
    """Where each of some places joins the roads."""

    segment: Ints
    """-1 for a place too far from all roads."""
    share: Floats
    """How far along the segment, from 0 to 1."""
    metres: Floats
    """From the place to the road."""
    point: Floats
    """Longitude and latitude of the point on the road."""


class Snapper:
    """A tree over the open segments of a network."""

    def __init__(self, network: RoadNetwork, open_segments: NDArray[np.bool_]) -> None:
        west, south, east, north = network.bounds
        self._metres = local_metres((west + east) / 2, (south + north) / 2)
        self._segments = np.flatnonzero(open_segments)
        owner = np.repeat(np.arange(len(open_segments)), np.diff(network.shape_start))
        used = open_segments[owner]
        x, y = self._metres.transform(network.shape[used, 0], network.shape[used, 1])
        number = np.cumsum(open_segments) - 1
        self._lines = np.asarray(shapely.linestrings(np.column_stack([x, y]), indices=number[owner[used]]))
        self._tree = shapely.STRtree(self._lines)

    def snap(self, places: Floats, *, farthest_m: float) -> Snapped:
        """Where places (longitude, latitude) join; a place that is not finite joins nowhere."""
        number = len(places)
        segment, share = np.full(number, -1, dtype=np.int64), np.zeros(number)
        metres, on_road = np.full(number, np.nan), np.array(places, dtype=np.float64)
        usable = np.flatnonzero(np.isfinite(places).all(axis=1))
        if len(usable) == 0 or len(self._lines) == 0:
            return Snapped(segment, share, metres, on_road)
        x, y = self._metres.transform(places[usable, 0], places[usable, 1])
        inside = np.isfinite(x) & np.isfinite(y)
        usable, points = usable[inside], np.asarray(shapely.points(x[inside], y[inside]))
        found, line = self._tree.query_nearest(points, max_distance=farthest_m, all_matches=False)
        where, points = usable[found], points[found]
        along = shapely.line_locate_point(self._lines[line], points)
        reached = shapely.line_interpolate_point(self._lines[line], along)
        segment[where] = self._segments[line]
        share[where] = np.clip(along / shapely.length(self._lines[line]), 0.0, 1.0)
        metres[where] = shapely.distance(points, reached)
        lon, lat = self._metres.transform(shapely.get_x(reached), shapely.get_y(reached), direction="INVERSE")
        on_road[where] = np.column_stack([lon, lat])
        return Snapped(segment, share, metres, on_road)
