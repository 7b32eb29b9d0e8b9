"""Where no outreach reaches: areas without a public session in a window of days.

A *session* is held in one area on one day; its *reach* is how many people came. It counts for that area and for every
area above it, never for those below: a session in a village says nothing about each of its grids. The *window* is the
`window_days` days that end with the day asked about, that day included. An area is *covered* where at least one session
counts for it in the window. The denominator of a share is all areas of the level in force on the day: nothing is
sampled, so there is no interval.

A session in an area that is no longer in force counts for its *heir*, the one area that all of its ground went into (a
merge, a recode). After a split nobody knows which of the new grids people came to: it counts for the nearest area above
that is in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import pandas as pd

from gis.analysis.areas.nesting import in_force, nest
from gis.analysis.responsibility.workload import LEVELS
from gis.errors import UsageError
from gis.texts import _

_NO_HEIRS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class OutreachGaps:
    """The reach of outreach on one day; built by `find_outreach_gaps`."""

    by_level: pd.DataFrame
    """level (str), areas, covered (int64), share (float64, 0..1): one row a level that has areas, highest first."""
    by_area: pd.DataFrame
    """area, name, level (str), sessions, reach (int64, in the window), last (datetime64[s], the last session on or
    before the day, also before the window; NaT for none): one row an area, highest level first, then by code."""

    @property
    def without(self) -> dict[str, list[str]]:
        """Level -> codes of its areas without a session in the window, in order."""
        missed = self.by_area[self.by_area["sessions"] == 0]
        return {str(level): missed.loc[missed["level"] == level, "area"].tolist() for level in self.by_level["level"]}


def find_outreach_gaps(
    areas: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    on: date,
    window_days: int,
    levels: Sequence[str] = LEVELS,
    heirs: Mapping[str, str] = _NO_HEIRS,
) -> OutreachGaps:
    """The areas in force on the day, how many sessions count for each, and the levels' shares.

    Parameters: `areas`, canonical, all periods (geometry is not needed); `sessions` with area_code (str), held_on
    (datetime64), reach (whole numbers, missing is unknown and adds nothing); `window_days`, at least 1; `levels`,
    highest first; `heirs` as `find_heirs` gives them. Raises UsageError for a window without a day.

    >>> import geopandas as gpd
    >>> town = gpd.read_file("data/towns/tiny/areas.geojson").assign(valid_from=pd.NaT, valid_to=pd.NaT)
    >>> held = pd.DataFrame({"area_code": ["990101001201001", "990101001202"], "reach": [40, None],
    ...     "held_on": pd.to_datetime(["2026-01-01", "2025-12-03"])})
    >>> gaps = find_outreach_gaps(town, held, on=date(2026, 1, 1), window_days=30)
    >>> gaps.by_level[["level", "areas", "covered"]].to_numpy().tolist()
    [['district', 1, 1], ['street', 1, 1], ['village', 2, 2], ['grid', 6, 1]]
    >>> gaps.without["village"], len(gaps.without["grid"])
    ([], 5)
    >>> find_outreach_gaps(town, held, on=date(2026, 1, 2), window_days=30).without["village"]
    ['990101001202']
    """
    if window_days < 1:
        raise UsageError(_("The window needs at least one day."))
    ground = in_force(areas, on)
    counted = _credit(
        sessions[sessions["held_on"] <= pd.Timestamp(on)], ground, _find_homes(areas, heirs, set(ground["code"]))
    )
    recent = counted[counted["held_on"] > pd.Timestamp(on) - pd.Timedelta(days=window_days)].groupby("area")
    codes = ground["code"]
    by_area = pd.DataFrame(
        {
            "area": codes.astype("str"),
            "name": ground["name"].astype("str"),
            "level": ground["level"].astype("str"),
            "sessions": recent.size().reindex(codes, fill_value=0).to_numpy("int64"),
            "reach": recent["reach"].sum().reindex(codes, fill_value=0).to_numpy("int64"),
            "last": counted.groupby("area")["held_on"].max().reindex(codes).to_numpy("datetime64[s]"),
        }
    )
    rank = {level: place for place, level in enumerate(levels)}
    by_area["rank"] = by_area["level"].map(rank).fillna(len(rank))
    by_area = by_area.sort_values(["rank", "level", "area"], ignore_index=True).drop(columns="rank")
    return OutreachGaps(_count_levels(by_area), by_area)


def find_heirs(crosswalk: pd.DataFrame) -> dict[str, str]:
    """Code of an area that a change ended -> the one area that all of its ground went into, where there is one.

    Needs number (int64, in the order of the changes), old_code, new_code (str); the last change of a code decides.

    >>> find_heirs(pd.DataFrame({"number": [1, 1, 2, 2], "old_code": list("ABCC"), "new_code": list("XXYZ")}))
    {'A': 'X', 'B': 'X'}
    """
    moved = crosswalk[crosswalk["old_code"] != crosswalk["new_code"]]
    last = moved[moved["number"] == moved.groupby("old_code")["number"].transform("max")]
    alone = last[~last["old_code"].duplicated(keep=False)]
    return dict(zip(alone["old_code"], alone["new_code"], strict=True))


def _credit(sessions: pd.DataFrame, ground: pd.DataFrame, home: Mapping[str, str]) -> pd.DataFrame:
    """`area, held_on, reach`, one row for each session and each area that it counts for."""
    nesting = nest(ground)
    step = pd.DataFrame(
        {
            "area": sessions["area_code"].map(dict(home)).astype("str"),
            "held_on": sessions["held_on"],
            "reach": sessions["reach"].astype("Int64"),
        }
    ).astype({"held_on": "datetime64[s]"})
    parents = {code: parent for code, parent in nesting.parents.items() if parent is not None}
    steps = []
    while not (step := step[step["area"].notna()]).empty:
        steps.append(step)
        step = step.assign(area=step["area"].map(parents).astype("str"))
    return pd.concat(steps) if steps else step


def _find_homes(areas: pd.DataFrame, heirs: Mapping[str, str], standing: set[str]) -> dict[str, str]:
    """Any code -> the code itself where it is in force, else its heir, else the nearest one above it that is."""
    latest = areas.sort_values("valid_from", na_position="first").drop_duplicates("code", keep="last")
    onward = {c: p for c, p in zip(latest["code"], latest["parent_code"], strict=True) if isinstance(p, str)}
    onward |= heirs
    homes: dict[str, str] = {}
    for code in {*onward, *standing}:
        walk, here = {code}, code
        while here not in standing and here in onward and onward[here] not in walk:
            here = onward[here]
            walk.add(here)
        if here in standing:
            homes[code] = here
    return homes


def _count_levels(by_area: pd.DataFrame) -> pd.DataFrame:
    groups = by_area.assign(covered=by_area["sessions"] > 0).groupby("level", sort=False)["covered"]
    counts = pd.DataFrame({"areas": groups.size(), "covered": groups.sum()}).astype("int64")
    return counts.assign(share=counts["covered"] / counts["areas"]).rename_axis("level").reset_index()
