"""The sheets of a sweep: a page for each team and day with its stops in order, a workbook, GPX and a calendar.

All are made from the same rows. Times are those of the place; a calendar therefore holds them without a zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import gpxpy.gpx
from icalendar import Calendar, Event

from gis.texts import Language, _, use_language
from maps.sheets.table import Column, Table, plain_text, printed
from maps.sheets.typeset import typeset
from maps.sheets.workbook import write_workbook

ENDINGS: Final = (".json", ".gpx", ".ics", ".pdf", ".xlsx")


@dataclass(frozen=True)
class SheetStop:
    """One visit as it is printed."""

    number: int
    facility: str
    name: str
    kind: str | None
    address: str | None
    lon: float
    lat: float
    arrive: str
    leave: str
    """HH:MM."""
    travel: int
    done: bool


@dataclass(frozen=True)
class SheetRoute:
    """One team's day."""

    team: str
    people: tuple[str, ...]
    day: date
    leaves: str
    returns: str
    start: tuple[str, float, float]
    end: tuple[str, float, float]
    """Name, longitude, latitude."""
    minutes: int
    km: float
    stops: tuple[SheetStop, ...]


@dataclass(frozen=True)
class SweepSheet:
    """A sweep as it is handed out."""

    first: date
    last: date
    routes: tuple[SheetRoute, ...]
    unvisited: tuple[tuple[str, str, str], ...]
    """Code, name, reason."""
    straight_line: bool


def sweep_pdf(sweep: SweepSheet, *, lang: Language) -> bytes:
    """The route sheets as PDF, A4, one page or more for each team and day."""
    with use_language(lang):
        return typeset("sweep", _content(sweep), lang=lang, on=sweep.first)


def sweep_workbook(sweep: SweepSheet, *, lang: Language) -> bytes:
    """Routes, visits and what is not visited as XLSX."""
    with use_language(lang):
        visits = Table(
            _("Visits"),
            (Column(_("Day"), "day"), Column(_("Team"), "text", 10), *_STOP_COLUMNS()),
            [(route.day, plain_text(route.team), *_row(stop)) for route in sweep.routes for stop in route.stops],
        )
        return write_workbook([_overview(sweep), visits, _unvisited(sweep)], title=_title(sweep), on=sweep.first)


def sweep_gpx(sweep: SweepSheet, *, lang: Language) -> bytes:
    """One route for each team and day, its stops numbered, from where the team starts to where it ends."""
    with use_language(lang):
        gpx = gpxpy.gpx.GPX()
        gpx.name, gpx.creator = _title(sweep), "wangge"
        for route in sweep.routes:
            track = gpxpy.gpx.GPXRoute(name=plain_text(f"{route.day.isoformat()} {route.team}"))
            track.points.append(_point(route.start, _("Start"), route.leaves))
            for stop in route.stops:
                label = plain_text(f"{stop.number} {stop.name}")
                point = gpxpy.gpx.GPXRoutePoint(stop.lat, stop.lon, name=label)
                point.description = plain_text(f"{stop.arrive}-{stop.leave} {stop.facility} {stop.address or ''}")
                track.points.append(point)
            track.points.append(_point(route.end, _("End"), route.returns))
            gpx.routes.append(track)
        return str(gpx.to_xml(version="1.1")).encode()


def sweep_calendar(sweep: SweepSheet, *, lang: Language) -> bytes:
    """One event for each visit; times are those of the place, without a zone."""
    with use_language(lang):
        calendar = Calendar()
        calendar.add("prodid", "-//wangge//sweep//")
        calendar.add("version", "2.0")
        for route in sweep.routes:
            for stop in route.stops:
                calendar.add_component(_event(route, stop))
        return bytes(calendar.to_ical())


def _event(route: SheetRoute, stop: SheetStop) -> Event:
    event = Event()
    key = f"wangge:{route.day.isoformat()}:{route.team}:{stop.facility}"
    event.add("uid", f"{uuid5(NAMESPACE_URL, key)}@wangge")
    event.add("dtstamp", datetime.combine(route.day, time(), UTC))
    event.add("dtstart", _moment(route.day, stop.arrive))
    event.add("dtend", _moment(route.day, stop.leave))
    event.add("summary", plain_text(f"{route.team} {stop.number}. {stop.name}"))
    event.add("location", plain_text(stop.address or stop.name))
    event.add("geo", (stop.lat, stop.lon))
    event.add("description", plain_text(f"{stop.facility} {stop.kind or ''} {' '.join(route.people)}"))
    return event


