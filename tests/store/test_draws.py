"""Draws in the store: the order of commitment, list and seed, who sees what of them, and nothing rewritten."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.analysis.draw.verify import verify
from gis.errors import DataRejected, NotAllowed, NotFound, SignInNeeded
from gis.intake.inspectors import NamedInspector
from gis.roles import PUBLIC, SYSTEM, Actor
from gis.services.selection import draws as service
from gis.services.selection import draws_view as view
from gis.services.workspace import Workspace
from tests.access.conftest import _visits
from tests.api.awkward import load
from tests.api.people import make_account

ON = date(2026, 5, 1)
WISH = service.Wish(ON, 1)


def people(*codes: str, interests: tuple[str, ...] = ()) -> list[NamedInspector]:
    """Inspectors, the first of whom declares interests."""
    return [NamedInspector(i, code, () if i else interests, (), None) for i, code in enumerate(codes)]


STAFF = people("L01", "L02", "L03")


@pytest.fixture
def chief(engine: Engine, workspace: Workspace) -> Actor:
    """A leader of the whole district, in which two of three facilities were inspected."""
    del workspace
    load(engine, {"inspections": _visits()})
    return make_account(engine, "chief", "leader", "L01")


@pytest.fixture
def village(engine: Engine, chief: Actor) -> Actor:
    """An inspector of the village of F1."""
    del chief
    return make_account(engine, "village", "inspector", "L02")


def draw(workspace: Workspace, actor: Actor, wish: service.Wish = WISH, **given: Any) -> dict[str, Any]:
    """A draw at once."""
    fine: dict[str, Any] = {"seed": "五月", "inspectors": STAFF, "id": str(uuid4())}
    return service.draw_at_once(workspace, actor, wish, **(fine | given))


def count_of(engine: Engine, table: str) -> int:
    """Rows of a table."""
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def actions(engine: Engine) -> list[str]:
    """What the audit knows of draws."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT action FROM audit WHERE action LIKE 'draws.%' ORDER BY number"))
        return list(found.scalars())


def test_a_draw_is_stored_with_its_three_moments(workspace: Workspace, engine: Engine, chief: Actor) -> None:
    """Commitment, list and seed follow each other, each in the audit, and the proof holds."""
    made = draw(workspace, chief)
    assert made["committed_at"] < made["frozen_at"] < made["revealed_at"]
    assert (made["state"], made["candidates"], made["inspectors"], len(made["facilities"])) == ("drawn", 3, 3, 1)
    found = verify(view.read_proof(workspace, chief, made["id"]))
    assert (found.list_sha256, found.commitment, found.seal) == (made["list_sha256"], made["commitment"], made["seal"])
    assert actions(engine) == ["draws.commit", "draws.freeze", "draws.draw", "draws.proof"]


def test_strata_come_from_the_record_of_the_day(workspace: Workspace, chief: Actor) -> None:
    """What was inspected up to the day counts, what came later does not."""
    for on, strata in ((date(2026, 5, 1), ["clean", "clean", "never"]), (date(2026, 3, 31), ["never"] * 3)):
        made = draw(workspace, chief, service.Wish(on, 3))
        assert [line["stratum"] for line in made["facilities"]] == strata


def test_the_same_seed_and_list_give_the_same_draw(workspace: Workspace, chief: Actor) -> None:
    """Nonce and moments have no part in it."""
    first, again = (draw(workspace, chief, inspectors=order) for order in (STAFF, STAFF[::-1]))
    assert first["facilities"] == again["facilities"]
    assert first["list_sha256"] == again["list_sha256"]
    assert first["commitment"] != again["commitment"]


