"""Fixtures: the awkward district with people in it, some of whom answer for one village only."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from gis.roles import Actor
from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.store import write
from gis.store.cluster import Cluster
from gis.store.engine import make_engine
from tests.api.awkward import days, district, load
from tests.api.people import make_account, make_session, make_token
from tests.case_rows import insert_case, insert_finding
from tests.store_fixtures import TEMPLATE
from tests.sweep_rows import insert_sweep

INSIDE = {
    "area": "330302001001",
    "facility": "F1",
    "grid": "330302001001002",
    "session": "00000000-0000-4000-8000-00000000000a",
    "campaign": "C-in",
    "correction": "00000000-0000-4000-8000-000000000001",
    "case": "00000000-0000-4000-8000-0000000000ca",
    "finding": "00000000-0000-4000-8000-0000000000fa",
    "record": "00000000-0000-4000-8000-0000000000c1",
    "plan": "00000000-0000-4000-8000-0000000000d1",
    "visit": "I-in",
    "photo": "1" * 64,
    "draw": "00000000-0000-4000-8000-0000000000e1",
    "sweep": "00000000-0000-4000-8000-000000000051",
}
OUTSIDE = {
    "area": "330302002",
    "facility": "F2",
    "grid": "330302002",
    "session": "00000000-0000-4000-8000-00000000000b",
    "campaign": "C-out",
    "correction": "00000000-0000-4000-8000-000000000002",
    "case": "00000000-0000-4000-8000-0000000000cb",
    "finding": "00000000-0000-4000-8000-0000000000fb",
    "record": "00000000-0000-4000-8000-0000000000c2",
    "plan": "00000000-0000-4000-8000-0000000000d2",
    "visit": "I-out",
    "photo": "2" * 64,
    "draw": "00000000-0000-4000-8000-0000000000e2",
    "sweep": "00000000-0000-4000-8000-000000000052",
}
PEOPLE = {"leader": "L10", "inspector": "L11", "officer": "L12"}
ELSEWHERE = {"leader": "L20", "inspector": "L21", "officer": "L22"}


@dataclass(frozen=True)
class Town:
    """A database, its people by role, and their tokens."""

    url: str
    actors: dict[str, Actor]
    tokens: dict[str, str]

    def sign_in(self, role: str) -> tuple[str, str]:
        """A new session of somebody: the token of the cookie, and the secret of its forms."""
        engine = make_engine(self.url)
        session = make_session(engine, self.actors[role])
        engine.dispose()
        return session

    def workspace(self) -> Workspace:
        """A workspace of the database, to be closed."""
        return Workspace(Settings(database_url=self.url, lang="en"))


@pytest.fixture
def town(cluster: Cluster, database_url: str) -> Town:
    """The district in a database of the test's own."""
    del cluster
    return fill(database_url)


@pytest.fixture(scope="session")
def lasting_town(cluster: Cluster) -> Town:
    """The district in one database for all tests that only ask."""
    postgres = sa.create_engine(
        cluster.url_of("postgres", user="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with postgres.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE access OWNER wangge TEMPLATE {TEMPLATE}"))
    return fill(cluster.url_of("access"))


def fill(url: str) -> Town:
    """Loads the district, its people and what they did, and gives everybody an account."""
    engine = make_engine(url)
    frames = district()
    codes = [*PEOPLE.values(), *ELSEWHERE.values()]
    load(engine, frames | {"officers": _officers(frames["officers"], codes), "assignments": _duties(frames)})
    load(engine, {"outreach": _sessions(), "inspections": _visits()})
    with engine.begin() as connection:
        for place in (INSIDE, OUTSIDE):
            for statement in WORK:
                connection.execute(sa.text(statement), place)
            insert_sweep(connection, place["sweep"], place["facility"])
    actors = {"admin": make_account(engine, "admin", "admin"), "chief": make_account(engine, "chief", "leader", "L01")}
    for role, code in PEOPLE.items():
        actors[role] = make_account(engine, role, role, code)  # type: ignore[arg-type]
    _add_cases(engine)
    tokens = {name: make_token(engine, actor) for name, actor in actors.items()}
    engine.dispose()
    actors["public"] = Actor("public", "public")
    return Town(url, actors, tokens)


