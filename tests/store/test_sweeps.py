"""Published sweeps in the store: planned inspections, plans made anew, who sees what, and nothing rewritten."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.errors import DataRejected, FirewallRefused, NotAllowed, NotFound, SignInNeeded, UsageError
from gis.policies.sweep import Cost
from gis.roles import PUBLIC, SYSTEM, Actor
from gis.services.inspections import findings
from gis.services.inspections import plans as inspection_plans
from gis.services.inspections.record import record
from gis.services.sweeps import published as service
from gis.services.sweeps import view
from gis.services.sweeps.plan import replan_sweep
from gis.services.sweeps.progress import sweep_progress, sweep_report
from gis.services.workspace import Workspace, today
from tests.access.conftest import add
from tests.api.awkward import district
from tests.api.people import make_account
from tests.store.inspecting import draft, item_of
from tests.store.sweeping import make_plan, publish, team, tomorrow


@pytest.fixture
def chief(engine: Engine, workspace: Workspace) -> Actor:
    """A leader of the whole district."""
    del workspace
    return make_account(engine, "chief", "leader", "L01")


@pytest.fixture
def village(engine: Engine, chief: Actor) -> Actor:
    """An inspector of the village of F1."""
    del chief
    return make_account(engine, "village", "inspector", "L02")


@pytest.fixture
def made(workspace: Workspace, chief: Actor, village: Actor) -> dict[str, Any]:
    """A sweep of F1 and F2 that is published."""
    del village
    return publish(workspace, chief)


def visits(workspace: Workspace, actor: Actor, number: str) -> dict[str, dict[str, Any]]:
    """Its visits by facility."""
    return {visit["facility"]["code"]: visit for visit in view.read_sweep(workspace, actor, number)["visits"]}


def inspect(workspace: Workspace, actor: Actor, number: str, code: str, *failed: str) -> None:
    """Records the inspection of a visit."""
    plan = visits(workspace, actor, number)[code]["plan"]
    record(workspace, actor, draft(*failed, facility=code, plan=plan))


def count_of(engine: Engine, table: str) -> int:
    """Rows of a table."""
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def actions(engine: Engine) -> list[str]:
    """What the audit knows of sweeps and their visits."""
    query = "SELECT action FROM audit WHERE action LIKE 'sweeps.%' OR action LIKE 'inspections.%' ORDER BY number"
    with engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())


def late_in_the_day() -> datetime:
    """A minute of tomorrow, the second day of the sweep."""
    return datetime.combine(tomorrow(), datetime.min.time()) + timedelta(minutes=5)


def test_every_visit_becomes_a_task(workspace: Workspace, engine: Engine, chief: Actor, village: Actor) -> None:
    """A planned inspection stands in the inspector's list, with the team's people, the day and a fitting checklist."""
    made = publish(workspace, chief)
    assert (made["state"], made["revision"], made["published_by"]) == ("published", 1, "chief")
    tasks = {task["facility"]: task for task in findings.list_tasks(workspace, chief)}
    assert set(tasks) == {"F1", "F2"}
    assert tasks["F1"]["checklist"] == tasks["F2"]["checklist"] == "clinic"
    assert tasks["F1"]["inspectors"] == ["L01", "L02"]
    assert [task["facility"] for task in findings.list_tasks(workspace, village)] == ["F1"]
    expected = ["sweeps.plan", "inspections.plan", "inspections.plan", "sweeps.publish"]
    assert actions(engine) == expected


def test_the_plan_is_stored_with_its_hash(workspace: Workspace, chief: Actor, made: dict[str, Any]) -> None:
    """The document that is given out is the one whose hash was published, and the audit knows who took it."""
    content = view.write_file(workspace, chief, made["id"], ".json")
    assert hashlib.sha256(content).hexdigest() == made["plan_sha256"]


def test_the_same_again_is_stored_once(workspace: Workspace, engine: Engine, chief: Actor, village: Actor) -> None:
    """Another plan or title under the same number is refused."""
    del village
    plan, number = make_plan(workspace, chief), str(uuid4())
    first = publish(workspace, chief, plan, id=number)
    assert publish(workspace, chief, plan, id=number) == first
    assert (count_of(engine, "sweep"), count_of(engine, "inspection_plan")) == (1, 2)
    for other, title in ((plan, "别的"), (make_plan(workspace, chief, ("F1",)), first["title"])):
        with pytest.raises(DataRejected, match="is taken"):
            publish(workspace, chief, other, id=number, title=title)


@pytest.mark.parametrize(
    ("codes", "people", "said"),
    [
        (("F1", "F3"), ("L01", "L02"), "F3: there is no checklist for the kind"),
        (("F1",), ("L01", "L77"), "L77 has no account of an inspector"),
        (("F2",), ("L02", "L03"), "F2: nobody of team 甲 answers for it"),
    ],
)
def test_what_cannot_be_visited_is_said_by_name(
    workspace: Workspace, engine: Engine, chief: Actor, village: Actor, codes: Any, people: Any, said: str
) -> None:
    """Nothing is written; control: the same plan without it is published."""
    del village
    make_account(engine, "third", "inspector", "L03")
    premises = district()["facilities"].iloc[[1]].assign(code="F3", kind="理发店").reset_index(drop=True)
    add(engine, "facilities", premises)
    with engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO officer (code, name, valid, recorded)
                    VALUES ('L03', '钱七', daterange(NULL, NULL), tstzrange('2026-01-01', NULL))""")
        )
    with pytest.raises(DataRejected, match=said):
        publish(workspace, chief, make_plan(workspace, chief, codes, teams=[team(people=people)]))
    assert (count_of(engine, "sweep"), count_of(engine, "inspection_plan")) == (0, 0)
    publish(workspace, chief, make_plan(workspace, chief, ("F1",)))


