"""A small country in parts: folders of parquet as `wangge national access` takes them, and the same in one piece."""

from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd


class Country(NamedTuple):
    """The folders, and all rows in one frame each."""

    folder: Path
    demand: "pd.Series[float]"
    supply: "pd.Series[float]"
    times: pd.DataFrame

    def words(self, out: str) -> list[str]:
        """The command that measures it."""
        names = {"demand": "demand", "supply": "supply.parquet", "times": "times", "out": out}
        return ["national", "access", *(w for k, v in names.items() for w in (f"--{k}", str(self.folder / v)))]


def make_country(folder: Path, *, parts: int = 5, cells: int = 400, sites: int = 60) -> Country:
    """Strips from west to east; demand lognormal, so that sums of floats depend on order; one cell unreachable."""
    rng = np.random.default_rng(parts)
    at, to = rng.uniform(0, 100, (cells, 2)), rng.uniform(0, 100, (sites, 2))
    at = at[at[:, 0].argsort()]
    minutes = np.hypot(*(at[:, None] - to[None]).transpose(2, 0, 1)) + 0.1
    cell, site = np.nonzero(minutes < 45)
    codes, names = np.array([f"C{k:05d}" for k in range(cells)]), np.array([f"S{k:03d}" for k in range(sites)])
    times = pd.DataFrame({"origin": codes[cell], "destination": names[site], "minutes": minutes[cell, site]})
    times = times[times["origin"] != codes[7]].reset_index(drop=True)
    demand = pd.Series(rng.lognormal(3, 3, cells), index=pd.Index(codes, name="cell", dtype="str"), name="demand")
    supply = pd.Series(rng.lognormal(2, 1, sites), index=pd.Index(names, name="site", dtype="str"), name="capacity")
    for name in ("demand", "times"):
        (folder / name).mkdir(parents=True)
    for part, some in enumerate(np.array_split(np.arange(cells), parts)):
        places = gpd.points_from_xy(120 + at[some, 0] / 100, 28 + at[some, 1] / 100)
        frame = gpd.GeoDataFrame(demand.iloc[some].reset_index(), geometry=places, crs=4326)
        frame.to_parquet(folder / "demand" / f"part.{part}.parquet")
        rows = times["origin"].isin(codes[some])
        times[rows].to_parquet(folder / "times" / f"part.{part}.parquet", index=False)
    supply.reset_index().to_parquet(folder / "supply.parquet", index=False)
    return Country(folder, demand, supply, times)
