"""What a step of a case asks for, while which clock runs, and who sees a case at all."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from gis.errors import DataRejected, FirewallRefused, NotAllowed, NotFound, UsageError
from gis.roles import SYSTEM, Actor
from gis.services.cases.records import list_cases, list_choices, open_case, read_case
from gis.services.cases.steps import take_step
from gis.services.workspace import Workspace, today
from tests.access.conftest import assignments, duty
from tests.api.people import make_account
from tests.case_people import OTHER, TEXTS, WAY, Team, add_finding, begin, counts, make_team, step, walk
from tests.store.importing import bring_in


@pytest.fixture
def team(engine: Engine, workspace: Workspace) -> Team:
    """Three people who see the whole district."""
    del workspace
    return make_team(engine)


@pytest.mark.parametrize(
    ("to", "changed", "said"),
    [
        ("noticed", {"note": " "}, "Facts and reasons is missing"),
        ("noticed", {"basis": ""}, "Legal basis is missing"),
        ("noticed", {"note": "x" * 4001}, "at most 4000"),
        ("decided", {"outcome": "prison"}, "must be one of sanction, no-sanction"),
        ("decided", {"measure": ""}, "A sanction needs a text"),
        ("served", {"method": "pigeon"}, "must be one of person"),
        ("served", {"day": "tomorrow"}, "YYYY-MM-DD"),
        ("served", {"day": "2020-01-01"}, "must be from"),
        ("served", {"day": "2190-01-01"}, "must be from"),
    ],
)
def test_a_step_needs_its_texts(
    workspace: Workspace, engine: Engine, team: Team, to: str, changed: dict[str, str], said: str
) -> None:
    """What is missing or cannot be is named, and nothing is stored."""
    case = walk(workspace, engine, team, (["", *WAY])[WAY.index(to)])
    before = counts(engine)
    with pytest.raises(DataRejected, match=said):
        step(workspace, team, case, to, **changed)
    assert counts(engine) == before


def test_no_person_comes_into_a_case(workspace: Workspace, engine: Engine, team: Team) -> None:
    """A number of a person is refused in every text, before anything else is looked at."""
    case = begin(workspace, engine, team)
    for name in ("note", "basis", "proposed", "measure"):
        with pytest.raises(FirewallRefused):
            take_step(workspace, team.reviewer, case["id"], "noticed", number=9, fields={name: "电话 13812345678"})
    with pytest.raises(FirewallRefused):
        open_case(workspace, team.investigator, id="x", findings=[], reviewer="", decider="", note="11010519491231002X")


def served_on(engine: Engine, case: dict[str, Any], day: date, due: date | None) -> None:
    """Turns the time back: the decision was served on a day (as if it had been recorded so)."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE case_event DISABLE TRIGGER guard"))
        connection.execute(
            text("""
            UPDATE case_event SET due_on = :due, done_at = :day,
                   details = details || jsonb_build_object('day', CAST(:day AS text))
            WHERE case_id = :case AND state = 'served'"""),
            {"case": case["id"], "day": day.isoformat(), "due": due},
        )
        connection.execute(text("ALTER TABLE case_event ENABLE TRIGGER guard"))


def test_a_sanction_is_closed_once_the_time_to_appeal_is_over(workspace: Workspace, engine: Engine, team: Team) -> None:
    """Before, closing is refused with the day; afterwards an appeal is, unless it was lodged in time."""
    case = walk(workspace, engine, team, "served")
    due = today() + timedelta(days=3)
    served_on(engine, case, today(), due)
    with pytest.raises(UsageError, match=f"until {due}"):
        step(workspace, team, case, "closed")
    served_on(engine, case, today() - timedelta(days=90), today() - timedelta(days=20))
    assert read_case(workspace, team.decider, case["id"])["clocks"][0]["clock"] == "closure"
    with pytest.raises(UsageError, match="The time to appeal ended"):
        step(workspace, team, case, "appealed")
    late = step(workspace, team, case, "appealed", day=(today() - timedelta(days=30)).isoformat())
    assert late["state"] == "appealed"
    other = walk(workspace, engine, team, "served")
    served_on(engine, other, today() - timedelta(days=90), today() - timedelta(days=20))
    assert step(workspace, team, other, "closed")["state"] == "closed"


