"""Invented ground of any size for the benchmarks: a lattice with moved corners and bent sides, a valid coverage."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEST, SOUTH, CELL = 120.0, 30.0, 0.001
VILLAGE_COLUMNS, VILLAGE_ROWS = 5, 4
STREET_COLUMNS, STREET_ROWS = 50, 40


class Lattice:
    """`columns` x `rows` cells of about 100 m whose neighbours share every vertex of their common side."""

    def __init__(self, columns: int, rows: int, *, bends: int = 4, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        x, y = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0))
        self.columns, self.rows = columns, rows
        self.corners = np.stack([x, y], axis=-1) + random.uniform(-0.35, 0.35, (rows + 1, columns + 1, 2))
        self.eastward = self._bend(self.corners[:, :-1], self.corners[:, 1:], bends, random)
        self.northward = self._bend(self.corners[:-1], self.corners[1:], bends, random)

    @staticmethod
    def _bend(start: Floats, end: Floats, bends: int, random: np.random.Generator) -> Floats:
        """The first corner of each side and the bends after it."""
        t = np.arange(bends + 1)[:, None] / (bends + 1)
        side: Floats = start[..., None, :] + (end - start)[..., None, :] * t
        side[..., 1:, :] += random.uniform(-0.03, 0.03, side[..., 1:, :].shape)
        return side

    def blocks(self, wide: int, high: int) -> NDArray[np.object_]:
        """Polygons in degrees of blocks of so many cells each way, row by row from the south-west."""
        rings = []
        for row in range(0, self.rows, high):
            for column in range(0, self.columns, wide):
                rings.append(self._outline(column, row, min(column + wide, self.columns), min(row + high, self.rows)))
        index = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
        xy = np.concatenate(rings) * CELL + [WEST, SOUTH]
        return np.asarray(shapely.polygons(shapely.linearrings(xy, indices=index)), dtype=object)

    def _outline(self, west: int, south: int, east: int, north: int) -> Floats:
        bottom = self.eastward[south, west:east].reshape(-1, 2)
        right = self.northward[south:north, east].reshape(-1, 2)
        top = np.vstack([self.eastward[north, west:east].reshape(-1, 2), self.corners[north, east]])
        left = np.vstack([self.northward[south:north, west].reshape(-1, 2), self.corners[north, west]])
        return np.vstack([bottom, right, top[:0:-1], left[:0:-1]])

    def points(self, number: int, *, seed: int = 1) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of points anywhere on the ground."""
        random = np.random.default_rng(seed)
        lon = WEST + random.uniform(0, self.columns, number) * CELL
        return lon, SOUTH + random.uniform(0, self.rows, number) * CELL


def build_areas(grids: int, *, seed: int = 0) -> gpd.GeoDataFrame:
    """A canonical areas frame: about so many grids, 20 to a village, 100 villages to a street, one district."""
    columns = max(VILLAGE_COLUMNS, round((grids * 1.25) ** 0.5 / VILLAGE_COLUMNS) * VILLAGE_COLUMNS)
    rows = max(VILLAGE_ROWS, round(grids / columns / VILLAGE_ROWS) * VILLAGE_ROWS)
    lattice = Lattice(columns, rows, seed=seed)
    steps = {
        "district": (columns, rows),
        "street": (STREET_COLUMNS, STREET_ROWS),
        "village": (VILLAGE_COLUMNS, VILLAGE_ROWS),
        "grid": (1, 1),
    }
    parts = [_build_level(lattice, level, size) for level, size in steps.items()]
    for (above, size_above), (part, size) in pairwise(zip(parts, steps.values(), strict=True)):
        part["parent_code"] = above["code"].to_numpy()[_find_parent(lattice, size, size_above)]
    areas = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(areas, geometry="geometry", crs=4326)


def _build_level(lattice: Lattice, level: str, size: tuple[int, int]) -> pd.DataFrame:
    polygons = lattice.blocks(*size)
    codes = [f"{level[0]}{number:06d}" for number in range(len(polygons))]
    return pd.DataFrame(
        {
            "code": pd.array(codes, dtype="str"),
            "name": pd.array(codes, dtype="str"),
            "level": pd.array([level] * len(codes), dtype="str"),
            "parent_code": pd.array([None] * len(codes), dtype="str"),
            "dwellings": pd.array([None] * len(codes), dtype="Int64"),
            "valid_from": np.full(len(codes), np.datetime64("NaT"), dtype="datetime64[s]"),
            "valid_to": np.full(len(codes), np.datetime64("NaT"), dtype="datetime64[s]"),
            "geometry": polygons,
        }
    )


def _find_parent(lattice: Lattice, size: tuple[int, int], above: tuple[int, int]) -> NDArray[np.int64]:
    """Position of the block above that holds each block."""
    columns, rows = np.arange(0, lattice.columns, size[0]), np.arange(0, lattice.rows, size[1])
    across = -(-lattice.columns // above[0])
    return (rows[:, None] // above[1] * across + columns[None, :] // above[0]).ravel().astype(np.int64)
