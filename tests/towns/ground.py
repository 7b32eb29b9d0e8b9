"""The ground of the demo district: an outline, a river, streets, villages and grids that share their borders exactly.

Everything is drawn in metres around the centre, where straight lines of degrees are straight too, and then cut once:
all lines together are noded on a lattice of 1e-7 degrees and polygonised, so that neighbours have the same vertices.
A grid is the union of faces, a village the union of its grids, a street of its villages, the district of its streets.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPoint, Point, Polygon

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

CENTRE: Final = (120.35, 28.62)
METRES_PER_DEGREE: Final = np.array([111_320 * np.cos(np.radians(CENTRE[1])), 110_850.0])
LATTICE: Final = 1e-7
RADIUS_M: Final = 8_900.0
CELL_M: Final = 450.0
SMALLEST_SHARE: Final = 0.3
"""Faces under this share of a whole cell join a neighbour in their village."""
STREETS, VILLAGES, PATCHES = 10, 120, 9_000


@dataclass(frozen=True)
class Ground:
    """Grids with the village and the street of each (numbers), ordered north to south and west to east in a village."""

    grids: Shapes
    village: NDArray[np.int64]
    street: NDArray[np.int64]


def draw_ground(rng: np.random.Generator) -> Ground:
    """The whole district, the same for the same generator."""
    outline = _draw_outline(rng)
    villages, street = _draw_villages(rng, outline)
    faces, village, cell = _cut(villages)
    grids, village = _join_small_faces(faces, village, cell)
    order = _reading_order(grids, village)
    return Ground(grids[order], village[order], street[village[order]])


def to_degrees(metres: Floats) -> Floats:
    """Metres east and north of the centre -> degrees on the lattice."""
    return np.asarray(np.round(metres / METRES_PER_DEGREE + CENTRE, 7))


def _draw_outline(rng: np.random.Generator) -> Polygon:
    """A round shape with bays and headlands."""
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    radius = np.ones_like(angle)
    for waves in range(2, 48):
        radius += rng.normal(0, 0.2 / waves**1.15) * np.sin(waves * angle + rng.uniform(0, 2 * np.pi))
    return Polygon(RADIUS_M * np.column_stack([1.12 * radius * np.cos(angle), 0.9 * radius * np.sin(angle)]))


def _north_of_river(points: Floats) -> NDArray[np.bool_]:
    """The river winds from west to east; no village lies on both banks."""
    x = points[:, 0] / 1000
    return np.asarray(points[:, 1] / 1000 > 0.9 * np.sin(x / 2.1) + 0.5 * np.sin(x / 0.83 + 1) - 0.12 * x)


def _sample(rng: np.random.Generator, outline: Polygon, count: int, *, crowding: float) -> Floats:
    """Points inside the outline, denser towards the centre the greater `crowding` is."""
    found = np.empty((0, 2))
    reach = 1.5 * RADIUS_M
    while len(found) < count:
        points = rng.uniform(-reach, reach, (4 * count, 2))
        kept = rng.random(len(points)) < np.exp(-crowding * np.hypot(*points.T) / RADIUS_M)
        kept &= shapely.contains_xy(outline, points[:, 0], points[:, 1])
        found = np.vstack([found, points[kept]])
    return found[:count]


def _nearest(points: Floats, seeds: Floats) -> NDArray[np.int64]:
    return np.asarray(np.argmin(((points[:, None, :] - seeds[None]) ** 2).sum(axis=2), axis=1), dtype=np.int64)


def _relax(points: Floats, seeds: Floats, *, rounds: int) -> Floats:
    """Seeds moved to the middle of the points nearest to them."""
    for _round in range(rounds):
        owner = _nearest(points, seeds)
        seeds = np.array([points[owner == i].mean(axis=0) for i in range(len(seeds))])
    return seeds


def _draw_villages(rng: np.random.Generator, outline: Polygon) -> tuple[Shapes, NDArray[np.int64]]:
    """Village shapes in metres, a coverage of the outline, and the street of each."""
    crowd = _sample(rng, outline, 6_000, crowding=1.6)
    seeds = _relax(crowd, crowd[:VILLAGES], rounds=6)
    street = _nearest(seeds, _relax(seeds, seeds[:STREETS], rounds=20))
    points = _sample(rng, outline, PATCHES, crowding=0.0)
    wobble = 160 * np.column_stack([np.sin(points[:, 1] / 310), np.sin(points[:, 0] / 270 + 2)])
    far = 1e6 * np.column_stack([np.zeros(len(points)), _north_of_river(points)])
    far_seeds = 1e6 * np.column_stack([np.zeros(len(seeds)), _north_of_river(seeds)])
    owner = _nearest(points + wobble + far, seeds + far_seeds)
    patches = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(points), extend_to=outline, ordered=True))
    _give_away_exclaves(patches, owner)
    shapes = np.array([shapely.coverage_union_all(patches[owner == i]) for i in range(VILLAGES)])
    return shapely.intersection(shapely.coverage_simplify(shapes, 90), outline), street


def _give_away_exclaves(patches: Shapes, owner: NDArray[np.int64]) -> None:
    """Patches that do not hang together with the main part of their village go to the village around them."""
    tree = shapely.STRtree(patches)
    for village in range(VILLAGES):
        mine = np.flatnonzero(owner == village)
        parts = shapely.get_parts(shapely.coverage_union_all(patches[mine]))
        main = parts[np.argmax(shapely.area(parts))]
        for patch in mine[~shapely.contains(main, shapely.point_on_surface(patches[mine]))]:
            around = owner[tree.query(patches[patch], predicate="touches")]
            owner[patch] = np.bincount(around[around != village]).argmax()


def _cut(villages: Shapes) -> tuple[Shapes, NDArray[np.int64], NDArray[np.int64]]:
    """Faces in degrees that no village border and no line of the grid crosses, with their village and cell."""
    reach = np.arange(-40, 41) * CELL_M
    far = reach[-1]
    rulers = [[(x, -far), (x, far)] for x in reach] + [[(-far, y), (far, y)] for y in reach]
    lines = np.concatenate([shapely.boundary(villages), shapely.linestrings(rulers)])
    noded = shapely.unary_union(shapely.transform(lines, to_degrees), grid_size=LATTICE)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    metres = (inside - CENTRE) * METRES_PER_DEGREE
    tree = shapely.STRtree(villages)
    face, village = tree.query(shapely.points(metres), predicate="within")
    column, row = np.floor(metres[face] / CELL_M).astype(np.int64).T
    return faces[face], village, (row + 100) * 1000 + column + 100


def _join_small_faces(
    faces: Shapes, village: NDArray[np.int64], cell: NDArray[np.int64]
) -> tuple[Shapes, NDArray[np.int64]]:
    """Grids and their villages: small faces join the neighbour in their village with the longest common border."""
    keep = list(np.lexsort((cell, village)))
    shapes = {int(i): faces[i] for i in keep}
    whole = CELL_M**2 / METRES_PER_DEGREE.prod()
    for i in sorted(shapes, key=lambda i: (shapes[i].area, i)):
        if shapes[i].area >= SMALLEST_SHARE * whole:
            continue
        near = [j for j in shapes if j != i and village[j] == village[i]]
        border = [shapely.length(shapely.intersection(shapes[i].boundary, shapes[j].boundary)) for j in near]
        if near and max(border) > 0:
            best = near[int(np.argmax(border))]
            shapes[best] = shapely.coverage_union(shapes[best], shapes.pop(i))
    return np.array(list(shapes.values())), village[list(shapes)]


def _reading_order(grids: Shapes, village: NDArray[np.int64]) -> NDArray[np.int64]:
    """Village by village, north to south in bands of a cell, west to east in a band."""
    middle = (shapely.get_coordinates(shapely.centroid(grids)) - CENTRE) * METRES_PER_DEGREE
    band = -np.floor(middle[:, 1] / CELL_M)
    return np.lexsort((middle[:, 0], band, village))


def random_point(rng: np.random.Generator, polygon: Polygon) -> Point:
    """A point on the lattice inside a polygon, at least 10 m from its border where that is possible."""
    core = polygon.buffer(-10 / METRES_PER_DEGREE[1])
    west, south, east, north = (core if not core.is_empty else polygon).bounds
    for _attempt in range(1000):
        point = Point(np.round([rng.uniform(west, east), rng.uniform(south, north)], 7))
        if (core if not core.is_empty else polygon).contains(point):
            return point
    return Point(np.round(polygon.representative_point().coords[0], 7))
