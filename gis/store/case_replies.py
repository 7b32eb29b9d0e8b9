"""The facility's reply to a case: links, the reply itself, and the key that links are signed with."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

Row = dict[str, Any]


def signing_key(connection: Connection, fresh: bytes, now: datetime) -> bytes:
    """The key that links are signed with; `fresh` where there is none yet. Only in a transaction of the owner."""
    connection.execute(
        text("INSERT INTO signing_key (key, made_at) VALUES (:key, :now) ON CONFLICT DO NOTHING"),
        {"key": fresh, "now": now},
    )
    return bytes(connection.execute(text("SELECT key FROM signing_key")).scalar_one())


def add_link(connection: Connection, case: str, *, token_hash: bytes, expires: datetime, by: str, at: datetime) -> None:
    """Stores the hash of a link."""
    connection.execute(
        text("""
        INSERT INTO case_reply_link (token_hash, case_id, expires, made_by, made_at)
        VALUES (:hash, :case, :expires, :by, :at)"""),
        {"hash": token_hash, "case": case, "expires": expires, "by": by, "at": at},
    )


def find_link(connection: Connection, token_hash: bytes) -> Row | None:
    """case_id and expires of a link that was made; only in a transaction of the owner."""
    row = connection.execute(
        text("SELECT CAST(case_id AS text) AS case_id, expires FROM case_reply_link WHERE token_hash = :hash"),
        {"hash": token_hash},
    ).one_or_none()
    return None if row is None else {str(name): value for name, value in row._mapping.items()}


def last_link(connection: Connection, case: str) -> Row | None:
    """made_by, made_at and expires of the newest link of a case."""
    row = connection.execute(
        text("""
        SELECT made_by, made_at, expires FROM case_reply_link WHERE case_id = :case
        ORDER BY made_at DESC LIMIT 1"""),
        {"case": case},
    ).one_or_none()
    return None if row is None else {str(name): value for name, value in row._mapping.items()}


def add_reply(
    connection: Connection,
    case: str,
    *,
    token_hash: bytes | None,
    reply: str,
    sha256: str,
    origin: str | None,
    at: datetime,
) -> bool:
    """Stores the reply; False where there is one already."""
    added = connection.execute(
        text("""
        INSERT INTO case_reply (case_id, token_hash, text, sha256, origin, received_at)
        VALUES (:case, :hash, :reply, :sha256, :origin, :at) ON CONFLICT DO NOTHING"""),
        {"case": case, "hash": token_hash, "reply": reply, "sha256": sha256, "origin": origin, "at": at},
    )
    return added.rowcount == 1


def find_reply(connection: Connection, case: str) -> Row | None:
    """text, sha256, received_at, and whether it came over a link (`by_link`)."""
    row = connection.execute(
        text("""
        SELECT text, sha256, received_at, token_hash IS NOT NULL AS by_link FROM case_reply WHERE case_id = :case"""),
        {"case": case},
    ).one_or_none()
    return None if row is None else {str(name): value for name, value in row._mapping.items()}
