"""Recording outreach on a real database: once and for all, in one's own areas, and nothing about a person."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from gis.errors import DataRejected, FirewallRefused, NotAllowed, NotFound, SignInNeeded
from gis.roles import PUBLIC, SYSTEM, Actor
from gis.services.outreach import list_outreach, outreach_gaps, record_session
from gis.services.workspace import Workspace, today
from tests.api.people import make_account
from tests.unit.intake.invented_files import mobile, resident

VILLAGE, OTHER_VILLAGE, GRID = "330302001001", "330302001002", "330302001001002"


@pytest.fixture
def officer(engine: Engine, workspace: Workspace) -> Actor:
    """Answers for one village."""
    del workspace
    return make_account(engine, "officer", "officer", "L02")


@pytest.fixture
def leader(engine: Engine, workspace: Workspace) -> Actor:
    """Answers for the district."""
    del workspace
    return make_account(engine, "leader", "leader", "L01")


def session(**fields: Any) -> dict[str, Any]:
    plain = {"area": VILLAGE, "held_on": date(2026, 5, 4), "kind": "健康讲座", "reach": 40}
    return {"code": str(uuid4()), **plain, **fields}


def stored(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM outreach")).scalar_one())


def audited(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT target FROM audit WHERE action = 'outreach.record'"))
        return list(rows.scalars())


def test_a_session_is_stored_exactly_once(engine: Engine, workspace: Workspace, officer: Actor) -> None:
    """The same session again, even ten at a time, gets the same receipt; one row and one line of audit stay."""
    sent = session()
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(lambda _n: record_session(workspace, officer, **sent), range(10)))
    assert all(receipt == receipts[0] for receipt in receipts)
    assert len(receipts[0]["sha256"]) == 64
    assert stored(engine) == 1
    assert audited(engine) == [sent["code"]]
    assert record_session(workspace, officer, **session())["code"] != sent["code"], "another one: the control"
    assert stored(engine) == 2


@pytest.mark.parametrize(
    "other", [{"reach": 41}, {"kind": None}, {"held_on": date(2026, 5, 3)}, {"area": GRID}, {"reach": None}]
)
def test_a_number_stands_for_one_session(
    engine: Engine, workspace: Workspace, officer: Actor, other: dict[str, Any]
) -> None:
    """The same UUID with anything else in it is refused, and the first session stays as it was."""
    sent = session()
    receipt = record_session(workspace, officer, **sent)
    with pytest.raises(DataRejected):
        record_session(workspace, officer, **{**sent, **other})
    assert record_session(workspace, officer, **sent) == receipt
    assert stored(engine) == 1


def test_a_number_taken_out_of_sight_is_taken(
    engine: Engine, workspace: Workspace, officer: Actor, leader: Actor
) -> None:
    """A UUID that stands for a session of another village is refused without a word about that one."""
    hidden = session(area=OTHER_VILLAGE, held_on=date(2026, 1, 2))
    record_session(workspace, leader, **hidden)
    with pytest.raises(DataRejected) as refusal:
        record_session(workspace, officer, **{**hidden, "area": VILLAGE})
    assert OTHER_VILLAGE not in refusal.value.message
    assert stored(engine) == 1


@pytest.mark.parametrize("kind", [f"讲座 {resident(3)}", f"联系 {mobile(5)}", "孕妇张丽，孕12周"])
def test_the_firewall_reads_the_kind(engine: Engine, workspace: Workspace, officer: Actor, kind: str) -> None:
    """A number or a pregnancy of a person in the kind of a session is refused, and not repeated in the message."""
    with pytest.raises(FirewallRefused) as refusal:
        record_session(workspace, officer, **session(kind=kind))
    assert kind not in refusal.value.message
    assert stored(engine) == 0
    assert audited(engine) == []
    record_session(workspace, officer, **session(kind="孕妇学校讲座 2026-05-01"))
    assert stored(engine) == 1, "words without a person: the control"


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "no uuid"},
        {"held_on": today() + timedelta(days=2)},  # collected before midnight, run after it
        {"reach": -1},
        {"reach": 10**9},
        {"kind": "长" * 101},
        {"area": GRID, "held_on": date(2019, 12, 31)},
    ],
)
def test_what_cannot_be_is_refused(engine: Engine, workspace: Workspace, officer: Actor, wrong: dict[str, Any]) -> None:
    """A day to come, fewer people than none, an area that was not there yet, no UUID; each with its control."""
    with pytest.raises(DataRejected):
        record_session(workspace, officer, **session(**wrong))
    assert stored(engine) == 0
    record_session(workspace, officer, **session(held_on=today(), area=wrong.get("area", VILLAGE), reach=0))


def test_only_in_one_s_own_areas(engine: Engine, workspace: Workspace, officer: Actor, leader: Actor) -> None:
    """An area that exists elsewhere is answered like one that does not; the leader above may record in it."""
    messages = []
    for code in (OTHER_VILLAGE, "nowhere"):
        with pytest.raises(NotFound) as refusal:
            record_session(workspace, officer, **session(area=code))
        messages.append(refusal.value.message.replace(code, "?"))
    assert messages[0] == messages[1]
    assert stored(engine) == 0
    record_session(workspace, leader, **session(area=OTHER_VILLAGE))
    assert stored(engine) == 1


def test_only_who_may_record(engine: Engine, workspace: Workspace, officer: Actor) -> None:
    """The public must sign in, an inspector may read and not record, an account that is gone records nothing."""
    inspector = make_account(engine, "inspector", "inspector", "L02")
    for actor, error in ((PUBLIC, SignInNeeded), (inspector, NotAllowed)):
        with pytest.raises(error):
            record_session(workspace, actor, **session())
    with engine.begin() as connection:
        connection.execute(text("UPDATE account SET disabled = now() WHERE id = :id"), {"id": officer.account})
    with pytest.raises(NotFound):
        record_session(workspace, officer, **session())
    assert outreach_gaps(workspace, inspector, on=date(2026, 6, 1))["without"]["village"] == [VILLAGE]


def test_the_database_holds_the_second_lock(workspace: Workspace, officer: Actor, leader: Actor) -> None:
    """Where a service forgets its filter, row-level security still hides the sessions of others."""
    for area in (VILLAGE, OTHER_VILLAGE):
        record_session(workspace, leader, **session(area=area))
    query = text("SELECT count(*) FROM outreach")
    with workspace.transaction(officer) as connection:
        assert connection.execute(query).scalar_one() == 1
    with workspace.transaction(leader) as connection:
        assert connection.execute(query).scalar_one() == 2, "the control"


def test_gaps_and_lists_are_of_one_s_own_areas(workspace: Workspace, officer: Actor, leader: Actor) -> None:
    """Sessions and areas of others change no byte of an officer's answer; the leader sees both."""
    record_session(workspace, officer, **session(area=GRID))
    on = date(2026, 6, 1)
    asked: dict[str, Any] = {"on": on, "days": 60}
    before = {**outreach_gaps(workspace, officer, **asked), "known": None}
    assert before["without"] == {"village": [], "grid": ["330302001001003"]}
    assert [row["area"] for row in before["by_area"]] == [VILLAGE, GRID, "330302001001003"]
    record_session(workspace, leader, **session(area=OTHER_VILLAGE))
    assert {**outreach_gaps(workspace, officer, **asked), "known": None} == before
    assert list_outreach(workspace, officer, on=on).total == 1
    assert list_outreach(workspace, leader, on=on).total == 2
    assert outreach_gaps(workspace, leader, **asked)["without"]["village"] == []