def test_plans_that_cannot_be_published(workspace: Workspace, engine: Engine, chief: Actor, village: Actor) -> None:
    """A day that is over, no title, a person's number in a title or a team, and a plan with visits that are done."""
    plan = make_plan(workspace, chief)
    early = make_plan(workspace, chief, first=today() - timedelta(days=3), days=1)
    with pytest.raises(DataRejected, match="is over"):
        publish(workspace, chief, early)
    for title in (" ", "x" * 101, "a\x00b"):
        with pytest.raises(DataRejected, match="name of 1 to 100"):
            publish(workspace, chief, plan, title=title)
    with pytest.raises(FirewallRefused):
        publish(workspace, chief, plan, title="找 13812345678")
    with pytest.raises(FirewallRefused):
        publish(workspace, chief, make_plan(workspace, chief, teams=[team("13812345678")]))
    routes = tuple(replace(r, visits=tuple(replace(v, done=True) for v in r.visits)) for r in plan.plan.routes)
    with pytest.raises(DataRejected, match="visits that are done"):
        publish(workspace, chief, replace(plan, plan=replace(plan.plan, routes=routes)))
    with pytest.raises(NotAllowed):
        publish(workspace, village, plan)
    with pytest.raises(NotAllowed):
        publish(workspace, SYSTEM, plan)
    assert count_of(engine, "sweep") == 0


def test_names_are_those_of_the_register(workspace: Workspace, chief: Actor, village: Actor) -> None:
    """Whatever the file of a plan says of a facility's name, address and place."""
    del village
    plan = make_plan(workspace, chief, ("F1",))
    stops = tuple(replace(stop, name="假名", address="假址", lon=1.0) for stop in plan.stops)
    made = publish(workspace, chief, replace(plan, stops=stops))
    content = view.write_file(workspace, chief, made["id"], ".json").decode()
    assert "白鹿诊所" in content
    assert "假" not in content


