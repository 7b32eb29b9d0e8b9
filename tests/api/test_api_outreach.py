"""Outreach over HTTP: recorded once with a receipt, listed, counted and drawn."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.models.outreach import OutreachGaps, Receipt, SessionPage
from api.routes import outreach
from tests.api.awkward import application, district, load, serve
from tests.api.people import bearer, make_account, make_token
from tests.unit.intake.invented_files import resident

VILLAGE = "330302001001"


@pytest.fixture
def officer(engine: Engine, database_url: str) -> Iterator[TestClient]:
    """A program that an officer of one village gave a token to."""
    load(engine, district())
    token = make_token(engine, make_account(engine, "officer", "officer", "L02"))
    app = application(database_url)
    if not any(getattr(route, "path", "") == "/api/outreach" for route in app.routes):
        app.include_router(outreach.router)
    yield from serve(app, bearer(token))


def session(**fields: Any) -> dict[str, Any]:
    return {
        "code": str(uuid4()),
        "area": VILLAGE,
        "held_on": "2026-05-04",
        "kind": "健康讲座",
        "reach": 40,
        **fields,
    }


def test_a_session_sent_twice_has_one_receipt(officer: TestClient) -> None:
    """201 means on disk; the same body again has the same receipt, and one session is listed and counted."""
    sent = session()
    first, again = officer.post("/api/outreach", json=sent), officer.post("/api/outreach", json=sent)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    Receipt.model_validate(first.json())
    page = officer.get("/api/outreach?on=2026-06-01").json()
    SessionPage.model_validate(page)
    assert [item["code"] for item in page["items"]] == [sent["code"]]
    gaps = officer.get("/api/gaps/outreach?on=2026-06-01&days=60").json()
    OutreachGaps.model_validate(gaps)
    assert gaps["without"]["village"] == []
    assert officer.get("/api/gaps/outreach?on=2026-06-01&days=7").json()["without"]["village"] == [VILLAGE]


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"code": "x"}, 422, "invalid-request"),
        ({"held_on": "yesterday"}, 422, "invalid-request"),
        ({"reach": 1.5}, 422, "invalid-request"),
        ({"participants": ["x"]}, 422, "invalid-request"),
        ({"held_on": "2999-01-01"}, 422, "data-rejected"),
        ({"kind": f"讲座 {resident(4)}"}, 422, "personal-data-refused"),
        ({"area": "330302002"}, 404, "not-found"),
    ],
)
def test_what_is_refused_is_not_recorded(officer: TestClient, wrong: dict[str, Any], status: int, error: str) -> None:
    """Values that cannot be read, a list of people, personal data, another's area: refused, and nothing is listed."""
    answer = officer.post("/api/outreach", json=session(**wrong))
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert officer.get("/api/outreach").json()["total"] == 0


def test_the_public_records_and_reads_nothing(officer: TestClient) -> None:
    """Without an account every address of outreach asks to sign in first."""
    nobody = {"Authorization": ""}
    assert officer.post("/api/outreach", json=session(), headers=nobody).status_code == 401
    for path in ("/api/outreach", "/api/gaps/outreach", "/maps/outreach"):
        assert officer.get(path, headers=nobody).status_code == 401
        assert officer.get(path).status_code == 200, "the control"


def test_the_map_is_of_one_s_own_areas(officer: TestClient) -> None:
    """The served page holds the areas of the officer and no other."""
    page = officer.get("/maps/outreach?on=2026-06-01&lang=en").text
    assert "<title>Outreach map</title>" in page
    assert VILLAGE in page
    assert "330302001002" not in page
