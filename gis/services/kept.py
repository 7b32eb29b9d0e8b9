"""Answers that are kept between requests: bounded by what they weigh, and made once where many ask at the same time."""

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, Final, TypeVar, cast

import pandas as pd
import shapely

Answer = TypeVar("Answer")

ENTRY_BYTES: Final = 1000
"""What an entry weighs at least, so that many small ones are bounded too."""
SHAPE_BYTES: Final = 200
"""What a geometry weighs beside its coordinates."""


class Kept:
    """Answers by key, at most `limit` bytes of them; the ones used longest ago go first. Safe between threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._gates: dict[Hashable, Lock] = {}
        self.weight = 0
        """Bytes of all that is kept, as estimated."""

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """What is kept under the key, else what `make` gives; who asks while it is being made waits for it."""
        with self._lock:
            if key in self._kept:
                return cast("Answer", self._find(key))
            gate = self._gates.setdefault(key, Lock())
        with gate:
            with self._lock:
                if key in self._kept:
                    return cast("Answer", self._find(key))
            try:
                answer = make()
                self._keep(key, answer, ENTRY_BYTES + weigh(answer))
            finally:
                with self._lock:
                    self._gates.pop(key, None)
        return answer

    def _find(self, key: Hashable) -> object:
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def _keep(self, key: Hashable, answer: object, weight: int) -> None:
        with self._lock:
            self.weight += weight - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = (answer, weight)
            while self.weight > self._limit and len(self._kept) > 1:
                self.weight -= self._kept.popitem(last=False)[1][1]


def weigh(value: object) -> int:
    """About how many bytes a value holds: texts, frames, and what dataclasses, mappings and lists are made of."""
    if isinstance(value, pd.DataFrame):
        return sum(_weigh_column(value[column]) for column in value.columns)
    if isinstance(value, Mapping):
        return sys.getsizeof(value) + sum(weigh(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return sys.getsizeof(value) + sum(map(weigh, cast("Iterable[object]", value)))
    if is_dataclass(value) and not isinstance(value, type):
        return sum(weigh(getattr(value, field.name)) for field in fields(value))
    return sys.getsizeof(value)


def _weigh_column(column: "pd.Series[Any]") -> int:
    if column.dtype.name == "geometry":
        return SHAPE_BYTES * len(column) + 16 * int(shapely.get_num_coordinates(column.to_numpy()).sum())
    return int(column.memory_usage(index=False, deep=True))
