"""A planned sweep as one JSON document, with all that is needed to print it and to plan the rest of it anew."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from gis.analysis.sweeps.hours import Span
from gis.analysis.sweeps.problem import Bound, Place, Plan, Route, Shift, Stop, Unvisited, Visit
from gis.errors import DataRejected
from gis.roads import MODES, Mode
from gis.texts import N_, _

VERSION: Final = 1
REASONS: Final = {
    "no-hours": N_("its hours are not understood: {detail}"),
    "no-team": N_("no team is left"),
    "no-road": N_("no road of the extract is near it"),
    "closed": N_("closed all day"),
    "closed-now": N_("closed on the day of the visit"),
    "too-short": N_("not open for as long as a visit takes"),
    "no-skill": N_("no team has {detail}"),
    "too-far": N_("further than a day's work"),
    "not-worth": N_("not worth the time"),
    "full": N_("the days are full with visits that are worth more or must be"),
}
SKILLS: Final = {"ultrasound": N_("an ultrasound engineer")}


@dataclass(frozen=True)
class Sweep:
    """A plan with what it was made of."""

    plan: Plan
    stops: tuple[Stop, ...]
    shifts: tuple[Shift, ...]
    people: Mapping[str, tuple[str, ...]]
    """Team -> inspectors."""
    first: date
    days: int
    seed: str
    mode: Mode
    straight_line: bool
    balance: float
    now: str | None = None
    """When the rest was planned anew; objective and bound are then those of the rest."""


def clock(minute: int) -> str:
    """A minute of the day as HH:MM.

    >>> clock(545), clock(1440)
    ('09:05', '24:00')
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"


def minute_of(text: str) -> int:
    """The way back; ValueError for anything else."""
    hours, _colon, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def tell_reason(reason: Unvisited) -> str:
    """Why a facility is not visited, in the reader's language."""
    names = [_(SKILLS[skill]) if skill in SKILLS else skill for skill in reason.detail.split(", ")]
    detail = ", ".join(names) if reason.rule == "no-skill" else reason.detail
    return _(REASONS[reason.rule], detail=detail) if reason.detail else _(REASONS[reason.rule])


def to_document(sweep: Sweep) -> dict[str, Any]:
    """The document: the keys of the contract first."""
    plan = sweep.plan
    inputs = _inputs(sweep)
    return {
        "objective": round(plan.objective, 3),
        "bound_gap": round(plan.bound_gap, 6),
        "visits": [_visit(visit) for visit in plan.visits],
        "unvisited": [
            {"facility": r.facility, "reason": tell_reason(r), "rule": r.rule, "detail": r.detail}
            for r in plan.unvisited
        ],
        "routes": [_route(route) for route in plan.routes],
        "bound": {"value": round(plan.bound.value, 3), "kind": plan.bound.kind},
        "unit": "minutes",
        "parts": {name: round(value, 3) for name, value in plan.parts.items()},
        "from": sweep.first.isoformat(),
        "days": sweep.days,
        "seed": sweep.seed,
        "now": sweep.now,
        "mode": sweep.mode,
        "straight_line": sweep.straight_line,
        "version": VERSION,
        "inputs_sha256": hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest(),
        "inputs": inputs,
    }


def read_sweep(file: Path) -> Sweep:
    """The way back. Raises DataRejected for a file that is no plan."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return _from_document(document)
    except OSError as error:
        raise DataRejected(_("{file} cannot be read: {why}.", file=file.name, why=error.strerror)) from None
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        raise DataRejected(
            _("{file} is no plan of a sweep. Give the JSON that `wangge sweep plan` wrote.", file=file.name)
        ) from None


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "facility": visit.facility,
        "team": visit.team,
        "day": visit.day.isoformat(),
        "arrive": clock(visit.arrive),
        "leave": clock(visit.leave),
        "travel": visit.travel,
        "wait": visit.wait,
        "km": visit.km,
        "done": visit.done,
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "team": route.team,
        "day": route.day.isoformat(),
        "minutes": route.minutes,
        "km": route.km,
        "facilities": [visit.facility for visit in route.visits],
        "leaves": clock(route.leaves),
        "returns": clock(route.returns),
    }


def _inputs(sweep: Sweep) -> dict[str, Any]:
    return {
        "balance": sweep.balance,
        "people": {team: list(people) for team, people in sweep.people.items()},
        "shifts": [
            {
                "team": s.team,
                "day": s.day.isoformat(),
                "start": [s.start.name, s.start.lon, s.start.lat],
                "end": [s.end.name, s.end.lon, s.end.lat],
                "hours": [s.begins, s.ends],
                "breaks": [list(span) for span in s.breaks],
                "qualifications": sorted(s.skills),
            }
            for s in sweep.shifts
        ],
        "stops": [
            {
                "facility": s.code,
                "name": s.name,
                "kind": s.kind,
                "address": s.address,
                "lon": s.lon,
                "lat": s.lat,
                "minutes": s.minutes,
                "must": s.must,
                "worth": s.worth,
                "needs": sorted(s.needs),
                "source": s.source,
                "open": {day.isoformat(): [list(span) for span in spans] for day, spans in sorted(s.open_on.items())},
            }
            for s in sweep.stops
        ],
    }


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
