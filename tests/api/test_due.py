"""What is due: those never inspected, overdue and due soon, of the own area, filtered, and taken out."""

import io
import re
from collections.abc import Iterator

import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.models.inspections import DuePage
from api.routes import due as due_routes
from gis.services.workspace import today
from tests.access.conftest import add, assignments, duty
from tests.api.accounts_browser import browse
from tests.api.awkward import MARKUP, days, district, load
from tests.api.people import bearer, make_account, make_token

AGO = {"F1": 400, "F2": 350, "F4": 500, "F5": 10}
"""Facility -> days since its last inspection; F9 and F3 have none. All kinds have 365 days."""


def visits(ago: dict[str, int], *, suffix: str = "") -> pd.DataFrame:
    """One inspection each."""
    day = days(*[str(pd.Timestamp(today()) - pd.Timedelta(days=count))[:10] for count in ago.values()])
    frame = pd.DataFrame({"code": [f"I{code}{suffix}" for code in ago], "facility_code": list(ago)}).astype("str")
    frame = frame.assign(inspected_on=day, valid_from=day, valid_to=days(*[None] * len(ago)), result="pass")
    texts = {name: pd.Series([None] * len(ago), dtype="str") for name in ("checklist", "inspectors")}
    counts = {name: pd.array([0] * len(ago), dtype="Int64") for name in ("clerical", "minor", "serious", "critical")}
    return frame.assign(**texts, **counts).astype({"result": "str"})


@pytest.fixture
def field(database_url: str, engine: Engine) -> Iterator[TestClient]:
    """A browser on the awkward district with three facilities more beside F1."""
    frames = district()
    first = frames["facilities"].iloc[[0, 0, 0]].assign(code=pd.array(["F3", "F4", "F5"], dtype="str"))
    frames["facilities"] = pd.concat([frames["facilities"], first], ignore_index=True)
    load(engine, frames | {"inspections": visits(AGO)})
    with browse(database_url) as client:
        yield client


def sign(client: TestClient, engine: Engine, role: str, officer: str | None) -> None:
    """Makes the browser speak for an account of this role and officer."""
    account = make_account(engine, f"{role}-{officer}", role, officer)  # type: ignore[arg-type]
    client.headers.update(bearer(make_token(engine, account)))


def codes(html: str) -> list[str]:
    """Codes of the facilities in the table of a page."""
    return re.findall(r'<th scope="row"><a href="/facilities/([^"]+)"', html)


def test_the_most_pressing_come_first(field: TestClient, engine: Engine) -> None:
    """Never inspected, then overdue by most days, then due soon; what was inspected lately is not listed."""
    sign(field, engine, "inspector", "L01")
    answer = field.get("/api/due").json()
    DuePage.model_validate(answer)
    found = [(row["code"], row["state"], row["days"]) for row in answer["items"]]
    assert found == [
        *(("F3", "never", None), ("F9", "never", None)),
        *(("F4", "overdue", 135), ("F1", "overdue", 35)),
        ("F2", "due_soon", -15),
    ]
    assert answer["counts"] == {"never": 2, "overdue": 2, "due_soon": 1, "current": 1}
    assert codes(field.get("/due").text) == [code for code, _state, _days in found]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=never", ["F3", "F9"]),
        ("state=overdue", ["F4", "F1"]),
        ("state=due_soon", ["F2"]),
        ("q=f4", ["F4"]),
        ("kind=医院", ["F2"]),
        ("area=330302001001", ["F3", "F4", "F1"]),
        ("area=nowhere", []),
        ("state=overdue&q=F1&kind=&area=", ["F1"]),
    ],
)
def test_filters_live_in_the_address(field: TestClient, engine: Engine, query: str, expected: list[str]) -> None:
    """The same filters give the same rows in the page, the JSON and the file."""
    sign(field, engine, "leader", "L01")
    assert codes(field.get(f"/due?{query}").text) == expected
    assert [row["code"] for row in field.get(f"/api/due?{query}").json()["items"]] == expected
    lines = field.get(f"/due.csv?{query}").content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["Code", *expected]


@pytest.mark.parametrize("address", ["/due?state=current", "/api/due?state=x", "/due.csv?state=x"])
def test_a_state_that_is_not_due_is_refused(field: TestClient, engine: Engine, address: str) -> None:
    """What is not listed cannot be asked for."""
    sign(field, engine, "leader", "L01")
    assert field.get(address).status_code == 422


