"""Two locks on every case: three different people, serious findings only; and nothing is rewritten."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from gis.errors import DataRejected
from gis.services.cases import records as service
from gis.services.cases.records import open_case
from gis.services.workspace import Workspace
from tests.access.conftest import assignments, duty
from tests.api.people import disable, make_account
from tests.case_people import OTHER, Team, add_finding, begin, counts, make_team, step, walk
from tests.store.importing import bring_in

Refusal = tuple[str, dict[str, Any]]


@pytest.fixture
def team(engine: Engine, workspace: Workspace) -> Team:
    """Three people who see the whole district."""
    del workspace
    return make_team(engine)


STAFF: list[Refusal] = [
    ("cannot be the reviewer", {"reviewer": "nobody"}),
    ("cannot be the decider", {"decider": "second"}),
    ("three different people", {"reviewer": "inv"}),
    ("three different people", {"reviewer": "dec"}),
    ("three different people", {"reviewer": "twin"}),
    ("cannot be the reviewer", {"reviewer": "far"}),
    ("cannot be the reviewer", {"reviewer": "gone"}),
    ("cannot be the reviewer", {"reviewer": "loose"}),
    ("cannot be the reviewer", {"reviewer": "field"}),
]
STAFF_IDS = ["unknown", "inspector decides", "oneself", "decider reviews", "same officer", *("elsewhere", "disabled")]
STAFF_IDS += ["no officer", "grid officer"]


@pytest.fixture
def crowd(engine: Engine, team: Team) -> None:
    """Accounts that do not fit, each for a reason of its own."""
    bring_in(engine, "assignments", assignments([duty("L02", "330302002")]))
    make_account(engine, "second", "inspector", "L01")
    make_account(engine, "twin", "leader", team.investigator.officer_code)
    make_account(engine, "far", "leader", "nobody")
    disable(engine, make_account(engine, "gone", "inspector", "L01"))
    make_account(engine, "loose", "leader", None)
    make_account(engine, "field", "officer", "L01")


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(("said", "people"), STAFF, ids=STAFF_IDS)
def test_the_service_refuses_people_who_do_not_fit(
    workspace: Workspace, engine: Engine, team: Team, said: str, people: dict[str, str]
) -> None:
    """The first lock, with the second taken off: nothing is stored."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE facility_case DISABLE TRIGGER people"))
    finding, before = add_finding(engine), counts(engine)
    given = {"reviewer": "rev", "decider": "dec"} | people
    with pytest.raises(DataRejected, match=said):
        open_case(workspace, team.investigator, id=str(uuid4()), findings=[finding], **given)
    assert counts(engine) == before


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(("said", "people"), STAFF, ids=STAFF_IDS)
def test_the_database_refuses_people_who_do_not_fit(
    workspace: Workspace,
    engine: Engine,
    team: Team,
    said: str,
    people: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second lock, with the first taken off: nothing is stored; control: the same call with people who fit."""
    del said
    monkeypatch.setattr(service, "require_people", lambda *_given: None)
    finding, before = add_finding(engine), counts(engine)
    given = {"reviewer": "rev", "decider": "dec"}
    with pytest.raises(DataRejected, match="three different people"):
        open_case(workspace, team.investigator, id=str(uuid4()), findings=[finding], **(given | people))
    assert counts(engine) == before
    assert open_case(workspace, team.investigator, id=str(uuid4()), findings=[finding], **given)["state"] == "opened"


def test_asking_about_others_leaves_the_transaction_as_it_was(workspace: Workspace, team: Team) -> None:
    """Whether another account sees a facility is asked in its name; afterwards the transaction works for its own again,
    and the application cannot ask that by itself."""
    with workspace.transaction(team.investigator) as connection:
        able = connection.execute(text("SELECT count(*) FROM wangge_case_staff('F1') WHERE able")).scalar_one()
        assert connection.execute(text("SELECT wangge_account_name()")).scalar_one() == "inv"
        assert able == 3
        with pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text("SELECT wangge_account_sees_facility(1, 'F1')"))
        connection.rollback()


FINDINGS: list[Refusal] = [
    ("Only a serious or critical finding", {"severity": "clerical"}),
    ("Only a serious or critical finding", {"severity": "minor"}),
    ("is over", {"state": "closed"}),
    ("is over", {"state": "withdrawn"}),
]


@pytest.mark.parametrize(("said", "finding"), FINDINGS)
def test_the_service_refuses_findings_that_open_no_case(
    workspace: Workspace, engine: Engine, team: Team, said: str, finding: dict[str, Any]
) -> None:
    """The first lock, with the second taken off; control: a serious finding opens one."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE case_finding DISABLE TRIGGER findings"))
    with pytest.raises(DataRejected, match=said):
        begin(workspace, engine, team, **finding)
    assert counts(engine)["facility_case"] == 0
    assert begin(workspace, engine, team)["state"] == "opened"


