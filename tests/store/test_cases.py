"""Cases walk from state to state, each step by the one whose it is, and each is stored once."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from gis.errors import DataRejected, NotAllowed, UsageError
from gis.roles import Actor
from gis.services.cases.documents import read_document
from gis.services.cases.records import open_case
from gis.services.cases.steps import take_step
from gis.services.workspace import Workspace, today
from tests.case_people import KEEPER, TEXTS, WAY, Team, add_finding, begin, counts, make_team, step, walk


@pytest.fixture
def team(engine: Engine, workspace: Workspace) -> Team:
    """Three people who see the whole district."""
    del workspace
    return make_team(engine)


def state_of(engine: Engine, finding: str) -> str:
    """The state of a finding."""
    with engine.connect() as connection:
        found: str = connection.execute(
            text("SELECT state FROM finding_now WHERE id = :id"), {"id": finding}
        ).scalar_one()
    return found


def test_a_case_walks_from_its_opening_to_its_closure(workspace: Workspace, engine: Engine, team: Team) -> None:
    """Each of the three makes their steps; every step has its row in the audit, four of them a document."""
    case = begin(workspace, engine, team)
    for state in WAY:
        before = counts(engine)["audit"]
        case = step(workspace, team, case, state)
        assert case["state"] == state
        assert counts(engine)["audit"] == before + 1
    assert [event["state"] for event in case["events"]] == ["opened", *WAY]
    assert [document["kind"] for document in case["documents"]] == ["notice", "decision", "service", "closure"]
    assert case["next"] == []
    for document in case["documents"]:
        content, name = read_document(workspace, team.reviewer, case["id"], document["number"])
        assert content.startswith(b"%PDF")
        assert name.endswith(f"{document['kind']}.pdf")


def test_a_dropped_case_is_over_and_frees_its_finding(workspace: Workspace, engine: Engine, team: Team) -> None:
    """The decider drops a case with a reason; its report is issued, and the finding may open another case."""
    case = begin(workspace, engine, team)
    finding = case["findings"][0]["id"]
    with pytest.raises(DataRejected, match="belongs to another case"):
        open_case(workspace, team.investigator, id=str(uuid4()), findings=[finding], reviewer="rev", decider="dec")
    case = step(workspace, team, case, "dropped")
    assert [document["kind"] for document in case["documents"]] == ["closure"]
    again = open_case(workspace, team.investigator, id=str(uuid4()), findings=[finding], reviewer="rev", decider="dec")
    assert again["state"] == "opened"


@pytest.mark.parametrize(
    ("state", "after"), [(None, "escalated"), ("reinspected", "escalated"), ("rectified", "rectified")]
)
def test_opening_escalates_findings(
    workspace: Workspace, engine: Engine, team: Team, state: str | None, after: str
) -> None:
    """A finding goes up with the case where its own machine lets it; one that was put right stays as it is."""
    case = begin(workspace, engine, team, state=state)
    assert state_of(engine, case["findings"][0]["id"]) == after


def test_a_case_is_stored_once(workspace: Workspace, engine: Engine, team: Team) -> None:
    """The same case and the same step sent twice are one; another case under the number is refused."""
    finding, number = add_finding(engine), str(uuid4())
    given = {"id": number, "findings": [finding], "reviewer": "rev", "decider": "dec"}
    first = open_case(workspace, team.investigator, **given)  # type: ignore[arg-type]
    before = counts(engine)
    assert open_case(workspace, team.investigator, **given) == first  # type: ignore[arg-type]
    assert counts(engine) == before
    with pytest.raises(DataRejected, match="is taken"):
        open_case(
            workspace, team.investigator, id=number, findings=[add_finding(engine)], reviewer="rev", decider="dec"
        )
    noticed = step(workspace, team, first, "noticed")
    before = counts(engine)
    assert step(workspace, team, first, "noticed") == noticed
    assert counts(engine) == before


def test_a_stale_page_changes_nothing(workspace: Workspace, engine: Engine, team: Team) -> None:
    """Who has not seen the last step is told so, and nothing is stored."""
    case = walk(workspace, engine, team, "noticed")
    step(workspace, team, case, "replied")
    before = counts(engine)
    with pytest.raises(DataRejected, match="went on a moment ago"):
        take_step(workspace, team.reviewer, case["id"], "reviewed", number=case["number"], fields=TEXTS["reviewed"])
    assert counts(engine) == before


def test_only_the_named_person_makes_a_step(workspace: Workspace, engine: Engine, team: Team) -> None:
    """At every step the other two are refused, with the name of the one who may."""
    case = begin(workspace, engine, team)
    for state in WAY:
        keeper = KEEPER.get(state, "investigator")
        for part in ("investigator", "reviewer", "decider"):
            if part == keeper:
                continue
            actor = getattr(team, part)
            with pytest.raises(NotAllowed, match=f"only {getattr(team, keeper).name} may do this"):
                take_step(workspace, actor, case["id"], state, number=case["number"], fields=TEXTS[state])
        case = step(workspace, team, case, state)


def test_the_database_knows_whose_step_it_is(workspace: Workspace, engine: Engine, team: Team) -> None:
    """Past the service, a row of somebody else's step is refused by row-level security; control: one's own is not."""
    case = begin(workspace, engine, team)
    insert = text("""
        INSERT INTO case_event (case_id, number, state, done_by, done_at)
        VALUES (:case, 2, :state, :by, now())""")

    def write(actor: Actor, state: str, by: str) -> None:
        with workspace.transaction(actor) as connection:
            connection.execute(insert, {"case": case["id"], "state": state, "by": by})
            connection.rollback()

    wrong = ((team.reviewer, "noticed"), (team.investigator, "reviewed"), (team.reviewer, "decided"))
    for actor, state in wrong:
        with pytest.raises(ProgrammingError, match="row-level security"):
            write(actor, state, actor.name)
    with pytest.raises(ProgrammingError, match="row-level security"):
        write(team.investigator, "noticed", "dec")
    write(team.investigator, "noticed", "inv")


def test_a_refused_step_says_what_can_be_done(workspace: Workspace, engine: Engine, team: Team) -> None:
    """The message names the state, what can follow, who makes it, and since when which clock runs."""
    case = walk(workspace, engine, team, "noticed")
    with pytest.raises(UsageError) as caught:
        step(workspace, team, case, "decided")
    day = today().isoformat()
    for part in ("From Notice issued", "Case dropped is made by dec (decider)", "Reply received is made by inv", day):
        assert part in caught.value.message
    assert "“Time to state and defend” runs since" in caught.value.message
    with pytest.raises(UsageError, match="comes about by itself"):
        take_step(workspace, team.investigator, case["id"], "reply-lapsed", number=2, fields={})
