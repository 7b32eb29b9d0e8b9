"""Responsibility over time: when a target had no primary officer, one, or more than one.

A target is an area or a facility. It is *vacant* on a day when it exists and has no primary in force, *covered*
with one, and *doubled* with two or more different officers. A period is half-open, `valid_from` <= day < `valid_to`; a
missing end is open. Two rows for one officer on one target that overlap or meet count as one period.

Both functions sweep: every period adds one on its first day and takes one away on the day after its last; the
running sums between two such days are what was in force.
"""

from datetime import date
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]

STATES: Final = ("vacant", "covered", "doubled")

_ALWAYS: Final = -(2**40)
_STILL: Final = 2**40
_STAMP: Final = "datetime64[s]"


def find_doubled(assignments: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Targets with more than one primary officer at one instant of [`start`, `end`).

    Parameters: `assignments`, canonical, all periods.

    Returns `target_kind, target` (str), `officers` (sorted list of codes), `from, to` (datetime64[s], NaT = open):
    one row for each longest period with one and the same set of officers, not cut to the window; by target
    and then in time, RangeIndex.

    >>> duties = pd.DataFrame({
    ...     "officer_code": ["O1", "O2"], "target_kind": "area", "target_code": "A", "role": "primary",
    ...     "valid_from": pd.to_datetime([None, "2024-05-01"]), "valid_to": pd.to_datetime(["2024-06-01", None]),
    ... })
    >>> find_doubled(duties, start=date(2024, 5, 3), end=date(2024, 5, 4)).astype(str).values.tolist()
    [['area', 'A', "['O1', 'O2']", '2024-05-01', '2024-06-01']]
    """
    primaries = _list_primaries(assignments)
    targets = pd.MultiIndex.from_frame(primaries[["target_kind", "target_code"]])
    group, keys = pd.factorize(targets, sort=True)
    segments = _sweep(group, primaries["begin"].to_numpy(), primaries["end"].to_numpy())
    double = (segments.sums[:, 0] > 1) & (segments.begin < _day(end)) & (segments.end > _day(start))
    officers = primaries["officer_code"].to_numpy(dtype=object)
    begin, finish = primaries["begin"].to_numpy(), primaries["end"].to_numpy()
    sets = []
    members = pd.Series(np.arange(len(group))).groupby(group).indices
    for target, first in zip(segments.group[double], segments.begin[double], strict=True):
        rows = members[target]
        sets.append(sorted(officers[rows[(begin[rows] <= first) & (finish[rows] > first)]]))
    chosen = keys.take(segments.group[double])
    return pd.DataFrame(
        {
            "target_kind": pd.Series(chosen.get_level_values(0), dtype="str"),
            "target": pd.Series(chosen.get_level_values(1), dtype="str"),
            "officers": pd.Series(sets, dtype=object),
            "from": _dates(segments.begin[double]),
            "to": _dates(segments.end[double]),
        }
    )


def trace_timeline(
    targets: pd.DataFrame, assignments: pd.DataFrame, *, start: date, end: date, target_kind: str = "area"
) -> pd.DataFrame:
    """The state of each target at every instant of [`start`, `end`) at which it exists: the proof over time.

    Parameters: `targets` with `code, valid_from, valid_to`, all versions; `assignments`, canonical, all periods.

    Returns `target` (str), `from, to` (datetime64[s], never missing), `state` (vacant, covered or doubled), by target
    and then in time, RangeIndex. The rows of a target are a partition of the window cut to its own valid
    periods: no gap, no overlap, and two rows that meet differ in state.

    >>> village = pd.DataFrame({"code": ["A"], "valid_from": [pd.NaT], "valid_to": [pd.NaT]})
    >>> duties = pd.DataFrame({
    ...     "officer_code": ["O1"], "target_kind": "area", "target_code": "A", "role": "primary",
    ...     "valid_from": pd.to_datetime(["2024-05-01"]), "valid_to": pd.to_datetime([None]),
    ... })
    >>> trace_timeline(village, duties, start=date(2024, 1, 1), end=date(2025, 1, 1)).astype(str).values.tolist()
    [['A', '2024-01-01', '2024-05-01', 'vacant'], ['A', '2024-05-01', '2025-01-01', 'covered']]
    """
    codes = pd.Index(np.sort(targets["code"].unique()))
    primaries = _list_primaries(assignments[assignments["target_kind"] == target_kind])
    primaries = primaries[is_among(primaries["target_code"], codes)]
    segments = _sweep(
        np.concatenate([codes.get_indexer(targets["code"]), codes.get_indexer(primaries["target_code"])]),
        np.concatenate([_begins(targets), primaries["begin"].to_numpy()]),
        np.concatenate([_ends(targets), primaries["end"].to_numpy()]),
        layer=np.repeat([0, 1], [len(targets), len(primaries)]),
    )
    begin, finish = np.maximum(segments.begin, _day(start)), np.minimum(segments.end, _day(end))
    there = (segments.sums[:, 0] > 0) & (begin < finish)
    group, begin, finish = segments.group[there], begin[there], finish[there]
    state = np.minimum(segments.sums[there, 1], 2)
    first, last = _join_equal(group, begin, finish, state)
    return pd.DataFrame(
        {
            "target": pd.Series(codes[group[first]].to_numpy(), dtype="str"),
            "from": _dates(begin[first]),
            "to": _dates(finish[last]),
            "state": pd.Series(np.array(STATES, dtype=object)[state[first]], dtype="str"),
        }
    )


def is_among(values: pd.Series, allowed: pd.Series | pd.Index) -> NDArray[np.bool_]:
    """Whether each text is one of the allowed ones; what pandas' `isin` says, which is slow on its text type."""
    found = values.astype(object).isin(allowed.astype(object))
    return found.to_numpy()


class _Segments(NamedTuple):
    """Between two days of one group at which anything changes: the running sum of each layer."""

    group: Ints
    begin: Ints
    end: Ints
    sums: Ints
    """Rows of one or two columns."""


def _sweep(group: Ints, begin: Ints, end: Ints, *, layer: Ints | None = None) -> _Segments:
    """All segments of all groups, by group and day; `layer` (0 or 1) says which sum a period adds to."""
    some = begin < end
    group, begin, end = group[some], begin[some], end[some]
    column = np.zeros(len(group), dtype=np.int64) if layer is None else layer[some]
    layers = 1 if layer is None else 2
    step = np.zeros((2 * len(group), layers), dtype=np.int64)
    step[np.arange(len(group)), column] = 1
    step[np.arange(len(group)) + len(group), column] = -1
    owner, day = np.concatenate([group, group]), np.concatenate([begin, end])
    order = np.lexsort((day, owner))
    owner, day, sums = owner[order], day[order], np.cumsum(step[order], axis=0)
    here = np.flatnonzero((owner[1:] == owner[:-1]) & (day[1:] > day[:-1]))
    return _Segments(owner[here], day[here], day[here + 1], sums[here])


def _join_equal(group: Ints, begin: Ints, end: Ints, state: Ints) -> tuple[Ints, Ints]:
    """First and last positions of the runs of rows that meet and are in one state."""
    if len(group) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    breaks = (group[1:] != group[:-1]) | (begin[1:] != end[:-1]) | (state[1:] != state[:-1])
    edges = np.flatnonzero(breaks)
    return np.concatenate([[0], edges + 1]), np.concatenate([edges, [len(group) - 1]])


def _list_primaries(assignments: pd.DataFrame) -> pd.DataFrame:
    """Primary periods in whole days, one officer's on one target joined where they overlap or meet."""
    keys = ["target_kind", "target_code", "officer_code"]
    rows = assignments[assignments["role"] == "primary"]
    group, names = pd.factorize(pd.MultiIndex.from_frame(rows[keys]), sort=True)
    segments = _sweep(group, _begins(rows), _ends(rows))
    held = segments.sums[:, 0] > 0
    owner, begin, end = segments.group[held], segments.begin[held], segments.end[held]
    first, last = _join_equal(owner, begin, end, np.ones_like(owner))
    frame = names.take(owner[first]).to_frame(index=False)
    frame.columns = pd.Index(keys)
    return frame.assign(begin=begin[first], end=end[last])


def _day(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _days(dates: pd.Series, *, missing: int) -> Ints:
    days = pd.to_datetime(dates).to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), missing, days.astype(np.int64))


def _begins(frame: pd.DataFrame) -> Ints:
    return _days(frame["valid_from"], missing=_ALWAYS)


def _ends(frame: pd.DataFrame) -> Ints:
    return _days(frame["valid_to"], missing=_STILL)


def _dates(days: Ints) -> pd.Series:
    open_end = (days == _ALWAYS) | (days == _STILL)
    dates = np.where(open_end, 0, days).astype("datetime64[D]").astype(_STAMP)
    return pd.Series(np.where(open_end, np.datetime64("NaT", "s"), dates))
