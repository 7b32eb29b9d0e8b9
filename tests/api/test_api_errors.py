"""Every exception is answered in one format, from one table, and tells nothing about our insides."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import errors
from api.main import create_app
from gis import errors as domain
from gis.errors import NotFound, WanggeError
from gis.settings import Settings
from tests.api.awkward import serve


def tree(root: type[WanggeError]) -> list[type[WanggeError]]:
    """A class and all below it, of ours alone."""
    below = [kind for child in root.__subclasses__() for kind in tree(child)]
    return [root, *(kind for kind in below if kind.__module__ == domain.__name__)]


@pytest.fixture
def faulty(district_url: str) -> FastAPI:
    """An application with one more route, which raises what it is told to."""
    app = create_app(Settings(lang="en", database_url=district_url))

    @app.get("/api/raise/{name}")
    def fail(name: str) -> None:
        if name == "bug":
            raise ZeroDivisionError("secret of ours")
        raise getattr(domain, name)("Told you so.", details={"row": 3})

    return app


@pytest.fixture
def faults(faulty: FastAPI) -> Iterator[TestClient]:
    """A client of the application that raises."""
    yield from serve(faulty)


@pytest.mark.parametrize("kind", tree(WanggeError))
def test_every_class_of_error_has_a_row(kind: type[WanggeError]) -> None:
    """A new class of gis.errors must be given a status before it can be released."""
    assert kind in errors.STATUS


def test_a_class_without_a_row_would_be_noticed() -> None:
    """Control: the table does not answer for a class that it does not hold; its parent's row is used meanwhile."""

    class Unlisted(NotFound):
        pass

    assert Unlisted not in errors.STATUS
    assert errors.status_of(Unlisted("x")) == errors.STATUS[NotFound]


@pytest.mark.parametrize("kind", list(errors.STATUS))
def test_each_class_is_answered_as_its_row_says(faults: TestClient, kind: type[WanggeError]) -> None:
    """Status and code come from the table, message and details from the exception."""
    status, code = errors.STATUS[kind]
    answer = faults.get(f"/api/raise/{kind.__name__}")
    assert answer.status_code == status
    assert answer.json() == {"error": code, "message": "Told you so.", "details": {"row": 3}}


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_bug_says_nothing_about_our_insides(faults: TestClient, accept: str) -> None:
    """Neither stack trace nor message of an unexpected exception leaves the house; security headers still do."""
    answer = faults.get("/api/raise/bug", headers={"Accept": accept})
    assert answer.status_code == 500
    assert set(answer.json()) == {"error", "message", "details"}
    assert answer.json()["error"] == "internal"
    for word in ("secret", "ZeroDivision", "Traceback", ".py", "raise"):
        assert word not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_bug_is_told_in_the_language_of_the_reader(faults: TestClient) -> None:
    """Even the answer outside all middleware keeps to the language asked for."""
    assert faults.get("/api/raise/bug?lang=en").text.isascii()


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not-found"),
        ("GET", "/nothing", 404, "not-found"),
        ("GET", "/assets/nothing.js", 404, "not-found"),
        ("GET", "/assets/..%2fpackage.json", 404, "not-found"),
        ("POST", "/api/areas", 405, "method-not-allowed"),
        ("DELETE", "/api/areas/330302", 405, "method-not-allowed"),
        ("GET", "/api/areas?limit=0", 422, "invalid-request"),
        ("GET", "/api/areas?limit=1001", 422, "invalid-request"),
        ("GET", "/api/areas?limit=ten", 422, "invalid-request"),
        ("GET", "/api/areas?offset=-1", 422, "invalid-request"),
        ("GET", "/api/areas?geometry=perhaps", 422, "invalid-request"),
        ("GET", "/api/areas?lang=fr", 422, "invalid-request"),
        ("GET", "/api/areas?q=%00", 422, "invalid-request"),
        ("GET", "/api/areas?on=2024", 422, "invalid-request"),
        ("GET", "/api/areas?on=1704067200", 422, "invalid-request"),
        ("GET", "/api/areas?on=2024-02-30", 422, "invalid-request"),
        ("GET", "/api/areas?known=yesterday", 422, "invalid-request"),
        ("GET", "/api/areas?known=0001-01-01T00:00:00%2B14:00", 422, "invalid-request"),
        ("GET", "/api/areas?bbox=1,2,3", 422, "invalid-request"),
        ("GET", "/api/areas?bbox=1,2,nan,4", 422, "invalid-request"),
        ("GET", "/api/areas?bbox=3,2,1,4", 422, "invalid-request"),
        ("GET", "/api/areas?bbox=1,4,3,2", 422, "invalid-request"),
        ("GET", "/api/areas?bbox=28,120,29,121", 422, "invalid-request"),
        ("GET", "/api/gaps/responsibility?from=2024-01-01", 422, "invalid-request"),
        ("GET", "/api/gaps/responsibility?from=2024-02-01&to=2024-01-01", 422, "invalid-request"),
        ("GET", "/tiles/grid/23/0/0", 422, "invalid-request"),
        ("GET", "/tiles/grid/3/8/0", 422, "invalid-request"),
        ("GET", "/tiles/grid/3/0/-1", 422, "invalid-request"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_in_the_one_format(
    faults: TestClient, method: str, address: str, status: int, code: str
) -> None:
    """Wrong addresses, methods and values are found before a database is needed, and never echo the value."""
    answer = faults.request(method, address)
    body = answer.json()
    assert (answer.status_code, body["error"]) == (status, code)
    assert set(body) == {"error", "message", "details"}
    if status == 422:
        problem = body["details"]["problems"][0]
        assert set(problem) == {"in", "name", "message"}
        assert body["message"] == f"{problem['name']}: {problem['message']}"


def test_a_person_gets_an_error_as_a_page(faults: TestClient) -> None:
    """A browser on a page's address reads the same message as HTML."""
    answer = faults.get("/nothing", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "There is nothing at this address." in answer.text


def test_no_database_is_one_clear_answer_without_its_password() -> None:
    """An unreachable database is 503 in the one format, and /healthz keeps its own keys."""
    app = create_app(Settings(database_url="postgresql://someone:hunter2@127.0.0.1:9/nothing", lang="en"))
    for client in serve(app):
        answer, health = client.get("/api/areas"), client.get("/healthz")
        assert (answer.status_code, answer.json()["error"]) == (503, "database-unreachable")
        assert health.status_code == 503
        assert health.json().items() >= {"status": "unreachable", "database": None, "postgis": None}.items()
        assert "hunter2" not in answer.text + health.text


def test_what_a_role_may_not_see_is_as_if_it_were_not_there(visitor: TestClient) -> None:
    """The public reads a facility that holds a licence like one that holds none, and no hidden column."""
    holder, other = visitor.get("/api/facilities/F1").json(), visitor.get("/api/facilities/F2").json()
    assert holder["licences"] == other["licences"] == []
    assert holder.keys() == other.keys()
    assert "raw_lon" not in holder
    assert "dwellings" not in visitor.get("/api/areas/330302").json()
