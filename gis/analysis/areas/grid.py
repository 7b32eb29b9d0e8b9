"""Grids: square cells inside a village, the lowest level at which somebody answers for a place.

A cell is a square of `cell_m` metres, its sides running north and east, on a lattice anchored at the north-west
corner of the box around the village. The squares are laid out in a transverse Mercator projection of the village
itself, so that 100 m is 100 m (to 1e-6 for a village of up to 9 km around its middle), their corners are turned
into degrees once, and the clipping to the village happens in degrees, the coordinates that are stored. Neighbours
share the very same corners, so the cells are a partition of the village: no gap, no overlap, and their areas add up
to its area.

Cells are numbered from west to east within a row, the rows from north to south, without gaps. A cell that the
border cuts into pieces stays one cell with several pieces. What the border leaves of a cell may be too small to
be a place at all: such a sliver joins the neighbour with which it shares the longest border.

Codes follow the official structure of 6 + 3 + 3 + 3 digits: district, street, village, grid.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis.crs import STORAGE, area_m2, local_metres
from gis.errors import DataRejected, UsageError
from gis.tables import AREAS
from gis.texts import _

MOST_CELLS: Final = 999
"""Three digits, counted from 001."""

_VILLAGE_DIGITS: Final = 12

_ROUNDING: Final = 1e-6
_MARGIN: Final = 0.01
"""Both as a part of a cell's side."""

Polygonal = Polygon | MultiPolygon
Objects = NDArray[np.object_]
Ints = NDArray[np.int64]


def generate_grid(
    village: gpd.GeoDataFrame,
    *,
    cell_m: float,
    levels: Sequence[str],
    existing_codes: Collection[str] = (),
    merge_below_m2: float = 1.0,
    on: date | None = None,
) -> gpd.GeoDataFrame:
    """Square cells that partition one village (or a street that has no villages).

    Parameters: `village` is a canonical areas frame of one row; `cell_m` the side in metres, at least 1; `levels`
    the names of all levels, highest first, the cells get the last; `existing_codes` the codes of the areas in force
    that name the village as their parent; slivers under `merge_below_m2` square metres join a neighbour (0: none
    do); `on` is the day from which the cells are valid, by default that of the village.

    Returns a canonical areas frame in EPSG:4326 with a RangeIndex, in the order of the codes. A code is the code of
    the village and three digits; a parent with only 6 or 9 digits (a street without villages) is filled up with
    zeros to 12 first, so that the code of a cell has 15 digits there too. A parent code of another form (`CHI32`)
    gets the three digits as it is.

    Raises UsageError for a side under 1 m; DataRejected where the village has areas inside already, is of the
    lowest level itself, or needs more than 999 cells (the message names the smallest side that fits).

    >>> town = gpd.read_file("data/towns/tiny/areas.geojson").set_index("code", drop=False)
    >>> town["valid_from"] = town["valid_to"] = pd.NaT
    >>> cells = generate_grid(town.loc[["990101001202"]], cell_m=100, levels=("district", "street", "village", "grid"))
    >>> len(cells), cells["code"].iloc[0], cells["name"].iloc[0]
    (6, '990101001202001', '南村 001')
    """
    if not (np.isfinite(cell_m) and cell_m >= 1):
        raise UsageError(_("The side of a cell must be at least 1 m."))
    row = village.iloc[0]
    _refuse_unsuitable(row, levels, existing_codes)
    cells = _partition(row["geometry"], cell_m, merge_below_m2)
    if cells is None:
        raise _too_many(row["geometry"], cell_m, merge_below_m2)
    return _as_areas(row, cells, levels[-1], on)


def _refuse_unsuitable(row: pd.Series, levels: Sequence[str], existing_codes: Collection[str]) -> None:
    code = row["code"]
    if row["level"] == levels[-1]:
        raise DataRejected(_("{code} is itself of the lowest level, {level}.", code=code, level=row["level"]))
    if len(existing_codes):
        raise DataRejected(
            _(
                "{code} already contains {count} areas. Change those (`wangge areas redraw`) or choose another.",
                code=code,
                count=len(existing_codes),
            ),
            details={"code": code, "existing": sorted(existing_codes)},
        )


def _partition(shape: Polygonal, cell_m: float, merge_below_m2: float) -> Objects | None:
    """The cells in the order of their numbers; None where they are more than three digits can count."""
    if area_m2(np.array([shape]))[0] > MOST_CELLS * (cell_m**2 + merge_below_m2):
        return None
    shapely.prepare(shape)
    squares, lattice = _lay_squares(shape, cell_m)
    meets = shapely.intersects(shape, squares)
    squares, lattice = squares[meets], lattice[meets]
    cells = _clip(shape, squares)
    some = ~shapely.is_empty(cells)
    cells = _join_slivers(cells[some], lattice[some], merge_below_m2)
    return cells if len(cells) <= MOST_CELLS else None