def test_only_ones_own_premises_are_due(field: TestClient, engine: Engine) -> None:
    """Who answers for one village sees and counts what stands there alone; control: the district has more."""
    sign(field, engine, "inspector", "L02")
    assert codes(field.get("/due").text) == ["F3", "F4", "F1"]
    assert sum(field.get("/api/due").json()["counts"].values()) == 4
    assert "F2" not in field.get("/due.csv").text


def test_pages_follow_each_other(field: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is on exactly one page, with limit and offset too, and the links keep the filters."""
    monkeypatch.setattr(due_routes, "ROWS", 2)
    sign(field, engine, "inspector", "L01")
    held, address = [], "/due?q=F"
    while address:
        html = field.get(address).text
        held += codes(html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        address = following[1].replace("&amp;", "&") if following else ""
    assert held == ["F3", "F9", "F4", "F1", "F2"]
    parts = [field.get(f"/api/due?limit=2&offset={first}").json()["items"] for first in (0, 2, 4, 6)]
    assert [row["code"] for part in parts for row in part] == held


def test_another_day_is_another_list(field: TestClient, engine: Engine) -> None:
    """Five hundred days ago nothing but F4 had been inspected."""
    sign(field, engine, "inspector", "L01")
    on = str(pd.Timestamp(today()) - pd.Timedelta(days=450))[:10]
    answer = field.get(f"/api/due?on={on}").json()
    assert answer["on"] == on
    assert [row["code"] for row in answer["items"]] == ["F1", "F2", "F3", "F5", "F9"]


def test_a_visit_takes_its_premises_off_list_card_and_map(field: TestClient, engine: Engine) -> None:
    """What was drawn before an inspection came in is not shown any more; control: it was shown before."""
    sign(field, engine, "leader", "L01")
    addresses = ("/due", "/leader", "/maps/inspections", "/api/due")
    before = {address: field.get(address) for address in addresses}
    assert all(field.get(a).content == before[a].content for a in addresses if a != "/leader")
    held = {"If-None-Match": before["/maps/inspections"].headers["etag"]}
    assert field.get("/maps/inspections", headers=held).status_code == 304
    add(engine, "inspections", visits({"F1": 0}, suffix="-new"))
    assert field.get("/maps/inspections", headers=held).status_code == 200
    assert "F1" not in codes(field.get("/due").text)
    assert all(field.get(address).content != before[address].content for address in addresses)


def test_a_duty_that_ends_takes_the_list_with_it(field: TestClient, engine: Engine) -> None:
    """What is kept hangs on the assignments of the reader."""
    sign(field, engine, "inspector", "L02")
    assert "F1" in codes(field.get("/due").text)
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE assignment SET recorded = tstzrange(lower(recorded), now()) WHERE officer_code = 'L02'")
        )
    assert codes(field.get("/due").text) == []
    assert "Nothing is assigned to you today" in field.get("/due").text
    add(engine, "assignments", assignments([duty("L02", "F2", kind="facility")]))
    assert codes(field.get("/due").text) == ["F2"]


def test_a_file_is_written_down(field: TestClient, engine: Engine) -> None:
    """Who took which rows out is in the audit; a grid officer gets no file and no link to one."""
    sign(field, engine, "inspector", "L01")
    book = openpyxl.load_workbook(io.BytesIO(field.get("/due.xlsx?state=overdue").content))
    rows = [[str(cell) for cell in row] for row in book.worksheets[0].values]
    assert [row[0] for row in rows] == ["Code", "F4", "F1"]
    assert rows[1][5] == "Overdue"
    with engine.connect() as connection:
        found = connection.execute(text("SELECT who, target, details FROM audit WHERE action = 'export.due'")).all()
    assert [(who, target, details["rows"]) for who, target, details in found] == [("inspector-L01", "due.xlsx", 2)]
    sign(field, engine, "officer", "L02")
    assert "/due.csv" not in field.get("/due").text
    assert field.get("/due.csv").status_code == 403


def test_names_stay_text(field: TestClient, engine: Engine) -> None:
    """Markup in a name adds no element."""
    sign(field, engine, "inspector", "L01")
    for address in ("/due", "/due?q=" + MARKUP.replace("&", "%26")):
        assert "<script>alert" not in field.get(address).text
