"""The map of a sweep: the routes of each team and day with their stops numbered in order, and what is not visited.

Beside the map stands the time-table, the same content for those who read rather than look. Nothing but the columns
named below is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import shapely

from gis.texts import N_, Language
from maps.compact import columns_to_json
from maps.field import areas_to_json, bounds_of, field_page, places_to_json
from maps.field_texts import FIELD

_DIGITS: Final = 6
"""Of a coordinate in degrees: 0.11 m."""

SWEEP: Final[Mapping[str, str]] = MappingProxyType(
    {
        **FIELD,
        "title_sweep": N_("Sweep on the map"),
        "filters": N_("What is shown"),
        "day": N_("Day"),
        "every_day": N_("Every day"),
        "team": N_("Team"),
        "every_team": N_("Every team"),
        "timetable": N_("Time-table"),
        "stop": N_("{number}. {name}, {team}, {day} {arrive}"),
        "visit": N_("Visit"),
        "from_until": N_("{from} to {until}"),
        "route": N_("{team}, {day}: {visits} visits, {minutes} minutes of work, {km} km"),
        "leaves": N_("Leaves {place}"),
        "returns": N_("Back at {place}"),
        "unvisited": N_("Not visited"),
        "reason": N_("Reason"),
        "must_be": N_("Must be visited"),
        "straight": N_("No road network is loaded: times are those of straight lines with a detour factor."),
        "home_of": N_("Start or end of {teams}"),
        "visits_of": N_("{count} visits"),
    }
)
"""Key -> English text of the sweep's page; what it shares with the small maps is not written twice."""


@dataclass(frozen=True)
class SweepMap:
    """Everything the map shows, columns already selected for the reader's role; all geometry in EPSG:4326."""

    stops: gpd.GeoDataFrame
    """code, name, kind, must (bool), team, day (text), number (Int64, from 1 in each route), arrive, leave (HH:MM),
    reason; points. Without team, day, number and times where it is not visited, without reason where it is."""
    routes: gpd.GeoDataFrame
    """team, day, visits, minutes, km, leaves, returns (HH:MM), start, end (names of places); lines in driving order."""
    homes: gpd.GeoDataFrame
    """name, teams (text): where routes start and end; points."""
    outline: gpd.GeoDataFrame
    """code, name; polygons."""
    straight_line: bool
    """Times were not measured on roads."""


def render_sweep(data: SweepMap, *, lang: Language, standalone: bool) -> str:
    """The page as HTML: one file for the disk, or a page for the web application to serve."""
    return field_page(
        lang=lang,
        title="title_sweep",
        scripts=("static/sweep.js",),
        styles=("static/sweep.css",),
        bounds=bounds_of(data.stops, data.homes, data.outline),
        data={
            "stops": places_to_json(data.stops),
            "routes": {**columns_to_json(data.routes), "line": _lines(data.routes)},
            "homes": places_to_json(data.homes),
            "areas": areas_to_json(data.outline),
        },
        facts={"straight_line": data.straight_line, "served": not standalone},
        texts=SWEEP,
        standalone=standalone,
    )


def _lines(routes: gpd.GeoDataFrame) -> list[Any]:
    """Longitude and latitude of each corner, a list for each route."""
    return [shapely.get_coordinates(line).round(_DIGITS).tolist() for line in routes.geometry]
