"""No text that a user can write takes in the number of a person, by whichever way it comes.

`WRITTEN` lists the texts that are stored, each with its ways in. `EXEMPT` lists every other text box and JSON field
with the reason why nothing of it is kept. A field of the OpenAPI document or of a template that is in neither fails.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
import sqlalchemy as sa
from httpx2 import Response
from starlette.testclient import TestClient

import api
from api.identity import COOKIE, CSRF_HEADER
from api.main import create_app
from gis.errors import FirewallRefused
from gis.services.accounts import manage as accounts
from gis.services.areas import corrections
from gis.services.campaigns import manage as campaigns
from gis.services.campaigns import plan as campaign_plan
from gis.settings import Settings
from tests.access.conftest import INSIDE, Town, fill
from tests.api.awkward import serve
from tests.api.people import bearer

TEMPLATES: Final = Path(api.__file__).parent / "templates"
RESIDENT = "11010519491231002X"
MOBILE = "13812345678"
PERSONAL = {
    "resident": RESIDENT,
    "resident, full width": "".join(chr(ord(c) + 0xFEE0) for c in RESIDENT),
    "resident, spaced": "110105 19491231 002X",
    "mobile": MOBILE,
}
"""Numbers that no text may hold; the resident number passes its checksum and belongs to nobody."""

DAYS = {"launch_on": "2026-01-01", "action_on": "2026-02-01", "acceptance_on": "2026-03-01", "ends_on": "2026-04-01"}
SHAPE = {"type": "Point", "coordinates": [120.006, 28.016]}
Way = Callable[["Writer", str], Response]


class Writer:
    """Sends things as somebody."""

    def __init__(self, client: TestClient, town: Town) -> None:
        self.client, self.town = client, town

    def json(self, path: str, body: dict[str, object]) -> Response:
        """A call of the API by the leader of the whole district."""
        return self.client.post(path, json=body, headers=bearer(self.town.tokens["chief"]))

    def form(self, path: str, fields: dict[str, str], *, role: str = "chief", file: str | None = None) -> Response:
        """A form of a page."""
        session, secret = self.town.sign_in(role)
        headers = {"Cookie": f"{COOKIE}={session}", CSRF_HEADER: secret}
        files = {"file": (file, b"code,name,department,work_phone\nL77,a,b,1\n")} if file else None
        return self.client.post(path, data=fields, files=files, headers=headers)


def _plan(**changed: str) -> dict[str, object]:
    target = {"area": INSIDE["area"], "measure": "sessions", "target": 1}
    return {"code": f"C{uuid4().hex[:4]}", "name": "行动", **DAYS, "targets": [target], **changed}


def _session(kind: str) -> dict[str, object]:
    return {"code": str(uuid4()), "area": INSIDE["area"], "held_on": "2026-05-05", "kind": kind, "reach": 3}


def _point(note: str) -> dict[str, object]:
    return {"id": str(uuid4()), "kind": "point", "target": "F1", "geometry": SHAPE, "note": note}


def _form_plan(**changed: str) -> dict[str, str]:
    code = f"C{uuid4().hex[:4]}"
    return {
        "code": code,
        "name": "行动",
        **DAYS,
        "area": INSIDE["area"],
        "measure": "sessions",
        "target": "1",
        **changed,
    }


def _case(note: str) -> dict[str, object]:
    return {"id": str(uuid4()), "findings": [INSIDE["finding"]], "reviewer": "x", "decider": "y", "note": note}


def _draw(seed: str) -> dict[str, object]:
    return {"id": str(uuid4()), "on": "2026-05-01", "count": 1, "seed": seed}


def _sweep(title: str) -> dict[str, object]:
    return {"id": str(uuid4()), "title": title, "plan": {}}


def _form_sweep(**changed: str) -> dict[str, str]:
    numbers = {"days": "1", "seconds": "1", "ranked": "1", "due": "0"}
    return {"id": str(uuid4()), "title": "检查", "from": "2026-05-01", **numbers, "seed": "s", **changed}


def _step(writer: "Writer", **texts: str) -> Response:
    return writer.json(f"/api/cases/{INSIDE['case']}/steps", {"to": "noticed", "number": 1, **texts})


def _reply(writer: "Writer", said: str) -> Response:
    """Over a link of its own, of the case that waits for a reply from then on."""
    headers = bearer(writer.town.tokens["inspector"])
    notice = {"to": "noticed", "number": 1, "note": "事实", "basis": "依据", "proposed": "警告"}
    writer.client.post(f"/api/cases/{INSIDE['case']}/steps", json=notice, headers=headers)
    made = writer.client.post(f"/api/cases/{INSIDE['case']}/link", headers=headers)
    return writer.client.post(made.json()["url"], data={"reply": said})


def _visit(**changed: dict[str, str]) -> dict[str, object]:
    visit = {"id": str(uuid4()), "facility": INSIDE["facility"], "checklist": "clinic", "version": "1"}
    return {**visit, "inspected_on": "2026-05-05", "inspectors": ["L01", "L10"], "answers": {}, **changed}


CORRECT: Final = "/grid/correct?kind=point&target=F1"
WRITTEN: Final[dict[str, Way]] = {
    "POST /api/outreach kind": lambda w, t: w.json("/api/outreach", _session(t)),
    "POST /api/corrections note": lambda w, t: w.json("/api/corrections", _point(t)),
    "POST /api/corrections/{code}/decision reason": lambda w, t: w.json(
        f"/api/corrections/{INSIDE['correction']}/decision", {"accept": False, "reason": t}
    ),
    "POST /api/campaigns code": lambda w, t: w.json("/api/campaigns", _plan(code=t.replace(" ", "-"))),
    "POST /api/campaigns name": lambda w, t: w.json("/api/campaigns", _plan(name=t)),
    "POST /api/campaigns/{code}/acceptance remark": lambda w, t: w.json(
        "/api/campaigns/C-in/acceptance", {"remark": t}
    ),
    "POST /api/findings/{code} note": lambda w, t: w.json(
        f"/api/findings/{INSIDE['finding']}", {"state": "rectified", "note": t}
    ),
    "findings_one.html note": lambda w, t: w.form(f"/findings/{INSIDE['finding']}", {"state": "rectified", "note": t}),
    "POST /api/cases note": lambda w, t: w.json("/api/cases", _case(t)),
    **{
        f"POST /api/cases/{{code}}/steps {name}": lambda w, t, name=name: _step(w, **{name: t})  # type: ignore[misc]
        for name in ("note", "basis", "proposed", "measure")
    },
    "POST /api/draws seed": lambda w, t: w.json("/api/draws", _draw(t)),
    "draw_new.html seed": lambda w, t: w.form("/draws/new", {k: str(v) for k, v in _draw(t).items()}),
    "POST /api/sweeps title": lambda w, t: w.json("/api/sweeps", _sweep(t)),
    **{
        f"POST /api/sweeps/{{code}}/{deed} reason": lambda w, t, deed=deed: w.json(  # type: ignore[misc]
            f"/api/sweeps/{INSIDE['sweep']}/{deed}", {"reason": t}
        )
        for deed in ("close", "withdraw")
    },
    "sweep_new.html title": lambda w, t: w.form("/sweeps/new", _form_sweep(title=t)),
    "sweep_new.html seed": lambda w, t: w.form("/sweeps/new", _form_sweep(seed=t)),
    "sweep.html reason": lambda w, t: w.form(f"/sweeps/{INSIDE['sweep']}/withdraw", {"reason": t}),
    "case_new.html note": lambda w, t: w.form(
        "/cases/new",
        {**{k: str(v) for k, v in _case(t).items()}, "findings": INSIDE["finding"], "facility": INSIDE["facility"]},
    ),
    "reply.html reply": _reply,
    "POST /api/inspections answers": lambda w, t: w.json("/api/inspections", _visit(answers={"remark": t})),
    "POST /api/inspections photos": lambda w, t: w.json(
        "/api/inspections", _visit(photos={"licence_displayed_photo": f"{t}.jpg"})
    ),
    "POST /api/inspections/plans/{number}/give-up reason": lambda w, t: w.json(
        f"/api/inspections/plans/{INSIDE['plan']}/give-up", {"reason": t}
    ),
    "inspections.html reason": lambda w, t: w.form(f"/inspections/plans/{INSIDE['plan']}/give-up", {"reason": t}),
    "outreach_new.html kind": lambda w, t: w.form("/outreach/new", {k: str(v) for k, v in _session(t).items()}),
    "grid_correct.html note": lambda w, t: w.form(
        CORRECT, {"id": str(uuid4()), "lon": "120.006", "lat": "28.016", "note": t}
    ),
    "corrections.html reason": lambda w, t: w.form(
        f"/corrections/{INSIDE['correction']}", {"decision": "refuse", "reason": t}
    ),
    "campaign_new.html name": lambda w, t: w.form("/campaigns/new", _form_plan(name=t)),
    "campaign_new.html code": lambda w, t: w.form("/campaigns/new", _form_plan(code=t.replace(" ", "-"))),
    "campaign.html remark": lambda w, t: w.form("/campaigns/C-in/acceptance", {"remark": t}),
    "admin_accounts.html name": lambda w, t: w.form("/admin/accounts", {"name": t, "role": "admin"}, role="admin"),
    "admin_account.html subject": lambda w, t: w.form("/admin/accounts/1/subject", {"subject": t}, role="admin"),
    "admin_imports.html file": lambda w, t: w.form(
        "/admin/imports", {"kind": "officers"}, role="admin", file=f"{t}.csv"
    ),
}
"""Texts that are stored -> how to write them; the columns of a file are tried by tests/unit/intake."""

CODE: Final = "must be the code or the name of a record that is there, or is refused without being kept"
SECRET: Final = "compared or hashed, never kept as it is"
SOUGHT: Final = "looked for, never kept"
FORMAT: Final = "a number, a day, a UUID or a word of a list, checked by its format"
EXEMPT: Final[dict[str, str]] = {
    "POST /api/outreach area": CODE,
    "POST /api/outreach code": FORMAT,
    "POST /api/outreach held_on": FORMAT,
    "POST /api/corrections id": FORMAT,
    "POST /api/corrections kind": FORMAT,
    "POST /api/corrections datum": FORMAT,
    "POST /api/corrections target": CODE,
    "POST /api/corrections geometry": "read as a shape; only its coordinates are kept",
    **{f"POST /api/campaigns {name}": FORMAT for name in DAYS},
    "POST /api/campaigns targets": "area is a code of an area that is there, measure a word of a list, target a number",
    "POST /api/cases id": FORMAT,
    "POST /api/cases findings": FORMAT,
    "POST /api/cases reviewer": CODE,
    "POST /api/cases decider": CODE,
    **{f"POST /api/cases/{{code}}/steps {n}": FORMAT for n in ("to", "outcome", "method", "forum", "result", "day")},
    "POST /api/draws id": FORMAT,
    "POST /api/draws on": FORMAT,
    "POST /api/draws/{code}/run seed": "it must be the one that was committed",
    "POST /api/draws/{code}/run inspectors": "codes of officers and facilities that are there",
    "draw.html seed": "it must be the one that was committed",
    "POST /api/sweeps id": FORMAT,
    "POST /api/sweeps plan": "every text of it passes the same check as the title: see tests/store/test_sweeps.py",
    "POST /api/sweeps/{code}/replan closed": CODE,
    "POST /api/sweeps/{code}/replan lost": CODE,
    "sweep_new.html teams": "read as TOML; its texts pass the same check as the title: see tests/store/test_sweeps.py",
    "sweep_new.html teams_text": "as the file of the teams",
    "sweep_new.html proof": "the proof of a draw, which must hold; only its codes are looked at",
    "sweep_new.html plan": "every text of it passes the same check as the title: see tests/store/test_sweeps.py",
    "admin_account.html officer": CODE,
    "admin_accounts.html officer": CODE,
    "campaign_new.html area": CODE,
    "campaign_new.html file": "read as TOML; code and name pass the same check as in the form, other keys are refused",
    "login.html name": "an unknown name is not kept; in the audit a number of a person stands as ?",
    "login.html code": SECRET,
    "account_totp.html code": SECRET,
    "POST /api/findings/{code} state": FORMAT,
    **{f"POST /api/inspections {n}": FORMAT for n in ("id", "inspected_on", "plan", "corrects")},
    **{f"POST /api/inspections {n}": CODE for n in ("facility", "checklist", "version", "inspectors", "kept_photos")},
    **{f"POST /api/inspections/plans {n}": FORMAT for n in ("id", "planned_on")},
    **{f"POST /api/inspections/plans {n}": CODE for n in ("facility", "checklist", "inspectors")},
    **{f"POST /api/inspections/{{code}}/settle {n}": FORMAT for n in ("id", "keep")},
    "inspections.html q": SOUGHT,
    "findings.html facility": SOUGHT,
    "parts.html q": SOUGHT,
    "open.html q": SOUGHT,
    **{f"{page}.html {name}": FORMAT for page in ("parts", "what_if") for name in ("lon", "lat")},
    "admin_audit.html who": SOUGHT,
    "admin_audit.html action": SOUGHT,
    "admin_audit.html target": SOUGHT,
    "campaign_new.html target": FORMAT,
    "grid_correct.html geometry": "read as a shape; only its coordinates are kept",
    "grid_correct.html lon": FORMAT,
    "grid_correct.html lat": FORMAT,
}
NO_TEXT: Final = {"hidden", "date", "number", "range", "checkbox", "radio", "password"}
"""Types of input that take no running text."""


@pytest.fixture(scope="module")
def own_town(cluster_database: str) -> Town:
    """A town that these tests may write to."""
    return fill(cluster_database)


@pytest.fixture(scope="module")
def writer(own_town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    """Somebody who writes, in English."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(
        database_url=own_town.url, lang="en", home=home, oidc_issuer="https://a.test", oidc_client_id="a"
    )
    for client in serve(create_app(settings)):
        client.follow_redirects = False
        yield Writer(client, own_town)


