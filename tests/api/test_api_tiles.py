"""Vector tiles: what they hold, and how a reader keeps them."""

import math

import mapbox_vector_tile
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.api.awkward import application, district, load, serve


def address(layer: str, z: int, *, lon: float = 120.02, lat: float = 28.02) -> str:
    """The tile that holds a point of the district."""
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
    return f"/tiles/{layer}/{z}/{x}/{y}"


def test_a_tile_holds_the_areas_of_its_level(client: TestClient) -> None:
    """One layer named like the level, with code, name, officer and state of each area."""
    answer = client.get(address("street", 10) + "?on=2025-03-01")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    layers = mapbox_vector_tile.decode(answer.content)
    assert set(layers) == {"street"}
    found = {f["properties"]["code"]: f["properties"]["state"] for f in layers["street"]["features"]}
    assert found == {"330302001": "covered", "330302002": "vacant", "330302003": "vacant"}


def test_a_tile_of_facilities(client: TestClient) -> None:
    """Facilities have a layer too, without the columns that no map needs."""
    layers = mapbox_vector_tile.decode(client.get(address("facilities", 8)).content)
    assert {f["properties"]["code"] for f in layers["facilities"]["features"]} == {"F1", "F2"}
    assert "raw_lon" not in layers["facilities"]["features"][0]["properties"]


def test_nothing_there_is_204(client: TestClient) -> None:
    """A tile in the sea has no content."""
    answer = client.get("/tiles/street/10/0/0")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_wrong_layer_is_not_found(client: TestClient) -> None:
    """Only levels and facilities are layers; nothing else of the database can be named."""
    for layer in ("officers", "pg_user", "grid;drop"):
        assert client.get(f"/tiles/{layer}/1/0/0").json()["error"] == "not-found"


def test_a_reader_keeps_what_has_not_changed(engine: Engine, database_url: str) -> None:
    """The same mark is answered with 304 and no body; after an import, or for another day, the mark is another."""
    load(engine, district())
    where = address("street", 10)
    for client in serve(application(database_url)):
        first = client.get(where)
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = client.get(where, headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(where + "?on=2024-01-01").headers["ETag"] != first.headers["ETag"]
        changed = district()["facilities"]
        changed.loc[0, "name"] = "新名"
        load(engine, {"facilities": changed})
        assert client.get(where, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("accepts", [True, False])
def test_a_big_tile_is_compressed_for_those_who_accept_it(client: TestClient, accepts: bool) -> None:
    """gzip only for a reader who asked for it; both readers get the same tile."""
    answer = client.get(
        address("street", 13, lat=28.06), headers={"Accept-Encoding": "gzip" if accepts else "identity"}
    )
    assert answer.headers.get("Content-Encoding") == ("gzip" if accepts else None)
    assert "street" in mapbox_vector_tile.decode(answer.content)
