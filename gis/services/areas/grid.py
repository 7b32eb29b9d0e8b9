"""The ground that somebody answers for: its boundary, its neighbours with their officers, its facilities, its tasks.

An own area is one that the actor's officer is assigned to as of today. Its neighbours are the areas of the same level
that meet it or come within a few steps of it.
"""

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from gis.errors import NotFound
from gis.roles import PERMITTED, Actor, permit
from gis.services import outreach
from gis.services.areas import corrections
from gis.services.areas.neighbours import Neighbours, read_neighbours
from gis.services.facilities import premises
from gis.services.facilities.premises import Premises, Wanted
from gis.services.listing import area_choices
from gis.services.scope import own_areas
from gis.services.workspace import Workspace, today
from gis.store import events
from gis.texts import _

OUTREACH_DAYS: Final = 90
"""A grid wants a session at least this often."""
MOST_CHOICES: Final = 400


@dataclass(frozen=True)
class OwnGround:
    """One own area as of today."""

    code: str
    name: str
    _found: Premises
    neighbours: Neighbours

    @property
    def area(self) -> gpd.GeoDataFrame:
        """One row, columns by role."""
        return self._found.areas[self._found.areas["code"] == self.code]

    @property
    def premises(self) -> Premises:
        """The facilities in it, for a map."""
        return premises.on_map(self._found, Wanted(area=self.code))

    @property
    def facilities(self) -> list[dict[str, Any]]:
        """The facilities in it as JSON-ready rows."""
        return self._found.inside(self.code)

    @property
    def unlicensed(self) -> list[dict[str, Any]]:
        """Those without a licence in force."""
        return [row for row in self.facilities if row["licence"] != "valid"]


def list_own(workspace: Workspace, actor: Actor) -> list[dict[str, Any]]:
    """Rows of the areas that the actor answers for today, by code; none for who is assigned to nothing."""
    permit(actor, "gaps.read")
    rows = premises.survey(workspace, actor).area_rows
    return [rows[code] for code in own_areas(workspace, actor) if code in rows]


def read_ground(workspace: Workspace, actor: Actor, code: str) -> OwnGround:
    """One own area, or one inside it, with all about it. Raises NotFound for any other."""
    found = premises.survey(workspace, actor)
    if code not in found.area_rows:
        raise NotFound(_("No area {code} among those that you answer for.", code=code))
    row = found.area_rows[code]
    level, parent = row["level"], row["parent_code"]
    beside = read_neighbours(workspace, actor, found.areas, level=level, parent=parent, on=found.on)
    return OwnGround(code, row["name"], found, beside[code])


def read_shape(workspace: Workspace, actor: Actor, kind: str, target: str) -> tuple[gpd.GeoDataFrame, OwnGround | None]:
    """What a correction starts from: the own area, or the facility, as one row; and the ground around an area.

    Raises NotFound for what the actor does not answer for.
    """
    permit(actor, "corrections.propose")
    found = premises.survey(workspace, actor)
    if kind == "boundary":
        ground = read_ground(workspace, actor, target)
        return ground.area, ground
    facility = found.frame[found.frame["code"] == target]
    if facility.empty:
        raise NotFound(_("No facility {code} on {on}.", code=target, on=found.on))
    around = facility["area"].iloc[0]
    return facility, read_ground(workspace, actor, around) if isinstance(around, str) else None


def list_silent(workspace: Workspace, actor: Actor) -> list[dict[str, Any]]:
    """Own areas without a session for OUTREACH_DAYS: area, name, last (a day, or None for never)."""
    gaps, _areas = outreach.find_gaps(workspace, actor, on=today(), known=None, days=OUTREACH_DAYS)
    mine = gaps.by_area[gaps.by_area["area"].isin(own_areas(workspace, actor)) & (gaps.by_area["sessions"] == 0)]
    return [
        {"area": row.area, "name": row.name_, "last": None if pd.isna(row.last) else row.last.date().isoformat()}
        for row in _rows(mine)
    ]


def _rows(frame: pd.DataFrame) -> Any:  # noqa: ANN401
    """Rows as tuples; the column `name` as `name_`, because tuples have a name of their own."""
    return frame.drop(columns="geometry", errors="ignore").rename(columns={"name": "name_"}).itertuples(index=False)


def list_places(workspace: Workspace, actor: Actor) -> list[dict[str, Any]]:
    """code, name and depth of the areas where the actor may have held a session, in the order of a tree.

    All of the subtree where it is small, else what is above its lowest level.
    """
    permit(actor, "outreach.record")
    areas, levels = premises.survey(workspace, actor).areas, workspace.settings.levels
    return area_choices(areas, levels, deep=len(areas) <= MOST_CHOICES)


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
