"""Draws over HTTP: committing and drawing as JSON and over the forms, and what the public may know."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from gis.analysis.draw.verify import verify
from tests.api.awkward import MARKUP

if TYPE_CHECKING:
    from starlette.testclient import TestClient

Headers = dict[str, str]


def commit(web: "TestClient", token: Headers, **changes: Any) -> dict[str, Any]:
    """A committed draw of two."""
    body = {"id": str(uuid4()), "on": "2026-05-01", "count": 2, "seed": "五月"} | changes
    answer = web.post("/api/draws", json=body, headers=token)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


PEOPLE = [{"code": "L01"}, {"code": "L02", "interests": ["F2"]}]


def test_a_draw_in_two_steps(web: "TestClient", token: Headers) -> None:
    """Committed, then drawn with the same seed; sent twice it is stored once; the proof holds."""
    made = commit(web, token)
    assert (made["state"], made["seed"]) == ("committed", None)
    assert commit(web, token, id=made["id"]) == made
    body = {"seed": "五月", "inspectors": PEOPLE}
    done = web.post(f"/api/draws/{made['id']}/run", json=body, headers=token).json()
    assert (done["state"], len(done["facilities"]), done["seed"]) == ("drawn", 2, "五月")
    assert web.post(f"/api/draws/{made['id']}/run", json=body, headers=token).json() == done
    assert web.get(f"/api/draws/{made['id']}", headers=token).json() == done
    proof = web.get(f"/api/draws/{made['id']}/proof", headers=token)
    assert verify(proof.content).seal == done["seal"]
    without = [line for line in done["facilities"] if line["facility"]["code"] == "F2"]
    assert all(line["problem"] and line["inspectors"] == [] for line in without)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"seed": "六月", "inspectors": PEOPLE}, 422),
        ({"seed": "五月", "inspectors": PEOPLE[:1]}, 422),
        ({"seed": "五月", "inspectors": [*PEOPLE, {"code": "nobody"}]}, 422),
        ({"seed": "五月", "inspectors": [{"code": "L01", "interests": ["F-none"]}, {"code": "L02"}]}, 422),
        ({"seed": "", "inspectors": PEOPLE}, 422),
        ({"inspectors": PEOPLE}, 422),
    ],
)
def test_what_cannot_be_drawn_leaves_it_committed(
    web: "TestClient", token: Headers, body: dict[str, Any], status: int
) -> None:
    """Another seed, too few inspectors, somebody unknown, a facility that there is not."""
    made = commit(web, token)
    assert web.post(f"/api/draws/{made['id']}/run", json=body, headers=token).status_code == status
    assert web.get(f"/api/draws/{made['id']}", headers=token).json() == made


def test_the_public_sees_hashes_only(web: "TestClient", token: Headers) -> None:
    """Page and JSON for everybody hold neither seed nor facility, inspector or account."""
    made = commit(web, token)
    web.post(f"/api/draws/{made['id']}/run", json={"seed": "五月", "inspectors": PEOPLE}, headers=token)
    item = web.get("/api/draws/published").json()["items"][0]
    page = web.get("/open/draws").text
    for shown in (made["commitment"], item["list_sha256"], item["seal"]):
        assert shown in page
    for hidden in ("五月", "F1", "L01", "chief", "王五"):
        assert hidden not in page
        assert hidden not in str(item)


def test_the_forms_commit_and_draw(web: "TestClient", session: Headers) -> None:
    """The pages lead through both steps; names are escaped; pressing twice draws once."""
    number = str(uuid4())
    form = {"id": number, "on": "2026-05-01", "count": "3", "seed": "五月"}
    for _twice in range(2):
        answer = web.post("/draws/new", data=form, headers=session)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/draws/{number}")
    page = web.get(f"/draws/{number}", headers=session).text
    assert 'name="interests L02"' in page
    drawn = {"seed": "五月", "inspectors": ["L01", "L02"], "interests L02": "F1"}
    for _twice in range(2):
        assert web.post(f"/draws/{number}/run", data=drawn, headers=session).status_code == 303
    page = web.get(f"/draws/{number}", headers=session).text
    assert "Too few inspectors" in page
    assert MARKUP not in page
    assert "&lt;script&gt;" in page
    assert "L02: declared interest" in page
    assert verify(web.get(f"/draws/{number}/proof.json", headers=session).content).drawn == 3
    assert number in web.get("/draws", headers=session).text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": " "}, "seed is missing"),
        ({"count": "many"}, "whole number"),
        ({"count": "0"}, "one facility at least"),
        ({"id": "x"}, "no UUID"),
    ],
)
def test_the_form_comes_back_with_what_is_wrong(
    web: "TestClient", session: Headers, change: dict[str, str], said: str
) -> None:
    """One message, and what was typed is kept."""
    form = {"id": str(uuid4()), "on": "2026-05-01", "count": "3", "seed": "kept"} | change
    answer = web.post("/draws/new", data=form, headers=session)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="2026-05-01"' in answer.text
    number = str(uuid4())
    web.post("/draws/new", data=form | {"id": number, "count": "3", "seed": "kept"}, headers=session)
    wrong = {"seed": "kept", "inspectors": ["L01", "L02"], "interests L01": "F-none"}
    answer = web.post(f"/draws/{number}/run", data=wrong, headers=session)
    assert answer.status_code == 422
    assert "no facility F-none" in answer.text
    assert 'value="F-none"' in answer.text
