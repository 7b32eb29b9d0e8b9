"""Where to go next, on the premises and inspections of Chicago up to 2014-09-01 (`../shared/data`).

Days earlier that a critical finding is met, within inspectors' own lists, on windows of two months in the past; every
order is beside the plain sum of past critical findings in the same run, and `se` figures are standard errors of the
figure before them. Nothing of a window is learned from before it is tried. Without the data there are no figures.
"""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from gis.analysis.ranking.features import History, describe
from gis.analysis.ranking.measure import Mean, brier, compare
from gis.analysis.ranking.trial import ORDERS, Learned, learn
from tests.benchmarks.figures import Figure, figure, median_seconds
from tests.unit.analysis.test_ranking_chicago import CHICAGO, ON, read_chicago


def run(*, quick: bool = False) -> Iterator[Figure]:
    """The four orders, what the model gains on the plain sum, the square error of its scores, and the time."""
    if not CHICAGO.exists():
        return
    history = read_chicago(CHICAGO)
    seconds, learned = median_seconds(partial(learn, history, ON), repeats=1 if quick else 3)
    yield from _days(learned)
    hit = learned.trials["serious"].to_numpy("bool")
    scores = learned.trials["score"].to_numpy("float64")
    base = hit.mean() + 0 * scores
    mean_error = brier(base, hit)
    yield figure("rank: Brier score", brier(scores, hit), "1", peer="mean share", peer_value=mean_error)
    visits = len(learned.visits)
    yield figure(f"rank: learning from {visits:,} visits and trying it on {len(learned.trials):,}", seconds, "s")
    taken, _scores = median_seconds(partial(_score, learned, history))
    yield figure(f"rank: scores of {len(history.facilities):,} premises", taken, "s")


def _days(learned: Learned) -> Iterator[Figure]:
    hit = learned.trials["critical"].to_numpy("bool")
    plain = learned.gained("plain_sum", hit)
    for name in ORDERS:
        mean = learned.gained(name, hit)
        yield figure(f"rank: days earlier, {name}", mean.value, "d", peer="plain sum", peer_value=plain.value)
        yield figure(f"rank: days earlier, {name}, se", mean.error, "d")
    for base in ("random", "plain_sum", "past_critical"):
        yield from _gain(base, compare(learned.days, hit, base=base)["model"])


def _gain(base: str, mean: Mean) -> Iterator[Figure]:
    yield figure(f"rank: days that the model gains on {base}", mean.value, "d")
    yield figure(f"rank: days that the model gains on {base}, se", mean.error, "d")


def _score(learned: Learned, history: History) -> "pd.Series[float]":
    codes = history.facilities["code"]
    return learned.sort_by(describe(pd.DataFrame({"facility_code": codes, "origin": pd.Timestamp(ON)}), history))