def stored(url: str) -> str:
    """Every text of every table, the audit's included."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        names = connection.scalars(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"))
        rows = [
            connection.scalars(sa.text(f'SELECT CAST(t AS text) FROM "{name}" AS t')).all()
            for name in names.all()
            if name != "spatial_ref_sys"
        ]
    engine.dispose()
    return "\n".join(str(row) for table in rows for row in table)


@pytest.mark.parametrize("field", WRITTEN)
def test_no_number_of_a_person_comes_in(
    writer: Writer, own_town: Town, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is refused with 422, nothing is stored, and the value stands in no message, no audit and no log."""
    for name, number in PERSONAL.items():
        answer = WRITTEN[field](writer, f"关于 {number} 的事" if not field.endswith(("code", "subject")) else number)
        assert answer.status_code == 422, (name, answer.status_code, answer.text[:300])
        assert "Personal data" in answer.text, (name, answer.text)
        if field.startswith("POST /api"):
            assert answer.json()["error"] == "personal-data-refused", (name, answer.text)
            assert number not in answer.text, name
        assert number not in caplog.text
    kept = stored(own_town.url)
    assert {name for name, number in PERSONAL.items() if number in kept} == set()


def test_control_texts_about_places_come_in(writer: Writer, own_town: Town) -> None:
    """The same ways take a text without any person, and the search above finds what is stored."""
    assert WRITTEN["POST /api/outreach kind"](writer, "讲座 7731").status_code == 201
    assert WRITTEN["POST /api/corrections note"](writer, "门在旁边 7732").status_code == 201
    kept = stored(own_town.url)
    assert "讲座 7731" in kept
    assert "门在旁边 7732" in kept


