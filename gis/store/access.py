"""What the database itself says of the reach of a transaction's account (see `migrations/sql`)."""

from sqlalchemy import text
from sqlalchemy.engine import Connection


def sees_all(connection: Connection) -> bool:
    """Whether the account that the transaction works for answers for every area that has no parent."""
    return bool(connection.execute(text("SELECT wangge_sees_all()")).scalar_one())


def roots(connection: Connection) -> list[str]:
    """Codes of the areas that the account's officer answers for today, in order."""
    return list(connection.execute(text("SELECT DISTINCT c FROM wangge_roots() AS c ORDER BY 1")).scalars())


def scope(connection: Connection) -> frozenset[str]:
    """Codes of those areas, of all inside them, and of the past ones that went into them."""
    return frozenset(connection.execute(text("SELECT wangge_scope()")).scalars())
