"""The shapes of the answers about field work: outreach."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.deps import Text
from api.models.register import Model, PageOf
from gis.services.outreach import MOST_KIND, MOST_REACH
from gis.texts import N_

Reach = Annotated[int, Field(ge=0, le=MOST_REACH, strict=True)]


class Session(Model):
    """A public session held in an area."""

    code: str
    area_code: str
    held_on: date
    kind: str | None
    reach: int | None = Field(description=N_("How many people came; null is unknown."))


class SessionPage(PageOf):
    """Sessions, latest first."""

    items: list[Session]


class NewSession(Model):
    """A session to record."""

    code: UUID = Field(description=N_("A UUID that the client made; the same one again records nothing new."))
    area: Text = Field(description=N_("Code of the area in which it was held."))
    held_on: str = Field(description=N_("The day, YYYY-MM-DD; none to come."), json_schema_extra={"format": "date"})
    kind: Annotated[Text, Field(max_length=MOST_KIND)] | None = Field(
        default=None, description=N_("What it was, without any person.")
    )
    reach: Reach | None = Field(default=None, description=N_("How many people came; null is unknown."))


class Receipt(Session):
    """What is on disk."""

    recorded: datetime = Field(description=N_("The moment it was recorded, in UTC."))
    sha256: str = Field(description=N_("Hash of the other values as JSON with sorted keys and no spaces."))


class LevelReach(Model):
    """How far outreach reached on one level."""

    level: str
    areas: int
    covered: int
    share: float


class AreaReach(Model):
    """The sessions that count for one area."""

    area: str
    name: str
    level: str
    sessions: int = Field(description=N_("In the window."))
    reach: int = Field(description=N_("In the window."))
    last: date | None = Field(description=N_("Last session up to the day, also before the window."))


class OutreachGaps(Model):
    """Areas without a session in the window."""

    on: date
    known: datetime
    days: int = Field(description=N_("Length of the window, which ends with the day."))
    without: dict[str, list[str]] = Field(description=N_("Level to codes of its areas without a session."))
    by_level: list[LevelReach]
    by_area: list[AreaReach]
