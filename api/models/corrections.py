"""The shapes of corrections and of what changed, in requests and answers."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.models.register import Model, Open
from gis.texts import N_

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Kind = Literal["boundary", "point"]
State = Literal["proposed", "accepted", "refused"]
What = Literal["begun", "changed", "ended"]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Note = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]


class Proposal(Model):
    """A correction that somebody proposes."""

    id: Line = Field(description=N_("A UUID that the client makes; the same one sent again is stored once."))
    kind: Kind = Field(description=N_("boundary of an area, or point of a facility."))
    target: Line = Field(description=N_("Code of the area or the facility."))
    geometry: dict[str, Any] = Field(description=N_("GeoJSON geometry: Polygon or MultiPolygon, or Point; in degrees."))
    datum: Datum = Field(default="wgs84", description=N_("Datum of its coordinates."))
    note: Note | None = Field(default=None, description=N_("Why; no personal data."))


class Decision(Model):
    """What a leader decides."""

    accept: bool
    reason: Note | None = Field(default=None, description=N_("Needed for a refusal; no personal data."))


class Proposed(Model):
    """What was proposed, by whom and when."""

    id: str
    kind: Kind
    target_code: str
    area_code: str
    note: str | None
    proposed_by: str
    proposed_at: datetime
    geometry: dict[str, Any]


class Receipt(Proposed):
    """A correction as it was stored."""

    sha256: str = Field(description=N_("Over all other values, as JSON with sorted keys and no blanks."))


class Correction(Proposed):
    """A correction with what became of it."""

    state: State
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    change_id: int | None = Field(description=N_("Number of the area change that an accepted boundary became."))


class Corrections(Model):
    """A page of corrections."""

    items: list[Correction]
    total: int
    limit: int
    offset: int


class Turn(Open):
    """Something that began, changed or ended on a day."""

    day: date
    what: What


class Changes(Model):
    """What is so on one day and was not on another."""

    since: date
    on: date
    area: str | None
    assignments: list[Turn]
    areas: list[Turn]
    facilities: list[Turn]
