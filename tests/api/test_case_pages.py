"""Cases over HTTP: the pages of a case, its JSON, and the public page of a reply, whose address is the secret."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from api.identity import COOKIE, CSRF_HEADER
from gis.roles import Actor
from tests.api.awkward import application, district, load, serve
from tests.api.people import bearer, make_session, make_token
from tests.case_people import TEXTS, Team, add_finding, make_team

if TYPE_CHECKING:
    from starlette.testclient import TestClient


@pytest.fixture
def team(engine: Engine) -> Team:
    """Three people on the awkward district."""
    load(engine, district())
    return make_team(engine)


@pytest.fixture
def web(team: Team, database_url: str) -> Iterator["TestClient"]:
    """A client without an account that follows no redirect."""
    del team
    for client in serve(application(database_url)):
        client.follow_redirects = False
        yield client


def headers_of(engine: Engine, actor: Actor) -> dict[str, str]:
    """A session with the secret of its forms."""
    session, secret = make_session(engine, actor)
    return {"Cookie": f"{COOKIE}={session}", CSRF_HEADER: secret, "Accept": "text/html"}


def open_case(web: "TestClient", engine: Engine, team: Team, *steps: str) -> tuple[dict[str, Any], dict[str, str]]:
    """A case opened over the API, with the steps that its investigator makes; and the investigator's token."""
    headers = bearer(make_token(engine, team.investigator))
    sent = {"id": str(uuid4()), "findings": [add_finding(engine)], "reviewer": "rev", "decider": "dec"}
    answer = web.post("/api/cases", json=sent, headers=headers)
    assert answer.status_code == 201, answer.text
    for number, to in enumerate(steps, start=1):
        answer = web.post(
            f"/api/cases/{sent['id']}/steps", json={"to": to, "number": number, **TEXTS[to]}, headers=headers
        )
        assert answer.status_code == 201, answer.text
    return answer.json(), headers


def link(web: "TestClient", engine: Engine, team: Team) -> tuple[str, str]:
    """A case that waits for a reply, and the path of its link."""
    case, headers = open_case(web, engine, team, "noticed")
    made = web.post(f"/api/cases/{case['id']}/link", headers=headers)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    return case["id"], "/reply/" + made.json()["url"].rpartition("/")[2]


def test_forms_take_a_case_on_and_say_what_is_wrong(web: "TestClient", engine: Engine, team: Team) -> None:
    """A form opens a case and makes a step; one that is refused comes back with the reason and what was typed."""
    headers = headers_of(engine, team.investigator)
    fields = {
        "id": str(uuid4()),
        "facility": "F1",
        "findings": add_finding(engine),
        "reviewer": "rev",
        "decider": "rev",
    }
    wrong = web.post("/cases/new", data=fields, headers=headers)
    assert (wrong.status_code, "cannot be the decider" in wrong.text) == (422, True)
    made = web.post("/cases/new", data={**fields, "decider": "dec"}, headers=headers)
    assert made.status_code == 303
    page = made.headers["location"]
    shown = web.get(page, headers=headers)
    assert shown.status_code == 200
    assert 'value="noticed"' in shown.text
    assert 'value="dropped"' not in shown.text
    wrong = web.post(f"{page}/steps", data={"to": "noticed", "number": "1", "note": "只有事实"}, headers=headers)
    assert (wrong.status_code, "只有事实" in wrong.text, "Legal basis is missing" in wrong.text) == (422, True, True)
    assert web.post(f"{page}/steps", data={"to": "noticed", "number": "x"}, headers=headers).status_code == 422
    done = web.post(f"{page}/steps", data={"to": "noticed", "number": "1", **TEXTS["noticed"]}, headers=headers)
    assert done.status_code == 303
    document = web.get(f"{page}/documents/2.pdf", headers=headers)
    assert (document.headers["content-type"], document.content[:5]) == ("application/pdf", b"%PDF-")


