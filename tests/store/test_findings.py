"""Findings follow inspections and corrections, have deadlines in working days, and go only where the rules let."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.errors import DataRejected, FirewallRefused, NotAllowed, NotFound, UsageError
from gis.policies import Calendar, FindingPolicy
from gis.roles import Actor
from gis.rules import FINDING, next_states, require_transition
from gis.services.areas import maps
from gis.services.inspections import findings
from gis.services.inspections.findings import decide, list_findings, list_tasks, read_finding
from gis.services.inspections.record import record
from gis.services.workspace import Workspace, today
from tests.api.people import make_account
from tests.store.inspecting import answers, draft, item_of

MINOR, SERIOUS = item_of("minor"), item_of("serious")
EARLIER = today() - timedelta(days=60)


@pytest.fixture
def inspector(engine: Engine, workspace: Workspace) -> Actor:
    """An inspector of one village; policies let nothing else through."""
    make_account(engine, "district leader", "leader", "L01")
    return make_account(engine, "village inspector", "inspector", "L02")


@pytest.fixture
def leader(engine: Engine, workspace: Workspace) -> Actor:
    """The leader of the same village."""
    return make_account(engine, "village leader", "leader", "L02")


def found(workspace: Workspace, actor: Actor, **filters: Any) -> dict[str, str]:
    """Item -> state of the facility's findings."""
    rows, _total = list_findings(workspace, actor, **({"state": "all"} | filters))
    return {row["item"]: row["state"] for row in rows}


def only(workspace: Workspace, actor: Actor) -> str:
    """Number of the one finding there is."""
    (row,), _total = list_findings(workspace, actor, state="all")
    return str(row["id"])


def test_a_failed_item_is_a_finding_with_its_deadline(workspace: Workspace, inspector: Actor) -> None:
    """One for each, with the severity and words of the checklist, the remark, and the policy's term."""
    note = {f"{MINOR}_note": "公示栏空着"}
    record(workspace, inspector, draft(MINOR, SERIOUS, answers=answers(MINOR, SERIOUS, **note), inspected_on=EARLIER))
    rows = {row["item"]: row for row in list_findings(workspace, inspector)[0]}
    assert {item: row["severity"] for item, row in rows.items()} == {MINOR: "minor", SERIOUS: "serious"}
    assert rows[MINOR]["note"] == "公示栏空着"
    policy = FindingPolicy()
    assert rows[SERIOUS]["due_on"] == policy.calendar.add(EARLIER, policy.deadline_workdays["serious"])
    assert rows[SERIOUS]["overdue"]
    assert rows[SERIOUS]["remind"]


