"""Residents of the demo district on a grid, and its registered births: counts of places that do not exist."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from gis.policies import shipped_demand_policy
from gis.tables import WOMEN

from .ground import CENTRE, METRES_PER_DEGREE

CELL_M: Final = 700.0
PER_DWELLING: Final = 2.4
YEARS: Final = ("2023", "2024", "2025")
BOYS: Final = 0.513
APART: Final = "990102103"
"""A town that registers far fewer births than its residents should have: they are registered elsewhere."""
APART_SHARE: Final = 0.55


@dataclass(frozen=True)
class Residents:
    """Two frames in the columns of the contract, and the street whose births do not fit."""

    population: pd.DataFrame
    births: pd.DataFrame
    faults: dict[str, Any]


def make_residents(rng: np.random.Generator, areas: pd.DataFrame) -> Residents:
    """Cells of 700 m with the residents of the grids in them; births of each street and year out of those."""
    grids = areas[areas["level"] == "grid"].reset_index(drop=True)
    points = shapely.get_coordinates(shapely.point_on_surface(grids["geometry"].to_numpy()))
    people = grids["dwellings"].to_numpy(float) * PER_DWELLING * rng.lognormal(0, 0.08, len(grids))
    square = np.floor((points - CENTRE) * METRES_PER_DEGREE / CELL_M).astype(int)
    squares, owner = np.unique(square, axis=0, return_inverse=True)
    owner = owner.ravel()
    total = np.round(np.bincount(owner, people))
    largest = pd.Series(people).groupby(owner).idxmax().to_numpy()
    middle = (squares + 0.5) * CELL_M / METRES_PER_DEGREE + CENTRE
    inside = shapely.contains_xy(areas["geometry"].iloc[0], middle[:, 0], middle[:, 1])
    place = np.round(np.where(inside[:, None], middle, points[largest]), 6)
    policy = shipped_demand_policy()
    town = np.clip(np.exp(-np.hypot(*((middle - CENTRE) * METRES_PER_DEGREE).T) / 6000) + 0.5, 0.7, 1.3)
    shares = np.array(policy.age_shares) * np.array([1.0, 1.15, 1.15, 1.05, 1.0, 0.95, 0.9]) ** (town[:, None] * 2 - 1)
    women = np.round(total[:, None] * shares * rng.lognormal(0, 0.06, shares.shape))
    frame = pd.DataFrame({"lon": place[:, 0], "lat": place[:, 1], "population": total.astype(int)})
    frame[list(WOMEN)] = women.astype(int)
    frame = frame[frame["population"] > 0]
    frame = frame.sort_values(["lat", "lon"], ascending=[False, True], ignore_index=True)
    frame.insert(0, "cell", [f"P{n:04d}" for n in range(1, len(frame) + 1)])
    return Residents(frame, _make_births(rng, frame, areas), {"births_apart": [APART]})


def _make_births(rng: np.random.Generator, cells: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """What the rates of the shipped policy give, a little up or down, as chance would have it."""
    policy = shipped_demand_policy()
    villages = areas[areas["level"] == "village"].reset_index(drop=True)
    tree = shapely.STRtree(villages["geometry"].to_numpy())
    nearest = tree.nearest(shapely.points(cells[["lon", "lat"]].to_numpy()))
    codes = villages["code"].to_numpy(dtype=object)[nearest].astype(str)
    rural = pd.Series(codes).str[9:12].astype(int).to_numpy() >= 200
    rates = np.where(rural[:, None], policy.fertility["rural"], policy.fertility["urban"])
    expected = (cells[list(WOMEN)].to_numpy(float) * rates).sum(axis=1)
    by_street = pd.Series(expected).groupby(pd.Series(codes).str[:9]).sum().sort_index()
    rows = []
    for street, births in by_street.items():
        level = APART_SHARE if street == APART else float(rng.uniform(0.94, 1.06))
        for year in YEARS:
            count = int(rng.poisson(births * level))
            boys = int(rng.binomial(count, BOYS))
            rows.append((street, year, boys, count - boys))
    return pd.DataFrame(rows, columns=["area_code", "period", "boys", "girls"])
