"""Sweeps over HTTP: published as JSON and over the forms, planned anew, closed; files and pages; texts escaped."""

import html
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from api.identity import COOKIE
from api.models import sweeps as models
from gis.roles import Actor
from gis.services.inspections.record import record
from gis.services.sweeps.published import write_document
from gis.services.workspace import Workspace, today
from gis.settings import Settings
from tests.api.awkward import MARKUP
from tests.api.people import make_account, make_session
from tests.store.inspecting import draft
from tests.store.sweeping import make_plan

if TYPE_CHECKING:
    from starlette.testclient import TestClient

Headers = dict[str, str]
TEAMS = """
every_day = true
[[teams]]
code = "甲"
inspectors = ["L01", "L02"]
start = [120.01, 28.01]
hours = "00:01-23:59"
[[teams]]
code = "乙"
inspectors = ["L02", "L03"]
start = [120.01, 28.01]
hours = "00:01-23:59"
"""


@pytest.fixture
def workspace(database_url: str, chief: Actor) -> Iterator[Workspace]:
    """The same database for services."""
    del chief
    opened = Workspace(Settings(database_url=database_url, lang="en"))
    yield opened
    opened.close()


def publish(web: "TestClient", workspace: Workspace, chief: Actor, token: Headers, **changes: Any) -> dict[str, Any]:
    """A sweep of F1 and F2, published as JSON."""
    plan = json.loads(write_document(make_plan(workspace, chief)))
    body = {"id": str(uuid4()), "title": "五月", "plan": plan} | changes
    answer = web.post("/api/sweeps", json=body, headers=token)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def form(**changes: str) -> dict[str, str]:
    """A form that is fine but for what the test says."""
    numbers = {"days": "2", "seconds": "1", "ranked": "0", "due": "5"}
    usual = {"id": str(uuid4()), "title": "五月", "from": today().isoformat(), **numbers}
    return {**usual, "seed": "k1", "mode": "drive", "draw": "", **changes}


def files(teams: str = TEAMS) -> dict[str, tuple[str, bytes]]:
    """The file of the teams."""
    return {"teams": ("teams.toml", teams.encode())}


