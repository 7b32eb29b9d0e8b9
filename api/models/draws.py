"""The shapes of what random draws are asked with and answered by."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.models.register import Model, Open, PageOf
from gis.texts import N_

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Seed = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Published(Model):
    """What everybody may know of a draw."""

    id: UUID
    on: date = Field(description=N_("The day whose register and records count."))
    count: int = Field(description=N_("Facilities to be drawn."))
    state: Literal["committed", "frozen", "drawn"]
    commitment: str = Field(description=N_("SHA-256 of the seed followed by the nonce."))
    committed_at: datetime
    list_sha256: str | None = Field(description=N_("Hash of the frozen list."))
    candidates: int | None
    inspectors: int | None
    frozen_at: datetime | None
    seal: str | None = Field(description=N_("Last link of the proof: a proof with another seal is not this one."))
    revealed_at: datetime | None


class PublishedPage(PageOf):
    """Draws, the newest first."""

    items: list[Published]


class Draw(Published):
    """A draw in a list."""

    committed_by: str


class DrawPage(PageOf):
    """Draws, the newest first."""

    items: list[Draw]


class DrawnPlace(Model):
    """Facility in short."""

    code: str
    name: str | None


class DrawnPerson(Model):
    """Inspector in short."""

    code: str
    name: str | None


class Recused(Model):
    """Somebody who may not go there."""

    inspector: str
    reason: Literal["interest", "former-employer", "inspected-last"]


class DrawnFacility(Model):
    """A facility that was drawn."""

    facility: DrawnPlace
    stratum: Literal["never", "critical", "serious", "stale", "clean"]
    probability: str = Field(description=N_("Inclusion probability as an exact fraction."))
    recused: list[Recused]
    problem: str | None
    inspectors: list[DrawnPerson] = Field(description=N_("Who goes there; empty where too few are left."))


class Terms(Open):
    """What was settled with the commitment."""

    inspectors_each: int
    record_days: int
    weights: dict[str, int]


class DrawDetail(Draw):
    """A draw with what of it the account may see."""

    terms: Terms
    seed: str | None
    nonce: str | None
    facilities: list[DrawnFacility] = Field(description=N_("Those drawn that the account answers for."))
    proof: bool = Field(description=N_("Whether the account may have the proof: it answers for every facility in it."))
    mine: bool


class NewDraw(Model):
    """A seed to be committed."""

    id: UUID = Field(description=N_("A UUID that the client makes, so that the same draw is stored once."))
    on: date
    count: int = Field(ge=1, le=100_000)
    seed: Seed


class DrawInspector(Model):
    """Somebody who may be drawn."""

    code: Name
    interests: list[Name] = Field(default=[], max_length=100, description=N_("Codes of facilities."))
    former_employers: list[Name] = Field(default=[], max_length=100, description=N_("Codes of facilities."))


class DrawNow(Model):
    """The seed that was committed, and who may be drawn."""

    seed: Seed
    inspectors: list[DrawInspector] = Field(max_length=1000)
