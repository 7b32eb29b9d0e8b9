"""Registered births as the model may use them: totals of streets and above, per year, small ones hidden.

A *registered total* belongs to an area and a period of whole months. Before anything is reckoned with it, totals of
villages and grids are added up to the street, taken per year, rounded to 5, and left out under 10: what is modelled
with them can then tell nobody what was registered in a small place. An area without a total of its own takes part in
that of the nearest area above which has one: there the *remainder* counts, the total without those of the areas inside,
and a remainder under 10 is not used either, for the difference of two totals is a total too.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from gis.analysis.demand.model import ROUNDED_TO, Z
from gis.months import read_months
from gis.policies import DemandPolicy

SMALLEST: Final = 10
"""Births of a year; fewer are hidden."""
MONTHS: Final = 12


def register_totals(
    births: pd.DataFrame, areas: pd.DataFrame, *, levels: Sequence[str], shown: int = 2
) -> pd.DataFrame:
    """Registered births of a year in the areas of the upper levels: rounded to 5, none under 10.

    Parameters: `births` with `area_code, period, boys, girls`, periods of one area disjoint; `areas` with `code, level,
    parent_code`, those in force; `levels`, highest first, of which the first `shown` may have a total. Where an area
    has rows of its own, those of areas inside are not added to it.

    Returns, by code of the area in order: `per_year` (float64, in steps of 5), `counted` (float64: births of all
    months, for the error) and `above` (str, the nearest area above with a total). Rows of unknown areas are left out.

    >>> areas = pd.DataFrame({"code": ["D", "S", "V"], "level": ["district", "street", "village"],
    ...     "parent_code": [None, "D", "S"]})
    >>> rows = pd.DataFrame({"area_code": ["V", "V"], "period": ["2023", "2024"], "boys": [51, 48], "girls": [50, 49]})
    >>> register_totals(rows, areas, levels=["district", "street", "village"])[["per_year", "counted"]].to_dict("index")
    {'S': {'per_year': 100.0, 'counted': 198.0}}
    """
    parents = dict(zip(areas["code"], areas["parent_code"], strict=True))
    upper = set(areas.loc[areas["level"].isin(list(levels)[:shown]), "code"])
    own = births[births["area_code"].isin(areas["code"])]
    months = [m.length if (m := read_months(text)) else np.nan for text in own["period"]]
    counts = pd.DataFrame(
        {
            "births": own["boys"].astype("float64") + own["girls"].astype("float64"),
            "months": pd.Series(months, index=own.index, dtype="float64"),
            "source": own["area_code"],
        }
    )
    by_source = counts.groupby("source").sum()
    climbed = {code: climb(code, parents, upper) for code in by_source.index}
    by_source["area"] = [climbed[code] for code in by_source.index]
    by_source["per_year"] = by_source["births"] / by_source["months"] * MONTHS
    is_own = by_source["area"] == by_source.index
    has_own = by_source["area"].isin(by_source.index[is_own])
    taken = by_source[is_own | (~has_own & by_source["area"].notna())].groupby("area")
    totals = pd.DataFrame({"per_year": taken["per_year"].sum(), "counted": taken["births"].sum()})
    totals = totals[totals["per_year"] >= SMALLEST].sort_index()
    totals["per_year"] = (totals["per_year"] / ROUNDED_TO).round() * ROUNDED_TO
    known = set(totals.index)
    above = [climb(parents.get(code), parents, known) for code in totals.index]
    return totals.assign(above=pd.Series(above, index=totals.index, dtype="str")).rename_axis("area_code")


def climb(code: object, parents: Mapping[str, object], wanted: set[str]) -> str | None:
    """The code itself or the nearest one above that is wanted; None where there is none."""
    seen: set[str] = set()
    while isinstance(code, str) and code not in seen:
        if code in wanted:
            return code
        seen.add(code)
        code = parents.get(code)
    return None


def share_totals(totals: pd.DataFrame) -> pd.DataFrame:
    """What is left of each total for cells that are in none of the areas inside with a total of their own.

    `totals` from `register_totals`. Returns `per_year, counted` by area, those with at least 10 left.
    """
    inside = totals.groupby("above")["per_year"].sum().reindex(totals.index).fillna(0.0)
    per_year = totals["per_year"] - inside
    left = pd.DataFrame({"per_year": per_year, "counted": totals["counted"] * per_year / totals["per_year"]})
    return left[left["per_year"] >= SMALLEST]


def attach_totals(area_codes: pd.Series, totals: pd.DataFrame, areas: pd.DataFrame) -> "pd.Series[str]":
    """The area whose total each cell is part of: the nearest one, itself included; missing where there is none.

    `area_codes`: of the cells. The total may have too little left to be used: the cell is then not scaled.
    """
    parents = dict(zip(areas["code"], areas["parent_code"], strict=True))
    wanted = set(totals.index)
    known = {code: climb(code, parents, wanted) for code in area_codes.dropna().unique()}
    return pd.Series([known.get(code) for code in area_codes], index=area_codes.index, dtype="str", name="total")


def compare_reported(
    modelled: pd.DataFrame, totals: pd.DataFrame, areas: pd.DataFrame, policy: DemandPolicy
) -> pd.DataFrame:
    """Modelled and registered births of a year side by side, area by area, and where they do not fit together.

    Modelled is what the rates alone expect, before it is scaled. Its 95 % interval holds the errors of women and rates,
    and the chance of the registered count. A difference says that one of the two is off (women who moved, births
    registered elsewhere, rates of another setting); it says nothing about anybody, and no area is ranked by it.

    Parameters: `modelled` from `model_demand`; `totals` from `register_totals`: of streets and above, rounded, none
    under 10. `areas` with `code, parent_code`.

    Returns, in the order of the codes: `area_code`, `cells` (int64), `modelled, low, high, registered` (float64),
    `differs` (bool) and `per_registered` (modelled births for each registered one).
    """
    nearest = attach_totals(modelled["area_code"], totals, areas).to_numpy()
    expected = modelled["expected"].astype("float64")
    parts = pd.DataFrame({"cells": 1.0, "modelled": expected, "squares": expected**2}).groupby(nearest).sum()
    sums = _add_upwards(parts.reindex(totals.index).fillna(0.0), totals["above"])
    total, per_year = sums["modelled"].to_numpy(), totals["per_year"].to_numpy(np.float64)
    cell_error2 = policy.population_error**2 + policy.cell_rates_error**2
    concentration = np.divide(sums["squares"], total**2, out=np.zeros(len(total)), where=total > 0)
    variance = cell_error2 * concentration + policy.rates_error**2
    variance += 1 / totals["counted"].to_numpy(np.float64) + ROUNDED_TO**2 / 12 / per_year**2
    factor = np.exp(Z * np.sqrt(variance))
    low, high = total / factor, total * factor
    return pd.DataFrame(
        {
            "area_code": totals.index.to_numpy(),
            "cells": sums["cells"].to_numpy().astype("int64"),
            **{"modelled": total, "low": low, "high": high, "registered": per_year},
            "differs": (per_year < low) | (per_year > high),
            "per_registered": total / per_year,
        }
    ).astype({"area_code": "str"})


def _add_upwards(own: pd.DataFrame, above: pd.Series) -> pd.DataFrame:
    """Sums of each area and of all inside it, out of those of the areas alone."""
    place = {code: n for n, code in enumerate(own.index)}
    parent = [place.get(code, -1) for code in above]
    values = own.to_numpy(np.float64)
    sums = values.copy()
    for n in range(len(own)):
        at = parent[n]
        while at >= 0:
            sums[at] += values[n]
            at = parent[at]
    return pd.DataFrame(sums, index=own.index, columns=own.columns)
