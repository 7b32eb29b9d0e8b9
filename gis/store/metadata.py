"""What all tables of the store share: one metadata, one kind of code, and the two times of a versioned row."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

CURRENT: Final = "upper_inf(recorded)"
"""SQL: the row is what the store says now."""


def code(name: str, *, null: bool = False) -> sa.Column[str]:
    """Codes sort by their bytes on every server, as they do in Python."""
    return sa.Column(name, sa.Text(collation="C"), nullable=null)


def text(name: str, *, null: bool = True) -> sa.Column[str]:
    """Text of any kind; unknown is NULL, never an empty string."""
    return sa.Column(name, sa.Text, nullable=null)


def hashed(column: str) -> sa.TextClause:
    """64 bits of a code. An exclusion constraint compares these four times faster than texts."""
    return sa.text(f"hashtextextended({column}, 0)")


def versioned(name: str, *items: sa.schema.SchemaItem, key: tuple[str, ...]) -> sa.Table:
    """A table whose rows are versions: periods, where they came from, and one current version of a key from a day on.

    `import_id` and `change_id` name the import or change that made the row. They carry no foreign key: checking
    it for each of a million rows takes longer than writing them.
    """
    table = sa.Table(
        name,
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("import_id", sa.BigInteger),
        sa.Column("change_id", sa.BigInteger),
        sa.Column("valid", DATERANGE, nullable=False),
        sa.Column("recorded", TSTZRANGE, nullable=False),
        *items,
        sa.CheckConstraint("NOT isempty(valid)", name="valid"),
        sa.CheckConstraint("NOT isempty(recorded)", name="recorded"),
    )
    sa.Index(
        f"uq_{name}_version",
        *(table.c[column] for column in key),
        sa.func.lower(table.c.valid),
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text(CURRENT),
    )
    return table
