"""A planned sweep as one JSON document, with all that is needed to print it and to plan the rest of it anew."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from gis.analysis.sweeps.problem import Plan, Route, Shift, Stop, Unvisited, Visit
from gis.policies.sweep import SweepPolicy, policy_to_json, shipped_sweep_policy
from gis.roads import Mode
from gis.texts import N_, _

VERSION: Final = 1
MOST_DAYS: Final = 31
MOST_STOPS: Final = 2000
DUTY: Final = "answers for "
"""Beginning of the qualification that only the teams have who may go somewhere."""
NO_DUTY: Final = N_("nobody of the teams answers for it")
REASONS: Final = {
    "no-hours": N_("its hours are not understood: {detail}"),
    "no-team": N_("no team is left"),
    "no-road": N_("no road of the extract is near it"),
    "closed": N_("closed all day"),
    "closed-now": N_("closed on the day of the visit"),
    "given-up": N_("the visit was given up"),
    "too-short": N_("not open for as long as a visit takes"),
    "no-skill": N_("no team has {detail}"),
    "no-duty": NO_DUTY,
    "no-checklist": N_("there is no checklist for its kind"),
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
    policy: SweepPolicy = field(default_factory=shipped_sweep_policy)
    """What it was planned by."""


def last_day(sweep: Sweep) -> date:
    """The last of its days."""
    return sweep.first + timedelta(days=sweep.days - 1)


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
    if reason.rule == "no-skill" and DUTY in reason.detail:
        return _(NO_DUTY)
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


def texts_of(sweep: Sweep) -> list[str]:
    """Every text of a plan that somebody wrote for it, rather than the register."""
    places = {place.name for shift in sweep.shifts for place in (shift.start, shift.end)}
    skills = {skill for part in (*sweep.shifts, *sweep.stops) for skill in getattr(part, "skills", ())}
    skills |= {skill for stop in sweep.stops for skill in stop.needs}
    details = {detail for reason in sweep.plan.unvisited for detail in (reason.detail, reason.facility)}
    others = {sweep.seed, sweep.now or "", sweep.plan.bound.kind, *sweep.plan.parts, *sweep.people}
    sources = {stop.source for stop in sweep.stops}
    rules = [json.dumps(policy_to_json(sweep.policy), ensure_ascii=False)]
    return [*sorted(places | skills | details | others | sources), *rules]


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
        "policy": policy_to_json(sweep.policy),
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
