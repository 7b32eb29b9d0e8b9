"""Pages of grid officers: the own grid, its neighbours, and proposals that the map be corrected."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pandas as pd
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from gis.services.areas.grid import OUTREACH_DAYS
from tests.api.accounts_browser import browse, enter, said
from tests.api.awkward import days, district, load
from tests.api.people import bearer, make_account, make_token

MINE, NEIGHBOUR = "330302001001002", "330302001001003"
PHONE = "0577-8800123"


@pytest.fixture
def field(database_url: str, engine: Engine) -> Iterator[TestClient]:
    """A browser on the awkward district: L02 answers for grid 002 alone, L03 for the grid beside it."""
    frames = district()
    frames["officers"] = pd.DataFrame(
        {
            "code": ["L01", "L02", "L03"],
            "name": ["王五", "赵六", "<b>孙七</b>"],
            "department": ["卫健", None, "疾控"],
            "work_phone": ["1", None, PHONE],
            "valid_from": days(None, None, None),
            "valid_to": days(None, None, None),
        }
    ).astype({"department": "str", "work_phone": "str"})
    duties = frames["assignments"].iloc[:3].copy()
    duties["officer_code"] = pd.Series(["L01", "L02", "L03"], dtype="str")
    duties["target_code"] = pd.Series(["330302", MINE, NEIGHBOUR], dtype="str")
    frames["assignments"] = duties
    load(engine, frames)
    with browse(database_url) as client:
        yield client


def sign(client: TestClient, engine: Engine, role: Any = "officer", officer: str | None = "L02") -> None:
    """Makes the browser speak for an account of this role and officer."""
    client.headers.update(bearer(make_token(engine, make_account(engine, f"{role}-{officer}", role, officer))))


def block(html: str, name: str = "data") -> Any:
    """A block of a map page."""
    found = re.search(rf'id="wangge-{name}">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def send(client: TestClient, kind: str, target: str, **values: str) -> Any:
    """The answer to a proposal."""
    return client.post(f"/grid/correct?kind={kind}&target={target}", data={"id": str(uuid4()), **values})


def stored(engine: Engine) -> list[Any]:
    """Kind, target and shape of all proposals."""
    with engine.connect() as connection:
        query = "SELECT kind, target_code, ST_AsText(geometry) FROM correction ORDER BY proposed_at"
        return [tuple(row) for row in connection.execute(text(query))]


def square(west: float) -> str:
    """A GeoJSON square on the grid of the tests, shifted east."""
    corners = [[west, 28.01], [120.01, 28.01], [120.01, 28.02], [west, 28.02], [west, 28.01]]
    return json.dumps({"type": "Polygon", "coordinates": [corners]})


def test_my_grid_shows_its_facilities_and_who_answers_beside_it(field: TestClient, engine: Engine) -> None:
    """The page names the neighbour with officer and department, and never the officer's telephone."""
    sign(field, engine)
    html = field.get("/grid").text
    assert MINE in html
    assert "白鹿诊所" in html
    assert NEIGHBOUR in html
    assert "疾控" in html
    shown = block(field.get(f"/maps/grid?area={MINE}").text)
    assert shown["areas"]["code"] == [MINE]
    assert shown["neighbours"]["code"] == [NEIGHBOUR]
    assert shown["neighbours"]["officer"] == ["<b>孙七</b>"]
    assert set(shown["neighbours"]) == {"code", "name", "level", "officer", "department", "shape"}
    for page in (html, field.get(f"/maps/grid?area={MINE}").text):
        assert PHONE not in page
        assert "<b>孙七" not in page


def test_the_telephone_is_there_for_those_who_may_see_it(field: TestClient, engine: Engine) -> None:
    """Control: the leader of the district reads the number in the chain of that grid."""
    sign(field, engine, "leader", "L01")
    assert PHONE in field.get(f"/api/who/{NEIGHBOUR}").text


def test_a_neighbours_grid_is_not_mine(field: TestClient, engine: Engine) -> None:
    """Page and map of another's grid are answered like those of a grid that is not."""
    sign(field, engine)
    for address in ("/grid?area={}", "/maps/grid?area={}", "/grid/correct?kind=boundary&target={}"):
        hidden, missing = field.get(address.format(NEIGHBOUR)), field.get(address.format("330302001001999"))
        assert (hidden.status_code, missing.status_code) == (404, 404)
        assert hidden.json()["message"].replace(NEIGHBOUR, "330302001001999") == missing.json()["message"]


def test_tasks_end_when_they_are_done(field: TestClient, engine: Engine) -> None:
    """A grid without a session is a task until one is recorded."""
    sign(field, engine)
    title = f"No outreach session for {OUTREACH_DAYS} days"
    assert title in field.get("/grid").text
    held = re.search(r'name="held_on" value="([^"]+)"', field.get("/outreach/new").text)
    assert held
    field.post("/outreach/new", data={"code": str(uuid4()), "area": MINE, "held_on": held[1]})
    assert title not in field.get("/grid").text