def _moment(day: date, clock: str) -> datetime:
    hours, minutes = (int(part) for part in clock.split(":"))
    return datetime.combine(day, time()) + timedelta(hours=hours, minutes=minutes)


def _point(place: tuple[str, float, float], role: str, clock: str) -> gpxpy.gpx.GPXRoutePoint:
    name, lon, lat = place
    return gpxpy.gpx.GPXRoutePoint(lat, lon, name=plain_text(f"{role} {name}"), description=clock)


def _title(sweep: SweepSheet) -> str:
    if sweep.first == sweep.last:
        return _("Sweep on {day}", day=sweep.first.isoformat())
    return _("Sweep from {first} to {last}", first=sweep.first.isoformat(), last=sweep.last.isoformat())


def note_on_travel(*, straight_line: bool) -> str:
    """What the times of journeys are made of."""
    if straight_line:
        return _("Times of journeys are those of straight lines times a detour factor: there is no road network.")
    return _("Times of journeys are those of the road network.")


def _content(sweep: SweepSheet) -> dict[str, Any]:
    visits = sum(len(route.stops) for route in sweep.routes)
    return {
        "title": _title(sweep),
        "under": _("{routes} routes, {visits} visits", routes=len(sweep.routes), visits=visits),
        "page": _("Page {page} of {pages}"),
        "footer": note_on_travel(straight_line=sweep.straight_line),
        "note": note_on_travel(straight_line=sweep.straight_line),
        "overview": printed(_overview(sweep), empty=_("None")),
        "routes": [_sheet(route) for route in sweep.routes],
        "unvisited": printed(_unvisited(sweep), empty=_("None")),
    }


def _sheet(route: SheetRoute) -> Mapping[str, Any]:
    rows = [_row(stop) for stop in route.stops]
    title = _("{day}, team {team}", day=route.day.isoformat(), team=plain_text(route.team))
    return {
        **printed(Table(title, _STOP_COLUMNS(), rows), empty=_("None")),
        "team": _("Inspectors: {people}", people=plain_text(", ".join(route.people))),
        "facts": _(
            "Leaves {start} at {leaves}, back at {end} at {returns}; {minutes} minutes of work, {km} km.",
            start=plain_text(route.start[0]),
            leaves=route.leaves,
            end=plain_text(route.end[0]),
            returns=route.returns,
            minutes=route.minutes,
            km=f"{route.km:.1f}",
        ),
    }


def _STOP_COLUMNS() -> tuple[Column, ...]:  # noqa: N802 - a constant in the reader's language
    return (
        Column(_("No."), "count", 4),
        Column(_("Arrive"), "text", 6),
        Column(_("Leave"), "text", 6),
        Column(_("Journey, minutes"), "count", 7),
        Column(_("Code"), "code", 10),
        Column(_("Name"), "text", 20),
        Column(_("Kind"), "text", 10),
        Column(_("Address"), "text", 22),
    )


def _row(stop: SheetStop) -> tuple[Any, ...]:
    texts = (plain_text(text or "") or None for text in (stop.facility, stop.name, stop.kind, stop.address))
    return (stop.number, stop.arrive, stop.leave, stop.travel, *texts)


def _overview(sweep: SweepSheet) -> Table:
    columns = (
        Column(_("Day"), "day"),
        Column(_("Team"), "text", 10),
        Column(_("Inspectors"), "text", 20),
        Column(_("Leaves"), "text", 7),
        Column(_("Back"), "text", 7),
        Column(_("Visits"), "count", 7),
        Column(_("Minutes of work"), "count", 8),
        Column(_("Kilometres"), "km2", 9),
    )
    rows = [
        (r.day, plain_text(r.team), plain_text(", ".join(r.people)), r.leaves, r.returns, len(r.stops), r.minutes, r.km)
        for r in sweep.routes
    ]
    return Table(_("Routes"), columns, rows)


def _unvisited(sweep: SweepSheet) -> Table:
    columns = (Column(_("Code"), "code", 12), Column(_("Name"), "text", 24), Column(_("Reason"), "text", 36))
    return Table(_("Not visited"), columns, [tuple(map(plain_text, row)) for row in sweep.unvisited])
