"""Requests made from the OpenAPI document get documented answers; `make bench` sends 10,000 of them."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.testclient import TestClient

from tests.access.conftest import Town, fill
from tests.api.awkward import application, serve
from tests.api.fuzzing import fuzz
from tests.api.people import bearer

CASES = {"chief": 150, "officer": 100, "public": 100}


@pytest.fixture(scope="module")
def own_town(cluster_database: str) -> Town:
    """A town that these tests may change."""
    return fill(cluster_database)


@pytest.mark.parametrize("role", CASES)
def test_answers_are_documented(own_town: Town, role: str) -> None:
    """No request ends in a server error, and every answer has a status, a type and a shape of the document."""
    headers = bearer(own_town.tokens[role]) if role in own_town.tokens else {}
    for client in serve(application(own_town.url), headers):
        tally = fuzz(client, CASES[role])
    assert tally.faults == []
    assert tally.server_errors == 0
    assert tally.cases >= CASES[role]
    assert {200, 422} <= set(tally.statuses)


def test_control_faults_are_noticed() -> None:
    """A route that breaks, and one that answers what it does not say, are both found."""
    for client in _broken():
        tally = fuzz(client, 8)
    assert tally.server_errors > 0
    assert any("/teapot" in fault for fault in tally.faults)


def _broken() -> Iterator[TestClient]:
    app = FastAPI()

    @app.get("/breaks")
    def breaks(number: int = 0) -> None:
        raise ZeroDivisionError(number)

    @app.get("/teapot")
    def teapot(number: int = 0) -> JSONResponse:
        return JSONResponse({"number": number}, 418)

    yield from serve(app)
