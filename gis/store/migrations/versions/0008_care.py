"""Residents of map cells, registered births of areas, travel times."""

from alembic import op

from gis.store.migrations import steps

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("population", "area_births", "travel_time")


def upgrade() -> None:
    steps.run_file("care_0008.sql")
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION wangge_guard_version()"
        )
        op.execute(
            f"CREATE TRIGGER keep BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION wangge_refuse()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION wangge_cell_rows")
