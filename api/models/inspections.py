"""The shapes of the answers about inspections."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from api.models.register import Model, PageOf
from gis.texts import N_


class Due(Model):
    """A facility that is due."""

    facility: str
    due_on: date = Field(description=N_("Last inspection and the interval of its kind."))
    days: int = Field(description=N_("Past that day where it is overdue, left until then where it is due soon."))


class AreaInspections(Model):
    """What inspection reached in one area; facilities inside it, of any level below."""

    area: str
    name: str
    level: str
    registered: int = Field(description=N_("In force on the day: the denominator."))
    found: int = Field(description=N_("Ever inspected, registered on the day or not."))
    inspected: int = Field(description=N_("Registered, and inspected on or before the day."))
    overdue: int
    share: float | None = Field(description=N_("Inspected of registered; null where nothing is registered."))
    low: float | None = Field(description=N_("Lower end of the 95 % score interval of the share."))
    high: float | None = Field(description=N_("Upper end of it."))


class Check(Model):
    """What a rule finds in the register."""

    rule: str
    facilities: list[str]
    detail: str = Field(description=N_("The serial number, qualified person or day that it is about."))


class InspectionGaps(Model):
    """Premises that inspection has not reached."""

    on: date
    known: datetime
    policy: dict[str, Any] = Field(description=N_("Intervals in days by kind, and limits of the checks."))
    never: list[str] = Field(description=N_("Registered, and no inspection on or before the day."))
    overdue: list[Due]
    due_soon: list[Due]
    by_area: list[AreaInspections]
    checks: list[Check]


class DueFacility(Model):
    """A registered facility that inspection has not reached in time."""

    code: str
    name: str
    kind: str | None
    area: str | None = Field(description=N_("The lowest area that holds it."))
    area_name: str | None
    state: Literal["never", "overdue", "due_soon"]
    last: date | None = Field(description=N_("Last inspection; null where there was none."))
    due_on: date | None = Field(description=N_("Last inspection and the interval of its kind."))
    days: int | None = Field(description=N_("Past that day; negative before it."))


class DuePage(PageOf):
    """What is due, the most pressing first."""

    on: date
    counts: dict[str, int] = Field(description=N_("Registered premises in each state, whatever the filters."))
    items: list[DueFacility]


class HistoryEntry(Model):
    """A period, or an event of one day."""

    lane: str = Field(description=N_("register, licences, equipment, operators or inspections"))
    start: date | None = Field(description=N_("Null is since always."))
    end: date | None = Field(description=N_("The first day after it; null for still, the start itself for an event."))
    text: str = Field(description=N_("In the language of the request."))
    tone: Literal["good", "warn", "bad", "plain"]
    href: str | None = Field(description=N_("A page that says more."))


class FacilityHistory(Model):
    """What became of a facility, as it is known now."""

    code: str
    name: str
    on: date
    open: bool = Field(description=N_("Whether it is registered on that day."))
    entries: list[HistoryEntry]
