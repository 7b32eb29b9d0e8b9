"""Areas through time: nesting, grids, changes, and the history of a code.

An *area* is a place with a code, a level, a polygon and a valid period; a *version* of it is one row, and the
versions of a code follow each other without overlap. An *area change* happens on one day and is of one of four
kinds: a *split* makes several areas of one, a *merge* one of several, a *redraw* gives an area another polygon under
the same code, a *recode* another code to the same polygon. The versions that a change ends are the *predecessors* of
those it begins, and those are their *successors*. Nothing is ever deleted, so the way from one to the other can be
walked in both directions: that walk is the *history* of a code, and the crosswalk is how a series walks it.

What lies in what is in `nesting`, how a village is divided into cells in `grid`; changes are planned in `changes` and
`undo`, and `crosswalk` carries totals across them.
"""

from collections.abc import Iterable
from typing import Final

import pandas as pd

from gis.errors import NotFound
from gis.texts import _

_COLUMNS: Final = ["code", "name", "level", "valid_from", "valid_to", "change", "predecessors", "successors"]


def history(code: str, versions: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """The versions of an area, of all that it came from and of all that it became.

    Parameters: `versions`, canonical areas, all periods (geometry is not needed); `changes`, a row for each pair of
    codes in each change: `kind, on, old_code, new_code` (`on` datetime64).

    Returns one row a version, by `valid_from` and code, RangeIndex: `code, name, level, valid_from, valid_to`, `change`
    (the kind of change that began it, null for none), `predecessors` and `successors` (codes with `;` between
    them, null for none). Raises NotFound for a code that never was.
    """
    if not (versions["code"] == code).any():
        raise NotFound(_("There never was an area {code}.", code=code))
    rows = versions.reset_index(drop=True)
    links = _link_versions(rows, changes)
    own = rows.index[rows["code"] == code]
    reached = _walk(own, links["old"], links["new"]) | _walk(own, links["new"], links["old"])
    by_change = links.dropna(subset=["kind"]).drop_duplicates("new").set_index("new")["kind"]
    found = rows.assign(
        change=by_change,
        predecessors=_codes_by(links["new"], links["old"].map(rows["code"])),
        successors=_codes_by(links["old"], links["new"].map(rows["code"])),
    ).loc[sorted(reached), _COLUMNS]
    return found.sort_values(["valid_from", "code"], na_position="first", ignore_index=True)


def _link_versions(rows: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """`old, new` (positions of versions) and `kind`; null where a code simply goes on, as under a new parent."""
    ends = rows[["code", "valid_to"]].rename_axis("old").reset_index().dropna(subset="valid_to")
    begins = rows[["code", "valid_from"]].rename_axis("new").reset_index().dropna(subset="valid_from")
    changed = changes.merge(ends, left_on=["old_code", "on"], right_on=["code", "valid_to"])
    changed = changed.merge(begins, left_on=["new_code", "on"], right_on=["code", "valid_from"])
    goes_on = ends.merge(begins, left_on=["code", "valid_to"], right_on=["code", "valid_from"]).assign(kind=None)
    both = pd.concat([changed[["old", "new", "kind"]].astype({"kind": object}), goes_on[["old", "new", "kind"]]])
    return both.drop_duplicates(["old", "new"], ignore_index=True)


def _walk(start: Iterable[int], here: pd.Series, there: pd.Series) -> set[int]:
    """All positions that links lead to, the start included."""
    ways = there.groupby(here).agg(list).to_dict()
    reached, ahead = set(start), list(start)
    while ahead:
        steps = set(ways.get(ahead.pop(), ())) - reached
        reached |= steps
        ahead.extend(steps)
    return reached


def _codes_by(position: pd.Series, codes: pd.Series) -> pd.Series:
    return codes.groupby(position).agg(lambda found: ";".join(sorted(found)))
