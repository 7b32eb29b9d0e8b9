"""A visit of a sweep is done by an inspection that does not name it, where it can be of no other visit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from gis.checklists import latest
from gis.roles import Actor
from gis.services.inspections import findings
from gis.services.inspections import plans as inspection_plans
from gis.services.inspections.draft import Draft
from gis.services.inspections.record import record, settle
from gis.services.sweeps import published, view
from gis.services.sweeps.progress import sweep_progress
from gis.services.workspace import Workspace, today
from tests.api.people import make_account
from tests.store.inspecting import answers, draft, item_of, photo, yesterday
from tests.store.sweeping import make_plan, publish, tomorrow


@pytest.fixture
def chief(engine: Engine, workspace: Workspace) -> Actor:
    """A leader of the whole district; L03 is an officer too, and inspects."""
    del workspace
    with engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO officer (code, name, valid, recorded)
                    VALUES ('L03', '钱七', daterange(NULL, NULL), tstzrange('2026-01-01', NULL))""")
        )
    make_account(engine, "third", "inspector", "L03")
    return make_account(engine, "chief", "leader", "L01")


@pytest.fixture
def village(engine: Engine, chief: Actor) -> Actor:
    """An inspector of the village of F1."""
    del chief
    return make_account(engine, "village", "inspector", "L02")


@pytest.fixture
def made(workspace: Workspace, chief: Actor, village: Actor) -> dict[str, Any]:
    """A sweep of F1 and F2 by L01 and L02, today and tomorrow."""
    del village
    return publish(workspace, chief)


def visits(workspace: Workspace, actor: Actor, sweep: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Its visits by facility."""
    return {visit["facility"]["code"]: visit for visit in view.read_sweep(workspace, actor, sweep["id"])["visits"]}


def test_a_record_without_a_number_is_of_the_visit(
    workspace: Workspace, chief: Actor, village: Actor, made: dict[str, Any]
) -> None:
    """It takes the number: the visit is done, in nobody's list and late no more; the other one stays open."""
    receipt = record(workspace, village, draft(item_of("minor")))
    found = visits(workspace, chief, made)
    assert (found["F1"]["state"], found["F1"]["inspection"]) == ("done", receipt["record"]["inspection_code"])
    assert receipt["record"]["plan_id"] == found["F1"]["plan"]
    assert found["F2"]["state"] == "open"
    assert "F1" not in {task["facility"] for task in findings.list_tasks(workspace, chief) if task["plan"]}
    past = sweep_progress(workspace, chief, made["id"], on=tomorrow() + timedelta(days=3))
    assert (past["done"], past["late"]) == (1, 1)


def test_sent_again_it_is_the_same(workspace: Workspace, chief: Actor, village: Actor, made: dict[str, Any]) -> None:
    """Eight times at once, with a photo, and after a second sweep has come: one record, one receipt."""
    minor = item_of("minor")
    one = draft(minor, photos={f"{minor}_photo": "a.jpg"})
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: record(workspace, village, one, {"a.jpg": photo()}), range(16)))
    assert visits(workspace, chief, made)["F1"]["state"] == "done"
    publish(workspace, chief, make_plan(workspace, chief, ("F1",)))
    found += [record(workspace, village, one), record(workspace, village, replace(one, id=one.id.upper()))]
    assert all(receipt == found[0] for receipt in found)
    assert found[0]["conflict"] == []


def test_two_records_at_once_are_two_inspections(workspace: Workspace, village: Actor, made: dict[str, Any]) -> None:
    """The first is of the visit, the second stands by itself: neither is in the other's way."""
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda one: record(workspace, village, one), [draft(), draft()]))
    plans = [receipt["record"]["plan_id"] for receipt in found]
    assert sorted(plan is None for plan in plans) == [False, True]
    assert [receipt["conflict"] for receipt in found] == [[], []]
    assert visits(workspace, village, made)["F1"]["state"] == "done"