def test_commands_refuse_them_too(own_town: Town, tmp_path: Path) -> None:
    """What a command writes goes through the same services: exit 4, nothing stored."""
    workspace = own_town.workspace()
    chief, admin = own_town.actors["chief"], own_town.actors["admin"]
    for number in PERSONAL.values():
        for work in (
            lambda n=number: campaigns.accept_campaign(workspace, chief, "C-in", remark=n),
            lambda n=number: campaign_plan.make_plan(_plan(name=n), source="test"),
            lambda n=number: accounts.add_account(workspace, admin, n, role="admin", officer_code=None, password=None),
            lambda n=number: accounts.link_subject(workspace, admin, 1, n, issuer="https://a.test"),
            lambda n=number: corrections.decide(workspace, chief, INSIDE["correction"], accept=False, reason=n),
        ):
            with pytest.raises(FirewallRefused):
                work()
    workspace.close()
    assert FirewallRefused.exit_status == 4


def fields_of_forms() -> set[str]:
    """`template name` of every text box."""
    found = set()
    for path in TEMPLATES.glob("*.html"):
        for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", path.read_text(encoding="utf-8"), re.DOTALL):
            kind = re.search(r'type="(\w+)"', tag)
            name = re.search(r'\sname="([\w.-]+)"', tag)
            if name and (kind is None or kind.group(1) not in NO_TEXT):
                found.add(f"{path.name} {name.group(1)}")
    return found


def fields_of_api(document: dict[str, Any]) -> set[str]:
    """`METHOD path name` of every field of a JSON body that is no number and no yes or no."""
    found = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                name = str(content["schema"].get("$ref", "")).rpartition("/")[2]
                if not name:  # bytes
                    continue
                shape = document["components"]["schemas"][name]["properties"]
                found |= {f"{method.upper()} {path} {field}" for field, value in shape.items() if _takes_text(value)}
    return found


def _takes_text(schema: dict[str, Any]) -> bool:
    kinds = [schema, *schema.get("anyOf", [])]
    return any(kind.get("type") not in ("integer", "number", "boolean", "null", None) for kind in kinds)


def test_every_text_field_is_listed(writer: Writer) -> None:
    """A text box or a JSON field in neither list fails, and so does one that is listed and not there."""
    there = fields_of_forms() | {f for f in fields_of_api(writer.client.get("/openapi.json").json()) if "/api/" in f}
    assert there - {*WRITTEN, *EXEMPT} == set()
    assert {*WRITTEN, *EXEMPT} - there == set()
    assert "grid_correct.html note" in there
