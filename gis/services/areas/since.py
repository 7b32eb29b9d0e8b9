"""What changed between two days in what the actor sees: assignments, areas and facilities that began or ended."""

from datetime import date
from typing import Any, Final

import pandas as pd
import shapely

from gis.analysis.areas.nesting import nest
from gis.analysis.responsibility.since import list_turns
from gis.errors import NotFound, UsageError
from gis.roles import Actor, permit
from gis.rows import records
from gis.services.register import Register, own_table, read_register
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.texts import _

DAYS: Final = 30
"""How far back to look where no day is named."""
_DUTY: Final = ("officer_code", "target_kind", "target_code", "role")


def what_changed(
    workspace: Workspace, actor: Actor, *, since: date | None = None, on: date | None = None, area: str | None = None
) -> dict[str, Any]:
    """`{"since", "on", "area", "assignments", "areas", "facilities"}`: what is so on `on` and was not on `since`.

    Each row has `day` and `what` (begun, changed, ended), codes and names; the latest day first. With `area` only what
    lies inside that one. Raises UsageError where `since` is not before `on`, NotFound for an area.
    """
    permit(actor, "gaps.read")
    on = on or today()
    since = since or usual_start(on)
    if since >= on:
        raise UsageError(_("The day to compare with must be before {on}.", on=on.isoformat()))
    frames = read_register(workspace, actor)
    key = (*frames.key, "since", since, on)
    whole = workspace.remember(key, lambda: _compare(workspace, actor, frames, since=since, on=on))
    if area is None:
        return whole
    return workspace.remember((*key, area), lambda: _keep_inside(workspace, actor, frames, whole, area))


def usual_start(on: date) -> date:
    """The day to compare with where none is named."""
    return date.fromordinal(max(on.toordinal() - DAYS, 1))


def _compare(workspace: Workspace, actor: Actor, frames: Register, *, since: date, on: date) -> dict[str, Any]:
    areas = _latest(frames.areas).set_index("code")
    facilities = _latest(frames.facilities).set_index("code")
    return {
        "since": since.isoformat(),
        "on": on.isoformat(),
        "area": None,
        "assignments": _assignments(frames, areas, facilities, since=since, on=on),
        "areas": _areas(workspace, actor, frames, areas, since=since, on=on),
        "facilities": _named(list_turns(frames.facilities, ["code"], since=since, on=on), facilities, ["kind"]),
    }


def _assignments(
    frames: Register, areas: pd.DataFrame, facilities: pd.DataFrame, *, since: date, on: date
) -> list[dict[str, Any]]:
    turns = list_turns(frames.assignments, _DUTY, since=since, on=on)
    names = _latest(frames.officers).set_index("code")["name"]
    places = {**facilities["name"].to_dict(), **areas["name"].to_dict()}
    turns["officer_name"] = turns["officer_code"].map(names)
    turns["target_name"] = turns["target_code"].map(places)
    return records(turns.rename(columns={"officer_code": "officer", "target_code": "target"}))


def _areas(
    workspace: Workspace, actor: Actor, frames: Register, areas: pd.DataFrame, *, since: date, on: date
) -> list[dict[str, Any]]:
    """With the number and the kind of the area change that did it, both missing for an import."""
    turns = list_turns(frames.areas, ["code"], since=since, on=on)
    with workspace.transaction(actor) as connection:
        changes = read.read_changes(connection)
        walk = read.read_crosswalk(connection, changes["number"].tolist())
    named = pd.concat(
        [walk[["number", side]].set_axis(["number", "code"], axis=1) for side in ("old_code", "new_code")]
    )
    made = named.merge(changes[["number", "kind", "on"]], on="number").rename(columns={"on": "day"})
    made = made.sort_values("number").drop_duplicates(["code", "day"], keep="last")
    turns = turns.merge(made.rename(columns={"number": "change"}), on=["code", "day"], how="left")
    return _named(turns.astype({"change": "Int64"}), areas, ["level"])


def _named(turns: pd.DataFrame, places: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    return records(turns.join(places[["name", *columns]], on="code"))


def _keep_inside(
    workspace: Workspace, actor: Actor, frames: Register, whole: dict[str, Any], area: str
) -> dict[str, Any]:
    """Only what lies in the area: by the parents that areas name in any period, and by the ground for facilities."""
    tree = workspace.remember((*frames.key, "latest-tree"), lambda: nest(_latest(frames.areas)))
    if area not in tree.parents:
        raise NotFound(_("No area {code} among those that you answer for.", code=area))
    inside = {area, *tree.descendants(area)}
    asked = {row["code"] for row in whole["facilities"]}
    asked |= {row["target"] for row in whole["assignments"] if row["target_kind"] == "facility"}
    targets = inside | _facilities_inside(workspace, actor, frames.facilities, area, inside, asked)
    return {
        **whole,
        "area": area,
        "assignments": [row for row in whole["assignments"] if row["target"] in targets],
        "areas": [row for row in whole["areas"] if row["code"] in inside],
        "facilities": [row for row in whole["facilities"] if row["code"] in targets],
    }


def _latest(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop_duplicates("code", keep="last")


def _facilities_inside(
    workspace: Workspace, actor: Actor, facilities: pd.DataFrame, area: str, inside: set[str], asked: set[str]
) -> set[str]:
    """Those of the asked that are claimed for one of the areas inside, or that stood on the ground of the area ever."""
    facilities = facilities[facilities["code"].isin(asked)]
    if facilities.empty:
        return set()
    areas = own_table(workspace, actor, "areas")
    ground = shapely.union_all(areas.loc[areas["code"] == area, "geometry"].to_numpy())
    shapely.prepare(ground)
    held = shapely.intersects_xy(ground, facilities["lon"], facilities["lat"])
    return set(facilities.loc[held | facilities["area_code"].isin(inside), "code"])
