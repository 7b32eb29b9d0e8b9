"""Vector tiles: what they hold on a day, and how much at most."""

import math
from datetime import date
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from sqlalchemy import Engine

from gis.errors import UsageError
from gis.store import tiles
from gis.store.engine import transaction
from tests.store.frames import SQUARE, build_areas, build_assignments, build_frame
from tests.store.importing import at, bring_in

TODAY = date(2026, 1, 1)


def place_of(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    """The tile that holds a point."""
    x = int((lon + 180) / 360 * 2**z)
    return z, x, int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)


def properties(engine: Engine, layer: str, z: int, x: int, y: int, **wanted: Any) -> list[dict[str, Any]]:
    """The properties of every feature of a tile."""
    with transaction(engine) as connection:
        body = tiles.tile(connection, layer, z, x, y, **({"on": TODAY, "known": None} | wanted))
    layers = mapbox_vector_tile.decode(body)
    assert set(layers) <= {layer}
    return [feature["properties"] for feature in layers.get(layer, {"features": []})["features"]]


@pytest.fixture
def street(engine: Engine) -> Engine:
    """Three villages: one covered, one doubled by carried primaries, one vacant since 2025; and their street."""
    squares = [shapely.box(120 + i / 100, 30, 120.01 + i / 100, 30.01) for i in range(3)]
    villages = ({"code": str(i), "parent_code": "S", "geometry": square} for i, square in enumerate(squares))
    whole = {"code": "S", "level": "street", "geometry": shapely.union_all(squares)}
    bring_in(engine, "areas", build_areas(whole, *villages))
    bring_in(engine, "officers", build_frame("officers", {"code": "O1", "name": "王五"}))
    duties = (("O1", "0", None, None), ("O1", "1", None, "2025-01-01"), ("O2", "2", None, "2025-01-01"))
    bring_in(engine, "assignments", build_assignments(*duties))
    with engine.begin() as connection:
        connection.exec_driver_sql("""
            INSERT INTO assignment (officer_code, target_kind, target_code, role, carried, valid, recorded)
            SELECT officer_code, 'area', '1', 'primary', true, '[2025-01-01,)', '[2026-01-01,)'
            FROM (VALUES ('O1'), ('O2')) carried (officer_code)""")
    return engine


def test_areas_with_their_officers(street: Engine) -> None:
    """A tile of a level holds its areas with the names of their primaries on the day, and the state."""
    found = {p["code"]: p for p in properties(street, "village", *place_of(120.015, 30.005, 10))}
    assert {code: p["state"] for code, p in found.items()} == {"0": "covered", "1": "doubled", "2": "vacant"}
    assert [found[code].get("officer") for code in "012"] == ["王五", "O2, 王五", None]
    earlier = properties(street, "village", *place_of(120.015, 30.005, 10), on=date(2024, 12, 31))
    assert {p["state"] for p in earlier} == {"covered"}
    with transaction(street) as connection:
        counted = tiles.counts(connection, on=TODAY, known=None)
    assert counted == {"street": {"vacant": 1}, "village": {"covered": 1, "doubled": 1, "vacant": 1}}


def test_a_tile_is_empty_elsewhere_and_earlier(street: Engine) -> None:
    """Far away, before anything was known, and for a level without areas there are no bytes."""
    here = place_of(120.015, 30.005, 10)
    with transaction(street) as connection:
        for layer, place, known in [
            ("village", (10, 0, 0), None),
            ("village", here, at(-1)),
            ("grid", here, None),
            ("facilities", here, None),
        ]:
            assert tiles.tile(connection, layer, *place, on=TODAY, known=known) == b""


@pytest.mark.parametrize("place", [(-1, 0, 0), (0, 1, 0), (3, 8, 0), (3, 0, -1), (23, 0, 0)])
def test_a_place_that_is_no_tile(engine: Engine, place: tuple[int, int, int]) -> None:
    """Zoom and place are checked before the database is asked."""
    with transaction(engine) as connection, pytest.raises(UsageError):
        tiles.tile(connection, "village", *place, on=TODAY, known=None)


def test_facilities_carry_what_is_asked_for(engine: Engine) -> None:
    """Only the columns asked for are in the tile; one that facilities have not is refused."""
    bring_in(engine, "facilities", build_frame("facilities", {"code": "F", "kind": "诊所", "address": "路"}))
    here = place_of(120.005, 30.005, 12)
    assert properties(engine, "facilities", *here, columns=["code", "kind"]) == [{"code": "F", "kind": "诊所"}]
    with pytest.raises(UsageError):
        properties(engine, "facilities", *here, columns=["geometry; DROP TABLE facility"])


def test_many_facilities_are_counted(engine: Engine) -> None:
    """A tile holds a few thousand points at most: beyond that they are counted, each in exactly one tile."""
    rng = np.random.default_rng(1)
    n = tiles.MOST_POINTS + 1000
    points = gpd.points_from_xy(rng.uniform(119.9, 120.2, n), rng.uniform(29.9, 30.2, n))
    rows = ({"code": str(i), "geometry": point} for i, point in enumerate(points))
    bring_in(engine, "facilities", build_frame("facilities", *rows))
    for z in (0, 5, 9, 10):
        _z, x, y = place_of(120.05, 30.05, z)
        around = [(x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1) if 0 <= x + i < 2**z and 0 <= y + j < 2**z]
        held = [properties(engine, "facilities", z, *tile) for tile in around]
        assert sum(p.get("count", 1) for tile in held for p in tile) == n
        assert max(len(tile) for tile in held) <= max(tiles.MOST_POINTS, 64 * 64)
    assert all("code" not in p for p in properties(engine, "facilities", *place_of(120.05, 30.05, 5)))


def test_a_polygon_too_small_to_see_is_left_out(street: Engine) -> None:
    """At a zoom where an area is less than half a pixel it is not in the tile; closer up it is."""
    assert properties(street, "village", 0, 0, 0) == []
    assert len(properties(street, "village", *place_of(120.015, 30.005, 8))) == 3


def test_extent(engine: Engine) -> None:
    """The box of the areas in force, of the facilities where there is none, and nothing in an empty store."""
    with transaction(engine) as connection:
        assert tiles.extent(connection, on=TODAY, known=None) is None
    bring_in(engine, "facilities", build_frame("facilities", {"code": "F"}))
    with transaction(engine) as connection:
        assert tiles.extent(connection, on=TODAY, known=None) == (120.005, 30.005, 120.005, 30.005)
    bring_in(engine, "areas", build_areas({"code": "1"}, {"code": "2", "valid_to": "2020-01-01"}))
    with transaction(engine) as connection:
        assert tiles.extent(connection, on=TODAY, known=None) == tuple(SQUARE.bounds)
