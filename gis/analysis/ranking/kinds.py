"""Kinds of facilities as people write them, brought to the few that are frequent."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

import pandas as pd

FREQUENT: Final = 40
"""Visits that a kind must have to stand by itself."""
_NO_WORD: Final = re.compile(r"[\W\d_]+")


def simplify(kind: object) -> str:
    """The words of a kind: full and half width, case, digits and marks make no difference.

    >>> simplify("Daycare (2 - 6 Years)"), simplify("ＧＡＳ  Station"), simplify(None)
    ('daycare years', 'gas station', '')
    """
    if not isinstance(kind, str):
        return ""
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", kind).casefold()).strip()


def group_kinds(kinds: Iterable[str], frequent: Iterable[str]) -> Mapping[str, str]:
    """Each kind -> the frequent one that it is, holds in its words, or shares its first word with; else "".

    >>> frequent = ["restaurant", "daycare years", "诊所"]
    >>> list(group_kinds(["RESTAURANT ", "Grocery/Restaurant", "daycare", "中医诊所", "Zoo"], frequent).values())
    ['restaurant', 'restaurant', 'daycare years', '诊所', '']
    """
    longest = sorted(frequent, key=lambda name: (-len(name), name))
    return {kind: _nearest(simplify(kind), longest) for kind in kinds}


def find_frequent(kinds: "pd.Series[str]") -> tuple[str, ...]:
    """The simplified kinds that stand FREQUENT times or more in a column, in order."""
    counts = kinds.map(kinds.drop_duplicates().set_axis(kinds.drop_duplicates()).map(simplify)).value_counts()
    return tuple(sorted(str(name) for name, count in counts.items() if name and count >= FREQUENT))


def _nearest(words: str, longest: list[str]) -> str:
    if words in longest:
        return words
    within = [name for name in longest if name in words]
    if within:
        return within[0]
    first = words.split(" ", maxsplit=1)[0]
    return next((name for name in longest if first and name.split(" ")[0] == first), "")
