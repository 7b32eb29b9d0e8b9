"""Findings over HTTP: the documented JSON, and pages that work without a script."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.identity import COOKIE
from api.models.findings import Finding, Findings, FindingWhole, Tasks
from gis.roles import Actor
from gis.services.inspections import plans as inspection_plans
from gis.services.inspections.record import record
from gis.services.workspace import Workspace, today
from gis.settings import Settings
from tests.api.awkward import application, district, load
from tests.api.people import bearer, make_account, make_session, make_token
from tests.store.inspecting import BOTH, answers, draft, item_of

SERIOUS = item_of("serious")
EARLIER = today() - timedelta(days=60)


@pytest.fixture
def client(engine: Engine, database_url: str) -> Iterator[TestClient]:
    """The application over TLS, without an account."""
    load(engine, district())
    with TestClient(application(database_url), base_url="https://testserver", raise_server_exceptions=False) as open_:
        yield open_


@pytest.fixture
def inspector(client: TestClient, engine: Engine) -> Actor:
    """An inspector of one village."""
    make_account(engine, "chief", "leader", "L01")
    return make_account(engine, "inspector", "inspector", "L02")


@pytest.fixture
def finding(inspector: Actor, database_url: str) -> str:
    """A serious finding from two months ago, with a planned visit beside it; its number."""
    workspace = Workspace(Settings(database_url=database_url))
    note = {f"{SERIOUS}_note": "<b>许可证</b>未悬挂"}
    receipt = record(workspace, inspector, draft(SERIOUS, answers=answers(SERIOUS, **note), inspected_on=EARLIER))
    day = today() + timedelta(days=3)
    inspection_plans.plan(
        workspace, inspector, id=str(uuid4()), facility="F1", checklist="pharmacy", planned_on=day, inspectors=BOTH
    )
    workspace.close()
    return str(receipt["findings"][0]["id"])


@pytest.fixture
def header(inspector: Actor, engine: Engine) -> dict[str, str]:
    """The header of a program of the inspector."""
    return bearer(make_token(engine, inspector))


@pytest.fixture
def csrf(client: TestClient, inspector: Actor, engine: Engine) -> str:
    """Signs the client in; the secret of its forms."""
    token, secret = make_session(engine, inspector)
    client.cookies.set(COOKIE, token)
    return secret


def test_the_json_is_what_is_documented(client: TestClient, header: dict[str, str], finding: str) -> None:
    """List, one, a step and the visits answer in the documented shapes."""
    page = Findings.model_validate_json(client.get("/api/findings?remind=true", headers=header).text)
    assert [(row.id, row.overdue) for row in page.items] == [(finding, True)]
    one = FindingWhole.model_validate_json(client.get(f"/api/findings/{finding}", headers=header).text)
    assert one.following == ["rectified", "escalated"]
    step = {"state": "rectified", "note": "已悬挂"}
    assert (
        Finding.model_validate_json(client.post(f"/api/findings/{finding}", json=step, headers=header).text).remind
        is False
    )
    tasks = Tasks.model_validate_json(client.get("/api/tasks", headers=header).text)
    assert [(task.kind, task.facility) for task in tasks.items] == [("reinspection", "F1"), ("planned", "F1")]


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ({"state": "closed", "note": "x"}, 400),
        ({"state": "open", "note": "x"}, 400),
        ({"state": "withdrawn", "note": "x"}, 403),
        ({"state": "rectified", "note": " "}, 422),
        ({"state": "gone", "note": "x"}, 422),
        ({"state": "rectified", "note": "110101199003077758"}, 422),
    ],
)
def test_refused_steps_say_why(
    client: TestClient, header: dict[str, str], finding: str, step: dict[str, str], status: int
) -> None:
    """Each with its status and a message, and the finding stays open."""
    answer = client.post(f"/api/findings/{finding}?lang=en", json=step, headers=header)
    assert (answer.status_code, bool(answer.json()["message"])) == (status, True)
    assert client.get(f"/api/findings/{finding}", headers=header).json()["state"] == "open"


def test_pages_without_a_script(client: TestClient, csrf: str, finding: str) -> None:
    """The list links the finding, its form takes it further, a refusal keeps the note, and texts are escaped."""
    page = client.get("/findings?lang=en").text
    assert f"/findings/{finding}" in page
    shown = client.get(f"/findings/{finding}?lang=en").text
    assert "&lt;b&gt;许可证&lt;/b&gt;" in shown
    assert "<b>许可证" not in shown
    assert "Open a case" in shown
    kept = client.post(f"/findings/{finding}", data={"csrf": csrf, "state": "rectified", "note": "13812345678"})
    assert kept.status_code == 422
    assert "13812345678" in kept.text
    moved = client.post(
        f"/findings/{finding}", data={"csrf": csrf, "state": "rectified", "note": "已改"}, follow_redirects=False
    )
    assert moved.status_code == 303
    assert "Re-inspection" in client.get("/findings?lang=en").text


def test_a_finding_that_is_none(client: TestClient, header: dict[str, str]) -> None:
    """No UUID and an unknown one are not found."""
    for number in ("x", str(uuid4())):
        assert client.get(f"/api/findings/{number}", headers=header).status_code == 404