def test_without_a_sanction_a_case_is_closed_at_once(workspace: Workspace, engine: Engine, team: Team) -> None:
    """There is nothing to wait for where nothing was imposed."""
    case = walk(workspace, engine, team, "reviewed")
    case = step(workspace, team, case, "decided", outcome="no-sanction", measure="")
    case = step(workspace, team, case, "served")
    assert step(workspace, team, case, "closed")["state"] == "closed"


def test_an_unknown_end_of_the_appeal_is_said_and_not_guessed(workspace: Workspace, engine: Engine, team: Team) -> None:
    """Where nobody knows when the time to appeal ends, closing a sanction is refused with these words."""
    case = walk(workspace, engine, team, "served")
    served_on(engine, case, date(2190, 1, 3), None)
    assert read_case(workspace, team.decider, case["id"])["clocks"][0]["due_on"] is None
    with pytest.raises(UsageError, match="its last day is not known yet"):
        step(workspace, team, case, "closed")


def test_a_case_is_seen_where_its_facility_is(workspace: Workspace, engine: Engine, team: Team) -> None:
    """Elsewhere it is not found, by both locks; the system and others of the area read it and make no step."""
    case = begin(workspace, engine, team)
    bring_in(engine, "assignments", assignments([duty("L02", "330302002")]))
    far = make_account(engine, "far", "leader", "X9")
    near = make_account(engine, "near", "inspector", "L02")
    for work in (
        lambda: read_case(workspace, far, case["id"]),
        lambda: list_choices(workspace, far, "F1"),
        lambda: take_step(workspace, far, case["id"], "dropped", number=1, fields=TEXTS["dropped"]),
        lambda: open_case(
            workspace, far, id=str(uuid4()), findings=[add_finding(engine)], reviewer="rev", decider="dec"
        ),
    ):
        with pytest.raises(NotFound):
            work()
    with workspace.transaction(far) as connection:
        assert connection.execute(text("SELECT count(*) FROM facility_case")).scalar_one() == 0
    assert list_cases(workspace, far)[1] == 0
    assert list_cases(workspace, near)[1] == list_cases(workspace, SYSTEM)[1] == 1
    assert not any(following["mine"] for following in read_case(workspace, near, case["id"])["next"])
    for actor in (SYSTEM, Actor("officer", "x"), Actor("admin", "x")):
        with pytest.raises(NotAllowed):
            take_step(workspace, actor, case["id"], "dropped", number=1, fields=TEXTS["dropped"])


def test_a_list_is_filtered_by_todays_state(workspace: Workspace, engine: Engine, team: Team) -> None:
    """State, own cases and facility narrow the list; the total is of what fits."""
    walk(workspace, engine, team, "noticed")
    begin(workspace, engine, team)
    assert [c["state"] for c in list_cases(workspace, team.decider)[0]] == ["opened", "noticed"]
    assert list_cases(workspace, team.decider, state="noticed")[1] == 1
    assert list_cases(workspace, team.decider, mine=True, limit=1)[1] == 2
    assert list_cases(workspace, team.decider, facility="F2")[1] == 0
    other = make_account(engine, "chief", "leader", "L01")
    assert list_cases(workspace, other, mine=True)[1] == 0
    assert list_cases(workspace, other)[0][0]["waits_for"] == "inv"


def test_only_findings_that_can_open_a_case_are_offered(workspace: Workspace, engine: Engine, team: Team) -> None:
    """The form offers serious findings that are alive and free, and people of other officers who see the facility."""
    wanted = add_finding(engine, severity="critical")
    add_finding(engine, severity="clerical")
    add_finding(engine, state="closed")
    add_finding(engine, facility=OTHER)
    begin(workspace, engine, team)
    found = list_choices(workspace, team.investigator, "F1")
    assert [finding["id"] for finding in found.findings] == [wanted]
    assert [person["account"] for person in found.reviewers] == ["dec", "rev"]
    assert [person["account"] for person in found.deciders] == ["dec"]
