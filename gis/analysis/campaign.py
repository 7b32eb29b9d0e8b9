"""How far a campaign has come: what was done in its days, held against what was to be done in each area.

A *campaign* runs through three *stages* that follow each other without a gap: launch, action, acceptance. Each begins
on its day and ends where the next begins; the last ends with `ends_on`, which is no day of the campaign any more. A
*target* is a number of one *measure* for one area. There are three measures, all about services and premises:

    sessions    sessions of outreach held
    inspected   different facilities inspected, however often
    rectified   different facilities whose findings were put right. A visit is *bad* where it found anything serious or
                critical, or its result is fail; it is *clean* where it found neither and its result is pass. A facility
                is put right where a bad visit of the campaign is followed, on a later day of the campaign, by a clean
                one, and no bad one comes after that.

Only what happened from the first day of the launch on counts. A session counts for its area and for every area above
it, a facility for the area that its point lies in and for every one above. The *ground* of a campaign is that of one
day, when its targets were set: a merge or split in between moves no work from one target to another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import pandas as pd

from gis.analysis.areas.nesting import nest
from gis.rules import CAMPAIGN

MEASURES: Final = ("sessions", "inspected", "rectified")
_NO_ORIGINS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Stages:
    """The days on which the stages begin, and the first day after the last. Raises ValueError unless in this order."""

    launch_on: date
    action_on: date
    acceptance_on: date
    ends_on: date

    def __post_init__(self) -> None:
        if not self.launch_on < self.action_on < self.acceptance_on < self.ends_on:
            raise ValueError("stages must follow each other")

    @property
    def spans(self) -> list[tuple[str, date, date]]:
        """Stage, its first day, and the first day after it."""
        edges = (self.launch_on, self.action_on, self.acceptance_on, self.ends_on)
        return list(zip(("launch", "action", "acceptance"), edges[:-1], edges[1:], strict=True))


def tell_state(stages: Stages, on: date, *, accepted_on: date | None = None) -> str:
    """The state of `gis.rules.CAMPAIGN` in which a campaign is on a day.

    >>> stages = Stages(date(2026, 9, 1), date(2026, 9, 15), date(2026, 11, 15), date(2026, 12, 15))
    >>> [tell_state(stages, day) for day in (date(2026, 8, 31), date(2026, 9, 1), date(2026, 12, 15))]
    ['planned', 'launch', 'lapsed']
    >>> tell_state(stages, date(2027, 1, 1), accepted_on=date(2026, 12, 1))
    'accepted'
    """
    if accepted_on is not None and accepted_on <= on:
        return "accepted"
    state = CAMPAIGN.initial
    begins = {step.start: step for step in CAMPAIGN.transitions if not step.roles}
    while state in begins and getattr(stages, str(begins[state].condition)) <= on:
        state = begins[state].end
    return state


def measure_progress(
    targets: pd.DataFrame,
    areas: pd.DataFrame,
    facilities_located: "pd.Series[str]",
    sessions: pd.DataFrame,
    inspections: pd.DataFrame,
    *,
    start: date,
    on: date,
    origins: Mapping[str, str] = _NO_ORIGINS,
) -> pd.DataFrame:
    """What was reached of every target from the first day `start` up to and with the day `on`.

    Parameters: `targets` with area, measure (str), target (whole numbers above 0); `areas`, canonical, the ground, one
    row a code (geometry is not needed); `facilities_located`, facility code -> code of the area that holds it, missing
    for none; `sessions` with area_code, held_on; `inspections` with facility_code, inspected_on, result, serious,
    critical (missing counts are 0); `origins`, code of an area that is not on the ground -> the one that it came from,
    or else lies in.

    Returns one row a target, by area and measure, RangeIndex: area, area_name, level, measure (str; name and level are
    missing for an area that is not on the ground), target, reached (int64), share (float64, reached / target, may
    exceed 1), capped (float64, the same but at most 1).

    >>> ground = pd.DataFrame({"code": ["D", "S"], "parent_code": [None, "D"], "name": ["区", "街"],
    ...     "level": ["district", "street"]})
    >>> wanted = pd.DataFrame({"area": ["D", "S"], "measure": ["sessions", "inspected"], "target": [2, 1]})
    >>> held = pd.DataFrame({"area_code": ["S", "S"], "held_on": pd.to_datetime(["2026-09-01", "2026-08-31"])})
    >>> visits = pd.DataFrame({"facility_code": ["F"], "inspected_on": pd.to_datetime(["2026-09-02"]),
    ...     "result": ["pass"], "serious": [0], "critical": [0]})
    >>> done = measure_progress(wanted, ground, pd.Series({"F": "S"}), held, visits,
    ...     start=date(2026, 9, 1), on=date(2026, 9, 30))
    >>> done[["area", "measure", "target", "reached", "share"]].to_numpy().tolist()
    [['D', 'sessions', 2, 1, 0.5], ['S', 'inspected', 1, 1, 1.0]]
    """
    held = _within(sessions, "held_on", start, on)
    visits = _within(inspections, "inspected_on", start, on)
    done = {
        "sessions": held["area_code"],
        "inspected": _places(visits["facility_code"], facilities_located),
        "rectified": _places(_find_rectified(visits), facilities_located),
    }
    above = _list_above(areas)
    counted = {measure: _count_upward(codes, above, origins) for measure, codes in done.items()}
    rows = targets[["area", "measure", "target"]].astype({"area": "str", "measure": "str", "target": "int64"})
    rows = rows.assign(order=rows["measure"].map({name: place for place, name in enumerate(MEASURES)}))
    rows = rows.sort_values(["area", "order"], ignore_index=True).drop(columns="order")
    pairs = zip(rows["area"], rows["measure"], strict=True)
    reached = pd.Series([counted[measure].get(area, 0) for area, measure in pairs], dtype="int64")
    named = areas.set_index("code")[["name", "level"]].reindex(rows["area"])
    share = (reached / rows["target"]).astype("float64")
    rows.insert(1, "area_name", named["name"].to_numpy())
    rows.insert(2, "level", named["level"].to_numpy())
    return rows.astype({"area_name": "str", "level": "str"}).assign(
        reached=reached, share=share, capped=share.clip(upper=1.0)
    )


def find_lagging(progress: pd.DataFrame, stages: Stages, *, on: date) -> pd.DataFrame:
    """The targets that are behind an even pace, in the order of `progress`, with `due` (int64).

    An even pace reaches the whole target on the first day of acceptance; `due` is what it has reached by the end of
    the day, rounded down. A target is behind where `reached` is less. It is a statement about areas, ranks nothing,
    and keeps the order by code.
    """
    days = (stages.acceptance_on - stages.launch_on).days
    passed = min(max((on - stages.launch_on).days + 1, 0), days)
    due = (progress["target"] * passed // days).astype("int64")
    return progress.assign(due=due)[progress["reached"] < due].reset_index(drop=True)


def find_origins(crosswalk: pd.DataFrame) -> dict[str, str]:
    """Code of an area that a change began -> the one area that all of its ground came from, where there is one.

    Needs number (int64), old_code, new_code (str). The first change that brought the code decides.

    >>> find_origins(pd.DataFrame({"number": [1, 1, 2, 2], "old_code": list("AABC"), "new_code": list("XYZZ")}))
    {'X': 'A', 'Y': 'A'}
    """
    moved = crosswalk[crosswalk["old_code"] != crosswalk["new_code"]]
    first = moved[moved["number"] == moved.groupby("new_code")["number"].transform("min")]
    alone = first[~first["new_code"].duplicated(keep=False)]
    return dict(zip(alone["new_code"], alone["old_code"], strict=True))


def _within(frame: pd.DataFrame, day: str, start: date, on: date) -> pd.DataFrame:
    return frame[(frame[day] >= pd.Timestamp(start)) & (frame[day] <= pd.Timestamp(on))]


def _find_rectified(visits: pd.DataFrame) -> "pd.Series[str]":
    """Codes of the facilities whose last bad visit was followed by a clean one on a later day."""
    grave = (visits["serious"].fillna(0) > 0) | (visits["critical"].fillna(0) > 0)
    bad = grave | (visits["result"] == "fail")
    clean = ~grave & (visits["result"] == "pass")
    worst = visits[bad].groupby("facility_code")["inspected_on"].max()
    best = visits[clean].groupby("facility_code")["inspected_on"].max()
    put_right = best[best > worst.reindex(best.index)]
    return put_right.index.to_series().astype("str")


def _places(facilities: "pd.Series[str]", located: "pd.Series[str]") -> "pd.Series[str]":
    """The area of each different facility."""
    return facilities.drop_duplicates().map(located).dropna()


def _list_above(areas: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Code -> the area itself and all above it."""
    nesting = nest(areas)
    return {code: (code, *nesting.ancestors(code)) for code in nesting.order}


def _count_upward(
    codes: "pd.Series[str]", above: Mapping[str, tuple[str, ...]], origins: Mapping[str, str]
) -> dict[str, int]:
    """Area -> how many of the codes count for it."""
    total: dict[str, int] = {}
    for code, number in codes.value_counts().items():
        for area in above.get(_home(str(code), above, origins), ()):
            total[area] = total.get(area, 0) + int(number)
    return total


def _home(code: str, above: Mapping[str, tuple[str, ...]], origins: Mapping[str, str]) -> str:
    """The area of the ground that a code stands for: itself, or the one that it came from."""
    walk = {code}
    while code not in above and code in origins and origins[code] not in walk:
        code = origins[code]
        walk.add(code)
    return code
