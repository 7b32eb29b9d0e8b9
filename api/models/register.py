"""What all shapes are made of, and those of areas, facilities and gaps; tests hold every answer against them.

Answers are not passed through these models on their way out: a page of a thousand rows is turned to JSON whole.
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gis.texts import N_

State = Literal["vacant", "covered", "doubled"]
BoxModel = tuple[float, float, float, float]


def _without_docstring(schema: dict[str, Any]) -> None:
    """Docstrings are for readers of the code; the documentation shows texts of the catalogue only."""
    schema.pop("description", None)


class Open(BaseModel):
    """An object with these keys and perhaps more."""

    model_config = ConfigDict(json_schema_extra=_without_docstring)


class Model(Open):
    """An object with exactly these keys."""

    model_config = ConfigDict(extra="forbid")


class Error(Model):
    """Every error, whatever raised it."""

    error: str = Field(description=N_("Short code for programs."))
    message: str = Field(description=N_("One sentence in the reader's language."))
    details: dict[str, Any] = Field(description=N_("Values for programs."))


class Period(Model):
    """Half-open: from the first day, up to but without the second."""

    valid_from: date | None = Field(description=N_("First day; null is since always."))
    valid_to: date | None = Field(description=N_("First day no more; null is still."))


class Area(Period):
    """A place with a level."""

    code: str
    name: str
    level: str = Field(description=N_("One of the levels of the settings, such as village."))
    parent_code: str | None = Field(description=N_("The area that contains it; null for the highest level."))
    dwellings: int | None = Field(default=None, description=N_("Dwellings, where known."))
    bbox: BoxModel | None = Field(description=N_("West, south, east, north in degrees."))


class PageOf(Model):
    """Some rows of a longer list."""

    total: int = Field(description=N_("Rows in all."))
    limit: int = Field(description=N_("At most so many rows were asked for."))
    offset: int = Field(description=N_("Rows passed over."))


class AreaPage(PageOf):
    """Areas in the order of their code."""

    items: list[Area]


class AreaName(Model):
    """An area by its name."""

    code: str
    name: str
    level: str


class AreaDetail(Area):
    """One area, what contains it and what it contains."""

    path: list[AreaName] = Field(description=N_("The areas that contain it, highest first."))
    children: list[AreaName] = Field(description=N_("The areas directly inside it."))
    geometry: dict[str, Any] | None = Field(description=N_("GeoJSON geometry in degrees of WGS84."))


class Version(Period):
    """One area over one period."""

    code: str
    name: str
    level: str
    change: str | None = Field(description=N_("Kind of change that began it: split, merge, redraw or recode."))
    predecessors: str | None = Field(description=N_("Codes that it came from, with ; between."))
    successors: str | None = Field(description=N_("Codes that it became, with ; between."))


class AreaHistory(Model):
    """What became of a code."""

    code: str
    versions: list[Version] = Field(description=N_("Of the area, of what it came from and became; oldest first."))


class Facility(Period):
    """A hospital, clinic, ultrasound room or pharmacy."""

    code: str
    name: str
    kind: str | None
    address: str | None
    hours: str | None
    area_code: str | None = Field(default=None, description=N_("The area that the file claimed for it."))
    raw_lon: float | None = Field(default=None, description=N_("Longitude as in the file, in its own datum."))
    raw_lat: float | None = Field(default=None, description=N_("Latitude as in the file, in its own datum."))
    source_datum: str | None = Field(default=None, description=N_("Datum of the file."))
    lon: float = Field(description=N_("Longitude in degrees of WGS84."))
    lat: float = Field(description=N_("Latitude in degrees of WGS84."))
    bbox: BoxModel = Field(description=N_("West, south, east, north in degrees."))


class FacilityPage(PageOf):
    """Facilities in the order of their code."""

    items: list[Facility]


class Licence(Period):
    """What a facility may do."""

    facility_code: str
    number: str
    kind: str | None


class Equipment(Period):
    """A machine in a facility."""

    serial: str
    facility_code: str
    kind: str | None
    maker: str | None
    model: str | None


class Operator(Period):
    """Qualified staff of a facility."""

    operator_code: str
    facility_code: str
    qualification: str


class FacilityDetail(Facility):
    """One facility with what it holds on the day."""

    licences: list[Licence]
    equipment: list[Equipment]
    operators: list[Operator]


class FeatureCollection(Open):
    """GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]


class Link(Model):
    """Who answers at one level of the chain."""

    area: str | None
    level: str | None
    officer: str | None = Field(description=N_("Code of the officer; null where nobody answers."))
    role: str | None = Field(description=N_("primary or deputy"))
    from_: date | None = Field(alias="from")
    to: date | None


class Who(Open):
    """The chain of officers who answer for an area or a facility, nearest first."""

    target: str
    on: date
    known: datetime
    chain: list[dict[str, Any]]


class Doubled(Model):
    """A place for which two officers answer at once."""

    target: str
    officers: list[str]
    from_: date | None = Field(alias="from")
    to: date | None


class Hole(Model):
    """Ground of a parent that no child covers."""

    parent: str
    area_m2: float


class Overlap(Model):
    """Ground that two areas of one level both cover."""

    a: str
    b: str
    area_m2: float


class Outside(Model):
    """Ground of a child that lies outside its parent."""

    child: str
    parent: str
    area_m2: float


class Workload(Model):
    """What one officer answers for."""

    officer: str
    areas: int
    facilities: int
    area_km2: float
    share: float = Field(description=N_("Of all ground that somebody answers for."))


class Stretch(Model):
    """One period of one area, in one state."""

    target: str
    from_: date = Field(alias="from")
    to: date
    state: State


class ResponsibilityGaps(Open):
    """Where nobody answers or two do; square metres are on the ellipsoid."""

    on: date
    known: datetime
    vacant: list[str] = Field(description=N_("Areas without a primary officer."))
    doubled: list[Doubled]
    holes: list[Hole]
    overlaps: list[Overlap]
    outside: list[Outside]
    orphans: list[str] = Field(description=N_("Facilities in no area of the lowest level."))
    workload: list[Workload]
    timeline: list[Stretch] | None = Field(default=None, description=N_("The proof over time, with from and to."))
    geometry: FeatureCollection | None = Field(
        default=None, description=N_("The shapes of holes, overlaps and outsides, with geometry=true.")
    )


class Health(Open):
    """Whether the service can do its work."""

    status: str = Field(description=N_("ok, outdated or unreachable"))
    database: str | None = Field(description=N_("Version of PostgreSQL."))
    postgis: str | None = Field(description=N_("Version of PostGIS."))
    schema_: str | None = Field(alias="schema", description=N_("Version of the tables."))
