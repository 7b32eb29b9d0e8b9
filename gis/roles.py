"""Roles: what each may do, and which columns of each table each may see.

A service takes an `Actor`. It first asks `permit` whether the role may do this at all, then keeps to the rows that the
actor answers for (`gis.services.scope`), and passes whatever it returns through `visible`, so that a column is chosen
by role before a layer, a row of JSON or an export is built. What is not listed for a role is not given to it.

    admin       accounts, imports, the audit; of the register only what an import needs
    leader      reads everything in the areas answered for, decides on corrections, runs campaigns
    inspector   reads premises in the areas answered for, inspects them and follows up what is found
    officer     the grid officer: reads the own grids, records outreach, proposes corrections
    public      without an account: open data
    system      whoever works at the machine itself, through the command line
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeVar

import pandas as pd

from gis.errors import NotAllowed, SignInNeeded
from gis.tables import TABLES
from gis.texts import _

Role = Literal["admin", "leader", "inspector", "officer", "public", "system"]
ROLES: Final[tuple[Role, ...]] = ("admin", "leader", "inspector", "officer", "public", "system")
ACCOUNT_ROLES: Final[tuple[Role, ...]] = ("admin", "leader", "inspector", "officer")
"""Roles that an account may have."""

Frame = TypeVar("Frame", bound=pd.DataFrame)

_FIELD: Final[frozenset[Role]] = frozenset({"leader", "inspector", "officer", "system"})
"""Those who read the register in the areas that they answer for; system reads all of it."""

_EVERYBODY: Final[frozenset[Role]] = frozenset(ROLES)

PERMITTED: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {
        "access.page": frozenset({"leader"}),
        "access.read": frozenset({"leader", "officer", "system"}),
        "account.own": frozenset({"admin", "leader", "inspector", "officer"}),
        "accounts.manage": frozenset({"admin", "system"}),
        "areas.change": frozenset({"leader", "system"}),
        "areas.read": _EVERYBODY,
        "audit.read": frozenset({"admin", "system"}),
        "campaigns.manage": frozenset({"leader", "system"}),
        "campaigns.read": _FIELD,
        "checklists.check": frozenset({"system"}),
        "checklists.read": frozenset({"admin", "leader", "inspector", "officer", "system"}),
        "cases.read": frozenset({"leader", "inspector", "system"}),
        "cases.work": frozenset({"leader", "inspector"}),
        "clusters.read": frozenset({"leader", "inspector", "system"}),
        "corrections.decide": frozenset({"leader"}),
        "corrections.propose": frozenset({"leader", "officer"}),
        "corrections.read": frozenset({"leader", "officer"}),
        "demand.compare": frozenset({"leader", "system"}),
        "demand.read": _FIELD,
        "draws.published": _EVERYBODY,
        "draws.read": frozenset({"leader", "inspector", "system"}),
        "draws.run": frozenset({"leader", "system"}),
        "export": frozenset({"leader", "inspector", "system"}),
        "facilities.read": _FIELD | {"public"},
        "findings.read": frozenset({"leader", "inspector", "system"}),
        "findings.work": frozenset({"leader", "inspector"}),
        "gaps.read": _FIELD,
        "imports.run": frozenset({"admin", "system"}),
        "inspections.plan": frozenset({"leader", "inspector"}),
        "inspections.read": frozenset({"leader", "inspector", "system"}),
        "inspections.record": frozenset({"leader", "inspector"}),
        "leader.page": frozenset({"leader"}),
        "maps.read": _FIELD | {"public"},
        "national.run": frozenset({"system"}),
        "outreach.read": _FIELD,
        "outreach.record": frozenset({"leader", "officer"}),
        "ranking.read": frozenset({"leader", "inspector", "system"}),
        "roads.manage": frozenset({"admin", "system"}),
        "roads.read": _FIELD | {"admin"},
        "siting.plan": frozenset({"leader", "system"}),
        "travel.read": _FIELD,
        "sweeps.plan": frozenset({"leader", "inspector", "system"}),
        "sweeps.publish": frozenset({"leader"}),
        "sweeps.read": frozenset({"leader", "inspector", "system"}),
        "who.read": _EVERYBODY,
    }
)
"""Action -> the roles that may do it at all; whose rows it is about is the matter of the scope."""

_CLOSED_COLUMNS: Final[Mapping[Role, Mapping[str, frozenset[str]]]] = MappingProxyType(
    {
        "public": MappingProxyType(
            {
                "areas": frozenset({"dwellings"}),
                "officers": frozenset({"work_phone"}),
                "assignments": frozenset(),
                "facilities": frozenset({"raw_lon", "raw_lat", "source_datum", "area_code"}),
            }
        ),
        "admin": MappingProxyType(
            {
                **{"areas": frozenset(), "officers": frozenset({"work_phone"}), "assignments": frozenset()},
                "births": frozenset(),
            }
        ),
    }
)
"""For roles that do not see whole tables: the tables that they do see, and the columns that stay closed."""

_CLOSED_TABLES: Final[Mapping[Role, frozenset[str]]] = MappingProxyType(
    {"inspector": frozenset({"births"}), "officer": frozenset({"births"})}
)
"""For roles that see whole tables: those that they do not."""


@dataclass(frozen=True)
class Actor:
    """Who asks: a role, and for an account its number and the officer it is tied to."""

    role: Role
    name: str
    officer_code: str | None = None
    account: int | None = None
    origin: str | None = None
    """Where the request came from: a network address, or the command line."""
    read_only: bool = False
    """The key with which the account came in allows reading only."""


PUBLIC: Final = Actor(role="public", name="public")
SYSTEM: Final = Actor(role="system", name="command line", origin="command line")


def permit(actor: Actor, action: str) -> None:
    """Raises SignInNeeded or NotAllowed unless the role may do this at all."""
    if actor.role in PERMITTED[action]:
        return
    if actor.role == "public":
        raise SignInNeeded(_("Sign in first."), details={"action": action})
    raise NotAllowed(_("Your role may not do this."), details={"action": action})


def columns_for(table: str, role: Role) -> tuple[str, ...]:
    """The columns of a canonical table that a role may see, in order; none where the table is closed to it."""
    columns = TABLES[table].columns
    if role in _FIELD:
        return () if table in _CLOSED_TABLES.get(role, ()) else columns
    closed = _CLOSED_COLUMNS[role].get(table)
    return () if closed is None else tuple(c for c in columns if c not in closed)


def visible(frame: Frame, role: Role, *, table: str) -> Frame:
    """The same rows with only the columns that the role may see; geometry stays with an open table.

    Raises NotAllowed where the whole table is closed to the role.
    """
    allowed = columns_for(table, role)
    if not allowed:
        raise NotAllowed(_("Your role may not read {table}.", table=table))
    return frame[[c for c in frame.columns if c in allowed or c == "geometry"]]
