"""Campaigns in the store: whole or not at all, seen by who answers for an area of theirs, and frozen by acceptance."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.errors import DataRejected, NotAllowed, NotFound, SignInNeeded, UsageError
from gis.roles import PUBLIC, SYSTEM, Actor
from gis.services import outreach
from gis.services.campaigns import manage as campaigns
from gis.services.campaigns.plan import make_plan
from gis.services.workspace import Workspace, today
from tests.api.people import make_account
from tests.campaign_days import DISTRICT, ELSEWHERE, VILLAGE, plan
from tests.store.frames import build_frame
from tests.store.importing import bring_in


@pytest.fixture
def leader(engine: Engine, workspace: Workspace) -> Actor:
    """The leader of the whole district."""
    return make_account(engine, "leader", "leader", "L01")


@pytest.fixture
def village(engine: Engine, workspace: Workspace) -> Actor:
    """The leader of one village."""
    return make_account(engine, "village leader", "leader", "L02")


def create(workspace: Workspace, actor: Actor, state: str, *targets: tuple[str, str, int]) -> str:
    """Stores a campaign that is in this state today; its code."""
    made = campaigns.create_campaign(workspace, actor, make_plan(plan(state, *targets), source="x"))
    assert made["state"] == state
    return str(made["code"])


def hold(workspace: Workspace, actor: Actor, area: str = VILLAGE) -> None:
    """One session of outreach, today."""
    outreach.record_session(workspace, actor, code=str(uuid4()), area=area, held_on=today(), kind=None, reach=None)


def sessions_of(workspace: Workspace, actor: Actor, code: str) -> dict[str, int]:
    """Area -> sessions reached."""
    rows = campaigns.get_campaign(workspace, actor, code, measure="sessions").rows
    return dict(zip(rows["area"], rows["reached"].tolist(), strict=True))


@pytest.mark.parametrize("state", ["planned", "launch", "action", "acceptance", "lapsed"])
def test_the_days_tell_the_state(workspace: Workspace, leader: Actor, state: str) -> None:
    """A campaign is listed in the state that its days give it today."""
    create(workspace, leader, state)
    assert [row["state"] for row in campaigns.list_campaigns(workspace, leader)] == [state]


def test_progress_counts_upward(workspace: Workspace, leader: Actor, engine: Engine) -> None:
    """A session and an inspection in the village count for it and for the district."""
    code = create(
        workspace, leader, "action", (DISTRICT, "inspected", 2), *((a, "sessions", 2) for a in (VILLAGE, DISTRICT))
    )
    hold(workspace, leader)
    row = {"code": "I1", "facility_code": "F1", "inspected_on": today().isoformat(), "result": "pass"}
    bring_in(engine, "inspections", build_frame("inspections", row), now=datetime.now(UTC))
    view = campaigns.get_campaign(workspace, leader, code)
    got = {(r["area"], r["measure"]): r["reached"] for r in view.to_json()["targets"]}
    assert got == {(DISTRICT, "inspected"): 1, (DISTRICT, "sessions"): 1, (VILLAGE, "sessions"): 1}


def test_everybody_sees_the_targets_of_the_own_areas_only(workspace: Workspace, leader: Actor, village: Actor) -> None:
    """Who answers for the village sees its targets and sums over them; a campaign elsewhere does not exist for them."""
    code = create(workspace, leader, "action")
    hidden = campaigns.create_campaign(
        workspace, leader, make_plan(plan("action", (ELSEWHERE, "sessions", 1), code="hidden"), source="x")
    )
    view = campaigns.get_campaign(workspace, village, code)
    assert set(view.rows["area"]) == set(view.choices["area"]) == {VILLAGE}
    assert view.totals["target"].tolist() == [1, 1]
    assert [row["code"] for row in campaigns.list_campaigns(workspace, village)] == [code]
    for missing in (hidden["code"], "no such"):
        with pytest.raises(NotFound, match=f"No campaign {missing}|没有"):
            campaigns.get_campaign(workspace, village, missing)


def test_a_target_elsewhere_stores_nothing(workspace: Workspace, village: Actor, engine: Engine) -> None:
    """One target beyond the leader's areas refuses the campaign, in the words for an area that does not exist."""
    said = []
    for area in (ELSEWHERE, "999"):
        with pytest.raises(NotFound) as refused:
            create(workspace, village, "planned", (VILLAGE, "sessions", 1), (area, "sessions", 1))
        said.append(refused.value.message.replace(area, "?"))
    assert said[0] == said[1]
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM campaign")).scalar_one() == 0


def test_the_database_keeps_a_leader_to_the_own_areas(workspace: Workspace, village: Actor) -> None:
    """Without the service the policies still refuse a target elsewhere."""
    create(workspace, village, "planned", (VILLAGE, "sessions", 1))
    with pytest.raises(DBAPIError, match="row-level security"), workspace.transaction(village) as connection:
        connection.execute(
            text("INSERT INTO campaign_target VALUES ('c-planned', :area, 'sessions', 1)"), {"area": ELSEWHERE}
        )


