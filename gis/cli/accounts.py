"""`wangge user ...`: accounts, their passwords and tokens."""

import sys
from typing import Any

import click

from gis.cli.common import ACTOR, Format, every_command, print_json, print_rows, with_workspace
from gis.errors import UsageError
from gis.roles import ACCOUNT_ROLES
from gis.services.accounts import manage as accounts
from gis.services.workspace import Workspace
from gis.texts import _


@click.group(help=_("Accounts: add, list, disable, enable, token, password, link."))
def user() -> None:
    """Only a name for the commands below it."""


@user.command(help=_("Add an account; its password is one line on stdin."))
@click.argument("name")
@click.option("--role", type=click.Choice(ACCOUNT_ROLES), required=True, help=_("What the account may do."))
@click.option("--officer", metavar="CODE", help=_("The officer that the account stands for; only an admin needs none."))
@every_command
@with_workspace
def add(*, workspace: Workspace, output: Format, name: str, role: str, officer: str | None) -> None:
    """Makes an account."""
    number = accounts.add_account(workspace, ACTOR, name, role=role, officer_code=officer, password=_read_password())
    _print_done(output, workspace, number)


@user.command("list", help=_("All accounts."))
@every_command
@with_workspace
def list_(*, workspace: Workspace, output: Format) -> None:
    """Lists them by name."""
    rows = [_row(account) for account in accounts.list_accounts(workspace, ACTOR)]
    if output == "json":
        print_json({"accounts": rows})
        return
    print_rows(output, _columns(), rows)


@user.command(help=_("Disable an account; its sessions and tokens end at once."))
@click.argument("name")
@every_command
@with_workspace
def disable(*, workspace: Workspace, output: Format, name: str) -> None:
    """Closes an account."""
    number = accounts.number_of(workspace, ACTOR, name)
    accounts.disable(workspace, ACTOR, number)
    _print_done(output, workspace, number)


@user.command(help=_("Enable a disabled account, and take away any wait after wrong passwords."))
@click.argument("name")
@every_command
@with_workspace
def enable(*, workspace: Workspace, output: Format, name: str) -> None:
    """Opens it again."""
    number = accounts.number_of(workspace, ACTOR, name)
    accounts.enable(workspace, ACTOR, number)
    _print_done(output, workspace, number)


@user.command(help=_("Make an API token and print it; it is nowhere else."))
@click.argument("name")
@click.option("--days", type=int, default=30, show_default=True, help=_("How long it holds, at most 365 days."))
@click.option(
    "--scope", type=click.Choice(accounts.SCOPES), default="write", show_default=True, help=_("What it is for.")
)
@every_command
@with_workspace
def token(*, workspace: Workspace, output: Format, name: str, days: int, scope: str) -> None:
    """Only the token on stdout, whatever the format is (json: in a document)."""
    number = accounts.number_of(workspace, ACTOR, name)
    made = accounts.make_token(workspace, ACTOR, number, days=days, scope=scope)
    if output == "json":
        print_json({"name": name, "token": made, "days": days, "scope": scope})
    else:
        click.echo(made)


@user.command(help=_("Give an account a new password, one line on stdin; its sessions and tokens end."))
@click.argument("name")
@every_command
@with_workspace
def password(*, workspace: Workspace, output: Format, name: str) -> None:
    """Sets it."""
    number = accounts.number_of(workspace, ACTOR, name)
    accounts.set_password(workspace, ACTOR, number, _read_password())
    _print_done(output, workspace, number)


@user.command(help=_("Tie an account to a subject of the OpenID Connect provider."))
@click.argument("name")
@click.option("--subject", required=True, help=_("Whom the provider means: the claim sub of its tokens."))
@click.option("--issuer", help=_("The provider (default: WANGGE_OIDC_ISSUER)."))
@every_command
@with_workspace
def link(*, workspace: Workspace, output: Format, name: str, subject: str, issuer: str | None) -> None:
    """Ties them."""
    number = accounts.number_of(workspace, ACTOR, name)
    accounts.link_subject(workspace, ACTOR, number, subject, issuer=issuer)
    _print_done(output, workspace, number)


def _read_password() -> str:
    """One line of stdin; asked for twice without showing it where somebody sits there. Raises UsageError."""
    if sys.stdin.isatty():
        return str(click.prompt(_("Password"), hide_input=True, confirmation_prompt=True, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise UsageError(_("Write the password as one line on stdin."))
    return line


def _print_done(output: Format, workspace: Workspace, number: int) -> None:
    """The account as it is now."""
    row = _row(accounts.get_account(workspace, ACTOR, number))
    if output == "json":
        print_json(row)
    else:
        print_rows(output, _columns(), [row])


def _columns() -> list[tuple[str, str]]:
    return [
        ("name", _("Name")),
        ("role", _("Role")),
        ("officer", _("Officer")),
        ("disabled", _("Disabled")),
        ("last_sign_in", _("Last sign-in")),
    ]


def _row(account: accounts.Listed) -> dict[str, Any]:
    last = account.last_sign_in
    return {
        "name": account.name,
        "role": account.role,
        "officer": account.officer,
        "disabled": account.disabled,
        "last_sign_in": last.isoformat(timespec="seconds") if last else None,
    }
