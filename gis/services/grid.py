"""The ground that somebody answers for: its boundary, its neighbours with their officers, its facilities, its tasks.

An own area is one that the actor's officer is assigned to as of today. Its neighbours are the areas of the same level
that meet it or come within a few steps of it. Who answers for a neighbour is open data, and it is read here as the
public reads it: names and departments, no telephone number.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.crs import local_metres
from gis.errors import NotFound
from gis.roles import PERMITTED, PUBLIC, Actor, permit, visible
from gis.services import corrections, outreach, premises
from gis.services.frames import records
from gis.services.premises import Premises, Wanted
from gis.services.scope import own_areas, standing
from gis.services.workspace import Workspace
from gis.store import events, read
from gis.store.engine import Connection
from gis.texts import _

OUTREACH_DAYS: Final = 90
"""A grid wants a session at least this often."""
NEAR_M: Final = 25.0
"""Neighbours are at most this far apart: boundaries that nearly meet leave holes, and streets lie between them."""
_NEAR_DEGREES: Final = 0.0008
MOST_CHOICES: Final = 400


@dataclass(frozen=True)
class OwnGround:
    """One own area as of today."""

    area: gpd.GeoDataFrame
    """One row, columns by role."""
    neighbours: gpd.GeoDataFrame
    """code, name, level, officer, department (missing: nobody), polygons in EPSG:4326; by code; as the public sees."""
    premises: Premises
    """The facilities in it."""
    silent: list[dict[str, Any]]
    """Own areas without a session for OUTREACH_DAYS: area, name, last (a day, or None for never)."""
    unlicensed: list[dict[str, Any]]
    """Facilities in it without a licence in force."""

    @cached_property
    def facility_rows(self) -> list[dict[str, Any]]:
        """The facilities as JSON-ready rows."""
        return records(self.premises.frame)

    @cached_property
    def neighbour_rows(self) -> list[dict[str, Any]]:
        """The neighbours as JSON-ready rows."""
        return records(self.neighbours)


def list_own(workspace: Workspace, actor: Actor) -> list[dict[str, Any]]:
    """code, name, level of the areas that the actor answers for today, by code; none for who is assigned to nothing."""
    permit(actor, "gaps.read")
    found = premises.survey(workspace, actor).areas
    key = (*standing(workspace, actor).key, "own-areas")
    return workspace.remember(key, lambda: _list_own(workspace, actor, found))


def _list_own(workspace: Workspace, actor: Actor, found: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    mine = found[found["code"].isin(own_areas(workspace, actor))]
    return [{"code": row.code, "name": row.name_, "level": row.level} for row in _rows(mine)]


def read_ground(workspace: Workspace, actor: Actor, code: str) -> OwnGround:
    """One own area, or one inside it, with all about it. Raises NotFound for any other."""
    found = premises.survey(workspace, actor)
    key = (*standing(workspace, actor).key, "own-ground", code, found.on)
    return workspace.remember(key, lambda: _read_ground(workspace, actor, found, code))


def _read_ground(workspace: Workspace, actor: Actor, found: Premises, code: str) -> OwnGround:
    area = _own_area(found, code)
    return OwnGround(
        area=area,
        neighbours=find_neighbours(workspace, area, on=found.on),
        premises=premises.on_map(found, Wanted(area=code)),
        silent=_find_silent(workspace, actor, on=found.on),
        unlicensed=_without_licence(found, code),
    )


def read_shape(workspace: Workspace, actor: Actor, kind: str, target: str) -> tuple[gpd.GeoDataFrame, OwnGround | None]:
    """What a correction starts from: the own area, or the facility, as one row; and the ground around an area.

    Raises NotFound for what the actor does not answer for.
    """
    permit(actor, "corrections.propose")
    found = premises.survey(workspace, actor)
    if kind == "boundary":
        return _own_area(found, target), read_ground(workspace, actor, target)
    facility = found.frame[found.frame["code"] == target]
    if facility.empty:
        raise NotFound(_("No facility {code} on {on}.", code=target, on=found.on))
    around = facility["area"].iloc[0]
    return facility, read_ground(workspace, actor, around) if isinstance(around, str) else None


def _own_area(found: Premises, code: str) -> gpd.GeoDataFrame:
    area = found.areas[found.areas["code"] == code]
    if area.empty:
        raise NotFound(_("No area {code} among those that you answer for.", code=code))
    return area


def find_neighbours(workspace: Workspace, area: gpd.GeoDataFrame, *, on: date) -> gpd.GeoDataFrame:
    """The areas of the same level within NEAR_M of the one given, with their officers, as the public sees them."""
    shape, level = area.geometry.iloc[0], area["level"].iloc[0]
    west, south, east, north = shape.bounds
    squeeze = max(np.cos(np.radians((south + north) / 2)), 0.1)
    aside = _NEAR_DEGREES / squeeze
    box = (west - aside, south - _NEAR_DEGREES, east + aside, north + _NEAR_DEGREES)
    with workspace.transaction(PUBLIC) as connection:
        near = read.read_table(connection, "areas", on=on, known=None, level=level, bbox=box)
        near = near[(near["code"] != area["code"].iloc[0]) & (_metres_to(shape, near) <= NEAR_M)]
        named = _name_officers(connection, list(near["code"]), on=on)
    near = visible(near, PUBLIC.role, table="areas")[["code", "name", "level", "geometry"]]
    return near.merge(named, on="code", how="left").reset_index(drop=True)


def _metres_to(shape: BaseGeometry, areas: gpd.GeoDataFrame) -> NDArray[np.float64]:
    plane = local_metres(shape.centroid.x, shape.centroid.y)

    def to_metres(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(plane.transform(degrees[:, 0], degrees[:, 1]))

    def flat(geometries: Any) -> Any:  # noqa: ANN401
        return shapely.transform(geometries, to_metres)

    return np.asarray(shapely.distance(flat(areas.geometry.to_numpy()), flat(shape)))


def _name_officers(connection: Connection, codes: list[str], *, on: date) -> pd.DataFrame:
    """code, officer, department of the primaries in force; several are joined."""
    duties = read.read_table(connection, "assignments", on=on, known=None, codes=codes)
    duties = duties[(duties["target_kind"] == "area") & (duties["role"] == "primary")]
    officers = visible(read.read_table(connection, "officers", on=on, known=None), PUBLIC.role, table="officers")
    officers = officers[["code", "name", "department"]].rename(columns={"code": "officer_code", "name": "officer"})
    named = duties.merge(officers, on="officer_code").sort_values("officer_code").groupby("target_code")
    joined = named[["officer", "department"]].agg(_join)
    return joined.rename_axis("code").reset_index().astype("str")


def _join(texts: "pd.Series[str]") -> str | None:
    return "、".join(dict.fromkeys(texts.dropna())) or None


def _find_silent(workspace: Workspace, actor: Actor, *, on: date) -> list[dict[str, Any]]:
    gaps, _areas = outreach.find_gaps(workspace, actor, on=on, known=None, days=OUTREACH_DAYS)
    mine = gaps.by_area[gaps.by_area["area"].isin(own_areas(workspace, actor)) & (gaps.by_area["sessions"] == 0)]
    return [
        {"area": row.area, "name": row.name_, "last": None if pd.isna(row.last) else row.last.date().isoformat()}
        for row in _rows(mine)
    ]


def _without_licence(found: Premises, code: str) -> list[dict[str, Any]]:
    fitting = premises.pick(found, Wanted(area=code, licence="missing"))
    return [{"code": row.code, "name": row.name_, "licence": row.licence} for row in _rows(fitting)]


def _rows(frame: pd.DataFrame) -> Any:  # noqa: ANN401
    """Rows as tuples; the column `name` as `name_`, because tuples have a name of their own."""
    return frame.drop(columns="geometry", errors="ignore").rename(columns={"name": "name_"}).itertuples(index=False)


def list_places(workspace: Workspace, actor: Actor) -> list[dict[str, Any]]:
    """code, name and depth of the areas where the actor may have held a session, in the order of a tree.

    All of the subtree where it is small, else what is above its lowest level.
    """
    permit(actor, "outreach.record")
    areas, levels = premises.survey(workspace, actor).areas, workspace.settings.levels
    return premises.area_choices(areas, levels, deep=len(areas) <= MOST_CHOICES)


def kinds_of_session(workspace: Workspace, actor: Actor) -> list[str]:
    """Kinds that sessions of the actor's areas had so far, the most frequent first."""
    permit(actor, "outreach.read")
    frame = outreach.list_outreach(workspace, actor, limit=1000).frame
    return [str(kind) for kind in frame["kind"].value_counts().index[:12]]


def my_corrections(workspace: Workspace, actor: Actor) -> list[dict[str, Any]]:
    """The corrections that the actor proposed, undecided first; none for a role that proposes none."""
    if actor.role not in PERMITTED["corrections.read"]:
        return []
    rows, _total = corrections.list_corrections(workspace, actor, limit=1000)
    shown = ("id", "kind", "target_code", "note", "proposed_at", "state", "reason", "decided_at")
    return [{name: row[name] for name in shown} for row in rows if row["proposed_by"] == actor.name]


def read_session(workspace: Workspace, actor: Actor, code: str) -> dict[str, Any]:
    """A session of outreach as it was recorded. Raises NotFound."""
    permit(actor, "outreach.read")
    with workspace.transaction(actor) as connection:
        stored = events.find_session(connection, code)
    if stored is None:
        raise NotFound(_("There is no session {code}.", code=code[:100]))
    return stored


def has_duty(workspace: Workspace, actor: Actor) -> bool:
    """Whether anything is assigned to the actor today."""
    return bool(own_areas(workspace, actor)) or not premises.survey(workspace, actor).frame.empty
