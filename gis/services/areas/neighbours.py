"""Who answers beside the own areas: their neighbours of the same level, as the public sees them.

Who answers for an area is open data, and it is read here as the public reads it: names and departments, no telephone.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from gis.analysis.areas import neighbours
from gis.roles import PUBLIC, Actor, visible
from gis.rows import records
from gis.services.scope import standing
from gis.services.workspace import Workspace
from gis.store import read
from gis.store.engine import Connection

NEAR_M: Final = 25.0
"""Neighbours are at most this far apart: boundaries that nearly meet leave holes, and streets lie between them."""


@dataclass(frozen=True)
class Neighbours:
    """What lies beside one area."""

    frame: gpd.GeoDataFrame
    """code, name, level, officer, department (missing: nobody), polygons in EPSG:4326; by code."""
    rows: list[dict[str, Any]]
    """The same without polygons, JSON-ready."""


def read_neighbours(
    workspace: Workspace, actor: Actor, areas: gpd.GeoDataFrame, *, level: str, parent: str | None, on: date
) -> dict[str, Neighbours]:
    """Of each of the actor's areas of one level under one parent, the areas of that level within NEAR_M."""
    key = (*standing(workspace, actor).register_key, "neighbours", level, parent, on)
    return workspace.remember(key, lambda: _read(workspace, _pick(areas, level, parent), level, on))


def _pick(areas: gpd.GeoDataFrame, level: str, parent: str | None) -> gpd.GeoDataFrame:
    above = areas["parent_code"].isna() if parent is None else areas["parent_code"] == parent
    return areas[above & (areas["level"] == level)]


def _read(workspace: Workspace, areas: gpd.GeoDataFrame, level: str, on: date) -> dict[str, Neighbours]:
    """The neighbours of each of them."""
    box = neighbours.grow_box(areas, NEAR_M)
    with workspace.transaction(PUBLIC) as connection:
        around = read.read_table(connection, "areas", on=on, known=None, level=level, bbox=box)
        pairs = neighbours.find_neighbours(areas, around, within_m=NEAR_M)
        named = _name_officers(connection, sorted(set(pairs["code"])), on=on)
    shown = visible(around, PUBLIC.role, table="areas")[["code", "name", "level", "geometry"]]
    shown = shown.merge(named, on="code", how="left")
    rows = {row["code"]: row for row in records(shown)}
    beside = pairs.groupby("of")["code"].agg(list).to_dict()
    return {
        code: Neighbours(
            shown[shown["code"].isin(beside.get(code, []))].reset_index(drop=True),
            [rows[near] for near in beside.get(code, [])],
        )
        for code in areas["code"]
    }


def _name_officers(connection: Connection, codes: list[str], *, on: date) -> pd.DataFrame:
    """code, officer, department of the primaries in force; several are joined."""
    duties = read.read_table(connection, "assignments", on=on, known=None, codes=codes)
    duties = duties[(duties["target_kind"] == "area") & (duties["role"] == "primary")]
    officers = read.read_table(connection, "officers", on=on, known=None, codes=sorted(set(duties["officer_code"])))
    officers = visible(officers, PUBLIC.role, table="officers")
    officers = officers[["code", "name", "department"]].rename(columns={"code": "officer_code", "name": "officer"})
    named = duties.merge(officers, on="officer_code").sort_values("officer_code").groupby("target_code")
    joined = named[["officer", "department"]].agg(_join)
    return joined.rename_axis("code").reset_index().astype("str")


def _join(texts: "pd.Series[str]") -> str | None:
    return "、".join(dict.fromkeys(texts.dropna())) or None
