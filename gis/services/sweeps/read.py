"""The way back from the document of a sweep to the sweep: of a file, or of what somebody sent."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from gis.analysis.sweeps.hours import Span
from gis.analysis.sweeps.problem import Bound, Place, Plan, Route, Shift, Stop, Unvisited, Visit
from gis.errors import DataRejected, UsageError
from gis.policies.sweep import policy_from_json, shipped_sweep_policy
from gis.roads import MODES, Mode
from gis.services.sweeps.document import MOST_DAYS, MOST_STOPS, REASONS, Sweep, minute_of, to_document
from gis.texts import _

LONGEST: Final = 1000
"""Characters of a text."""


def read_sweep(file: Path) -> Sweep:
    """The way back. Raises DataRejected for a file that is no plan."""
    try:
        return parse_sweep(file.read_bytes(), name=file.name)
    except OSError as error:
        raise DataRejected(_("{file} cannot be read: {why}.", file=file.name, why=error.strerror)) from None


def parse_sweep(content: bytes | Mapping[str, Any], *, name: str) -> Sweep:
    """The same from what was sent. Raises DataRejected."""
    try:
        document = json.loads(content.decode("utf-8")) if isinstance(content, bytes) else content
        sweep = _from_document(document)
        _require_whole(sweep)
        json.dumps(to_document(sweep), allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, OverflowError, RecursionError, UsageError):
        raise DataRejected(
            _("{file} is no plan of a sweep. Give the JSON that `wangge sweep plan` wrote.", file=name[:100])
        ) from None
    return sweep


def _require_whole(sweep: Sweep) -> None:
    """Raises ValueError where the parts do not fit each other."""
    stops, visits = {stop.code for stop in sweep.stops}, sweep.plan.visits
    codes = [visit.facility for visit in visits]
    left = [reason.facility for reason in sweep.plan.unvisited]
    names = [*codes, *left, *stops, *sweep.people, *(p for people in sweep.people.values() for p in people), sweep.seed]
    names += [text for stop in sweep.stops for text in (stop.name, stop.kind or "-", stop.address or "-", stop.source)]
    names += [place.name for shift in sweep.shifts for place in (shift.start, shift.end)]
    days = {route.day for route in sweep.plan.routes} | {shift.day for shift in sweep.shifts}
    last = sweep.first + timedelta(days=sweep.days - 1)
    fine = (
        1 <= sweep.days <= MOST_DAYS,
        len(sweep.stops) <= MOST_STOPS and len(stops) == len(sweep.stops),
        all(isinstance(name, str) and 0 < len(name) <= LONGEST for name in names),
        all(code.isprintable() for code in sweep.people),
        len(set(codes)) == len(codes) and set(codes) <= stops,
        all(route.visits and route.team in sweep.people for route in sweep.plan.routes),
        len({(route.team, route.day) for route in sweep.plan.routes}) == len(sweep.plan.routes),
        all(sweep.first <= day <= last for day in days),
        all(reason.rule in REASONS for reason in sweep.plan.unvisited),
    )
    if not all(fine):
        raise ValueError("the parts do not fit")


def _from_document(document: Mapping[str, Any]) -> Sweep:
    inputs = document["inputs"]
    if hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest() != document["inputs_sha256"]:
        raise ValueError("changed by hand")
    visits = [_read_visit(row) for row in document["visits"]]
    plan = Plan(
        routes=tuple(_read_route(row, visits) for row in document["routes"]),
        unvisited=tuple(Unvisited(r["facility"], r["rule"], r.get("detail", "")) for r in document["unvisited"]),
        objective=float(document["objective"]),
        bound=Bound(float(document["bound"]["value"]), str(document["bound"]["kind"])),
        parts={name: float(value) for name, value in document["parts"].items()},
    )
    return Sweep(
        plan=plan,
        stops=tuple(_read_stop(row) for row in inputs["stops"]),
        shifts=tuple(_read_shift(row) for row in inputs["shifts"]),
        people={team: tuple(people) for team, people in inputs["people"].items()},
        first=date.fromisoformat(document["from"]),
        days=int(document["days"]),
        seed=str(document["seed"]),
        mode=_read_mode(document["mode"]),
        straight_line=bool(document["straight_line"]),
        balance=float(inputs["balance"]),
        now=document.get("now"),
        policy=policy_from_json(inputs["policy"]) if "policy" in inputs else shipped_sweep_policy(),
    )


def _read_mode(text: str) -> Mode:
    return next(mode for mode in MODES if mode == text)


def _read_visit(row: Mapping[str, Any]) -> Visit:
    return Visit(
        facility=row["facility"],
        team=row["team"],
        day=date.fromisoformat(row["day"]),
        arrive=minute_of(row["arrive"]),
        leave=minute_of(row["leave"]),
        wait=int(row["wait"]),
        travel=int(row["travel"]),
        km=float(row["km"]),
        done=bool(row["done"]),
    )


def _read_route(row: Mapping[str, Any], visits: Sequence[Visit]) -> Route:
    team, day = row["team"], date.fromisoformat(row["day"])
    own = tuple(visit for visit in visits if (visit.team, visit.day) == (team, day))
    return Route(
        team, day, own, minute_of(row["leaves"]), minute_of(row["returns"]), int(row["minutes"]), float(row["km"])
    )


def _read_stop(row: Mapping[str, Any]) -> Stop:
    return Stop(
        code=row["facility"],
        name=row["name"],
        lon=float(row["lon"]),
        lat=float(row["lat"]),
        minutes=int(row["minutes"]),
        open_on={date.fromisoformat(day): tuple(map(_read_span, spans)) for day, spans in row["open"].items()},
        must=bool(row["must"]),
        worth=int(row["worth"]),
        needs=frozenset(row["needs"]),
        source=row["source"],
        kind=row["kind"],
        address=row["address"],
    )


def _read_shift(row: Mapping[str, Any]) -> Shift:
    return Shift(
        team=row["team"],
        day=date.fromisoformat(row["day"]),
        start=Place(*row["start"]),
        end=Place(*row["end"]),
        begins=int(row["hours"][0]),
        ends=int(row["hours"][1]),
        breaks=tuple(map(_read_span, row["breaks"])),
        skills=frozenset(row["qualifications"]),
    )


def _read_span(values: Sequence[int]) -> Span:
    first, last = values
    return int(first), int(last)
