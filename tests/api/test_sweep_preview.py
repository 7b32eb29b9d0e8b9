"""The preview of a new sweep: what it shows, what it keeps, that it stores nothing, and what does not get through."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from api.identity import COOKIE, CSRF_HEADER
from gis.roles import Actor
from gis.services.sweeps.published import write_document
from gis.services.workspace import Workspace
from tests.api.awkward import MARKUP
from tests.api.people import make_account, make_session
from tests.api.test_sweeps import TEAMS, files, form, hidden, workspace
from tests.store.sweeping import make_plan

if TYPE_CHECKING:
    from starlette.testclient import TestClient

__all__ = ["workspace"]
Headers = dict[str, str]
FINE = TEAMS.replace("L03", "L01")
TABLES = ("sweep", "sweep_revision", "sweep_plan", "sweep_visit", "inspection_plan")


def counts(engine: Engine) -> list[int]:
    """Rows of what publishing writes."""
    with engine.connect() as connection:
        return [int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()) for name in TABLES]


def preview(web: "TestClient", session: Headers, teams: str = FINE, **changes: str) -> str:
    """The page."""
    answer = web.post("/sweeps/new", data=form(**changes), files=files(teams), headers=session)
    assert answer.status_code == 200, re.findall(r'role="alert">([^<]+)', answer.text)
    return answer.text


def test_a_preview_shows_the_plan_and_stores_nothing(
    web: "TestClient", session: Headers, engine: Engine, workspace: Workspace
) -> None:
    """Map, days of the teams with their total, visits, what is left out and why, the gap; no cache keeps it."""
    del workspace
    answer = web.post("/sweeps/new", data=form(), files=files(FINE), headers=session)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    page = answer.text
    for said in ("白鹿诊所", "there is no checklist for its kind", "above the best there can be", "Total", "straight"):
        assert said in page, said
    assert MARKUP not in page
    assert counts(engine) == [0] * len(TABLES)


def test_the_map_may_run_its_own_script_only(web: "TestClient", session: Headers, workspace: Workspace) -> None:
    """The map stands in the page, and the policy names the hash of its script; control: no other page's does."""
    del workspace
    answer = web.post("/sweeps/new", data=form(), files=files(FINE), headers=session)
    policy = answer.headers["content-security-policy"]
    inside = hidden_map(answer.text)
    own = re.findall(r"<script>(.*?)</script>", inside, re.DOTALL)
    marks = [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in own]
    assert marks
    assert f"script-src 'self' {' '.join(marks)};" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert "sha256" not in web.get("/sweeps/new", headers=session).headers["content-security-policy"]


def hidden_map(page: str) -> str:
    """The document of the map inside."""
    found = re.search(r'srcdoc="([^"]*)"', page)
    assert found
    return html.unescape(found[1])


def test_change_gives_the_form_back(web: "TestClient", session: Headers, workspace: Workspace) -> None:
    """With its number, what was typed, the teams as text and the filters; planned again it needs no file."""
    del workspace
    fields = hidden(preview(web, session, title="五月", seed="kept", q="F", due="5"))
    answer = web.post("/sweeps/new/change", data=fields, headers=session)
    assert answer.status_code == 200
    for value in (fields["id"], "五月", "kept"):
        assert f'value="{value}"' in answer.text
    assert 'name="q" value="F"' in answer.text
    assert "甲" in answer.text
    sent = {name: value for name, value in fields.items() if name != "document"}
    again = web.post("/sweeps/new", data=sent, files={"teams": ("", b"")}, headers=session)
    assert hidden(again.text)["document"] == fields["document"]


def test_a_proof_is_kept_until_it_is_left_out(
    web: "TestClient", session: Headers, token: Headers, workspace: Workspace
) -> None:
    """Byte for byte, in the preview and in the form; without its mark it is no source of visits."""
    del workspace
    number, people = str(uuid4()), [{"code": "L01"}, {"code": "L02"}]
    web.post("/api/draws", json={"id": number, "on": "2026-05-01", "count": 1, "seed": "五月"}, headers=token)
    web.post(f"/api/draws/{number}/run", json={"seed": "五月", "inspectors": people}, headers=token)
    proof = web.get(f"/draws/{number}/proof.json", headers=session).content
    sent = files(FINE) | {"proof": ("proof.json", proof)}
    answer = web.post("/sweeps/new", data=form(due="0"), files=sent, headers=session)
    fields = hidden(answer.text)
    assert base64.b64decode(fields["proof_kept"]) == proof
    again = web.post("/sweeps/new", data=fields, headers=session)
    assert hidden(again.text)["document"] == fields["document"]
    assert "checked" in web.post("/sweeps/new/change", data=fields, headers=session).text
    without = web.post("/sweeps/new", data={**fields, "keep_proof": ""}, headers=session)
    assert "Nothing is to be visited" in without.text
    broken = web.post("/sweeps/new", data={**fields, "proof_kept": "%"}, headers=session)
    assert broken.status_code == 422


