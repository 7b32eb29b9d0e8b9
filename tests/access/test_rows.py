"""The second lock: what row-level security lets the application's role see and add, whatever a service asks."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.errors import DatabaseUnreachable
from gis.roles import Actor
from gis.store import grants
from gis.store.engine import make_app_engine, work_for
from tests.access.conftest import INSIDE, OUTSIDE, Town, add, assignments, duty
from tests.api.people import disable, make_account

DAY = date(2026, 11, 1)
TABLES = (
    *("area", "officer", "assignment", "facility", "licence", "equipment", "operator", "outreach", "inspection"),
    *("population", "area_births", "travel_time"),
)
UNSECURED = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
      AND has_any_column_privilege('wangge_app', c.oid, 'SELECT, INSERT, UPDATE') AND c.relname <> 'spatial_ref_sys'"""
OPEN_VIEWS = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'v' AND has_table_privilege('wangge_app', c.oid, 'SELECT')
      AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)
      AND c.relname NOT IN ('geometry_columns', 'geography_columns')"""


@pytest.fixture
def app(town: Town) -> Iterator[Engine]:
    """The application's pool, of one connection, so that every transaction meets what the last one left."""
    engine = sa.create_engine(
        town.url, pool_size=1, max_overflow=0, connect_args={"options": f"-c role={grants.ROLE} -c timezone=UTC"}
    )
    yield engine
    engine.dispose()


def seen(app: Engine, actor: Actor, table: str, column: str = "code") -> set[Any]:
    """The values of a column that a transaction for this actor sees in a whole table."""
    with app.begin() as connection:
        work_for(connection, account=actor.account, day=DAY)
        return set(connection.execute(text(f"SELECT {column} FROM {table}")).scalars())


def refused(app: Engine, actor: Actor, statement: str) -> bool:
    """Whether the database refuses a statement to this actor."""
    with app.connect() as connection, connection.begin():
        work_for(connection, account=actor.account, day=DAY)
        try:
            connection.execute(text(statement))
        except DBAPIError as error:
            return "policy" in str(error.orig) or "permission denied" in str(error.orig)
    return False


