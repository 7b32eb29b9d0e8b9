"""Both locks from outside: each holds alone, and rows elsewhere change no byte of an answer."""

import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from gis.services import outreach
from gis.services.areas import read as areas
from gis.services.areas import responsibility
from gis.services.facilities import read as facilities
from gis.services.workspace import Workspace
from gis.store import access, read
from tests.access.conftest import INSIDE, OUTSIDE, Town, add, assignments, duty
from tests.api.awkward import application, district, serve
from tests.api.people import bearer, disable

ROLES = ("leader", "inspector", "officer")
QUESTIONS = (
    *("/api/areas", "/api/areas?limit=2&offset=1", "/api/areas?geometry=true", "/api/areas?q=3303"),
    *("/api/areas?level=street", "/api/areas/{area}", "/api/areas/{grid}/history", "/api/areas/990000"),
    *("/api/areas/{out_area}", "/api/facilities", "/api/facilities?limit=1", "/api/facilities?q=F"),
    *("/api/facilities/{facility}", "/api/facilities/F2", "/api/facilities/NEW", "/api/facilities?area={area}"),
    *("/api/facilities?area={out_area}", "/api/facilities?bbox=119,27,122,30"),
    *("/api/who/{area}", "/api/who/{facility}", "/api/who/{out_area}", "/api/who/F2", "/api/who/NEW"),
    *("/api/gaps/responsibility", "/api/gaps/responsibility?geometry=true&from=2024-01-01&to=2026-01-01"),
    *("/maps/inspections", "/api/gaps/inspections", "/api/gaps/inspections?on=2026-11-01"),
    *("/access", "/access?mode=drive", "/maps/access", "/api/gaps/access", "/api/gaps/access?level=village"),
    *("/access/what-if", "/maps/what-if"),
    *("/due", "/api/due", "/api/due?area={out_area}", "/due?q=F2", "/leader?on=2026-11-01"),
    *("/rank", "/api/rank", "/api/rank?area={out_area}", "/rank?q=F2", "/rank/report", "/api/rank/report"),
    *("/facilities/{facility}/history", "/facilities/F2/history", "/api/facilities/{facility}/history"),
    *("/api/gaps/outreach", "/api/gaps/outreach?days=3650", "/api/outreach", "/api/outreach?limit=1&offset=1"),
    *("/sweeps", "/api/sweeps", "/sweeps/{sweep}", "/api/sweeps/{sweep}", "/sweeps/{sweep}/report"),
    *("/api/campaigns", "/api/corrections", "/api/changes?since=2020-01-01"),
    *("/tiles/village/8/213/107", "/tiles/facilities/8/213/107", "/tiles/grid/9/426/214"),
    *("/maps/responsibility?on=2026-11-01", "/maps/outreach?on=2026-11-01", "/maps/premises", "/maps/grid"),
    *("/facilities", "/facilities/{facility}", "/facilities/F2", "/grid", "/outreach", "/leader", "/campaigns"),
)
"""Asked before and after; what is 403 for a role stays 403."""