def test_a_page_offers_only_ones_own_steps(web: "TestClient", engine: Engine, team: Team) -> None:
    """The decider may drop a case that waits for the investigator, and reads who makes the other steps."""
    case, _headers = open_case(web, engine, team)
    shown = web.get(f"/cases/{case['id']}", headers=headers_of(engine, team.decider)).text
    assert 'value="dropped"' in shown
    assert 'value="noticed"' not in shown
    assert "Issue the notice: inv does this, the investigator." in shown
    assert "《行政处罚法》第六十条" in shown


def test_the_page_of_a_reply_is_kept_nowhere_and_tells_no_address(
    web: "TestClient", engine: Engine, team: Team
) -> None:
    """Neither a cache nor the next page learns the address, whatever is answered."""
    _case, path = link(web, engine, team)
    answers = [
        web.get(path),
        web.post(path, data={"reply": " "}),
        web.post(path, data={"reply": "我们已经整改"}),
        web.get(path),
        web.get("/reply/nothing"),
    ]
    assert [answer.status_code for answer in answers] == [200, 422, 201, 410, 404]
    for answer in answers:
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    assert all(name not in answers[0].text for name in ("员K1", "inv", "rev<"))
    with engine.connect() as connection:
        audits = connection.execute(text("SELECT CAST(a AS text) FROM audit a")).scalars().all()
    assert not any(path.rpartition("/")[2] in row for row in audits)


def test_a_strange_link_is_answered_alike(web: "TestClient", engine: Engine, team: Team) -> None:
    """Nobody learns from a changed or foreign link whether there is a case: the pages are the same."""
    _case, path = link(web, engine, team)
    pages = {web.get(strange).text.replace(strange, "") for strange in (path[:-5] + "aaaaa", "/reply/x", path + "x")}
    assert len(pages) == 1
    assert "not one of ours" in pages.pop()
    assert web.get(path).status_code == 200
    chinese = web.get("/reply/x?lang=zh")
    assert chinese.status_code == 404


def test_another_site_cannot_send_a_reply(web: "TestClient", engine: Engine, team: Team) -> None:
    """A form of another site is refused, and the address does not come into the audit."""
    _case, path = link(web, engine, team)
    answer = web.post(path, data={"reply": "冒充"}, headers={"Origin": "https://other.example"})
    assert answer.status_code == 403
    assert web.get(path).status_code == 200
    with engine.connect() as connection:
        audits = connection.execute(text("SELECT CAST(a AS text) FROM audit a")).scalars().all()
    assert not any(path.rpartition("/")[2] in row for row in audits)


def test_somebody_elses_step_is_in_the_audit(web: "TestClient", engine: Engine, team: Team) -> None:
    """A step that is refused because it is another's is written down as denied."""
    case, headers = open_case(web, engine, team)
    sent = {"to": "dropped", "number": 1, "note": "撤销"}
    refused = web.post(f"/api/cases/{case['id']}/steps", json=sent, headers=headers)
    assert refused.status_code == 403
    assert "only dec may do this" in refused.json()["message"]
    with engine.connect() as connection:
        row = connection.execute(text("SELECT who, outcome, details FROM audit ORDER BY number DESC LIMIT 1")).one()
    assert (row.who, row.outcome, row.details["action"]) == ("inv", "denied", "case.dropped")


def test_the_list_is_paged_and_filtered(web: "TestClient", engine: Engine, team: Team) -> None:
    """The API pages and filters; the page of the list shows clock and who is waited for."""
    open_case(web, engine, team)
    case, headers = open_case(web, engine, team, "noticed")
    found = web.get("/api/cases?state=noticed&limit=1", headers=headers).json()
    assert (found["total"], found["items"][0]["id"]) == (1, case["id"])
    assert web.get("/api/cases?limit=1", headers=headers).json()["total"] == 2
    shown = web.get("/cases?state=noticed&mine=1", headers=headers_of(engine, team.decider)).text
    assert "Time to state and defend" in shown
    assert "1 cases" in shown
    assert web.get("/cases?state=strange", headers=headers_of(engine, team.decider)).status_code == 422
