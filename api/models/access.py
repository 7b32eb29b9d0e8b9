"""What the API says of care within reach."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from api.models.register import Model
from gis.texts import N_


class AccessSites(Model):
    """The sites that were counted, and why other premises of the same kinds were not."""

    counted: int
    by_kind: dict[str, int]
    visits: float
    machines: int
    machine_hours: float
    left_out: dict[str, int]


class AccessCells(Model):
    """The cells of the modelled demand."""

    count: int
    without_area: int
    demand_without_area: float
    demand: float
    low: float
    high: float
    visits: float
    hours: float


class AccessGaps(Model):
    """Who is out of reach of antenatal care, area by area."""

    on: date
    known: datetime
    policy: dict[str, Any]
    mode: str
    modes: list[str]
    level: str | None
    levels: list[str]
    limits: list[int] = Field(description=N_("Minutes, rising; beyond_30 and the like are named after them."))
    unit: str
    meaning: str
    straight_line: dict[str, bool]
    imported_times: dict[str, bool]
    notes: list[str]
    sites: AccessSites
    cells: AccessCells
    by_area: list[dict[str, Any]] = Field(
        description=N_("Figures of each area: demand with its interval, and by mode who is beyond each limit.")
    )
