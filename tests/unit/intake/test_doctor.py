"""What the evidence says about datum and axes, and when it says nothing."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import Datum, shift_geometries, to_datum
from gis.intake.doctor import (
    DatumFinding,
    find_swapped_axes,
    infer_datum,
    latest_polygons,
    resolve_claims,
    sample_inside,
)

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
WENZHOU = SHARED / "wenzhou" / "wenzhou_districts_wgs84.geojson"
CORE = SHARED / "wenzhou" / "wenzhou_core_gcj02_2018.geojson"
needs_wenzhou = pytest.mark.skipif(not WENZHOU.exists(), reason="../shared/data/wenzhou is not here")

SIDE, CELL = 20, 0.005


def lattice(west: float = 120.6, south: float = 27.9) -> Any:
    """400 square cells of about 500 m, row by row."""
    column, row = np.tile(np.arange(SIDE), SIDE), np.repeat(np.arange(SIDE), SIDE)
    x, y = west + column * CELL, south + row * CELL
    return shapely.box(x, y, x + CELL, y + CELL)


def points(n: int, *, seed: int = 1, west: float = 120.6, south: float = 27.9) -> tuple[Any, Any, Any]:
    """Random points in the lattice, with the position of their cell."""
    x, y = np.random.default_rng(seed).random((2, n)) * SIDE
    claims = np.floor(y).astype(int) * SIDE + np.floor(x).astype(int)
    return west + x * CELL, south + y * CELL, claims


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_the_datum_that_fits_is_inferred(datum: Datum) -> None:
    """Without a statement the datum that puts clearly most points into their area is taken."""
    lon, lat, claims = points(300)
    found = infer_datum(*to_datum(lon, lat, datum=datum), claims, lattice())
    assert (found.datum, found.by, found.points) == (datum, "claimed-areas", 300)
    assert found.shares[datum] > 0.99
    assert set(found.evidence()) == {"chosen", "by", "candidates", "points"}


@pytest.mark.parametrize("truth", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("stated", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_a_wrong_statement_is_contradicted(truth: Datum, stated: Datum) -> None:
    """The datum that fits is named exactly where the stated one is another; CGCS2000 is as good as WGS 84."""
    lon, lat, claims = points(300)
    found = infer_datum(*to_datum(lon, lat, datum=truth), claims, lattice(), stated=stated, by="option")
    right = stated == truth or (stated == "cgcs2000" and truth == "wgs84")
    assert found.contradicted_by == (None if right else truth)
    assert (found.datum, found.by) == (stated, "option")


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_wrong_claims_decide_nothing(share: float) -> None:
    """Some claims that are wrong for another reason change neither the inference nor the contradiction."""
    lon, lat, claims = points(400)
    wrong = np.random.default_rng(2).random(400) < share
    claims = np.where(wrong, (claims + 137) % (SIDE * SIDE), claims)
    shifted = to_datum(lon, lat, datum="gcj02")
    assert infer_datum(*shifted, claims, lattice()).datum == "gcj02"
    assert infer_datum(lon, lat, claims, lattice(), stated="wgs84", by="file").contradicted_by is None


@given(seed=st.integers(0, 10_000), n=st.integers(1, 60), noise=st.floats(0, 0.003))
@settings(max_examples=60, deadline=None)
def test_a_right_statement_is_never_contradicted(seed: int, n: int, noise: float) -> None:
    """True WGS 84 points, few or many, drawn roughly by up to 300 m, are never called something else."""
    lon, lat, claims = points(n, seed=seed)
    rough = np.random.default_rng(seed).uniform(-noise, noise, (2, n))
    found = infer_datum(lon + rough[0], lat + rough[1], claims, lattice(), stated="wgs84", by="file")
    assert found.contradicted_by is None


def test_without_claims_nothing_is_known() -> None:
    """No claim, or no polygon: WGS 84 is assumed, and a statement stands."""
    lon, lat, _claims = points(50)
    none = np.full(50, -1)
    nothing = np.empty(0, dtype=object)
    assert infer_datum(lon, lat, none, lattice()) == DatumFinding("wgs84", "assumed", {}, 0)
    assert infer_datum(lon, lat, none, nothing, stated="bd09", by="option") == DatumFinding("bd09", "option", {}, 0)


def test_points_that_fit_everywhere_tell_nothing() -> None:
    """Far inside one large area all datums fit alike: WGS 84 is assumed, not inferred."""
    lon, lat, _claims = points(50)
    large = np.array([shapely.box(120, 27, 122, 29)], dtype=object)
    found = infer_datum(lon, lat, np.zeros(50, dtype=int), large)
    assert (found.datum, found.by) == ("wgs84", "assumed")
    assert set(found.shares.values()) == {1.0}


def test_two_points_are_no_evidence() -> None:
    """Fewer than three points that speak for a datum do not carry it; three do."""
    lon, lat, claims = points(300)
    x, y = to_datum(lon, lat, datum="gcj02")
    alone = np.flatnonzero(~shapely.contains_xy(lattice()[claims], x, y))
    for n, datum in ((2, "wgs84"), (3, "gcj02")):
        few = alone[:n]
        assert infer_datum(x[few], y[few], claims[few], lattice()).datum == datum


def test_outside_china_gcj02_is_no_candidate() -> None:
    """Where GCJ-02 shifts nothing it is not weighed; WGS 84 is inferred from the claims all the same."""
    lon, lat, claims = points(300, west=-87.7, south=41.8)
    found = infer_datum(lon, lat, claims, lattice(-87.7, 41.8))
    assert (found.datum, found.by) == ("wgs84", "claimed-areas")
    assert "gcj02" not in found.shares


def test_a_sample_decides_and_is_always_the_same() -> None:
    """Of many points 5,000 are looked at, the same ones each time."""
    lon, lat, claims = points(20_000)
    shifted = to_datum(lon, lat, datum="gcj02")
    first, second = (infer_datum(*shifted, claims, lattice()) for _run in range(2))
    assert first == second
    assert first.points == 5000


def test_missing_points_are_passed_over() -> None:
    """A point that is missing, or in no claimed area at all, is no evidence against anything."""
    lon, lat, claims = points(100)
    lon[:10] = np.nan
    assert infer_datum(lon, lat, claims, lattice()).points == 90


def test_a_longer_code_claims_the_area_that_is_known() -> None:
    """A 15-digit claim counts for the village, street or district whose polygon there is, the nearest first."""
    known = pd.Index(["330303", "330303001", "CHI01"])
    codes = pd.Series(["330303001002003", "330303002002", "330304001", "CHI01", "CHI0199", None])
    assert resolve_claims(codes, known).tolist() == [1, 0, -1, 2, -1, -1]
    assert resolve_claims(pd.Series([None, "x"], dtype="str"), pd.Index([], dtype="str")).tolist() == [-1, -1]


def test_the_version_in_force_longest_is_claimed() -> None:
    """Of the versions of one area the open-ended one is compared with."""
    areas = gpd.GeoDataFrame(
        {"code": ["A", "A", "B"], "valid_to": pd.to_datetime(pd.Series([None, "2020-01-01", "2021-01-01"]))},
        geometry=[shapely.box(0, 0, 2, 2), shapely.box(0, 0, 1, 1), None],
        crs=4326,
    )
    codes, polygons = latest_polygons(areas)
    assert codes.tolist() == ["A"]
    assert polygons[0].area == 4
    assert len(latest_polygons(None)[0]) == 0


def test_samples_lie_inside() -> None:
    """Points are drawn inside their polygon, also in one whose ring crosses itself; empty ones give none."""
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    polygons = np.array([bow_tie, None, shapely.Polygon(), shapely.box(2, 2, 3, 3)], dtype=object)
    lon, lat, owner = sample_inside(polygons, total=400)
    assert set(owner) == {0, 3}
    sound = shapely.make_valid(polygons)
    assert shapely.contains_xy(sound[owner], lon, lat).all()


def test_swapped_axes_show_by_their_range() -> None:
    """In China a swapped latitude is beyond the pole; no area is needed to see it."""
    lon, lat, _claims = points(50)
    nothing = np.empty(0, dtype=object)
    found = find_swapped_axes(lat, lon, nothing)
    assert found is not None
    assert found["by"] == "range"
    assert find_swapped_axes(lon, lat, nothing) is None


def test_swapped_axes_show_by_the_areas() -> None:
    """Where both numbers could be either, the known areas tell."""
    lon, lat, _claims = points(50, west=24.9, south=60.1)
    areas = lattice(24.9, 60.1)
    found = find_swapped_axes(lat, lon, areas)
    assert found is not None
    assert (found["by"], found["inside"], found["inside_exchanged"]) == ("areas", 0.0, 1.0)
    assert find_swapped_axes(lon, lat, areas) is None
    assert find_swapped_axes(lon + 5, lat, areas) is None
    assert find_swapped_axes(np.full(3, np.nan), np.full(3, np.nan), areas) is None


def wenzhou() -> Any:
    return gpd.read_file(WENZHOU).set_index("code").geometry


@needs_wenzhou
@pytest.mark.real_data
@pytest.mark.parametrize("n", [300, 3000])
def test_wenzhou_points_in_gcj02_labelled_wgs84(n: int) -> None:
    """Most shifted points stay inside their large district; the few that leave it give the datum away."""
    districts = wenzhou().to_numpy()
    lon, lat, claims = sample_inside(districts, total=n)
    found = infer_datum(*to_datum(lon, lat, datum="gcj02"), claims, districts, stated="wgs84", by="file")
    assert found.contradicted_by == "gcj02"
    assert found.shares["wgs84"] > 0.9
    assert infer_datum(lon, lat, claims, districts, stated="wgs84", by="file").contradicted_by is None


@needs_wenzhou
@pytest.mark.real_data
def test_wenzhou_districts_in_gcj02_labelled_wgs84() -> None:
    """Four real districts, drawn by others and more roughly, with invalid rings: they fit as GCJ-02, and once shifted
    back to WGS 84 they are not contradicted."""
    districts, core = wenzhou(), gpd.read_file(CORE)
    known = districts.index.get_indexer(core["id"])
    shifted_back = shift_geometries(core.geometry.to_numpy(), datum="gcj02")
    for drawn, contradicted in ((core.geometry.to_numpy(), "gcj02"), (shifted_back, None)):
        lon, lat, owner = sample_inside(drawn)
        found = infer_datum(lon, lat, known[owner], districts.to_numpy(), stated="wgs84", by="file")
        assert found.contradicted_by == contradicted