def test_the_rest_is_planned_anew(workspace: Workspace, engine: Engine, chief: Actor, made: dict[str, Any]) -> None:
    """What was inspected stays, with its planned inspection; an open visit moves, its old one is given up."""
    inspect(workspace, chief, made["id"], "F1")
    before = visits(workspace, chief, made["id"])
    after = service.replan_published(workspace, chief, made["id"], now=late_in_the_day(), turns=20)
    now = visits(workspace, chief, made["id"])
    assert after["revision"] == 2
    assert now["F1"]["plan"] == before["F1"]["plan"]
    assert now["F1"]["state"] == "done"
    assert now["F2"]["day"] == tomorrow().isoformat()
    assert [task["facility"] for task in findings.list_tasks(workspace, chief)] == ["F2"]
    assert findings.list_tasks(workspace, chief)[0]["plan"] == now["F2"]["plan"]
    assert (count_of(engine, "sweep_revision"), count_of(engine, "sweep_plan")) == (2, 2)
    again = service.replan_published(workspace, chief, made["id"], now=late_in_the_day(), turns=20)
    assert again["revision"] == 3
    assert visits(workspace, chief, made["id"])["F2"]["plan"] == now["F2"]["plan"]


def test_what_is_closed_or_given_up_is_left_out(workspace: Workspace, chief: Actor, made: dict[str, Any]) -> None:
    """A closed facility and a visit that somebody gave up leave the plan with a reason, and nobody's list has them."""
    plan = visits(workspace, chief, made["id"])["F1"]["plan"]
    inspection_plans.give_up(workspace, chief, plan, reason="停业")
    assert sweep_progress(workspace, chief, made["id"])["given_up"] == 1
    service.replan_published(workspace, chief, made["id"], closed=["F2"], now=late_in_the_day(), turns=20)
    found = view.read_sweep(workspace, chief, made["id"])
    assert {left["facility"]["code"]: left["reason"] for left in found["unvisited"]} == {
        "F1": "the visit was given up",
        "F2": "closed on the day of the visit",
    }
    assert findings.list_tasks(workspace, chief) == []


def test_a_sweep_ends_once(workspace: Workspace, chief: Actor, made: dict[str, Any]) -> None:
    """Closing gives up what was not made; one with an inspection is not withdrawn; after the end nothing changes."""
    inspect(workspace, chief, made["id"], "F1")
    with pytest.raises(DataRejected, match="close it instead"):
        service.withdraw_sweep(workspace, chief, made["id"], reason="误发")
    done = service.close_sweep(workspace, chief, made["id"])
    assert (done["state"], done["ended_by"]) == ("closed", "chief")
    assert findings.list_tasks(workspace, chief) == []
    deeds: list[Callable[[], object]] = [
        lambda: service.close_sweep(workspace, chief, made["id"]),
        lambda: service.replan_published(workspace, chief, made["id"], turns=5),
        lambda: service.withdraw_sweep(workspace, chief, made["id"], reason="误发"),
    ]
    for deed in deeds:
        with pytest.raises(UsageError, match="no way"):
            deed()
    other = publish(workspace, chief)
    assert service.withdraw_sweep(workspace, chief, other["id"], reason="误发")["state"] == "withdrawn"


def test_progress_and_report(workspace: Workspace, chief: Actor, made: dict[str, Any]) -> None:
    """Counts, coverage gained, hours for each visit made, findings by severity, and what was put right by the day."""
    serious = item_of("serious")
    eve = sweep_progress(workspace, chief, made["id"])
    assert (eve["planned"], eve["done"], eve["open"], eve["unplanned"]) == (2, 0, 2, 0)
    assert eve["coverage"]["now"]["within"] == 0
    assert eve["cost"]["per_visit"]["hours"] is None
    inspect(workspace, chief, made["id"], "F1", serious)
    now = sweep_progress(workspace, chief, made["id"])
    assert (now["done"], now["coverage"]["gained"], now["coverage"]["now"]["within"]) == (1, 1, 1)
    assert now["cost"]["per_visit"]["hours"] > 0
    assert now["cost"]["money"] is None
    assert sweep_progress(workspace, chief, made["id"], on=tomorrow())["late"] <= 1
    told = sweep_report(workspace, chief, made["id"])
    assert (told["planned"], told["done"], len(told["not_done"])) == (2, 1, 1)
    assert told["findings"]["serious"] == {"found": 1, "rectified": 0, "put_right": 0, "escalated": 0, "open": 1}
    number = findings.list_findings(workspace, chief)[0][0]["id"]
    findings.decide(workspace, chief, number, "rectified", note="已改")
    assert sweep_report(workspace, chief, made["id"])["findings"]["serious"]["rectified"] == 1
    record(workspace, chief, draft(facility="F1"))
    assert sweep_report(workspace, chief, made["id"])["findings"]["serious"]["put_right"] == 1
    early = sweep_report(workspace, chief, made["id"], on=today() - timedelta(days=1))
    assert (early["done"], early["findings"]["serious"]["found"]) == (0, 0)
    past = sweep_progress(workspace, chief, made["id"], on=today() + timedelta(days=5))
    assert past["late"] == 1


