"""Inspections, findings, visits, cases and sweeps: each lock alone keeps to the facilities of the actor's areas."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest

from gis.errors import NotFound
from gis.services.cases import records as cases
from gis.services.inspections import findings, receipts
from gis.services.inspections import plans as inspection_plans
from gis.services.inspections import record as inspection_record
from gis.services.inspections import view as inspection_view
from gis.services.sweeps import progress as sweep_progress
from gis.services.sweeps import view as sweep_view
from gis.services.workspace import Workspace
from gis.store import access
from tests.access.conftest import OUTSIDE, Town
from tests.access.test_nothing_shines_through import switch

HERE, BOTH = {"F1"}, {"F1", "F2"}
SINGLE: dict[str, Callable[[Workspace, Any], object]] = {
    "a finding": lambda w, a: findings.read_finding(w, a, OUTSIDE["finding"]),
    "a step of it": lambda w, a: findings.decide(w, a, OUTSIDE["finding"], "rectified", note="已改"),
    "a receipt": lambda w, a: receipts.of_record(w, a, OUTSIDE["record"]),
    "a visit": lambda w, a: inspection_view.read_visit(w, a, OUTSIDE["visit"]),
    "a photo": lambda w, a: inspection_view.read_photo(w, a, OUTSIDE["photo"]),
    "a plan given up": lambda w, a: inspection_plans.give_up(w, a, OUTSIDE["plan"], reason="停业"),
    "a settlement": lambda w, a: inspection_record.settle(
        w, a, OUTSIDE["visit"], keep=OUTSIDE["record"], id="00000000-0000-4000-8000-00000000beef"
    ),
    "a case": lambda w, a: cases.read_case(w, a, OUTSIDE["case"]),
    "a sweep": lambda w, a: sweep_view.read_sweep(w, a, OUTSIDE["sweep"]),
    "its plan": lambda w, a: sweep_view.write_file(w, a, OUTSIDE["sweep"], ".json"),
    "its report": lambda w, a: sweep_progress.sweep_report(w, a, OUTSIDE["sweep"]),
}
"""Looks and deeds at a record of the next street."""


@pytest.fixture
def workspace(town: Town) -> Iterator[Workspace]:
    """A workspace of the town."""
    workspace = town.workspace()
    yield workspace
    workspace.close()


def without_policies(workspace: Workspace) -> None:
    """Row-level security of every table is off."""
    with workspace.owner_transaction() as connection:
        switch(connection, "DISABLE")


def lists_of(workspace: Workspace, town: Town, role: str) -> dict[str, set[str]]:
    """The facilities that each list is about."""
    actor = town.actors[role]
    return {
        "findings": {row["facility_code"] for row in findings.list_findings(workspace, actor, state="all")[0]},
        "tasks": {row["facility"] for row in findings.list_tasks(workspace, actor)},
        "visits": {row["facility_code"] for row in inspection_view.list_visits(workspace, actor)[0]},
        "plans": {row["facility_code"] for row in inspection_view.list_plans(workspace, actor)[0]},
        "cases": {row["facility"]["code"] for row in cases.list_cases(workspace, actor)[0]},
        "sweeps": {
            visit["facility"]["code"]
            for row in sweep_view.list_sweeps(workspace, actor)[0]
            for visit in sweep_view.read_sweep(workspace, actor, row["id"])["visits"]
        },
    }


@pytest.mark.parametrize("role", ["leader", "inspector"])
def test_the_first_lock_holds_alone(town: Town, workspace: Workspace, role: str) -> None:
    """With every policy off the lists keep to the actor's areas, and a record elsewhere is as if there were none."""
    expected = lists_of(workspace, town, role)
    without_policies(workspace)
    found = lists_of(workspace, town, role)
    assert found == expected
    assert found["findings"] == found["plans"] == found["cases"] == found["sweeps"] == HERE
    for what, look in SINGLE.items():
        with pytest.raises(NotFound):
            pytest.fail(f"{what}: {look(workspace, town.actors[role])}")


def test_control_without_the_first_lock_more_comes(town: Town, workspace: Workspace) -> None:
    """With policies off and the question of reach answered with yes, the neighbours' records come."""
    without_policies(workspace)
    with patch.object(access, "sees_all", return_value=True), patch.object(access, "sees_facility", return_value=True):
        found = lists_of(workspace, town, "inspector")
        assert BOTH == found["findings"] == found["plans"] == found["cases"] == found["sweeps"]
        assert SINGLE["a finding"](workspace, town.actors["inspector"])
        assert SINGLE["a photo"](workspace, town.actors["inspector"])


def test_the_second_lock_holds_alone(town: Town, workspace: Workspace) -> None:
    """With the question of reach answered with yes, the policies still hide the neighbours' records."""
    with patch.object(access, "sees_all", return_value=True), patch.object(access, "sees_facility", return_value=True):
        found = lists_of(workspace, town, "inspector")
        assert found["findings"] == found["plans"] == found["cases"] == found["sweeps"] == HERE
        for what, look in SINGLE.items():
            with pytest.raises(NotFound):
                pytest.fail(f"{what}: {look(workspace, town.actors['inspector'])}")
