"""The shapes of what sweeps are asked with and answered by."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.models.register import Model, PageOf
from gis.texts import N_

Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class Sweep(Model):
    """A published sweep in a list."""

    id: UUID
    title: str
    from_: date = Field(alias="from")
    to: date = Field(description=N_("Its last day."))
    days: int
    state: Literal["published", "closed", "withdrawn"]
    state_name: str
    published_by: str
    published_at: datetime
    revision: int = Field(description=N_("1, and one more each time it was planned anew."))
    plan_sha256: str = Field(description=N_("Hash of the plan that holds."))
    revised_by: str
    revised_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    reason: str | None


class SweepPage(PageOf):
    """Sweeps, the latest first."""

    items: list[Sweep]


class Place(Model):
    """Facility in short."""

    code: str
    name: str | None


class Person(Model):
    """Inspector in short."""

    code: str
    name: str | None


class SweepVisit(Model):
    """One visit, and what became of it."""

    facility: Place
    team: str
    day: date
    arrive: str
    leave: str
    inspectors: list[Person]
    checklist: str
    state: Literal["open", "done", "given-up"]
    state_name: str
    reason: str | None
    result: Literal["pass", "conditions", "fail"] | None
    plan: UUID = Field(description=N_("The planned inspection that it became."))
    inspection: str | None
    inspected_on: date | None


class SweepRoute(Model):
    """A team's day."""

    team: str
    day: date
    visits: int
    minutes: int
    km: float
    leaves: str
    returns: str


class NotVisited(Model):
    """What the plan leaves out."""

    facility: Place
    reason: str


class Counts(Model):
    """Visits by what became of them."""

    planned: int
    done: int
    open: int
    late: int = Field(description=N_("Open visits whose planned time has passed."))
    given_up: int


class TeamCounts(Counts):
    """The same of one team."""

    team: str


class CoverageShare(Model):
    """Premises within their interval, with an interval of 95 %."""

    registered: int
    within: int
    share: float | None
    low: float | None
    high: float | None


class Coverage(Model):
    """Premises inspected within their interval, before the sweep and now."""

    before: CoverageShare
    now: CoverageShare
    gained: int = Field(description=N_("Premises that its visits brought within their interval."))
    if_all_done: CoverageShare


class Effort(Model):
    """Planned work."""

    hours: float | None
    km: float | None


class Money(Model):
    """The same in money, where the policy says what an hour and a kilometre cost."""

    amount: float
    per_visit: float | None
    currency: str


class Cost(Model):
    """Work of the whole plan, of the team days that have begun, and of these for each visit made."""

    planned: Effort
    begun: Effort
    per_visit: Effort
    money: Money | None


class Progress(Counts):
    """How a sweep stands, as far as the account may see its visits."""

    on: date
    unplanned: int | None
    teams: list[TeamCounts]
    coverage: Coverage
    cost: Cost | None


class SweepDetail(Sweep):
    """A sweep with the visits that the account may see."""

    whole: bool = Field(description=N_("Whether the account may have the whole plan: it answers for all in it."))
    visits: list[SweepVisit]
    routes: list[SweepRoute]
    unvisited: list[NotVisited]
    straight_line: bool | None
    objective: float | None = Field(description=N_("Cost of the plan in minutes."))
    bound_gap: float | None = Field(description=N_("The part of the cost that is not proven to be needed."))
    teams: list[str]
    progress: Progress


class NotDone(NotVisited):
    """A visit that was not made."""

    team: str
    day: date


class Outcome(Model):
    """What became of findings."""

    found: int
    rectified: int
    put_right: int
    escalated: int
    open: int


class MetAgain(Model):
    """Earlier findings that its visits looked at again."""

    seen: int
    put_right: int


class SweepReport(Model):
    """What came of a sweep by a day."""

    sweep: Sweep
    on: date
    planned: int
    done: int
    not_done: list[NotDone]
    unvisited: list[NotVisited] | None
    results: dict[str, int]
    findings: dict[str, Outcome] = Field(description=N_("By severity."))
    met_again: MetAgain
    progress: Progress


class NewSweep(Model):
    """A plan to be published."""

    id: UUID = Field(description=N_("A UUID that the client makes, so that the same sweep is stored once."))
    title: Word
    plan: dict[str, Any] = Field(description=N_("The document that `wangge sweep plan` writes."))


class Again(Model):
    """What happened since the plan was made."""

    closed: list[Word] = Field(default=[], max_length=2000, description=N_("Facilities found closed."))
    lost: list[Word] = Field(default=[], max_length=100, description=N_("Teams that work no more."))
    seconds: float = Field(default=5, gt=0, le=30, description=N_("Time for the search."))


class Ended(Model):
    """Why a sweep ends; closing needs no reason."""

    reason: Annotated[str, StringConstraints(max_length=2000)] = ""
