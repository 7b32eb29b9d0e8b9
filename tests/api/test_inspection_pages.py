"""Pages of inspections for the desk: the list, versions, conflicts, plans; and the frame of the phone's."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from gis.roles import Actor
from gis.services.inspections.record import record
from gis.services.workspace import Workspace, today
from gis.settings import Settings
from tests.api.accounts_browser import browse, enter, said
from tests.api.awkward import district, load
from tests.api.people import make_account
from tests.store.inspecting import BOTH, FACILITY, answers, draft, item_of

MINOR, SERIOUS = item_of("minor"), item_of("serious")


@pytest.fixture
def desk(database_url: str, engine: Engine) -> Iterator[tuple[TestClient, str, Workspace]]:
    """A browser of the leader of the district, the secret of its forms, and the workspace."""
    load(engine, district())
    make_account(engine, "colleague", "inspector", "L02")
    workspace = Workspace(Settings(database_url=database_url, lang="en"))
    with browse(database_url) as client:
        yield client, enter(client, engine, make_account(engine, "chief", "leader", "L01")), workspace
    workspace.close()


def chief(engine: Engine) -> int:
    """Number of the leader's account."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT id FROM account WHERE name = 'chief'")).scalar_one())


def test_a_conflict_is_shown_and_settled(desk: tuple[TestClient, str, Workspace], engine: Engine) -> None:
    """Both heads stand side by side with what differs marked; one is kept, and all versions stay readable."""
    client, csrf, workspace = desk
    actor = Actor("leader", "chief", "L01", chief(engine))
    first = draft(MINOR, answers=answers(MINOR, **{f"{MINOR}_note": "<b>缺页</b>"}))
    record(workspace, actor, first)
    heads = [draft(*failed, corrects=(first.id,)) for failed in ((), (SERIOUS,))]
    for head in heads:
        record(workspace, actor, head)
    assert re.findall(r'href="/inspections/([^"?]+)"', client.get("/inspections?state=conflict").text) == [first.id]
    html = client.get(f"/inspections/{first.id}").text
    assert html.count('class="differs"') == 2
    assert html.count("/settle") == 2
    assert "&lt;b&gt;缺页&lt;/b&gt;" in html
    form = {"keep": heads[1].id, "id": str(uuid4())}
    assert client.post(f"/inspections/{first.id}/settle", data=form).status_code == 403
    done = client.post(f"/inspections/{first.id}/settle", data=form | {"csrf": csrf})
    assert done.status_code == 303
    html = client.get(f"/inspections/{first.id}").text
    assert "/settle" not in html
    assert all(f'id="v{one}"' in html for one in (first.id, heads[0].id, heads[1].id, form["id"]))
    again = client.post(f"/inspections/{first.id}/settle", data={**form, "id": str(uuid4()), "csrf": csrf})
    assert again.status_code in (404, 422)


def test_a_visit_is_planned_and_given_up(desk: tuple[TestClient, str, Workspace], engine: Engine) -> None:
    """The form keeps what was chosen where it is refused; sent twice it is stored once; giving up needs a reason."""
    client, csrf, _workspace = desk
    html = client.get(f"/inspections/plan?facility={FACILITY}").text
    number = re.search(r'name="id" value="([^"]+)"', html)
    assert number
    assert re.findall(r'<option value="([^"]+)"', html)[0] == "clinic"
    form = {"csrf": csrf, "id": number[1], "facility": FACILITY, "checklist": "clinic"}
    late = client.post("/inspections/plan", data={**form, "planned_on": "2020-01-01", "inspectors": list(BOTH)})
    assert (late.status_code, late.text.count(" checked>")) == (422, 2)
    assert "is over" in said(late.text)
    alone = client.post("/inspections/plan", data={**form, "planned_on": str(today()), "inspectors": ["L01"]})
    assert alone.status_code == 422
    for _turn in range(2):
        fine = client.post("/inspections/plan", data={**form, "planned_on": str(today()), "inspectors": list(BOTH)})
        assert fine.status_code == 303
    assert client.get("/inspections?state=planned").text.count("/give-up") == 1
    assert client.post(f"/inspections/plans/{number[1]}/give-up", data={"csrf": csrf}).status_code == 422
    gone = client.post(f"/inspections/plans/{number[1]}/give-up", data={"csrf": csrf, "reason": "停业"})
    assert gone.status_code == 303
    assert "/give-up" not in client.get("/inspections?state=planned").text
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM inspection_plan")).scalar() == 1


def test_what_a_phone_keeps_holds_no_account(desk: tuple[TestClient, str, Workspace], engine: Engine) -> None:
    """The frame is the same for everybody, without name and secret; the worker lists all that it refers to."""
    client, csrf, _workspace = desk
    html = client.get("/inspect?shell=zh").text
    assert "chief" not in html
    assert csrf not in html
    enter(client, engine, make_account(engine, "other", "inspector", "L02"))
    assert client.get("/inspect?shell=zh").text == html
    worker = client.get("/inspect/worker.js")
    assert worker.headers["service-worker-allowed"] == "/inspect"
    kept = re.findall(r'"(/[^"]+)"', worker.text.partition("// Keeps")[0])
    assert set(re.findall(r'(?:src|href)="(/(?:assets|inspect/app)/[^"]+)"', html)) <= set(kept)
    assert all(client.get(path).status_code == 200 for path in kept)
    assert client.get("/inspect").headers["content-security-policy"].count("worker-src 'self'") == 1
    assert "'unsafe" not in client.get("/inspect").headers["content-security-policy"].partition("style-src")[0]


def test_a_session_tells_its_secret_to_nobody_else(desk: tuple[TestClient, str, Workspace]) -> None:
    """The secret is never kept by a cache, and who is not signed in gets 401."""
    client, csrf, _workspace = desk
    answer = client.get("/inspect/session.json")
    assert answer.json() == {"account": "chief", "csrf": csrf}
    assert answer.headers["cache-control"] == "no-store"
    client.cookies.clear()
    assert client.get("/inspect/session.json").status_code == 401
