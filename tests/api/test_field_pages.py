"""Pages of inspectors: facilities of the own area, filtered, on a map, one by one, and taken out."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import openpyxl
import pandas as pd
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.routes import facility_pages
from tests.api.accounts_browser import browse
from tests.api.awkward import MARKUP, days, district, load
from tests.api.people import bearer, make_account, make_token


@pytest.fixture
def field(database_url: str, engine: Engine) -> Iterator[TestClient]:
    """A browser on the awkward district, in which F1 has a licence, F2 a lapsed one, and both have machine S1."""
    frames = district()
    frames["facilities"]["address"] = frames["facilities"]["address"].fillna("=1+1")
    frames["licences"] = pd.DataFrame(
        {
            "facility_code": ["F1", "F2"],
            "number": ["证001", "证002"],
            "kind": ["超声", "超声"],
            "valid_from": days("2020-01-01", "2020-01-01"),
            "valid_to": days(None, "2024-01-01"),
        }
    ).astype({"facility_code": "str", "number": "str", "kind": "str"})
    second = frames["equipment"].assign(facility_code=pd.Series(["F2"], dtype="str"))
    frames["equipment"] = pd.concat([frames["equipment"], second], ignore_index=True)
    load(engine, frames)
    with browse(database_url) as client:
        yield client


def sign(client: TestClient, engine: Engine, role: Any, officer: str | None) -> None:
    """Makes the browser speak for an account of this role and officer."""
    client.headers.update(bearer(make_token(engine, make_account(engine, f"{role}-{officer}", role, officer))))


def codes(html: str) -> list[str]:
    """Codes of the facilities in the table of a page."""
    return re.findall(r'<tr id="row-([^"]+)"', html)


def block(html: str) -> Any:
    """The data of a map page."""
    found = re.search(r'id="wangge-data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_an_inspector_sees_the_facilities_of_the_own_area_only(field: TestClient, engine: Engine) -> None:
    """Table, map and card hold what lies in the own area; a facility elsewhere is answered like one that is not."""
    sign(field, engine, "inspector", "L02")
    assert codes(field.get("/facilities").text) == ["F1"]
    assert block(field.get("/maps/premises").text)["facilities"]["code"] == ["F1"]
    assert field.get("/facilities/F1").status_code == 200
    hidden, missing = field.get("/facilities/F2"), field.get("/facilities/F0")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.json()["message"].replace("F2", "F0") == missing.json()["message"]


def test_who_answers_for_everything_sees_everything(field: TestClient, engine: Engine) -> None:
    """Control: with the whole district all three facilities are there."""
    sign(field, engine, "inspector", "L01")
    assert codes(field.get("/facilities").text) == ["F1", "F2", "F9"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=白鹿", ["F1"]),
        ("q=f9", ["F9"]),
        ("kind=医院", ["F2"]),
        ("area=330302001", ["F1"]),
        ("area=330302001001002", ["F1"]),
        ("area=nowhere", []),
        ("licence=valid", ["F1"]),
        ("licence=missing", ["F2", "F9"]),
        ("licence=lapsed", ["F2"]),
        ("task=unlicensed", ["F2", "F9"]),
        ("task=orphan", ["F9"]),
        ("task=equipment", ["F1", "F2"]),
        ("q=&kind=&area=&licence=&task=", ["F1", "F2", "F9"]),
        ("licence=missing&task=orphan", ["F9"]),
    ],
)
def test_filters_live_in_the_address(field: TestClient, engine: Engine, query: str, expected: list[str]) -> None:
    """The same address gives the same rows in table and map, without any script."""
    sign(field, engine, "leader", "L01")
    html = field.get(f"/facilities?{query}").text
    assert codes(html) == expected
    assert block(field.get(f"/maps/premises?{query}").text)["facilities"]["code"] == expected


def test_tasks_are_counted_and_lead_to_their_rows(field: TestClient, engine: Engine) -> None:
    """Each task stands with its number and a link that is the filter."""
    sign(field, engine, "inspector", "L01")
    html = field.get("/facilities").text
    numbers = re.findall(r'href="/facilities\?task=([\w-]+)".*?<span class="badge \w+">(\d+)<', html, re.DOTALL)
    assert numbers == [("unlicensed", "2"), ("orphan", "1"), ("equipment", "2")]
    assert all(len(codes(field.get(f"/facilities?task={task}").text)) == int(number) for task, number in numbers)


def test_what_the_register_shows_amiss_stands_on_the_card(field: TestClient, engine: Engine) -> None:
    """In words, of this facility alone; control: F9 has nothing amiss and no such line."""
    sign(field, engine, "inspector", "L01")
    pages = {code: field.get(f"/facilities/{code}").text for code in ("F1", "F2", "F9")}
    badges = {code: re.findall(r'<span class="badge bad">([^<]+)</span> ', html) for code, html in pages.items()}
    twice, nobody = "One serial number at several facilities", "Machines, and nobody qualified"
    assert badges["F1"] == [twice]
    assert {twice, nobody} < set(badges["F2"])
    assert badges["F9"] == []
    assert "amiss" not in pages["F9"]


def test_pages_follow_each_other(field: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is on exactly one page, and the links keep the filters."""
    monkeypatch.setattr(facility_pages, "ROWS", 2)
    sign(field, engine, "inspector", "L01")
    first = field.get("/facilities?q=F").text
    assert codes(first) == ["F1", "F2"]
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    assert "q=F" in following[1]
    assert codes(field.get(following[1].replace("&amp;", "&")).text) == ["F9"]


