"""The shapes of what campaigns are asked with and answered by."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.models.register import Model, PageOf, _without_docstring
from gis.texts import N_

State = Literal["planned", "launch", "action", "acceptance", "accepted", "lapsed"]
Measure = Literal["sessions", "inspected", "rectified"]
Plain = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class Campaign(Model):
    """A campaign with its stages."""

    code: str
    name: str
    state: State = Field(description=N_("Where the campaign is on the day."))
    launch_on: date
    action_on: date
    acceptance_on: date
    ends_on: date = Field(description=N_("First day after the campaign."))
    accepted_on: date | None


class CampaignSummary(Campaign):
    """A campaign in a list."""

    targets: int = Field(description=N_("How many targets the account sees."))


class CampaignPage(PageOf):
    """Campaigns by their launch, the latest first."""

    items: list[CampaignSummary]


class Reached(Model):
    """A number to be reached, and how far it was."""

    measure: Measure
    level: str | None
    target: int
    reached: int
    share: float = Field(description=N_("Reached divided by target; more than 1 where more was done."))
    capped: float = Field(description=N_("The same, at most 1."))


class TargetProgress(Reached):
    """The target of one area."""

    area: str
    area_name: str | None


class LateProgress(TargetProgress):
    """A target behind an even pace."""

    due: int = Field(description=N_("What an even pace had reached by the end of the day."))


class Total(Reached):
    """Sums over the areas of one level that the account sees."""

    areas: int
    areas_done: int = Field(description=N_("Areas that reached their target."))


class CampaignDetail(Campaign):
    """A campaign with its progress."""

    on: date
    known: datetime | None
    remark: str | None
    targets: list[TargetProgress]
    totals: list[Total]
    lagging: list[LateProgress]


class NewTarget(Model):
    """A number of one measure for one area; there are no other measures."""

    area: Plain
    measure: Measure
    target: int = Field(ge=1, le=1_000_000)


class NewCampaign(Model):
    """A campaign to be planned."""

    code: Plain
    name: Plain
    launch_on: date
    action_on: date
    acceptance_on: date
    ends_on: date
    targets: list[NewTarget] = Field(min_length=1, max_length=5000)


class NewAcceptance(Model):
    """The acceptance of a campaign."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_docstring)

    remark: Annotated[str, StringConstraints(max_length=2000)] | None = None
