"""Accounts: who may sign in, as what, and tied to which officer. Managed by admins and at the machine itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pandas as pd

from gis.errors import DataRejected, NotFound, UsageError
from gis.intake.firewall import refuse_person_data
from gis.roles import ACCOUNT_ROLES, Actor, permit, visible
from gis.services import audit
from gis.services.accounts import sessions
from gis.services.accounts.names import require_name, to_name
from gis.services.accounts.password import hash_password, make_password
from gis.services.workspace import Workspace, today
from gis.store import accounts, read
from gis.store.accounts import Account
from gis.store.engine import Connection
from gis.texts import _

MOST_DAYS: Final = 365
"""An API token holds for no longer."""
SCOPES: Final = ("read", "write")
OFFICERS_SHOWN: Final = 20


@dataclass(frozen=True)
class Listed:
    """An account as those who manage accounts see it: no secret, and no hash of one."""

    number: int
    name: str
    role: str
    officer: str | None
    disabled: bool
    totp: bool
    issuer: str | None
    subject: str | None
    created: datetime
    last_sign_in: datetime | None


def add_account(
    workspace: Workspace, actor: Actor, name: str, *, role: str, officer_code: str | None, password: str | None
) -> int:
    """Makes an account and gives its number. Raises UsageError, NotFound, DataRejected."""
    permit(actor, "accounts.manage")
    return _add(workspace, actor, name, role, officer_code, None if password is None else hash_password(password))


def add_with_one_time_password(
    workspace: Workspace, actor: Actor, name: str, *, role: str, officer_code: str | None
) -> tuple[int, str]:
    """Makes an account; its number and the one-time password, which is nowhere else."""
    permit(actor, "accounts.manage")
    password = make_password()
    return _add(workspace, actor, name, role, officer_code, hash_password(password, once=True)), password


def list_accounts(workspace: Workspace, actor: Actor) -> list[Listed]:
    """All accounts, in the order of their names."""
    permit(actor, "accounts.manage")
    with workspace.owner_transaction() as connection:
        last = accounts.last_sign_ins(connection)
        return [_listed(account, last) for account in accounts.list_all(connection)]


def get_account(workspace: Workspace, actor: Actor, number: int) -> Listed:
    """One account. Raises NotFound."""
    found = next((a for a in list_accounts(workspace, actor) if a.number == number), None)
    if found is None:
        raise NotFound(_("There is no such account."))
    return found


def number_of(workspace: Workspace, actor: Actor, name: str) -> int:
    """The number of the account of this name. Raises NotFound."""
    permit(actor, "accounts.manage")
    with workspace.owner_transaction() as connection:
        account = accounts.find(connection, to_name(name))
    if account is None:
        raise NotFound(_("There is no account {name}.", name=name))
    return account.id


def disable(workspace: Workspace, actor: Actor, number: int) -> None:
    """Closes an account: its sessions and tokens end at once. Raises UsageError for one's own."""
    if number == actor.account:
        raise UsageError(_("Nobody can disable the account that they work with."))
    with _changing(workspace, actor, number, "accounts.disable") as (connection, account):
        now = datetime.now(UTC)
        if account.disabled is None:
            accounts.change(connection, number, disabled=now)
        _end_all(connection, number, now)


def enable(workspace: Workspace, actor: Actor, number: int) -> None:
    """Opens a disabled account again, and takes away any wait."""
    with _changing(workspace, actor, number, "accounts.enable") as (connection, _account):
        accounts.change(connection, number, disabled=None, failures=0, locked_until=None)


def set_password(workspace: Workspace, actor: Actor, number: int, password: str) -> None:
    """Gives the account this password; its sessions and tokens end. Raises UsageError where it is too short."""
    permit(actor, "accounts.manage")
    _set_hash(workspace, actor, number, hash_password(password), "accounts.password")


def reset_password(workspace: Workspace, actor: Actor, number: int) -> str:
    """A new one-time password, which is nowhere else; sessions and tokens of the account end."""
    permit(actor, "accounts.manage")
    password = make_password()
    _set_hash(workspace, actor, number, hash_password(password, once=True), "accounts.reset")
    return password


def tie_officer(workspace: Workspace, actor: Actor, number: int, code: str | None) -> None:
    """Ties the account to an officer, or (admins only) to none. Raises NotFound, UsageError."""
    with _changing(workspace, actor, number, "accounts.tie", officer=code) as (connection, account):
        _require_officer(connection, account.role, code)
        accounts.change(connection, number, officer_code=code)


