"""One campaign on a day as an actor sees it: which frames its progress is computed from, and what they become."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd

from gis.analysis.areas.nesting import in_force, nest
from gis.analysis.campaign import MEASURES, Stages, find_origins, measure_progress
from gis.analysis.responsibility.workload import locate_facilities
from gis.roles import Actor
from gis.rows import records
from gis.services.campaigns.plan import DATES
from gis.services.scope import own
from gis.services.workspace import Workspace
from gis.store import campaigns as store
from gis.store import read
from gis.store.engine import Connection

Row = dict[str, Any]


@dataclass(frozen=True)
class CampaignView:
    """A campaign on a day, as far as the actor sees it."""

    code: str
    name: str
    stages: Stages
    state: str
    on: date
    known: datetime | None
    """The numbers are those that were known then; None is now."""
    rows: pd.DataFrame
    """area, area_name, level, measure, target, reached, share, capped (`gis.analysis.campaign.measure_progress`)."""
    lagging: pd.DataFrame
    """The rows behind an even pace, with `due`."""
    areas: gpd.GeoDataFrame
    """The areas with a target that is shown, columns by role."""
    choices: pd.DataFrame
    """area, area_name, level: every area with a target that the actor sees, whatever was chosen."""
    accepted_on: date | None
    remark: str | None
    may_accept: bool
    """Whether this actor may accept it today."""

    @property
    def totals(self) -> pd.DataFrame:
        """measure, areas, target, reached, share, capped, areas_done: sums of each measure, level by level.

        Targets of different levels are never added up, for the work of an area counts for the one above it too.
        """
        done = self.rows.assign(areas_done=self.rows["reached"] >= self.rows["target"], areas=1)
        done["order"] = done["measure"].map({name: place for place, name in enumerate(MEASURES)})
        keys, numbers = ["order", "measure", "level"], ["areas", "target", "reached", "areas_done"]
        sums = done.groupby(keys, sort=True, dropna=False)[numbers].sum().reset_index().drop(columns="order")
        share = (sums["reached"] / sums["target"]).astype("float64")
        return sums.astype(dict.fromkeys(numbers, "int64")).assign(share=share, capped=share.clip(upper=1.0))

    def to_json(self) -> Row:
        """Plain values."""
        return {
            "code": self.code,
            "name": self.name,
            "state": self.state,
            "on": self.on.isoformat(),
            "known": self.known.isoformat() if self.known else None,
            **{key: day.isoformat() for key, day in asdict(self.stages).items()},
            "accepted_on": self.accepted_on.isoformat() if self.accepted_on else None,
            "remark": self.remark,
            "targets": records(self.rows),
            "totals": records(self.totals),
            "lagging": records(self.lagging),
        }


def measure_rows(
    workspace: Workspace, connection: Connection, actor: Actor, row: Row, *, on: date, known: datetime | None
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Progress, and the ground: the areas of the day on which the targets were set."""
    stages, mine = stages_of(row), own(connection, actor)
    until = min(on, stages.ends_on - timedelta(days=1))
    areas = read.read_table(connection, "areas", on=None, known=known, mine=mine)
    ground = in_force(areas, min(row["created_at"].astimezone().date(), stages.launch_on)).reset_index(drop=True)
    sessions = read.read_table(connection, "outreach", on=until, known=known, mine=mine)
    visits = read.read_table(connection, "inspections", on=until, known=known, mine=mine)
    facilities = read.read_table(connection, "facilities", on=None, known=known, mine=mine)
    visited = _latest(facilities[facilities["code"].isin(visits["facility_code"])], until)
    located = locate_facilities(visited, ground, levels=workspace.settings.levels, climb=True)
    changes = read.read_changes(connection, known=known)
    origins = find_origins(read.read_crosswalk(connection, changes["number"].tolist()))
    rows = measure_progress(
        store.read_targets(connection, row["code"], mine=bool(mine)),
        ground,
        located.set_axis(visited["code"]),
        sessions,
        visits,
        start=stages.launch_on,
        on=until,
        origins=_parents(_latest(areas, until)) | origins,
    )
    return rows, ground


def _latest(frame: gpd.GeoDataFrame, on: date) -> gpd.GeoDataFrame:
    """Of each code the last version that had begun by the day, be it over or not."""
    begun = frame[frame["valid_from"].isna() | (frame["valid_from"] <= pd.Timestamp(on))]
    return begun.sort_values("valid_from", na_position="first").drop_duplicates("code", keep="last")


def _parents(areas: pd.DataFrame) -> dict[str, str]:
    named = areas.dropna(subset="parent_code")
    return dict(zip(named["code"], named["parent_code"], strict=True))


def choose_rows(rows: pd.DataFrame, ground: pd.DataFrame, *, measure: str | None, area: str | None) -> pd.DataFrame:
    """The rows of one measure, and of one area and those inside it."""
    if measure is not None:
        rows = rows[rows["measure"] == measure]
    if area is not None:
        inside = {area, *nest(ground).descendants(area)} if area in set(ground["code"]) else {area}
        rows = rows[rows["area"].isin(inside)]
    return rows.reset_index(drop=True)


def stages_of(row: Row) -> Stages:
    """The stages of a stored campaign."""
    return Stages(**{key: row[key] for key in DATES})
