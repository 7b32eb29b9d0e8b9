"""Which roads are in use: those of `wangge roads use FILE`, or of the extract that `WANGGE_ROADS` names.

The setting goes first. The network is read once, when it is taken into use, and kept in the home folder.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias, cast

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.analysis.travel.times import Roads, as_places
from gis.crs import area_m2, to_storage
from gis.errors import DataRejected
from gis.intake.roads import ReadRoads, read_roads
from gis.policies import shipped_travel_policy
from gis.roads import Mode, RoadNetwork
from gis.roles import Actor, permit
from gis.services import audit
from gis.services.travel.files import about_network, digest, load_network, save_network
from gis.services.workspace import Workspace, today
from gis.store import read
from gis.texts import _

ROADS: Final = "roads"
LEAST_COVERED: Final = 0.5
"""An extract that covers less of the district than this is refused, unless it is wanted all the same."""

Progress = Callable[[str], None]
Places: TypeAlias = gpd.GeoDataFrame | ArrayLike


class Coverage(NamedTuple):
    """How much of the district an extract covers."""

    area: float | None
    """Share of the district's area within the outline of the roads; None without a district."""
    facilities: int
    """Facilities in force today that have a road near."""
    of: int
    """All of them."""


def use_roads(
    workspace: Workspace,
    actor: Actor,
    file: Path,
    *,
    partial: bool = False,
    progress: Progress = lambda _step: None,
) -> dict[str, Any]:
    """Takes the roads of an extract into use; answers with what `roads_status` answers with.

    Raises DataRejected for a file that is no extract, and, unless `partial`, for one that covers less than half of the
    district; then the roads in use stay what they were.
    """
    permit(actor, "roads.manage")
    progress(_("Reading {file}", file=file.name))
    found = read_roads(file)
    with workspace.owner_transaction() as connection:
        progress(_("Comparing the roads with the district"))
        areas = read.read_table(connection, "areas", on=today(), known=None)
        facilities = read.read_table(connection, "facilities", on=today(), known=None)
        top = areas[areas["level"] == workspace.settings.levels[0]]
        covered = find_coverage(found.network, top, facilities)
        if covered.area is not None and covered.area < LEAST_COVERED and not partial:
            raise DataRejected(
                _(
                    "{file}: the road extract does not cover the district: {share} % of its area. Cut the extract out "
                    "anew around the whole district, or give --partial to use it all the same.",
                    file=file.name,
                    share=_percent(covered.area),
                ),
                details={"covered": covered.area},
            )
        about = {**_describe(file, found), **_covered_json(covered)}
        known = save_network(_stored(workspace), found.network, about)
        audit.record(connection, actor, "roads.use", file.name, details={"digest": known["digest"]})
    return roads_status(workspace, actor)


def roads_status(workspace: Workspace, actor: Actor) -> dict[str, Any]:
    """Which roads are in use: `{"in_use", "file", "segments", "km", "bounds", "covered", ..., "note"}`."""
    permit(actor, "roads.read")
    path = _in_use(workspace)
    if path is None:
        return {"in_use": False, "note": straight_note()}
    known = about_network(path)
    share = known.get("covered")
    note = "" if share is None or share >= 0.995 else _partly_note(share)
    return {"in_use": True, **{key: value for key, value in known.items() if key != "form"}, "note": note}


def load_roads(workspace: Workspace, mode: Mode) -> tuple[Roads, str] | None:
    """The roads in use and the digest of their network, kept in this process until the file changes."""
    path = _in_use(workspace)
    if path is None:
        return None
    seen = path.stat()

    def load() -> tuple[Roads, str]:
        network, known = load_network(path)
        return Roads(network, shipped_travel_policy(), mode), str(known["digest"])

    return workspace.remember((ROADS, str(path), seen.st_mtime_ns, seen.st_size, mode), load)


def find_coverage(network: RoadNetwork, district: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> Coverage:
    """How much of the district lies within the convex hull of the roads, and how many facilities near one."""
    roads = Roads(network, shipped_travel_policy(), "walk")
    points = as_degrees(facilities)
    near = int((roads.snap(points).segment >= 0).sum())
    ground = shapely.union_all(shapely.make_valid(district.geometry.to_numpy()))
    total = float(area_m2(np.array([ground], dtype=object))[0])
    if total <= 0:
        return Coverage(None, near, len(points))
    outline = shapely.convex_hull(shapely.multipoints(network.shape))
    inside = float(area_m2(np.array([shapely.intersection(ground, outline)], dtype=object))[0])
    return Coverage(min(inside / total, 1.0), near, len(points))


def straight_note() -> str:
    """What a plan says that was made without roads."""
    policy = shipped_travel_policy()
    return _(
        "No roads are in use: times are straight lines times {walk} on foot and {drive} by car. Take an extract into "
        "use with `wangge roads use`.",
        walk=policy.walk_factor,
        drive=policy.drive_factor,
    )


def _partly_note(share: float) -> str:
    return _("The road extract covers {share} % of the district's area.", share=_percent(share))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".rstrip("0").rstrip(".")


def _describe(file: Path, found: ReadRoads) -> dict[str, Any]:
    network = found.network
    return {
        "file": file.name,
        "ways": found.ways,
        "nodes": len(network.nodes),
        "segments": len(network.segments),
        "km": round(float(network.segments["length_m"].sum()) / 1000.0, 1),
        "bounds": list(network.bounds),
        "incomplete_ways": found.incomplete,
        "turn_restrictions": found.restrictions,
        "unread_restrictions": found.unread,
    }


def _covered_json(covered: Coverage) -> dict[str, Any]:
    share = None if covered.area is None else round(covered.area, 4)
    return {"covered": share, "facilities_near": covered.facilities, "facilities": covered.of}


def _stored(workspace: Workspace) -> Path:
    return workspace.settings.home / ROADS / "in_use.npz"


def _in_use(workspace: Workspace) -> Path | None:
    """The network in use as a file; that of the setting is made of its extract where it has changed."""
    extract = workspace.settings.roads
    if extract is None:
        return _stored(workspace) if _stored(workspace).is_file() else None
    try:
        seen = extract.stat()
    except OSError as error:
        raise DataRejected(_("WANGGE_ROADS names {file}, which cannot be read.", file=extract)) from error
    mark = digest({"seen": np.array([seen.st_mtime_ns, seen.st_size]), str(extract.absolute()): np.empty(0)})
    path = workspace.settings.home / ROADS / f"{mark[:32]}.npz"
    if not path.is_file():
        found = read_roads(extract)
        save_network(path, found.network, _describe(extract, found))
    return path


def as_degrees(places: Places) -> NDArray[np.float64]:
    """Rows of longitude and latitude; NaN for a place without a point."""
    if isinstance(places, gpd.GeoDataFrame):
        points = to_storage(places).geometry.to_numpy()
        return np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    return as_places(cast("ArrayLike", places))
