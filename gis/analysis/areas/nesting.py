"""Nesting: which area lies in which, by the codes that they name as their parents.

A parent contains its children; the ancestors of an area are its parent, the parent of that one, and so on up to
the top; its descendants are everything below. A top is an area that names no parent, or one that is not in the
frame. Geometry plays no part here: whether a child really lies in its parent is a question for
`gis.analysis.responsibility.coverage`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from types import MappingProxyType
from typing import TypeVar

import pandas as pd

from gis.errors import DataRejected, NotFound
from gis.texts import _

Frame = TypeVar("Frame", bound=pd.DataFrame)


def in_force(frame: Frame, on: date) -> Frame:
    """The rows of a canonical frame that are valid on a day: `valid_from` <= day < `valid_to`.

    Needs `valid_from, valid_to` (datetime64, NaT = open). The index is that of the caller's frame.
    """
    day = pd.Timestamp(on)
    begun = frame["valid_from"].isna() | (frame["valid_from"] <= day)
    return frame[begun & (frame["valid_to"].isna() | (frame["valid_to"] > day))]


@dataclass(frozen=True)
class Nesting:
    """The tree (or trees) of the areas in force on one day; built by `nest`."""

    parents: Mapping[str, str | None]
    """Code -> code of the parent; None for a top."""
    _children: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]
    """All codes, level by level from the tops down, sorted within a level."""

    def children(self, code: str) -> tuple[str, ...]:
        """The areas directly inside, sorted. Raises NotFound for an unknown code, as all methods do."""
        self._parent(code)
        return self._children.get(code, ())

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The parent, its parent and so on, nearest first."""
        found: list[str] = []
        while (parent := self._parent(found[-1] if found else code)) is not None:
            found.append(parent)
        return tuple(found)

    def path(self, code: str) -> tuple[str, ...]:
        """From the top down to the area itself."""
        return (*reversed(self.ancestors(code)), code)

    def descendants(self, code: str) -> tuple[str, ...]:
        """Everything inside, level by level: children first, then their children."""
        level = self.children(code)
        found: list[str] = []
        while level:
            found.extend(level)
            level = tuple(chain.from_iterable(self._children.get(c, ()) for c in level))
        return tuple(found)

    def _parent(self, code: str) -> str | None:
        try:
            return self.parents[code]
        except KeyError:
            raise NotFound(_("No area {code}.", code=code)) from None


def nest(areas: pd.DataFrame) -> Nesting:
    """The nesting of areas.

    Needs `code, parent_code` (str), one row a code: the areas in force on one day. Raises DataRejected for a code
    that stands twice, and where areas contain each other in a circle.

    >>> import geopandas as gpd
    >>> town = nest(gpd.read_file("data/towns/tiny/areas.geojson"))
    >>> town.path("990101001202003")
    ('990101', '990101001', '990101001202', '990101001202003')
    >>> town.children("990101001")
    ('990101001201', '990101001202')
    >>> len(town.descendants("990101"))
    9
    """
    codes = areas["code"]
    if codes.duplicated().any():
        code = codes[codes.duplicated()].iloc[0]
        raise DataRejected(_("Area {code} stands more than once. Choose one day.", code=code))
    named = areas["parent_code"].where(areas["parent_code"].isin(codes))
    parents = {c: p if isinstance(p, str) else None for c, p in zip(codes, named, strict=True)}
    children: dict[str | None, list[str]] = {}
    for code in sorted(parents):
        children.setdefault(parents[code], []).append(code)
    order: list[str] = []
    level = children.pop(None, [])
    while level:
        order.extend(level)
        level = sorted(chain.from_iterable(children.get(c, []) for c in level))
    _refuse_circles(parents, order)
    below = {parent: tuple(codes) for parent, codes in children.items() if parent is not None}
    return Nesting(MappingProxyType(parents), MappingProxyType(below), tuple(order))


def _refuse_circles(parents: Mapping[str, str | None], reached: list[str]) -> None:
    """Whatever cannot be reached from a top hangs on a circle: walk up until a code comes back."""
    lost = set(parents) - set(reached)
    if not lost:
        return
    code: str | None = min(lost)
    walk: list[str] = []
    while code is not None and code not in walk:
        walk.append(code)
        code = parents[code]
    circle = walk[walk.index(str(code)) :]
    raise DataRejected(
        _("Areas contain each other in a circle: {codes}. Correct their parent codes.", codes=" > ".join(circle)),
        details={"circle": circle},
    )
