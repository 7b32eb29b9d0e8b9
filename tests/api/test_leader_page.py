"""The leader's page: only the own areas, any day in the address, and files of no more than that."""

import io
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import Engine, text

from tests.api.awkward import MARKUP, application, district, load, serve
from tests.api.people import bearer, make_account, make_token

if TYPE_CHECKING:
    from starlette.testclient import TestClient

VILLAGE, NEIGHBOUR, STREET = "330302001001", "330302001002", "330302001"
PEOPLE = {"district": ("leader", "L01"), "village": ("leader", "L02"), "nobody": ("leader", "L99")}


@pytest.fixture
def people(engine: Engine) -> dict[str, dict[str, str]]:
    """Headers of a leader of the district, of one village, of nothing, and of other roles."""
    load(engine, district())
    roles: dict[str, Any] = {**PEOPLE, "inspector": ("inspector", "L02"), "officer": ("officer", "L02")}
    return {
        name: bearer(make_token(engine, make_account(engine, name, role, officer)))
        for name, (role, officer) in roles.items()
    }


@pytest.fixture
def web(database_url: str, people: dict[str, dict[str, str]]) -> Iterator["TestClient"]:
    """A client without an account."""
    yield from serve(application(database_url))


def codes(page: str) -> set[str]:
    """Codes of the areas that a page links to."""
    return set(re.findall(r'data-area="([^"]+)"', page))


def test_tree_holds_own_areas_only(web: "TestClient", people: dict[str, dict[str, str]]) -> None:
    """The leader of a village finds the village and its grids; the district's leader finds both streets."""
    own = web.get("/leader", headers=people["village"]).text
    assert codes(own) == {VILLAGE, "330302001001002", "330302001001003"}
    assert {STREET, "330302002", "330302003"} <= codes(web.get("/leader", headers=people["district"]).text)


def test_states_are_words(web: "TestClient", people: dict[str, dict[str, str]]) -> None:
    """Whether an area is vacant stands beside it as a word."""
    page = web.get("/leader/branch", params={"parent": "330302"}, headers=people["district"]).text
    rows = {re.search(r'data-area="(\w+)"', item)[1]: item for item in page.split("<li>")[1:]}  # type: ignore[index]
    assert "covered" in rows[STREET]
    assert "vacant" in rows["330302003"]


@pytest.mark.parametrize("code", [NEIGHBOUR, STREET, "nowhere"])
def test_foreign_area_is_not_there(web: "TestClient", people: dict[str, dict[str, str]], code: str) -> None:
    """Beside, above and nowhere have the same answer, in page, tree, export and changes."""
    answers = [
        web.get(path, params={name: code}, headers=people["village"])
        for path, name in (
            ("/leader", "area"),
            ("/leader/branch", "parent"),
            ("/leader/export/geojson", "area"),
            ("/api/changes", "area"),
        )
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert all("五马街道" not in answer.text.split('id="tree"')[0] for answer in answers)


def test_foreign_attempt_is_audited(web: "TestClient", people: dict[str, dict[str, str]], engine: Engine) -> None:
    """The page shows the own areas instead, and the audit has the denied attempt."""
    web.get("/leader", params={"area": NEIGHBOUR}, headers=people["village"])
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT action, outcome FROM audit WHERE outcome = 'denied'")).all()
    assert [tuple(row) for row in rows] == [("GET /leader", "denied")]


@pytest.mark.parametrize("name", ["inspector", "officer"])
def test_page_is_for_leaders(web: "TestClient", people: dict[str, dict[str, str]], name: str) -> None:
    """Other roles are refused; without an account one is led to sign in."""
    assert web.get("/leader", headers=people[name]).status_code == 403
    anonymous = web.get("/leader", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (anonymous.status_code, anonymous.headers["location"]) == (303, "/login?next=%2Fleader")


def test_leader_without_area_is_told(web: "TestClient", people: dict[str, dict[str, str]]) -> None:
    """With nothing assigned the page says so, and links to no area."""
    page = web.get("/leader", headers=people["nobody"])
    assert page.status_code == 200
    assert "No area is assigned to you today" in page.text
    assert codes(page.text) == set()


def test_day_changes_tree(web: "TestClient", people: dict[str, dict[str, str]]) -> None:
    """The tree is that of the day in the address, and so is the address of the map."""
    early = web.get("/leader", params={"on": "2025-01-01", "area": VILLAGE}, headers=people["district"]).text
    assert "330302001001001" in codes(early)
    assert "330302001001003" not in codes(early)
    assert 'src="/maps/responsibility?on=2025-01-01"' in early


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "2025-02-29", "x"])
def test_any_day_has_an_answer(web: "TestClient", people: dict[str, dict[str, str]], on: str) -> None:
    """The first and the last day of all are days; what is no day is refused."""
    status = web.get("/leader", params={"on": on}, headers=people["district"]).status_code
    assert status == (422 if on in ("2025-02-29", "x") else 200)


