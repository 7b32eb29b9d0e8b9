"""From the codes in a column to the positions of these codes in an index, compiled.

Long tables name the same few codes millions of times, as text. pandas makes a dictionary of the whole column first;
here each text is looked up where it lies in Arrow's memory, eight bytes at a time, in a hash table of the known codes
(open addressing, linear probing). A row that repeats the code of the row before it, as in a table sorted by origin,
is not looked up at all.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Words = NDArray[np.uint64]
Function = TypeVar("Function", bound=Callable[..., object])

_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_FEW: Final = 2**13
"""Up to so many codes get a table with more free slots, which still fits a processor's memory."""
_MANY: Final = 2**16
"""Fewer codes are not worth a second thread."""
_SPARSE: Final = 8
"""Whole-number codes are looked up in a plain table while it has at most this many places a code."""


class Texts(NamedTuple):
    """A run of texts as Arrow keeps it."""

    words: Words
    """The bytes, eight by eight, with a whole word at least behind the last text."""
    offsets: NDArray[np.int64]


class Table(NamedTuple):
    """Where each known text is found."""

    slots: Ints
    """Position of the text in the index, -1 for a free slot."""
    heads: Words
    """Its first eight bytes."""
    lengths: Ints
    known: Texts


def _compiled(function: Function) -> Function:
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@dataclass(frozen=True)
class Lookup:
    """A unique index, ready to find codes in."""

    index: "pd.Index[Any]"

    @cached_property
    def table(self) -> Table:
        """The hash table of its texts."""
        free = 8 if len(self.index) < _FEW else 3
        size = 1 << max(int(free * len(self.index)).bit_length(), 4)
        known = _padded(pa.array(self.index.array, type=pa.large_string()))
        table = Table(_none(size), np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.int32), known)
        _fill(table)
        return table

    @cached_property
    def rank(self) -> Ints:
        """Where each code stands among all."""
        rank = _none(len(self.index))
        rank[self.index.argsort()] = np.arange(len(self.index), dtype=np.int32)
        return rank

    def find(self, codes: "pd.Series[Any] | pd.Index[Any]", *, threads: int = 1) -> Ints:
        """Position of each code; -1 for one that is not there or missing. int32.

        >>> Lookup(pd.Index(["a", "b"])).find(pd.Series(["b", "a", None, "c"])).tolist()
        [1, 0, -1, -1]
        """
        index = self.index
        if isinstance(codes.dtype, pd.CategoricalDtype):
            held: Ints = np.append(self.find(codes.dtype.categories), np.int32(-1))
            places: Ints = held[pd.Categorical(codes).codes]
            return places
        if _is_text(codes.dtype) and _is_text(index.dtype):
            return self._find_texts(codes, threads)
        if codes.dtype.kind in "iu" and index.dtype.kind in "iu" and len(index):
            low, high = int(index.min()), int(index.max())
            if high - low < _SPARSE * len(index) + 1024 and high < 2**62:
                table = _none(high - low + 1)
                table[index.to_numpy(np.int64) - low] = np.arange(len(index), dtype=np.int32)
                found = np.empty(len(codes), dtype=np.int32)
                _look_up(codes.to_numpy(np.int64), table, low, found)
                return found
        return index.get_indexer(pd.Index(codes)).astype(np.int32)

    def _find_texts(self, codes: "pd.Series[Any] | pd.Index[Any]", threads: int) -> Ints:
        arrow = pa.array(codes.array, type=pa.large_string())
        table, found = self.table, np.empty(len(codes), dtype=np.int32)
        tasks, start = [], 0
        for run in _texts(arrow):
            cuts = np.linspace(0, len(run.offsets) - 1, threads + 1).astype(np.int64)
            for a, b in pairwise(cuts):
                tasks.append((run._replace(offsets=run.offsets[a : b + 1]), found[start + a : start + b]))
            start += len(run.offsets) - 1
        if threads == 1 or len(codes) < _MANY:
            for texts, out in tasks:
                _match(texts, table, out)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda task: _match(task[0], table, task[1]), tasks))
        if arrow.null_count:
            found[codes.isna()] = -1
        return found


def _none(length: int) -> Ints:
    return np.full(length, -1, dtype=np.int32)


def _is_text(dtype: object) -> bool:
    return isinstance(dtype, pd.StringDtype)


