"""A sweep as a problem: who goes out when, which premises may be visited when, and what each visit is worth.

Time is in whole minutes of a day, half-open spans; a journey is rounded up to the minute. A *shift* is one team on one
day, from where it starts to where it ends (home, or a lodging for the night). A *stop* is one facility with its opening
spans for each day. A stop that *must* be visited is left out only where it cannot be placed; any other is worth so many
minutes of a team's work, and is left out where it takes more. Objects refuse what cannot be, with a ValueError.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gis.analysis.sweeps.hours import DAY_MINUTES, Span

FEWEST_INSPECTORS: Final = 2


@dataclass(frozen=True)
class Place:
    """Where a team starts or ends, in degrees (WGS84)."""

    name: str
    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):
            raise ValueError(f"{self.name}: {self.lon}, {self.lat} is no place in degrees")


@dataclass(frozen=True)
class Night:
    """A lodging at which a team may end one day and start the next."""

    after: date
    place: Place
    optional: bool = True
    """Used only where it makes the sweep cheaper; else always."""


@dataclass(frozen=True)
class Team:
    """At least two inspectors who go together."""

    code: str
    inspectors: tuple[str, ...]
    start: Place
    end: Place
    begins: int
    ends: int
    breaks: tuple[Span, ...] = ()
    skills: frozenset[str] = frozenset()
    nights: tuple[Night, ...] = ()
    days_off: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if len(set(self.inspectors)) < FEWEST_INSPECTORS:
            raise ValueError(f"{self.code}: fewer than two inspectors")
        if not 0 <= self.begins < self.ends <= DAY_MINUTES:
            raise ValueError(f"{self.code}: the day ends before it begins")
        spans = [(self.begins, self.begins), *sorted(self.breaks), (self.ends, self.ends)]
        if any(before[1] > after[0] for before, after in pairwise(spans)):
            raise ValueError(f"{self.code}: breaks must lie within the working hours, one after the other")
        if any(start >= end for start, end in self.breaks):
            raise ValueError(f"{self.code}: a break ends before it begins")


@dataclass(frozen=True)
class Shift:
    """One team on one day."""

    team: str
    day: date
    start: Place
    end: Place
    begins: int
    ends: int
    breaks: tuple[Span, ...] = ()
    skills: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 0 <= self.begins <= self.ends <= DAY_MINUTES:
            raise ValueError(f"{self.team}: the day ends before it begins")

    @property
    def working(self) -> int:
        """Minutes from begin to end without breaks."""
        return self.ends - self.begins - sum(end - start for start, end in self.breaks)


@dataclass(frozen=True)
class Stop:
    """One facility that may be visited."""

    code: str
    name: str
    lon: float
    lat: float
    minutes: int
    """Length of the visit."""
    open_on: Mapping[date, tuple[Span, ...]]
    must: bool = False
    worth: int = 0
    """Minutes of a team's work that the visit is worth; of no meaning where it must be."""
    needs: frozenset[str] = frozenset()
    source: str = "must"
    """Why it stands here: must, drawn, ranked, overdue, never, due_soon."""
    kind: str | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.lon) and np.isfinite(self.lat)):
            raise ValueError(f"{self.code}: has no point")
        if not 0 < self.minutes <= DAY_MINUTES or self.worth < 0:
            raise ValueError(f"{self.code}: a visit has from 1 to {DAY_MINUTES} minutes and a worth of 0 or more")


@dataclass(frozen=True)
class Travel:
    """Minutes and metres between all places: those of shifts first (`places`), then the stops, in their order."""

    places: tuple[Place, ...]
    minutes: NDArray[np.int64]
    metres: NDArray[np.float64]
    straight_line: bool
    """No road network: straight lines times a detour factor."""

    def __post_init__(self) -> None:
        size = len(self.minutes)
        if self.minutes.shape != (size, size) or self.metres.shape != (size, size) or size < len(self.places):
            raise ValueError("minutes and metres are square and of one size")
        if (self.minutes < 0).any() or (np.diag(self.minutes) != 0).any():
            raise ValueError("a journey takes no less than nothing, and from a place to itself nothing")


@dataclass(frozen=True)
class Problem:
    """All that a plan is made of. Raises ValueError where the parts do not fit."""

    stops: tuple[Stop, ...]
    shifts: tuple[Shift, ...]
    travel: Travel
    balance: float = 0.5
    """What a minute beyond a fair share of the work costs more than another."""
    nights: int = 0
    """Minutes that the nights away from home stand for."""

    def __post_init__(self) -> None:
        if len(self.travel.minutes) != len(self.travel.places) + len(self.stops):
            raise ValueError("a row of the matrix for each place and each stop")
        if len({stop.code for stop in self.stops}) != len(self.stops):
            raise ValueError("a facility stands twice")
        if len({(shift.team, shift.day) for shift in self.shifts}) != len(self.shifts):
            raise ValueError("a team has one shift a day")
        known = set(self.travel.places)
        if any(place not in known for shift in self.shifts for place in (shift.start, shift.end)):
            raise ValueError("a shift starts or ends at a place without a row of the matrix")

    @property
    def fair(self) -> int:
        """Minutes of a fair share of the work, by the visits alone with a quarter more for the ways."""
        total = sum(stop.minutes for stop in self.stops) * 1.25
        longest = max((shift.working for shift in self.shifts), default=0)
        return min(longest, int(total / max(1, len(self.shifts))) + 1)


@dataclass(frozen=True)
class Visit:
    """One stop of a route."""

    facility: str
    team: str
    day: date
    arrive: int
    """Minute of the day at which the visit begins; what lies between the journey and it was waited."""
    leave: int
    wait: int = 0
    travel: int = 0
    """Minutes of the journey to it."""
    km: float = 0.0
    """Of that journey."""
    done: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.arrive <= self.leave <= DAY_MINUTES:
            raise ValueError(f"{self.facility}: a visit ends after it begins, on the same day")


@dataclass(frozen=True)
class Route:
    """One team's day: its visits in order."""

    team: str
    day: date
    visits: tuple[Visit, ...]
    leaves: int
    """Minute at which the team leaves its start."""
    returns: int
    minutes: int
    """Worked: journeys, visits and waits, breaks not counted."""
    km: float


@dataclass(frozen=True)
class Unvisited:
    """A stop without a visit, and the rule that says why."""

    facility: str
    rule: str
    detail: str = ""


@dataclass(frozen=True)
class Bound:
    """What no plan can do better than, and by what argument."""

    value: float
    kind: str


@dataclass(frozen=True)
class Plan:
    """What came of a problem."""

    routes: tuple[Route, ...]
    unvisited: tuple[Unvisited, ...]
    objective: float
    """Minutes: worked, more for what is beyond a fair share, nights, and the worth of optional stops left out."""
    bound: Bound
    parts: Mapping[str, float] = field(default_factory=dict)
    """What the objective is the sum of."""

    @property
    def visits(self) -> list[Visit]:
        """All visits, by day, team and time."""
        return [visit for route in self.routes for visit in route.visits]

    @property
    def bound_gap(self) -> float:
        """The part of the objective that is not proven to be needed."""
        return max(0.0, (self.objective - self.bound.value) / self.objective) if self.objective > 0 else 0.0
