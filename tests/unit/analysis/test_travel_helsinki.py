"""Real streets: the centre of Helsinki and the 21 health points in it (OpenStreetMap contributors, ODbL)."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from gis.analysis.travel.times import Roads, measure_roads, measure_straight, trace_roads
from gis.crs import distances_m
from gis.intake.roads import read_roads
from gis.policies import shipped_travel_policy
from gis.roads import RoadNetwork
from gis.settings import ROOT

Points = NDArray[np.float64]
FOLDER = ROOT.parent / "shared" / "data" / "helsinki"
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the Helsinki data is not beside this repository"),
]


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    """The roads of the centre."""
    return read_roads(FOLDER / "centre.osm.pbf").network


@pytest.fixture(scope="module")
def points() -> Points:
    """The health points, longitude and latitude."""
    found = json.loads((FOLDER / "health_points.geojson").read_text(encoding="utf-8"))
    return np.array([feature["geometry"]["coordinates"] for feature in found["features"]])


def test_walkers_reach_every_health_point(network: RoadNetwork, points: Points) -> None:
    """At 4.8 km/h along the way; over ground that is 3 to 4.8 km/h, a detour of 1.0 to 1.6 for most pairs."""
    policy = shipped_travel_policy()
    matrix = measure_roads(Roads(network, policy, "walk"), points, points)
    line = distances_m(points[:, None, 0], points[:, None, 1], points[None, :, 0], points[None, :, 1])
    assert matrix.off_origins == ()
    assert np.isfinite(matrix.minutes).all()
    far = line > 300
    ratio = matrix.metres[far] / line[far]
    assert ratio.min() >= 1.0
    assert np.quantile(ratio, 0.9) < 2.5
    assert np.median(ratio) == pytest.approx(policy.walk_factor, abs=0.01)
    assert matrix.metres[far] / matrix.minutes[far] == pytest.approx(80.0, abs=0.01)


def test_cars_keep_to_the_streets_that_are_one_way(network: RoadNetwork) -> None:
    """For every street of one way of 50 m or more that can be left and reached: ahead along it, back only by others."""
    found = Roads(network, shipped_travel_policy(), "drive")
    segments = network.segments
    streets = np.flatnonzero(
        (segments["oneway"] == 1) & (segments["length_m"] > 50) & found.graph.open_segments & (segments["drive"] != -1)
    )
    assert len(streets) > 20
    for street in streets[:20]:
        shape = network.shape[network.shape_start[street] : network.shape_start[street + 1]]
        low, high = (shape[0] * (1 - s) + shape[1] * s for s in (0.4, 0.6))
        ahead, back = trace_roads(found, low, high), trace_roads(found, high, low)
        assert ahead is not None
        assert ahead.metres < segments["length_m"][street]
        assert back is None or back.metres > segments["length_m"][street]


def test_driving_there_and_back_differs(network: RoadNetwork, points: Points) -> None:
    """One-way streets: most pairs are not as far back as there; none is nearer than the line."""
    matrix = measure_roads(Roads(network, shipped_travel_policy(), "drive"), points, points)
    line = measure_straight(points, points, mode="walk", policy=shipped_travel_policy()).metres
    there = np.isfinite(matrix.metres) & np.isfinite(matrix.metres.T)
    assert there.mean() > 0.7
    assert (np.abs(matrix.metres - matrix.metres.T)[there] > 10).mean() > 0.5
    assert (matrix.metres[there] * shipped_travel_policy().walk_factor >= line[there] - 1.0).all()
