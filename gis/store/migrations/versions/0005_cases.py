"""Cases against facilities: their findings, steps, documents, and the facility's reply."""

from alembic import op

from gis.store.migrations import steps

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    *("case_reply", "case_reply_link", "case_document", "case_event", "case_finding", "facility_case"),
    "signing_key",
)
FUNCTIONS = (
    *("case_part(uuid)", "case_whole()", "case_finding()", "case_people()", "case_staff(text)"),
    *("account_sees_facility(bigint, text)", "account_name()"),
)


def upgrade() -> None:
    steps.run_file("cases_0005.sql")
    steps.only_add_to(TABLES)


def downgrade() -> None:
    steps.restore_function("wangge_mark", "inspections_0004.sql")
    op.execute("DROP VIEW case_now")
    for table in TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge_{function}")
