"""What became different: which keys began, ended or changed between two days, and the share of covered areas over time.

A key *begins* on a day where a version of it begins and none ends, *ends* where one ends and none begins, and *changes*
where one ends and another begins. A window of days is `since` < day <= `on`: what was so already on the day `since` is
no news, what is so since the day `on` is.

An area is *covered* on a day where exactly one officer answers for it as primary, as in `periods`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from gis.analysis.areas.nesting import Nesting, in_force, nest
from gis.analysis.responsibility.workload import select_primaries

WHAT: Final = ("begun", "changed", "ended")


def list_turns(frame: pd.DataFrame, key: Sequence[str], *, since: date, on: date) -> pd.DataFrame:
    """The days in the window on which keys of a canonical frame begin, change or end.

    Needs the columns of `key` and `valid_from, valid_to` (datetime64, NaT = open), all periods.

    Returns the columns of `key`, `day` (datetime64[s]) and `what` (begun, changed or ended), the latest day first and
    then in the order of the key, RangeIndex.

    >>> posts = pd.DataFrame({
    ...     "code": ["A", "A", "B"],
    ...     "valid_from": pd.to_datetime([None, "2026-02-01", None]),
    ...     "valid_to": pd.to_datetime(["2026-02-01", None, "2026-03-01"]),
    ... })
    >>> list_turns(posts, ["code"], since=date(2026, 1, 1), on=date(2026, 3, 1))[["code", "what"]].to_numpy().tolist()
    [['B', 'ended'], ['A', 'changed']]
    >>> list_turns(posts, ["code"], since=date(2026, 2, 1), on=date(2026, 2, 28)).empty
    True
    """
    sides = []
    for column, side in (("valid_from", "begun"), ("valid_to", "ended")):
        inside = (frame[column] > pd.Timestamp(since)) & (frame[column] <= pd.Timestamp(on))
        sides.append(frame.loc[inside, [*key]].assign(day=frame.loc[inside, column].astype("datetime64[s]"), what=side))
    turns = pd.concat(sides).drop_duplicates()
    both = turns.duplicated([*key, "day"], keep=False)
    turns.loc[both, "what"] = "changed"
    turns = turns.drop_duplicates([*key, "day"])
    return turns.sort_values(["day", *key], ascending=[False, *[True] * len(key)], ignore_index=True)


def measure_trend(areas: pd.DataFrame, assignments: pd.DataFrame, code: str, *, days: Sequence[date]) -> pd.DataFrame:
    """For each day the areas in force inside an area, itself included, and in how many states they are.

    Parameters: `areas` (code, parent_code and the period) and `assignments`, canonical, all periods.

    Returns `day` (datetime64[s]), `areas, covered, vacant, doubled` (int64) and `share` (float64, covered / areas,
    missing on a day when the area is not in force), one row a day in the order given.

    >>> import geopandas as gpd
    >>> town = gpd.read_file("data/towns/tiny/areas.geojson").assign(valid_from=pd.NaT, valid_to=pd.NaT)
    >>> duties = pd.read_csv("data/towns/tiny/assignments.csv", dtype=str, parse_dates=["valid_from", "valid_to"])
    >>> measure_trend(town, duties, "990101", days=[date(2026, 1, 1)])[["areas", "covered", "vacant"]].values.tolist()
    [[10, 9, 1]]
    """
    return sum_trend(stand_on_days(areas, assignments, days), code)


@dataclass(frozen=True)
class DayStand:
    """The areas in force on one day."""

    day: date
    nesting: Nesting
    officers: Mapping[str, int]
    """Code of an area -> how many officers answer for it as primary; without those of nobody."""


def stand_on_days(areas: pd.DataFrame, assignments: pd.DataFrame, days: Sequence[date]) -> list[DayStand]:
    """How all areas stand on each day, from frames like those of `measure_trend`."""
    stands: list[DayStand] = []
    for day in days:
        ground = in_force(areas, day)
        parents = dict(zip(ground["code"], ground["parent_code"].fillna(""), strict=True))
        last = stands[-1].nesting if stands else None
        same = last is not None and {code: above or "" for code, above in last.parents.items()} == parents
        primaries = select_primaries(assignments, day)
        primaries = primaries[primaries["target_kind"] == "area"]
        officers = primaries.groupby("target_code")["officer_code"].nunique()
        stands.append(
            DayStand(day, last if same and last else nest(ground), {str(code): int(n) for code, n in officers.items()})
        )
    return stands


def sum_trend(stands: Sequence[DayStand], code: str) -> pd.DataFrame:
    """What `measure_trend` returns, of days that are known already."""
    rows = []
    for stand in stands:
        inside = [code, *stand.nesting.descendants(code)] if code in stand.nesting.parents else []
        held = [stand.officers.get(each, 0) for each in inside]
        covered, vacant = held.count(1), held.count(0)
        rows.append((pd.Timestamp(stand.day), len(inside), covered, vacant, len(inside) - covered - vacant))
    trend = pd.DataFrame(rows, columns=["day", "areas", "covered", "vacant", "doubled"])
    counts = dict.fromkeys(("areas", "covered", "vacant", "doubled"), "int64")
    trend = trend.astype({"day": "datetime64[s]", **counts})
    return trend.assign(share=trend["covered"] / trend["areas"].where(trend["areas"] > 0))
