"""The first lock: which rows an actor's answers are made of. Row-level security in the database is the second.

What an account sees follows from its officer's assignments as of today: the areas assigned, everything inside them, and
the facilities there or assigned one by one. The public sees open data of everywhere; the system sees everything. A
record outside is answered like one that does not exist.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from gis.errors import NotFound
from gis.roles import Actor
from gis.services.workspace import Workspace, today
from gis.store import access
from gis.store.engine import Connection
from gis.texts import _

UNBOUND: Final = ("system", "public", "admin")


@dataclass(frozen=True)
class Standing:
    """What answers that are kept depend on: actors who stand alike get the same answers to the same questions."""

    day: date
    reach: str
    roots: tuple[str, ...]
    """Codes of the areas that the actor answers for today, in order; none for the public and the system."""
    mark: str
    """Changes with anything recorded."""
    register_mark: str
    """Changes with anything recorded but outreach and inspections."""

    @property
    def key(self) -> tuple[Hashable, ...]:
        """The beginning of a key for `Workspace.remember`."""
        return (self.day, self.reach, self.roots, self.mark)

    @property
    def register_key(self) -> tuple[Hashable, ...]:
        """The same for answers that outreach and inspections have no part in."""
        return (self.day, self.reach, self.roots, "register", self.register_mark)


_asked: ContextVar[dict[Hashable, Standing] | None] = ContextVar("standing", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """Within the block each actor's standing is looked up once: for requests that change nothing."""
    token = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(token)


def standing(workspace: Workspace, actor: Actor) -> Standing:
    """How the actor stands now: assignments and the mark of the store, looked up anew for each request."""
    found, who = _asked.get(), (id(workspace), actor.role, actor.account, actor.officer_code)
    if found is None or who not in found:
        with workspace.transaction(actor) as connection:
            seen = access.standing(connection)
        everything = actor.role in UNBOUND or seen.sees_all
        reach = actor.role if everything else f"{actor.role}:{actor.officer_code}"
        fresh = Standing(today(), reach, seen.roots, seen.mark, seen.register_mark)
        if found is None:
            return fresh
        found[who] = fresh
    return found[who]


def own(connection: Connection, actor: Actor) -> Literal[True] | None:
    """The value of the filter `mine`, which keeps to the rows of the actor's areas; None for those who see all."""
    return None if actor.role in UNBOUND or access.sees_all(connection) else True


def sees_facility(connection: Connection, actor: Actor, code: str) -> bool:
    """Whether a record of this facility may be shown to the actor."""
    return actor.role in UNBOUND or access.sees_facility(connection, code)


def own_areas(workspace: Workspace, actor: Actor) -> list[str]:
    """Codes of the areas that the actor answers for today, in order; none for the public and the system."""
    if actor.account is None:
        return []
    return list(standing(workspace, actor).roots)


def require_own_area(connection: Connection, actor: Actor, code: str) -> None:
    """Raises NotFound unless the area is one of those that the actor answers for, or inside one."""
    if actor.role != "system" and code not in access.scope(connection):
        raise NotFound(_("No area {code} among those that you answer for.", code=code))
