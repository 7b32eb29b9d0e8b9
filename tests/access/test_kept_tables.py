"""Tables kept between requests: the same as the database gives, for each role, and new as soon as the register is."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pandas as pd
import pytest
import sqlalchemy as sa

from gis.rows import records
from gis.services import outreach
from gis.services.areas.neighbours import read_neighbours
from gis.services.areas.responsibility import who
from gis.services.register import own_table, read_duties, with_above
from gis.services.scope import standing
from gis.services.workspace import Workspace
from tests.access.conftest import INSIDE, PEOPLE, Town, add, assignments, duty

TABLES = ("areas", "officers", "assignments", "facilities", "licences", "equipment", "operators")
BOUND = [*PEOPLE, "chief"]
DAYS = [None, date(2026, 11, 1), date(2019, 1, 1), date(2031, 1, 1)]


@pytest.fixture
def workspace(town: Town) -> Iterator[Workspace]:
    """The application's view of the town."""
    found = town.workspace()
    yield found
    found.close()


def now() -> datetime:
    """A moment after all that was recorded: asked of the database, never of what is kept."""
    return datetime.now(UTC) + timedelta(hours=1)


@pytest.mark.parametrize("name", BOUND)
def test_kept_tables_are_what_the_database_gives(town: Town, workspace: Workspace, name: str) -> None:
    """Whole tables of each role, as they are known now."""
    actor = town.actors[name]
    for table in TABLES:
        kept, asked = (own_table(workspace, actor, table, known=known) for known in (None, now()))
        assert kept is own_table(workspace, actor, table)
        assert records(pd.DataFrame(kept)) == records(pd.DataFrame(asked)), table


@pytest.mark.parametrize("name", BOUND)
@pytest.mark.parametrize("on", DAYS)
def test_a_day_cut_out_of_them_is_that_day(town: Town, workspace: Workspace, name: str, on: date | None) -> None:
    """The rows of one day are those that the database finds for it, in the same order, from RangeIndex."""
    kept, asked = (read_duties(workspace, town.actors[name], on=on, known=known) for known in (None, now()))
    for part in ("areas", "assignments", "facilities", "officers"):
        ours, theirs = getattr(kept, part), getattr(asked, part)
        assert records(ours) == records(theirs), part
        assert isinstance(ours.index, pd.RangeIndex)
    assert kept.areas.geometry.to_wkb().tolist() == asked.areas.geometry.to_wkb().tolist()


@pytest.mark.parametrize("name", BOUND)
@pytest.mark.parametrize("target", [INSIDE["area"], INSIDE["grid"], INSIDE["facility"]])
def test_who_answers_is_the_same_either_way(town: Town, workspace: Workspace, name: str, target: str) -> None:
    """The chain of an area or facility, with those above the own areas, kept and asked of the database."""
    actor, on = town.actors[name], date(2026, 11, 1)
    kept, asked = who(workspace, actor, target, on=on), who(workspace, actor, target, on=on, known=now())
    assert kept["chain"] == asked["chain"]
    assert kept["chain"], "the control: somebody answers"


def test_above_are_those_above_and_nobody_beside(town: Town, workspace: Workspace) -> None:
    """The officer of a village sees who answers for its street and district, and not for the street beside."""
    seen = with_above(workspace, town.actors["officer"])
    assert {"330302", "330302001"} <= set(seen.areas["code"])
    assert not seen.areas["code"].str.startswith("330302002").any()
    assert not seen.assignments["target_code"].str.startswith("330302002").any()


def test_a_session_recorded_leaves_the_register_kept(town: Town, workspace: Workspace) -> None:
    """Outreach changes the mark of everything, and not that of the register; an import changes both."""
    actor, owner = town.actors["officer"], sa.create_engine(town.url)
    before, table = standing(workspace, actor), own_table(workspace, actor, "areas")
    outreach.record_session(
        workspace, actor, code=str(uuid4()), area=INSIDE["area"], held_on=date(2026, 5, 3), kind="讲座", reach=3
    )
    after = standing(workspace, actor)
    assert after.mark != before.mark
    assert after.register_mark == before.register_mark
    assert own_table(workspace, actor, "areas") is table
    add(owner, "assignments", assignments([duty("L22", INSIDE["grid"])]))
    later = standing(workspace, actor)
    assert later.mark != after.mark
    assert later.register_mark != after.register_mark
    assert "L22" in set(own_table(workspace, actor, "assignments")["officer_code"])
    owner.dispose()


def test_neighbours_of_one_are_those_of_all_its_siblings(town: Town, workspace: Workspace) -> None:
    """Asked once for all areas under one parent: who lies beside whom is mutual, and nobody lies beside itself."""
    actor, on = town.actors["chief"], date(2026, 11, 1)
    areas = read_duties(workspace, actor, on=on, known=None).areas
    found = read_neighbours(workspace, actor, areas, level="street", parent="330302", on=on)
    assert set(found) == set(areas.loc[areas["parent_code"] == "330302", "code"])
    beside = {code: {row["code"] for row in near.rows} for code, near in found.items()}
    assert any(beside.values()), "the control: streets of this district meet"
    for code, near in beside.items():
        assert code not in near
        assert all(code in beside[other] for other in near)
        assert found[code].frame["code"].tolist() == [row["code"] for row in found[code].rows]
