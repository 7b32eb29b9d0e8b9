"""The shapes of the answers about where to go next."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from api.models.register import Model, Open, PageOf
from gis.texts import N_

Order = Literal["model", "plain_sum", "past_critical", "random"]
Choice = Literal["model", "plain_sum"]


class Reason(Model):
    """A fact of the facility that moves its score."""

    effect: Literal["raises", "lowers"]
    sign: str = Field(description=N_("An arrow up or down."))
    text: str = Field(description=N_("In the language of the request."))
    weight: float = Field(description=N_("In log odds, against an average facility."))


class RankedFacility(Model):
    """Premises with their score and place."""

    code: str
    name: str
    kind: str | None
    area: str | None = Field(description=N_("The lowest area that holds it."))
    area_name: str | None
    officer: str | None = Field(description=N_("Whose list it is on; null where nobody answers for it."))
    own: bool = Field(description=N_("It is on the own list."))
    score: float | None = Field(description=N_("Probability of a serious or critical finding at the next visit."))
    rank: int
    rank_in_officer_list: int
    past_critical: int = Field(description=N_("Plain sum of past critical findings."))
    visits: int
    reasons: list[Reason]


class RankPage(PageOf):
    """Where to go next, the own list first."""

    on: date
    chosen: Choice
    meaning: str
    why: str
    items: list[RankedFacility]


class DaysEarlier(Model):
    """A mean with its standard error; null where it is not known."""

    days: float | None
    se: float | None
    n: int


class OrderTried(DaysEarlier):
    """What an order gained on past visits."""

    order: Order
    over_random: DaysEarlier
    over_plain_sum: DaysEarlier


class RankReport(Open):
    """How the ranking did on past visits."""

    on: date
    known: datetime
    chosen: Choice
    meaning: str
    why: str
    orders: list[OrderTried] = Field(description=N_("Over premises with a critical finding."))
    orders_serious: list[OrderTried] = Field(description=N_("Over premises with a serious or critical finding."))