WORK = (
    """INSERT INTO correction (id, kind, target_code, area_code, note, proposed_by, proposed_at, geometry)
       VALUES (:correction, 'point', :facility, :area, '旁边', 'L12', '2026-05-01', ST_Point(120.006, 28.016, 4326))""",
    """INSERT INTO campaign VALUES
       (:campaign, '行动', '2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01', 'chief', '2026-01-01')""",
    "INSERT INTO campaign_target VALUES (:campaign, :area, 'sessions', 1)",
    """INSERT INTO inspection_plan (id, facility_code, checklist, planned_on, inspectors, planned_by, planned_at)
       VALUES (:plan, :facility, 'clinic', '2026-05-01', 'L10;L11', 'chief', '2026-04-01')""",
    """INSERT INTO inspection_record (id, inspection_code, corrects, facility_code, checklist, version, inspected_on,
                                      inspectors, answers, result, channel, recorded_by, recorded_at)
       VALUES (:record, :visit, '{}', :facility, 'clinic', '1', '2026-04-01', 'L10;L11', '{}', 'pass', 'web', 'chief',
               '2026-04-01')""",
    "INSERT INTO photo VALUES (:photo, 'image/jpeg', 1, 1, 1, 'x')",
    "INSERT INTO inspection_photo VALUES (:record, 'badges_worn_photo', :photo, :photo, 'a.jpg')",
    """INSERT INTO draw_commitment
       VALUES (:draw, encode(sha256('seednonce'), 'hex'), '2026-05-01', 1,
               '{"inspectors_each": 2, "record_days": 1, "weights": {}}', 'chief', '2026-05-01')""",
    "INSERT INTO draw_nonce VALUES (:draw, 'nonce')",
    "INSERT INTO draw_freeze VALUES (:draw, 'x', 1, 2, 'chief', '2026-05-01')",
    "INSERT INTO draw_reveal VALUES (:draw, 'seed', 'nonce', 'x', 'chief', '2026-05-01')",
    "INSERT INTO draw_file VALUES (:draw, 'proof', 'x', ARRAY[:facility])",
    "INSERT INTO draw_facility VALUES (:draw, :facility, 'never', '1/1', '{L10,L11}', '[]')",
)
"""A correction, a campaign, a planned visit, a draw and an inspection of one's own area, and one of the next street."""


def _add_cases(engine: Engine) -> None:
    """Of each place a case in its first state, and a minor finding in none; those elsewhere have their own accounts."""
    for role, code in ELSEWHERE.items():
        make_account(engine, f"{role} elsewhere", "leader" if role == "leader" else "inspector", code)
    far = ("inspector elsewhere", "officer elsewhere", "leader elsewhere")
    with engine.begin() as connection:
        for place, people in ((INSIDE, ("inspector", "chief", "leader")), (OUTSIDE, far)):
            insert_finding(connection, place["facility"], finding=place["finding"], severity="minor")
            found = insert_finding(connection, place["facility"])
            insert_case(connection, place["case"], place["facility"], people, found)


def add(engine: Engine, kind: str, frame: pd.DataFrame) -> None:
    """Rows that come later."""
    with engine.begin() as connection:
        number = write.start_import(
            connection, kind=kind, file=f"later-{kind}.csv", sha256="1" * 64, evidence={}, now=datetime.now(UTC)
        )
        write.upsert(connection, kind, frame, import_id=number, now=datetime.now(UTC))


def duty(officer: str, target: str, *, kind: str = "area", role: str = "deputy") -> dict[str, str]:
    """One assignment as a row, since always."""
    return {"officer_code": officer, "target_kind": kind, "target_code": target, "role": role}


def assignments(rows: list[dict[str, str]]) -> pd.DataFrame:
    """Rows as a canonical frame."""
    frame = pd.DataFrame(rows).astype("str")
    empty = days(*[None] * len(frame))
    return frame.assign(valid_from=empty, valid_to=empty)


def _officers(known: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    more = pd.DataFrame(
        {"code": codes, "name": [f"员{c}" for c in codes], "department": "卫健", "work_phone": "0000-1"}
    )
    empty = days(*[None] * len(more))
    return pd.concat([known, more.astype("str").assign(valid_from=empty, valid_to=empty)], ignore_index=True)


def _duties(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = [duty(code, INSIDE["area"]) for code in PEOPLE.values()]
    rows += [duty(code, OUTSIDE["area"]) for code in ELSEWHERE.values()]
    return pd.concat([frames["assignments"], assignments(rows)], ignore_index=True)


def _sessions() -> pd.DataFrame:
    held = days("2026-05-01", "2026-05-02")
    frame = pd.DataFrame(
        {
            "code": [INSIDE["session"], OUTSIDE["session"]],
            "area_code": [INSIDE["area"], OUTSIDE["area"]],
            "kind": "讲座",
        }
    )
    return frame.astype("str").assign(
        held_on=held, reach=pd.array([30, 40], dtype="Int64"), valid_from=held, valid_to=days(None, None)
    )


def _visits() -> pd.DataFrame:
    day = days("2026-04-01", "2026-04-02")
    frame = pd.DataFrame({"code": ["I-in", "I-out"], "facility_code": ["F1", "F2"], "checklist": "超声室"})
    frame = frame.astype("str").assign(inspected_on=day, valid_from=day, valid_to=days(None, None), result="pass")
    frame = frame.assign(inspectors=pd.Series([None, None], dtype="str"))
    counts = {name: pd.array([0, 0], dtype="Int64") for name in ("clerical", "minor", "serious", "critical")}
    return frame.assign(**counts).astype({"result": "str"})