def _lay_squares(shape: Polygonal, cell_m: float) -> tuple[Objects, Ints]:
    """Squares in degrees that may meet the shape, row by row from the north-west, and their (row, column)."""
    west, south, east, north = shape.bounds
    metres = local_metres((west + east) / 2, (south + north) / 2)
    # A straight line in degrees is bowed in the projection; short pieces make the bow shorter than a millimetre.
    fine = shapely.get_parts(shapely.segmentize(shape, 1e-3))
    planar = shapely.transform(fine, lambda xy: np.column_stack(metres.transform(xy[:, 0], xy[:, 1])))
    x0, y0, x1, y1 = shapely.bounds(planar).T
    left, top = x0.min(), y1.max()
    near = np.column_stack([top - y1, x0 - left]) / cell_m
    far = np.column_stack([top - y0, x1 - left]) / cell_m
    size = np.maximum(np.ceil(far.max(axis=0) - _ROUNDING), 1)
    first = np.maximum(np.floor(near - _ROUNDING), 0).astype(np.int64)
    last = np.minimum(np.ceil(far + _ROUNDING), size).astype(np.int64)
    ranges = [np.indices(b - a).reshape(2, -1).T + a for a, b in zip(first, last, strict=True)]
    lattice = np.unique(np.concatenate(ranges), axis=0)
    x, y = left + _lines(cell_m, int(size[1])), top - _lines(cell_m, int(size[0]))
    east_of, north_of = np.meshgrid(x, y)
    lon, lat = metres.transform(east_of, north_of, direction="INVERSE")
    r, c = lattice.T
    around = ((r, c), (r + 1, c), (r + 1, c + 1), (r, c + 1))
    corners = np.stack([np.column_stack([lon[i, j], lat[i, j]]) for i, j in around], axis=1)
    return np.asarray(shapely.polygons(corners), dtype=object), lattice


def _lines(step: float, count: int) -> NDArray[np.float64]:
    """Distances of the lattice lines; the outermost stand a little outside, so that nothing is left uncovered."""
    lines = np.arange(count + 1, dtype=np.float64)
    lines[0] -= _MARGIN
    lines[-1] += _MARGIN
    return step * lines


def _clip(shape: Polygonal, squares: Objects) -> Objects:
    """The part of each square inside the shape; empty where a square only touches the border."""
    cut = ~shapely.contains_properly(shape, squares)
    cells = squares.copy()
    cells[cut] = [_polygons_of(piece) for piece in shapely.intersection(squares[cut], shape)]
    return cells


def _polygons_of(piece: BaseGeometry) -> BaseGeometry:
    if isinstance(piece, Polygon | MultiPolygon):
        return piece
    return shapely.union_all([p for p in shapely.get_parts(piece) if isinstance(p, Polygon)])


def _join_slivers(cells: Objects, lattice: Ints, below_m2: float) -> Objects:
    """Cells in the same order with each sliver joined, smallest first, to the neighbour of the longest border."""
    sizes = area_m2(cells)
    if not (sizes < below_m2).any():
        return cells
    kept = dict(enumerate(cells))
    place = {(int(r), int(c)): i for i, (r, c) in enumerate(lattice)}
    home = {i: i for i in kept}
    for i in np.argsort(sizes, kind="stable"):
        if sizes[i] >= below_m2:
            continue
        near = {home[place[key]] for key in _around(*lattice[i]) if key in place} - {int(i)}
        borders = {j: shapely.length(shapely.intersection(kept[int(i)], kept[j])) for j in sorted(near)}
        target = max(borders, key=lambda j: borders[j], default=None)
        if target is None or borders[target] == 0:
            continue
        kept[target] = shapely.union(kept[target], kept.pop(int(i)))
        sizes[target] += sizes[i]
        home = {k: target if h == i else h for k, h in home.items()}
    return np.array([kept[i] for i in sorted(kept)], dtype=object)


def _around(row: int, column: int) -> list[tuple[int, int]]:
    return [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]


def _too_many(shape: Polygonal, cell_m: float, merge_below_m2: float) -> DataRejected:
    at_least = np.sqrt(max(area_m2(np.array([shape]))[0] / MOST_CELLS - merge_below_m2, 0))
    side = int(max(cell_m, at_least - 1)) + 1
    while _partition(shape, side, merge_below_m2) is None:
        side += 1
    return DataRejected(
        _(
            "Cells of {cell_m} m are more than {most} in this area. The smallest side that fits is {side} m.",
            cell_m=f"{cell_m:g}",
            most=MOST_CELLS,
            side=side,
        ),
        details={"cell_m": cell_m, "smallest_cell_m": side},
    )


def _as_areas(row: pd.Series, cells: Objects, level: str, on: date | None) -> gpd.GeoDataFrame:
    code = row["code"]
    fills_up = code.isascii() and code.isdigit() and len(code) in (6, 9)
    prefix = code.ljust(_VILLAGE_DIGITS, "0") if fills_up else code
    numbers = [f"{n:03d}" for n in range(1, len(cells) + 1)]
    frame = gpd.GeoDataFrame(
        {
            "code": [prefix + n for n in numbers],
            "name": [f"{row['name']} {n}" for n in numbers],
            "level": level,
            "parent_code": code,
            "dwellings": pd.array([pd.NA] * len(cells), dtype="Int64"),
            "valid_from": pd.Timestamp(on) if on else row["valid_from"],
            "valid_to": row["valid_to"],
        },
        geometry=cells,
        crs=STORAGE,
    )
    return frame.astype({"valid_from": "datetime64[s]", "valid_to": "datetime64[s]"})[[*AREAS.columns, "geometry"]]
