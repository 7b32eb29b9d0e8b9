"""Inspections recorded on the spot: plans, records, photos, and findings with what became of them."""

from alembic import op

from gis.store.migrations import steps

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    *("finding_event", "finding", "inspection_photo", "photo", "inspection_record"),
    *("inspection_plan_end", "inspection_plan"),
)


def upgrade() -> None:
    steps.run_file("inspections_0004.sql")
    steps.only_add_to(TABLES)


def downgrade() -> None:
    for policy in ("added", "ended"):
        op.execute(f"DROP POLICY {policy} ON inspection")
    for function in ("wangge_moment", "wangge_mark"):
        steps.restore_function(function, "security_0002.sql")
    op.execute("DROP VIEW finding_now, inspection_head")
    for table in TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")  # the policies of the one ask the other
    op.execute("DROP FUNCTION wangge_find_facility, wangge_sees_facility, wangge_inspectors")
    op.execute("DROP FUNCTION wangge_facility, wangge_inspects")
