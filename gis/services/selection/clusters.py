"""Where inspections found more than chance explains: the scan over what is stored, area by area.

Each inspected facility is one of the *population* of its area, and a *case* where an inspection in the period found at
least one item of the chosen severities (so one bad facility is one case, however often it was visited). Areas
where nobody looked have no population. The scan is Bernoulli's; a point is the middle of its area.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.analysis.areas.nesting import in_force, nest
from gis.analysis.responsibility.workload import locate_facilities
from gis.analysis.scan.clusters import Scan
from gis.crs import local_metres
from gis.errors import UsageError
from gis.roles import Actor, permit, visible
from gis.services.listing import name_areas
from gis.services.register import own_table
from gis.services.scope import own, standing
from gis.services.selection.cluster_table import Asked, describe, scan
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.tables import SEVERITIES
from gis.texts import N_, _
from maps.clusters import ClusterData

PERIOD_DAYS: Final = 365
"""The period where no beginning is given: a year."""
_COUNTS: Final = ("cases", "population")
SERIOUS: Final = ("serious", "critical")
MEANING: Final = N_(
    "A cluster is where more was found than chance explains among the premises that were inspected. It is no proof of "
    "a cause or of guilt, it depends on who was inspected, and no area is ranked by it."
)


@dataclass(frozen=True)
class Question:
    """What is looked for; None stands for the usual."""

    on: date
    """Last day of the period."""
    start: date
    level: str | None = None
    """Level of the areas; the lowest that there is."""
    severities: tuple[str, ...] = SERIOUS
    asked: Asked = field(default_factory=lambda: Asked(model="bernoulli"))


@dataclass(frozen=True)
class Found:
    """The clusters of a period with the areas that they are of."""

    areas: gpd.GeoDataFrame
    """Those in force of the level and above, columns by role, with cases and population (Int64, missing above it)."""
    scan: Scan
    level: str | None
    levels: tuple[str, ...]
    """Those that could be asked for."""
    question: Question


def ask(
    *,
    on: date | None = None,
    start: date | None = None,
    level: str | None = None,
    severities: Sequence[str] = (),
    asked: Asked | None = None,
) -> Question:
    """A question with the usual for what is left open. Raises UsageError for one that makes no sense."""
    on = on or today()
    start = start or date.fromordinal(max(1, on.toordinal() - PERIOD_DAYS + 1))
    if start > on:
        raise UsageError(_("The period begins on {start}, after it ends on {on}.", start=start, on=on))
    unknown = sorted(set(severities) - set(SEVERITIES))
    if unknown:
        raise UsageError(_("Choose one of: {expected}.", expected=", ".join(SEVERITIES)))
    chosen = tuple(name for name in SEVERITIES if name in (severities or SERIOUS))
    return Question(on, start, level, chosen, replace(asked or Asked(), model="bernoulli"))


def cluster_findings(
    workspace: Workspace, actor: Actor, question: Question, *, known: datetime | None = None
) -> dict[str, Any]:
    """`{"on", "from", "level", "severities", "meaning", "clusters": [...], ...}` of what the actor answers for."""
    found = find_clusters(workspace, actor, question, known=known)
    names = name_areas(found.areas)
    document = describe(found.scan, counted(found), found.question.asked)
    for cluster in document["clusters"]:
        cluster["names"] = [names.get(code) or code for code in cluster["areas"]]
    return {
        "on": question.on.isoformat(),
        "from": question.start.isoformat(),
        "level": found.level,
        "levels": list(found.levels),
        "severities": list(question.severities),
        "meaning": _(MEANING),
        **document,
    }


def find_clusters(workspace: Workspace, actor: Actor, question: Question, *, known: datetime | None = None) -> Found:
    """The same as frames. An answer is kept until something is recorded."""
    permit(actor, "clusters.read")
    key: tuple[Hashable, ...] = (*standing(workspace, actor).key, "clusters", question, known)
    return workspace.remember(key, lambda: _search(workspace, actor, question, known=known))


def cluster_data(
    workspace: Workspace, actor: Actor, question: Question, *, known: datetime | None = None
) -> ClusterData:
    """What the map of clusters shows."""
    permit(actor, "maps.read")
    found = find_clusters(workspace, actor, question, known=known)
    return ClusterData(
        found.areas[found.areas["level"] == found.level].reset_index(drop=True),
        found.scan.clusters,
        levels=() if found.level is None else (found.level,),
        on=question.on,
        start=question.start,
        known=known,
        meaning=MEANING,
    )


def counted(found: Found) -> pd.DataFrame:
    """The areas that were scanned: those of the level where somebody looked."""
    return pd.DataFrame(found.areas[found.areas["population"].fillna(0) > 0].drop(columns="geometry"))


def _search(workspace: Workspace, actor: Actor, question: Question, *, known: datetime | None) -> Found:
    on = question.on
    with workspace.transaction(actor) as connection:
        visits = read.read_table(connection, "inspections", on=on, known=known, mine=own(connection, actor))
    areas = in_force(own_table(workspace, actor, "areas", known=known), on)
    facilities = in_force(own_table(workspace, actor, "facilities", known=known), on)
    present = [level for level in workspace.settings.levels if level in set(areas["level"])]
    level = question.level or (present[-1] if present else None)
    if level is not None and level not in present:
        raise UsageError(_("Choose one of: {expected}.", expected=", ".join(present) or "-"))
    held = locate_facilities(facilities, areas, levels=workspace.settings.levels, climb=True)
    home = dict(zip(facilities["code"], _raise_to(areas, held, level), strict=True))
    counts = count_facilities(visits[visits["inspected_on"] >= pd.Timestamp(question.start)], home, question.severities)
    above = present[: present.index(level) + 1] if level else []
    shown = visible(areas[areas["level"].isin(above)], actor.role, table="areas").reset_index(drop=True)
    of_level = shown["level"] == level
    numbers = counts.reindex(shown["code"]).set_axis(shown.index)
    shown = shown.assign(**{name: numbers[name].fillna(0).where(of_level).astype("Int64") for name in _COUNTS})
    return Found(
        shown, _scan(shown[shown["population"].fillna(0) > 0], question.asked), level, tuple(present), question
    )


def _raise_to(areas: gpd.GeoDataFrame, held: "pd.Series[str]", level: str | None) -> list[str | None]:
    """For each code the area of the level that it is or lies in."""
    tree, levels = nest(areas), dict(zip(areas["code"], areas["level"], strict=True))
    up = {code: next((c for c in (code, *tree.ancestors(code)) if levels[c] == level), None) for code in held.dropna()}
    return [up.get(code) for code in held]


def count_facilities(visits: pd.DataFrame, home: dict[Any, str | None], severities: Sequence[str]) -> pd.DataFrame:
    """By area: population, the facilities that were inspected, and cases, those where something was found.

    >>> visits = pd.DataFrame({"facility_code": ["F1", "F1", "F2", "F3"], "serious": [0, 2, 0, 1], "critical": None})
    >>> count_facilities(visits, {"F1": "a", "F2": "a"}, ["serious", "critical"]).to_dict("index")
    {'a': {'cases': 1, 'population': 2}}
    """
    hit = (visits[list(severities)].fillna(0) > 0).any(axis=1)
    by_facility = hit.groupby(visits["facility_code"]).any()
    frame = pd.DataFrame({"area": [home.get(code) for code in by_facility.index], "hit": by_facility.to_numpy()})
    held = frame.dropna(subset="area").groupby("area")["hit"]
    return pd.DataFrame({"cases": held.sum().astype("int64"), "population": held.size().astype("int64")})


def _scan(areas: gpd.GeoDataFrame, asked: Asked) -> Scan:
    """The scan in metres around the middle of the areas."""
    points = shapely.point_on_surface(areas.geometry.to_numpy())
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    x, y = lon, lat
    if len(areas):
        x, y = local_metres(float(np.mean(lon)), float(np.mean(lat))).transform(lon, lat)
    table = pd.DataFrame({"area": areas["code"].to_numpy(), "x": x, "y": y})
    counts = {name: areas[name].to_numpy("float64") for name in _COUNTS}
    return scan(table.assign(**counts), asked)
