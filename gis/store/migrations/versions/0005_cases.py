"""Cases against facilities: their findings, steps, documents, and the facility's reply."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"
TABLES = (
    *("case_reply", "case_reply_link", "case_document", "case_event", "case_finding", "facility_case"),
    "signing_key",
)
FUNCTIONS = (
    *("case_part(uuid)", "case_whole()", "case_finding()", "case_people()", "case_staff(text)"),
    *("account_sees_facility(bigint, text)", "account_name()"),
)


def upgrade() -> None:
    _run((SQL / "cases_0005.sql").read_text(encoding="utf-8"))
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION wangge_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER keep BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION wangge_refuse()"
        )


def downgrade() -> None:
    text = (SQL / "inspections_0004.sql").read_text(encoding="utf-8")
    start = text.index("CREATE OR REPLACE FUNCTION wangge_mark(")
    _run(text[start : text.index("$$;", start) + 3])
    op.execute("DROP VIEW case_now")
    for table in TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge_{function}")


def _run(text: str) -> None:
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))