def test_a_deadline_in_an_unknown_year_is_said_to_be_unknown(
    workspace: Workspace, inspector: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No day is guessed, it is no delay, and it stands among the reminders so that somebody looks."""

    def unknown(_calendar: Calendar, _start: date, _days: int) -> None:
        return None

    monkeypatch.setattr(Calendar, "add", unknown)
    record(workspace, inspector, draft(MINOR))
    (row,), _total = list_findings(workspace, inspector, remind=True)
    assert (row["due_on"], row["overdue"], row["deadline_workdays"]) == (None, False, 15)


def test_the_whole_way_to_closure(workspace: Workspace, inspector: Actor) -> None:
    """Open, rectified, re-inspected by a later visit that finds all well, closed; each step an event."""
    record(workspace, inspector, draft(MINOR, inspected_on=EARLIER))
    number = only(workspace, inspector)
    decide(workspace, inspector, number, "rectified", note="机构报告已整改")
    assert [task["kind"] for task in list_tasks(workspace, inspector)] == ["reinspection"]
    record(workspace, inspector, draft())
    assert list_tasks(workspace, inspector) == []
    shown = decide(workspace, inspector, number, "closed", note="复查合格")
    assert shown["state"] == "closed"
    events = read_finding(workspace, inspector, number)["events"]
    assert [event["state"] for event in events] == ["rectified", "reinspected", "closed"]
    assert read_finding(workspace, inspector, number)["following"] == []


def test_a_reinspection_that_fails_again_cannot_be_closed(
    workspace: Workspace, inspector: Actor, leader: Actor
) -> None:
    """It makes no second finding; closing is refused with the reason, escalating is not, and a leader ends it."""
    record(workspace, inspector, draft(MINOR, inspected_on=EARLIER))
    number = only(workspace, inspector)
    decide(workspace, inspector, number, "rectified", note="报告已改")
    record(workspace, inspector, draft(MINOR))
    assert found(workspace, inspector) == {MINOR: "reinspected"}
    with pytest.raises(DataRejected, match="did not find it put right"):
        decide(workspace, inspector, number, "closed", note="算了")
    assert read_finding(workspace, inspector, number)["following"] == ["escalated"]
    decide(workspace, inspector, number, "escalated", note="仍未整改")
    with pytest.raises(NotAllowed):
        decide(workspace, inspector, number, "closed", note="x")
    assert decide(workspace, leader, number, "closed", note="机构已关闭")["state"] == "closed"
    record(workspace, inspector, draft(MINOR))
    assert sorted(row["state"] for row in list_findings(workspace, inspector, state="all")[0]) == ["closed", "open"]


def test_seen_put_right_without_a_report(workspace: Workspace, inspector: Actor) -> None:
    """A later visit that finds an open one put right takes it both steps."""
    record(workspace, inspector, draft(MINOR, inspected_on=EARLIER))
    record(workspace, inspector, draft())
    events = read_finding(workspace, inspector, only(workspace, inspector))["events"]
    assert [(event["state"], event["put_right"]) for event in events] == [("rectified", True), ("reinspected", True)]


def test_an_earlier_visit_that_comes_in_late_changes_nothing(workspace: Workspace, inspector: Actor) -> None:
    """A record from before the finding does not re-inspect it."""
    record(workspace, inspector, draft(MINOR))
    record(workspace, inspector, draft(inspected_on=EARLIER))
    assert found(workspace, inspector) == {MINOR: "open"}


def test_a_correction_withdraws_and_brings_back(workspace: Workspace, inspector: Actor) -> None:
    """What did not fail after all is withdrawn; failing again it is the same finding, open."""
    one = draft(MINOR)
    record(workspace, inspector, one)
    second = draft(SERIOUS, corrects=(one.id,))
    record(workspace, inspector, second)
    assert found(workspace, inspector) == {MINOR: "withdrawn", SERIOUS: "open"}
    record(workspace, inspector, draft(MINOR, corrects=(second.id,)))
    assert found(workspace, inspector) == {MINOR: "open", SERIOUS: "withdrawn"}


@pytest.mark.parametrize(("start", "end"), list(permutations(FINDING.states, 2)))
def test_every_other_transition_is_refused_in_clear_words(start: str, end: str) -> None:
    """Over all pairs of states: it is among what can follow, or the message says what can."""
    if end in next_states(FINDING, start):
        assert require_transition(FINDING, start, end).end == end
        return
    with pytest.raises(UsageError, match="there is no way to") as refused:
        require_transition(FINDING, start, end, role="leader")
    assert refused.value.details["following"] == list(next_states(FINDING, start))


@pytest.mark.parametrize("state", ["reinspected", "withdrawn"])
def test_nobody_makes_what_inspections_make(workspace: Workspace, inspector: Actor, leader: Actor, state: str) -> None:
    """A re-inspection needs an inspection, a withdrawal a correction."""
    record(workspace, inspector, draft(MINOR))
    number = only(workspace, inspector)
    if state == "reinspected":
        decide(workspace, inspector, number, "rectified", note="报告已改")
    for actor in (inspector, leader):
        with pytest.raises(NotAllowed):
            decide(workspace, actor, number, state, note="x")


def test_a_decision_needs_a_note_without_personal_data(workspace: Workspace, inspector: Actor) -> None:
    """None, too long, and with a number of a person."""
    record(workspace, inspector, draft(MINOR))
    number = only(workspace, inspector)
    for note in (None, "  ", "x" * 1001):
        with pytest.raises(DataRejected):
            decide(workspace, inspector, number, "rectified", note=note)
    with pytest.raises(FirewallRefused):
        decide(workspace, inspector, number, "rectified", note="110101199003077758")
    assert found(workspace, inspector) == {MINOR: "open"}


def test_findings_elsewhere_are_not_seen(workspace: Workspace, inspector: Actor, engine: Engine) -> None:
    """Neither listed nor read nor decided, by both locks; who answers there sees them."""
    colleague = make_account(engine, "district inspector", "inspector", "L01")
    record(workspace, colleague, draft(MINOR, facility="F2"))
    number = only(workspace, colleague)
    assert list_findings(workspace, inspector) == ([], 0)
    with pytest.raises(NotFound):
        read_finding(workspace, inspector, number)
    with pytest.raises(NotFound):
        decide(workspace, inspector, number, "rectified", note="x")
    event = text("INSERT INTO finding_event VALUES (:id, 1, 'closed', NULL, NULL, NULL, 'x', now())")
    with pytest.raises(DBAPIError), workspace.transaction(inspector) as connection:
        connection.execute(event, {"id": number})
    with workspace.transaction(colleague) as connection:
        connection.execute(event, {"id": number})
    with pytest.raises(NotAllowed):
        list_findings(workspace, make_account(engine, "grid", "officer", "L02"))


def test_two_who_decide_at_once(workspace: Workspace, inspector: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second on the same state is told to look again."""
    record(workspace, inspector, draft(MINOR))
    number = only(workspace, inspector)
    stale = read_finding(workspace, inspector, number)
    decide(workspace, inspector, number, "rectified", note="报告已改")
    monkeypatch.setattr(findings, "_require", lambda *_: stale)
    with pytest.raises(DataRejected, match="Somebody else changed this finding"):
        decide(workspace, inspector, number, "escalated", note="逾期")


def test_findings_stand_on_the_map_of_today(workspace: Workspace, inspector: Actor, engine: Engine) -> None:
    """Those who may see findings have their number at the facility; grid officers and past days do not."""
    record(workspace, inspector, draft(MINOR, SERIOUS, inspected_on=EARLIER))
    drawn = maps.inspection_data(workspace, inspector).facilities.set_index("code")
    assert drawn.loc["F1", ["findings", "findings_late"]].tolist() == [2, 2]
    assert "findings" not in maps.inspection_data(workspace, inspector, on=EARLIER).facilities
    officer = make_account(engine, "grid", "officer", "L02")
    assert "findings" not in maps.inspection_data(workspace, officer).facilities