def test_the_plan_can_be_taken_along(web: "TestClient", session: Headers, workspace: Workspace) -> None:
    """It is the file that `wangge sweep plan` would write, and it is published as one; no cache keeps it."""
    del workspace
    fields = hidden(preview(web, session))
    file = web.post("/sweeps/new/plan.json", data=fields, headers=session)
    assert (file.headers["cache-control"], file.headers["content-type"]) == ("no-store", "application/json")
    assert "attachment" in file.headers["content-disposition"]
    assert json.loads(file.content) == json.loads(fields["document"])
    sent = {"id": fields["id"], "title": fields["title"]}
    answer = web.post("/sweeps/new/file", data=sent, files={"plan": ("a.json", file.content)}, headers=session)
    assert answer.headers["location"] == f"/sweeps/{fields['id']}?done=published"
    again = web.post("/sweeps/new/file", data=fields, headers=session)
    assert again.status_code == 303


def test_a_plan_without_a_visit_is_shown_with_its_reasons(
    web: "TestClient", session: Headers, workspace: Workspace, engine: Engine
) -> None:
    """It cannot be published: there is no button; the form can be changed."""
    del workspace
    page = preview(web, session, q="F9")
    assert "there is no checklist for its kind" in page
    assert "None of the facilities can be visited" in page
    assert "/sweeps/new/file" not in page
    assert "Change" in page
    answer = web.post("/sweeps/new/file", data=hidden(page), headers=session)
    assert (answer.status_code, counts(engine)) == (422, [0] * len(TABLES))


def _sealed(document: dict[str, Any]) -> str:
    """The document with the hash that fits it: as somebody who knows the program would send it."""
    text_of = json.dumps(document["inputs"], sort_keys=True).encode()
    return json.dumps({**document, "inputs_sha256": hashlib.sha256(text_of).hexdigest()})


def _rename(document: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    renamed: dict[str, Any] = json.loads(json.dumps(document, ensure_ascii=False).replace(f'"{old}"', f'"{new}"'))
    return renamed


def _move(document: dict[str, Any], back: timedelta) -> dict[str, Any]:
    """All its days earlier."""
    days = sorted({*re.findall(r'"(\d{4}-\d\d-\d\d)"', json.dumps(document))})
    for day in days:
        document = _rename(document, day, (date.fromisoformat(day) - back).isoformat())
    return document


DOCTORED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "another facility": lambda d: _rename(d, "F1", "F2"),
    "one that there is not": lambda d: _rename(d, "F1", "F777"),
    "somebody without an account": lambda d: _rename(d, "L02", "L77"),
    "a day that is over": lambda d: _move(d, timedelta(days=7)),
    "a number of a person": lambda d: _rename(d, "甲", "13812345678"),
    "a visit that is done": lambda d: {**d, "visits": [{**visit, "done": True} for visit in d["visits"]]},
    "no plan at all": lambda _d: {"inputs": {}},
}


SAID = {
    "another facility": "No facility F2 among those that you answer for",
    "one that there is not": "No facility F777",
    "somebody without an account": "L77 has no account",
    "a day that is over": "is over. Plan a visit",
    "a number of a person": "Personal data",
    "a visit that is done": "visits that are done",
}


@pytest.mark.parametrize("what", DOCTORED)
def test_a_doctored_plan_is_not_published(
    web: "TestClient", workspace: Workspace, engine: Engine, chief: Actor, what: str
) -> None:
    """A leader of one village sends a plan of F1 changed by hand, its hash too; control: as it was it is published."""
    local = make_account(engine, "local", "leader", "L02")
    cookie, secret = make_session(engine, local)
    mine = {"Cookie": f"{COOKIE}={cookie}", CSRF_HEADER: secret}
    document = json.loads(write_document(make_plan(workspace, chief, ("F1",))))
    fields = {"id": str(uuid4()), "title": "五月"}
    changed = _sealed(DOCTORED[what](document))
    answer = web.post("/sweeps/new/file", data={**fields, "document": changed}, headers=mine)
    assert answer.status_code == 422, answer.text
    assert (SAID.get(what, "is no plan of a sweep")) in answer.text
    assert counts(engine) == [0] * len(TABLES)
    answer = web.post("/sweeps/new/file", data={**fields, "document": _sealed(document)}, headers=mine)
    assert (answer.status_code, counts(engine)[0]) == (303, 1), re.findall(r'role="alert">([^<]+)', answer.text)


def test_a_large_plan_fits_into_the_page(web: "TestClient", session: Headers, workspace: Workspace) -> None:
    """More than a megabyte is read, as a plan of many days may be; control: what is no plan is refused in words."""
    del workspace
    fields = {"id": str(uuid4()), "title": "五月", "document": " " * 2_000_000}
    answer = web.post("/sweeps/new/file", data=fields, headers=session)
    assert answer.status_code == 422
    assert "is no plan of a sweep" in answer.text
