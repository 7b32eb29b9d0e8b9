"""Accounts, their sessions and their tokens. Only the owner's transactions may use these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from gis.errors import DataRejected
from gis.texts import _

_COLUMNS: Final = """id, name, role, officer_code, password_hash, totp_secret, totp_step, issuer, subject,
    failures, locked_until, created, disabled"""


@dataclass(frozen=True)
class Account:
    """One account; `password_hash` is None where it only comes in from an OpenID Connect provider."""

    id: int
    name: str
    role: str
    officer_code: str | None
    password_hash: str | None
    totp_secret: str | None
    totp_step: int | None
    issuer: str | None
    subject: str | None
    failures: int
    locked_until: datetime | None
    created: datetime
    disabled: datetime | None


@dataclass(frozen=True)
class Session:
    """An account that is signed in: since when, when last seen, and the secret that its forms carry."""

    account: Account
    csrf: str
    created: datetime
    seen: datetime


@dataclass(frozen=True)
class Token:
    """An API token as its owner may see it; its making is its name."""

    scope: str
    created: datetime
    expires: datetime


def add(
    connection: Connection, *, name: str, role: str, officer_code: str | None, password_hash: str | None, now: datetime
) -> int:
    """The number of a new account. Raises DataRejected where the name is taken."""
    try:
        with connection.begin_nested():
            return int(
                connection.execute(
                    text("""
                    INSERT INTO account (name, role, officer_code, password_hash, created)
                    VALUES (:name, :role, :officer, :hash, :now) RETURNING id"""),
                    {"name": name, "role": role, "officer": officer_code, "hash": password_hash, "now": now},
                ).scalar_one()
            )
    except IntegrityError as error:
        raise DataRejected(_("There is an account {name} already.", name=name)) from error


def find(connection: Connection, name: str) -> Account | None:
    """The account of this name, disabled or not; its row is locked until the transaction ends."""
    row = connection.execute(text(f"SELECT {_COLUMNS} FROM account WHERE name = :name FOR UPDATE"), {"name": name})
    return _account(row.one_or_none())


def find_subject(connection: Connection, issuer: str, subject: str) -> Account | None:
    """The account tied to a subject of an OpenID Connect provider."""
    row = connection.execute(
        text(f"SELECT {_COLUMNS} FROM account WHERE issuer = :issuer AND subject = :subject FOR UPDATE"),
        {"issuer": issuer, "subject": subject},
    )
    return _account(row.one_or_none())


def by_number(connection: Connection, number: int) -> Account | None:
    """The account of this number; its row is locked until the transaction ends."""
    row = connection.execute(text(f"SELECT {_COLUMNS} FROM account WHERE id = :id FOR UPDATE"), {"id": number})
    return _account(row.one_or_none())


def look_up(connection: Connection, number: int) -> Account | None:
    """The account of this number as it stands; nobody has to wait for it."""
    row = connection.execute(text(f"SELECT {_COLUMNS} FROM account WHERE id = :id"), {"id": number})
    return _account(row.one_or_none())


def list_all(connection: Connection) -> list[Account]:
    """Every account, in the order of its name."""
    rows = connection.execute(text(f"SELECT {_COLUMNS} FROM account ORDER BY name")).all()
    return [Account(*row) for row in rows]


def last_sign_ins(connection: Connection) -> dict[int, datetime]:
    """Number of an account -> when its newest session began."""
    rows = connection.execute(text("SELECT account_id, max(created) FROM session GROUP BY account_id"))
    return {row[0]: row[1] for row in rows}


def link(connection: Connection, account: int, *, issuer: str, subject: str) -> None:
    """Ties the account to a subject of a provider. Raises DataRejected where another account has it."""
    try:
        with connection.begin_nested():
            change(connection, account, issuer=issuer, subject=subject)
    except IntegrityError as error:
        raise DataRejected(_("This subject is tied to another account already.")) from error


def change(connection: Connection, account: int, **values: Any) -> None:  # noqa: ANN401 - columns of several types
    """Sets columns of one account; the names come from the program, never from a request."""
    parts = ", ".join(f"{column} = :{column}" for column in values)
    connection.execute(text(f"UPDATE account SET {parts} WHERE id = :id"), {**values, "id": account})


def add_session(connection: Connection, account: int, *, token_hash: bytes, csrf: str, now: datetime) -> None:
    """A new session; the browser holds the token, the store only its hash."""
    connection.execute(
        text("""
        INSERT INTO session (token_hash, account_id, csrf, created, seen)
        VALUES (:hash, :account, :csrf, :now, :now)"""),
        {"hash": token_hash, "account": account, "csrf": csrf, "now": now},
    )


def find_session(
    connection: Connection, token_hash: bytes, *, seen_after: datetime, created_after: datetime
) -> Session | None:
    """The session of a token that has not ended, of an account that is not disabled."""
    columns = ", ".join(f"a.{column.strip()}" for column in _COLUMNS.split(","))
    row = connection.execute(
        text(f"""
        SELECT {columns}, s.csrf, s.created, s.seen FROM session s JOIN account a ON a.id = s.account_id
        WHERE s.token_hash = :hash AND s.ended IS NULL AND a.disabled IS NULL
          AND s.seen > :seen AND s.created > :created"""),
        {"hash": token_hash, "seen": seen_after, "created": created_after},
    ).one_or_none()
    return None if row is None else Session(Account(*row[:-3]), *row[-3:])


def touch_session(connection: Connection, token_hash: bytes, *, now: datetime) -> None:
    """The session was used now."""
    connection.execute(
        text("UPDATE session SET seen = :now WHERE token_hash = :hash"), {"now": now, "hash": token_hash}
    )


def end_sessions(
    connection: Connection,
    *,
    now: datetime,
    account: int | None = None,
    token_hash: bytes | None = None,
    keep: bytes | None = None,
) -> None:
    """Ends the session of a token, or all of an account but the one to keep."""
    connection.execute(
        text("""
        UPDATE session SET ended = :now
        WHERE ended IS NULL AND (account_id = :account OR token_hash = CAST(:hash AS bytea))
          AND token_hash IS DISTINCT FROM CAST(:keep AS bytea)"""),
        {"now": now, "account": account, "hash": token_hash, "keep": keep},
    )


def add_token(
    connection: Connection, account: int, *, token_hash: bytes, scope: str, now: datetime, expires: datetime
) -> None:
    """A new API token; its owner holds it, the store only its hash."""
    connection.execute(
        text("""
        INSERT INTO token (token_hash, account_id, scope, created, expires)
        VALUES (:hash, :account, :scope, :now, :expires)"""),
        {"hash": token_hash, "account": account, "scope": scope, "now": now, "expires": expires},
    )


def find_token(connection: Connection, token_hash: bytes, *, now: datetime) -> tuple[Account, str] | None:
    """The account and the scope of a token that is in force, of an account that is not disabled."""
    columns = ", ".join(f"a.{column.strip()}" for column in _COLUMNS.split(","))
    row = connection.execute(
        text(f"""
        SELECT {columns}, t.scope FROM token t JOIN account a ON a.id = t.account_id
        WHERE t.token_hash = :hash AND t.revoked IS NULL AND t.expires > :now AND a.disabled IS NULL"""),
        {"hash": token_hash, "now": now},
    ).one_or_none()
    return None if row is None else (Account(*row[:-1]), row[-1])


def list_tokens(connection: Connection, account: int, *, now: datetime) -> list[Token]:
    """The tokens of an account that are in force, newest first."""
    rows = connection.execute(
        text("""
        SELECT scope, created, expires FROM token
        WHERE account_id = :account AND revoked IS NULL AND expires > :now ORDER BY created DESC"""),
        {"account": account, "now": now},
    ).all()
    return [Token(*row) for row in rows]


def revoke_tokens(connection: Connection, account: int, *, now: datetime, created: datetime | None = None) -> int:
    """Ends all tokens of an account, or the one made at that instant; how many it ended."""
    return connection.execute(
        text("""
        UPDATE token SET revoked = :now WHERE account_id = :account AND revoked IS NULL
          AND created = coalesce(CAST(:created AS timestamptz), created)"""),
        {"now": now, "account": account, "created": created},
    ).rowcount


def _account(row: Row[Any] | Sequence[Any] | None) -> Account | None:
    return None if row is None else Account(*row)