def test_lists_are_latest_first_and_of_a_place(workspace: Workspace, leader: Actor) -> None:
    """The newest session stands first; an area brings those of the areas inside it; a later day is not yet known."""
    for area, day in ((VILLAGE, 4), (GRID, 9), (OTHER_VILLAGE, 6)):
        record_session(workspace, leader, **session(area=area, held_on=date(2026, 5, day), kind=f"第{day}类"))
    days = list_outreach(workspace, leader, on=date(2026, 6, 1)).frame["held_on"].dt.day.tolist()
    assert days == [9, 6, 4]
    inside = list_outreach(workspace, leader, on=date(2026, 6, 1), area=VILLAGE)
    assert inside.frame["area_code"].tolist() == [GRID, VILLAGE]
    assert list_outreach(workspace, leader, on=date(2026, 5, 5)).total == 1
    assert list_outreach(workspace, leader, on=date(2026, 6, 1), kind="第6类").total == 1
    paged = list_outreach(workspace, leader, on=date(2026, 6, 1), limit=1, offset=1)
    assert (paged.total, paged.frame["held_on"].dt.day.tolist()) == (3, [6])


def test_what_was_not_known_then_is_not_counted(workspace: Workspace, leader: Actor) -> None:
    """As it was known before a session was recorded, its area is still without one."""
    first = record_session(workspace, leader, **session())
    second = record_session(workspace, leader, **session(area=OTHER_VILLAGE))
    assert first["recorded"] < second["recorded"]

    known = datetime.fromisoformat(first["recorded"])
    asked = outreach_gaps(workspace, SYSTEM, on=date(2026, 6, 1), known=known)
    assert asked["without"]["village"] == [OTHER_VILLAGE]
    assert outreach_gaps(workspace, SYSTEM, on=date(2026, 6, 1))["without"]["village"] == []
