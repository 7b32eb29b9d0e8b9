"""Who asks with a name and a password at every request, as ODK Collect does: no session is made.

The password is that of the account or one of its API tokens; where one-time codes are set up only a token will do.
Checking a password takes 150 ms on purpose, so a **proof** that it was right is kept in the memory of this process for
five minutes. The proof opens nothing by itself: the account is looked up at each request, and a proof ends with a
changed password, a disabled or locked account, and one-time codes.
"""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from gis.errors import NotAllowed
from gis.roles import Actor
from gis.services.accounts import sessions
from gis.services.accounts.names import to_name
from gis.services.accounts.password import is_once, require_unlocked
from gis.services.accounts.sign_in import is_open, prove
from gis.services.workspace import Workspace
from gis.store import accounts
from gis.store.accounts import Account
from gis.texts import _

HELD_S: Final = 300.0
PROOFS_KEPT: Final = 10_000
_TURNS: Final = 64


@dataclass(frozen=True)
class _Proof:
    account: int
    password_hash: str | None
    until: float


@dataclass
class Proofs:
    """What was proved lately, by a key that only this process can make from a name and a password."""

    clock: Callable[[], float] = time.monotonic
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _kept: OrderedDict[bytes, _Proof] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)
    _turns: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _turn in range(_TURNS)), repr=False)

    def key_of(self, name: str, password: str) -> bytes:
        """What a name and a password are kept under."""
        return hmac.digest(self._key, f"{len(name)}:{name}:{password}".encode(), hashlib.sha256)

    def turn(self, key: bytes) -> Lock:
        """Held while a password is checked: who comes with the same one waits and finds the proof."""
        return self._turns[key[0] % _TURNS]

    def find(self, key: bytes) -> _Proof | None:
        """The proof, while it holds."""
        with self._lock:
            proof = self._kept.get(key)
            if proof is not None and proof.until <= self.clock():
                del self._kept[key]
                return None
            return proof

    def keep(self, key: bytes, account: Account) -> None:
        """From now on for `HELD_S` the key stands for the account with this password."""
        with self._lock:
            self._kept[key] = _Proof(account.id, account.password_hash, self.clock() + HELD_S)
            self._kept.move_to_end(key)
            while len(self._kept) > PROOFS_KEPT:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)


def by_password(
    workspace: Workspace,
    proofs: Proofs,
    name: str,
    password: str,
    *,
    origin: str | None,
    before_check: Callable[[], None] = lambda: None,
) -> Actor:
    """Who has this name and this password or token.

    `before_check` is called before a password is checked for good. Raises SignInNeeded, TooMany, and NotAllowed for a
    password that somebody else chose.
    """
    name = to_name(name)
    key = proofs.key_of(name, password)
    account = _proved(workspace, proofs, key)
    if account is None:
        with workspace.owner_transaction() as connection:
            held = accounts.find_token(connection, sessions.hash_token(password), now=datetime.now(UTC))
        if held is not None and held[0].name == name:
            return sessions.to_actor(held[0], origin=origin, read_only=held[1] == "read")
        with proofs.turn(key):
            account = _proved(workspace, proofs, key)
            if account is None:
                before_check()
                account = prove(workspace, name, password, origin=origin)
                proofs.keep(key, account)
    if is_once(account.password_hash):
        raise NotAllowed(_("Your password was chosen by somebody else. Sign in with a browser and choose your own."))
    return sessions.to_actor(account, origin=origin)


def _proved(workspace: Workspace, proofs: Proofs, key: bytes) -> Account | None:
    """The account as it stands now, where the proof is still one. Raises TooMany while the account has to wait."""
    proof = proofs.find(key)
    if proof is None:
        return None
    with workspace.owner_transaction() as connection:
        account = accounts.look_up(connection, proof.account)
    if not is_open(account) or account.password_hash != proof.password_hash:
        return None
    require_unlocked(account.locked_until, datetime.now(UTC))
    return account