def test_money_is_told_where_the_policy_has_it(workspace: Workspace, chief: Actor, village: Actor) -> None:
    """The policy is that of the plan, kept with it."""
    del village
    plan = make_plan(workspace, chief)
    priced = replace(plan, policy=replace(plan.policy, cost=Cost(160, 0.8, "元")))
    made = publish(workspace, chief, priced)
    inspect(workspace, chief, made["id"], "F1")
    cost = sweep_progress(workspace, chief, made["id"], on=tomorrow())["cost"]
    assert cost["money"]["currency"] == "元"
    assert cost["money"]["amount"] == pytest.approx(cost["begun"]["hours"] * 160 + cost["begun"]["km"] * 0.8, abs=2)


def test_who_sees_what(
    workspace: Workspace, engine: Engine, chief: Actor, village: Actor, made: dict[str, Any]
) -> None:
    """An inspector of one village sees the own visit and no plan; the public and officers nothing."""
    seen = view.read_sweep(workspace, village, made["id"])
    assert [visit["facility"]["code"] for visit in seen["visits"]] == ["F1"]
    assert (seen["whole"], seen["routes"], seen["unvisited"]) == (False, [], [])
    assert sweep_progress(workspace, village, made["id"])["planned"] == 1
    assert sweep_progress(workspace, village, made["id"])["cost"] is None
    assert view.list_sweeps(workspace, village)[1] == 1
    for look in (view.write_file, lambda w, a, n, _e: view.map_of(w, a, n)):
        with pytest.raises(NotFound):
            look(workspace, village, made["id"], ".json")
        assert look(workspace, chief, made["id"], ".json")
    local = make_account(engine, "local", "leader", "L02")
    deeds: list[Callable[[], object]] = [
        lambda: service.close_sweep(workspace, local, made["id"]),
        lambda: service.replan_published(workspace, local, made["id"], turns=5),
    ]
    for deed in deeds:
        with pytest.raises(DataRejected, match="do not answer for"):
            deed()
    for ask in (view.list_sweeps, lambda w, a: view.read_sweep(w, a, made["id"])):
        with pytest.raises(SignInNeeded):
            ask(workspace, PUBLIC)
        with pytest.raises(NotAllowed):
            ask(workspace, Actor("officer", "x"))
    assert view.list_sweeps(workspace, SYSTEM)[1] == 1


def test_a_sweep_elsewhere_is_none(workspace: Workspace, chief: Actor, village: Actor) -> None:
    """Without a visit of one's own there is no sweep."""
    made = publish(workspace, chief, make_plan(workspace, chief, ("F2",)))
    assert view.list_sweeps(workspace, village) == ([], 0)
    for number in (made["id"], "nothing", str(uuid4())):
        with pytest.raises(NotFound):
            view.read_sweep(workspace, village, number)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("village", "SELECT count(*) FROM sweep_plan"),
        ("village", "SELECT count(*) FROM sweep_visit WHERE facility_code <> 'F1'"),
        ("village", "SELECT count(*) FROM wangge_officer_facilities('L01')"),
        *(
            ("public", f"SELECT count(*) FROM {name}")
            for name in ("sweep", "sweep_visit", "sweep_revision", "sweep_end")
        ),
        *(("officer", f"SELECT count(*) FROM {name}") for name in ("sweep", "sweep_visit", "sweep_plan", "sweep_end")),
    ],
)
def test_the_database_keeps_rows_back_by_itself(
    workspace: Workspace, engine: Engine, chief: Actor, village: Actor, role: str, statement: str
) -> None:
    """The second lock, asked without a service; control: the chief sees them."""
    made = publish(workspace, chief)
    service.close_sweep(workspace, chief, made["id"])
    officer = make_account(engine, "officer", "officer", "L02")
    actor = {"village": village, "public": PUBLIC, "officer": officer}[role]
    for who, expected in ((actor, False), (chief, True)):
        with workspace.transaction(who) as connection:
            assert bool(connection.execute(text(statement)).scalar_one()) is expected


