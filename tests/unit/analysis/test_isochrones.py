"""Isochrones: the ground within so many minutes of a site."""

import numpy as np
import shapely

from gis.analysis.travel.isochrones import FINEST_M, Lattice, draw_discs
from gis.analysis.travel.times import measure_straight
from gis.crs import area_m2, distances_m
from gis.policies import TravelPolicy

BOUNDS = (120.0, 28.0, 120.1, 28.1)
SITE = (120.05, 28.05)


def test_a_lattice_has_no_more_cells_than_it_may_and_covers_its_bounds() -> None:
    """Neither a whole province nor a single point makes it large or empty."""
    for bounds in (BOUNDS, (118.0, 27.0, 123.0, 31.0), (120.0, 28.0, 120.0, 28.0), (120.0, 28.0, 120.9, 28.0001)):
        lattice = Lattice(bounds, most=2000)
        assert 1 <= len(lattice.places) <= 2000
        assert lattice.side_m >= FINEST_M
    west, south = Lattice(BOUNDS).places.min(axis=0)
    east, north = Lattice(BOUNDS).places.max(axis=0)
    assert np.allclose([west, south, east, north], BOUNDS, atol=0.002)


def test_an_outline_over_straight_lines_is_the_disc() -> None:
    """Measured cell by cell it has the area of the true disc within 3 % and holds the site; limits nest."""
    lattice, policy = Lattice(BOUNDS, most=8000), TravelPolicy()
    minutes = measure_straight(lattice.places, [SITE], mode="walk", policy=policy).minutes[:, 0]
    found = lattice.outline(minutes, [15, 30])
    speed = 1000 * policy.walk_kmh / 60 / policy.walk_factor
    discs = draw_discs([SITE], [15, 30], metres_per_minute=speed)
    assert found["minutes"].tolist() == discs["minutes"].tolist() == [30, 15]
    for mine, true in zip(found.geometry, discs.geometry, strict=True):
        assert abs(area_m2([mine])[0] / area_m2([true])[0] - 1) < 0.03
        assert mine.contains(shapely.Point(SITE))
    outer, inner = found.geometry
    assert outer.buffer(1e-4).contains(inner)


def test_where_nothing_is_within_the_limit_there_is_no_ground() -> None:
    """Cells that no way leads from are left out, however near they lie."""
    lattice = Lattice(BOUNDS, most=100)
    assert lattice.outline(np.full(len(lattice.places), np.nan), [30]).geometry.is_empty.all()


def test_discs_have_their_radius_and_merge() -> None:
    """30 minutes at 60 m a minute are 1,800 m; two sites close together make one ground."""
    edge = draw_discs([SITE], [30], metres_per_minute=60.0).geometry.iloc[0].exterior.coords
    metres = distances_m([x for x, _y in edge], [y for _x, y in edge], *SITE)
    assert np.allclose(metres, 1800, rtol=0.01)
    both = draw_discs([SITE, (120.051, 28.05)], [30], metres_per_minute=60.0)
    assert both.geometry.iloc[0].geom_type == "Polygon"
