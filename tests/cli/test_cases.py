"""`wangge cases`: what stands in the database, in three forms."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from gis.services.workspace import Workspace
from gis.settings import Settings
from tests.api.awkward import district, load
from tests.case_people import begin, make_team
from tests.cli.conftest import Run


@pytest.fixture
def case(engine: Engine, database_url: str) -> str:
    """A case against the facility F1; its number."""
    load(engine, district())
    team, workspace = make_team(engine), Workspace(Settings(database_url=database_url))
    made: str = begin(workspace, engine, team)["id"]
    workspace.close()
    return made


def test_cases_are_listed_and_shown(wangge: Run, answer: Callable[..., Any], case: str) -> None:
    """JSON holds everything, CSV keys, and the table the words for people."""
    found = answer(wangge, "cases", "list", "--facility", "F1", "--state", "opened")
    assert [row["id"] for row in found["items"]] == [case]
    assert answer(wangge, "cases", "list", "--state", "closed")["total"] == 0
    assert answer(wangge, "cases", "show", case)["events"][0]["state"] == "opened"
    status, out, _err = wangge("cases", "list", "--format", "csv")
    assert (status, out.splitlines()[0]) == (0, "id,facility,name,state,clock,due_on,overdue,waits_for")
    assert f"{case},F1,白鹿诊所,opened,decision," in out
    status, out, _err = wangge("cases", "show", case)
    assert status == 0
    assert "Case opened" in out
    assert "Time to decide" in out


def test_a_case_that_is_not_there_is_named(wangge: Run, case: str) -> None:
    """One clear message and the exit status of what cannot be found."""
    del case
    for number in ("nothing", "00000000-0000-4000-8000-000000000000"):
        status, out, err = wangge("cases", "show", number)
        assert (status, out) == (2, "")
        assert f"No case {number}" in err
