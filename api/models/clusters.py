"""What the API says of clusters."""

from datetime import date

from pydantic import Field

from api.models.register import Model


class Cluster(Model):
    """A circle of areas where more was found than expected."""

    areas: list[str]
    names: list[str]
    cases: int
    expected: float
    relative_risk: float | None
    llr: float
    p: float
    population: float
    centre: str
    radius: float


class Clusters(Model):
    """The clusters of a period, strongest first, none sharing an area with another."""

    on: date
    from_: date = Field(alias="from")
    level: str | None
    levels: list[str]
    severities: list[str]
    meaning: str
    model: str
    rates: str
    max_share: float
    replicates: int
    seed: int
    areas: int
    cases: int
    population: float
    clusters: list[Cluster]
