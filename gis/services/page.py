"""A page of rows, and how many there are in all."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Literal, TypeVar, Unpack

import geopandas as gpd
import pandas as pd

from gis.roles import Actor, permit, visible
from gis.services.scope import own
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.store.filters import Filters

Frame = TypeVar("Frame", bound=pd.DataFrame)


@dataclass(frozen=True)
class Page(Generic[Frame]):
    """Rows `offset` .. `offset + limit` of `total`, in the order of their code."""

    frame: Frame
    total: int
    limit: int
    offset: int


def read_page(
    workspace: Workspace,
    actor: Actor,
    table: Literal["areas", "facilities"],
    *,
    on: date | None,
    known: datetime | None,
    limit: int,
    offset: int,
    **filters: Unpack[Filters],
) -> Page[gpd.GeoDataFrame]:
    """The rows in force on the day that the filters pick, with the columns that the role may see."""
    permit(actor, f"{table}.read")
    on = on or today()
    with workspace.transaction(actor) as connection:
        filters["mine"] = own(connection, actor)
        total = read.count_table(connection, table, on=on, known=known, **filters)
        frame = read.read_table(connection, table, on=on, known=known, limit=limit, offset=offset, **filters)
    return Page(visible(frame, actor.role, table=table), total, limit, offset)
