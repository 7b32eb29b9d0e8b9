"""Campaigns over HTTP: the JSON that the documentation promises, and pages that work without a script."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.identity import COOKIE
from api.models.campaigns import CampaignDetail, CampaignPage, CampaignSummary
from tests.api.awkward import MARKUP, application, district, load
from tests.api.people import bearer, make_account, make_session, make_token
from tests.campaign_days import DISTRICT, ELSEWHERE, VILLAGE, as_toml, plan


@pytest.fixture
def client(engine: Engine, database_url: str) -> Iterator[TestClient]:
    """The application over TLS, as browsers meet it, without an account."""
    load(engine, district())
    with TestClient(application(database_url), base_url="https://testserver", raise_server_exceptions=False) as open_:
        yield open_


@pytest.fixture
def leader(client: TestClient, engine: Engine) -> dict[str, str]:
    """The header of a program of the district's leader."""
    return bearer(make_token(engine, make_account(engine, "leader", "leader", "L01")))


@pytest.fixture
def village(client: TestClient, engine: Engine) -> dict[str, str]:
    """The header of a program of a leader of one village."""
    return bearer(make_token(engine, make_account(engine, "village", "leader", "L02")))


@pytest.fixture
def csrf(client: TestClient, engine: Engine) -> str:
    """Signs the client in as a leader of the district in a browser; the secret of its forms."""
    token, secret = make_session(engine, make_account(engine, "browser", "leader", "L01"))
    client.cookies.set(COOKIE, token)
    return secret


def fields(campaign: dict[str, Any], csrf: str, **more: Any) -> dict[str, Any]:
    """The same campaign as the form sends it."""
    columns = {key: [str(row[key]) for row in campaign["targets"]] for key in ("area", "measure", "target")}
    return {**{k: v for k, v in campaign.items() if k != "targets"}, **columns, "csrf": csrf, **more}


