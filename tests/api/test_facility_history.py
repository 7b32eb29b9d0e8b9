"""The history of a facility: every version, licence, machine, person and visit, of the own area only."""

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.models.inspections import FacilityHistory
from gis.services.facilities.history import LANES
from tests.access.conftest import add
from tests.api.accounts_browser import browse
from tests.api.awkward import MARKUP, days, district, load
from tests.api.people import bearer, make_account, make_token
from tests.api.test_due import visits


def licences(*rows: tuple[str, str, str, str | None]) -> pd.DataFrame:
    """Licences of F1 from (number, kind, from, to)."""
    frame = pd.DataFrame(
        {"facility_code": "F1", "number": [row[0] for row in rows], "kind": [row[1] for row in rows]}, dtype="str"
    )
    return frame.assign(valid_from=days(*[row[2] for row in rows]), valid_to=days(*[row[3] for row in rows]))


@pytest.fixture
def field(database_url: str, engine: Engine) -> Iterator[TestClient]:
    """F1 changed its name and moved in 2024, closed in 2025 for half a year, and has licences in several states."""
    frames = district()
    first = frames["facilities"][frames["facilities"]["code"] == "F1"]
    east = shapely.Point(first.geometry.iloc[0].x + 0.0001, first.geometry.iloc[0].y)
    versions = [
        first.assign(valid_from=days("2020-01-01").array, valid_to=days("2024-03-01").array),
        first.assign(
            name=MARKUP, valid_from=days("2024-03-01").array, valid_to=days("2025-01-01").array, geometry=east
        ),
        first.assign(valid_from=days("2025-07-01").array, valid_to=days(None).array),
    ]
    others = frames["facilities"][frames["facilities"]["code"] != "F1"]
    frames["facilities"] = pd.concat([*versions, others], ignore_index=True)
    frames["licences"] = licences(
        *(("A", "超声", "2020-01-01", "2022-01-01"), ("B", "超声", "2022-01-01", "2024-06-01")),
        *(("C", "超声", "2026-01-01", None), ("D", "母婴", "2020-01-01", "2025-01-01")),
    )
    seen = visits({"F1": 40, "F2": 3})
    seen["result"] = pd.array(["fail", "pass"], dtype="str")
    seen["serious"] = pd.array([2, 0], dtype="Int64")
    load(engine, frames | {"inspections": seen})
    with browse(database_url) as client:
        yield client


def sign(client: TestClient, engine: Engine, role: Any, officer: str) -> None:
    """Makes the browser speak for an account of this role and officer."""
    client.headers.update(bearer(make_token(engine, make_account(engine, f"{role}-{officer}", role, officer))))


def lane(client: TestClient, name: str, code: str = "F1") -> list[dict[str, Any]]:
    """The entries of one lane."""
    answer = client.get(f"/api/facilities/{code}/history").json()
    FacilityHistory.model_validate(answer)
    return [entry for entry in answer["entries"] if entry["lane"] == name]


def test_versions_say_what_changed(field: TestClient, engine: Engine) -> None:
    """Opened, renamed and moved, closed, opened again: periods with gaps, and an event where it closed."""
    sign(field, engine, "inspector", "L01")
    found = lane(field, "register")
    assert [(entry["start"], entry["end"], entry["tone"]) for entry in found] == [
        ("2020-01-01", "2024-03-01", "plain"),
        ("2024-03-01", "2025-01-01", "plain"),
        ("2025-01-01", "2025-01-01", "plain"),
        ("2025-07-01", None, "good"),
    ]
    assert found[0]["text"].startswith("Registered: ")
    assert MARKUP in found[1]["text"]
    assert "Point moved by 10 m" in found[1]["text"]
    assert "Address" not in found[1]["text"]
    assert [found[2]["text"], found[3]["text"][:12]] == ["Closed", "Opened again"]


def test_a_licence_that_none_followed_has_lapsed(field: TestClient, engine: Engine) -> None:
    """A was renewed on its last day, B was not; D ended with the facility itself, which is no lapse."""
    sign(field, engine, "inspector", "L01")
    tones = {entry["text"].split(",")[0]: entry["tone"] for entry in lane(field, "licences")}
    assert tones == {"Licence A": "plain", "Licence B": "bad", "Licence C": "good", "Licence D": "plain"}
    hrefs = {entry["text"].split(",")[0]: entry["href"] for entry in lane(field, "licences")}
    assert hrefs["Licence C"] == "/facilities/F1#licences"
    assert hrefs["Licence B"] is None


def test_visits_are_events_with_their_result(field: TestClient, engine: Engine) -> None:
    """A failed visit is bad and tells its counts; one that comes in later is there at once."""
    sign(field, engine, "inspector", "L01")
    (visit,) = lane(field, "inspections")
    assert visit["start"] == visit["end"]
    assert (visit["tone"], visit["text"]) == ("bad", "Inspection: did not pass; 2 serious")
    add(engine, "inspections", visits({"F1": 5}, suffix="-later"))
    assert [entry["tone"] for entry in lane(field, "inspections")] == ["bad", "good"]


def test_the_page_says_what_the_json_says(field: TestClient, engine: Engine) -> None:
    """Every entry is a shape and a row of the table, latest first; every lane has its heading; names stay text."""
    sign(field, engine, "leader", "L01")
    entries = field.get("/api/facilities/F1/history").json()["entries"]
    html = field.get("/facilities/F1/history").text
    assert html.count("<title>") - 1 == len(entries) + 4, "four are in the legend, one is that of the page"
    dates = re.findall(r'<th scope="row" class="dates"><(?:time datetime="|span>)([^<"]+)', html)
    assert dates == [entry["start"] or "since always" for entry in reversed(entries)]
    assert all(f">{heading}</text>" in html for heading in ("Register", "Licences", "Equipment", "Inspections"))
    assert html.count('class="lane" x=') == len(LANES)
    assert "<script>alert" not in html
    assert '/facilities/F1/history"' in field.get("/facilities/F1").text


def test_a_facility_that_closed_still_has_its_history(field: TestClient, engine: Engine) -> None:
    """It is not in the register of today any more, so there is no page to go back to; the history tells its end."""
    sign(field, engine, "inspector", "L01")
    closed = district()["facilities"].iloc[[1]]
    add(engine, "facilities", closed.assign(valid_to=days("2025-05-05").array))
    assert field.get("/facilities/F2").status_code == 404
    html = field.get("/facilities/F2/history").text
    assert "It is not registered any more." in html
    assert lane(field, "register", "F2")[-1]["start"] == "2025-05-05"


def test_what_is_elsewhere_has_no_history(field: TestClient, engine: Engine) -> None:
    """A facility outside and one that is not have the same answer, in page and JSON; control: the own one has one."""
    sign(field, engine, "inspector", "L02")
    for path in ("/facilities/{}/history", "/api/facilities/{}/history"):
        hidden, missing = (field.get(path.format(code)) for code in ("F2", "F0"))
        assert (hidden.status_code, missing.status_code) == (404, 404)
        assert hidden.json()["message"].replace("F2", "F0") == missing.json()["message"]
        assert field.get(path.format("F1")).status_code == 200
