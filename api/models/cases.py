"""The shapes of what cases are asked with and answered by."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.models.register import Model, PageOf
from gis.texts import N_

State = Literal[
    "opened",
    "noticed",
    "replied",
    "reply-lapsed",
    "reviewed",
    "decided",
    "served",
    "appealed",
    "appeal-decided",
    "closed",
    "dropped",
]
Severity = Literal["clerical", "minor", "serious", "critical"]
ClockName = Literal["reply", "decision", "service", "appeal", "closure"]
Part = Literal["investigator", "reviewer", "decider", "facility"]
Plain = Annotated[str, StringConstraints(max_length=4000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class CaseFacility(Model):
    """Whom a case is against."""

    code: str
    name: str | None


class Clock(Model):
    """A term that runs."""

    clock: ClockName
    since: date = Field(description=N_("The day from which it runs, which is not part of it."))
    due_on: date | None = Field(description=N_("Its last day; null where the calendar of that year is not known."))
    over: bool


class CaseSummary(Model):
    """A case in a list."""

    id: UUID
    facility: CaseFacility
    investigator: str
    reviewer: str
    decider: str
    opened_at: datetime
    state: State = Field(description=N_("Where the case is today."))
    number: int = Field(description=N_("Number of its last step."))
    clocks: list[Clock]
    overdue: bool = Field(description=N_("A clock of the authority is over."))
    waits_for: str | None = Field(description=N_("The account that makes the next step; null after the last one."))


class CasePage(PageOf):
    """Cases, the newest first."""

    items: list[CaseSummary]


class CasePerson(Model):
    """Somebody who works on a case."""

    account: str
    officer: str | None
    name: str | None
    department: str | None


class CasePeople(Model):
    """The three of them."""

    investigator: CasePerson
    reviewer: CasePerson
    decider: CasePerson


class CaseFinding(Model):
    """What a case is about."""

    id: UUID
    facility_code: str
    inspection_code: str
    checklist: str
    version: str
    item: str
    severity: Severity
    note: str | None
    found_on: date
    due_on: date | None
    state: str
    case_id: UUID | None = Field(description=N_("The case that it belongs to; null where that was dropped."))


class CaseEvent(Model):
    """A step."""

    number: int
    state: State
    done_by: str
    note: str | None
    clock: ClockName | None = Field(description=N_("The clock that runs after it."))
    details: dict[str, str]
    done_at: datetime
    due_on: date | None


class CaseDocument(Model):
    """What was issued with a step."""

    number: int
    kind: Literal["notice", "decision", "service", "closure"]
    sha256: str
    bytes: int
    made_by: str
    made_at: datetime


class CaseReply(Model):
    """What the facility stated."""

    text: str
    sha256: str
    received_at: datetime
    by_link: bool


class CaseLink(Model):
    """When the newest link was made, and when it ends."""

    made_at: datetime
    expires: datetime


class NextStep(Model):
    """A step that can follow."""

    to: State
    part: Part
    account: str
    mine: bool = Field(description=N_("Whether the account that asks makes it."))


class CaseDetail(CaseSummary):
    """A case with all that belongs to it."""

    people: CasePeople
    findings: list[CaseFinding]
    events: list[CaseEvent]
    documents: list[CaseDocument]
    reply: CaseReply | None
    link: CaseLink | None
    next: list[NextStep]


class NewCase(Model):
    """A case to be opened."""

    id: UUID = Field(description=N_("A UUID that the client makes, so that the same case is stored once."))
    findings: list[UUID] = Field(min_length=1, max_length=100)
    reviewer: Name
    decider: Name
    note: Plain | None = None


class NewStep(Model):
    """A step to be made; which fields it needs depends on the state that it leads to."""

    to: State
    number: int = Field(ge=1, le=10_000, description=N_("Number of the last step that was seen."))
    note: Plain | None = None
    basis: Plain | None = None
    proposed: Plain | None = None
    outcome: Literal["sanction", "no-sanction"] | None = None
    measure: Plain | None = None
    method: Literal["person", "left", "post", "electronic", "announced"] | None = None
    forum: Literal["review", "court"] | None = None
    result: Literal["upheld", "changed", "annulled"] | None = None
    day: date | None = Field(default=None, description=N_("The day of what is recorded; default today."))


class NewLink(Model):
    """A link for the reply of the facility."""

    url: str = Field(description=N_("Where the facility replies; it is shown this once."))
    expires: datetime
