"""Passwords: how they are kept, what fits, and how long somebody who guesses has to wait.

Argon2id with 64 MB and three passes: 139-166 ms a hash on two cores. A hash is made or checked a few at a time, so that
a flood of sign-ins cannot take the memory of the machine. A **one-time** password is one that somebody else chose: its
hash carries a mark, and who signs in with it does nothing else before choosing one of their own.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore, Lock
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from gis.errors import TooMany, UsageError
from gis.texts import _

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 1000
FREE_FAILURES: Final = 5
"""So many wrong passwords cost nothing; from this one on there is a wait after each."""
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)
NAMES_KEPT: Final = 10_000

_HASHER: Final = PasswordHash((Argon2Hasher(time_cost=3, memory_cost=65536, parallelism=4),))
_TURNS: Final = BoundedSemaphore(4)
_ONCE: Final = "once:"


def hash_password(password: str, *, once: bool = False) -> str:
    """What the store keeps. Raises UsageError for a password that is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsageError(
            _("A password has {least} to {most} characters.", least=SHORTEST_PASSWORD, most=LONGEST_PASSWORD)
        )
    with _TURNS:
        return (_ONCE if once else "") + _HASHER.hash(password)


def fits(password: str, hashed: str | None) -> tuple[bool, str | None]:
    """Whether the password is the one, and a new hash where the stored one is of older parameters.

    Takes as long where there is no hash to compare with.
    """
    once = is_once(hashed)
    with _TURNS:
        try:
            good, newer = _HASHER.verify_and_update(password, (hashed or _nobodys_hash()).removeprefix(_ONCE))
        except UnknownHashError:
            return False, None
    return good and hashed is not None, newer and (_ONCE if once else "") + newer


def is_once(hashed: str | None) -> bool:
    """Whether somebody else chose the password."""
    return hashed is not None and hashed.startswith(_ONCE)


def make_password() -> str:
    """Twenty characters in groups of five, about 100 random bits, without letters that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _place in range(5)) for _group in range(4))


def wait_after(failures: int) -> timedelta:
    """How long an account waits after so many wrong passwords in a row.

    >>> [int(wait_after(n).total_seconds()) for n in (4, 5, 6, 9, 10, 1000)]
    [0, 30, 60, 480, 900, 900]
    """
    if failures < FREE_FAILURES:
        return timedelta(0)
    doubled: int = 2 ** min(failures - FREE_FAILURES, 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def require_unlocked(until: datetime | None, now: datetime) -> None:
    """Raises TooMany, in the same words for every name, while a name has to wait."""
    if until is not None and until > now:
        seconds = max(1, round((until - now).total_seconds()))
        raise TooMany(
            _("Too many wrong passwords for this name. Wait {seconds} seconds.", seconds=seconds),
            details={"seconds": seconds},
        )


@dataclass(frozen=True)
class _Count:
    failures: int
    until: datetime | None


class StrangeNames:
    """Wrong passwords for names that do not exist, counted as for those that do, so that a wait says nothing.

    In the memory of this process; the names heard of longest ago are forgotten first.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def count(self, name: str, now: datetime) -> None:
        """One more wrong password for this name. Raises TooMany while it has to wait."""
        with self._lock:
            before = self._counts.pop(name, _Count(0, None))
            try:
                require_unlocked(before.until, now)
                before = _Count(before.failures + 1, now + wait_after(before.failures + 1))
            finally:
                self._counts[name] = before
            while len(self._counts) > NAMES_KEPT:
                self._counts.popitem(last=False)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe(24))
