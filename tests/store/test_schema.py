"""What the database itself refuses, and that the migrations make exactly the schema."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from geoalchemy2 import alembic_helpers
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from gis.errors import DatabaseUnreachable
from gis.store import migrations, schema
from gis.tables import TABLES
from tests.store.frames import build_areas, build_assignments, build_frame
from tests.store.importing import bring_in, read_all

VERSIONED = sorted(table.name for table in schema.STORED.values())


def differences(engine: Engine) -> list[object]:
    """What Alembic would write into a new migration."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": alembic_helpers.include_object})
        return list(compare_metadata(context, schema.metadata))


def test_migrations_make_the_schema(engine: Engine) -> None:
    """A migrated database and the schema in the program do not differ."""
    assert differences(engine) == []


def test_control_a_difference_is_found(engine: Engine) -> None:
    """A column and an index too few are seen."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE officer DROP COLUMN department; DROP INDEX ix_area_parent"))
    assert len(differences(engine)) == 2


def test_every_canonical_column_is_stored() -> None:
    """Each canonical table has its columns, geometry and both times."""
    for kind, table in TABLES.items():
        stored = set(schema.STORED[kind].columns.keys())
        wanted = set(table.columns) - {"valid_from", "valid_to"} | {"valid", "recorded", "import_id", "change_id"}
        assert wanted <= stored


def test_upgrade_is_idempotent_and_reset_empties(engine: Engine) -> None:
    """Upgrading twice is upgrading once; a reset leaves an empty schema of the newest version."""
    bring_in(engine, "officers", build_frame("officers", {"code": "A"}))
    migrations.upgrade(engine)
    assert len(read_all(engine, "officers")) == 1
    schema.reset(engine)
    assert migrations.current(engine) == migrations.newest()
    assert read_all(engine, "officers").empty
    assert differences(engine) == []


def test_going_back_and_forth_makes_the_same_schema(engine: Engine) -> None:
    """The versions of inspections and cases can be taken back and made again."""
    with engine.begin() as connection:
        command.downgrade(migrations._config(connection), "0003")
    assert migrations.current(engine) == "0003"
    migrations.upgrade(engine)
    assert differences(engine) == []


def test_a_newer_schema_is_refused(engine: Engine) -> None:
    """A database that a newer program has migrated is not touched."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnreachable, match="9999"):
        migrations.upgrade(engine)


def test_every_versioned_table_is_guarded(engine: Engine) -> None:
    """No table of versions is without its triggers."""
    query = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = '{}' ORDER BY 1"
    with engine.connect() as connection:
        for name in ("guard", "keep"):
            assert set(VERSIONED) <= set(connection.execute(text(query.format(name))).scalars())


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM officer",
        "TRUNCATE officer",
        "UPDATE officer SET name = 'x'",
        "UPDATE officer SET valid = daterange('2020-01-01', NULL)",
        "UPDATE officer SET change_id = 1",
        "UPDATE officer SET recorded = tstzrange(NULL, '2030-01-01')",
        "UPDATE officer SET recorded = tstzrange('2020-01-01', '2030-01-01')",
        "UPDATE officer SET recorded = recorded",
        "UPDATE officer SET recorded = tstzrange(lower(recorded), lower(recorded))",
        "UPDATE officer SET recorded = tstzrange(lower(recorded), '2030-01-01'), name = 'x'",
        "DELETE FROM import_run",
    ],
)
def test_nothing_is_overwritten_or_deleted(engine: Engine, statement: str) -> None:
    """Deleting, and any update but the end of the recorded period, fails."""
    bring_in(engine, "officers", build_frame("officers", {"code": "A", "name": "甲"}))
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(statement))
    assert read_all(engine, "officers")["name"].tolist() == ["甲"]


def test_control_the_recorded_period_may_be_ended_once(engine: Engine) -> None:
    """The one update there is: an open recorded period gets its end, and never another one."""
    bring_in(engine, "officers", build_frame("officers", {"code": "A"}))
    end = text("UPDATE officer SET recorded = tstzrange(lower(recorded), '2030-01-01')")
    with engine.begin() as connection:
        connection.execute(end)
    with pytest.raises(DBAPIError, match="once"), engine.begin() as connection:
        connection.execute(end)


SECOND = "INSERT INTO {table} ({columns}, valid, recorded) SELECT {columns}, {valid}, recorded FROM {table}"


@pytest.mark.parametrize(
    ("valid", "accepted"), [("daterange('2021-01-01', NULL)", False), ("daterange(NULL, '2020-01-01')", True)]
)
def test_versions_of_an_area_do_not_overlap(engine: Engine, valid: str, accepted: bool) -> None:
    """A second current version of a code is refused where the periods meet, and accepted where they only touch."""
    bring_in(engine, "areas", build_areas({"code": "A", "valid_from": "2020-01-01"}))
    insert(engine, SECOND.format(table="area", columns="code, name, level, geometry", valid=valid), accepted)


@pytest.mark.parametrize(
    ("columns", "accepted"),
    [
        ("'O2' , target_kind, target_code, role, false", False),
        ("'O2' , target_kind, target_code, role, true", True),
        ("'O2' , target_kind, target_code, 'deputy', false", True),
        ("'O2' , target_kind, 'other', role, false", True),
        ("'O2' , 'facility', target_code, role, false", True),
    ],
)
def test_one_declared_primary(engine: Engine, columns: str, accepted: bool) -> None:
    """One declared primary on one target at any instant; carried ones and deputies may stand beside it."""
    bring_in(engine, "assignments", build_assignments(("O1", "X", None, None)))
    names = "officer_code, target_kind, target_code, role, carried"
    insert(
        engine,
        f"INSERT INTO assignment ({names}, valid, recorded) SELECT {columns}, valid, recorded FROM assignment",
        accepted,
    )


@pytest.mark.parametrize(("valid", "accepted"), [("daterange(NULL, '2020-01-01')", False), ("'[2020-01-01,)'", True)])
def test_one_version_of_a_facility_from_a_day_on(engine: Engine, valid: str, accepted: bool) -> None:
    """Two current versions of one key do not begin on the same day, open beginnings included."""
    bring_in(engine, "licences", build_frame("licences", {"facility_code": "F", "number": "N"}))
    insert(engine, SECOND.format(table="licence", columns="facility_code, number", valid=valid), accepted)


def test_a_period_has_a_day(engine: Engine) -> None:
    """An empty period is no period."""
    insert(
        engine, "INSERT INTO officer (code, name, valid, recorded) VALUES ('A', 'A', 'empty', '(,)')", accepted=False
    )


def test_only_simple_geometry_indexes(engine: Engine) -> None:
    """Areas and facilities have an index on their geometry."""
    for table in ("area", "facility"):
        assert f"idx_{table}_geometry" in {index["name"] for index in inspect(engine).get_indexes(table)}


def insert(engine: Engine, statement: str, accepted: bool) -> None:
    """Runs the statement and checks whether it is accepted."""
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
    except DBAPIError:
        assert not accepted
    else:
        assert accepted
