"""The instants at which the store changed. They only go forward, and writers take turns."""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import Connection

_TURN: Final = 0x77616E67  # any number that no other program locks: "wang"


def next_moment(connection: Connection, now: datetime, *, kind: str | None = None) -> datetime:
    """Now, or the first microsecond after what was recorded last if that is not earlier.

    Imports of different kinds may share an instant; a change of areas (kind None) shares it with nothing. The
    transaction waits here until no other one writes.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
    moment: datetime = connection.execute(
        text("SELECT greatest(CAST(:now AS timestamptz), wangge_moment(:kind) + interval '1 microsecond')"),
        {"now": now, "kind": kind},
    ).scalar_one()
    return moment
