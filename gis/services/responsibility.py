"""Who answers for what on a day: the chain above one place, and all gaps of the district."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gis.analysis.nesting import in_force
from gis.analysis.responsibility import Gaps, summarise_gaps, trace_chain
from gis.errors import NotFound, UsageError
from gis.roles import Actor, visible
from gis.services.frames import records
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.store.engine import Connection
from gis.texts import _


@dataclass(frozen=True)
class Duties:
    """What responsibility is computed from, as it was known at one time; all periods, canonical columns."""

    areas: gpd.GeoDataFrame
    assignments: pd.DataFrame
    facilities: gpd.GeoDataFrame
    officers: pd.DataFrame


def who(
    workspace: Workspace, actor: Actor, code: str, *, on: date | None = None, known: datetime | None = None
) -> dict[str, Any]:
    """`{"target", "on", "known", "chain"}`, nearest first; a vacant level has officer None. Raises NotFound.

    `officer` is the code, `officer_name` and, where the role may see it, `work_phone` come with it.
    """
    on, at = on or today(), known or datetime.now(UTC)
    with workspace.transaction() as connection:
        areas, facilities = _places_above(connection, code, on=on, known=known)
        assignments = read.read_table(connection, "assignments", on=on, known=known)
        officers = visible(read.read_table(connection, "officers", on=on, known=known), actor.role, table="officers")
    chain = trace_chain(code, areas, assignments, facilities, on, levels=workspace.settings.levels)
    contact = officers.rename(columns={"code": "officer", "name": "officer_name"})
    contact = contact[[c for c in ("officer", "officer_name", "work_phone") if c in contact]]
    rows = records(chain.merge(contact, on="officer", how="left"))
    return {"target": code, "on": on.isoformat(), "known": at.isoformat(), "chain": rows}


def gaps(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    start: date | None = None,
    end: date | None = None,
) -> dict[str, Any]:
    """The gaps of the day in the form of the contract; with `start` and `end` the timeline between them too."""
    if (start is None) != (end is None) or (start and end and start >= end):
        raise UsageError(_("A timeline needs a first day and a later last day."))
    window = (start, end) if start and end else None
    return find_gaps(workspace, actor, on=on, known=known, window=window).to_json()


def fault_shapes(
    workspace: Workspace, actor: Actor, *, on: date | None = None, known: datetime | None = None
) -> gpd.GeoDataFrame:
    """Holes, overlaps and outsides: `kind, a, b, area_m2` and polygons; for a hole `a` is the parent, `b` missing."""
    found = find_gaps(workspace, actor, on=on, known=known)
    holes = found.holes.rename(columns={"parent": "a"}).assign(kind="hole", b=None)
    overlaps = found.overlaps.assign(kind="overlap")
    outside = found.outside.rename(columns={"child": "a", "parent": "b"}).assign(kind="outside")
    columns = ["kind", "a", "b", "area_m2", "geometry"]
    return pd.concat([f[columns].astype({"b": "str"}) for f in (holes, overlaps, outside)], ignore_index=True)


def find_gaps(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    window: tuple[date, date] | None = None,
) -> Gaps:
    """The gaps of the day as frames. An answer is kept until something is recorded."""
    del actor  # codes, square metres and officers' codes are open to every role
    on = on or today()
    with workspace.transaction() as connection:
        latest = read.latest(connection)
    return workspace.remember(("gaps", on, known, window, latest), lambda: _search(workspace, on, known, window))


def _search(workspace: Workspace, on: date, known: datetime | None, window: tuple[date, date] | None) -> Gaps:
    at = known or datetime.now(UTC)
    with workspace.transaction() as connection:
        duties = read_duties(connection, on=None if window else on, known=known)
    settings = workspace.settings
    return summarise_gaps(
        duties.areas,
        duties.assignments,
        duties.facilities,
        on=on,
        known=at,
        window=window,
        levels=settings.levels,
        tolerance_m2=settings.sliver_m2,
    )


def read_duties(connection: Connection, *, on: date | None, known: datetime | None) -> Duties:
    """All four frames; with `on` the rows in force that day, but every period of the assignments."""
    return Duties(
        areas=read.read_table(connection, "areas", on=on, known=known),
        assignments=read.read_table(connection, "assignments", on=None, known=known),
        facilities=read.read_table(connection, "facilities", on=on, known=known),
        officers=read.read_table(connection, "officers", on=on, known=known),
    )


def _places_above(
    connection: Connection, code: str, *, on: date, known: datetime | None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The areas that may stand in the chain of a code, and the facility where it is one. Raises NotFound."""
    area = read.read_table(connection, "areas", on=on, known=known, codes=[code])
    facility = read.read_table(connection, "facilities", on=on, known=known, codes=[code])
    if len(area):
        point = shapely.point_on_surface(area.geometry.iloc[0])
        own = [area]
    elif len(facility):
        point = facility.geometry.iloc[0]
        own = []
    else:
        raise NotFound(_("No area and no facility {code} on {on}.", code=code, on=on))
    around = read.read_table(connection, "areas", on=on, known=known, bbox=(point.x, point.y, point.x, point.y))
    above = _with_parents(connection, pd.concat([*own, around]).drop_duplicates("code"), on=on, known=known)
    return in_force(above, on), facility


def _with_parents(
    connection: Connection, areas: gpd.GeoDataFrame, *, on: date, known: datetime | None
) -> gpd.GeoDataFrame:
    """Parents may lie elsewhere than their children: they are fetched by code until none is missing."""
    while True:
        missing = sorted(set(areas["parent_code"].dropna()) - set(areas["code"]))
        parents = read.read_table(connection, "areas", on=on, known=known, codes=missing) if missing else None
        if parents is None or parents.empty:
            return areas.reset_index(drop=True)
        areas = pd.concat([areas, parents])