def _texts(arrow: "pa.Array | pa.ChunkedArray") -> list[Texts]:
    """The runs of an array of large strings as they lie in memory; the last texts of each are copied, to be padded."""
    runs = []
    for chunk in arrow.chunks if isinstance(arrow, pa.ChunkedArray) else [arrow]:
        _valid, offsets, data = chunk.buffers()
        if offsets is None or data is None or data.address % 8:
            runs.append(_padded(chunk))
            continue
        places = np.frombuffer(offsets, dtype=np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
        words = np.frombuffer(data, dtype=np.uint64, count=data.size // 8)
        safe = max(int(np.searchsorted(places, 8 * len(words) - 16, side="right")) - 1, 0)
        runs += [Texts(words, places[: safe + 1]), _padded(chunk[safe:])]
    return runs


def _padded(arrow: "pa.Array | pa.ChunkedArray") -> Texts:
    """A copy of some texts with zeros behind them."""
    array = arrow.combine_chunks() if isinstance(arrow, pa.ChunkedArray) else arrow
    _valid, offsets, data = array.buffers()
    if offsets is None or data is None:
        return Texts(np.zeros(2, dtype=np.uint64), np.zeros(len(array) + 1, dtype=np.int64))
    places = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    raw = np.frombuffer(data, dtype=np.uint8)[places[0] : places[-1]]
    words = np.zeros(len(raw) // 8 + 3, dtype=np.uint64)
    words.view(np.uint8)[: len(raw)] = raw
    return Texts(words, places - places[0])


@_compiled
def _piece(low: np.uint64, high: np.uint64, at: int | np.int64, left: int | np.int64) -> np.uint64:
    """Up to eight bytes that begin in one word and may end in the next; those behind the end of the text are 0."""
    shift = (np.uint64(at) & np.uint64(7)) << np.uint64(3)
    word = (low >> shift) | ((high << np.uint64(1)) << (np.uint64(63) - shift))
    return word & ((np.uint64(1) << np.uint64(left << 3)) - np.uint64(1)) if left < 8 else word


@_compiled
def _mix(mixed: np.uint64, word: np.uint64) -> np.uint64:
    return ((mixed ^ (mixed >> np.uint64(29))) ^ word) * _FACTOR


@_compiled
def _fill(table: Table) -> None:
    """Enters the known texts, each in the first free slot from where its hash points."""
    (words, offsets), slots, heads, lengths = table.known, table.slots, table.heads, table.lengths
    mask = np.uint64(len(slots) - 1)
    for i in range(len(offsets) - 1):
        at, length = offsets[i], offsets[i + 1] - offsets[i]
        head = _piece(words[at >> 3], words[(at >> 3) + 1], at, length)
        mixed = _mix(np.uint64(length), head)
        for k in range(8, length, 8):
            mixed = _mix(mixed, _piece(words[(at + k) >> 3], words[((at + k) >> 3) + 1], at + k, length - k))
        slot = np.int64((mixed ^ (mixed >> np.uint64(32))) & mask)
        while slots[slot] >= 0:
            slot = (slot + 1) & np.int64(mask)
        slots[slot], heads[slot], lengths[slot] = i, head, length


@_compiled
def _match(texts: Texts, table: Table, found: Ints) -> None:
    """Looks up every text that is not the one before it.

    Loads are written out, since a call would count references to each array it is given.
    """
    words, offsets = texts
    (known, starts), slots, heads, lengths = table.known, table.slots, table.heads, table.lengths
    mask = np.uint64(len(slots) - 1)
    last, last_at, last_length, last_head = np.int32(-1), np.int64(0), np.int64(-1), np.uint64(0)
    for row in range(len(found)):
        at, length = offsets[row], offsets[row + 1] - offsets[row]
        head = _piece(words[at >> 3], words[(at >> 3) + 1], at, length)
        same = head == last_head and length == last_length
        k = 8
        while same and k < length:
            i, j = at + k, last_at + k
            word = _piece(words[i >> 3], words[(i >> 3) + 1], i, length - k)
            same = word == _piece(words[j >> 3], words[(j >> 3) + 1], j, length - k)
            k += 8
        if not same:
            mixed = _mix(np.uint64(length), head)
            for k in range(8, length, 8):
                mixed = _mix(mixed, _piece(words[(at + k) >> 3], words[((at + k) >> 3) + 1], at + k, length - k))
            slot = np.int64((mixed ^ (mixed >> np.uint64(32))) & mask)
            while slots[slot] >= 0:
                same = heads[slot] == head and lengths[slot] == length
                k = 8
                while same and k < length:
                    i, j = at + k, starts[slots[slot]] + k
                    word = _piece(words[i >> 3], words[(i >> 3) + 1], i, length - k)
                    same = word == _piece(known[j >> 3], known[(j >> 3) + 1], j, length - k)
                    k += 8
                if same:
                    break
                slot = (slot + 1) & np.int64(mask)
            last, last_length, last_head = slots[slot], length, head
        last_at = at
        found[row] = last


@_compiled
def _look_up(codes: NDArray[np.int64], table: Ints, low: int, found: Ints) -> None:
    for row, code in enumerate(codes):
        found[row] = table[code - low] if low <= code < low + len(table) else -1
