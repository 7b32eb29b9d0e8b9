"""Findings and people for tests of cases: put into the store by its owner, on the awkward district."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Engine, text

from gis.roles import Actor
from gis.services.cases.records import open_case
from gis.services.cases.steps import take_step
from gis.services.workspace import Workspace
from tests.access.conftest import assignments, duty
from tests.api.people import make_account
from tests.case_rows import insert_finding
from tests.store.frames import build_frame
from tests.store.importing import bring_in

FACILITY = "F1"
"""In the village 330302001001 of the awkward district."""
OTHER = "F2"


@dataclass(frozen=True)
class Team:
    """Three people of different officers who all see the whole district."""

    investigator: Actor
    reviewer: Actor
    decider: Actor


def make_team(engine: Engine) -> Team:
    """An inspector, an inspector and a leader, each of an officer of their own."""
    codes = ("K1", "K2", "K3")
    bring_in(engine, "officers", build_frame("officers", *({"code": c, "name": f"员{c}"} for c in codes)))
    bring_in(engine, "assignments", assignments([duty(code, "330302") for code in codes]))
    return Team(
        make_account(engine, "inv", "inspector", "K1"),
        make_account(engine, "rev", "inspector", "K2"),
        make_account(engine, "dec", "leader", "K3"),
    )


def add_finding(
    engine: Engine, *, severity: str = "serious", facility: str = FACILITY, state: str | None = None, note: str = "机房"
) -> str:
    """A finding of an inspection of its own, in a state; its number."""
    with engine.begin() as connection:
        finding = insert_finding(connection, facility, severity=severity, note=note)
        if state:
            connection.execute(
                text("INSERT INTO finding_event VALUES (:finding, 1, :state, NULL, NULL, NULL, 'x', now())"),
                {"finding": finding, "state": state},
            )
    return finding


TEXTS: Mapping[str, Mapping[str, str]] = {
    "noticed": {"note": "设备未登记", "basis": "《条例》第二十条", "proposed": "警告"},
    "replied": {"note": "已经登记"},
    "reviewed": {"note": "程序合法"},
    "decided": {"outcome": "sanction", "note": "事实清楚", "basis": "《条例》第二十条", "measure": "警告"},
    "served": {"method": "person"},
    "appealed": {"forum": "review"},
    "appeal-decided": {"result": "upheld"},
    "closed": {"note": "已改正"},
    "dropped": {"note": "撤销"},
}
"""State -> texts that the step into it takes."""
WAY: Final = ("noticed", "replied", "reviewed", "decided", "served", "appealed", "appeal-decided", "closed")
KEEPER: Final = {"reviewed": "reviewer", "decided": "decider", "closed": "decider", "dropped": "decider"}
"""State -> who makes the step into it, where it is not the investigator."""


def begin(workspace: Workspace, engine: Engine, team: Team, **finding: Any) -> dict[str, Any]:
    """A case from one new finding."""
    found = add_finding(engine, **finding)
    return open_case(
        workspace, team.investigator, id=str(uuid4()), findings=[found], reviewer="rev", decider="dec", note="双随机"
    )


def step(workspace: Workspace, team: Team, case: Mapping[str, Any], to: str, **changed: str) -> dict[str, Any]:
    """Makes a step as the one whose it is."""
    actor: Actor = getattr(team, KEEPER.get(to, "investigator"))
    return take_step(workspace, actor, case["id"], to, number=case["number"], fields={**TEXTS[to], **changed})


def walk(workspace: Workspace, engine: Engine, team: Team, to: str) -> dict[str, Any]:
    """A case that has come to a state by way of a reply on paper and an appeal."""
    case = begin(workspace, engine, team)
    for state in WAY[: WAY.index(to) + 1] if to in WAY else ():
        case = step(workspace, team, case, state)
    return case


def counts(engine: Engine) -> dict[str, int]:
    """Rows of all tables of cases, and of the audit."""
    tables = ("facility_case", "case_finding", "case_event", "case_document", "case_reply", "finding_event", "audit")
    with engine.connect() as connection:
        return {t: connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in tables}
