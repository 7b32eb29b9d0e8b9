"""What everybody may know without an account: who answers for a place, and the open data.

All of it acts as the public, whoever asks: a page for everybody shows the same to everybody. Where somebody asked
about a point is neither stored nor written down anywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from gis.analysis.areas.nesting import in_force
from gis.crs import Datum, from_datum
from gis.roles import PUBLIC, permit, visible
from gis.services.areas import read as areas
from gis.services.areas import responsibility
from gis.services.areas.maps import name_officers
from gis.services.facilities import read as facilities
from gis.services.register import read_duties
from gis.services.workspace import Workspace, today
from gis.store import read, tiles
from gis.store.engine import Connection
from gis.texts import N_
from maps.public import Places
from maps.view import CHINA, TiledSummary

MOST_FOUND: Final = 20
"""Places that a search shows."""

DECIMALS: Final = 7
"""Of the degrees in the files: a centimetre."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Holder:
    """An officer who answers for a place: no contact of any kind."""

    name: str
    department: str | None


@dataclass
class Step:
    """One place in the chain; without primaries nobody answers for it."""

    code: str
    name: str
    level: str
    primaries: list[Holder] = field(default_factory=list)
    deputies: list[Holder] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """Who answers for one place, nearest first."""

    code: str
    name: str
    level: str
    """Level of an area, or `facility`."""
    box: Box
    """West, south, east, north in degrees."""
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Found:
    """A place that a search found."""

    code: str
    name: str
    level: str
    note: str | None
    """Of an area the name of its parent, of a facility its address."""


def search(workspace: Workspace, words: str) -> tuple[list[Found], int]:
    """Areas, then facilities, whose name or code holds the words: at most 20 of them, and how many there are."""
    found_areas = areas.list_areas(workspace, PUBLIC, q=words, limit=MOST_FOUND)
    found_facilities = facilities.list_facilities(workspace, PUBLIC, q=words, limit=MOST_FOUND)
    room = MOST_FOUND - min(len(found_facilities.frame), MOST_FOUND // 2)
    shown = found_areas.frame.head(room)
    with workspace.transaction(PUBLIC) as connection:
        parents = _names(connection, sorted(set(shown["parent_code"].dropna())))
    hits = [
        Found(row.code, row.name, row.level, parents.get(row.parent_code))
        for row in shown[["code", "name", "level", "parent_code"]].itertuples(index=False)
    ]
    rest = found_facilities.frame.head(MOST_FOUND - len(hits))
    hits += [
        Found(row.code, row.name, "facility", row.address if isinstance(row.address, str) else None)
        for row in rest[["code", "name", "address"]].itertuples(index=False)
    ]
    return hits, found_areas.total + found_facilities.total


def answer(workspace: Workspace, code: str) -> Answer:
    """Who answers today for an area or a facility. Raises NotFound."""
    chain = responsibility.who(workspace, PUBLIC, code)["chain"]
    with workspace.transaction(PUBLIC) as connection:
        day = today()
        named = _places(connection, sorted({code, *(link["area"] for link in chain)}))
        codes = sorted({link["officer"] for link in chain if link["officer"]})
        officers = read.read_table(connection, "officers", on=day, known=None, codes=codes)
    shown = visible(officers, PUBLIC.role, table="officers").set_index("code")
    departments = {str(k): v for k, v in shown["department"].dropna().items()}
    steps: dict[str, Step] = {}
    for link in chain:
        step = steps.setdefault(link["area"], Step(link["area"], named[link["area"]][0], link["level"]))
        if link["officer"]:
            holder = Holder(link["officer_name"] or link["officer"], departments.get(link["officer"]))
            (step.primaries if link["role"] == "primary" else step.deputies).append(holder)
    name, level, box = named[code]
    return Answer(code, name, level, box, tuple(steps.values()))


def answer_at(workspace: Workspace, lon: float, lat: float, *, datum: Datum = "wgs84") -> list[Answer]:
    """The same for a point: one answer for each area of the lowest level that holds it; none outside the district."""
    permit(PUBLIC, "who.read")
    xs, ys = from_datum([lon], [lat], datum=datum)
    x, y = float(xs[0]), float(ys[0])
    with workspace.transaction(PUBLIC) as connection:
        around = read.read_table(connection, "areas", on=today(), known=None, bbox=(x, y, x, y))
    levels = workspace.settings.levels
    depth = around["level"].map({level: rank for rank, level in enumerate(levels)})
    return [answer(workspace, str(code)) for code in around.loc[depth == depth.max(), "code"]]


def open_map(workspace: Workspace) -> Places | TiledSummary:
    """What the public's map draws: all areas of the lowest level there is at each place, or a summary for tiles."""
    permit(PUBLIC, "maps.read")
    on = today()
    with workspace.transaction(PUBLIC) as connection:
        if read.count_table(connection, "areas", on=on, known=None) > workspace.settings.tile_threshold:
            counts = tiles.counts(connection, on=on, known=None)
            levels = tuple(level for level in workspace.settings.levels if level in counts)
            bounds = tiles.extent(connection, on=on, known=None) or CHINA
            return TiledSummary(bounds=bounds, levels=levels, counts=counts, on=on, known=None)
    duties = read_duties(workspace, PUBLIC, on=on, known=None)
    named = name_officers(duties, PUBLIC, on=on)
    is_parent = named["code"].isin(set(named["parent_code"].dropna()))
    return Places(named[~is_parent], named[is_parent])


def mark(workspace: Workspace) -> str:
    """A text that changes whenever the open data of the day may."""
    with workspace.transaction(PUBLIC) as connection:
        return f"{today()}-{read.latest(connection)}"


def counts(workspace: Workspace) -> list[tuple[str, int]]:
    """How many areas of each level, and facilities, are in force today."""
    levels = [(lv, areas.list_areas(workspace, PUBLIC, level=lv, limit=1).total) for lv in workspace.settings.levels]
    return [*levels, ("facility", facilities.list_facilities(workspace, PUBLIC, limit=1).total)]


COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "code": N_("Code, unique in its table."),
        "name": N_("Name."),
        "level": N_("Level of the area, such as village."),
        "parent_code": N_("Code of the area that contains it; missing for the highest level."),
        "kind": N_("Kind of facility."),
        "lon": N_("Longitude in degrees of WGS84."),
        "lat": N_("Latitude in degrees of WGS84."),
        "address": N_("Address."),
        "hours": N_("Opening hours."),
        "valid_from": N_("First day on which the row holds; missing: since always."),
        "valid_to": N_("First day on which it holds no more; missing: still."),
        "area_code": N_("Code of the area that is answered for."),
        "area_name": N_("Name of that area."),
        "officer": N_("Name of the officer; missing where nobody answers."),
        "department": N_("Department of the officer."),
        "role": N_("primary or deputy"),
        "geometry": N_("Polygon or point, GeoJSON, degrees of WGS84."),
    }
)
"""Column of the open data -> what it means."""


