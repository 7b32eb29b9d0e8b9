"""Pages that are kept packed between requests: given to those who may see the same, to nobody else, and no longer."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.access.conftest import INSIDE, OUTSIDE, Town, add, assignments, duty
from tests.api.awkward import application, serve
from tests.api.people import bearer, disable

MAP = "/maps/responsibility?on=2026-11-01"


@pytest.fixture
def client(town: Town) -> Iterator[TestClient]:
    """A client of an application on the town, without an account of its own."""
    yield from serve(application(town.url))


def test_who_has_the_page_is_not_sent_it_again(town: Town, client: TestClient) -> None:
    """The mark of the page brings 304 to who may see it, and the whole other page to somebody else."""
    chief, officer = bearer(town.tokens["chief"]), bearer(town.tokens["officer"])
    first = client.get(MAP, headers=chief)
    held = {"If-None-Match": first.headers["etag"]}
    assert client.get(MAP, headers=chief | held).status_code == 304
    other = client.get(MAP, headers=officer | held)
    assert other.status_code == 200
    assert OUTSIDE["area"] not in other.text
    assert client.get(MAP + "&lang=zh", headers=chief | held).status_code == 200


def test_packed_and_plain_are_the_same_page(town: Town, client: TestClient) -> None:
    """A browser that takes no gzip gets the same text; caches are told that it depends on both."""
    chief = bearer(town.tokens["chief"])
    packed = client.get(MAP, headers=chief | {"Accept-Encoding": "gzip"})
    plain = client.get(MAP, headers=chief | {"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert {"Cookie", "Accept-Encoding"} <= {part.strip() for part in plain.headers["vary"].split(",")}
    assert packed.headers["content-security-policy"] == plain.headers["content-security-policy"]


def test_a_kept_page_is_gone_with_the_right_to_see_it(town: Town, client: TestClient) -> None:
    """After an assignment ended the map of before is not given out again; a disabled account is refused."""
    officer, owner = bearer(town.tokens["officer"]), sa.create_engine(town.url)
    assert INSIDE["area"] in client.get(MAP, headers=officer).text
    ended = assignments([duty("L12", INSIDE["area"])]).assign(valid_to=lambda f: f["valid_to"].fillna("2026-06-01"))
    add(owner, "assignments", ended)
    assert INSIDE["area"] not in client.get(MAP, headers=officer).text
    disable(owner, town.actors["officer"])
    assert client.get(MAP, headers=officer).status_code == 401
    owner.dispose()


def test_an_assignment_taken_away_behind_our_back_counts_at_once(town: Town, client: TestClient) -> None:
    """What is kept hangs on the assignments themselves, not only on the mark of what was recorded."""
    officer, owner = bearer(town.tokens["officer"]), sa.create_engine(town.url)
    assert INSIDE["area"] in client.get(MAP, headers=officer).text
    with owner.begin() as connection:
        connection.execute(
            sa.text("UPDATE assignment SET recorded = tstzrange(lower(recorded), now()) WHERE officer_code = 'L12'")
        )
    assert INSIDE["area"] not in client.get(MAP, headers=officer).text
    owner.dispose()


def test_the_map_of_one_area_keeps_to_it(town: Town, client: TestClient) -> None:
    """With `area` only that one and what is inside; 404 for what is not the actor's."""
    chief, officer = bearer(town.tokens["chief"]), bearer(town.tokens["officer"])
    assert OUTSIDE["area"] in client.get(MAP, headers=chief).text
    part = client.get(MAP + "&area=" + INSIDE["area"], headers=chief).text
    assert INSIDE["grid"] in part
    assert OUTSIDE["area"] not in part
    assert client.get(MAP + "&area=" + INSIDE["area"], headers=officer).status_code == 200
    assert client.get(MAP + "&area=" + OUTSIDE["area"], headers=officer).status_code == 404
