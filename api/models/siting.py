"""What the API says of clinics that might open."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from api.models.register import Model
from gis.texts import N_


class NewCells(Model):
    """Points of the cells that would come within the first limit."""

    lon: list[float]
    lat: list[float]


class WhatIf(Model):
    """What one more clinic would change."""

    on: date
    known: datetime | None
    mode: str
    lon: float
    lat: float
    capacity: float = Field(description=N_("Visits a year."))
    level: str | None
    levels: list[str]
    limits: list[int]
    unit: str
    meaning: str
    notes: list[str]
    newly: dict[str, dict[str, float]] = Field(description=N_("People who come newly within each limit."))
    before: dict[str, Any]
    after: dict[str, Any]
    by_area: list[dict[str, Any]]
    cells: NewCells
    seconds: float


class SuggestedSite(Model):
    """A cell in which a clinic would help."""

    cell: str
    lon: float
    lat: float
    area: str | None
    name: str | None


class SuggestedSites(Model):
    """The sites that would help most."""

    model: str
    p: int
    limit: float
    mode: str
    on: date
    objective: float
    bound: float
    gap: float
    proven: bool
    existing: int
    candidates: int
    cells: int
    unreached: int
    reached_before: float
    demand: float
    sites: list[SuggestedSite]
    notes: list[str]
