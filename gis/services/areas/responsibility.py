"""Who answers for what on a day: the chain above one place, and all gaps of the district."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from gis.analysis.areas.nesting import in_force
from gis.analysis.responsibility.chain import Roster, call_roster, trace_chain
from gis.analysis.responsibility.gaps import Gaps, summarise_gaps
from gis.analysis.responsibility.workload import find_orphans, locate_facilities
from gis.crs import STORAGE
from gis.errors import NotFound, UsageError
from gis.roles import PUBLIC, Actor, columns_for, permit, visible
from gis.rows import records
from gis.services import audit
from gis.services.register import Duties, is_bound, own_table, read_duties, with_above
from gis.services.scope import own, standing
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.store.engine import Connection
from gis.texts import _


def who(
    workspace: Workspace, actor: Actor, code: str, *, on: date | None = None, known: datetime | None = None
) -> dict[str, Any]:
    """`{"target", "on", "known", "chain"}`, nearest first; a vacant level has officer None. Raises NotFound.

    `officer` is the code, `officer_name` and, where the role may see it, `work_phone` come with it.
    """
    permit(actor, "who.read")
    on, at = on or today(), known or datetime.now(UTC)
    rows = trace(workspace, actor, code, on=on, known=known)
    if "work_phone" in columns_for("officers", actor.role):
        with workspace.transaction(actor) as connection:
            audit.record(connection, actor, "contacts.read", code)
    chain = [dict(row) for row in rows]
    return {"target": code, "on": on.isoformat(), "known": at.isoformat(), "chain": chain}


def trace(workspace: Workspace, actor: Actor, code: str, *, on: date, known: datetime | None) -> list[dict[str, Any]]:
    """The chain alone, for a service that goes on to `who`, which writes down that work phones were read."""
    key = (*standing(workspace, actor).register_key, "who", code, on, known)
    return workspace.remember(key, lambda: _trace(workspace, actor, code, on=on, known=known))


def _trace(workspace: Workspace, actor: Actor, code: str, *, on: date, known: datetime | None) -> list[dict[str, Any]]:
    """The chain of a code as rows, with the columns of officers that the role may see. Raises NotFound."""
    if known is None and is_bound(actor):
        chains = _chains(workspace, actor, on)
        if code not in chains.grounds:
            raise NotFound(_("No area and no facility {code} on {on}.", code=code, on=on))
        ground = chains.grounds[code]
        chain, contacts = chains.roster.climb(ground, facility=None if ground == code else code), chains.contacts
    else:
        seen = _look_up(workspace, actor, code, on=on, known=known)
        levels = workspace.settings.levels
        chain = trace_chain(code, seen.areas, seen.assignments, seen.facilities, on, levels=levels)
        contacts = _contacts(seen.officers, actor)
    shown = [name for name in _CONTACT if name in columns_for("officers", actor.role)]
    nobody: dict[str, Any] = {_CONTACT[name]: None for name in shown}
    return [row | contacts.get(row["officer"], nobody) for row in records(chain)]


@dataclass(frozen=True)
class _Chains:
    """What the chains of all that an actor answers for are looked up in, on one day."""

    roster: Roster
    grounds: Mapping[str, str | None]
    """Code of an own area -> itself; of an own facility -> the lowest area that it stands on, None for none."""
    contacts: Mapping[str, dict[str, Any]]
    names: Mapping[str, str]
    """Code of an area -> its name."""


def _chains(workspace: Workspace, actor: Actor, on: date) -> _Chains:
    key = (*standing(workspace, actor).register_key, "chains", on)
    return workspace.remember(key, lambda: _gather(workspace, actor, on))


def _gather(workspace: Workspace, actor: Actor, on: date) -> _Chains:
    seen = with_above(workspace, actor)
    areas, places = in_force(seen.areas, on), in_force(seen.facilities, on)
    held = locate_facilities(places, areas, levels=workspace.settings.levels, climb=True)
    grounds: dict[str, str | None] = {
        code: ground if isinstance(ground, str) else None for code, ground in zip(places["code"], held, strict=True)
    }
    own_codes = in_force(own_table(workspace, actor, "areas"), on)["code"]
    grounds |= {code: code for code in own_codes}
    return _Chains(
        roster=call_roster(areas, seen.assignments, on),
        grounds=grounds,
        contacts=_contacts(in_force(seen.officers, on), actor),
        names=dict(zip(areas["code"], areas["name"], strict=True)),
    )


_CONTACT: Final[Mapping[str, str]] = MappingProxyType({"name": "officer_name", "work_phone": "work_phone"})
"""Column of officers -> what a row of a chain calls it."""


def _contacts(officers: pd.DataFrame, actor: Actor) -> dict[str, dict[str, Any]]:
    """Code of an officer -> what the role may see of how to reach them."""
    shown = visible(officers, actor.role, table="officers")
    rows = records(shown[["code", *(name for name in _CONTACT if name in shown)]].rename(columns=dict(_CONTACT)))
    return {row.pop("code"): row for row in rows}


def _look_up(workspace: Workspace, actor: Actor, code: str, *, on: date, known: datetime | None) -> Duties:
    """What the chain of a code is made of, from the database. Raises NotFound."""
    with workspace.transaction(actor) as connection:
        areas, facilities = _places_above(connection, actor, code, on=on, known=known)
        targets = [*areas["code"], *facilities["code"]]
        assignments = read.read_table(connection, "assignments", on=on, known=known, codes=targets)
        named = sorted(set(assignments["officer_code"]))
        officers = read.read_table(connection, "officers", on=on, known=known, codes=named)
    return Duties(areas, assignments, facilities, officers)


def name_areas(workspace: Workspace, actor: Actor, *, on: date) -> Mapping[str, str]:
    """Code -> name of the areas that a chain may name, those above the actor's own among them, as known now."""
    return _chains(workspace, actor, on).names


