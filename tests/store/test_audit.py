"""The chain of the audit: whoever changes, removes, inserts or cuts off rows afterwards is found out."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.store import audit

ROWS = 5

# Each tampering, and the first row that does not hold any more.
TAMPERING = {
    "one bit of a text": ("UPDATE audit SET who = 'bva' WHERE number = 3", 3),
    "one bit of a time": ("UPDATE audit SET at = at + interval '1 microsecond' WHERE number = 2", 2),
    "one bit of a seal": ("UPDATE audit SET hash = set_bit(hash, 0, 1 - get_bit(hash, 0)) WHERE number = 4", 4),
    "an outcome": ("UPDATE audit SET outcome = 'done' WHERE number = 5", 5),
    "a detail": ("""UPDATE audit SET details = '{"n": 9}' WHERE number = 1""", 1),
    "a row is gone": ("DELETE FROM audit WHERE number = 2", 2),
    "the end is gone": ("DELETE FROM audit WHERE number = 5", 5),
    "all is gone": ("DELETE FROM audit", 1),
    "the head is another": ("UPDATE audit_head SET number = 4", 6),
}


@pytest.fixture
def chain(engine: Engine) -> Engine:
    """A database with five rows of the audit; the last one denied."""
    for number in range(1, ROWS + 1):
        add(engine, number)
    return engine


def add(engine: Engine, number: int) -> None:
    """One row, in a transaction of its own."""
    with engine.begin() as connection:
        audit.add(
            connection,
            who="eva",
            role="leader",
            action="thing.do",
            target=f"T{number}",
            outcome="denied" if number == ROWS else "done",
            origin="127.0.0.1",
            details={"n": number, "text": "机构 ' \\ \" \u2028"},
        )


def verify(engine: Engine) -> audit.Chain:
    """The state of the chain."""
    with engine.begin() as connection:
        return audit.verify(connection)


def test_an_untouched_chain_holds(chain: Engine) -> None:
    """All rows are counted, the head is that of the last, and a noted head is found again when more rows came."""
    found = verify(chain)
    assert (found.rows, found.broken_at) == (ROWS, None)
    add(chain, 9)
    with chain.begin() as connection:
        assert audit.has_seal(connection, found.head)
        assert not audit.has_seal(connection, "0" * 64)
    assert verify(chain).broken_at is None


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_found_at_its_row(chain: Engine, name: str) -> None:
    """A change of one bit, a row too few, a cut-off end: the first row that does not hold is named."""
    statement, row = TAMPERING[name]
    with chain.begin() as connection:
        for table in ("audit", "audit_head"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(text(statement))
    assert verify(chain).broken_at == row


def test_a_chain_written_anew_does_not_know_the_noted_head(chain: Engine) -> None:
    """Who may write everything can seal a forged chain, but not one that holds the head somebody noted."""
    noted = verify(chain).head
    with chain.begin() as connection:
        connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        connection.execute(text("DELETE FROM audit"))
        connection.execute(text("UPDATE audit_head SET number = 0, hash = sha256('wangge')"))
    add(chain, 1)
    assert verify(chain).broken_at is None
    with chain.begin() as connection:
        assert not audit.has_seal(connection, noted)


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_the_database_refuses_to_change_the_audit(chain: Engine, statement: str) -> None:
    """Not even the owner's own statements change or remove rows, unless the guard is taken off first."""
    with pytest.raises(DBAPIError), chain.begin() as connection:
        connection.execute(text(statement))


def test_many_writers_make_one_chain(chain: Engine) -> None:
    """Transactions at the same time take turns; no number is used twice and the chain holds."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: add(chain, number), range(40)))
    found = verify(chain)
    assert (found.rows, found.broken_at) == (ROWS + 40, None)


def test_a_row_of_a_rolled_back_deed_is_not_there(chain: Engine) -> None:
    """The row stands or falls with the transaction of the deed."""
    connection = chain.connect()
    audit.add(connection, who="eva", role="leader", action="x", target=None, outcome="done", origin=None, details={})
    connection.rollback()
    connection.close()
    assert verify(chain).rows == ROWS