def test_a_code_is_taken_once(workspace: Workspace, leader: Actor) -> None:
    """A second campaign of the same code is refused and leaves the first as it was."""
    code = create(workspace, leader, "action")
    with pytest.raises(DataRejected):
        create(workspace, leader, "action", (DISTRICT, "sessions", 9))
    assert len(campaigns.get_campaign(workspace, leader, code).rows) == 3


def test_what_follows_the_acceptance_changes_no_number(workspace: Workspace, leader: Actor) -> None:
    """After the acceptance the progress and the report are those that were known at that moment."""
    code = create(workspace, leader, "acceptance")
    hold(workspace, leader)
    assert campaigns.accept_campaign(workspace, leader, code, remark="已核对")["state"] == "accepted"
    before = sessions_of(workspace, leader, code)
    hold(workspace, leader)
    assert sessions_of(workspace, leader, code) == before == {DISTRICT: 1, VILLAGE: 1}
    report = campaigns.report_campaign(workspace, leader, code)
    assert (report.accepted_on, report.remark) == (today(), "已核对")
    assert report.rows.set_index(["area", "measure"]).loc[(DISTRICT, "sessions"), "reached"] == 1


def test_without_acceptance_numbers_go_on(workspace: Workspace, leader: Actor) -> None:
    """The control: a campaign that is not accepted counts the next session."""
    code = create(workspace, leader, "acceptance")
    hold(workspace, leader)
    hold(workspace, leader)
    assert sessions_of(workspace, leader, code)[VILLAGE] == 2


@pytest.mark.parametrize("state", ["planned", "launch", "action", "lapsed"])
def test_acceptance_has_its_time(workspace: Workspace, leader: Actor, state: str) -> None:
    """Outside of its acceptance a campaign cannot be accepted, and after one acceptance not again."""
    code = create(workspace, leader, state)
    with pytest.raises(UsageError):
        campaigns.accept_campaign(workspace, leader, code)
    assert campaigns.list_campaigns(workspace, leader)[0]["accepted_on"] is None


def test_acceptance_happens_once(workspace: Workspace, leader: Actor) -> None:
    """A campaign that was accepted cannot be accepted again."""
    code = create(workspace, leader, "acceptance")
    campaigns.accept_campaign(workspace, leader, code)
    with pytest.raises(UsageError):
        campaigns.accept_campaign(workspace, leader, code)


def test_who_may_accept(workspace: Workspace, leader: Actor, village: Actor, engine: Engine) -> None:
    """The planner may, and a leader of the whole district; not a leader of a part, not another role."""
    code = create(workspace, leader, "acceptance")
    inspector = make_account(engine, "inspector", "inspector", "L01")
    for actor, error in ((village, NotAllowed), (inspector, NotAllowed), (PUBLIC, SignInNeeded)):
        with pytest.raises(error):
            campaigns.accept_campaign(workspace, actor, code)
    assert not campaigns.get_campaign(workspace, village, code).may_accept
    assert campaigns.get_campaign(workspace, leader, code).may_accept
    assert campaigns.accept_campaign(workspace, leader, code)["state"] == "accepted"


def test_a_leader_of_a_part_accepts_the_own_campaign(workspace: Workspace, village: Actor) -> None:
    """Who planned a campaign in the own areas accepts it."""
    code = create(workspace, village, "acceptance", (VILLAGE, "sessions", 1))
    assert campaigns.accept_campaign(workspace, village, code)["state"] == "accepted"


def test_a_merge_moves_no_work(workspace: Workspace, leader: Actor, engine: Engine) -> None:
    """A session in an area that began after the targets were set counts for the one that it lies in."""
    code = create(workspace, leader, "action")
    begins = (today() + timedelta(days=1)).isoformat()
    new = {"code": "330302001001009", "name": "新", "level": "grid", "parent_code": VILLAGE, "valid_from": begins}
    bring_in(engine, "areas", build_frame("areas", new), now=datetime.now(UTC))
    held = {"code": "S9", "area_code": new["code"], "held_on": begins}
    bring_in(engine, "outreach", build_frame("outreach", held), now=datetime.now(UTC))
    rows = campaigns.get_campaign(workspace, SYSTEM, code, on=today() + timedelta(days=2), measure="sessions").rows
    assert rows["reached"].tolist() == [1, 1]


def test_all_of_it_is_audited(workspace: Workspace, leader: Actor, engine: Engine) -> None:
    """Planning, acceptance and taking the report out are written down with the name of who did it."""
    code = create(workspace, leader, "acceptance")
    campaigns.accept_campaign(workspace, leader, code)
    campaigns.report_campaign(workspace, leader, code)
    with engine.begin() as connection:
        found = connection.execute(text("SELECT who, action, target FROM audit ORDER BY number")).all()
    wanted = ("campaigns.create", "campaigns.accept", "export.campaign")
    assert [tuple(row) for row in found] == [("leader", action, code) for action in wanted]
