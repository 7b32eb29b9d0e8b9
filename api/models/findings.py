"""The shapes of the answers about findings and the visits that they call for."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.models.register import Model
from gis.services.inspections.findings import MOST_NOTE
from gis.texts import N_

State = Literal["open", "rectified", "reinspected", "escalated", "closed", "withdrawn"]
StateAsked = Literal["open", "rectified", "reinspected", "escalated", "closed", "withdrawn", "all"]
Severity = Literal["clerical", "minor", "serious", "critical"]
Note = Annotated[str, StringConstraints(max_length=2 * MOST_NOTE, pattern=r"^[^\x00]*$")]


class Step(Model):
    """Where a finding is taken."""

    state: State
    note: Note | None = Field(default=None, description=N_("What was seen or decided; no personal data."))


class Finding(Model):
    """An item that failed at an inspection, as it stands."""

    id: str
    inspection_code: str
    record_id: str
    facility_code: str
    facility_name: str | None = None
    checklist: str
    version: str
    item: str
    label: str
    legal_basis: str | None
    severity: Severity
    note: str | None
    found_on: date
    deadline_workdays: int
    due_on: date | None = Field(description=N_("Null where the working days of that year are not known yet."))
    recorded_at: datetime
    state: State
    state_name: str
    number: int = Field(description=N_("How many steps it has gone."))
    put_right: bool | None = Field(description=N_("What the re-inspection saw."))
    changed_at: datetime
    changed_by: str | None
    state_note: str | None
    overdue: bool
    remind: bool


class Event(Model):
    """One step of a finding."""

    number: int
    state: State
    put_right: bool | None
    inspection_code: str | None
    note: str | None
    done_by: str
    done_at: datetime


class FindingWhole(Finding):
    """A finding with its way so far and what can follow."""

    events: list[Event]
    following: list[State]


class Findings(Model):
    """A page of findings."""

    total: int
    limit: int
    offset: int
    items: list[Finding]


class Task(Model):
    """A visit to be made."""

    facility: str
    facility_name: str | None
    kind: Literal["planned", "reinspection"]
    checklist: str
    on: date = Field(description=N_("The day it is planned for, or since when it is due."))
    inspectors: list[str]
    plan: str | None
    findings: list[str]


class Tasks(Model):
    """The visits to be made."""

    items: list[Task]