def test_a_seed_is_committed_first_and_the_list_frozen_later(
    workspace: Workspace, engine: Engine, chief: Actor
) -> None:
    """Between the two steps only the hash is known; the second step with the committed seed draws, once."""
    made = service.commit_draw(workspace, chief, WISH, seed="五月", id=str(uuid4()))
    assert (made["state"], made["seed"], made["nonce"], made["list_sha256"]) == ("committed", None, None, None)
    with pytest.raises(DataRejected, match="not the seed"):
        service.run_draw(workspace, chief, made["id"], seed="六月", inspectors=STAFF)
    assert count_of(engine, "draw_freeze") == 0
    done = service.run_draw(workspace, chief, made["id"], seed="五月", inspectors=STAFF)
    assert done["state"] == "drawn"
    assert service.run_draw(workspace, chief, made["id"], seed="五月", inspectors=people("A", "B")) == done
    assert service.commit_draw(workspace, chief, WISH, seed="五月", id=made["id"]) == done
    assert (count_of(engine, "draw_reveal"), count_of(engine, "draw_commitment")) == (1, 1)


def test_a_number_is_taken_once(workspace: Workspace, chief: Actor) -> None:
    """Another seed or other terms under the same number are refused."""
    number = draw(workspace, chief)["id"]
    for changed in ({"seed": "六月"}, {"wish": service.Wish(ON, 3)}):
        with pytest.raises(DataRejected):
            draw(workspace, chief, **({"id": number} | changed))


def test_a_list_frozen_is_the_list_drawn_from(workspace: Workspace, engine: Engine, chief: Actor) -> None:
    """Inspectors named later, and records that come later, change nothing of a list whose hash is out."""
    made = service.commit_draw(workspace, chief, WISH, seed="五月", id=str(uuid4()))
    with workspace.transaction(chief) as connection:
        service._freeze(connection, chief, view.find(connection, made["id"]), STAFF)
    frozen = view.read_draw(workspace, chief, made["id"])
    assert frozen["state"] == "frozen"
    done = service.run_draw(workspace, chief, made["id"], seed="五月", inspectors=people("X", "Y"))
    assert done["list_sha256"] == frozen["list_sha256"]
    assert not {p["code"] for line in done["facilities"] for p in line["inspectors"]} & {"X", "Y"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"wish": service.Wish(ON, 4)}, "the list has only 3 facilities"),
        ({"wish": service.Wish(ON, 0)}, "one facility at least"),
        ({"wish": service.Wish(ON, 10**9)}, "at most"),
        ({"seed": " "}, "seed is missing"),
        ({"inspectors": []}, "but 0 are named"),
        ({"inspectors": people("L01")}, "but 1 are named"),
        ({"inspectors": people("L01", "L02", interests=("F77",))}, "no facility F77"),
        ({"inspectors": people("L01", "L01", "L02")}, "L01 stands twice"),
    ],
)
def test_what_cannot_be_drawn_leaves_nothing(
    workspace: Workspace, engine: Engine, chief: Actor, given: dict[str, Any], named: str
) -> None:
    """One clear message, and neither a commitment nor an audit row is left."""
    with pytest.raises(DataRejected, match=named):
        draw(workspace, chief, **given)
    assert (count_of(engine, "draw_commitment"), actions(engine)) == (0, [])


def test_who_sees_what(workspace: Workspace, engine: Engine, chief: Actor, village: Actor) -> None:
    """The public sees hashes, an inspector the facilities of the own area, the proof whoever answers for all of it."""
    made = draw(workspace, chief, service.Wish(ON, 3))
    seen = view.read_draw(workspace, village, made["id"])
    assert [line["facility"]["code"] for line in seen["facilities"]] == ["F1"]
    assert (seen["proof"], view.read_draw(workspace, chief, made["id"])["proof"]) == (False, True)
    with pytest.raises(NotFound):
        view.read_proof(workspace, village, made["id"])
    public, total = view.list_published(workspace)
    assert total == 1
    assert set(public[0]) == set(view.PUBLISHED)
    assert not {"seed", "nonce", "facilities", "committed_by"} & set(public[0])
    for ask in (view.list_draws, lambda w, a: view.read_draw(w, a, made["id"])):
        with pytest.raises(SignInNeeded):
            ask(workspace, PUBLIC)
        with pytest.raises(NotAllowed):
            ask(workspace, Actor("officer", "x"))
    with pytest.raises(NotAllowed):
        service.commit_draw(workspace, village, WISH, seed="x", id=str(uuid4()))


