"""What the database itself says of the reach of a transaction's account (see `migrations/sql`)."""

from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.engine import Connection


def sees_all(connection: Connection) -> bool:
    """Whether the account that the transaction works for answers for every area that has no parent."""
    return bool(connection.execute(text("SELECT wangge_sees_all()")).scalar_one())


def sees_facility(connection: Connection, code: str) -> bool:
    """Whether the account sees one facility: the same answer as the list of all, without making it."""
    return bool(connection.execute(text("SELECT wangge_sees_facility(:code)"), {"code": code}).scalar_one())


class Standing(NamedTuple):
    """How a transaction's account stands to the register."""

    sees_all: bool
    roots: tuple[str, ...]
    """Codes of the areas that the account's officer answers for today, in order."""
    mark: str
    """Changes with anything recorded."""
    register_mark: str
    """Changes with anything recorded but outreach and inspections."""


def standing(connection: Connection) -> Standing:
    """All of it in one question to the database."""
    row = connection.execute(
        text("""
        SELECT wangge_sees_all(), ARRAY(SELECT DISTINCT c FROM wangge_roots() AS c ORDER BY 1), wangge_mark(),
               wangge_register_mark()""")
    ).one()
    return Standing(bool(row[0]), tuple(row[1]), str(row[2]), str(row[3]))


def scope(connection: Connection) -> frozenset[str]:
    """Codes of those areas, of all inside them, and of the past ones that went into them."""
    return frozenset(connection.execute(text("SELECT wangge_scope()")).scalars())


def above(connection: Connection) -> list[str]:
    """Codes of the areas above the roots, in order."""
    return list(connection.execute(text("SELECT c FROM wangge_above() AS c ORDER BY 1")).scalars())
