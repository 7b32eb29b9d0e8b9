"""Reading areas: a page of them, one with its surroundings, and the history of a code."""

from dataclasses import dataclass
from datetime import date, datetime

import geopandas as gpd
import pandas as pd

from gis.analysis.areas import lineage
from gis.errors import NotFound
from gis.roles import Actor, permit, visible
from gis.services.page import Page, read_page
from gis.services.scope import own
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.store.engine import Connection
from gis.texts import _

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class AreaDetail:
    """One area (one row), the areas that contain it, highest first, and those directly inside it."""

    area: gpd.GeoDataFrame
    path: pd.DataFrame
    children: pd.DataFrame


def list_areas(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    level: str | None = None,
    parent: str | None = None,
    bbox: Box | None = None,
    q: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> Page[gpd.GeoDataFrame]:
    """Areas in force on the day, in the order of their code; `q` is part of a name or code."""
    return read_page(
        workspace,
        actor,
        "areas",
        on=on,
        known=known,
        limit=limit,
        offset=offset,
        level=level,
        parent=parent,
        bbox=bbox,
        search=q,
    )


def get_area(
    workspace: Workspace, actor: Actor, code: str, *, on: date | None = None, known: datetime | None = None
) -> AreaDetail:
    """One area in force on the day. Raises NotFound."""
    permit(actor, "areas.read")
    on = on or today()
    with workspace.transaction(actor) as connection:
        mine = own(connection, actor)
        area = read.read_table(connection, "areas", on=on, known=known, codes=[code], mine=mine)
        if area.empty:
            raise NotFound(_("No area {code} on {on}.", code=code, on=on))
        path = _ancestors(connection, area, on=on, known=known)
        children = read.read_table(connection, "areas", on=on, known=known, parent=code, mine=mine)
    return AreaDetail(
        visible(area, actor.role, table="areas"),
        _without_geometry(visible(path, actor.role, table="areas")),
        _without_geometry(visible(children, actor.role, table="areas")),
    )


def history(workspace: Workspace, actor: Actor, code: str, *, known: datetime | None = None) -> pd.DataFrame:
    """All versions of an area, of what it came from and of what it became. Raises NotFound."""
    permit(actor, "areas.read")
    with workspace.transaction(actor) as connection:
        versions = read.read_table(connection, "areas", on=None, known=known, mine=own(connection, actor))
        changes = read.read_changes(connection, known=known)
        walk = read.read_crosswalk(connection, changes["number"].tolist())
    pairs = walk.merge(changes[["number", "kind", "on"]], on="number")
    return lineage.history(code, versions, pairs)


def _ancestors(connection: Connection, area: gpd.GeoDataFrame, *, on: date, known: datetime | None) -> gpd.GeoDataFrame:
    found = area.iloc[:0]
    seen = {area["code"].iloc[0]}
    parent = area["parent_code"].iloc[0]
    while pd.notna(parent) and parent not in seen:
        row = read.read_table(connection, "areas", on=on, known=known, codes=[parent])
        if row.empty:
            break
        seen.add(parent)
        found = pd.concat([row, found], ignore_index=True)
        parent = row["parent_code"].iloc[0]
    return found


def _without_geometry(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame.drop(columns="geometry"))
