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
