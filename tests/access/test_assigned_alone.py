"""A facility assigned one by one outside of the own areas: it lies in an area, though the actor does not see it."""

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa

from gis.roles import Actor
from gis.services.areas.maps import responsibility_data
from gis.services.areas.responsibility import find_gaps
from tests.access.conftest import INSIDE, Town, add, assignments, duty
from tests.api.people import make_account

DAY = date(2026, 11, 1)


@pytest.fixture
def keeper(town: Town) -> Iterator[Actor]:
    """Answers for one village, for a facility of the next street, and for one that lies in no area at all."""
    owner = sa.create_engine(town.url)
    alone = [duty("L02", code, kind="facility", role="primary") for code in ("F2", "F9")]
    add(owner, "assignments", assignments([duty("L02", INSIDE["area"]), *alone]))
    yield make_account(owner, "keeper", "inspector", "L02")
    owner.dispose()


def test_it_is_no_orphan_among_the_gaps(town: Town, keeper: Actor) -> None:
    """What lies in an area of somebody else is in an area; what lies in none is an orphan."""
    workspace = town.workspace()
    assert find_gaps(workspace, keeper, on=DAY).to_json()["orphans"] == ["F9"]
    workspace.close()


def test_it_is_no_orphan_on_the_map(town: Town, keeper: Actor) -> None:
    """The map says the same, and names no area that the actor does not see."""
    workspace = town.workspace()
    data = responsibility_data(workspace, keeper, on=DAY)
    shown = data.facilities.set_index("code")
    assert shown["orphan"].to_dict() == {"F1": False, "F2": False, "F9": True}
    assert set(shown["area_code"].dropna()) <= set(data.areas["code"])
    workspace.close()
