"""The first lock: which rows an actor's answers are made of. Row-level security in the database is the second.

What an account sees follows from its officer's assignments as of today: the areas assigned, everything inside them, and
the facilities there or assigned one by one. The public sees open data of everywhere; the system sees everything. A
record outside is answered like one that does not exist.
"""

from typing import Final, Literal

from gis.errors import NotFound
from gis.roles import Actor
from gis.services.workspace import Workspace
from gis.store import access
from gis.store.engine import Connection
from gis.texts import _

UNBOUND: Final = ("system", "public", "admin")


def own(connection: Connection, actor: Actor) -> Literal[True] | None:
    """The value of the filter `mine`, which keeps to the rows of the actor's areas; None for those who see all."""
    return None if actor.role in UNBOUND or access.sees_all(connection) else True


def own_areas(workspace: Workspace, actor: Actor) -> list[str]:
    """Codes of the areas that the actor answers for today, in order; none for the public and the system."""
    if actor.account is None:
        return []
    with workspace.transaction(actor) as connection:
        return access.roots(connection)


def reach(connection: Connection, actor: Actor) -> str:
    """A key for answers that are kept: actors with the same key see the same rows and columns."""
    if actor.role in UNBOUND or access.sees_all(connection):
        return actor.role
    return f"{actor.role}:{actor.officer_code}"


def require_own_area(connection: Connection, actor: Actor, code: str) -> None:
    """Raises NotFound unless the area is one of those that the actor answers for, or inside one."""
    if actor.role != "system" and code not in access.scope(connection):
        raise NotFound(_("No area {code} among those that you answer for.", code=code))
