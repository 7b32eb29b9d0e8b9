"""Areas and facilities: the rows of a day, a page at a time, plain or as GeoJSON."""

import json

import pytest
import shapely
from starlette.testclient import TestClient

from api.models import register as models
from gis.store.engine import make_engine
from tests.api.awkward import CORNERS, MARKUP, application, serve
from tests.api.people import bearer, make_account, make_token

STREETS = ["330302001", "330302002", "330302003"]


def codes(client: TestClient, address: str) -> list[str]:
    """Codes of the items of a page."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


def test_a_page_of_areas_is_what_the_documentation_says(client: TestClient) -> None:
    """Every key of the answer is documented and every documented key is there."""
    page = client.get("/api/areas").json()
    models.AreaPage.model_validate(page)
    assert page["total"] == len(page["items"]) == 8
    first = page["items"][0]
    assert first == {
        "code": "330302",
        "name": "鹿城区",
        "level": "district",
        "parent_code": None,
        "dwellings": 9000,
        "valid_from": None,
        "valid_to": None,
        "bbox": pytest.approx([120, 28, 120.08, 28.08]),
    }


def test_missing_values_are_null_and_markup_stays_text(client: TestClient) -> None:
    """Dwellings that nobody counted are null, not 0; a name with markup is a string like any other."""
    area = client.get("/api/areas/330302002").json()
    assert area["dwellings"] is None
    assert area["name"] == MARKUP
    assert client.get("/api/areas/330302001001").json()["dwellings"] == 0


def test_pages_partition_the_list(client: TestClient) -> None:
    """All pages together are the whole list, in the order of the code; the total does not depend on the page."""
    whole = codes(client, "/api/areas")
    assert whole == sorted(whole)
    parts = [client.get(f"/api/areas?limit=3&offset={offset}").json() for offset in (0, 3, 6, 9)]
    assert [item["code"] for part in parts for item in part["items"]] == whole
    assert {part["total"] for part in parts} == {len(whole)}
    assert (parts[1]["limit"], parts[1]["offset"]) == (3, 3)


def test_filters_narrow_the_list_and_its_total(client: TestClient) -> None:
    """Level, parent, box and search each choose rows, and count only those."""
    assert codes(client, "/api/areas?level=street") == STREETS
    assert codes(client, "/api/areas?parent=330302") == STREETS
    assert codes(client, "/api/areas?q=五马") == ["330302001"]
    assert codes(client, "/api/areas?q=330302003") == ["330302003"]
    assert codes(client, "/api/areas?level=street&bbox=120.05,28.01,120.06,28.02") == ["330302002"]
    assert client.get("/api/areas?level=street&limit=1").json()["total"] == 3
    assert codes(client, "/api/areas?q=%25") == []
    assert codes(client, "/api/areas?level=nothing") == []


def test_areas_as_geojson(client: TestClient) -> None:
    """With geometry=true the same rows come as features, with the numbers of the page beside them."""
    answer = client.get("/api/areas?level=street&geometry=true&limit=2")
    assert answer.headers["Content-Type"] == "application/geo+json"
    collection = answer.json()
    models.FeatureCollection.model_validate(collection)
    assert (collection["total"], collection["limit"], collection["offset"]) == (3, 2, 0)
    assert [f["properties"]["code"] for f in collection["features"]] == STREETS[:2]
    assert shapely.from_geojson(answer.text).bounds == pytest.approx((120, 28, 120.08, 28.04))


def test_a_polygon_of_many_corners_arrives_whole(client: TestClient) -> None:
    """Geometry is neither cut nor simplified on its way out."""
    body = client.get("/api/areas/330302003").json()
    models.AreaDetail.model_validate(body)
    shape = shapely.from_geojson(json.dumps(body["geometry"]))
    assert shapely.get_num_coordinates(shape) == CORNERS + 1


def test_one_area_shows_what_holds_it_and_what_it_holds(client: TestClient) -> None:
    """The path runs from the top, the children are those of the day."""
    body = client.get("/api/areas/330302001001?on=2025-01-01").json()
    assert [area["code"] for area in body["path"]] == ["330302", "330302001"]
    assert [area["code"] for area in body["children"]] == ["330302001001001", "330302001001002"]
    today = client.get("/api/areas/330302001001").json()
    assert [area["code"] for area in today["children"]] == ["330302001001002", "330302001001003"]


def test_the_day_is_half_open(client: TestClient) -> None:
    """An area ends on the first day on which it is no more."""
    assert client.get("/api/areas/330302001001001?on=2025-06-30").status_code == 200
    assert client.get("/api/areas/330302001001001?on=2025-07-01").status_code == 404
    assert client.get("/api/areas/330302001001003?on=2025-07-01").status_code == 200
    assert client.get("/api/areas/330302001001002?on=2019-12-31").status_code == 404


def test_known_asks_for_what_was_known_then(client: TestClient) -> None:
    """Before it was recorded nothing is known; a time without an offset is UTC, a mere day is its end."""
    assert client.get("/api/areas?known=2026-01-05T07:59:59").json()["total"] == 0
    assert client.get("/api/areas?known=2026-01-05T08:00:01").json()["total"] == 8
    assert client.get("/api/areas?known=2026-01-05T08:00:01%2B08:00").json()["total"] == 0
    assert client.get("/api/areas?known=2026-01-05").json()["total"] == 8
    assert client.get("/api/areas?known=2026-01-04").json()["total"] == 0
    assert client.get("/api/areas/330302?known=2026-01-04").status_code == 404


def test_history_of_a_code(client: TestClient) -> None:
    """Every version is listed with its period, whatever the day; a code that never was is not found."""
    body = client.get("/api/areas/330302001001001/history").json()
    models.AreaHistory.model_validate(body)
    assert body["code"] == "330302001001001"
    assert [(v["valid_from"], v["valid_to"]) for v in body["versions"]] == [("2020-01-01", "2025-07-01")]
    assert client.get("/api/areas/nothing/history").status_code == 404


def test_facilities_of_a_day(client: TestClient) -> None:
    """Facilities carry longitude and latitude; kind, area, box and search choose among them."""
    page = client.get("/api/facilities").json()
    models.FacilityPage.model_validate(page)
    assert [item["code"] for item in page["items"]] == ["F1", "F2", "F9"]
    assert (page["items"][0]["lon"], page["items"][0]["lat"]) == pytest.approx((120.005, 28.015))
    assert codes(client, "/api/facilities?kind=医院") == ["F2"]
    assert codes(client, "/api/facilities?area=330302") == ["F1", "F2"]
    assert codes(client, "/api/facilities?area=330302001001") == ["F1"]
    assert codes(client, "/api/facilities?q=药店") == ["F9"]
    assert codes(client, "/api/facilities?bbox=121,29,122,30") == ["F9"]
    assert client.get("/api/facilities?geometry=true").json()["features"][2]["geometry"]["type"] == "Point"


def test_one_facility_with_what_it_holds(client: TestClient) -> None:
    """Licences, equipment and operators of the day stand in its record; a facility without any has empty lists."""
    body = client.get("/api/facilities/F1").json()
    models.FacilityDetail.model_validate(body)
    assert [row["number"] for row in body["licences"]] == ["证001"]
    assert [row["model"] for row in body["equipment"]] == ["=1+1"]
    assert [row["operator_code"] for row in body["operators"]] == ["P1"]
    empty = client.get("/api/facilities/F9").json()
    assert empty["kind"] is None
    assert empty["licences"] == empty["equipment"] == empty["operators"] == []


@pytest.mark.parametrize("address", ["/api/areas/nothing", "/api/facilities/nothing", "/api/who/nothing"])
def test_an_unknown_code_is_not_found(client: TestClient, address: str) -> None:
    """A code that nothing has on that day is 404 in the one format."""
    answer = client.get(address)
    assert (answer.status_code, answer.json()["error"]) == (404, "not-found")


def test_an_empty_database_has_empty_answers(database_url: str) -> None:
    """Before the first import every list is empty and every page opens."""
    engine = make_engine(database_url)
    token = make_token(engine, make_account(engine, "leader", "leader", "nobody"))
    engine.dispose()
    for client in serve(application(database_url), bearer(token)):
        assert client.get("/api/areas").json() == {"total": 0, "limit": 100, "offset": 0, "items": []}
        assert client.get("/api/facilities").json()["items"] == []
        assert client.get("/api/areas?geometry=true").json()["features"] == []
        gaps = client.get("/api/gaps/responsibility?geometry=true&from=2024-01-01&to=2025-01-01")
        assert gaps.status_code == 200, gaps.text
        assert gaps.json()["vacant"] == []
        assert client.get("/").status_code == 200
        assert client.get("/maps/responsibility").status_code == 200
        assert client.get("/tiles/grid/0/0/0").status_code == 204
