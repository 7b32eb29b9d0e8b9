"""A mark of the register alone, so that a session recorded in one grid leaves what was drawn of all others standing."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION wangge_register_mark() RETURNS text
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
        $$
            SELECT encode(sha256(convert_to(concat_ws('/',
                (SELECT oid FROM pg_database WHERE datname = current_database()),
                (SELECT max(id) FROM import_run WHERE kind NOT IN ('outreach', 'inspections')),
                (SELECT max(id) FROM area_change),
                (SELECT max(decided_at) FROM correction_decision WHERE accepted)), 'UTF8')), 'hex')
        $$""")


def downgrade() -> None:
    op.execute("DROP FUNCTION wangge_register_mark")
