"""Pages of outreach: recording a session once, without any person, and the table of sessions."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from gis.services.workspace import today
from tests.api.accounts_browser import browse, enter, said
from tests.api.awkward import district, load
from tests.api.people import bearer, make_account, make_token

MINE, OTHER = "330302001001", "330302001002"


@pytest.fixture
def field(database_url: str, engine: Engine) -> Iterator[TestClient]:
    """A browser on the awkward district, where L02 answers for one village."""
    load(engine, district())
    with browse(database_url) as client:
        yield client


def sign(client: TestClient, engine: Engine, role: Any = "officer", officer: str | None = "L02") -> None:
    """Makes the browser speak for an account of this role and officer."""
    client.headers.update(bearer(make_token(engine, make_account(engine, f"{role}-{officer}", role, officer))))


def session(**values: Any) -> dict[str, str]:
    """A form that is in order, but for the values given."""
    form = {"code": uuid4(), "area": MINE, "held_on": today(), "kind": "义诊", "reach": 30}
    return {name: str(value) for name, value in {**form, **values}.items()}


def stored(engine: Engine) -> list[Any]:
    """Area, kind and reach of all sessions."""
    with engine.connect() as connection:
        query = "SELECT area_code, kind, reach FROM outreach WHERE upper_inf(recorded) ORDER BY held_on, area_code"
        return [tuple(row) for row in connection.execute(text(query))]


def days_of(html: str) -> list[str]:
    """The days in the table of sessions."""
    return re.findall(r'<tr><th scope="row">(\d{4}-\d\d-\d\d)</th>', html)


def test_a_session_sent_twice_is_stored_once(field: TestClient, engine: Engine) -> None:
    """The number comes with the form; both answers lead to the one receipt, and the audit has one row."""
    sign(field, engine)
    number = re.search(r'name="code" value="([^"]+)"', field.get(f"/outreach/new?area={MINE}").text)
    assert number
    form = session(code=number[1])
    answers = [field.post("/outreach/new", data=form) for _again in range(2)]
    assert [(a.status_code, a.headers["location"]) for a in answers] == [(303, f"/outreach/sessions/{number[1]}")] * 2
    assert stored(engine) == [(MINE, "义诊", 30)]
    receipt = field.get(answers[0].headers["location"]).text
    assert number[1] in receipt
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit WHERE action = 'outreach.record'")).scalar() == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"held_on": today() + timedelta(days=2)}, "still to come"),
        ({"held_on": "soon"}, "YYYY-MM-DD"),
        ({"reach": "-1"}, "whole number"),
        ({"reach": "many"}, "whole number"),
        ({"reach": "9" * 30}, "whole number"),
        ({"kind": "王芳 13912345678"}, "Personal data"),
        ({"area": OTHER}, "No area"),
        ({"area": ""}, "No area"),
        ({"code": "x"}, "no UUID"),
    ],
)
def test_what_cannot_be_is_said_and_the_form_keeps_the_rest(
    field: TestClient, engine: Engine, values: dict[str, Any], words: str
) -> None:
    """The reason stands above the form, what was typed stands in it, and nothing is stored."""
    sign(field, engine)
    answer = field.post("/outreach/new", data=session(**values))
    assert answer.status_code == 422
    assert words in said(answer.text)
    assert ("30" if "reach" not in values else str(values["reach"])) in answer.text
    assert stored(engine) == []


def test_an_unknown_reach_is_empty(field: TestClient, engine: Engine) -> None:
    """Nobody has to invent a number."""
    sign(field, engine)
    assert field.post("/outreach/new", data=session(reach="", kind="")).status_code == 303
    assert stored(engine) == [(MINE, None, None)]


def test_the_form_offers_own_places_only_and_asks_for_no_person(field: TestClient, engine: Engine) -> None:
    """The places are those of the subtree, and no field could hold a participant."""
    sign(field, engine)
    html = field.get("/outreach/new").text
    assert re.findall(r'<option value="(\d+)"', html) == [MINE, f"{MINE}002", f"{MINE}003"]
    assert set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', html)) == {
        *("csrf", "code", "area", "held_on", "kind", "reach")
    }


def test_recording_needs_the_role_and_the_secret(field: TestClient, engine: Engine) -> None:
    """An inspector records nothing, nor does a cookie without the secret of its session; with it, it does."""
    sign(field, engine, "inspector", "L02")
    assert field.post("/outreach/new", data=session()).status_code == 403
    del field.headers["Authorization"]
    csrf = enter(field, engine, make_account(engine, "zhao", "officer", "L02"))
    assert field.post("/outreach/new", data=session()).status_code == 403
    assert stored(engine) == []
    assert field.post("/outreach/new", data=session(csrf=csrf)).status_code == 303


def test_sessions_are_filtered_by_the_address(field: TestClient, engine: Engine) -> None:
    """Area, kind and days narrow the table; the last day counts too; other people's areas are never in it."""
    sign(field, engine, "leader", "L01")
    for back, area, kind in ((0, MINE, "义诊"), (10, f"{MINE}002", "讲座"), (20, OTHER, "义诊")):
        field.post("/outreach/new", data=session(area=area, kind=kind, held_on=today() - timedelta(days=back)))
    day = [(today() - timedelta(days=back)).isoformat() for back in (0, 10, 20)]
    assert days_of(field.get("/outreach").text) == day
    assert days_of(field.get(f"/outreach?area={MINE}").text) == day[:2]
    assert days_of(field.get("/outreach?kind=讲座").text) == day[1:2]
    assert days_of(field.get(f"/outreach?from={day[1]}&to={day[0]}").text) == day[:2]
    assert days_of(field.get(f"/outreach?from=&to={day[1]}").text) == day[1:]
    sign(field, engine, "inspector", "L02")
    assert days_of(field.get("/outreach").text) == day[:2]


def test_levels_tell_what_had_no_session(field: TestClient, engine: Engine) -> None:
    """One session in a grid covers its village; the other grid of the village stays without."""
    sign(field, engine)
    field.post("/outreach/new", data=session(area=f"{MINE}002"))
    rows = re.findall(
        r'<tr><th scope="row">(\w+)</th><td class="number">(\d+)</td><td class="number">(\d+)</td>'
        r'<td class="number">(\d+)</td>',
        field.get("/outreach").text,
    )
    assert rows == [("village", "1", "1", "0"), ("grid", "2", "1", "1")]


def test_the_file_of_sessions_runs_nothing_and_is_audited(field: TestClient, engine: Engine) -> None:
    """A kind that looks like a formula is text in the workbook; officers get no file."""
    sign(field, engine)
    field.post("/outreach/new", data=session(kind="=1+1"))
    assert field.get("/outreach.xlsx").status_code == 403
    sign(field, engine, "inspector", "L02")
    book = openpyxl.load_workbook(io.BytesIO(field.get("/outreach.xlsx").content))
    rows = [list(row) for row in book.worksheets[0].values]
    assert rows[1] == [today().isoformat(), MINE, "白鹿村", "'=1+1", 30]
    with engine.connect() as connection:
        found = connection.execute(text("SELECT details FROM audit WHERE action = 'export.outreach'")).scalars().all()
    assert [details["rows"] for details in found] == [1]
