"""Corrections over HTTP: proposing, listing, deciding, and the page with both shapes."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from tests.api.awkward import application, district, load, serve, square
from tests.api.people import bearer, make_account, make_session, make_token

if TYPE_CHECKING:
    from starlette.testclient import TestClient

VILLAGE = "330302001001"


@pytest.fixture
def people(engine: Engine) -> dict[str, dict[str, str]]:
    """Headers of those who have to do with corrections of a village, and of some who have not."""
    load(engine, district())
    roles: dict[str, Any] = {"leader": "leader", "officer": "officer", "inspector": "inspector"}
    return {name: bearer(make_token(engine, make_account(engine, name, role, "L02"))) for name, role in roles.items()}


@pytest.fixture
def web(database_url: str, people: dict[str, dict[str, str]]) -> Iterator["TestClient"]:
    """A client without an account."""
    yield from serve(application(database_url))


def proposal(**values: Any) -> dict[str, Any]:
    """A fine one but for what the test says."""
    shape = square(0, 0, 2.5).__geo_interface__
    return {"id": str(uuid4()), "kind": "boundary", "target": VILLAGE, "geometry": shape, "note": "界线"} | values


def test_walk(web: "TestClient", people: dict[str, dict[str, str]]) -> None:
    """An officer proposes, a leader finds it and accepts, and both see what became of it."""
    sent = proposal()
    receipt = web.post("/api/corrections", json=sent, headers=people["officer"])
    assert receipt.status_code == 201
    assert web.post("/api/corrections", json=sent, headers=people["officer"]).json() == receipt.json()
    waiting = web.get("/api/corrections", params={"state": "proposed"}, headers=people["leader"]).json()
    assert [row["id"] for row in waiting["items"]] == [sent["id"]]
    path = f"/api/corrections/{sent['id']}/decision"
    assert web.post(path, json={"accept": True}, headers=people["officer"]).status_code == 403
    assert web.post(path, json={"accept": False}, headers=people["leader"]).status_code == 422
    decided = web.post(path, json={"accept": True}, headers=people["leader"]).json()
    assert (decided["state"], decided["change_id"]) == ("accepted", 1)
    seen = web.get("/api/corrections", headers=people["officer"]).json()["items"]
    assert [row["state"] for row in seen] == ["accepted"]
    changes = web.get("/api/changes", headers=people["leader"]).json()
    assert [(row["code"], row["what"], row["kind"]) for row in changes["areas"]] == [(VILLAGE, "changed", "redraw")]


@pytest.mark.parametrize(("name", "status"), [("inspector", 403), (None, 401)])
def test_who_may_not(web: "TestClient", people: dict[str, dict[str, str]], name: str | None, status: int) -> None:
    """Inspectors and the public neither read nor propose."""
    headers = people[name] if name else {}
    assert web.get("/api/corrections", headers=headers).status_code == status
    assert web.post("/api/corrections", json=proposal(), headers=headers).status_code == status


@pytest.mark.parametrize(
    "values",
    [
        {"id": "no-uuid"},
        {"kind": "road"},
        {"geometry": {}},
        {"geometry": {"type": "Polygon", "coordinates": [[[1, 2], [3]]]}},
        {"geometry": {"type": "Polygon", "coordinates": [[[[]]]]}},
        {"geometry": {"type": "Polygon", "coordinates": None}},
        {"geometry": {"type": "Polygon", "coordinates": [[[1e400, 2], [3, 4], [5, 6], [1, 2]]]}},
        {"note": "联系人电话 138 1234 5678"},
        {"datum": "mars"},
    ],
)
def test_bad_proposal_is_refused(web: "TestClient", people: dict[str, dict[str, str]], values: dict[str, Any]) -> None:
    """Whatever is wrong with it, the answer is 422 and nothing is stored."""
    body = json.dumps(proposal(**values)).replace("Infinity", "1e999")
    headers = people["officer"] | {"Content-Type": "application/json"}
    assert web.post("/api/corrections", content=body, headers=headers).status_code == 422
    assert web.get("/api/corrections", headers=people["officer"]).json()["total"] == 0


def test_page_decides(web: "TestClient", people: dict[str, dict[str, str]]) -> None:
    """The page draws both shapes; a refusal without a reason is asked for one; with one it is done."""
    sent = proposal(note="<b>界线</b>")
    web.post("/api/corrections", json=sent, headers=people["officer"])
    page = web.get("/corrections", headers=people["leader"]).text
    assert 'class="old" d="M' in page
    assert 'class="new" d="M' in page
    assert "&lt;b&gt;" in page
    path = f"/corrections/{sent['id']}"
    refused = web.post(path, data={"decision": "refuse"}, headers=people["leader"])
    assert refused.status_code == 422
    assert "Say why" in refused.text
    done = web.post(
        path, data={"decision": "refuse", "reason": "界桩没有移动"}, headers=people["leader"], follow_redirects=False
    )
    assert (done.status_code, done.headers["location"]) == (303, "/corrections?done=refused")
    assert "界桩没有移动" in web.get("/corrections", params={"state": "refused"}, headers=people["leader"]).text
    assert web.get("/corrections", headers=people["officer"]).status_code == 403


def test_decision_of_another_site_is_refused(
    web: "TestClient", engine: Engine, people: dict[str, dict[str, str]]
) -> None:
    """A browser's session without the secret of its forms decides nothing."""
    sent = proposal()
    web.post("/api/corrections", json=sent, headers=people["officer"])
    cookie, csrf = make_session(engine, make_account(engine, "at a browser", "leader", "L02"))
    headers = {"Cookie": f"__Host-wangge={cookie}"}
    form = {"decision": "accept"}
    path = f"/corrections/{sent['id']}"
    assert web.post(path, data=form, headers=headers).status_code == 403
    assert web.get("/api/corrections", headers=people["leader"]).json()["items"][0]["state"] == "proposed"
    assert web.post(path, data=form | {"csrf": csrf}, headers=headers, follow_redirects=False).status_code == 303
