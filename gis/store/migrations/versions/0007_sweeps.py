"""Sweeps: published plans with their revisions, the visits that became planned inspections, and the end of a sweep."""

from alembic import op

from gis.store.migrations import steps

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("sweep_end", "sweep_visit", "sweep_plan", "sweep_revision", "sweep")
FUNCTIONS = (
    *("sweep_whole(uuid)", "officer_facilities(text)"),
    *("sweep_revision()", "sweep_plan()", "sweep_visit()"),
)


def upgrade() -> None:
    steps.run_file("sweeps_0007.sql")
    steps.only_add_to(TABLES)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge_{function}")
