"""How much one network address may ask: token buckets in the memory of this process.

A **bucket** holds up to `burst` tokens and gets `per_minute` of them back each minute; who finds it empty waits. There
is one for attempts to sign in, and one for whatever somebody who is not signed in asks. An address of IPv6 counts by
its network of 64 bits, which one household or office has to itself. The address is that of the connection: what a
header says of it is not believed.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from threading import Lock
from typing import Final

from starlette.requests import Request

from gis.errors import TooMany
from gis.settings import Settings
from gis.texts import _

ADDRESSES_KEPT: Final = 20_000
TILE_COST: Final = 0.2
"""A map asks for many tiles at once; five of them count as one page."""
FREE: Final = "/assets/"


class Buckets:
    """One bucket for each address; the ones used longest ago are forgotten, by then they are mostly full again."""

    def __init__(self, per_minute: float, burst: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, address: str, cost: float = 1.0) -> float:
        """Takes tokens and gives 0, or takes none and gives the seconds to wait. A rate of 0 is no limit."""
        if self._rate <= 0:
            return 0.0
        now = self._clock()
        with self._lock:
            tokens, seen = self._kept.pop(address, (self._burst, now))
            tokens = min(self._burst, tokens + (now - seen) * self._rate)
            enough = tokens >= cost
            self._kept[address] = (tokens - cost if enough else tokens, now)
            if len(self._kept) > ADDRESSES_KEPT:
                self._kept.popitem(last=False)
        return 0.0 if enough else (cost - tokens) / self._rate

    def give_back(self, address: str, cost: float = 1.0) -> None:
        """Puts tokens back that were taken for what turned out to be no attempt."""
        with self._lock:
            if address in self._kept:
                tokens, seen = self._kept[address]
                self._kept[address] = (min(self._burst, tokens + cost), seen)


class Limits:
    """The buckets of one application."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._sign_in = Buckets(settings.login_per_minute, settings.login_per_minute, clock=clock)
        self._public = Buckets(settings.public_per_minute, settings.public_burst, clock=clock)

    def spend_sign_in(self, request: Request) -> None:
        """One attempt to sign in. Raises TooMany."""
        _require(self._sign_in.take(network_of(request)))

    def give_back_sign_in(self, request: Request) -> None:
        """The attempt was right, and comes again every few minutes from each phone behind one address."""
        self._sign_in.give_back(network_of(request))

    def spend_public(self, request: Request) -> None:
        """One request of somebody who is not signed in; files of ours for the browser are free. Raises TooMany."""
        path = request.url.path
        if not path.startswith(FREE):
            _require(self._public.take(network_of(request), TILE_COST if path.startswith("/tiles/") else 1.0))


def limits_of(request: Request) -> Limits:
    """The limits of the application that answers this request."""
    limits = request.app.state.limits
    assert isinstance(limits, Limits)
    return limits


def network_of(request: Request) -> str:
    """What counts as one address: an address of IPv4, or a network of IPv6."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return host


def _require(wait: float) -> None:
    if wait > 0:
        seconds = max(1, ceil(wait))
        raise TooMany(_("Too many requests. Wait {seconds} seconds.", seconds=seconds), details={"seconds": seconds})