@pytest.mark.parametrize(("said", "finding"), FINDINGS)
def test_the_database_refuses_findings_that_open_no_case(
    workspace: Workspace,
    engine: Engine,
    team: Team,
    said: str,
    finding: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second lock, with the first taken off; control: critical findings open one."""
    del said
    monkeypatch.setattr(service, "require_findings", lambda _rows: None)
    with pytest.raises(DataRejected, match="serious or critical"):
        begin(workspace, engine, team, **finding)
    assert counts(engine)["facility_case"] == 0
    assert begin(workspace, engine, team, severity="critical")["state"] == "opened"


def test_a_case_is_about_one_facility(
    workspace: Workspace, engine: Engine, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Findings of two facilities are refused by the service, and by the database without it."""
    both = [add_finding(engine), add_finding(engine, facility=OTHER)]

    def attempt() -> None:
        open_case(workspace, team.investigator, id=str(uuid4()), findings=both, reviewer="rev", decider="dec")

    with pytest.raises(DataRejected, match="one facility"):
        attempt()
    monkeypatch.setattr(service, "require_findings", lambda _rows: None)
    with pytest.raises(DataRejected, match="of one facility"):
        attempt()
    assert counts(engine)["facility_case"] == 0


def test_no_case_stands_without_a_finding_or_a_beginning(workspace: Workspace, engine: Engine, team: Team) -> None:
    """Not even the owner of the database stores a case with nothing in it, or adds findings later."""
    insert = text("""
        INSERT INTO facility_case VALUES (:id, 'F1', 'inv', 'rev', 'dec', 'inv', now())""")
    with pytest.raises(IntegrityError, match="a case has a finding"), engine.begin() as connection:
        connection.execute(insert, {"id": str(uuid4())})
    case = begin(workspace, engine, team)
    with pytest.raises(IntegrityError, match="from its beginning"), engine.begin() as connection:
        connection.execute(
            text("INSERT INTO case_finding VALUES (:case, :finding)"),
            {"case": case["id"], "finding": add_finding(engine)},
        )


TABLES = (
    "facility_case",
    "case_finding",
    "case_event",
    "case_document",
    "case_reply",
    "case_reply_link",
    "signing_key",
)


@pytest.mark.parametrize("table", TABLES)
def test_nothing_of_a_case_is_changed_or_removed(workspace: Workspace, engine: Engine, team: Team, table: str) -> None:
    """Updates, deletions and truncations fail even for the owner of the tables."""
    from gis.services.cases.reply import make_link

    case = walk(workspace, engine, team, "noticed")
    make_link(workspace, team.investigator, case["id"])
    step(workspace, team, case, "replied")
    column = {"signing_key": "made_at", "case_finding": "finding_id", "case_reply_link": "made_at"}.get(table)
    for statement in (
        f"UPDATE {table} SET {column or 'ctid'} = {column or 'ctid'}"
        if column
        else f"UPDATE {table} SET case_id = case_id",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        wanted = statement.replace("case_id = case_id", "id = id") if table == "facility_case" else statement
        with pytest.raises(DBAPIError, match="is refused"), engine.begin() as connection:
            connection.execute(text(wanted))


def test_a_step_and_its_audit_are_one(
    workspace: Workspace, engine: Engine, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the audit cannot be written, no step, document or finding event is stored either."""
    case = begin(workspace, engine, team)
    finding, before = add_finding(engine), counts(engine)

    def fail(*_args: object, **_options: object) -> None:
        raise DataRejected("the audit is full")

    for module in ("gis.services.cases.records.audit", "gis.services.cases.steps.audit"):
        monkeypatch.setattr(f"{module}.record", fail)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: step(workspace, team, case, "noticed"),
        lambda: open_case(
            workspace, team.investigator, id=str(uuid4()), findings=[finding], reviewer="rev", decider="dec"
        ),
    )
    for attempt in attempts:
        with pytest.raises(DataRejected, match="audit is full"):
            attempt()
    assert counts(engine) == before