def test_names_stay_text_on_every_page(field: TestClient, engine: Engine) -> None:
    """Markup in a name adds no element to table, card or map."""
    sign(field, engine, "inspector", "L01")
    for address in ("/facilities", "/facilities/F2", "/maps/premises", "/facilities?q=" + MARKUP.replace("&", "%26")):
        html = field.get(address).text
        assert "alert(" in html
        assert "<script>alert" not in html


def test_a_card_tells_licences_machines_and_who_answers(field: TestClient, engine: Engine) -> None:
    """The lapsed licence is there as over, the machine names the other place, the chain its officers."""
    sign(field, engine, "inspector", "L01")
    html = field.get("/facilities/F2").text
    assert "证002" in html
    assert "Over" in html
    assert "Also registered at F1" in html
    assert "王五" in html


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_holds_what_the_filters_pick_and_runs_nothing(field: TestClient, engine: Engine, ending: str) -> None:
    """The download has the filtered rows, formula cells are neutralised, and the audit knows of it."""
    sign(field, engine, "inspector", "L01")
    answer = field.get(f"/facilities.{ending}?licence=valid")
    assert "attachment" in answer.headers["Content-Disposition"]
    if ending == "csv":
        rows = [line.split(",") for line in answer.content.decode("utf-8-sig").splitlines()]
    else:
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        rows = [[str(cell) for cell in row] for row in book.worksheets[0].values]
    assert [row[0] for row in rows] == ["Code", "F1"]
    assert "'=1+1" in rows[1]
    with engine.connect() as connection:
        found = connection.execute(text("SELECT who, details FROM audit WHERE action = 'export.premises'")).all()
    assert [(who, details["rows"], details["licence"]) for who, details in found] == [("inspector-L01", 1, "valid")]


def test_officers_take_nothing_out(field: TestClient, engine: Engine) -> None:
    """A grid officer reads the table, but gets no file and no link to one."""
    sign(field, engine, "officer", "L02")
    assert "/facilities.csv" not in field.get("/facilities").text
    assert field.get("/facilities.csv").status_code == 403


@pytest.mark.parametrize("address", ["/facilities", "/facilities/F1", "/facilities.csv", "/maps/premises", "/grid"])
def test_pages_of_the_field_are_for_those_who_work_there(field: TestClient, engine: Engine, address: str) -> None:
    """The public is led to sign in, an admin is refused."""
    public = field.get(address, headers={"Accept": "text/html"})
    assert (public.status_code, public.headers.get("location", "")[:6]) == (303, "/login")
    sign(field, engine, "admin", None)
    assert field.get(address).status_code == 403


def test_without_a_duty_there_is_nothing(field: TestClient, engine: Engine) -> None:
    """Somebody who is assigned to nothing today is told so."""
    sign(field, engine, "inspector", None)
    html = field.get("/facilities").text
    assert "Nothing is assigned to you today" in html
    assert codes(html) == []


def test_facilities_of_others_change_no_byte(field: TestClient, engine: Engine) -> None:
    """What is registered outside the own area changes nothing in the page of the own one."""
    sign(field, engine, "inspector", "L02")
    before = [field.get(address).content for address in ("/facilities", "/maps/premises", "/facilities.csv")]
    more = district()["facilities"].iloc[[1]].assign(code=pd.Series(["F3"], index=[1], dtype="str"))
    load(engine, {"facilities": more})
    assert [field.get(a).content for a in ("/facilities", "/maps/premises", "/facilities.csv")] == before
    sign(field, engine, "inspector", "L01")
    assert "F3" in codes(field.get("/facilities").text)
