"""The model: how probable a serious or critical finding is at the next visit, from the facts about a facility.

A logistic regression on a few named columns, held back by a ridge, so that each column's weight can be read. It learns
from visits in windows of two months, with the facts as they were when the window began. Who inspected and when the
window was enter the regression as a *nuisance*, since some teams find more than others and some seasons too; their
weights are then left aside. The score of a facility is the mean of the probabilities over all the teams and windows of
the last year that was learned from, each as often as it occurred: nobody's team moves it.

A critical finding counts CRITICAL_WEIGHT times as much as a serious one when the weights are found, and the plain sum
of past critical findings gets a share of its own; a second regression, on the weighted sum alone, makes the score a
probability again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from gis.analysis.ranking.features import WEIGHTED
from gis.analysis.ranking.kinds import find_frequent, group_kinds

Numbers = NDArray[np.float64]

CRITICAL_WEIGHT: Final = 5.0
PLAIN_SHARE: Final = 0.25
"""Of the spread of the weighted sum: what the plain sum of past critical findings adds to it."""
STRENGTH: Final = 0.05
"""Inverse of the ridge on standardised columns."""
MOST_CRITICAL: Final = 4
DIGITS: Final = 9
"""Of a score."""
_LEAST_SLOPE: Final = 0.1
_RECENT_WINDOWS: Final = 6
_LONGEST_DAYS: Final = 1200.0
PLAIN: Final = "plain_sum"


@dataclass(frozen=True)
class Model:
    """What was learned; built by `fit_model` or `fit_plain`. Frozen and free of codes of anybody."""

    columns: tuple[str, ...]
    centre: Numbers
    """Mean of each column over the visits that were learned from."""
    scale: Numbers
    weights: Numbers
    """Of the standardised columns, in log odds."""
    kinds: tuple[str, ...]
    """The kinds that stand by themselves."""
    shares: dict[str, float]
    """Mean of each weighted fact over the visits: what a facility without visits is taken to have."""
    offsets: Numbers
    """Log odds that teams and windows of the last year add, each once."""
    counts: Numbers
    """How often each of them occurred."""

    def contribute(self, facts: pd.DataFrame) -> pd.DataFrame:
        """What each column adds to the log odds, against an average facility; on the index of `facts`."""
        table = _lay_out(facts, self.kinds, self.shares)[list(self.columns)]
        added = (table.to_numpy() - self.centre) / self.scale * self.weights
        return pd.DataFrame(added, index=facts.index, columns=pd.Index(self.columns))

    def score(self, facts: pd.DataFrame) -> "pd.Series[float]":
        """The probability (0 to 1) of a serious or critical finding at a visit now, on the index of `facts`.

        Rounded, so that facilities with the same facts are equal to the last digit.
        """
        added = self.contribute(facts).sum(axis=1).to_numpy()
        chances = expit(added[:, None] + self.offsets[None, :])
        mean = chances @ (self.counts / self.counts.sum())
        return pd.Series(mean.round(DIGITS), index=facts.index, name="score")


def fit_model(facts: pd.DataFrame, found: pd.DataFrame, visits: pd.DataFrame) -> Model | None:
    """Learns from visits; None where no column differs or all or none of them had a finding.

    Parameters, on one index: `facts` of `describe`; `found` of `outcomes`; `visits` with `inspectors` (str, `;`
    between) and `origin`, used as a nuisance only.
    """
    kinds = find_frequent(facts["kind"])
    shares = _mean_shares(facts)
    return _fit(_lay_out(facts, kinds, shares), found, visits, kinds, shares)


def fit_plain(facts: pd.DataFrame, found: pd.DataFrame, visits: pd.DataFrame) -> Model | None:
    """The plain sum of past critical findings alone, made a probability in the same way."""
    shares = _mean_shares(facts)
    return _fit(_lay_out(facts, (), shares)[[PLAIN]], found, visits, (), shares)


def _fit(
    table: pd.DataFrame, found: pd.DataFrame, visits: pd.DataFrame, kinds: tuple[str, ...], shares: dict[str, float]
) -> Model | None:
    spread = table.std(ddof=0)
    table = table[spread.index[spread > 1e-9]]
    hit = found["serious"].to_numpy()
    if table.empty or hit.all() or not hit.any():
        return None
    centre, scale = table.mean().to_numpy(), table.std(ddof=0).to_numpy()
    standard = (table.to_numpy() - centre) / scale
    nuisance = _nuisance(visits)
    weights = _weigh(standard, nuisance, hit, found["critical"].to_numpy(), list(table.columns))
    sums = standard @ weights
    unit = float(sums.std()) or 1.0
    final, constant = _regress(np.column_stack([sums / unit, nuisance]), hit, np.ones(len(hit)), strength=1.0)
    recent = visits["origin"].isin(visits["origin"].drop_duplicates().nlargest(_RECENT_WINDOWS)).to_numpy()
    offsets, counts = np.unique((nuisance[recent] @ final[1:] + constant).round(6), return_counts=True)
    return Model(
        columns=tuple(table.columns),
        centre=centre,
        scale=scale,
        weights=weights * max(final[0], 0.0) / unit * _shrink(sums / unit, final, constant, nuisance, len(weights)),
        kinds=kinds,
        shares=shares,
        offsets=offsets,
        counts=counts.astype("float64"),
    )


def _weigh(
    standard: Numbers, nuisance: Numbers, hit: NDArray[np.bool_], critical: NDArray[np.bool_], columns: list[str]
) -> Numbers:
    """The weight of each standardised column; the plain sum alone has the weight 1."""
    if columns == [PLAIN]:
        return np.ones(1)
    once = np.where(critical, CRITICAL_WEIGHT, 1.0)
    weights: Numbers = _regress(np.hstack([standard, nuisance]), hit, once)[0][: len(columns)]
    if PLAIN in columns:
        weights[columns.index(PLAIN)] += PLAIN_SHARE * (standard @ weights).std()
    return weights


def _regress(columns: Numbers, hit: NDArray[np.bool_], once: Numbers, *, strength: float = STRENGTH) -> tuple[Any, Any]:
    """Weights and constant."""
    fitted = LogisticRegression(C=strength, solver="newton-cholesky").fit(columns, hit, sample_weight=once)
    return fitted.coef_[0].copy(), fitted.intercept_[0]


def _shrink(sums: Numbers, final: Numbers, constant: float, nuisance: Numbers, columns: int) -> float:
    """What is left of the slope after what chance alone gives to so many columns; 1 for a single one.

    Source: van Houwelingen and le Cessie (1990), doi 10.1002/sim.4780091109: 1 - columns / chi square, of the slope.
    """
    if columns == 1:
        return 1.0
    chance = expit(final[0] * sums + nuisance @ final[1:] + constant)
    chi_square = final[0] ** 2 * float((chance * (1 - chance) * (sums - sums.mean()) ** 2).sum())
    return max(_LEAST_SLOPE, 1 - columns / chi_square) if chi_square else _LEAST_SLOPE


def _nuisance(visits: pd.DataFrame) -> Numbers:
    """One column for each inspector or team that is named, one for nobody named, and for each window."""
    which, teams = pd.factorize(visits["inspectors"].fillna("").astype("str"), sort=True)
    split = [frozenset(str(team).split(";")) for team in teams]
    names = sorted(frozenset().union(*split))
    members = np.array([[name in team for name in names] for team in split], dtype="float64")
    turn, windows = pd.factorize(visits["origin"], sort=True)
    return np.hstack([members[which], np.eye(len(windows))[turn]])


def _mean_shares(facts: pd.DataFrame) -> dict[str, float]:
    total = float(facts["weight"].sum())
    return {name: float(facts[name].sum()) / total if total else 0.0 for name in WEIGHTED}


def _lay_out(facts: pd.DataFrame, kinds: Sequence[str], shares: dict[str, float]) -> pd.DataFrame:
    """The columns of the regression. Shares are drawn to their mean, as if by one visit more."""
    first = facts["waited"].isna()
    licensed = facts["licensed"].clip(upper=_LONGEST_DAYS)
    table: dict[str, Any] = {
        name: np.sqrt((facts[name] + shares[name]) / (facts["weight"] + 1)).astype("float64") for name in WEIGHTED
    }
    table |= {
        PLAIN: facts["critical_sum"].clip(upper=MOST_CRITICAL),
        "waited": np.log1p(facts["waited"].fillna(0) / 180),
        "first": first,
        "licensed": licensed.fillna(0) / 365,
        "licensed_first": licensed.fillna(0) / 365 * first,
        "new": licensed < 365,
        "unlicensed": licensed.isna(),
        "renewed": facts["renewed"].clip(upper=_LONGEST_DAYS).fillna(0) / 365,
        "lapsed": facts["lapsed"].notna(),
        "machines": np.log1p(facts["machines"]),
        "checks": facts["checks"].clip(upper=3),
    }
    groups = facts["kind"].map(group_kinds(facts["kind"].dropna().unique(), kinds))
    table |= {f"kind: {kind}": groups == kind for kind in kinds}
    return pd.DataFrame(table, index=facts.index).astype("float64")
