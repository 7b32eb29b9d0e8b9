"""What the trials showed: days with their errors, how far scores can be believed, and for whom it is later."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.analysis.ranking.measure import brier, compare, mean_of, reliability
from gis.analysis.ranking.trial import NOISE, ORDERS, Learned
from gis.analysis.shares import wilson_interval

FEWEST: Final = 10
"""Facilities with a finding that a group must have to be told of."""


def report(learned: Learned, *, kinds: Mapping[str, str], areas: Mapping[str, str]) -> dict[str, Any]:
    """Everything as plain values. `kinds` and `areas`: code of a facility -> the group that it is counted in."""
    trials = learned.trials
    critical, serious = (trials[name].to_numpy("bool") for name in ("critical", "serious"))
    chosen = learned.chosen
    return {
        "chosen": chosen,
        "noise": NOISE,
        "learned": {
            "visits": len(learned.visits),
            "windows": int(learned.visits["origin"].nunique()),
            "from": _day(learned.visits["inspected_on"].min()),
            "to": _day(learned.visits["inspected_on"].max()),
        },
        "tried": {"visits": len(trials), "windows": int(trials["origin"].nunique()), "lists": _count_lists(trials)},
        "orders": _orders(learned, critical),
        "orders_serious": _orders(learned, serious),
        "windows": _windows(learned),
        "calibration": _calibration(trials),
        "worse_off": {
            "kinds": _groups(learned, trials["facility_code"].map(kinds), chosen),
            "areas": _groups(learned, trials["facility_code"].map(areas), chosen),
        },
        "weights": _weights(learned),
    }


def _orders(learned: Learned, hit: NDArray[np.bool_]) -> list[dict[str, Any]]:
    over_random = compare(learned.days, hit, base="random")
    over_plain = compare(learned.days, hit, base="plain_sum")
    return [
        {
            "order": name,
            **learned.gained(name, hit).to_json(),
            "over_random": over_random[name].to_json(),
            "over_plain_sum": over_plain[name].to_json(),
        }
        for name in ORDERS
    ]


def _windows(learned: Learned) -> list[dict[str, Any]]:
    rows = []
    origins, critical = learned.trials["origin"], learned.trials["critical"].to_numpy("bool")
    for origin in origins.drop_duplicates():
        hit = critical & (origins == origin).to_numpy()
        days = {name: learned.gained(name, hit).to_json()["days"] for name in ORDERS}
        rows.append({"from": _day(origin), "n": int(hit.sum()), **days})
    return rows


def _calibration(trials: pd.DataFrame) -> dict[str, Any]:
    if trials.empty:
        return {"brier": None, "brier_of_mean": None, "tenths": []}
    scores, hit = trials["score"].to_numpy("float64"), trials["serious"].to_numpy("bool")
    tenths = reliability(scores, hit)
    low, high = wilson_interval(tenths["observed"] * tenths["n"], tenths["n"])
    tenths = tenths.assign(low=low, high=high).round(4)
    return {
        "brier": round(brier(scores, hit), 4),
        "brier_of_mean": round(brier(np.full(len(hit), hit.mean()), hit), 4),
        "tenths": tenths.to_dict("records"),
    }


def _groups(learned: Learned, groups: "pd.Series[str]", chosen: str) -> list[dict[str, Any]]:
    """Days that serious or critical findings of a group are met earlier than at random, the latest first."""
    hit = learned.trials["serious"].to_numpy("bool")
    gained = pd.Series((learned.days[chosen] - learned.days["random"])[hit])
    rows = []
    for name, values in gained.groupby(groups.to_numpy()[hit]):
        mean = mean_of(values.to_numpy())
        if mean.count >= FEWEST:
            later = bool(mean.value < -NOISE * mean.error)
            rows.append({"group": str(name), **mean.to_json(), "later": later})
    return sorted(rows, key=lambda row: (row["days"], row["group"]))


def _weights(learned: Learned) -> list[dict[str, Any]]:
    model = learned.ranker
    if model is None:
        return []
    pairs = sorted(zip(model.columns, model.weights, strict=True), key=lambda pair: -abs(pair[1]))
    return [{"column": name, "weight": round(float(weight), 4)} for name, weight in pairs]


def _count_lists(trials: pd.DataFrame) -> int:
    return int(trials["list"].nunique())


def _day(moment: pd.Timestamp) -> str | None:
    return None if pd.isna(moment) else moment.date().isoformat()