def test_a_correction_keeps_the_visit_done(
    workspace: Workspace, chief: Actor, village: Actor, made: dict[str, Any]
) -> None:
    """Whether or not it names the visit; and two corrections can be settled."""
    first = record(workspace, village, draft(item_of("minor")))["record"]
    heads = [
        record(workspace, village, draft(corrects=(first["id"],), plan=plan))["record"]
        for plan in (None, first["plan_id"])
    ]
    assert {row["inspection_code"] for row in heads} == {first["inspection_code"]}
    settle(workspace, chief, first["inspection_code"], keep=heads[0]["id"], id=str(uuid4()))
    found = visits(workspace, chief, made)["F1"]
    assert (found["state"], found["result"]) == ("done", "pass")


Arrange = Callable[[Workspace, Actor, dict[str, Any]], Draft]


def _second_sweep(workspace: Workspace, chief: Actor, made: dict[str, Any]) -> Draft:
    """Two visits wait for the same people."""
    del made
    publish(workspace, chief, make_plan(workspace, chief, ("F1",)))
    return draft()


def _given_up(workspace: Workspace, chief: Actor, made: dict[str, Any]) -> Draft:
    """The visit was given up."""
    inspection_plans.give_up(workspace, chief, visits(workspace, chief, made)["F1"]["plan"], reason="停业")
    return draft()


def _closed(workspace: Workspace, chief: Actor, made: dict[str, Any]) -> Draft:
    """The sweep is closed."""
    published.close_sweep(workspace, chief, made["id"])
    return draft()


def _no_sweep(workspace: Workspace, chief: Actor, made: dict[str, Any]) -> Draft:
    """What waits is no visit of a sweep."""
    published.withdraw_sweep(workspace, chief, made["id"], reason="误发")
    people = ("L01", "L02")
    facts: dict[str, Any] = {"facility": "F1", "checklist": "clinic", "planned_on": today(), "inspectors": people}
    inspection_plans.plan(workspace, chief, id=str(uuid4()), **facts)
    return draft()


@pytest.mark.parametrize(
    "arrange",
    [
        lambda _w, _c, _m: draft(inspected_on=yesterday()),
        _second_sweep,
        _given_up,
        _closed,
        _no_sweep,
    ],
)
def test_what_may_be_of_another_visit_takes_no_number(
    workspace: Workspace, chief: Actor, village: Actor, made: dict[str, Any], arrange: Arrange
) -> None:
    """Another day, two visits that fit, one given up, a sweep that ended, a planned visit of no sweep."""
    before = visits(workspace, chief, made)["F1"]["state"]
    receipt = record(workspace, village, arrange(workspace, chief, made))
    assert receipt["record"]["plan_id"] is None
    assert receipt["record"]["inspection_code"] == receipt["record"]["id"]
    assert visits(workspace, chief, made)["F1"]["state"] in (before, "given-up")


def test_another_team_takes_no_number(workspace: Workspace, engine: Engine, chief: Actor, made: dict[str, Any]) -> None:
    """None of its people was to go there; control: with one of them the visit is done."""
    fourth = make_account(engine, "fourth", "leader", "L04")
    with engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO officer (code, name, valid, recorded)
                    VALUES ('L04', '孙八', daterange(NULL, NULL), tstzrange('2026-01-01', NULL));
                    INSERT INTO assignment (officer_code, target_kind, target_code, role, valid, recorded)
                    VALUES ('L04', 'area', '330302', 'deputy', daterange(NULL, NULL), tstzrange('2026-01-01', NULL))""")
        )
    receipt = record(workspace, fourth, draft(inspectors=("L03", "L04")))
    assert receipt["record"]["plan_id"] is None
    assert visits(workspace, chief, made)["F1"]["state"] == "open"
    record(workspace, fourth, draft(inspectors=("L02", "L04")))
    assert visits(workspace, chief, made)["F1"]["state"] == "done"


def test_another_checklist_takes_no_number(
    workspace: Workspace, chief: Actor, village: Actor, made: dict[str, Any]
) -> None:
    """The visit was planned to look at other things; control: with its own checklist it is done."""
    other = latest()["ultrasound-room"]
    looked = draft(checklist=other.code, version=other.version, answers=answers(checklist=other.code))
    assert record(workspace, village, looked)["record"]["plan_id"] is None
    assert visits(workspace, chief, made)["F1"]["state"] == "open"
    record(workspace, village, draft())
    assert visits(workspace, chief, made)["F1"]["state"] == "done"
