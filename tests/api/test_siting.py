"""The page and the JSON of clinics that might open."""

from starlette.testclient import TestClient


def test_a_point_is_tried_on_the_page(client: TestClient) -> None:
    """The page has the map, the form and the answer; the part that a script asks for is the answer alone."""
    whole = client.get("/access/what-if?lon=120.005&lat=28.015")
    assert whole.status_code == 200
    assert 'src="/maps/what-if"' in whole.text
    part = client.get("/access/what-if?lon=120.005&lat=28.015", headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert 'id="answer"' in part.text
    assert "<iframe" not in part.text


def test_what_cannot_be_asked_is_said_on_the_page(client: TestClient) -> None:
    """No coordinate, no number, no such question: the page says so, and shows nothing of what was written as markup."""
    for asked in ("lon=x&lat=28", "lon=120&lat=28&capacity=<i>x</i>", "lon=120&lat=28&datum=mars", "model=mclp&p=many"):
        answer = client.get(f"/access/what-if?{asked}")
        assert answer.status_code == 200
        assert 'class="problem"' in answer.text
        assert "<i>x</i>" not in answer.text


def test_the_interface_refuses_what_is_no_number(client: TestClient) -> None:
    """One error format, status 422; a question without an answer keeps it too."""
    for address in ("/api/access/what-if?lon=200&lat=28", "/api/access/what-if?lon=120", "/api/access/sites?p=0"):
        answer = client.get(address)
        assert answer.status_code == 422
        assert set(answer.json()) >= {"error", "message", "details"}
    assert client.get("/api/access/sites?model=best").status_code == 422
