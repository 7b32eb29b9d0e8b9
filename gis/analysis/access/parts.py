"""Access over a country that is cut into parts: the steps of `gis.analysis.access.measure`, each on its own part.

A *part* holds some cells, and the times from these cells to any sites. Demand is spread over sites in other parts too,
so there are two steps and a sum between them:

1. each part is prepared alone, and says how large its numbers are; these give the units of whole numbers for all;
2. each part gives the load that it brings to the sites it reaches; loads are whole numbers, so their sum over all parts
   is the same in any order, and the same as that of one process over the whole table;
3. from the sum come the ratios, and each part spreads those of its sites over its cells.

So the result is that of `compute_access` on all rows together to the last bit, as long as the rows of a cell stand in
the same order.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gis.analysis.access import kernel
from gis.analysis.access.checks import align
from gis.analysis.access.codes import Lookup
from gis.analysis.access.kernel import Floats, Ints, Longs, Scale
from gis.analysis.access.measure import Reach, find_ratios
from gis.analysis.access.weights import Weights
from gis.validate.access import check_demand


@dataclass(frozen=True)
class Part:
    """Cells with their demand, and what they reach; sites are known by their numbers in the supply."""

    reach: Reach
    demand: Floats


class Size(NamedTuple):
    """How large a part is, and its numbers."""

    cells: int
    pairs: int
    """Those in the catchment."""
    people: float
    greatest_weight: float
    greatest_demand: float


class Load(NamedTuple):
    """What a part brings to the sites it reaches."""

    site: Ints
    load: Longs


def prepare_part(
    demand: "pd.Series[Any]",
    times: pd.DataFrame,
    sites: Lookup,
    *,
    minutes: float,
    method: str = "2sfca",
    weights: Weights | None = None,
    choice: str = "table",
) -> Part:
    """Step 1; arguments and refusals are those of `compute_access`, `sites` of the whole country."""
    people = align(demand, demand.index, check_demand, ("cell", "demand"))
    reach = Reach.prepare(times, demand.index, sites, minutes=minutes, method=method, weights=weights, choice=choice)
    numbers = pd.RangeIndex(len(sites.index))
    return Part(replace(reach, lookup=Lookup(reach.cells), sites=numbers), people)


def size_part(part: Part) -> Size:
    """What the units of the whole numbers follow from."""
    people = part.demand
    pairs = len(part.reach.pairs.site)
    return Size(len(people), pairs, float(people.sum()), part.reach.greatest, float(people.max(initial=0.0)))


def find_scale(sizes: list[Size]) -> Scale:
    """The units for all parts: those that one process would take."""
    weight = max((size.greatest_weight for size in sizes), default=0.0)
    people = max((size.greatest_demand for size in sizes), default=0.0)
    return kernel.make_scale(greatest=weight * people, cells=sum(size.cells for size in sizes))


def load_part(part: Part, scale: Scale) -> Load:
    """Step 2."""
    load = part.reach.load_sites(part.reach.share_demand(part.demand), scale)
    reached = np.zeros(len(load), dtype=np.bool_)
    reached[part.reach.pairs.site] = True
    site = np.flatnonzero(reached).astype(np.int32)
    return Load(site, load[site])


def add_load(total: Longs, some: Load) -> None:
    """Adds a part's load to that of all sites."""
    total[some.site] += some.load


def ratios_of(total: Longs, capacity: Floats, scale: Scale) -> Floats:
    """Capacity by load of each site of the country."""
    return find_ratios(total, capacity, scale)


def finish_part(part: Part, site: Ints, ratio: Floats, sites: "pd.Index[Any]") -> pd.DataFrame:
    """Step 3: access, nearest_site and nearest_minutes of the part's cells, from the ratios of the sites it reaches."""
    ratios = np.zeros(len(sites))
    ratios[site] = ratio
    found = part.reach.tabulate(part.reach.finish(part.reach.spread_ratios(ratios)))
    names = sites.astype("str").array.take(part.reach.pairs.nearest, allow_fill=True)
    return found.assign(nearest_site=names)
