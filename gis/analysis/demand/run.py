"""The whole model of demand: from cells, areas and registered births to modelled cells, and what to say of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import pandas as pd

from gis.analysis.demand.births import attach_totals, climb, compare_reported, register_totals, share_totals
from gis.analysis.demand.cells import choose_rates, fill_ages, merge_small, spread_totals
from gis.analysis.demand.model import model_demand, rates_table
from gis.analysis.responsibility.workload import locate_facilities
from gis.policies import DemandPolicy
from gis.texts import _

SHOWN: Final = 2
"""Levels, from the top, whose registered totals may be used and shown: district and street."""


@dataclass(frozen=True)
class Demand:
    """Modelled demand of a year, and how far it can be trusted."""

    cells: gpd.GeoDataFrame
    """Index `cell`: columns of `model_demand`, `population`, `merged` (cells it was made of), points in EPSG:4326."""
    reported: pd.DataFrame
    """Modelled and registered births side by side (`compare_reported`)."""
    notes: tuple[str, ...]
    """What a reader must know: ages that were assumed, cells that lie nowhere, areas without registered births."""


def run_demand(
    cells: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    births: pd.DataFrame,
    policy: DemandPolicy,
    *,
    levels: Sequence[str],
    totals: pd.DataFrame | None = None,
) -> Demand:
    """Models demand. Frames are canonical, those in force on one day, each possibly empty; `levels`, highest first.

    Without cells `totals` (residents by area code) are spread over dwellings, or dwellings alone stand in. Cells that
    lie in no area are left out where there are areas; without areas no birth is registered anywhere and the rates are
    those of the usual setting.
    """
    notes: list[str] = []
    if not cells.empty:
        grid = _from_cells(cells, areas, notes, levels=levels)
    else:
        grid = _from_dwellings(areas, policy, notes) if totals is None else _from_totals(totals, areas, notes)
    filled = fill_ages(grid, policy)
    assumed = int(filled["assumed"].sum())
    if assumed:
        notes.append(_("Cells whose women are the policy's share of residents, not counted by age: {n}.", n=assumed))
    parents = dict(zip(areas["code"], areas["parent_code"], strict=True))
    filled["rates"] = choose_rates(filled["area_code"], parents, policy)
    registered = register_totals(births, areas, levels=levels, shown=SHOWN)
    filled["total"] = attach_totals(filled["area_code"], registered, areas)
    upper = set(areas.loc[areas["level"].isin(list(levels)[:SHOWN]), "code"])
    street = pd.Series([climb(code, parents, upper) or "" for code in filled["area_code"]], index=filled.index)
    merged = merge_small(filled, policy, within=street + "/" + filled["rates"])
    if len(merged) < len(filled):
        text = _("{before} cells became {after}: those too small, or with too few residents, were merged.")
        notes.append(text.format(before=len(filled), after=len(merged)))
    modelled = model_demand(merged, rates_table(policy), share_totals(registered), policy)
    alone = int((~modelled["scaled"]).sum())
    if alone:
        notes.append(_("Cells that follow fertility rates alone, as no registered total can be used: {n}.", n=alone))
    kept = merged[["population", "merged", "geometry"]]
    found = gpd.GeoDataFrame(modelled.join(kept), geometry="geometry", crs=cells.crs or areas.crs).rename_axis("cell")
    return Demand(found, compare_reported(modelled, registered, areas, policy), tuple(notes))


def _from_cells(
    cells: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, notes: list[str], *, levels: Sequence[str]
) -> gpd.GeoDataFrame:
    """The cells by their codes, each with the lowest area that holds it; those in none are left out."""
    located = cells.set_index("cell")
    if areas.empty:
        return located.assign(area_code=pd.Series(None, index=located.index, dtype="str"))
    located = located.assign(area_code=locate_facilities(located, areas, levels=levels, climb=True))
    outside = located["area_code"].isna()
    if outside.any():
        text = _("Cells in no area, which are not counted: {n}, with {residents} residents.")
        notes.append(text.format(n=int(outside.sum()), residents=round(located.loc[outside, "population"].sum())))
    return located[~outside]


def _from_totals(totals: pd.DataFrame, areas: gpd.GeoDataFrame, notes: list[str]) -> gpd.GeoDataFrame:
    """A cell for each lowest area inside one with residents, by its dwellings."""
    cells = spread_totals(totals, areas)
    notes.append(_("Residents of areas were spread over the dwellings of the areas inside them: {n}.", n=len(totals)))
    return cells


def _from_dwellings(areas: gpd.GeoDataFrame, policy: DemandPolicy, notes: list[str]) -> gpd.GeoDataFrame:
    """A cell for each lowest area with dwellings, as if as many people lived in every one of them."""
    lowest = areas[~areas["code"].isin(areas["parent_code"].dropna()) & areas["dwellings"].notna()]
    residents = lowest["dwellings"].astype("float64") * policy.per_dwelling
    totals = pd.DataFrame({"population": residents.to_numpy()}, index=pd.Index(lowest["code"]))
    if len(totals):
        notes.append(_("No grid of residents: {n} of them are put into every dwelling.", n=policy.per_dwelling))
    return spread_totals(totals, areas)
