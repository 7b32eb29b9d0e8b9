"""The audit: adding a row to the chain, reading it, and proving that nothing in it was changed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy import text
from sqlalchemy.engine import Connection

START: Final = hashlib.sha256(b"wangge").digest()
"""The seal before the first row."""


@dataclass(frozen=True)
class Chain:
    """The state of the audit: how many rows, the last seal, and the first row that does not fit (None: all do)."""

    rows: int
    head: str
    broken_at: int | None


def add(
    connection: Connection,
    *,
    who: str,
    role: str,
    action: str,
    target: str | None,
    outcome: str,
    origin: str | None,
    details: Mapping[str, Any],
) -> int:
    """Adds one row and gives its number. Other writers of the audit wait until this transaction ends."""
    return int(
        connection.execute(
            text("SELECT wangge_audit(:who, :role, :action, :target, :outcome, :origin, CAST(:details AS jsonb))"),
            {
                "who": who,
                "role": role,
                "action": action,
                "target": target,
                "outcome": outcome,
                "origin": origin,
                "details": json.dumps(dict(details), ensure_ascii=False, default=str),
            },
        ).scalar_one()
    )


def verify(connection: Connection) -> Chain:
    """Computes every seal again from what stands in the rows, and compares the last with `audit_head`."""
    rows = connection.execution_options(stream_results=True).execute(
        text("SELECT a.number, wangge_audit_text(a) AS said, a.previous, a.hash FROM audit a ORDER BY a.number")
    )
    seal, count = START, 0
    for number, said, previous, sealed in rows:
        expected = hashlib.sha256(seal + said.encode()).digest()
        if number != count + 1 or bytes(previous) != seal or bytes(sealed) != expected:
            return Chain(count, seal.hex(), int(min(number, count + 1)))
        seal, count = expected, count + 1
    head = connection.execute(text("SELECT number, hash FROM audit_head")).one_or_none()
    whole = head is not None and head.number == count and bytes(head.hash) == seal
    return Chain(count, seal.hex(), None if whole else count + 1)


def has_seal(connection: Connection, seal: str) -> bool:
    """Whether a row has this seal, in hexadecimal digits; the seal before the first row counts."""
    held = connection.execute(
        text("SELECT EXISTS (SELECT FROM audit WHERE encode(hash, 'hex') = :seal)"), {"seal": seal}
    ).scalar_one()
    return bool(held) or seal == START.hex()


def search(
    connection: Connection,
    *,
    who: str | None = None,
    action: str | None = None,
    target: str | None = None,
    outcome: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int = 100,
    offset: int = 0,
) -> tuple[pd.DataFrame, int]:
    """Rows that fit, newest first, and how many fit in all; `who`, `action` and `target` are parts of the text.

    Columns number (int), at (datetime, UTC), who, role, action, target, outcome, origin, details (dict).
    """
    where = """
        (CAST(:who AS text) IS NULL OR strpos(lower(who), lower(:who)) > 0)
        AND (CAST(:action AS text) IS NULL OR strpos(action, :action) > 0)
        AND (CAST(:target AS text) IS NULL OR strpos(lower(target), lower(:target)) > 0)
        AND (CAST(:outcome AS text) IS NULL OR outcome = :outcome)
        AND (CAST(:start AS timestamptz) IS NULL OR at >= :start)
        AND (CAST(:end AS timestamptz) IS NULL OR at < :end)"""
    values = {"who": who, "action": action, "target": target, "outcome": outcome, "start": start, "end": end}
    total = connection.execute(text(f"SELECT count(*) FROM audit WHERE {where}"), values).scalar_one()
    columns = ("number", "at", "who", "role", "action", "target", "outcome", "origin", "details")
    rows = connection.execute(
        text(f"""
        SELECT {", ".join(columns)} FROM audit WHERE {where} ORDER BY number DESC LIMIT :limit OFFSET :offset"""),
        {**values, "limit": limit, "offset": offset},
    ).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=list(columns), dtype=object), int(total)