def test_a_plan_is_published_and_followed(
    web: "TestClient", workspace: Workspace, chief: Actor, token: Headers
) -> None:
    """Its visits are tasks, an inspection is seen in the progress, closing gives up the rest; all as documented."""
    made = publish(web, workspace, chief, token)
    path = f"/api/sweeps/{made['id']}"
    assert web.get("/api/sweeps", headers=token).json()["items"] == [made]
    visit = web.get(path, headers=token).json()["visits"][0]
    record(workspace, chief, draft(facility=visit["facility"]["code"], plan=visit["plan"]))
    found = web.get(path, headers=token).json()
    models.SweepDetail.model_validate(found)
    assert (found["progress"]["done"], found["progress"]["open"]) == (1, 1)
    again = web.post(f"{path}/replan", json={"seconds": 1}, headers=token)
    assert (again.status_code, again.json()["revision"]) == (201, 2)
    assert web.post(f"{path}/withdraw", json={"reason": "误发"}, headers=token).status_code == 422
    assert web.post(f"{path}/close", json={}, headers=token).json()["state"] == "closed"
    models.SweepPage.model_validate(web.get("/api/sweeps", headers=token).json())
    told = web.get(f"{path}/report", headers=token).json()
    models.SweepReport.model_validate(told)
    assert (told["done"], [left["reason"] for left in told["not_done"]]) == (1, ["The sweep was closed."])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda plan: plan.update(visits=[]),
        lambda plan: plan.pop("inputs"),
        lambda plan: plan["inputs"]["stops"][0].update(worth=7),
        lambda plan: plan["visits"][0].update(facility="F7"),
        lambda plan: plan["visits"][0].update(arrive="99:99"),
        lambda plan: plan.update(days=10**30),
        lambda plan: plan.update({"from": "0001-01-01"}),
        lambda plan: plan["routes"].append(plan["routes"][0]),
        lambda plan: plan["unvisited"].append({"facility": "F9", "rule": "none"}),
    ],
)
def test_a_plan_that_was_changed_is_refused(
    web: "TestClient", workspace: Workspace, chief: Actor, token: Headers, spoil: Any
) -> None:
    """One message, nothing stored."""
    plan = json.loads(write_document(make_plan(workspace, chief)))
    spoil(plan)
    answer = web.post("/api/sweeps", json={"id": str(uuid4()), "title": "x", "plan": plan}, headers=token)
    assert answer.status_code == 422
    assert "is no plan of a sweep" in answer.json()["message"]
    assert web.get("/api/sweeps", headers=token).json()["total"] == 0


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a preview, as a browser would send them."""
    form_of = page[page.index('id="decide"') :]
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form_of[: form_of.index("</form>")])
    return {name: html.unescape(value) for name, value in pairs}


def through_preview(
    web: "TestClient", session: Headers, sent: dict[str, str], sent_files: dict[str, tuple[str, bytes]]
) -> dict[str, str]:
    """Plans, looks at the preview and publishes what it holds."""
    preview = web.post("/sweeps/new", data=sent, files=sent_files, headers=session)
    assert preview.status_code == 200, re.findall(r'role="alert">([^<]+)', preview.text)
    fields = hidden(preview.text)
    answer = web.post("/sweeps/new/file", data=fields, headers=session)
    assert answer.status_code == 303, re.findall(r'role="alert">([^<]+)', answer.text)
    assert answer.headers["location"] == f"/sweeps/{sent['id']}?done=published"
    return fields


def test_the_form_plans_and_publishes(
    web: "TestClient", session: Headers, workspace: Workspace, engine: Engine
) -> None:
    """Teams go only where somebody of them answers; pressing twice publishes once; pages and files hold the visits."""
    del workspace
    make_account(engine, "other", "leader", "L02")
    sent = form()
    fields = through_preview(web, session, sent, files(TEAMS.replace('"L02", "L03"', '"L02", "L01"')))
    again = web.post("/sweeps/new/file", data=fields, headers=session)
    assert again.headers["location"] == f"/sweeps/{sent['id']}?done=published"
    planned_again = web.post("/sweeps/new", data=sent, files=files(), headers=session)
    assert planned_again.headers["location"] == f"/sweeps/{sent['id']}?done=published"
    assert web.get("/api/sweeps", headers=session).json()["total"] == 1
    page = web.get(f"/sweeps/{sent['id']}", headers=session).text
    assert "白鹿诊所" in page
    assert MARKUP not in page
    assert "there is no checklist for its kind" in page
    assert sent["id"] in web.get("/sweeps", headers=session).text
    for ending, begins in (("json", b"{"), ("gpx", b"<?xml"), ("ics", b"BEGIN"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        file = web.get(f"/sweeps/{sent['id']}/plan.{ending}", headers=session)
        assert file.content.startswith(begins), ending
        assert file.headers["cache-control"] == "no-store"
    assert web.get(f"/sweeps/{sent['id']}/plan.exe", headers=session).status_code == 404
    map_page = web.get(f"/maps/sweep/{sent['id']}", headers=session)
    assert map_page.headers["content-security-policy"].count("frame-ancestors 'self'") == 1
    assert "F1" in map_page.text


def test_a_team_is_not_sent_where_nobody_of_it_answers(
    web: "TestClient", session: Headers, workspace: Workspace, engine: Engine
) -> None:
    """F2 lies outside of the village of L02 and L03: it is left out, with the reason."""
    del workspace
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO officer (code, name, valid, recorded) VALUES ('L03', '钱七', '(,)', '[2026-01-01,)')"
        )
    make_account(engine, "third", "inspector", "L03")
    only = TEAMS[: TEAMS.index("[[teams]]")] + TEAMS[TEAMS.rindex("[[teams]]") :]
    sent = form()
    through_preview(web, session, sent, files(only))
    page = web.get(f"/sweeps/{sent['id']}", headers=session).text
    assert "nobody of the teams answers for it" in page


@pytest.mark.parametrize(
    ("change", "teams", "said"),
    [
        ({"title": " "}, TEAMS, "name of 1 to 100"),
        ({"days": "many"}, TEAMS, "Days: write a whole number"),
        ({"days": "90"}, TEAMS, "from 1 to 31 days"),
        ({"from": "2020-01-01"}, TEAMS, "is over"),
        ({"from": "x"}, TEAMS, "YYYY-MM-DD"),
        ({"seconds": "31"}, TEAMS.replace("L03", "L01"), "from 1 to 30 seconds"),
        ({"due": "0"}, TEAMS, "Nothing is to be visited"),
        ({"seed": " "}, TEAMS, "seed is missing"),
        ({}, "[[teams]", "is no TOML"),
        ({}, "x = 1", "tables [[teams]]"),
        ({}, TEAMS, "L03 has no account"),
        ({"id": "x"}, TEAMS, "no UUID"),
    ],
)
def test_the_form_comes_back_with_what_is_wrong(
    web: "TestClient", session: Headers, workspace: Workspace, change: dict[str, str], teams: str, said: str
) -> None:
    """One message, and what was typed is kept."""
    del workspace
    answer = web.post("/sweeps/new", data=form(**{"seed": "kept", **change}), files=files(teams), headers=session)
    assert answer.status_code in (400, 422)
    assert said in answer.text
    if "seed" not in change:
        assert 'value="kept"' in answer.text


def test_a_proof_must_hold(web: "TestClient", session: Headers, workspace: Workspace) -> None:
    """The proof of a draw with a changed byte is no source of visits."""
    del workspace
    sent = files() | {"proof": ("proof.json", b'{"drawn": ["F1"]}')}
    answer = web.post("/sweeps/new", data=form(due="0"), files=sent, headers=session)
    assert answer.status_code == 422
    assert "does not hold" in answer.text or "line" in answer.text


def test_a_draw_leads_to_a_sweep(web: "TestClient", session: Headers, token: Headers, workspace: Workspace) -> None:
    """What was drawn must be visited; the page of the draw has the link, filled in."""
    del workspace
    number = str(uuid4())
    body = {"id": number, "on": "2026-05-01", "count": 2, "seed": "五月"}
    web.post("/api/draws", json=body, headers=token)
    people = [{"code": "L01"}, {"code": "L02"}]
    drawn = web.post(f"/api/draws/{number}/run", json={"seed": "五月", "inspectors": people}, headers=token).json()
    assert f"/sweeps/new?draw={number}" in web.get(f"/draws/{number}", headers=session).text
    assert f'value="{number}" selected' in web.get(f"/sweeps/new?draw={number}", headers=session).text
    sent = form(due="0", draw=number)
    through_preview(web, session, sent, files(TEAMS.replace("L03", "L01")))
    found = web.get(f"/api/sweeps/{sent['id']}", headers=token).json()
    told = [row["facility"] for row in (*found["visits"], *found["unvisited"])]
    assert {facility["code"] for facility in told} == {line["facility"]["code"] for line in drawn["facilities"]}
    assert all(facility["name"] and facility["name"] != facility["code"] for facility in told)


def test_lists_lead_to_a_sweep_for_leaders(
    web: "TestClient", session: Headers, workspace: Workspace, engine: Engine
) -> None:
    """The ranking and what is due have the link with their filters; control: an inspector does not see it."""
    del workspace
    cookie, _secret = make_session(engine, make_account(engine, "eye", "inspector", "L01"))
    other = {"Cookie": f"{COOKIE}={cookie}"}
    for path, wanted in (("/rank?q=F1", "ranked=1"), ("/due?state=never", "due=3")):
        page = web.get(path, headers=session).text
        links = re.findall(r'href="(/sweeps/new[^"]*)"', page)
        assert links, path
        assert wanted in links[0]
        assert path.partition("?")[2] in links[0]
        assert "/sweeps/new" not in web.get(path, headers=other).text


def test_the_forms_change_a_sweep(
    web: "TestClient", session: Headers, token: Headers, workspace: Workspace, chief: Actor
) -> None:
    """Planned anew with a closed facility, then withdrawn with a reason; what is wrong stands on the page."""
    made = publish(web, workspace, chief, token)
    path = f"/sweeps/{made['id']}"
    assert web.post(f"{path}/replan", data={"seconds": "x"}, headers=session).status_code == 422
    sent = {"seconds": "1", "closed": ["F2"]}
    assert web.post(f"{path}/replan", data=sent, headers=session).headers["location"] == f"{path}?done=replanned"
    assert "closed on the day of the visit" in web.get(path, headers=session).text
    assert web.post(f"{path}/withdraw", data={"reason": " "}, headers=session).status_code == 422
    assert web.post(f"{path}/withdraw", data={"reason": "误发"}, headers=session).status_code == 303
    page = web.get(path, headers=session).text
    assert "误发" in page
    assert "hx-trigger" not in page
    assert web.post(f"{path}/close", data={"reason": ""}, headers=session).status_code == 400


def test_a_plan_file_is_published(web: "TestClient", session: Headers, workspace: Workspace, chief: Actor) -> None:
    """The JSON of `wangge sweep plan`, over the form; another file is refused with the form kept."""
    content = write_document(make_plan(workspace, chief))
    sent = {"id": str(uuid4()), "title": "文件里的"}
    wrong = web.post("/sweeps/new/file", data=sent, files={"plan": ("a.json", b"{}")}, headers=session)
    assert wrong.status_code == 422
    assert 'value="文件里的"' in wrong.text
    answer = web.post("/sweeps/new/file", data=sent, files={"plan": ("a.json", content)}, headers=session)
    assert answer.headers["location"] == f"/sweeps/{sent['id']}?done=published"
