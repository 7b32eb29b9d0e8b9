"""The register as one actor sees it, without polygons: read once, and kept until something is recorded."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from gis.analysis.nesting import Nesting, in_force, nest
from gis.analysis.workload import select_primaries
from gis.roles import Actor, permit, visible
from gis.services.responsibility import read_duties
from gis.services.scope import standing
from gis.services.workspace import Workspace

STATES: Final = ("vacant", "covered", "doubled")


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

    @property
    def roots(self) -> list[str]:
        """Codes of those that lie in no other one, in order."""
        return [code for code in self.nesting.order if self.nesting.parents[code] is None]


def read_register(workspace: Workspace, actor: Actor) -> Register:
    """All that the actor sees of areas, assignments, facilities and officers."""
    permit(actor, "gaps.read")
    key = (*standing(workspace, actor).key, "register")
    return workspace.remember(key, lambda: _read(workspace, actor, key))


def find_ground(workspace: Workspace, actor: Actor, on: date) -> Ground:
    """The areas of one day, how they lie in each other, and in what state they are."""
    register = read_register(workspace, actor)
    return workspace.remember((*register.key, "ground", on), lambda: _stand(register, on))


def _read(workspace: Workspace, actor: Actor, key: tuple[Hashable, ...]) -> Register:
    with workspace.transaction(actor) as connection:
        duties = read_duties(connection, actor, on=None, known=None)
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