def test_the_application_owns_nothing_and_is_bound(town: Town, app: Engine) -> None:
    """Its role is no superuser, bypasses no policy, owns no table, cannot create one, and reads no account."""
    with app.connect() as connection:
        role = connection.execute(
            text("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        ).one()
        owned = connection.execute(
            text("SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname=current_user)")
        ).scalar_one()
    assert tuple(role) == (False, False, False)
    assert owned == 0
    chief = town.actors["chief"]
    for table in ("account", "session", "token", "audit", "audit_head"):
        assert refused(app, chief, f"SELECT * FROM {table}")
    assert refused(app, chief, "CREATE TABLE public.mine (x int)")
    assert refused(app, chief, "UPDATE area SET name = 'x'")


def test_an_owner_is_refused_as_the_application(town: Town) -> None:
    """A pool for the application does not open for a role that no policy binds."""
    with pytest.raises(DatabaseUnreachable, match="wangge"):
        make_app_engine(town.url)
    make_app_engine(town.url, role=grants.ROLE).dispose()


def test_every_table_that_the_application_reaches_has_policies(town: Town) -> None:
    """No table is granted without row-level security, and every view asks as its reader; control: one that does not."""
    engine = sa.create_engine(town.url)
    with engine.begin() as connection:
        assert not connection.execute(text(UNSECURED)).scalars().all()
        assert not connection.execute(text(OPEN_VIEWS)).scalars().all()
        connection.execute(text("CREATE TABLE bare (x int); GRANT SELECT ON bare TO wangge_app"))
        connection.execute(text("CREATE VIEW peek AS SELECT * FROM area; GRANT SELECT ON peek TO wangge_app"))
        assert connection.execute(text(UNSECURED)).scalars().all() == ["bare"]
        assert connection.execute(text(OPEN_VIEWS)).scalars().all() == ["peek"]
    engine.dispose()


def test_without_a_name_nothing_is_seen(app: Engine) -> None:
    """A transaction that does not say whom it works for sees no row of any table."""
    with app.begin() as connection:
        for table in TABLES:
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


def test_a_role_is_never_taken_from_the_application(town: Town, app: Engine) -> None:
    """Without an account only the public may be claimed; an account brings its own role."""
    with app.begin() as connection:
        connection.execute(text("SELECT set_config('wangge.role', 'leader', true)"))
        assert connection.execute(text("SELECT count(*) FROM area")).scalar_one() == 0
    with app.begin() as connection:
        work_for(connection, account=town.actors["officer"].account, day=DAY)
        connection.execute(text("SELECT set_config('wangge.role', 'public', true)"))
        assert connection.execute(text("SELECT wangge_role()")).scalar_one() == "officer"


@pytest.mark.parametrize("role", ["leader", "inspector", "officer"])
def test_an_account_sees_its_subtree(town: Town, app: Engine, role: str) -> None:
    """Areas inside and above, premises and events inside; nothing of the neighbours."""
    actor = town.actors[role]
    inside = {"330302001001", "330302001001001", "330302001001002", "330302001001003"}
    assert seen(app, actor, "area") in (
        inside | {"330302001", "330302"},
        inside - {"330302001001001"} | {"330302001", "330302"},
    )
    assert seen(app, actor, "facility") == {"F1"}
    assert seen(app, actor, "licence", "facility_code") == {"F1"}
    assert seen(app, actor, "outreach") == {INSIDE["session"]}
    assert seen(app, actor, "inspection") == {"I-in"}
    assert seen(app, actor, "assignment", "target_code") <= inside | {"330302001", "330302"}
    assert "L20" not in seen(app, actor, "officer")


def test_who_answers_for_the_top_sees_everything(town: Town, app: Engine) -> None:
    """The leader of the district sees every area and premises, also those on no area's ground."""
    assert seen(app, town.actors["chief"], "facility") == {"F1", "F2", "F9"}
    assert len(seen(app, town.actors["chief"], "area")) == 9


def test_admin_and_public_see_no_more_than_they_need(town: Town, app: Engine) -> None:
    """An admin sees areas and officers but no premises; the public sees places, but nothing of what is inside."""
    admin, public = town.actors["admin"], town.actors["public"]
    assert len(seen(app, admin, "area")) == len(seen(app, public, "area")) == 9
    for table in ("facility", "licence", "equipment", "operator", "outreach", "inspection"):
        assert not seen(app, admin, table, "id")
    assert seen(app, public, "facility") == {"F1", "F2", "F9"}
    for table in ("licence", "equipment", "operator", "outreach", "inspection", "import_run"):
        assert not seen(app, public, table, "id")


def test_a_connection_keeps_nothing_of_the_transaction_before(town: Town, app: Engine) -> None:
    """After a commit and after an error a connection sees nothing; control: a setting of the session stays."""
    assert seen(app, town.actors["chief"], "facility")
    with app.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM facility")).scalar_one() == 0
    assert refused(app, town.actors["chief"], "SELECT * FROM account")
    with app.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM facility")).scalar_one() == 0
    assert seen(app, town.actors["officer"], "facility") == {"F1"}
    with app.begin() as connection:
        connection.execute(
            text("SELECT set_config('wangge.account', :a, false)"), {"a": str(town.actors["chief"].account)}
        )
    with app.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM facility")).scalar_one() == 3


def test_what_ends_today_is_gone_at_the_next_transaction(town: Town, app: Engine) -> None:
    """A disabled account sees nothing; so does one whose officer's assignment has ended."""
    owner = sa.create_engine(town.url)
    ended = assignments([duty("L12", INSIDE["area"])]).assign(valid_to=lambda f: f["valid_to"].fillna("2026-06-01"))
    add(owner, "assignments", ended)
    assert not seen(app, town.actors["officer"], "facility")
    assert seen(app, town.actors["inspector"], "facility")
    disable(owner, town.actors["inspector"])
    assert not seen(app, town.actors["inspector"], "area")
    owner.dispose()


def test_a_facility_may_be_assigned_alone(town: Town, app: Engine) -> None:
    """Whoever answers for one facility sees it and what belongs to it, but not the area around it."""
    owner = sa.create_engine(town.url)
    add(owner, "assignments", assignments([duty("L02", "F2", kind="facility", role="primary")]))
    keeper = make_account(owner, "keeper", "inspector", "L02")
    assert "F2" in seen(app, keeper, "facility")
    assert OUTSIDE["area"] not in seen(app, keeper, "area")
    owner.dispose()


ADD_SESSION = """INSERT INTO outreach (valid, recorded, code, area_code, held_on, kind, reach)
    VALUES ('[2026-01-01,)', '[2026-01-01,)', '{code}', '{area}', '2026-01-01', 'x', 1)"""


@pytest.mark.parametrize(
    ("role", "area", "allowed"),
    [
        ("officer", INSIDE["area"], True),
        ("leader", INSIDE["grid"], True),
        ("officer", OUTSIDE["area"], False),
        ("officer", "330302001", False),
        ("inspector", INSIDE["area"], False),
        ("admin", INSIDE["area"], False),
        ("public", INSIDE["area"], False),
    ],
)
def test_sessions_are_added_only_where_one_answers(
    town: Town, app: Engine, role: str, area: str, allowed: bool
) -> None:
    """A grid officer and a leader record outreach in their own areas; nobody does elsewhere."""
    assert refused(app, town.actors[role], ADD_SESSION.format(code="S-new", area=area)) is not allowed


def test_an_officer_changes_no_area(town: Town, app: Engine) -> None:
    """Only a leader adds versions of areas, and only inside the own ones."""
    version = """INSERT INTO area (valid, recorded, code, name, level, parent_code, geometry)
        SELECT '[2030-01-01,)', recorded, '{code}', name, level, '{parent}', geometry FROM area WHERE code = '{of}'"""
    own = version.format(code="330302001001009", parent=INSIDE["area"], of=INSIDE["area"])
    elsewhere = version.format(code="330302002009", parent=OUTSIDE["area"], of=INSIDE["area"])
    assert not refused(app, town.actors["leader"], own)
    assert refused(app, town.actors["leader"], elsewhere)
    assert refused(app, town.actors["officer"], own)
