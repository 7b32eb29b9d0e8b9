"""What the store holds that a file of cells, births or times is judged together with."""

from collections.abc import Sequence
from typing import TypedDict

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.nesting import nest
from gis.analysis.responsibility.workload import locate_facilities
from gis.services.workspace import today
from gis.store import read
from gis.store.engine import Connection
from gis.tables import WOMEN


class StoredCare(TypedDict, total=False):
    """Fields of `gis.validate.Stored`."""

    cells: pd.Index
    births: dict[str, tuple[str, ...]]
    women: dict[str, float]


def stored_care(connection: Connection, kind: str, areas: gpd.GeoDataFrame, *, levels: Sequence[str]) -> StoredCare:
    """What a file of this kind needs; nothing for all other kinds. `areas`: those in force today."""
    if kind == "times":
        return {"cells": pd.Index(read.read_table(connection, "population", on=None, known=None)["cell"].unique())}
    if kind != "births":
        return {}
    births = read.read_table(connection, "births", on=today(), known=None)
    cells = gpd.GeoDataFrame(read.read_table(connection, "population", on=today(), known=None))
    periods = {str(area): tuple(rows) for area, rows in births.groupby("area_code")["period"]}
    return {"births": periods, "women": count_women(cells, areas, levels=levels)}


def count_women(cells: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, levels: Sequence[str]) -> dict[str, float]:
    """Area -> women of 15 to 49 in its cells; areas without a cell with known ages are left out."""
    known = cells[cells[list(WOMEN)].notna().all(axis=1)]
    if known.empty or areas.empty:
        return {}
    held = locate_facilities(known, areas, levels=levels, climb=True)
    lowest = known[list(WOMEN)].sum(axis=1).groupby(held.to_numpy()).sum()
    tree, found = nest(areas), dict[str, float]()
    for code, women in lowest.items():
        for area in (str(code), *tree.ancestors(str(code))):
            found[area] = found.get(area, 0.0) + float(women)
    return found