def test_card_has_phone_and_audit(web: "TestClient", people: dict[str, dict[str, str]], engine: Engine) -> None:
    """Who answers has name, department and phone, and reading it is written down."""
    page = web.get("/leader", params={"area": STREET}, headers=people["district"]).text
    assert "王五" in page
    assert "卫健" in page
    with engine.begin() as connection:
        found = connection.execute(text("SELECT target FROM audit WHERE action = 'contacts.read'")).scalars().all()
    assert found == [STREET]


def test_names_are_text(web: "TestClient", people: dict[str, dict[str, str]]) -> None:
    """Markup in a name is shown as it is written."""
    page = web.get("/leader", headers=people["district"]).text
    assert MARKUP not in page
    assert MARKUP in unescape(page)


def test_changes_since(web: "TestClient", people: dict[str, dict[str, str]]) -> None:
    """What is so on the day and was not on the other is listed; of a narrower window nothing is."""
    asked = {"since": "2024-12-01", "on": "2025-08-01"}
    found = web.get("/api/changes", params=asked, headers=people["district"]).json()
    areas = {(row["code"], row["what"], row["day"]) for row in found["areas"]}
    assert areas == {
        ("330302001001001", "ended", "2025-07-01"),
        ("330302001001003", "begun", "2025-07-01"),
    }
    assert [(row["target"], row["what"]) for row in found["assignments"]] == [("330302002", "ended")]
    later = web.get("/api/changes", params={**asked, "since": "2025-07-01"}, headers=people["district"]).json()
    assert (later["areas"], later["assignments"], later["facilities"]) == ([], [], [])
    own = web.get("/api/changes", params=asked, headers=people["village"]).json()
    assert own["assignments"] == []


def test_changes_need_an_earlier_day(web: "TestClient", people: dict[str, dict[str, str]]) -> None:
    """A day compared with itself makes no sense: the API refuses it, the page says so."""
    asked = {"since": "2026-01-01", "on": "2026-01-01"}
    assert web.get("/api/changes", params=asked, headers=people["district"]).status_code == 400
    page = web.get("/leader", params=asked, headers=people["district"])
    assert page.status_code == 200
    assert "must be before" in page.text


@pytest.mark.parametrize(
    ("file_format", "starts"),
    [("pdf", b"%PDF"), ("xlsx", b"PK"), ("geojson", b'{"type"'), ("html", b"<!DOCTYPE html>")],
)
def test_exports(
    web: "TestClient", people: dict[str, dict[str, str]], engine: Engine, file_format: str, starts: bytes
) -> None:
    """Each file begins as its kind does, names area and day, and is written to the audit."""
    path = f"/leader/export/{file_format}"
    answer = web.get(path, params={"area": VILLAGE, "on": "2026-01-01"}, headers=people["village"])
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(starts)
    named = answer.headers["content-disposition"]
    assert f'filename="responsibility-{VILLAGE}-2026-01-01.{file_format}"' in named
    assert "filename*=UTF-8''responsibility%20%E7%99%BD%E9%B9%BF%E6%9D%91" in named
    with engine.begin() as connection:
        rows = connection.execute(
            text("SELECT target, details FROM audit WHERE action = 'export.responsibility'")
        ).all()
    assert [(row.target, row.details["format"]) for row in rows] == [(VILLAGE, file_format)]


def test_export_holds_own_rows_only(web: "TestClient", people: dict[str, dict[str, str]]) -> None:
    """The whole export of a village's leader has the village and its grids, and no work phone."""
    found = json.loads(web.get("/leader/export/geojson", headers=people["village"]).content)
    rows = {feature["properties"]["code"]: feature["properties"] for feature in found["features"]}
    assert set(rows) == {VILLAGE, "330302001001002", "330302001001003"}
    assert (rows[VILLAGE]["officer"], rows[VILLAGE]["state"]) == ("赵六", "covered")
    book = openpyxl.load_workbook(io.BytesIO(web.get("/leader/export/xlsx", headers=people["village"]).content))
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert VILLAGE in cells
    assert NEIGHBOUR not in cells
