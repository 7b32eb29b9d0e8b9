"""Ways from the cells of the demand to the sites of care: imported times, the roads in use, or straight lines."""

from dataclasses import dataclass
from datetime import date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.roads import MODES, Mode
from gis.roles import Actor
from gis.services.travel.roads import load_roads
from gis.services.travel.times import measure_times
from gis.services.workspace import Workspace
from gis.store import read
from gis.tables import TABLES
from gis.texts import _


@dataclass(frozen=True)
class Ways:
    """Times from cells to sites, and how they were found."""

    times: pd.DataFrame
    """`origin, destination, minutes`: the pairs within the cut, and each cell's nearest site however far."""
    straight_line: bool
    imported: bool
    note: str
    """What a reader of any figure made with them must know; empty where there is nothing."""


def find_ways(
    workspace: Workspace,
    actor: Actor,
    cells: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    *,
    mode: Mode,
    cut: float | None = None,
    on: date | None = None,
    known: datetime | None = None,
    imported: bool = False,
) -> Ways:
    """The ways of one mode, frames by code with points; with `imported`, imported times where there are any."""
    if imported and len(cells) and len(sites):
        given = _imported(workspace, actor, cells, sites, on=on, known=known)
        if len(given):
            return Ways(given, False, True, _("Times are those that were imported."))
    if cells.empty or sites.empty:
        empty = pd.DataFrame({"origin": pd.Series(dtype="str"), "destination": pd.Series(dtype="str")})
        return Ways(empty.assign(minutes=pd.Series(dtype="float64")), load_roads(workspace, mode) is None, False, "")
    matrix = measure_times(workspace, _points(cells), _points(sites), mode=mode)
    return Ways(list_pairs(matrix.minutes, cells.index, sites.index, cut=cut), matrix.straight_line, False, matrix.note)


def list_pairs(
    minutes: NDArray[np.float64], origins: "pd.Index[str]", destinations: "pd.Index[str]", *, cut: float | None
) -> pd.DataFrame:
    """The pairs of a matrix that are within the cut or the least of their row, row by row.

    >>> list_pairs(np.array([[5.0, 90.0], [80.0, 70.0], [np.nan, np.nan]]), pd.Index(["a", "b", "c"]),
    ...     pd.Index(["x", "y"]), cut=60).values.tolist()
    [['a', 'x', 5.0], ['b', 'y', 70.0]]
    """
    there = np.isfinite(minutes)
    least = np.where(there, minutes, np.inf).min(axis=1, initial=np.inf)
    kept = there & ((minutes <= (np.inf if cut is None else cut)) | (minutes == least[:, None]))
    row, column = np.nonzero(kept)
    return pd.DataFrame(
        {
            "origin": origins.to_numpy()[row],
            "destination": destinations.to_numpy()[column],
            "minutes": minutes[row, column],
        }
    )


def roads_mark(workspace: Workspace) -> tuple[str, ...]:
    """Changes with the roads in use."""
    found = (load_roads(workspace, mode) for mode in MODES)
    return tuple("" if roads is None else roads[1] for roads in found)


def _imported(
    workspace: Workspace,
    actor: Actor,
    cells: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    *,
    on: date | None,
    known: datetime | None,
) -> pd.DataFrame:
    """The imported times between these cells and sites."""
    if "times" not in TABLES:
        return pd.DataFrame()
    with workspace.transaction(actor) as connection:
        frame = read.read_table(connection, "times", on=on, known=known)
    kept = frame["origin"].isin(cells.index) & frame["destination"].isin(sites.index)
    return frame.loc[kept, ["origin", "destination", "minutes"]].reset_index(drop=True)


def _points(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return np.column_stack([frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()])
