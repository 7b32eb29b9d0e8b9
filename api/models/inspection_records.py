"""The shapes of inspections recorded on the spot, in requests and answers."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from pydantic.config import JsonDict

from api.deps import Text
from api.models.register import Model, Open, PageOf
from gis.services.inspections.draft import MOST_INSPECTORS, MOST_TEXT
from gis.services.inspections.plans import MOST_REASON
from gis.services.inspections.waiting_photos import MOST_PHOTOS
from gis.texts import N_

Answer = Annotated[str, StringConstraints(max_length=MOST_TEXT, pattern=r"^[^\x00]*$")]
Result = Literal["pass", "conditions", "fail"]
Severity = Literal["clerical", "minor", "serious", "critical"]
MOST_ANSWERS: Final = 500

DAY: Final[JsonDict] = {"format": "date"}


class NewInspection(Model):
    """A visit as a phone sends it."""

    id: UUID = Field(description=N_("A UUID that the client made; the same one again records nothing new."))
    facility: Text = Field(description=N_("Code of the facility that was visited."))
    checklist: Text = Field(description=N_("Code of the checklist."))
    version: Text = Field(description=N_("Version of the checklist."))
    inspected_on: str = Field(description=N_("The day, YYYY-MM-DD; none to come."), json_schema_extra=DAY)
    inspectors: Annotated[list[Text], Field(max_length=MOST_INSPECTORS)] = Field(
        description=N_("Codes of those who took part, two at least, the sender among them.")
    )
    answers: Annotated[dict[Text, Answer], Field(max_length=MOST_ANSWERS)] = Field(
        description=N_("Field of the checklist to its answer: yes, no or na for an item.")
    )
    photos: Annotated[dict[Text, Text], Field(max_length=MOST_PHOTOS)] = Field(
        default_factory=dict, description=N_("Field to the name of a photo that was sent before.")
    )
    kept_photos: Annotated[dict[Text, Text], Field(max_length=MOST_PHOTOS)] = Field(
        default_factory=dict, description=N_("Field to the SHA-256 of a photo that a corrected record has.")
    )
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)] | None = Field(
        default=None, description=N_("How exact the one point is, in metres.")
    )
    plan: UUID | None = Field(default=None, description=N_("The planned visit that this was."))
    corrects: Annotated[list[UUID], Field(max_length=50)] = Field(
        default_factory=list, description=N_("Records of the same visit that this one replaces.")
    )


class StoredRecord(Open):
    """A record as it is on disk."""

    id: str
    inspection_code: str
    facility_code: str
    checklist: str
    version: str
    inspected_on: date
    inspectors: list[str]
    answers: dict[str, str]
    result: Result
    recorded_by: str
    recorded_at: datetime


class StoredPhoto(Model):
    """A photo as it is kept; its place, moment and device are gone."""

    field: str
    name: str
    sha256: str = Field(description=N_("Of the picture as it is kept."))
    sent_sha256: str = Field(description=N_("Of the file as it was sent."))
    media_type: str
    width: int
    height: int
    bytes: int


class Found(Model):
    """A finding that follows from a record."""

    id: str
    item: str
    severity: Severity
    deadline_workdays: int
    due_on: date | None = Field(description=N_("Null where the calendar of that year is not known yet."))


class InspectionReceipt(Model):
    """What is on disk of an inspection."""

    record: StoredRecord
    photos: list[StoredPhoto]
    sha256: str = Field(description=N_("Hash of record and photos, as one JSON list with sorted keys and no blanks."))
    conflict: list[str] = Field(description=N_("Other records of the same visit that stand beside this one."))
    findings: list[Found]


class Visit(Open):
    """The outcome of an inspection recorded on the spot."""

    code: str
    facility_code: str
    facility_name: str | None
    inspected_on: date
    checklist: str
    version: str
    inspectors: list[str]
    result: Result
    clerical: int
    minor: int
    serious: int
    critical: int
    heads: int = Field(description=N_("Records that no other one replaces; more than one is a conflict."))
    recorded_at: datetime


class VisitPage(PageOf):
    """Inspections, latest day first."""

    items: list[Visit]


class NewPlan(Model):
    """A visit to plan."""

    id: UUID = Field(description=N_("A UUID that the client made; the same one again records nothing new."))
    facility: Text = Field(description=N_("Code of the facility to visit."))
    checklist: Text = Field(description=N_("Code of the checklist."))
    planned_on: str = Field(description=N_("The day, YYYY-MM-DD; today or later."), json_schema_extra=DAY)
    inspectors: Annotated[list[Text], Field(max_length=MOST_INSPECTORS)]


class Plan(Open):
    """A planned visit."""

    id: str
    facility_code: str
    checklist: str
    planned_on: date
    inspectors: str = Field(description=N_("Codes with ; between."))
    planned_by: str
    planned_at: datetime
    state: Literal["planned", "recorded", "given-up"]
    reason: str | None


class GivenUp(Model):
    """Why a visit is given up."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=MOST_REASON, pattern=r"^[^\x00]*$")]


class Settlement(Model):
    """How a conflict ends."""

    keep: UUID = Field(description=N_("The record that becomes the outcome."))
    id: UUID = Field(description=N_("Number of the new record that replaces all others; a UUID that the client made."))


PHOTO_HEADERS: Final[dict[str, Any]] = {
    "Upload-Offset": {"schema": {"type": "integer"}, "description": N_("Bytes that have arrived.")}
}
