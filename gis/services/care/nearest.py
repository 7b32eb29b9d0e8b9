"""The nearest antenatal care from a place, for everybody: nothing about the place is kept.

Minutes are measured in memory and handed out; unlike a plan's they are not saved, for times to a few known sites would
tell where somebody was. Neither audit nor log is written. Which premises give care today is worked out from their
kinds, licences and machines; of a site only its open columns are told.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from gis.analysis.areas.nesting import in_force
from gis.analysis.travel.times import measure_roads, measure_straight
from gis.crs import Datum, from_datum
from gis.errors import NotFound
from gis.policies import shipped_travel_policy
from gis.roads import MODES, Mode
from gis.roles import PUBLIC, SYSTEM, permit, visible
from gis.services.care.access import find_supply
from gis.services.scope import standing
from gis.services.travel.roads import load_roads
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.texts import _

NEAREST: Final = 5
"""Sites that are named for each mode."""
MOST_AREAS: Final = 400
"""Areas that a list offers at most."""


@dataclass(frozen=True)
class Near:
    """One site and how far it is; minutes None where no way leads there."""

    code: str
    name: str
    kind: str
    address: str | None
    hours: str | None
    minutes: dict[Mode, int | None]


@dataclass(frozen=True)
class Nearest:
    """The sites nearest to a place, by the shorter of the two ways."""

    sites: tuple[Near, ...]
    notes: tuple[str, ...]


def nearest_care(workspace: Workspace, lon: float, lat: float, *, datum: Datum = "wgs84") -> Nearest:
    """The nearest sites on foot and by car from a point."""
    permit(PUBLIC, "facilities.read")
    xs, ys = from_datum([lon], [lat], datum=datum)
    return _find(workspace, float(xs[0]), float(ys[0]))


def nearest_care_of_area(workspace: Workspace, code: str) -> Nearest:
    """The same from a point within an area that is in force today. Raises NotFound."""
    permit(PUBLIC, "areas.read")
    with workspace.transaction(PUBLIC) as connection:
        found = read.read_table(connection, "areas", on=today(), known=None, codes=[code])
    if found.empty:
        raise NotFound(_("No area {code} on {on}.", code=code, on=today()))
    point = shapely.point_on_surface(found.geometry.iloc[0])
    return _find(workspace, float(point.x), float(point.y))


def choices(workspace: Workspace) -> list[tuple[str, str]]:
    """Code and name of the areas of the lowest level that is short enough for a list."""

    def look_up() -> list[tuple[str, str]]:
        with workspace.transaction(PUBLIC) as connection:
            frame = visible(read.read_table(connection, "areas", on=today(), known=None), PUBLIC.role, table="areas")
        names = dict(zip(frame["code"], frame["name"], strict=True))
        present = [level for level in workspace.settings.levels if level in set(frame["level"])]
        short = [level for level in present if (frame["level"] == level).sum() <= MOST_AREAS]
        rows = frame[frame["level"] == short[-1]] if short else frame.iloc[:0]
        return [
            (code, f"{names[parent]} {name}" if parent in names else name)
            for code, name, parent in zip(rows["code"], rows["name"], rows["parent_code"], strict=True)
        ]

    return workspace.remember(("open-care-areas", *standing(workspace, PUBLIC).register_key), look_up)


def _find(workspace: Workspace, lon: float, lat: float) -> Nearest:
    sites = _open_sites(workspace, today())
    if sites.empty:
        return Nearest((), (_("No premises that give antenatal care are known today."),))
    points = np.column_stack([sites.geometry.x, sites.geometry.y])
    policy, place = shipped_travel_policy(), [[lon, lat]]
    minutes, notes = {}, []
    for mode in MODES:
        roads = load_roads(workspace, mode)
        if roads is None:
            minutes[mode] = measure_straight(place, points, mode=mode, policy=policy).minutes[0]
            notes.append(_("No roads are known here: times are reckoned from straight lines."))
        else:
            minutes[mode] = measure_roads(roads[0], place, points, metres=False, threads=1).minutes[0]
    wanted: set[int] = set()
    for mode in MODES:
        order = np.argsort(np.where(np.isnan(minutes[mode]), np.inf, minutes[mode]), kind="stable")[:NEAREST]
        wanted |= {int(place) for place in order if np.isfinite(minutes[mode][place])}
    shortest = np.fmin(minutes["walk"], minutes["drive"])
    chosen = sorted(wanted, key=lambda place: (float(shortest[place]), place))
    if not chosen:
        notes.append(_("No way leads from there to any site that is known. Is the place in the district?"))
    return Nearest(
        tuple(_describe(sites, place, {mode: minutes[mode][place] for mode in MODES}) for place in chosen),
        tuple(dict.fromkeys(notes)),
    )


def _describe(sites: gpd.GeoDataFrame, place: int, minutes: dict[Mode, float]) -> Near:
    row = sites.iloc[place]
    told: dict[Mode, int | None] = {
        m: None if np.isnan(value) else max(1, round(value)) for m, value in minutes.items()
    }
    address, hours = (row[name] if isinstance(row[name], str) else None for name in ("address", "hours"))
    return Near(str(row["code"]), str(row["name"]), str(row["kind"]), address, hours, told)


def _open_sites(workspace: Workspace, on: date) -> gpd.GeoDataFrame:
    """The sites of today, read as the public reads facilities; kept until the register changes."""

    def look_up() -> gpd.GeoDataFrame:
        codes = set(find_supply(workspace, SYSTEM, on=on).sites.index)
        with workspace.transaction(PUBLIC) as connection:
            open_rows = visible(
                read.read_table(connection, "facilities", on=on, known=None), PUBLIC.role, table="facilities"
            )
        return in_force(open_rows[open_rows["code"].isin(codes)], on).reset_index(drop=True)

    return workspace.remember(("open-care", *standing(workspace, PUBLIC).register_key), look_up)
