"""Access from files: demand, supply and times in, access by cell out; nothing is stored."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gis.analysis.access.measure import compute_access
from gis.analysis.access.weights import make_rule, parse_weights
from gis.errors import DataRejected
from gis.roles import Actor, permit
from gis.services.file_tables import read_table
from gis.texts import _
from gis.validate.access import check_demand, check_supply, check_times

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """How to measure; the words of `gis.analysis.access.weights`."""

    minutes: float = 30.0
    method: str = "2sfca"
    weights: str | None = None
    choice: str = "table"


@dataclass(frozen=True)
class Files:
    """The three tables: cell, demand; site, capacity; origin, destination, minutes."""

    demand: Path
    supply: Path
    times: Path
    encoding: str | None = None


def access_files(actor: Actor, files: Files, asked: Asked, *, progress: Progress = lambda _step: None) -> pd.DataFrame:
    """`cell, access, nearest_site, nearest_minutes` of each cell, in the order of the demand file.

    Missing where a cell is unreachable. Raises UsageError for a method or weights that there are not, DataRejected
    (file, row, column, remedy; `details["problems"]`) for a file that cannot be used, and FirewallRefused for one with
    personal data.
    """
    permit(actor, "gaps.read")
    weights = parse_weights(asked.weights, minutes=asked.minutes)
    make_rule(asked.minutes, asked.method, weights, asked.choice)
    progress(_("Reading {file}", file=files.demand.name))
    demand = read_table(files.demand, "access_demand", check_demand, encoding=files.encoding)
    progress(_("Reading {file}", file=files.supply.name))
    supply = read_table(files.supply, "access_supply", check_supply, encoding=files.encoding)
    cells, sites = pd.Index(demand["cell"]), pd.Index(supply["site"])
    progress(_("Reading {file}", file=files.times.name))
    times = read_table(
        files.times,
        "access_times",
        lambda frame: check_times(frame, cells=cells, sites=sites),
        encoding=files.encoding,
    )
    progress(_("Measuring access"))
    try:
        found = compute_access(
            demand.set_index("cell")["demand"],
            supply.set_index("site")["capacity"],
            times,
            minutes=asked.minutes,
            method=asked.method,
            weights=weights,
            choice=asked.choice,
            threads=len(os.sched_getaffinity(0)),
        )
    except DataRejected as error:
        raise DataRejected(f"{files.times.name}: {error.message}", details=error.details) from None
    return found.rename_axis("cell").reset_index()
