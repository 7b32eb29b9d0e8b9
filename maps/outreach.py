"""The outreach map: how long ago the last public session of each area was, and which areas had none in the window.

An area is *reached* where a session counts for it in the window (see `gis.analysis.outreach`), else *missed*.
Reached areas are shaded in five steps, by the days since their last session or by how many they had; missed ones are
hatched, whatever the shade. Nothing but the columns named below is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.texts import N_, Language
from maps.compact import columns_to_json, points_to_json, polygons_to_json
from maps.texts import RESPONSIBILITY
from maps.view import THRESHOLD, Theme, TiledSummary, build_view, count_states, find_bounds, typical_sides

STATES: Final = ("reached", "missed")
STEPS: Final = 5
Step = tuple[int, int | None] | None
COUNTS: Final = (1, 2, 3, 6, 11)
"""The smallest number of sessions of each step."""

OUTREACH: Final[Mapping[str, str]] = MappingProxyType(
    {
        **RESPONSIBILITY,
        "title": N_("Outreach map"),
        "map": N_("Map of areas, and how long ago each had a public session"),
        "panel": N_("Search, layers and areas without a session"),
        "search_hint": N_("Name or code of an area"),
        "of_level": N_("{covered} of {total} areas had a session in the last {days} days"),
        "coverage": N_("Outreach coverage"),
        "gaps": N_("Without a session"),
        "by_age": N_("By days since the last"),
        "by_count": N_("By number"),
        "reached": N_("Had a session"),
        "missed": N_("No session"),
        "missed_hint": N_("No public session in the window"),
        "never": N_("No session is known"),
        "held": N_("Sessions: {count}"),
        "days_ago": N_("last {count} days ago"),
        "step_days": N_("{days} days ago"),
        "step_sessions": N_("Sessions: {count}"),
        "step_more": N_("{from} or more"),
        "sessions": N_("Sessions"),
        "reach": N_("People reached"),
        "last": N_("Last session"),
        "days_since": N_("Days since then"),
        "footer": N_("Only places and numbers are shown: wangge holds nothing about individual people."),
    }
)
"""Key -> English text of the outreach page; what it shares with the responsibility page is not written twice."""


@dataclass(frozen=True)
class OutreachData:
    """Everything the map shows of one day, columns already selected for the reader's role."""

    areas: gpd.GeoDataFrame
    """code, name, level, parent_code, sessions, reach (int64, in the window), last (datetime64, missing for never);
    polygons in EPSG:4326."""
    levels: tuple[str, ...]
    """Highest first."""
    on: date
    known: datetime | None
    days: int
    """Length of the window, which ends with the day."""


def render(data: OutreachData, *, lang: Language, standalone: bool, threshold: int = THRESHOLD) -> str:
    """The page as HTML: one file for the disk, or a page for the web application to serve."""
    areas = shade(data.areas, on=data.on, days=data.days)
    counts = count_states(areas, data.levels, STATES)
    summary = TiledSummary(
        find_bounds(areas), tuple(counts), counts, data.on, data.known, sides=typical_sides(data.areas)
    )
    nothing = data.areas.iloc[:0]
    content = {
        "areas": {**columns_to_json(areas), "shape": polygons_to_json(areas.geometry)},
        "faults": {**columns_to_json(nothing), "shape": polygons_to_json(nothing.geometry)},
        "facilities": {"code": [], **points_to_json(gpd.GeoSeries([], crs=4326))},
        "gaps": {},
    }
    theme = Theme("outreach", OUTREACH, {"days": data.days, "steps": legend(data.days)})
    packed = len(areas) > threshold
    return build_view(summary, theme, lang=lang, standalone=standalone, packed=packed, content=content)


def shade(areas: gpd.GeoDataFrame, *, on: date, days: int) -> gpd.GeoDataFrame:
    """The areas with `state`, `days_since` (Int64), and the steps `age` and `count`, 0 (pale) to 4, of reached ones."""
    since = (pd.Timestamp(on) - areas["last"]).dt.days.astype("Int64")
    reached = areas["sessions"] > 0
    age = STEPS - 1 - np.searchsorted(_edges(days), since.fillna(0).to_numpy("int64"), side="right")
    count = np.searchsorted(COUNTS, areas["sessions"].to_numpy(), side="right") - 1
    columns = ["code", "name", "level", "parent_code", "sessions", "reach", "last", "geometry"]
    return areas[columns].assign(
        state=np.where(reached, *STATES),
        days_since=since,
        age=pd.Series(age, index=areas.index).where(reached).astype("Int64"),
        count=pd.Series(count, index=areas.index).where(reached).astype("Int64"),
    )


def legend(days: int) -> dict[str, list[Step]]:
    """For each way of shading, the first and last number of each step, pale to dark; None for a step without any.

    >>> legend(180)["age"]
    [(144, 179), (108, 143), (72, 107), (36, 71), (0, 35)]
    >>> legend(180)["count"]
    [(1, 1), (2, 2), (3, 5), (6, 10), (11, None)]
    """
    bounds = [0, *_edges(days), days]
    ages: list[Step] = [(first, after - 1) if after > first else None for first, after in pairwise(bounds)]
    counts: list[Step] = [(first, after - 1) for first, after in pairwise(COUNTS)]
    return {"age": ages[::-1], "count": [*counts, (COUNTS[-1], None)]}


def _edges(days: int) -> list[int]:
    """Where a window of days is cut into five."""
    return [days * step // STEPS for step in range(1, STEPS)]
