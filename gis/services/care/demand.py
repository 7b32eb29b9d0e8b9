"""Demand for antenatal care out of the store: modelled for the whole district, shown to each actor for the own ground.

The model needs every cell and every registered total, also those that an actor may not see: it runs as the owner of the
database, is kept between requests, and is then cut to the cells that lie in the actor's scope.
"""

from collections.abc import Hashable
from datetime import date, datetime

import geopandas as gpd
import pandas as pd

from gis.analysis.demand.run import Demand, run_demand
from gis.policies import shipped_demand_policy
from gis.roles import Actor, permit
from gis.services.scope import own, standing
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.texts import current_language

NOTES = "notes"
"""Key of `attrs` under which what a reader must know stands, as sentences."""


def stored_demand(
    workspace: Workspace, actor: Actor, *, on: date | None = None, known: datetime | None = None
) -> gpd.GeoDataFrame:
    """The cells that the actor may see, with the demand of a year that is modelled for them.

    Index `cell`; `demand, low, high` (pregnancies, 95 %), `visits`, `hours` (of ultrasound) and all else that
    `gis.analysis.demand.model.model_demand` gives, `area_code`, `population`, `geometry` (point, EPSG:4326).
    `attrs["notes"]`: what a reader must know, in the reader's language. Without stored cells the dwellings of the
    lowest areas stand in for them.
    """
    permit(actor, "demand.read")
    modelled = _modelled(workspace, actor, on=on or today(), known=known)
    cells = modelled.cells
    with workspace.transaction(actor) as connection:
        mine = own(connection, actor)
        if mine:
            rows = read.read_table(connection, "population", on=on or today(), known=known, mine=mine)["cell"]
            areas = read.read_table(connection, "areas", on=on or today(), known=known, mine=mine)["code"]
            of_dwellings = cells.index == cells["area_code"]
            seen = cells.index.isin(rows) | (of_dwellings & cells["area_code"].isin(areas).to_numpy())
            cells = cells[seen]
    found = cells.copy()
    found.attrs[NOTES] = list(modelled.notes)
    return found


def stored_reports(
    workspace: Workspace, actor: Actor, *, on: date | None = None, known: datetime | None = None
) -> pd.DataFrame:
    """Modelled and registered births of a year side by side, for the streets and districts that the actor answers for.

    Columns as `gis.analysis.demand.births.compare_reported` gives them: registered totals in steps of 5, none under 10.
    """
    permit(actor, "demand.compare")
    reported = _modelled(workspace, actor, on=on or today(), known=known).reported
    with workspace.transaction(actor) as connection:
        mine = own(connection, actor)
        if not mine:
            return reported.copy()
        areas = read.read_table(connection, "areas", on=on or today(), known=known, mine=mine)["code"]
    return reported[reported["area_code"].isin(areas)].reset_index(drop=True)


def _modelled(workspace: Workspace, actor: Actor, *, on: date, known: datetime | None) -> Demand:
    """The model of the whole district on a day, made once until anything of the register changes."""
    key: tuple[Hashable, ...] = ("demand", standing(workspace, actor).register_mark, on, known, current_language())
    return workspace.remember(key, lambda: _run(workspace, on=on, known=known))


def _run(workspace: Workspace, *, on: date, known: datetime | None) -> Demand:
    with workspace.owner_transaction() as connection:
        areas = read.read_table(connection, "areas", on=on, known=known)
        cells = read.read_table(connection, "population", on=on, known=known)
        births = read.read_table(connection, "births", on=on, known=known)
    return run_demand(cells, areas, births, shipped_demand_policy(), levels=workspace.settings.levels)
