"""Roles, and which columns of each table each role may see.

A service takes an `Actor` and passes whatever it returns through `visible`, so that a column is chosen by role
before a layer, a row of JSON or an export is built. A column that is not listed for a role is not shown to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeVar

import pandas as pd

from gis.errors import NotAllowed
from gis.tables import TABLES
from gis.texts import _

Role = Literal["admin", "leader", "inspector", "officer", "public"]
ROLES: Final[tuple[Role, ...]] = ("admin", "leader", "inspector", "officer", "public")

Frame = TypeVar("Frame", bound=pd.DataFrame)

_STAFF: Final[frozenset[Role]] = frozenset({"admin", "leader", "inspector", "officer"})

_HIDDEN_FROM_PUBLIC: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "areas": frozenset({"dwellings"}),
        "officers": frozenset({"work_phone"}),
        "assignments": frozenset(),
        "facilities": frozenset({"raw_lon", "raw_lat", "source_datum", "area_code"}),
    }
)


@dataclass(frozen=True)
class Actor:
    """Who asks. `officer_code` ties an account to its officer; the demo actor is a leader without one."""

    role: Role
    name: str
    officer_code: str | None = None


def columns_for(table: str, role: Role) -> tuple[str, ...]:
    """The columns of a canonical table that a role may see, in order; none where the table is closed to it."""
    columns = TABLES[table].columns
    if role in _STAFF:
        return columns
    if table not in _HIDDEN_FROM_PUBLIC:
        return ()
    return tuple(c for c in columns if c not in _HIDDEN_FROM_PUBLIC[table])


def visible(frame: Frame, role: Role, *, table: str) -> Frame:
    """The same rows with only the columns that the role may see; geometry stays with an open table.

    Raises NotAllowed where the whole table is closed to the role.
    """
    allowed = columns_for(table, role)
    if not allowed:
        raise NotAllowed(_("Your role may not read {table}.", table=table))
    return frame[[c for c in frame.columns if c in allowed or c == "geometry"]]
