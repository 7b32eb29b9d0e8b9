"""The register as one actor sees it: each table read once, under both locks, and kept until the register changes.

What is asked of the day as it is known now, by somebody who answers for a part of the district, is cut out of these
frames. Questions about what was known earlier, and those of the public and the command line, whose part is everything,
go to the database.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, Literal, TypeVar, overload

import geopandas as gpd
import pandas as pd
import shapely

from gis.analysis.areas.nesting import Nesting, in_force, nest
from gis.analysis.responsibility.workload import select_primaries
from gis.roles import Actor, permit, visible
from gis.rows import records
from gis.services.scope import UNBOUND, own, standing
from gis.services.workspace import Workspace
from gis.store import access, read

Frame = TypeVar("Frame", bound=pd.DataFrame)

STATES: Final = ("vacant", "covered", "doubled")


@dataclass(frozen=True)
class Duties:
    """What responsibility is computed from, as it was known at one time; canonical columns."""

    areas: gpd.GeoDataFrame
    assignments: pd.DataFrame
    facilities: gpd.GeoDataFrame
    officers: pd.DataFrame


@dataclass(frozen=True)
class Register:
    """Canonical frames of all periods as they are known now; polygons of areas are left out."""

    areas: pd.DataFrame
    assignments: pd.DataFrame
    facilities: pd.DataFrame
    """With `lon, lat` in degrees."""
    officers: pd.DataFrame
    """Only the columns that the role may see."""
    key: tuple[Hashable, ...]
    """Says all that the frames depend on."""


@dataclass(frozen=True)
class Ground:
    """The areas of the register on one day."""

    register: Register
    on: date
    areas: pd.DataFrame
    """Those in force, with `state`: vacant, covered or doubled."""
    nesting: Nesting

    @cached_property
    def roots(self) -> list[str]:
        """Codes of those that lie in no other one, in order."""
        return [code for code in self.nesting.order if self.nesting.parents[code] is None]

    @cached_property
    def rows(self) -> dict[str, dict[str, Any]]:
        """Code -> the area as a JSON-ready row; by code."""
        return {row["code"]: row for row in records(self.areas)}


@overload
def own_table(
    workspace: Workspace, actor: Actor, table: Literal["areas", "facilities"], *, known: datetime | None = None
) -> gpd.GeoDataFrame: ...


@overload
def own_table(workspace: Workspace, actor: Actor, table: str, *, known: datetime | None = None) -> pd.DataFrame: ...


def own_table(workspace: Workspace, actor: Actor, table: str, *, known: datetime | None = None) -> pd.DataFrame:
    """A table of the register, all periods, all columns, rows of what the actor answers for; nobody may change it.

    Choose with `visible` what is shown of it.
    """

    def read_it() -> pd.DataFrame:
        with workspace.transaction(actor) as connection:
            return read.read_table(connection, table, on=None, known=known, mine=own(connection, actor))

    if known is not None or not is_bound(actor):
        return read_it()
    return workspace.remember((*standing(workspace, actor).register_key, "own", table), read_it)


def with_above(workspace: Workspace, actor: Actor) -> Duties:
    """The own tables, and the areas above the own ones with who answers there: all that a chain is made of."""
    key = (*standing(workspace, actor).register_key, "with-above")
    return workspace.remember(key, lambda: _add_above(workspace, actor))


def _add_above(workspace: Workspace, actor: Actor) -> Duties:
    areas, assignments = own_table(workspace, actor, "areas"), own_table(workspace, actor, "assignments")
    with workspace.transaction(actor) as connection:
        codes = access.above(connection)
        above = read.read_table(connection, "areas", on=None, known=None, codes=codes)
        held = read.read_table(connection, "assignments", on=None, known=None, codes=codes)
    keys = ["officer_code", "target_kind", "target_code", "role", "valid_from"]
    return Duties(
        areas=pd.concat([areas, above]).drop_duplicates(["code", "valid_from"], ignore_index=True),
        assignments=pd.concat([assignments, held]).drop_duplicates(keys, ignore_index=True),
        facilities=own_table(workspace, actor, "facilities"),
        officers=own_table(workspace, actor, "officers"),
    )


def is_bound(actor: Actor) -> bool:
    """Whether the actor answers for a part, which is kept; the whole is left in the database."""
    return actor.role not in UNBOUND


def read_duties(workspace: Workspace, actor: Actor, *, on: date | None, known: datetime | None) -> Duties:
    """All four frames of what the actor sees; with `on` the rows of that day, but every period of the assignments.

    RangeIndex. Nobody may change the frames.
    """
    if known is None and is_bound(actor):
        return Duties(
            areas=_on_day(own_table(workspace, actor, "areas"), on),
            assignments=own_table(workspace, actor, "assignments"),
            facilities=_on_day(own_table(workspace, actor, "facilities"), on),
            officers=_on_day(own_table(workspace, actor, "officers"), on),
        )
    with workspace.transaction(actor) as connection:
        mine = own(connection, actor)
        return Duties(
            areas=read.read_table(connection, "areas", on=on, known=known, mine=mine),
            assignments=read.read_table(connection, "assignments", on=None, known=known, mine=mine),
            facilities=read.read_table(connection, "facilities", on=on, known=known, mine=mine),
            officers=read.read_table(connection, "officers", on=on, known=known, mine=mine),
        )


def _on_day(frame: Frame, on: date | None) -> Frame:
    return frame if on is None else in_force(frame, on).reset_index(drop=True)


def find_standing(workspace: Workspace, actor: Actor, on: date) -> Mapping[str, frozenset[str]]:
    """Code of an own area -> codes of the own facilities that stand on its ground on the day, borders included."""
    key = (*standing(workspace, actor).register_key, "standing-on", on)
    return workspace.remember(key, lambda: _find_standing(workspace, actor, on))


def _find_standing(workspace: Workspace, actor: Actor, on: date) -> Mapping[str, frozenset[str]]:
    duties = read_duties(workspace, actor, on=on, known=None)
    area, place = shapely.STRtree(duties.facilities.geometry).query(duties.areas.geometry, predicate="intersects")
    held: dict[str, set[str]] = {}
    codes = zip(duties.areas["code"].to_numpy()[area], duties.facilities["code"].to_numpy()[place], strict=True)
    for ground, facility in codes:
        held.setdefault(ground, set()).add(facility)
    return {ground: frozenset(facilities) for ground, facilities in held.items()}


def read_register(workspace: Workspace, actor: Actor) -> Register:
    """All that the actor sees of areas, assignments, facilities and officers."""
    permit(actor, "gaps.read")
    key = (*standing(workspace, actor).register_key, "register")
    return workspace.remember(key, lambda: _read(workspace, actor, key))


def find_ground(workspace: Workspace, actor: Actor, on: date) -> Ground:
    """The areas of one day, how they lie in each other, and in what state they are."""
    register = read_register(workspace, actor)
    return workspace.remember((*register.key, "ground", on), lambda: _stand(register, on))


def _read(workspace: Workspace, actor: Actor, key: tuple[Hashable, ...]) -> Register:
    duties = read_duties(workspace, actor, on=None, known=None)
    places = duties.facilities
    return Register(
        areas=pd.DataFrame(duties.areas.drop(columns="geometry")),
        assignments=duties.assignments,
        facilities=pd.DataFrame(places.drop(columns="geometry")).assign(lon=places.geometry.x, lat=places.geometry.y),
        officers=visible(duties.officers, actor.role, table="officers"),
        key=key,
    )


def _stand(register: Register, on: date) -> Ground:
    areas = in_force(register.areas, on)
    primaries = select_primaries(register.assignments, on)
    held = primaries[primaries["target_kind"] == "area"].groupby("target_code")["officer_code"].nunique()
    count = held.reindex(areas["code"]).fillna(0).clip(upper=2).astype("int64").to_numpy()
    return Ground(register, on, areas.assign(state=[STATES[n] for n in count]), nest(areas))
