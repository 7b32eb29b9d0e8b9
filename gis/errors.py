"""Every error that wangge raises on purpose, and the exit status it ends a command with.

    WanggeError             1  a fault of ours
    +-- UsageError          2  the call's words are off: a date that is no date, an ending nobody writes
    |   +-- NotFound        2  no area, facility or change of that code on that day
    +-- DataRejected        3  a file or a change was refused; nothing was written
    +-- FirewallRefused     4  personal data was found; nothing was kept
    +-- NotAllowed          5  the actor may not do this
    |   +-- SignInNeeded    5  nobody is signed in, or not well enough
    +-- TooMany             5  too many attempts in too short a time
    +-- DatabaseUnreachable 6  no database answers

A message is one sentence in the reader's language (through `gis.texts`), with what to do about it.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class WanggeError(Exception):
    """The root of the tree; `details` holds JSON-ready values for programs."""

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = dict(details or {})


class UsageError(WanggeError):
    """The caller asked for something that does not exist or makes no sense."""

    exit_status = 2


class NotFound(UsageError):
    """Nothing of that code exists, or none that the actor may see."""


class DataRejected(WanggeError):
    """A file or a change was refused; the database is as it was."""

    exit_status = 3


class FirewallRefused(WanggeError):
    """The person-data firewall refused a file; nothing of it was kept."""

    exit_status = 4


class NotAllowed(WanggeError):
    """The actor's role does not permit this."""

    exit_status = 5


class SignInNeeded(NotAllowed):
    """The actor is not signed in, or what proves it does not hold (any more)."""


class TooMany(WanggeError):
    """Too many attempts in too short a time; `details["seconds"]` says how long to wait."""

    exit_status = 5


class DatabaseUnreachable(WanggeError):
    """No PostgreSQL with PostGIS answers at the configured address."""

    exit_status = 6