def test_several_areas_are_chosen_between(field: TestClient, engine: Engine) -> None:
    """With one area there is no choice; the leader of the whole has only that one too, but reaches any inside."""
    sign(field, engine, "leader", "L01")
    assert "<select" not in field.get("/grid").text
    assert NEIGHBOUR in field.get(f"/grid?area={NEIGHBOUR}").text


def test_without_an_area_the_page_says_so(field: TestClient, engine: Engine) -> None:
    """An officer to whom nothing is assigned today is told to ask."""
    sign(field, engine, "officer", None)
    assert "Ask your leader which area is yours" in field.get("/grid").text


def test_a_boundary_is_edited_from_its_exact_shape(field: TestClient, engine: Engine) -> None:
    """The editor starts from the stored digits, so that what nobody moves stays where the neighbours have it."""
    sign(field, engine)
    page = field.get(f"/maps/correction?kind=boundary&target={MINE}").text
    assert block(page, "page")["kind"] == "boundary"
    corners = block(page)["geometry"]["coordinates"][0][0]
    assert sorted({tuple(corner) for corner in corners}) == [
        (120.0, 28.01),
        (120.0, 28.02),
        (120.01, 28.01),
        (120.01, 28.02),
    ]


def test_a_proposal_is_stored_once_and_listed(field: TestClient, engine: Engine) -> None:
    """Boundary and point reach the leader; the same form sent twice is one proposal; the page lists it as waiting."""
    sign(field, engine)
    number = str(uuid4())
    for _again in range(2):
        answer = send(field, "boundary", MINE, id=number, geometry=square(120.002), note="西边少了一块")
        assert (answer.status_code, answer.headers["location"]) == (303, "/grid?sent=1#corrections")
    feature = json.dumps({"type": "Feature", "properties": {}, "geometry": json.loads(square(120.003))})
    assert send(field, "boundary", MINE, geometry=feature).status_code == 303
    assert send(field, "point", "F1", lon="120.006", lat=" 28.0151 ").status_code == 303
    assert [(kind, target) for kind, target, _shape in stored(engine)] == [
        ("boundary", MINE),
        ("boundary", MINE),
        ("point", "F1"),
    ]
    assert stored(engine)[2][2] == "POINT(120.006 28.0151)"
    html = field.get("/grid").text
    assert html.count("Waits for a decision") == 3
    assert "西边少了一块" in html


def test_typed_coordinates_of_a_map_service_are_shifted(field: TestClient, engine: Engine) -> None:
    """A point in GCJ-02 is stored hundreds of metres away from its figures, in WGS 84."""
    sign(field, engine)
    assert send(field, "point", "F1", lon="120.0095", lat="28.0125", datum="gcj02").status_code == 303
    x, y = (float(part) for part in re.findall(r"[\d.]+", stored(engine)[0][2]))
    assert 0.003 < 120.0095 - x < 0.007
    assert abs(28.0125 - y) < 0.006


@pytest.mark.parametrize(
    ("kind", "target", "values", "words"),
    [
        ("boundary", MINE, {"geometry": ""}, "Nothing has been moved yet."),
        ("boundary", MINE, {"geometry": "{"}, "no GeoJSON"),
        ("boundary", MINE, {"geometry": "[" * 5000}, "no GeoJSON"),
        ("boundary", MINE, {"geometry": '{"type": "Point", "coordinates": [1, 2]}'}, "of one of these types"),
        ("boundary", MINE, {"geometry": square(120.002), "note": "电话 13912345678"}, "Personal data"),
        ("point", "F1", {"lon": "nan", "lat": "28"}, "as numbers in degrees"),
        ("point", "F1", {"lon": "", "lat": ""}, "as numbers in degrees"),
        ("point", "F1", {"lon": "10", "lat": "10"}, "lies more than"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(
    field: TestClient, engine: Engine, kind: str, target: str, values: dict[str, str], words: str
) -> None:
    """The form comes back with the reason above it and with what was typed; nothing is stored."""
    sign(field, engine)
    answer = send(field, kind, target, **values)
    assert answer.status_code == 422
    assert words in said(answer.text)
    for name in ("note", "lon"):
        assert values.get(name, "") in answer.text
    assert stored(engine) == []


def test_what_others_answer_for_is_not_corrected(field: TestClient, engine: Engine) -> None:
    """A proposal for another's grid or facility is answered like one for nothing; an inspector may propose none."""
    sign(field, engine)
    assert send(field, "boundary", NEIGHBOUR, geometry=square(120.002)).status_code == 404
    assert send(field, "point", "F2", lon="120.05", lat="28.01").status_code == 404
    sign(field, engine, "inspector", "L02")
    assert send(field, "boundary", MINE, geometry=square(120.002)).status_code == 403
    assert stored(engine) == []


def test_a_form_without_the_secret_of_the_session_changes_nothing(field: TestClient, engine: Engine) -> None:
    """A cookie alone does not do; the same form with the secret is the control."""
    csrf = enter(field, engine, make_account(engine, "zhao", "officer", "L02"))
    assert send(field, "boundary", MINE, geometry=square(120.002)).status_code == 403
    assert stored(engine) == []
    assert send(field, "boundary", MINE, geometry=square(120.002), csrf=csrf).status_code == 303
    assert len(stored(engine)) == 1
