"""Who a request comes from: a session of a browser or a token of a program, looked up anew at every request.

Both are 256 random bits that only their holder knows; the store keeps their SHA-256. A session ends when it is not used
for a while, when it is old, when somebody signs out, or with its account.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from gis.roles import Actor, Role
from gis.services import audit
from gis.services.accounts.password import is_once
from gis.services.workspace import Workspace
from gis.store import accounts
from gis.store.accounts import Account
from gis.store.engine import Connection

TOUCHED_EVERY: Final = timedelta(seconds=60)
"""A session's last use is written down no more often than this."""


@dataclass(frozen=True)
class SignedIn:
    """An actor who is signed in, and the secret that forms of the session carry."""

    actor: Actor
    csrf: str
    must_change: bool = False
    """The password is a one-time one: nothing is done before another was chosen."""


def open_session(connection: Connection, account: Account) -> str:
    """The token of a new session, for the browser to keep."""
    token = secrets.token_urlsafe(32)
    accounts.add_session(
        connection, account.id, token_hash=hash_token(token), csrf=secrets.token_urlsafe(24), now=datetime.now(UTC)
    )
    return token


def open_token(connection: Connection, account: Account, *, days: timedelta, scope: str) -> str:
    """A new API token, for a program to keep."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    accounts.add_token(connection, account.id, token_hash=hash_token(token), scope=scope, now=now, expires=now + days)
    return token


def by_session(workspace: Workspace, token: str, *, origin: str | None) -> SignedIn | None:
    """Who holds this session token; None where no such session is open any more."""
    now, hashed = datetime.now(UTC), hash_token(token)
    settings = workspace.settings
    with workspace.owner_transaction() as connection:
        session = accounts.find_session(
            connection,
            hashed,
            seen_after=now - timedelta(minutes=settings.session_idle_minutes),
            created_after=now - timedelta(hours=settings.session_hours),
        )
        if session is None:
            return None
        if now - session.seen > TOUCHED_EVERY:
            accounts.touch_session(connection, hashed, now=now)
    actor = to_actor(session.account, origin=origin)
    return SignedIn(actor, session.csrf, is_once(session.account.password_hash))


def by_token(workspace: Workspace, token: str, *, origin: str | None) -> Actor | None:
    """Who holds this API token; None where no such token is in force."""
    with workspace.owner_transaction() as connection:
        found = accounts.find_token(connection, hash_token(token), now=datetime.now(UTC))
    return None if found is None else to_actor(found[0], origin=origin, read_only=found[1] == "read")


def close_session(workspace: Workspace, token: str, actor: Actor) -> None:
    """Signs out."""
    with workspace.owner_transaction() as connection:
        accounts.end_sessions(connection, token_hash=hash_token(token), now=datetime.now(UTC))
        audit.record(connection, actor, "session.close", actor.name)


def to_actor(account: Account, *, origin: str | None, read_only: bool = False) -> Actor:
    """The actor that an account stands for."""
    return Actor(cast("Role", account.role), account.name, account.officer_code, account.id, origin, read_only)


def hash_token(token: str) -> bytes:
    """What the store keeps of a token."""
    return hashlib.sha256(token.encode()).digest()