def remove_totp(workspace: Workspace, actor: Actor, number: int) -> None:
    """Takes the one-time codes off an account, for somebody who lost the device."""
    with _changing(workspace, actor, number, "accounts.totp-off") as (connection, _account):
        accounts.change(connection, number, totp_secret=None, totp_step=None)


def link_subject(workspace: Workspace, actor: Actor, number: int, subject: str, *, issuer: str | None = None) -> None:
    """Ties the account to a subject of the provider. Raises UsageError, and DataRejected where it is taken."""
    issuer, subject = issuer or workspace.settings.oidc_issuer, subject.strip()
    if not issuer:
        raise UsageError(_("No provider is set up; set WANGGE_OIDC_ISSUER, or name one with --issuer."))
    if not 1 <= len(subject) <= 255 or not subject.isprintable():
        raise UsageError(_("A subject has 1 to 255 visible characters."))
    refuse_person_data(subject, field="subject")
    with _changing(workspace, actor, number, "accounts.link", issuer=issuer, subject=subject) as (connection, _account):
        accounts.link(connection, number, issuer=issuer, subject=subject)


def make_token(workspace: Workspace, actor: Actor, number: int, *, days: int, scope: str) -> str:
    """A new API token, which is nowhere else. An account makes its own; who manages accounts makes any."""
    permit(actor, "account.own" if number == actor.account else "accounts.manage")
    if not 1 <= days <= MOST_DAYS or scope not in SCOPES:
        raise UsageError(_("A token holds for 1 to {most} days, and is for read or write.", most=MOST_DAYS))
    with workspace.owner_transaction() as connection:
        account = accounts.by_number(connection, number)
        if account is None or account.disabled is not None:
            raise DataRejected(_("The account is disabled."))
        token = sessions.open_token(connection, account, days=timedelta(days=days), scope=scope)
        audit.record(connection, actor, "token.make", account.name, details={"days": days, "scope": scope})
    return token


def find_officers(workspace: Workspace, actor: Actor, search: str) -> pd.DataFrame:
    """The first officers in force today whose code or name holds the text; columns as the role may see."""
    permit(actor, "accounts.manage")
    with workspace.transaction(actor) as connection:
        frame = read.read_table(connection, "officers", on=today(), known=None, search=search, limit=OFFICERS_SHOWN)
    return visible(frame, actor.role, table="officers")


def _add(workspace: Workspace, actor: Actor, name: str, role: str, officer: str | None, hashed: str | None) -> int:
    name = require_name(name)
    if role not in ACCOUNT_ROLES:
        raise UsageError(_("Unknown role {role}; one of: {roles}.", role=role, roles=", ".join(ACCOUNT_ROLES)))
    with workspace.owner_transaction() as connection:
        _require_officer(connection, role, officer)
        number = accounts.add(
            connection, name=name, role=role, officer_code=officer, password_hash=hashed, now=datetime.now(UTC)
        )
        audit.record(connection, actor, "accounts.add", name, details={"role": role, "officer": officer})
    return number


@contextmanager
def _changing(
    workspace: Workspace,
    actor: Actor,
    number: int,
    action: str,
    **details: Any,  # noqa: ANN401 - for the audit
) -> Iterator[tuple[Connection, Account]]:
    """A transaction with the account's row locked, and the audit's row at its end. Raises NotFound."""
    permit(actor, "accounts.manage")
    with workspace.owner_transaction() as connection:
        account = accounts.by_number(connection, number)
        if account is None:
            raise NotFound(_("There is no such account."))
        yield connection, account
        audit.record(connection, actor, action, account.name, details=details)


def _set_hash(workspace: Workspace, actor: Actor, number: int, hashed: str, action: str) -> None:
    with _changing(workspace, actor, number, action) as (connection, _account):
        accounts.change(connection, number, password_hash=hashed, failures=0, locked_until=None)
        _end_all(connection, number, datetime.now(UTC))


def _end_all(connection: Connection, number: int, now: datetime) -> None:
    accounts.end_sessions(connection, account=number, now=now)
    accounts.revoke_tokens(connection, number, now=now)


def _require_officer(connection: Connection, role: str, code: str | None) -> None:
    if code is None and role != "admin":
        raise UsageError(_("The role {role} needs an officer: what it sees follows from the officer.", role=role))
    if code is not None and code not in set(read.read_codes(connection, "officers")):
        raise NotFound(_("There is no officer {code}.", code=code))


def _listed(account: Account, last: dict[int, datetime]) -> Listed:
    return Listed(
        account.id,
        account.name,
        account.role,
        account.officer_code,
        account.disabled is not None,
        account.totp_secret is not None,
        account.issuer,
        account.subject,
        account.created,
        last.get(account.id),
    )
