"""Signing in with a password, and with a one-time code where the account has that set up.

An attempt is counted before the password is looked at, so that many at once count as many. The answer is the same,
and takes as long, whether the name, the password or the code was wrong.
"""

import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, TypeGuard

import pyotp

from gis.errors import NotAllowed, SignInNeeded
from gis.intake.firewall import inspect_text
from gis.roles import Actor
from gis.services import audit
from gis.services.accounts import sessions
from gis.services.accounts.names import to_name
from gis.services.accounts.password import StrangeNames, fits, require_unlocked, wait_after
from gis.services.workspace import Workspace
from gis.store import accounts
from gis.store.accounts import Account
from gis.texts import _

CODE_EVERY_S: Final = 30
_STRANGE: Final = StrangeNames()


def sign_in(workspace: Workspace, name: str, password: str, *, code: str = "", origin: str | None) -> str:
    """The token of a new session. Raises SignInNeeded, in the same words whatever was wrong, or TooMany."""
    name = to_name(name)
    account = _count_attempt(workspace, name)
    good, newer = fits(password, account.password_hash if account else None)
    if account is not None and good:
        token = _open(workspace, account, newer, code, origin=origin)
        if token is not None:
            return token
    _write_down(workspace, name, origin=origin)
    raise SignInNeeded(_("Name, password or one-time code is wrong."))


def prove(workspace: Workspace, name: str, password: str, *, origin: str | None) -> Account:
    """The account that this password alone opens, for a program that asks without a session.

    Raises SignInNeeded, in the same words whatever was wrong, or TooMany; wrong ones count as when signing in.
    """
    name = to_name(name)
    account = _count_attempt(workspace, name)
    good, newer = fits(password, account.password_hash if account else None)
    if account is not None and good:
        with workspace.owner_transaction() as connection:
            current = accounts.by_number(connection, account.id)
            if is_open(current) and current.password_hash == account.password_hash:
                hashed = newer or current.password_hash
                accounts.change(connection, current.id, failures=0, locked_until=None, password_hash=hashed)
                audit.record(connection, sessions.to_actor(current, origin=origin), "session.prove", current.name)
                return replace(current, failures=0, locked_until=None, password_hash=hashed)
    _write_down(workspace, name, origin=origin)
    raise SignInNeeded(_("Name or password is wrong."))


def is_open(account: Account | None) -> TypeGuard[Account]:
    """Whether a password alone opens the account: it is there, not disabled, and has no one-time codes."""
    return account is not None and account.disabled is None and account.totp_secret is None


def _write_down(workspace: Workspace, name: str, *, origin: str | None) -> None:
    """An attempt that failed; what looks like a person's number in place of a name is not kept."""
    said = "?" if inspect_text(name) else name
    with workspace.owner_transaction() as connection:
        who = Actor(role="public", name=said, origin=origin)
        audit.record(connection, who, "session.open", said, outcome="denied")


def require_password(workspace: Workspace, actor: Actor, password: str) -> Account:
    """The actor's own account, where this is its password. Raises NotAllowed or TooMany; wrong ones count."""
    account = _count_attempt(workspace, actor.name)
    good, _newer = fits(password, account.password_hash if account else None)
    if account is None or not good:
        raise NotAllowed(_("The password is wrong."))
    with workspace.owner_transaction() as connection:
        accounts.change(connection, account.id, failures=0, locked_until=None)
    return account


def matching_step(secret: str, code: str, *, after: int | None, now: float) -> int | None:
    """The 30-second step whose code this is: that of `now` (seconds since 1970) or a neighbour, later than `after`."""
    totp, step = pyotp.TOTP(secret), int(now) // CODE_EVERY_S
    given = code.replace(" ", "").encode()
    fitting = [s for s in (step - 1, step, step + 1) if secrets.compare_digest(totp.generate_otp(s).encode(), given)]
    return next((s for s in fitting if after is None or s > after), None)


def _count_attempt(workspace: Workspace, name: str) -> Account | None:
    """The account of the name, after one more attempt was counted as wrong. Raises TooMany."""
    now = datetime.now(UTC)
    with workspace.owner_transaction() as connection:
        account = accounts.find(connection, name)
        if account is not None:
            require_unlocked(account.locked_until, now)
            failures = account.failures + 1
            wait = wait_after(failures)
            accounts.change(connection, account.id, failures=failures, locked_until=now + wait if wait else None)
    if account is None:
        _STRANGE.count(name, now)
    return account


def _open(workspace: Workspace, account: Account, newer: str | None, code: str, *, origin: str | None) -> str | None:
    """The token, where the account may come in and the code fits; a code opens once."""
    with workspace.owner_transaction() as connection:
        current = accounts.by_number(connection, account.id)
        if current is None or current.disabled is not None or current.password_hash != account.password_hash:
            return None
        changes: dict[str, object] = {"failures": 0, "locked_until": None}
        if current.totp_secret is not None:
            step = matching_step(current.totp_secret, code, after=current.totp_step, now=time.time())
            if step is None:
                return None
            changes["totp_step"] = step
        if newer is not None:
            changes["password_hash"] = newer
        accounts.change(connection, current.id, **changes)
        token = sessions.open_session(connection, current)
        audit.record(connection, sessions.to_actor(current, origin=origin), "session.open", current.name)
    return token
