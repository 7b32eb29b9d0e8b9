"""Random draws: committed seeds, frozen lists, seeds shown, proofs and what was drawn."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"
TABLES = ("draw_facility", "draw_file", "draw_reveal", "draw_freeze", "draw_nonce", "draw_commitment")
FUNCTIONS = ("draw_nonce(uuid)", "draws(uuid)", "draw_reveal()")


def upgrade() -> None:
    text = (SQL / "draws_0006.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION wangge_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER keep BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION wangge_refuse()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge_{function}")
