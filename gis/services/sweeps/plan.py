"""Sweeps: planning one from the register and files, and planning the rest of it anew during the day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Final

import geopandas as gpd
import numpy as np

from gis.analysis.areas.nesting import in_force
from gis.analysis.sweeps.engine import Budget
from gis.analysis.sweeps.hours import DAY_MINUTES
from gis.analysis.sweeps.plan import plan_best
from gis.analysis.sweeps.plan import plan_sweep as plan_problem
from gis.analysis.sweeps.problem import Place, Problem, Shift, Stop, Travel, Unvisited
from gis.analysis.sweeps.replan import join_routes, remaining_shifts, routes_so_far, settle
from gis.analysis.sweeps.shifts import all_places, count_nights, make_shifts
from gis.errors import DataRejected, UsageError
from gis.policies.sweep import SweepPolicy, shipped_sweep_policy
from gis.roads import Mode
from gis.roles import Actor, permit
from gis.services import audit
from gis.services.inspections.oversight import find_oversight
from gis.services.sweeps.document import MOST_DAYS, Sweep
from gis.services.sweeps.fit import Fit
from gis.services.sweeps.sources import Wish, make_stops, merge, sweep_days, wish_due
from gis.services.sweeps.teams import Teams
from gis.services.travel.times import measure_times
from gis.services.workspace import Workspace
from gis.texts import _

MOST_SECONDS: Final = 3600
MOST_SEED: Final = 200
NO_WAY: Final = 2 * DAY_MINUTES
"""Minutes of a journey that no road leads along: longer than any shift."""


@dataclass(frozen=True)
class SweepWish:
    """What a sweep is planned from."""

    teams: Teams
    first: date
    days: int
    seconds: float
    seed: str | None
    wishes: tuple[Wish, ...] = ()
    """Of files: named, drawn, ranked."""
    due: int | None = None
    """So many of what is due as well; None: as the policy says, where nothing else is wished for."""
    mode: Mode = "drive"
    policy: SweepPolicy | None = None
    turns: int | None = None
    """In place of seconds: turns of the search, for a plan that is the same on every machine."""
    fit: Fit | None = None
    """Which teams may go where; None: all everywhere."""
    now: datetime | None = None
    """Time of the place: nobody is sent anywhere before it. None: every day is planned whole."""


def plan_sweep(workspace: Workspace, actor: Actor, wish: SweepWish) -> Sweep:
    """Plans a sweep of premises that the actor answers for. Raises UsageError, DataRejected for what cannot be."""
    permit(actor, "sweeps.plan")
    policy = wish.policy or shipped_sweep_policy()
    seed = _check_seed(wish.seed)
    budget = _check_budget(wish.seconds, wish.turns)
    days = _check_days(wish, policy)
    found = find_oversight(workspace, actor, on=wish.first, known=None)
    most = wish.due if wish.due is not None else (0 if wish.wishes else policy.most_due)
    wishes = merge([*wish.wishes, *wish_due(found.gaps.by_facility, most, policy)])
    if not wishes:
        raise UsageError(_("Nothing is to be visited. Name facilities with --must, --draw, --ranked or --due."))
    premises: gpd.GeoDataFrame = in_force(found.facilities, wish.first)
    stops, unread = make_stops(wishes, premises, days, policy)
    stops, teams, barred = (wish.fit or Fit()).apply(stops, wish.teams.teams)
    unread += barred
    travel, near, off = measure_travel(workspace, all_places(teams), stops, wish.mode)
    problems = [
        Problem(
            tuple(near),
            _left(make_shifts(teams, days, stay=stay), wish.now),
            travel,
            balance=policy.unequal_percent / 100,
            nights=policy.night_minutes * count_nights(teams, stay=stay),
        )
        for stay in _ways(wish.teams)
    ]
    if not problems[0].shifts:
        raise UsageError(_("Every team is off on every day of the sweep. Change days_off or --from."))
    chosen, plan = plan_best(problems, budget, seed=number_of(seed))
    sweep = Sweep(
        plan=replace(plan, unvisited=(*plan.unvisited, *off, *unread)),
        stops=tuple(stops),
        shifts=problems[chosen].shifts,
        people={team.code: team.inspectors for team in wish.teams.teams},
        first=wish.first,
        days=wish.days,
        seed=seed,
        mode=wish.mode,
        straight_line=travel.straight_line,
        balance=problems[chosen].balance,
        policy=policy,
    )
    _record(workspace, actor, "sweeps.plan", sweep)
    return sweep


@dataclass(frozen=True)
class Change:
    """What happened since a plan was made."""

    now: datetime
    done: frozenset[str] = frozenset()
    """Facilities that were visited."""
    closed: frozenset[str] = frozenset()
    """Facilities found closed, which are given up."""
    lost: frozenset[str] = frozenset()
    """Teams that work no more."""
    given_up: frozenset[str] = frozenset()
    """Facilities whose visit somebody gave up."""


def replan_sweep(
    workspace: Workspace, actor: Actor, former: Sweep, change: Change, *, seconds: float, turns: int | None = None
) -> Sweep:
    """The same sweep with what was done fixed and the rest planned anew. Raises UsageError for unknown codes."""
    permit(actor, "sweeps.plan")
    budget = _check_budget(seconds, turns)
    stops = {stop.code: stop for stop in former.stops}
    _check_known(change.done | change.closed, stops, _("facility"))
    _check_known(change.lost, {shift.team for shift in former.shifts}, _("team"))
    planned = {visit.facility for visit in former.plan.visits}
    _check_known(change.done, planned, _("planned visit"))
    done = settle(former.plan.visits, change.done)
    gone = {visit.facility for visit in done} | change.closed | change.given_up
    shifts = remaining_shifts(former.shifts, stops, done, now=change.now, lost=change.lost)
    rest = tuple(stop for code, stop in stops.items() if code not in gone)
    kept_out = [Unvisited(code, "closed-now") for code in sorted(change.closed)]
    kept_out += [Unvisited(code, "given-up") for code in sorted(change.given_up)]
    kept_out += [reason for reason in former.plan.unvisited if reason.facility not in stops]
    places = tuple(dict.fromkeys(place for shift in shifts for place in (shift.start, shift.end)))
    travel, near, off = measure_travel(workspace, places, rest, former.mode)
    problem = Problem(tuple(near), shifts, travel, balance=former.balance)
    before = routes_so_far(former.plan.visits, shifts, gone=gone)
    plan = plan_problem(problem, budget, seed=number_of(former.seed), before=before)
    routes = join_routes(former.plan.routes, done, plan.routes)
    joined = replace(plan, routes=routes, unvisited=(*plan.unvisited, *off, *kept_out))
    left = tuple(stop for stop in former.stops if stop.code not in change.closed | change.given_up)
    at_work = tuple(shift for shift in former.shifts if shift.team not in change.lost)
    sweep = replace(former, plan=joined, stops=left, shifts=at_work, now=change.now.isoformat(timespec="minutes"))
    _record(workspace, actor, "sweeps.replan", sweep)
    return sweep


def measure_travel(
    workspace: Workspace, places: Sequence[Place], stops: Sequence[Stop], mode: Mode
) -> tuple[Travel, list[Stop], list[Unvisited]]:
    """Times between all of them, the stops that can be reached, and those that cannot, with the reason.

    Minutes are rounded up, so that a plan never counts on less time than the way takes. Where no way leads from one to
    another the journey is longer than any day. Raises DataRejected for a place of a team that is off the roads.
    """
    lonlat = np.array([(p.lon, p.lat) for p in places] + [(s.lon, s.lat) for s in stops], dtype=float).reshape(-1, 2)
    found = measure_times(workspace, lonlat, lonlat, mode=mode)
    off = {*found.off_origins, *found.off_destinations}
    lost = [place.name for row, place in enumerate(places) if row in off]
    if lost:
        raise DataRejected(
            _("{place}: no road of the extract is near it. Correct the place in the file of teams.", place=lost[0])
        )
    known = [row for row in range(len(lonlat)) if row not in off]
    metres, minutes = found.metres[np.ix_(known, known)], found.minutes[np.ix_(known, known)]
    whole = np.where(np.isnan(minutes), NO_WAY, np.ceil(np.round(minutes, 6))).astype(np.int64)
    travel = Travel(tuple(places), whole, np.nan_to_num(metres), straight_line=found.straight_line)
    near = [stop for row, stop in enumerate(stops, start=len(places)) if row not in off]
    reached = {stop.code for stop in near}
    return travel, near, [Unvisited(stop.code, "no-road") for stop in stops if stop.code not in reached]


def number_of(seed: str) -> int:
    """The seed as a number: any text will do, and one that looks alike gives another."""
    return int.from_bytes(sha256(seed.encode()).digest()[:6])


def _left(shifts: tuple[Shift, ...], now: datetime | None) -> tuple[Shift, ...]:
    """What is left of the shifts."""
    return shifts if now is None else remaining_shifts(shifts, {}, [], now=now, lost=())


def _ways(teams: Teams) -> list[bool]:
    """Optional nights away or not; one way where nobody may stay away."""
    optional = any(night.optional for team in teams.teams for night in team.nights)
    return [False, True] if optional else [False]


def _check_seed(seed: str | None) -> str:
    text = (seed or "").strip()
    if not text or len(text) > MOST_SEED:
        raise UsageError(
            _("The seed is missing. Give --seed with a number or a text that nobody outside knows beforehand.")
        )
    return text


def _check_budget(seconds: float, turns: int | None) -> Budget:
    if turns is not None and turns >= 1:
        return Budget(turns=turns)
    if not 0 < seconds <= MOST_SECONDS:
        raise UsageError(
            _(
                "--seconds: {number} is not above 0 and up to {most}. Give 10 for a small sweep, 60 for a large one.",
                number=f"{seconds:g}",
                most=MOST_SECONDS,
            )
        )
    return Budget(seconds=seconds)


def _check_days(wish: SweepWish, policy: SweepPolicy) -> list[date]:
    if not 1 <= wish.days <= MOST_DAYS:
        raise UsageError(_("--days: {number} is not from 1 to {most}.", number=wish.days, most=MOST_DAYS))
    days = sweep_days(wish.first, wish.days, policy, every_day=wish.teams.every_day)
    if not days:
        raise UsageError(
            _(
                "All days of the sweep are days off. Choose another --from, or write every_day = true in the file of "
                "teams."
            )
        )
    return days


def _check_known(codes: Collection[str], known: Collection[str], what: str) -> None:
    strange = sorted(code for code in codes if code not in known)
    if strange:
        raise DataRejected(
            _("The plan has no {what} {code}. Look at its routes for what it has.", what=what, code=strange[0][:100])
        )


def _record(workspace: Workspace, actor: Actor, action: str, sweep: Sweep) -> None:
    details = {
        "from": sweep.first.isoformat(),
        "days": sweep.days,
        "seed_sha256": sha256(sweep.seed.encode()).hexdigest(),
        "visits": len(sweep.plan.visits),
        "unvisited": len(sweep.plan.unvisited),
    }
    with workspace.transaction(actor) as connection:
        audit.record(connection, actor, action, sweep.first.isoformat(), details=details)
