"""Random draws: committed seeds, frozen lists, seeds shown, proofs and what was drawn."""

from alembic import op

from gis.store.migrations import steps

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("draw_facility", "draw_file", "draw_reveal", "draw_freeze", "draw_nonce", "draw_commitment")
FUNCTIONS = ("draw_nonce(uuid)", "draws(uuid)", "draw_reveal()")


def upgrade() -> None:
    steps.run_file("draws_0006.sql")
    steps.only_add_to(TABLES)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge_{function}")
