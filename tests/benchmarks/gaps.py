"""All gaps in responsibility of 100,000 grids under 5,000 villages: time, growth and memory.

The peer is the straightforward way in geopandas, level by level: overlay(how="intersection") of a level with itself
for the overlaps, the difference of each parent and its dissolved children for the holes, and of each child and its
parent for the outsides. It is measured on 10,000 grids, because ten times as many are not feasible with it in a
benchmark; ours is measured on the same frame beside it. Every hundredth village has planted faults, and both
must find all of them. On "uneven" ground every second grid has vertices that its neighbours lack, as generated grids
have at the border of their village: nothing passes the cheap screen there.
"""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.analysis.responsibility.coverage import Faults, find_faults
from gis.analysis.responsibility.gaps import Gaps, summarise_gaps
from gis.crs import area_m2
from tests.benchmarks.figures import Figure, figure, median_seconds, peak_megabytes
from tests.benchmarks.towns import CELL, build_areas

DAY = date(2026, 1, 1)
PLANTED_EVERY = 2_000


def run(*, quick: bool = False) -> Iterator[Figure]:
    """Seconds for all gaps at two sizes and their exponent, the geometry beside its peer, and the peak memory."""
    small, large = (1_000, 10_000) if quick else (10_000, 100_000)
    frame = plant_faults(build_areas(small))
    theirs, found = median_seconds(partial(overlay_faults, frame), repeats=1)
    ours, faults = median_seconds(partial(find_faults, frame))
    _check(faults, found)
    peer = "geopandas.overlay, level by level"
    yield figure(f"gaps: holes, overlaps, outsides of {small:,} grids", ours, "s", peer=peer, peer_value=theirs)
    few, _gaps = median_seconds(partial(summarise, *build_responsibility(frame)))
    yield figure(f"gaps: everything, {small:,} grids", few, "s")
    inputs = build_responsibility(plant_faults(build_areas(large)))
    many, _gaps = median_seconds(partial(summarise, *inputs))
    yield figure(f"gaps: everything, {large:,} grids", many, "s")
    growth = math.log(many / few) / math.log(len(inputs[0]) / len(frame))
    yield figure(f"gaps: exponent of growth, {small:,} to {large:,} grids", growth, "1")
    uneven = roughen(inputs[0])
    seconds, _faults = median_seconds(partial(find_faults, uneven), repeats=1)
    yield figure(f"gaps: holes, overlaps, outsides of {large:,} uneven grids", seconds, "s")
    yield figure(f"gaps: peak memory, {large:,} grids", peak_megabytes(partial(work_alone, large)), "MB")


def work_alone(grids: int) -> None:
    """What the child process does whose memory is measured."""
    summarise(*build_responsibility(plant_faults(build_areas(grids))))


def summarise(areas: gpd.GeoDataFrame, assignments: pd.DataFrame, facilities: gpd.GeoDataFrame) -> Gaps:
    """All gaps on one day, with a timeline of a year."""
    window = (date(2025, 1, 1), DAY)
    return summarise_gaps(areas, assignments, facilities, on=DAY, known=datetime(2026, 1, 1, tzinfo=UTC), window=window)


def build_responsibility(areas: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame, gpd.GeoDataFrame]:
    """The areas, a primary for all but every fiftieth of them, and a facility for every third grid."""
    held = areas[np.arange(len(areas)) % 50 != 49]
    nothing = np.full(len(held), np.datetime64("NaT"), dtype="datetime64[s]")
    assignments = pd.DataFrame(
        {
            "officer_code": pd.array([f"O{k % 997}" for k in range(len(held))], dtype="str"),
            "target_kind": pd.array(["area"] * len(held), dtype="str"),
            "target_code": held["code"].array,
            "role": pd.array(["primary"] * len(held), dtype="str"),
            "valid_from": np.datetime64("2025-01-01", "s") + np.arange(len(held)) % 400 * np.timedelta64(86_400, "s"),
            "valid_to": nothing,
        }
    )
    grids = areas[areas["level"] == "grid"].iloc[::3]
    points = shapely.point_on_surface(grids.geometry.to_numpy())
    facilities = gpd.GeoDataFrame(grids[["code", "valid_from", "valid_to"]], geometry=points, crs=4326)
    return areas, assignments, facilities.assign(code="F" + facilities["code"])


def plant_faults(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """In every hundredth village one grid has a round hole, and the next one claims a round part of the third."""
    grids = np.flatnonzero(areas["level"] == "grid")[::PLANTED_EVERY]
    shapes = areas.geometry.to_numpy().copy()
    blots = shapely.buffer(shapely.point_on_surface(shapes[grids]), 0.05 * CELL)
    shapes[grids] = shapely.difference(shapes[grids], blots)
    others = shapely.buffer(shapely.point_on_surface(shapes[grids + 2]), 0.05 * CELL)
    shapes[grids + 1] = shapely.union(shapes[grids + 1], others)
    return areas.set_geometry(gpd.GeoSeries(shapes, index=areas.index, crs=4326))


def roughen(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """More vertices on the border of every second grid, as near to it as rounding lets them lie."""
    shapes = areas.geometry.to_numpy().copy()
    grids = np.flatnonzero(areas["level"] == "grid")
    shapes[grids] = shapely.segmentize(shapes[grids], CELL * 0.2)
    shapes[grids[::2]] = areas.geometry.to_numpy()[grids[::2]]
    return areas.set_geometry(gpd.GeoSeries(shapes, index=areas.index, crs=4326))


def overlay_faults(areas: gpd.GeoDataFrame) -> dict[str, int]:
    """The peer: how many faults of each kind above one square metre plain overlays find."""
    return {
        "overlaps": sum(_overlay_level(level[["code", "geometry"]]) for _name, level in areas.groupby("level")),
        **_overlay_families(areas),
    }


def _overlay_level(level: gpd.GeoDataFrame) -> int:
    common = gpd.overlay(level, level, how="intersection", keep_geom_type=True)
    common = common[common["code_1"] < common["code_2"]]
    return int((area_m2(common.geometry) > 1).sum())


def _overlay_families(areas: gpd.GeoDataFrame) -> dict[str, int]:
    children = areas[areas["parent_code"].notna()]
    parents = areas.set_index("code").geometry
    dissolved = children.dissolve("parent_code").geometry
    holes = parents.loc[dissolved.index].difference(dissolved, align=False).explode()
    own = gpd.GeoSeries(parents.loc[children["parent_code"]].to_numpy(), index=children.index, crs=4326)
    outside = children.geometry.difference(own)
    return {
        "holes": int((area_m2(holes) > 1).sum()),
        "outside": int((area_m2(outside) > 1).sum()),
    }


def _check(faults: Faults, found: dict[str, int]) -> None:
    ours = {name: len(getattr(faults, name)) for name in found}
    if ours != found or not faults.holes.size:
        raise ValueError(f"the answers differ: {ours} and {found}")
