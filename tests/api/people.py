"""Accounts for tests: made straight in the store, without the time that a password costs."""

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from gis.roles import Actor, Role
from gis.services.accounts.sessions import hash_token
from gis.store import accounts

YEAR = timedelta(days=365)


def make_account(engine: Engine, name: str, role: Role, officer: str | None = None) -> Actor:
    """An account without a password, as the actor that it stands for."""
    with engine.begin() as connection:
        number = accounts.add(
            connection, name=name, role=role, officer_code=officer, password_hash=None, now=datetime.now(UTC)
        )
    return Actor(role, name, officer, number)


def make_token(engine: Engine, actor: Actor, *, scope: str = "write") -> str:
    """An API token of an account."""
    token, now = secrets.token_urlsafe(16), datetime.now(UTC)
    assert actor.account is not None
    with engine.begin() as connection:
        accounts.add_token(
            connection, actor.account, token_hash=hash_token(token), scope=scope, now=now, expires=now + YEAR
        )
    return token


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def make_session(engine: Engine, actor: Actor) -> tuple[str, str]:
    """A browser's session: the token of the cookie, and the secret of its forms."""
    token, now = secrets.token_urlsafe(16), datetime.now(UTC)
    assert actor.account is not None
    with engine.begin() as connection:
        accounts.add_session(connection, actor.account, token_hash=hash_token(token), csrf=token[::-1], now=now)
    return token, token[::-1]


def disable(engine: Engine, actor: Actor) -> None:
    """Ends an account."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE account SET disabled = now() WHERE id = :id"), {"id": actor.account})
