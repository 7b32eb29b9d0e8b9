"""Accounts of the demo district: one for each role, all with a password that everybody knows.

Only `wangge demo` makes them. While one of them is open with that password, the application is served on this machine
only.
"""

from datetime import UTC, datetime
from typing import Final

from gis.errors import NotAllowed
from gis.roles import Actor, Role, permit
from gis.services import audit
from gis.services.accounts.password import fits, hash_password
from gis.services.demo import DISTRICT
from gis.services.workspace import Workspace
from gis.store import accounts, read
from gis.texts import _

PASSWORD: Final = "wangge-demo"  # noqa: S105 - known to everybody, hence the rule above
ACCOUNTS: Final[tuple[tuple[str, Role, str | None], ...]] = (
    ("admin", "admin", None),
    ("leader", "leader", "O001"),
    ("inspector", "inspector", "O007"),
    ("inspector2", "inspector", "O027"),
    ("officer", "officer", "O060"),
)
"""Name, role, and officer: of the district, of a street, of a village in it, of grids."""


def add_demo_accounts(workspace: Workspace, actor: Actor) -> None:
    """Makes those that are missing, where the database holds the demo district; a name that is taken stays as it is."""
    permit(actor, "accounts.manage")
    with workspace.owner_transaction() as connection:
        names = {account.name for account in accounts.list_all(connection)}
        if DISTRICT not in set(read.read_codes(connection, "areas")):
            return
    missing = [account for account in ACCOUNTS if account[0] not in names]
    if not missing:
        return
    hashed = hash_password(PASSWORD)
    with workspace.owner_transaction() as connection:
        for name, role, officer in missing:
            accounts.add(
                connection, name=name, role=role, officer_code=officer, password_hash=hashed, now=datetime.now(UTC)
            )
            audit.record(connection, actor, "accounts.add", name, details={"role": role, "officer": officer})


def open_demo_accounts(workspace: Workspace) -> list[str]:
    """Names of the accounts that the known password opens."""
    names = {name for name, _role, _officer in ACCOUNTS}
    with workspace.owner_transaction() as connection:
        found = [a for a in accounts.list_all(connection) if a.name in names and a.disabled is None]
    known = {hashed: fits(PASSWORD, hashed)[0] for hashed in {a.password_hash for a in found}}
    return [a.name for a in found if known[a.password_hash]]


def require_no_demo_accounts(workspace: Workspace, host: str) -> None:
    """Raises NotAllowed where the known password would open an account to whoever reaches the address."""
    names = open_demo_accounts(workspace)
    if names:
        raise NotAllowed(
            _(
                "The demo accounts ({names}) have a password that everybody knows, so they are served on this machine "
                "only, not on {host}. Disable them or give them other passwords: wangge user disable NAME.",
                names=", ".join(names),
                host=host,
            )
        )
