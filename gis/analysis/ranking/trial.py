"""Trials: each order is tried on windows in the past, the model having learned only from windows before.

The orders: the *model*; the *plain sum* of a facility's past critical findings; *past critical*, those with any past
critical finding first and of them, as of the others, the longest not visited; and *random*. `choose` takes the model
only where it wins over the plain sum by more than the noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.analysis.ranking.features import History, describe, open_windows, outcomes
from gis.analysis.ranking.measure import Mean, compare, days_earlier, mean_of
from gis.analysis.ranking.model import Model, Numbers, fit_model, fit_plain

ORDERS: Final = ("model", "plain_sum", "past_critical", "random")
Choice = Literal["model", "plain_sum"]
FEWEST_VISITS: Final = 300
FEWEST_HITS: Final = 30
"""Visits, and among them those with a serious or critical finding, that a model must have to learn from."""
NOISE: Final = 2.0
"""Standard errors by which the model must win."""


@dataclass(frozen=True)
class Learned:
    """Everything that visits before one day teach; built by `learn`."""

    on: date
    visits: pd.DataFrame
    """The visits of the windows, with `origin`."""
    facts: pd.DataFrame
    found: pd.DataFrame
    """On the same index."""
    model: Model | None
    plain: Model | None
    trials: pd.DataFrame
    """The visits of the windows that were tried: the columns of `visits`, `list` (str), `critical, serious` (bool),
    `score` (float64, of the model), and for each of ORDERS the days earlier (float64)."""

    @cached_property
    def chosen(self) -> Choice:
        """What ranks on this day."""
        return choose(self.against_plain)

    @property
    def ranker(self) -> Model | None:
        """The chosen one; None where there was nothing to learn from."""
        return self.model if self.chosen == "model" else self.plain

    def sort_by(self, facts: pd.DataFrame) -> "pd.Series[float]":
        """What the chosen order sorts facilities by, highest first, on the index of `facts`."""
        if self.chosen == "model" and self.model is not None:
            return self.model.score(facts)
        return facts["critical_sum"].astype("float64")

    @cached_property
    def days(self) -> Mapping[str, Numbers]:
        """Each order -> days earlier of each tried visit."""
        return {name: self.trials[name].to_numpy("float64") for name in ORDERS}

    @property
    def against_plain(self) -> Mean:
        """Days that the model gains on the plain sum over visits with a critical finding."""
        return compare(self.days, self.trials["critical"].to_numpy("bool"), base="plain_sum")["model"]

    def gained(self, order: str, hit: NDArray[np.bool_]) -> Mean:
        """Days earlier under an order over the visits that `hit` picks."""
        return mean_of(self.days[order][hit])


def choose(against_plain: Mean) -> Choice:
    """The model where it wins over the plain sum by more than NOISE standard errors, else the plain sum.

    >>> choose(Mean(2.0, 0.9, 400)), choose(Mean(2.0, 1.1, 400)), choose(mean_of(np.array([])))
    ('model', 'plain_sum', 'plain_sum')
    """
    return "model" if against_plain.value > NOISE * against_plain.error else "plain_sum"


def learn(history: History, on: date) -> Learned:
    """Learns from all that was so before the day, and tries it on windows in the past."""
    visits = open_windows(history.visits, on)
    facts, found = describe(visits.rename(columns={"code": "inspection"}), history), outcomes(visits)
    return Learned(
        on=on,
        visits=visits,
        facts=facts,
        found=found,
        model=fit_model(facts, found, visits) if _suffice(found) else None,
        plain=fit_plain(facts, found, visits),
        trials=_try_all(visits, facts, found),
    )


def orders_of(facts: pd.DataFrame) -> dict[str, Numbers]:
    """Scores of the orders that need no learning; higher comes first."""
    waited = facts["waited"].fillna(1e5).to_numpy()
    plain = facts["critical_sum"].to_numpy("float64")
    return {
        "plain_sum": plain,
        "past_critical": np.where(plain > 0, 1e6, 0.0) + waited,
        "random": np.zeros(len(facts)),
    }


def _suffice(found: pd.DataFrame) -> bool:
    return len(found) >= FEWEST_VISITS and int(found["serious"].sum()) >= FEWEST_HITS


def _try_all(visits: pd.DataFrame, facts: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Lists are those of the inspectors who went; visits without any are one list where nobody is ever named."""
    named = visits["inspectors"].notna()
    in_lists = named if named.any() else ~named
    parts = [_none(visits)]
    for origin in visits["origin"].drop_duplicates():
        before = visits["origin"] < origin
        there = (visits["origin"] == origin) & in_lists
        if not there.any() or not _suffice(found[before]):
            continue
        model = fit_model(facts[before], found[before], visits[before])
        if model is not None:
            parts.append(_try_one(visits[there], facts[there], found[there], model))
    return pd.concat(parts)


def _try_one(visits: pd.DataFrame, facts: pd.DataFrame, found: pd.DataFrame, model: Model) -> pd.DataFrame:
    score = model.score(facts)
    lists = visits["inspectors"].fillna("").astype("str")
    scores: dict[str, Numbers] = {"model": np.asarray(score, dtype="float64"), **orders_of(facts)}
    days = {name: days_earlier(visits["inspected_on"], lists, scores[name]) for name in ORDERS}
    return visits.assign(list=lists, score=score, **found, **days)


def _none(visits: pd.DataFrame) -> pd.DataFrame:
    """No rows, with the columns of trials."""
    empty = visits.iloc[:0]
    numbers = {name: pd.Series(dtype="float64") for name in ("score", *ORDERS)}
    flags = {name: pd.Series(dtype="bool") for name in ("critical", "serious")}
    return empty.assign(list=pd.Series(dtype="str")).assign(**numbers).drop(columns=list(flags)).assign(**flags)
