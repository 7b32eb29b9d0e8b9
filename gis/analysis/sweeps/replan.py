"""Planning the rest of a sweep anew in the middle of a day: what is done stays, the rest begins where the teams are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from gis.analysis.sweeps.problem import Place, Route, Shift, Stop, Visit


def settle(visits: Iterable[Visit], done: Collection[str]) -> list[Visit]:
    """The visits that took place, marked so."""
    return [replace(visit, done=True) for visit in visits if visit.facility in done or visit.done]


def remaining_shifts(
    shifts: Iterable[Shift], stops: Mapping[str, Stop], done: Sequence[Visit], *, now: datetime, lost: Collection[str]
) -> tuple[Shift, ...]:
    """The shifts that are left: of today from now on, beginning where the team was last; of lost teams none."""
    kept = []
    for shift in shifts:
        if shift.team in lost or shift.day < now.date():
            continue
        if shift.day > now.date():
            kept.append(shift)
            continue
        today = [visit for visit in done if (visit.team, visit.day) == (shift.team, shift.day)]
        rest = _from_now(shift, stops, today, minute=now.hour * 60 + now.minute)
        if rest is not None:
            kept.append(rest)
    return tuple(kept)


def _from_now(shift: Shift, stops: Mapping[str, Stop], done: Sequence[Visit], *, minute: int) -> Shift | None:
    """The rest of a shift; None where nothing is left of it. A visit that is done keeps its time."""
    last = max(done, key=lambda visit: visit.leave, default=None)
    begins = max(shift.begins, minute, last.leave if last else 0)
    begins = next((end for start, end in shift.breaks if start <= begins < end), begins)
    if begins >= shift.ends:
        return None
    start = shift.start
    if last is not None:
        stop = stops[last.facility]
        start = Place(stop.name or stop.code, stop.lon, stop.lat)
    return replace(shift, start=start, begins=begins, breaks=tuple(span for span in shift.breaks if span[0] >= begins))


def routes_so_far(
    visits: Iterable[Visit], shifts: Sequence[Shift], *, gone: Collection[str]
) -> dict[int, list[tuple[str, int]]]:
    """The former routes without what is gone, for the search to begin from."""
    number = {(shift.team, shift.day): place for place, shift in enumerate(shifts)}
    routes: dict[int, list[tuple[str, int]]] = {}
    for visit in sorted(visits, key=lambda visit: (visit.day, visit.arrive)):
        place = number.get((visit.team, visit.day))
        if place is not None and visit.facility not in gone:
            routes.setdefault(place, []).append((visit.facility, visit.arrive))
    return routes


def join_routes(former: Iterable[Route], done: Sequence[Visit], new: Iterable[Route]) -> tuple[Route, ...]:
    """What was done and what is planned from now on, as one route for each team and day."""
    planned = {(route.team, route.day): route for route in new}
    joined = []
    for route in former:
        before = tuple(visit for visit in done if (visit.team, visit.day) == (route.team, route.day))
        after = planned.pop((route.team, route.day), None)
        if before:
            joined.append(_join(route, before, after))
        elif after is not None:
            joined.append(after)
    return tuple(sorted([*joined, *planned.values()], key=lambda route: (route.day, route.team)))


def _join(former: Route, done: tuple[Visit, ...], after: Route | None) -> Route:
    worked = sum(visit.travel + visit.wait + visit.leave - visit.arrive for visit in done)
    return replace(
        former,
        visits=(*done, *(after.visits if after else ())),
        returns=after.returns if after else done[-1].leave,
        minutes=worked + (after.minutes if after else 0),
        km=round(sum(visit.km for visit in done) + (after.km if after else 0.0), 3),
    )
