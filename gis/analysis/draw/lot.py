"""Chance that a stranger can run again: whole numbers out of SHA-256, the same on every machine and in every language.

A *lot* is a stream of bytes. Its key is SHA-256 of the UTF-8 text `format LF purpose LF list LF seed`: the name of
this method (`wangge-draw/1`), what the lot is for (`facilities`, `inspectors`), the hash of the frozen list in
hexadecimal digits, and the seed; LF is the byte 10. Block number j = 0, 1, 2, ... of the stream is SHA-256 of the 32
bytes of the key followed by j as 8 bytes, the highest first.

A *number below m* takes the next k bytes as one number v, the highest byte first, where k is how many bytes m - 1
needs, 1 at least. Where v is at or above the largest multiple of m that is not above 256**k it is thrown away and the
next k bytes are taken; else the answer is the rest of v divided by m. So every number is equally likely. Below 1 there
is one number only, and nothing is taken. A *shuffle* goes from the last place down to the second, and changes the item
of place i with that of place (a number below i + 1), places counted from 0 (Fisher and Yates 1938; Durstenfeld 1964).
"""

import hashlib
from collections.abc import Sequence
from typing import Final, TypeVar

FORMAT: Final = "wangge-draw/1"
"""Name of the method and of the form of its proof."""

Item = TypeVar("Item")


class Lot:
    """A stream of chance for one purpose.

    >>> lot = Lot("2026-05-01", "0" * 64, "facilities")
    >>> [lot.below(10) for _ in range(12)]
    [6, 6, 9, 7, 8, 4, 4, 4, 8, 3, 3, 7]
    >>> lot.shuffle("ABCDEF")
    ['F', 'B', 'E', 'A', 'D', 'C']
    """

    def __init__(self, seed: str, list_sha256: str, purpose: str) -> None:
        named = "\n".join((FORMAT, purpose, list_sha256, seed))
        self._key = hashlib.sha256(named.encode()).digest()
        self._block = 0
        self._left = b""

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` - 1, each with the same chance."""
        if bound == 1:
            return 0
        size = max(1, ((bound - 1).bit_length() + 7) // 8)
        limit = 256**size // bound * bound
        while (value := int.from_bytes(self._take(size), "big")) >= limit:
            pass
        return value % bound

    def shuffle(self, items: Sequence[Item]) -> list[Item]:
        """The items in a new order, each order with the same chance."""
        mixed = list(items)
        for place in range(len(mixed) - 1, 0, -1):
            other = self.below(place + 1)
            mixed[place], mixed[other] = mixed[other], mixed[place]
        return mixed

    def _take(self, size: int) -> bytes:
        while len(self._left) < size:
            self._left += hashlib.sha256(self._key + self._block.to_bytes(8, "big")).digest()
            self._block += 1
        taken, self._left = self._left[:size], self._left[size:]
        return taken