def test_nobody_else_adds_to_a_sweep(workspace: Workspace, engine: Engine, chief: Actor, made: dict[str, Any]) -> None:
    """A leader who does not answer for all of it, and an inspector, add no row by hand; control: the chief ends it."""
    local = make_account(engine, "local", "leader", "L02")
    inspector = make_account(engine, "other", "inspector", "L01")
    statements = (
        "INSERT INTO sweep_end VALUES (:id, 'closed', NULL, :me, now())",
        "INSERT INTO sweep_revision VALUES (:id, 2, 'x', :me, now())",
        "INSERT INTO sweep VALUES (gen_random_uuid(), 'x', '2026-01-01', 1, 'chief', now())",
    )
    for actor in (local, inspector):
        for statement in statements:
            with pytest.raises(DBAPIError, match="row-level security"), workspace.transaction(actor) as connection:
                connection.execute(text(statement), {"id": made["id"], "me": actor.name})
    with workspace.transaction(chief) as connection:
        connection.execute(text(statements[0]), {"id": made["id"], "me": "chief"})
    assert view.read_sweep(workspace, chief, made["id"])["state"] == "closed"


@pytest.mark.parametrize(
    "statement",
    [
        *(f"DELETE FROM {name}" for name in ("sweep_visit", "sweep_plan", "sweep_end")),
        "TRUNCATE sweep CASCADE",
        "UPDATE sweep SET title = 'x'",
        "UPDATE sweep_revision SET sha256 = 'x'",
        "UPDATE sweep_visit SET team = 'x'",
        "INSERT INTO sweep_revision SELECT id, 3, 'x', 'chief', now() FROM sweep",
        """INSERT INTO sweep_revision SELECT id, 2, 'x', 'chief', now() FROM sweep
           WHERE id IN (SELECT sweep_id FROM sweep_end)""",
        """INSERT INTO sweep_revision SELECT id, 2, 'x', 'chief', now() FROM sweep
           WHERE id NOT IN (SELECT sweep_id FROM sweep_end);
           INSERT INTO sweep_plan SELECT sweep_id, 2, 'y', '{}' FROM sweep_revision WHERE number = 2""",
        """INSERT INTO sweep_visit SELECT sweep_id, number, 'F7', team, visit_on, arrive, leave, plan_id
           FROM sweep_visit LIMIT 1""",
        "INSERT INTO sweep_end SELECT sweep_id, 'withdrawn', NULL, 'chief', now() FROM sweep_end",
    ],
)
def test_nothing_is_rewritten(
    workspace: Workspace, engine: Engine, chief: Actor, village: Actor, statement: str
) -> None:
    """Not even the owner's own hand changes a row, forges a plan or goes on after the end."""
    del village
    publish(workspace, chief)
    service.close_sweep(workspace, chief, publish(workspace, chief)["id"])
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(statement))


def test_two_plans_anew_at_once(
    workspace: Workspace, chief: Actor, made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes second is told, and nothing of the second plan is stored."""

    def slowly(*given: Any, **named: Any) -> Any:
        monkeypatch.undo()
        service.replan_published(workspace, chief, made["id"], now=late_in_the_day(), turns=5)
        return replan_sweep(*given, **named)

    monkeypatch.setattr(service, "replan_sweep", slowly)
    with pytest.raises(DataRejected, match=r"Somebody else|meanwhile"):
        service.replan_published(workspace, chief, made["id"], turns=5)
    assert view.read_sweep(workspace, chief, made["id"])["revision"] == 2