def test_the_json_is_what_is_documented(client: TestClient, leader: dict[str, str]) -> None:
    """Planning, listing, reading and accepting answer in the documented shapes."""
    made = client.post("/api/campaigns", json=plan("acceptance"), headers=leader)
    assert made.status_code == 201
    CampaignSummary.model_validate_json(made.text)
    CampaignPage.model_validate_json(client.get("/api/campaigns", headers=leader).text)
    detail = client.get("/api/campaigns/c-acceptance", headers=leader)
    CampaignDetail.model_validate_json(detail.text)
    assert len(detail.json()["targets"]) == 3
    done = client.post("/api/campaigns/c-acceptance/acceptance", json={"remark": "好"}, headers=leader)
    assert (done.status_code, done.json()["state"]) == (201, "accepted")


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"targets": [{"area": VILLAGE, "measure": "births", "target": 1}]}, 422, "invalid-request"),
        ({"women": 3}, 422, "invalid-request"),
        ({"name": "孕妇摸排"}, 422, "personal-data-refused"),
        ({"ends_on": "2020-01-01"}, 422, "data-rejected"),
        ({"name": "\ud800"}, 422, "invalid-request"),
        ({"targets": [{"area": "999", "measure": "sessions", "target": 1}]}, 404, "not-found"),
    ],
)
def test_what_is_refused_is_not_stored(
    client: TestClient, leader: dict[str, str], wrong: dict[str, Any], status: int, error: str
) -> None:
    """A measure of births, a strange key, a name about persons, days out of order, another area: nothing is stored."""
    body = json.dumps({**plan("planned"), **wrong})
    answer = client.post("/api/campaigns", content=body, headers={**leader, "Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert client.get("/api/campaigns", headers=leader).json()["total"] == 0


def test_elsewhere_looks_like_nowhere(client: TestClient, leader: dict[str, str], village: dict[str, str]) -> None:
    """A campaign without a target in the own areas is answered like one that does not exist, on every address."""
    assert client.post("/api/campaigns", json=plan("action", (ELSEWHERE, "sessions", 1)), headers=leader).is_success
    for path in ("/api/campaigns/{}", "/campaigns/{}", "/campaigns/{}/report.pdf"):
        answers = [client.get(path.format(code), headers=village) for code in ("c-action", "c-nothing")]
        assert [a.status_code for a in answers] == [404, 404]
        assert answers[0].text.replace("c-action", "?") == answers[1].text.replace("c-nothing", "?")


def test_without_an_account_nothing_is_read(client: TestClient) -> None:
    """The API asks to sign in; a page leads to where that can be done."""
    assert client.get("/api/campaigns").status_code == 401
    page = client.get("/campaigns", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Fcampaigns")


def test_a_leader_plans_and_accepts_in_a_browser(client: TestClient, csrf: str) -> None:
    """The form stores the campaign and leads to its page; the page accepts it, and then offers that no more."""
    campaign = plan("acceptance")
    answer = client.post("/campaigns/new", data=fields(campaign, csrf))
    assert answer.url.path == "/campaigns/c-acceptance"
    assert 'action="/campaigns/c-acceptance/acceptance"' in answer.text
    answer = client.post("/campaigns/c-acceptance/acceptance", data={"csrf": csrf, "remark": MARKUP})
    assert answer.url.path == "/campaigns/c-acceptance"
    assert "/acceptance" not in answer.text
    assert MARKUP not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_more_rows_keep_what_was_typed(client: TestClient, csrf: str) -> None:
    """Asking for more rows stores nothing and gives everything back."""
    page = client.post("/campaigns/new", data=fields(plan("planned"), csrf, more="1"))
    assert page.status_code == 200
    assert page.text.count('name="area"') == 3 + 4
    assert 'value="c-planned"' in page.text
    assert client.get("/api/campaigns").json()["total"] == 0


def test_a_wrong_form_comes_back(client: TestClient, csrf: str) -> None:
    """What is wrong is said over the form, which still holds what was typed."""
    wrong = plan("planned", (DISTRICT, "sessions", 1), (VILLAGE, "inspected", 0))
    page = client.post("/campaigns/new", data=fields(wrong, csrf))
    assert page.status_code == 422
    assert "targets[2].target" in page.text
    assert 'value="c-planned"' in page.text


def test_a_file_is_as_good_as_the_form(client: TestClient, csrf: str) -> None:
    """An uploaded file is stored, a bad one named."""
    good = {"file": ("a.toml", as_toml(plan("action")).encode())}
    assert client.post("/campaigns/new/file", data={"csrf": csrf}, files=good).url.path == "/campaigns/c-action"
    bad = client.post("/campaigns/new/file", data={"csrf": csrf}, files={"file": ("b.toml", b"x =")})
    assert bad.status_code == 422
    assert "b.toml" in bad.text


def test_a_form_without_the_secret_changes_nothing(client: TestClient, csrf: str) -> None:
    """A request that another site caused is refused."""
    for path in ("/campaigns/new", "/campaigns/new/file", "/campaigns/x/acceptance"):
        assert client.post(path, data=fields(plan("action"), "")).status_code == 403
    assert client.get("/api/campaigns").json()["total"] == 0


def test_filters_live_in_the_address(client: TestClient, csrf: str) -> None:
    """Measure, area and day of the address are chosen on the page, and only their rows are shown."""
    client.post("/campaigns/new", data=fields(plan("action"), csrf))
    page = client.get(f"/campaigns/c-action?measure=sessions&area={VILLAGE}")
    assert '<option value="sessions" selected>' in page.text
    assert f'<option value="{VILLAGE}" selected>' in page.text
    table = page.text.split('id="targets"')[1].split("</table>")[0]
    assert VILLAGE in table
    assert "Facilities inspected" not in table
    assert client.get("/campaigns/c-action?measure=births").status_code == 400


def test_shares_stand_as_text_beside_the_bars(client: TestClient, csrf: str) -> None:
    """Every bar has its number beside it."""
    client.post("/campaigns/new", data=fields(plan("action"), csrf))
    table = client.get("/campaigns/c-action").text.split('id="targets"')[1].split("</table>")[0]
    assert table.count("<progress") == table.count("0 %</span>") == 3


@pytest.mark.parametrize(("ending", "begins"), [("pdf", b"%PDF-"), ("xlsx", b"PK")])
def test_the_report_can_be_taken_out(client: TestClient, csrf: str, ending: str, begins: bytes) -> None:
    """The report is a file of its kind, given to be saved."""
    client.post("/campaigns/new", data=fields(plan("action"), csrf))
    answer = client.get(f"/campaigns/c-action/report.{ending}")
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert client.get("/campaigns/c-action/report.exe").status_code == 404


@pytest.mark.parametrize("role", ["inspector", "officer"])
def test_who_does_not_lead_only_reads(client: TestClient, engine: Engine, leader: dict[str, str], role: Any) -> None:
    """Inspectors and grid officers see the progress of their areas and may neither plan nor accept."""
    client.post("/api/campaigns", json=plan("acceptance"), headers=leader)
    header = bearer(make_token(engine, make_account(engine, "reader", role, "L02")))
    assert len(client.get("/api/campaigns/c-acceptance", headers=header).json()["targets"]) == 2
    assert "acceptance</button>" not in client.get("/campaigns/c-acceptance", headers=header).text
    assert client.get("/campaigns/new", headers=header).status_code == 403
    assert client.post("/api/campaigns", json=plan("action"), headers=header).status_code == 403
    assert client.post("/api/campaigns/c-acceptance/acceptance", json={}, headers=header).status_code == 403
