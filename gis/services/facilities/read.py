"""Reading facilities: a page of them, and one with its licences, equipment and operators."""

from dataclasses import dataclass
from datetime import date, datetime

import geopandas as gpd
import pandas as pd

from gis.errors import NotFound
from gis.roles import Actor, columns_for, permit, visible
from gis.services.areas.read import Box
from gis.services.page import Page, read_page
from gis.services.scope import own
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.store.engine import Connection
from gis.tables import Kind
from gis.texts import _


@dataclass(frozen=True)
class FacilityDetail:
    """One facility (one row) and what it may do, with which machines, run by whom, on the day."""

    facility: gpd.GeoDataFrame
    licences: pd.DataFrame
    equipment: pd.DataFrame
    operators: pd.DataFrame


def list_facilities(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    kind: str | None = None,
    area: str | None = None,
    bbox: Box | None = None,
    q: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> Page[gpd.GeoDataFrame]:
    """Facilities in force on the day, in the order of their code; `area` is a code whose polygon holds them."""
    return read_page(
        workspace,
        actor,
        "facilities",
        on=on,
        known=known,
        limit=limit,
        offset=offset,
        kind=kind,
        area=area,
        bbox=bbox,
        search=q,
    )


def get_facility(
    workspace: Workspace, actor: Actor, code: str, *, on: date | None = None, known: datetime | None = None
) -> FacilityDetail:
    """One facility in force on the day. Raises NotFound."""
    permit(actor, "facilities.read")
    on = on or today()
    with workspace.transaction(actor) as connection:
        mine = own(connection, actor)
        facility = read.read_table(connection, "facilities", on=on, known=known, codes=[code], mine=mine)
        if facility.empty:
            raise NotFound(_("No facility {code} on {on}.", code=code, on=on))

        def held(table: Kind) -> pd.DataFrame:
            return _held(connection, actor, table, code, on=on, known=known)

        return FacilityDetail(
            visible(facility, actor.role, table="facilities"), held("licences"), held("equipment"), held("operators")
        )


def _held(
    connection: Connection, actor: Actor, table: Kind, code: str, *, on: date, known: datetime | None
) -> pd.DataFrame:
    """What a facility holds on the day; without rows or columns where the table is closed to the role."""
    allowed = columns_for(table, actor.role)
    frame = read.read_table(connection, table, on=on, known=known, facility=code)
    return frame.loc[:, list(allowed)] if allowed else frame.iloc[:0, :0]