def gaps(
    workspace: Workspace,
    actor: Actor,
    *,
    on: date | None = None,
    known: datetime | None = None,
    start: date | None = None,
    end: date | None = None,
) -> dict[str, Any]:
    """The gaps of the day in the form of the contract, of what the actor sees; with `start` and `end` the timeline."""
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
    permit(actor, "gaps.read")
    on = on or today()
    key = (*standing(workspace, actor).register_key, "gaps", on, known, window)
    return workspace.remember(key, lambda: _search(workspace, actor, on, known, window))


def _search(
    workspace: Workspace, actor: Actor, on: date, known: datetime | None, window: tuple[date, date] | None
) -> Gaps:
    at = known or datetime.now(UTC)
    duties = read_duties(workspace, actor, on=None if window else on, known=known)
    settings = workspace.settings
    gaps = summarise_gaps(
        duties.areas,
        duties.assignments,
        duties.facilities,
        on=on,
        known=at,
        window=window,
        levels=settings.levels,
        tolerance_m2=settings.sliver_m2,
    )
    if not is_bound(actor) or gaps.orphans.empty:
        return gaps
    ground = widen(workspace, in_force(duties.areas, on), gaps.orphans, on=on, known=known)
    return replace(gaps, orphans=find_orphans(gaps.orphans, ground, on, levels=settings.levels))


def widen(
    workspace: Workspace, areas: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, *, on: date, known: datetime | None
) -> gpd.GeoDataFrame:
    """The areas, and where facilities assigned one by one lie in none of them, those around, as the public sees them.

    Both frames are of one day.
    """
    elsewhere = facilities[locate_facilities(facilities, areas, climb=True).isna()]
    if elsewhere.empty:
        return areas
    west, south, east, north = elsewhere.total_bounds.tolist()
    with workspace.transaction(PUBLIC) as connection:
        around = read.read_table(connection, "areas", on=on, known=known, bbox=(west, south, east, north))
    return pd.concat([areas, around]).drop_duplicates("code")


def no_faults() -> gpd.GeoDataFrame:
    """The frame of `fault_shapes` without a row."""
    columns = {name: pd.Series(dtype="str") for name in ("kind", "a", "b")}
    return gpd.GeoDataFrame({**columns, "area_m2": pd.Series(dtype="float64")}, geometry=[], crs=STORAGE)


NO_GAPS: Final[Mapping[str, Any]] = MappingProxyType(
    {"known": None} | {key: [] for key in ("vacant", "doubled", "holes", "overlaps", "outside", "orphans", "workload")}
)
"""The gaps as the public gets them: who answers is open, what is amiss is the authority's to put right."""


def _places_above(
    connection: Connection, actor: Actor, code: str, *, on: date, known: datetime | None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The areas that may stand in the chain of a code, and the facility where it is one. Raises NotFound."""
    mine = own(connection, actor)
    area = read.read_table(connection, "areas", on=on, known=known, codes=[code], mine=mine)
    facility = read.read_table(connection, "facilities", on=on, known=known, codes=[code], mine=mine)
    if len(area):
        point = shapely.point_on_surface(area.geometry.iloc[0])
        chosen = [area]
    elif len(facility):
        point = facility.geometry.iloc[0]
        chosen = []
    else:
        raise NotFound(_("No area and no facility {code} on {on}.", code=code, on=on))
    around = read.read_table(connection, "areas", on=on, known=known, bbox=(point.x, point.y, point.x, point.y))
    above = _with_parents(connection, pd.concat([*chosen, around]).drop_duplicates("code"), on=on, known=known)
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
