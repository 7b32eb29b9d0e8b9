"""Which points would help most: p new clinics among the cells of the demand, beside the sites that exist."""

import math
from datetime import date, datetime
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.analysis.siting.choose import MODELS, Model, choose_sites
from gis.errors import DataRejected, UsageError
from gis.roads import Mode
from gis.roles import Actor, permit
from gis.services.care.access import Access, find_access
from gis.services.care.siting import key_of
from gis.services.listing import name_areas
from gis.services.travel.times import measure_times
from gis.services.workspace import Workspace
from gis.texts import N_, _

MOST_CANDIDATES: Final = 300
MOST_NEW: Final = 20
SECONDS: Final = 5.0
EXISTING: Final = "="
"""All sites that exist, as one: they stay, so only the nearest of them matters."""
CAUTION: Final = N_(
    "A suggestion is a cell of the model, not a plot of land: go and look. Existing sites stay as they are."
)


def suggest_sites(
    workspace: Workspace,
    actor: Actor,
    *,
    model: Model = "mclp",
    p: int = 1,
    limit: float | None = None,
    mode: Mode = "walk",
    on: date | None = None,
    known: datetime | None = None,
) -> dict[str, Any]:
    """`{"model", "objective", "bound", "gap", "proven", "sites": [{"lon", "lat", "area", ...}], ...}`: p new sites.

    Candidates are the cells of the demand (of many, the one with most in each square of a lattice). Raises UsageError
    for a question that makes no sense, DataRejected where there is no demand. Kept until something changes.
    """
    permit(actor, "siting.plan")
    if model not in MODELS:
        raise UsageError(_("Choose one of: {expected}.", expected=", ".join(MODELS)))
    if not 1 <= p <= MOST_NEW:
        raise UsageError(_("The number of new clinics is from 1 to {most}.", most=MOST_NEW))
    found = find_access(workspace, actor, on=on, known=known)
    limit = float(found.policy.limits_minutes[0]) if limit is None else limit
    if not (math.isfinite(limit) and 0 < limit <= 1440):
        raise UsageError(_("The limit is a number of minutes, above 0 and up to 1440."))
    key = (*key_of(workspace, actor, found, known), "suggest", model, p, limit, mode)
    return workspace.remember(key, lambda: _suggest(workspace, found, model=model, p=p, limit=limit, mode=mode))


def _suggest(workspace: Workspace, found: Access, *, model: Model, p: int, limit: float, mode: Mode) -> dict[str, Any]:
    demand = found.demand[found.demand["demand"] > 0]
    if demand.empty:
        raise DataRejected(
            _("No population is stored for this day: there is no demand to model. Import population first.")
        )
    candidates = thin_out(demand, MOST_CANDIDATES)
    matrix = measure_times(workspace, demand, candidates, mode=mode)
    now = found.by_mode[mode].cells["nearest_minutes"].reindex(demand.index).to_numpy(dtype=float, na_value=np.nan)
    minutes = np.column_stack([now, matrix.minutes])
    within = minutes <= (limit if model == "lscp" else np.inf)
    reached = within.any(axis=1)
    names = np.array([EXISTING, *(f"+{code}" for code in candidates.index)], dtype=object)
    row, column = np.nonzero(within)
    pairs = {"origin": demand.index.to_numpy(dtype=object)[row], "destination": names[column]}
    siting = choose_sites(
        pd.Series(demand["demand"].to_numpy()[reached], index=demand.index.to_numpy(dtype=object)[reached]),
        pd.DataFrame({"existing": names == EXISTING}, index=names),
        pd.DataFrame({**pairs, "minutes": minutes[row, column]}),
        model=model,
        p=min(p + 1, len(names)),
        limit=limit if model in ("lscp", "mclp") else None,
        seconds=SECONDS,
    )
    chosen = candidates.loc[[code[1:] for code in siting.sites if code != EXISTING]]
    areas = name_areas(found.areas)
    return {
        "model": model,
        "p": p,
        "limit": limit,
        "mode": mode,
        "on": found.on.isoformat(),
        "objective": siting.objective - (model == "lscp"),
        "bound": siting.bound - (model == "lscp"),
        "gap": siting.gap,
        "proven": siting.proven,
        "existing": len(found.supply.sites),
        "candidates": len(candidates),
        "cells": len(demand),
        "unreached": int((~reached).sum()),
        "reached_before": round(float(demand["demand"].to_numpy()[now <= limit].sum()), 1),
        "demand": round(float(demand["demand"].sum()), 1),
        "sites": [
            {
                "cell": str(cell),
                "lon": round(point.x, 6),
                "lat": round(point.y, 6),
                "area": code,
                "name": areas.get(code),
            }
            for cell, code, point in zip(chosen.index, chosen["area_code"], chosen.geometry, strict=True)
        ],
        "notes": [note for note in (matrix.note, _(CAUTION)) if note],
    }


def thin_out(cells: gpd.GeoDataFrame, most: int) -> gpd.GeoDataFrame:
    """At most so many cells: of each square of a lattice the one with most demand, of equals the first by code."""
    if len(cells) <= most:
        return cells
    west, south, east, north = cells.total_bounds
    ordered = cells.sort_index().sort_values("demand", ascending=False, kind="stable")
    squeeze = math.cos(math.radians((south + north) / 2))
    x, y = (ordered.geometry.x - west) * squeeze, ordered.geometry.y - south
    parts = int(math.sqrt(most)) * 3
    while True:
        side = max((east - west) * squeeze, north - south) / parts or 1.0
        kept = ~pd.DataFrame({"x": (x / side).astype(int), "y": (y / side).astype(int)}).duplicated()
        if kept.sum() <= most:
            return ordered[kept.to_numpy()].sort_index()
        parts -= 1