def ask(client: TestClient, question: str) -> tuple[int, bytes]:
    """Status and bytes of an answer, without the moment at which it was given and the mark of the store."""
    path = question.format(**INSIDE, out_area=OUTSIDE["area"])
    answer = client.get(path, headers={"Accept-Encoding": "identity"})
    body = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)", b"NOW", answer.content)
    return answer.status_code, re.sub(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", b"UUID", body)


@pytest.fixture
def client(town: Town) -> Iterator[TestClient]:
    """A client of the town's own database."""
    yield from serve(application(town.url))


def answers(client: TestClient, town: Town, role: str) -> dict[str, tuple[int, bytes]]:
    """All answers of a role."""
    client.headers.update(bearer(town.tokens[role]))
    return {question: ask(client, question) for question in QUESTIONS}


def add_elsewhere(engine: Engine) -> None:
    """Rows of every kind in the next street: a village, premises with all that belongs to them, events, duties."""
    frames = district()
    village = frames["areas"][frames["areas"]["code"] == OUTSIDE["area"]].assign(
        code="330302002001", name="新村", level="village", parent_code=OUTSIDE["area"]
    )
    add(engine, "areas", village.reset_index(drop=True))
    premises = frames["facilities"][frames["facilities"]["code"] == "F2"].assign(
        code="NEW", name="新诊所", kind="新种类"
    )
    add(engine, "facilities", premises.reset_index(drop=True))
    for kind in ("licences", "equipment", "operators"):
        row = frames[kind].assign(facility_code="NEW")
        add(engine, kind, row.assign(**{frames[kind].columns[0] if kind != "licences" else "number": "N9"}))
    add(engine, "assignments", assignments([duty("L20", "330302002001", role="primary"), duty("L21", "330302003")]))
    add(engine, "outreach", events(engine, "outreach", code="S-new", area_code="330302002001"))
    add(engine, "inspections", events(engine, "inspections", code="I-new", facility_code="NEW"))


def events(engine: Engine, kind: str, **values: str) -> pd.DataFrame:
    """A copy of the events that are stored, one of them, with other codes."""
    with engine.begin() as connection:
        return read.read_table(connection, kind, on=None, known=None).tail(1).assign(**values).reset_index(drop=True)


def add_inside(engine: Engine) -> None:
    """One more clinic in the village itself."""
    frames = district()
    premises = frames["facilities"][frames["facilities"]["code"] == "F1"].assign(code="NEW", name="新诊所")
    add(engine, "facilities", premises.reset_index(drop=True))


@pytest.mark.parametrize("role", ROLES)
def test_rows_elsewhere_change_no_byte(town: Town, client: TestClient, role: str) -> None:
    """Counts, pages, errors, maps and tiles of a village stay the same whatever is added in the next street."""
    before = answers(client, town, role)
    engine = sa.create_engine(town.url)
    add_elsewhere(engine)
    engine.dispose()
    after = answers(client, town, role)
    assert {q for q in QUESTIONS if before[q] != after[q]} == set()
    assert before["/api/areas"][0] == before["/api/who/{area}"][0] == 200
    assert before["/api/who/F2"] == (404, after["/api/who/NEW"][1].replace(b"NEW", b"F2"))


def test_control_rows_inside_are_noticed(town: Town, client: TestClient) -> None:
    """The comparison above sees one more clinic in the village, in lists, counts, tiles and maps."""
    before = answers(client, town, "leader")
    engine = sa.create_engine(town.url)
    add_inside(engine)
    engine.dispose()
    after = answers(client, town, "leader")
    changed = {q for q in QUESTIONS if before[q] != after[q]}
    assert {
        "/api/facilities",
        "/api/facilities?limit=1",
        "/api/who/NEW",
        "/maps/responsibility?on=2026-11-01",
    } <= changed


def rows_of(workspace: Workspace, town: Town, role: str) -> dict[str, Any]:
    """What services answer, in short."""
    actor = town.actors[role]
    return {
        "areas": areas.list_areas(workspace, actor).frame["code"].tolist(),
        "facilities": facilities.list_facilities(workspace, actor).frame["code"].tolist(),
        "outreach": outreach.list_outreach(workspace, actor).frame["code"].tolist(),
        "orphans": responsibility.gaps(workspace, actor)["orphans"],
        "workload": responsibility.gaps(workspace, actor)["workload"],
    }


@pytest.fixture
def workspace(town: Town) -> Iterator[Workspace]:
    """A workspace of the town."""
    workspace = town.workspace()
    yield workspace
    workspace.close()


@pytest.mark.parametrize("role", ROLES)
def test_the_first_lock_holds_alone(town: Town, workspace: Workspace, role: str) -> None:
    """With every policy switched off the services still keep to the actor's areas."""
    expected = rows_of(workspace, town, role)
    with workspace.owner_transaction() as connection:
        switch(connection, "DISABLE")
    assert rows_of(workspace, town, role) == expected
    assert expected["facilities"] == ["F1"]


def test_control_without_the_first_lock_the_services_ask_for_more(town: Town, workspace: Workspace) -> None:
    """With policies off and the filter taken away, the neighbours' rows come: the test above would notice."""
    with workspace.owner_transaction() as connection:
        switch(connection, "DISABLE")
    with patch.object(access, "sees_all", return_value=True):
        assert rows_of(workspace, town, "officer")["facilities"] == ["F1", "F2", "F9"]


def test_the_second_lock_holds_alone(town: Town, workspace: Workspace) -> None:
    """With the filter of the services taken away, the policies still hide the neighbours' premises and events."""
    with patch.object(access, "sees_all", return_value=True):
        found = rows_of(workspace, town, "officer")
    assert found["facilities"] == ["F1"]
    assert found["outreach"] == [INSIDE["session"]]


def switch(connection: sa.Connection, how: str) -> None:
    """Row-level security of every table on or off."""
    secured = "SELECT relname FROM pg_class WHERE relrowsecurity"
    for table in connection.execute(text(secured)).scalars().all():
        connection.execute(text(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY"))


def test_a_revoked_account_is_refused_at_its_next_request(town: Town, client: TestClient) -> None:
    """The same token that was good a moment ago is answered with 401."""
    client.headers.update(bearer(town.tokens["leader"]))
    assert client.get("/api/areas").status_code == 200
    engine = sa.create_engine(town.url)
    disable(engine, town.actors["leader"])
    engine.dispose()
    assert client.get("/api/areas").status_code == 401


def test_an_ended_assignment_closes_its_areas_at_the_next_request(town: Town, client: TestClient) -> None:
    """An officer whose assignment has ended finds nothing any more, in words that fit a code that never was."""
    client.headers.update(bearer(town.tokens["officer"]))
    assert client.get("/api/who/F1").status_code == 200
    engine = sa.create_engine(town.url)
    ended = assignments([duty("L12", INSIDE["area"])])
    ended["valid_to"] = ended["valid_to"].fillna("2026-06-01")
    add(engine, "assignments", ended)
    engine.dispose()
    gone, never = client.get("/api/who/F1"), client.get("/api/who/FX")
    assert gone.status_code == 404
    assert gone.text.replace("F1", "FX") == never.text
    assert client.get("/api/areas").json()["total"] == 0
