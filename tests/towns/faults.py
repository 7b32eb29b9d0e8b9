"""Faults planted in a faultless ground by moving single edges of grids, so that their areas are known exactly.

An edge that two grids of a village share is pulled into one of them (a *hole* between the two) or the edge of one is
pushed into the other (an *overlap*). An edge on the district's outline is pushed out (*outside*). Some grids are left
out altogether, which leaves a hole as large as a grid.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely
from shapely import Polygon

from gis.crs import area_m2

from .ground import METRES_PER_DEGREE, Shapes

HOLES, MISSING, OVERLAPS, OUTSIDES = 4, 2, 6, 5
_SHORTEST_EDGE_M: Final = 180.0

Edge = tuple[tuple[float, float], tuple[float, float]]


@dataclass
class Faulty:
    """Grid shapes with faults, and the list of them. Places are grid numbers until codes are given."""

    grids: list[Polygon]
    missing: list[int] = field(default_factory=list)
    holes: list[dict[str, Any]] = field(default_factory=list)
    overlaps: list[dict[str, Any]] = field(default_factory=list)
    outside: list[dict[str, Any]] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    """Villages that have a fault of their ground."""


def plant_faults(rng: np.random.Generator, grids: Shapes, village: np.ndarray[Any, Any]) -> Faulty:
    """At most one fault of the ground in a village."""
    faulty = Faulty([shapely.orient_polygons(g) for g in grids])
    owner = {edge: i for i, grid in enumerate(faulty.grids) for edge in _edges(grid)}
    edges = [list(owner)[i] for i in rng.permutation(len(owner)) if _length_m(list(owner)[i]) >= _SHORTEST_EDGE_M]
    for number in rng.permutation(len(grids)):
        if len(faulty.missing) < MISSING and (village == village[number]).sum() > 8:
            _plant_missing(faulty, int(number), int(village[number]))
    for edge in edges:
        one, two = owner[edge], owner.get((edge[1], edge[0]))
        if int(village[one]) in faulty.touched:
            continue
        depth = float(rng.uniform(25, 110))
        if two is None:
            if len(faulty.outside) < OUTSIDES:
                _push(faulty, "outside", edge, depth, one, None, int(village[one]))
        elif village[one] == village[two]:
            if len(faulty.holes) < HOLES + MISSING:
                _push(faulty, "holes", edge, -depth, one, two, int(village[one]))
            elif len(faulty.overlaps) < OVERLAPS:
                _push(faulty, "overlaps", edge, depth, one, two, int(village[one]))
    return faulty


def _edges(grid: Polygon) -> list[Edge]:
    ring = [(float(x), float(y)) for x, y in grid.exterior.coords]
    return list(pairwise(ring))


def _length_m(edge: Edge) -> float:
    return float(np.hypot(*((np.array(edge[1]) - edge[0]) * METRES_PER_DEGREE)))


def _plant_missing(faulty: Faulty, number: int, village: int) -> None:
    if village in faulty.touched:
        return
    faulty.missing.append(number)
    faulty.holes.append({"parent": village, "area_m2": _square_metres(faulty.grids[number])})
    faulty.touched.add(village)


def _push(faulty: Faulty, kind: str, edge: Edge, depth: float, one: int, two: int | None, village: int) -> None:
    """Move the middle of an edge of grid `one` outwards by `depth` metres (inwards where it is negative)."""
    a, b = (np.array(p) for p in edge)
    along = (b - a) * METRES_PER_DEGREE
    away = np.array([along[1], -along[0]]) / np.hypot(*along) * depth  # rings run anticlockwise: outside is right
    moved = [np.round(a + (share * along + away) / METRES_PER_DEGREE, 7) for share in (0.2, 0.8)]
    bulge = Polygon([a, *moved, b])
    host = faulty.grids[one] if kind == "holes" else None if two is None else faulty.grids[two]
    ring = [np.array(p) for p in faulty.grids[one].exterior.coords[:-1]]
    at = next(i for i, p in enumerate(ring) if tuple(p) == edge[0]) + 1
    shape = Polygon([*ring[:at], *moved, *ring[at:]])
    if not (shape.is_valid and bulge.is_valid) or (host is not None and not host.covers(bulge)):
        return
    if host is None and any(
        g is not faulty.grids[one] and g.intersects(Polygon([*moved, (a + b) / 2])) for g in faulty.grids
    ):
        return
    named: dict[str, dict[str, Any]] = {
        "holes": {"parent": village},
        "overlaps": {"a": one, "b": two},
        "outside": {"child": one, "parent": village},
    }
    getattr(faulty, kind).append({**named[kind], "area_m2": _square_metres(bulge)})
    faulty.grids[one] = shape
    faulty.touched.add(village)


def _square_metres(shape: Polygon) -> float:
    return round(float(area_m2(np.array([shape]))[0]), 1)
