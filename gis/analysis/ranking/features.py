"""What the history of a facility says before a day: the facts that a ranking is made of.

An *ask* is a facility and a day, its *origin*. Only what was so before the origin is used: visits on an earlier day,
licences and machines that had begun, a licence that had run out. The end that a period may have later plays no part.
Nobody who inspected is among the facts, and nothing about the place around the facility.

A visit counts for less the longer ago it was: half as much after HALF_LIFE days. *Weighted* facts are sums over visits
with these weights, others are plain counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from gis.analysis.premises.checks import check_register
from gis.policies import InspectionPolicy

HALF_LIFE: Final = 730
"""Days."""
SPAN: Final = 61
"""Days of a window: the two months after an origin."""
MOST_WINDOWS: Final = 24
SETTLING: Final = 90
"""Days of history that there must be before the first origin."""
MOST_MINOR: Final = 6
"""Minor findings of one visit that count."""
WEIGHTED: Final = ("critical", "serious", "fail", "conditions", "minor")
"""Facts of a visit whose share over the visits is taken: whether there was one; for minor findings how many."""
_LATE_RULES: Final = ("licence-lapsed",)
"""Rules of the register that a fact of its own stands for."""


@dataclass(frozen=True)
class History:
    """Canonical frames of all periods, geometry not needed; `visits` is the table of inspections."""

    facilities: pd.DataFrame
    visits: pd.DataFrame
    licences: pd.DataFrame
    equipment: pd.DataFrame
    operators: pd.DataFrame
    policy: InspectionPolicy = field(default_factory=InspectionPolicy)


def open_windows(visits: pd.DataFrame, on: date) -> pd.DataFrame:
    """The visits before the day that a model learns from or is tried on, each with the `origin` of its window.

    Windows of SPAN days lie one before the other, the last ends the day before `on`. Needs facility_code,
    inspected_on. Returns the rows of `visits` with `origin` (datetime64[s]), by day, on their own index.

    >>> days = pd.to_datetime(["2024-01-01", "2024-10-01", "2024-12-31", "2025-01-01"])
    >>> seen = pd.DataFrame({"facility_code": list("ABCD"), "inspected_on": days})
    >>> open_windows(seen, date(2025, 1, 1))["origin"].dt.strftime("%Y-%m-%d").to_dict()
    {1: '2024-09-01', 2: '2024-11-01'}
    """
    past = visits[visits["inspected_on"] < pd.Timestamp(on)]
    ago = (pd.Timestamp(on) - past["inspected_on"]).dt.days
    turn = (ago - 1) // SPAN + 1
    origin = pd.Timestamp(on) - pd.to_timedelta(turn * SPAN, unit="D")
    settled = origin >= past["inspected_on"].min() + timedelta(days=SETTLING)
    kept = past.assign(origin=origin.astype("datetime64[s]"))[settled & (turn <= MOST_WINDOWS)]
    ordered: pd.DataFrame = kept.sort_values("inspected_on", kind="stable")
    return ordered


def describe(asks: pd.DataFrame, history: History) -> pd.DataFrame:
    """The facts about each ask, on the index of `asks`.

    Needs facility_code (str), origin (datetime64). Returns `visits, critical_sum, critical_year, serious_sum,
    minor_sum, not_passed` (int64); `weight` and one column of WEIGHTED each (float64, weighted); `waited` (float64,
    days since the last visit, NaN without one); `licensed, renewed, lapsed` (float64, days since the first licence
    and since the newest began, and since the last one ran out, NaN where not so); `machines, checks` (int64); `kind`
    (str).
    """
    keyed = asks.reset_index(drop=True)[["facility_code", "origin"]]
    facts = pd.concat(
        [
            _visits(keyed, history.visits),
            _licences(keyed, history.licences),
            _machines(keyed, history.equipment),
            _kinds(keyed, history.facilities),
            _checks(keyed, history),
        ],
        axis=1,
    )
    return facts.set_axis(asks.index)


def outcomes(visits: pd.DataFrame) -> pd.DataFrame:
    """Whether each visit had a `critical`, and a `serious` or critical, finding (bool); index kept."""
    critical = visits["critical"].fillna(0).astype("int64") > 0
    return pd.DataFrame({"critical": critical, "serious": critical | (visits["serious"].fillna(0) > 0)})


def _pair(asks: pd.DataFrame, frame: pd.DataFrame, begin: str, columns: Sequence[str]) -> pd.DataFrame:
    """Each ask (`ask`, its place) with the rows of its facility that had begun before the origin; `age` in days."""
    held = frame[["facility_code", *dict.fromkeys((begin, *columns))]]
    pairs = asks.assign(ask=asks.index).merge(held, on="facility_code")
    pairs = pairs[pairs[begin].isna() | (pairs[begin] < pairs["origin"])]
    return pairs.assign(age=(pairs["origin"] - pairs[begin]).dt.days.astype("float64"))


def _visits(asks: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    pairs = _pair(asks, visits, "inspected_on", ["result", "minor", "serious", "critical"])
    count = {name: pairs[name].fillna(0).astype("int64") for name in ("minor", "serious", "critical")}
    fail, conditions = ((pairs["result"] == result).fillna(value=False) for result in ("fail", "conditions"))
    facts: dict[str, Any] = {
        "critical": count["critical"] > 0,
        "serious": count["serious"] > 0,
        "fail": fail,
        "conditions": conditions,
        "minor": count["minor"].clip(upper=MOST_MINOR),
    }
    weight = 0.5 ** (pairs["age"] / HALF_LIFE)
    sums = pd.DataFrame({name: weight * fact.astype("float64") for name, fact in facts.items()})
    plain = pd.DataFrame(
        {
            "visits": 1,
            "critical_sum": count["critical"],
            "critical_year": count["critical"].where(pairs["age"] <= 365, 0),
            "serious_sum": count["serious"],
            "minor_sum": count["minor"],
            "not_passed": (fail | conditions).astype("int64"),
        }
    )
    grouped = sums.assign(weight=weight).groupby(pairs["ask"]).sum().reindex(asks.index, fill_value=0.0)
    counted = plain.groupby(pairs["ask"]).sum().reindex(asks.index, fill_value=0).astype("int64")
    waited = pairs.groupby("ask")["age"].min().reindex(asks.index).rename("waited")
    return pd.concat([counted, grouped, waited], axis=1)


def _licences(asks: pd.DataFrame, licences: pd.DataFrame) -> pd.DataFrame:
    """A licence without a beginning counts as held for ten years."""
    pairs = _pair(asks, licences, "valid_from", ["valid_to"])
    age = pairs["age"].fillna(3650.0)
    over = (pairs["origin"] - pairs["valid_to"]).dt.days.astype("float64")
    over = over.where(pairs["valid_to"] < pairs["origin"])
    by = age.groupby(pairs["ask"])
    running = over.isna().groupby(pairs["ask"]).any().reindex(asks.index, fill_value=False)
    lapsed = over.groupby(pairs["ask"]).min().reindex(asks.index).mask(running)
    licensed, renewed = by.max().reindex(asks.index), by.min().reindex(asks.index)
    return pd.DataFrame({"licensed": licensed, "renewed": renewed, "lapsed": lapsed})


def _machines(asks: pd.DataFrame, equipment: pd.DataFrame) -> "pd.Series[int]":
    pairs = _pair(asks, equipment, "valid_from", ["serial", "valid_to"])
    there = pairs[pairs["valid_to"].isna() | (pairs["valid_to"] >= pairs["origin"])]
    count = there.groupby("ask")["serial"].nunique()
    return count.reindex(asks.index, fill_value=0).astype("int64").rename("machines")


def _kinds(asks: pd.DataFrame, facilities: pd.DataFrame) -> "pd.Series[str]":
    """The kind that the register had before the origin, of the version that began last."""
    pairs = _pair(asks, facilities.rename(columns={"code": "facility_code"}), "valid_from", ["kind"])
    pairs = pairs.sort_values("valid_from", na_position="first", kind="stable")
    return pairs.groupby("ask")["kind"].last().reindex(asks.index).astype("str").rename("kind")


def _checks(asks: pd.DataFrame, history: History) -> "pd.Series[int]":
    """How many rules of the register name the facility on the eve of the origin."""
    found = pd.Series(0, index=asks.index, name="checks")
    if history.equipment.empty and history.operators.empty:
        return found
    for origin, rows in asks.groupby("origin"):
        day = pd.Timestamp(str(origin)).date()
        eve = max(day, date.min + timedelta(days=1)) - timedelta(days=1)
        tables = (history.facilities, history.licences, history.equipment, history.operators)
        hits = check_register(*tables, on=eve, policy=history.policy)
        hits = hits[~hits["rule"].isin(_LATE_RULES)].explode("facilities")
        count = hits.groupby("facilities")["rule"].nunique()
        found.loc[rows.index] = rows["facility_code"].map(count).fillna(0).astype("int64")
    return found
