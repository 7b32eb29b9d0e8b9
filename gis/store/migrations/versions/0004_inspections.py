"""Inspections recorded on the spot: plans, records, photos, and findings with what became of them."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"
TABLES = (
    *("finding_event", "finding", "inspection_photo", "photo", "inspection_record"),
    *("inspection_plan_end", "inspection_plan"),
)


def upgrade() -> None:
    _run((SQL / "inspections_0004.sql").read_text(encoding="utf-8"))
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION wangge_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER keep BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION wangge_refuse()"
        )


def downgrade() -> None:
    for policy in ("added", "ended"):
        op.execute(f"DROP POLICY {policy} ON inspection")
    _restore("wangge_moment", "wangge_mark")
    op.execute("DROP VIEW finding_now, inspection_head")
    for table in TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")  # the policies of the one ask the other
    op.execute("DROP FUNCTION wangge_find_facility, wangge_sees_facility, wangge_inspectors")
    op.execute("DROP FUNCTION wangge_facility, wangge_inspects")


def _run(text: str) -> None:
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))


def _restore(*functions: str) -> None:
    """Puts functions back to what they were two versions ago."""
    text = (SQL / "security_0002.sql").read_text(encoding="utf-8")
    for name in functions:
        start = text.index(f"CREATE FUNCTION {name}(")
        _run(text[start : text.index("$$;", start) + 3].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
