"""A planned sweep as its map shows it: stops numbered in the order of their routes, lines along the roads in use."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gis.analysis.sweeps.problem import Shift
from gis.roles import Actor, permit
from gis.services.facilities.premises import Wanted, on_map, survey
from gis.services.sweeps.document import Sweep, clock, tell_reason
from gis.services.travel.times import find_path
from gis.services.workspace import Workspace
from maps.sweep import SweepMap

_VISIT = {"team": None, "day": None, "number": None, "arrive": None, "leave": None, "reason": None}


def sweep_map(workspace: Workspace, actor: Actor, sweep: Sweep) -> SweepMap:
    """Everything the map of a sweep shows; a facility that is not visited and has no point is left out."""
    permit(actor, "sweeps.plan")
    shifts = {(shift.team, shift.day): shift for shift in sweep.shifts}
    driven = [shift for route in sweep.plan.routes if (shift := shifts.get((route.team, route.day)))]
    return SweepMap(
        stops=_stops(sweep),
        routes=_routes(workspace, sweep, shifts),
        homes=_homes(driven),
        outline=on_map(survey(workspace, actor), Wanted()).areas,
        straight_line=sweep.straight_line,
    )


def _stops(sweep: Sweep) -> gpd.GeoDataFrame:
    told: dict[str, dict[str, Any]] = {
        reason.facility: {**_VISIT, "reason": tell_reason(reason)} for reason in sweep.plan.unvisited
    }
    for route in sweep.plan.routes:
        for number, visit in enumerate(route.visits, start=1):
            told[visit.facility] = {
                **_VISIT,
                "team": route.team,
                "day": route.day.isoformat(),
                "number": number,
                "arrive": clock(visit.arrive),
                "leave": clock(visit.leave),
            }
    rows = [
        {"code": stop.code, "name": stop.name, "kind": stop.kind, "must": stop.must, **told.get(stop.code, _VISIT)}
        for stop in sweep.stops
    ]
    points = [shapely.Point(stop.lon, stop.lat) for stop in sweep.stops]
    columns = ["code", "name", "kind", "must", *_VISIT]
    frame = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=points, crs=4326)
    return frame.astype({"number": "Int64"})


def _routes(workspace: Workspace, sweep: Sweep, shifts: Mapping[tuple[str, date], Shift]) -> gpd.GeoDataFrame:
    rows, lines = [], []
    places = {stop.code: (stop.lon, stop.lat) for stop in sweep.stops}
    for route in sweep.plan.routes:
        shift = shifts.get((route.team, route.day))  # a team that is lost has none any more
        rows.append(
            {
                "team": route.team,
                "day": route.day.isoformat(),
                "visits": len(route.visits),
                "minutes": route.minutes,
                "km": route.km,
                "leaves": clock(route.leaves),
                "returns": clock(route.returns),
                "start": shift.start.name if shift else None,
                "end": shift.end.name if shift else None,
            }
        )
        way = [places[visit.facility] for visit in route.visits if visit.facility in places]
        if shift:
            way = [(shift.start.lon, shift.start.lat), *way, (shift.end.lon, shift.end.lat)]
        lines.append(_line(workspace, sweep, way))
    columns = ["team", "day", "visits", "minutes", "km", "leaves", "returns", "start", "end"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=lines, crs=4326)


def _line(workspace: Workspace, sweep: Sweep, way: list[tuple[float, float]]) -> shapely.LineString:
    """Along the roads, or straight where the plan was made without them or no way is found."""
    corners = way[:1]
    for here, there in pairwise(way):
        found = None if sweep.straight_line else find_path(workspace, here, there, sweep.mode)
        corners += [tuple(corner) for corner in shapely.get_coordinates(found.line)] if found else [there]
    return shapely.LineString(corners if len(corners) > 1 else corners * 2)


def _homes(shifts: Iterable[Shift]) -> gpd.GeoDataFrame:
    teams: dict[tuple[str, float, float], set[str]] = {}
    for shift in shifts:
        for place in (shift.start, shift.end):
            teams.setdefault((place.name, place.lon, place.lat), set()).add(shift.team)
    rows = [{"name": name, "teams": ", ".join(sorted(own))} for (name, _lon, _lat), own in teams.items()]
    points = [shapely.Point(lon, lat) for _name, lon, lat in teams]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=["name", "teams"]), geometry=points, crs=4326)