def open_areas(workspace: Workspace) -> gpd.GeoDataFrame:
    """All areas in force today, with the columns that are open."""
    return _table(workspace, "areas")


def open_facilities(workspace: Workspace) -> gpd.GeoDataFrame:
    """All facilities in force today, with the columns that are open, `lon` and `lat` among them."""
    frame = _table(workspace, "facilities")
    frame.insert(3, "lon", frame.geometry.x.round(DECIMALS))
    frame.insert(4, "lat", frame.geometry.y.round(DECIMALS))
    return frame


def open_duties(workspace: Workspace) -> pd.DataFrame:
    """Who answers for each area today: a row for every officer, and one without an officer where there is no primary.

    Columns area_code, area_name, level, officer, department, role (str).
    """
    permit(PUBLIC, "who.read")
    on = today()
    duties = read_duties(workspace, PUBLIC, on=on, known=None)
    officers = visible(in_force(duties.officers, on), PUBLIC.role, table="officers")
    officers = officers.rename(columns={"code": "officer_code", "name": "officer"})
    held = in_force(visible(duties.assignments, PUBLIC.role, table="assignments"), on)
    held = held.loc[held["target_kind"] == "area", ["target_code", "officer_code", "role"]]
    held = held.rename(columns={"target_code": "area_code"})
    named = visible(duties.areas, PUBLIC.role, table="areas")[["code", "name", "level"]]
    named = pd.DataFrame(named.rename(columns={"code": "area_code", "name": "area_name"}))
    filled = set(held.loc[held["role"] == "primary", "area_code"])
    empty = pd.DataFrame({"area_code": [code for code in named["area_code"] if code not in filled], "role": "primary"})
    rows = pd.concat([held, empty.astype("str")], ignore_index=True).merge(named, on="area_code")
    rows = rows.merge(officers[["officer_code", "officer", "department"]], on="officer_code", how="left")
    rows["officer"] = rows["officer"].fillna(rows["officer_code"])
    ordered = rows.sort_values(["area_code", "role", "officer_code"], ascending=[True, False, True])
    return ordered[["area_code", "area_name", "level", "officer", "department", "role"]].reset_index(drop=True)


def _table(workspace: Workspace, table: str) -> gpd.GeoDataFrame:
    permit(PUBLIC, f"{table}.read")
    with workspace.transaction(PUBLIC) as connection:
        frame = read.read_table(connection, table, on=today(), known=None)
    shown: Any = visible(frame, PUBLIC.role, table=table).copy()
    for name in ("valid_from", "valid_to"):
        shown[name] = shown[name].dt.strftime("%Y-%m-%d")
    shown["geometry"] = shapely.transform(shown.geometry.to_numpy(), lambda corners: corners.round(DECIMALS))
    return shown


def _names(connection: Connection, codes: list[str]) -> dict[str, str]:
    """Code -> name of areas in force today."""
    rows = read.read_table(connection, "areas", on=today(), known=None, codes=codes)
    return dict(zip(rows["code"], rows["name"], strict=True))


def _places(connection: Connection, codes: list[str]) -> dict[str, tuple[str, str, Box]]:
    """Code -> name, level and box of areas and facilities; a code of both means the area."""
    found: dict[str, tuple[str, str, Box]] = {}
    for table in ("facilities", "areas"):
        rows = read.read_table(connection, table, on=today(), known=None, codes=codes)
        boxes = gpd.GeoSeries(rows["geometry"]).bounds.itertuples(index=False, name=None)
        levels = rows["level"] if "level" in rows else ["facility"] * len(rows)
        for code, name, level, box in zip(rows["code"], rows["name"], levels, boxes, strict=True):
            found[code] = (name, level, box)
    return found