def test_a_leader_of_a_village_draws_there(workspace: Workspace, engine: Engine, village: Actor) -> None:
    """Candidates are the facilities that the leader answers for; the inspector of that village sees the proof."""
    local = make_account(engine, "local", "leader", "L02")
    made = draw(workspace, local)
    assert (made["candidates"], made["facilities"][0]["facility"]["code"]) == (1, "F1")
    assert view.read_draw(workspace, village, made["id"])["proof"]
    assert verify(view.read_proof(workspace, village, made["id"])).candidates == 1


def test_another_leader_cannot_draw_with_a_seed(workspace: Workspace, engine: Engine, chief: Actor) -> None:
    """Who did not commit the seed does not learn what hides it, even with the right guess."""
    made = service.commit_draw(workspace, chief, WISH, seed="五月", id=str(uuid4()))
    other = make_account(engine, "other", "leader", "L01")
    with pytest.raises(NotAllowed):
        service.run_draw(workspace, other, made["id"], seed="五月", inspectors=STAFF)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("village", "SELECT count(*) FROM draw_file"),
        ("public", "SELECT count(*) FROM draw_file"),
        ("public", "SELECT count(*) FROM draw_facility"),
        ("village", "SELECT count(*) FROM draw_facility WHERE facility_code <> 'F1'"),
        ("other", "SELECT count(wangge_draw_nonce(id)) FROM draw_commitment"),
        ("public", "SELECT count(wangge_draw_nonce(id)) FROM draw_commitment"),
    ],
)
def test_the_database_keeps_rows_back_by_itself(
    workspace: Workspace, engine: Engine, chief: Actor, village: Actor, role: str, statement: str
) -> None:
    """The second lock, asked without a service; control: the chief sees them."""
    draw(workspace, chief, service.Wish(ON, 3))
    other = make_account(engine, "other", "leader", "L02")
    actor = {"village": village, "public": PUBLIC, "other": other}[role]
    for who, expected in ((actor, False), (chief, True)):
        with workspace.transaction(who) as connection:
            assert bool(connection.execute(text(statement)).scalar_one()) is expected


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM draw_reveal",
        "TRUNCATE draw_commitment CASCADE",
        "UPDATE draw_freeze SET list_sha256 = 'x'",
        "UPDATE draw_commitment SET sha256 = 'x'",
        "UPDATE draw_facility SET inspectors = '{L09}'",
        "UPDATE draw_file SET content = 'x'",
        """INSERT INTO draw_reveal SELECT f.draw_id, 'other', repeat('0', 64), 'x', 'chief', now() FROM draw_freeze f
           WHERE NOT EXISTS (SELECT FROM draw_reveal WHERE draw_id = f.draw_id)""",
    ],
)
def test_nothing_is_rewritten(workspace: Workspace, engine: Engine, chief: Actor, statement: str) -> None:
    """Neither the owner's own hand nor another seed gets past the triggers."""
    draw(workspace, chief)
    made = service.commit_draw(workspace, chief, WISH, seed="五月", id=str(uuid4()))
    with workspace.transaction(chief) as connection:
        service._freeze(connection, chief, view.find(connection, made["id"]), STAFF)
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(statement))


def test_the_machine_draws_over_everything(workspace: Workspace, chief: Actor) -> None:
    """The command line has every facility in force as a candidate, the one outside of all areas too."""
    del chief
    made = draw(workspace, SYSTEM, service.Wish(ON, 3))
    assert [line["facility"]["code"] for line in made["facilities"]] == ["F1", "F2", "F9"]
    assert (made["proof"], made["candidates"]) == (True, 3)


def test_no_draw_of_that_number(workspace: Workspace, chief: Actor) -> None:
    """A number that there is not, and a text that is none."""
    calls: list[Callable[[str], object]] = [
        lambda number: view.read_draw(workspace, chief, number),
        lambda number: view.read_proof(workspace, chief, number),
        lambda number: service.run_draw(workspace, chief, number, seed="x", inspectors=STAFF),
    ]
    for call in calls:
        for number in ("nothing", str(uuid4())):
            with pytest.raises(NotFound):
                call(number)
