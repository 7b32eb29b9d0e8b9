"""The page, the map and the JSON of clusters answer alike."""

from starlette.testclient import TestClient


def test_page_map_and_json_agree(client: TestClient) -> None:
    """The page carries the sentence, the map's address and the numbers of the JSON."""
    found = client.get("/api/clusters").json()
    page = client.get("/clusters", headers={"accept-language": "en"}).text
    assert found["meaning"]
    assert "/maps/clusters?" in page
    assert 'id="meaning"' in page
    assert client.get("/maps/clusters").status_code == 200


def test_what_makes_no_sense_is_said(client: TestClient) -> None:
    """A day that is none, a level that is none."""
    assert client.get("/api/clusters?from=yesterday").status_code == 422
    assert client.get("/api/clusters?level=planet").status_code == 400
    assert client.get("/api/clusters?severity=clerical").status_code == 422


def test_the_page_of_a_past_day_is_of_that_day(client: TestClient) -> None:
    """Its map and its form keep the day."""
    page = client.get("/clusters?on=2020-05-01", headers={"accept-language": "en"}).text
    assert 'name="on" value="2020-05-01"' in page
    assert "on=2020-05-01" in page.split("<iframe")[1].split(">")[0]
    assert client.get("/api/clusters?on=2020-05-01").json()["on"] == "2020-05-01"
