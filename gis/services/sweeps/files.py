"""A sweep as a file, by its ending: JSON, GPX, ICS, PDF or XLSX."""

import json

from gis.analysis.sweeps.problem import Place, Route
from gis.services.sweeps.document import Sweep, clock, last_day, tell_reason, to_document
from gis.texts import current_language
from maps.sheets.sweep import (
    SheetRoute,
    SheetStop,
    SweepSheet,
    sweep_calendar,
    sweep_gpx,
    sweep_pdf,
    sweep_workbook,
)

_MAKERS = {".gpx": sweep_gpx, ".ics": sweep_calendar, ".pdf": sweep_pdf, ".xlsx": sweep_workbook}


def write_sweep(sweep: Sweep, ending: str) -> bytes:
    """The bytes of the file; `ending` is one of `maps.sheets.sweep.ENDINGS`."""
    if ending == ".json":
        return (json.dumps(to_document(sweep), ensure_ascii=False, indent=2) + "\n").encode()
    return _MAKERS[ending](make_sheet(sweep), lang=current_language())


def make_sheet(sweep: Sweep) -> SweepSheet:
    """What is printed of a sweep."""
    names = {stop.code: stop.name for stop in sweep.stops}
    return SweepSheet(
        first=sweep.first,
        last=last_day(sweep),
        routes=tuple(_make_route(sweep, route) for route in sweep.plan.routes),
        unvisited=tuple((r.facility, names.get(r.facility, ""), tell_reason(r)) for r in sweep.plan.unvisited),
        straight_line=sweep.straight_line,
    )


def _make_route(sweep: Sweep, route: Route) -> SheetRoute:
    stops = {stop.code: stop for stop in sweep.stops}
    shift = next((s for s in sweep.shifts if (s.team, s.day) == (route.team, route.day)), None)
    last = stops[route.visits[-1].facility]
    here = Place(last.name, last.lon, last.lat)
    start, end = (shift.start, shift.end) if shift else (here, here)
    return SheetRoute(
        team=route.team,
        people=tuple(sweep.people.get(route.team, ())),
        day=route.day,
        leaves=clock(route.leaves),
        returns=clock(route.returns),
        start=(start.name, start.lon, start.lat),
        end=(end.name, end.lon, end.lat),
        minutes=route.minutes,
        km=route.km,
        stops=tuple(
            SheetStop(
                number=number,
                facility=visit.facility,
                name=stops[visit.facility].name,
                kind=stops[visit.facility].kind,
                address=stops[visit.facility].address,
                lon=stops[visit.facility].lon,
                lat=stops[visit.facility].lat,
                arrive=clock(visit.arrive),
                leave=clock(visit.leave),
                travel=visit.travel,
                done=visit.done,
            )
            for number, visit in enumerate(route.visits, start=1)
        ),
    )
