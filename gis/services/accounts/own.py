"""One's own account: password, one-time codes, API tokens, and signing out everywhere.

Every change is made from a session of a browser; a token changes nothing about the account that it belongs to.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pyotp

from gis.errors import NotFound, UsageError
from gis.roles import Actor, permit
from gis.services import audit
from gis.services.accounts.password import hash_password
from gis.services.accounts.sessions import hash_token
from gis.services.accounts.sign_in import matching_step, require_password
from gis.services.workspace import Workspace
from gis.store import accounts
from gis.store.accounts import Token
from gis.store.engine import Connection
from gis.texts import _

ISSUER: Final = "wangge"


@dataclass(frozen=True)
class Own:
    """What the owner of an account sees of it."""

    has_password: bool
    totp: bool
    tokens: list[Token]


def read_own(workspace: Workspace, actor: Actor) -> Own:
    """The state of the actor's own account."""
    number = _own_number(actor)
    with workspace.owner_transaction() as connection:
        account = accounts.by_number(connection, number)
        tokens = accounts.list_tokens(connection, number, now=datetime.now(UTC))
    assert account is not None
    return Own(account.password_hash is not None, account.totp_secret is not None, tokens)


def change_password(workspace: Workspace, actor: Actor, old: str, new: str, *, session: str) -> None:
    """A new password; all sessions but this one end. Raises NotAllowed where the old one is wrong, UsageError."""
    number = _own_number(actor)
    if old == new:
        raise UsageError(_("The new password is the old one."))
    hashed = hash_password(new)
    require_password(workspace, actor, old)
    with workspace.owner_transaction() as connection:
        accounts.change(connection, number, password_hash=hashed)
        accounts.end_sessions(connection, account=number, keep=hash_token(session), now=datetime.now(UTC))
        audit.record(connection, actor, "account.password", actor.name)


def sign_out_everywhere(workspace: Workspace, actor: Actor) -> None:
    """All sessions of the account end, this one too; tokens stay."""
    number = _own_number(actor)
    with workspace.owner_transaction() as connection:
        accounts.end_sessions(connection, account=number, now=datetime.now(UTC))
        audit.record(connection, actor, "session.close-all", actor.name)


def new_totp_secret() -> str:
    """A fresh secret of one-time codes, in base 32."""
    return pyotp.random_base32()


def totp_address(actor: Actor, secret: str) -> str:
    """What the QR code says: an otpauth address for the app that makes the codes."""
    return pyotp.TOTP(secret).provisioning_uri(name=actor.name, issuer_name=ISSUER)


def confirm_totp(workspace: Workspace, actor: Actor, secret: str, code: str) -> None:
    """Sets up one-time codes, where the code shows that the app has the secret. Raises UsageError."""
    number = _own_number(actor)
    step = matching_step(secret, code, after=None, now=time.time()) if is_secret(secret) else None
    if step is None:
        raise UsageError(_("The code does not fit. Check the clock of the device, and use the newest code."))
    with workspace.owner_transaction() as connection:
        _require_without_totp(connection, number)
        accounts.change(connection, number, totp_secret=secret, totp_step=step)
        audit.record(connection, actor, "account.totp-on", actor.name)


def drop_totp(workspace: Workspace, actor: Actor, password: str) -> None:
    """Takes the one-time codes off. Raises NotAllowed where the password is wrong."""
    number = _own_number(actor)
    require_password(workspace, actor, password)
    with workspace.owner_transaction() as connection:
        accounts.change(connection, number, totp_secret=None, totp_step=None)
        audit.record(connection, actor, "account.totp-off", actor.name)


def revoke_token(workspace: Workspace, actor: Actor, created: datetime) -> None:
    """Ends the token made at that instant. Raises NotFound."""
    number = _own_number(actor)
    with workspace.owner_transaction() as connection:
        if not accounts.revoke_tokens(connection, number, now=datetime.now(UTC), created=created):
            raise NotFound(_("There is no such token."))
        audit.record(connection, actor, "token.revoke", actor.name)


def _own_number(actor: Actor) -> int:
    permit(actor, "account.own")
    assert actor.account is not None
    return actor.account


def is_secret(text: str) -> bool:
    """Whether a text has the form of the secrets that `new_totp_secret` makes."""
    return len(text) == 32 and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def _require_without_totp(connection: Connection, number: int) -> None:
    account = accounts.by_number(connection, number)
    if account is None or account.totp_secret is not None:
        raise UsageError(_("One-time codes are set up already. Take them off first."))
