"""Where findings cluster: Kulldorff's spatial scan statistic.

An *area* is a point with *cases* (findings, failed premises) and a *population* (inspected premises, or whatever was
at risk). A *window* is a circle around one area: it holds the areas whose points lie in it. Each area is a centre, and
each distance from it to another area a radius, as long as the window holds at most `max_share` of the whole population.
All areas at the same distance enter together, so areas at one point, or on one circle, are never told apart by the
order of the file; distances are the same when they differ by less than a billionth or two of the extent of the areas.
With `ellipses` a window may also be an ellipse: for each ratio of its axes, int(3 x ratio) directions around the half
circle, without a penalty for being long.

The *expected* cases of a window are all cases times its share of the population. Its *likelihood ratio* says how much
better two rates, one inside and one outside, explain the cases than a single rate does; `llr` is its natural logarithm:

- Poisson, where cases are rare or may be several to one of the population, c cases with e expected of C in all:
  llr = c ln(c / e) + (C - c) ln((C - c) / (C - e));
- Bernoulli, where each of the population is a case or is not, n of N in the window:
  llr = c ln(c / n) + (n - c) ln((n - c) / n) + (C - c) ln((C - c) / (N - n))
  + (N - n - C + c) ln((N - n - C + c) / (N - n)) - C ln(C / N) - (N - C) ln((N - C) / N).

It counts where the rate inside is higher (`high`), lower (`low`), or either (`both`), and is 0 elsewhere. The *relative
risk* is the rate inside by the rate outside. The *most likely cluster* is the window with the highest llr; of equals
the one with fewest areas, then the one whose centre comes first. *Secondary clusters* are each the strongest window
that shares no area with those before.

A *replicate* deals the same number of cases out anew by chance alone (`gis.analysis.scan.draws`) and keeps the highest
llr over all windows. p = (1 + replicates whose highest is at least the cluster's llr) / (1 + replicates). Secondary
clusters are held against the same highest ones, which is strict: their p is rather too large. p already allows for all
the windows that were tried. It says nothing about a cause, and nothing about places where nobody looked.

Sources: Kulldorff, M. (1997), A spatial scan statistic, doi 10.1080/03610929708831995; Kulldorff and Nagarwalla (1995),
doi 10.1002/sim.4780140809; Kulldorff, Huang, Pickle and Duczmal (2006), An elliptic spatial scan statistic, doi
10.1002/sim.2490; Dwass (1957) for p, doi 10.1214/aoms/1177707045.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gis.analysis.scan.search import Window

Model = Literal["poisson", "bernoulli"]
Rates = Literal["high", "low", "both"]
Floats = NDArray[np.float64]

MODELS: Final = ("poisson", "bernoulli")
RATES: Final = ("high", "low", "both")
COLUMNS: Final = ("areas", "cases", "expected", "relative_risk", "llr", "p", "population", "centre", "radius")
_TIE: Final = 1e-9
"""Ratios that differ by less are the same: they come from sums in another order."""


@dataclass(frozen=True)
class Scan:
    """What a scan found."""

    clusters: pd.DataFrame
    """The columns of COLUMNS, strongest first: `areas` a tuple of names in the caller's order, `relative_risk` infinite
    where all cases are inside, `radius` in the unit of x and y (of an ellipse: half its long axis)."""
    maxima: Floats
    """The highest llr of each replicate."""


def find_clusters(
    areas: pd.DataFrame,
    *,
    model: Model = "poisson",
    rates: Rates = "high",
    max_share: float = 0.5,
    replicates: int = 999,
    seed: int = 1,
    most: int = 10,
    ellipses: Sequence[float] = (),
    threads: int = 1,
) -> Scan:
    """The clusters of a table of areas, most likely first, with Monte Carlo p-values; definitions are above.

    Parameters: `areas` with area (unique), x, y (a plane, any unit), cases (whole numbers, 0 or more) and population
    (above 0 where there are cases; Bernoulli: whole numbers, at least the cases); `ellipses` ratios above 1 of the
    axes. The same seed gives the same answer with any number of threads. Time grows with the square of the areas and
    with the replicates; memory with areas times replicates (up to 2,048 at once). Raises ValueError for a table that
    is none of this (`gis.validate.clusters` says it in words).

    >>> town = pd.DataFrame({"area": list("abcd"), "x": [0, 1, 5, 9], "y": 0, "cases": [8, 7, 1, 1], "population": 10})
    >>> found = find_clusters(town, replicates=99)
    >>> found.clusters[["areas", "cases", "expected"]].values.tolist()
    [[('a', 'b'), 15, 8.5]]
    >>> float(found.clusters["llr"].round(6)[0]), float(found.clusters["relative_risk"][0])
    (5.625923, 7.5)
    """
    from gis.analysis.scan.search import draw_maxima, find_windows, prepare  # noqa: PLC0415 - loading numba takes a second

    if areas.empty:
        return Scan(_tabulate(areas, [], []), np.zeros(replicates))
    _refuse_nonsense(areas, max_share=max_share, replicates=replicates, bernoulli=model == "bernoulli")
    search = prepare(areas, model=model, rates=rates, max_share=max_share, ellipses=ellipses)
    windows = list(islice(find_windows(search), most))
    maxima = draw_maxima(search, replicates=replicates, seed=seed, threads=threads)
    p = [float(1 + (maxima >= window.llr - _TIE).sum()) / (1 + replicates) for window in windows]
    return Scan(_tabulate(areas, windows, p), maxima)


def load_compiled() -> None:
    """Compiles the scan, or loads it from the disk, ahead of its first use; seconds once, then about one."""
    few = pd.DataFrame({"area": range(400), "x": range(400), "y": 0, "cases": [1, 2] * 200, "population": 100_000})
    for cases in (few["cases"], few["cases"] * 60):
        find_clusters(few.assign(cases=cases), rates="both", replicates=1, max_share=0.01, most=1)
        find_clusters(few.assign(cases=cases), model="bernoulli", replicates=1, max_share=0.01, most=1)


def _refuse_nonsense(areas: pd.DataFrame, *, max_share: float, replicates: int, bernoulli: bool) -> None:
    numbers = areas[["x", "y", "cases", "population"]].to_numpy(dtype=np.float64)
    cases, population = numbers[:, 2], numbers[:, 3]
    whole = numbers[:, 2:] if bernoulli else cases
    sound = np.isfinite(numbers).all() and (numbers[:, 2:] >= 0).all() and (whole == np.floor(whole)).all()
    sound = sound and not (cases[population == 0] > 0).any() and not (bernoulli and (cases > population).any())
    if not sound or areas["area"].duplicated().any() or not population.sum() > 0:
        raise ValueError("the table of areas is not one that can be scanned")
    if not 0 < max_share <= 1 or replicates < 1:
        raise ValueError("max_share lies above 0 and up to 1, and there is at least one replicate")


def _tabulate(areas: pd.DataFrame, windows: "Sequence[Window]", p: Sequence[float]) -> pd.DataFrame:
    """The windows as the columns of COLUMNS."""
    names, cases = areas["area"].to_numpy(), areas["cases"].to_numpy()
    total, people = int(cases.sum()), float(areas["population"].sum())
    rows = []
    for window, chance in zip(windows, p, strict=True):
        inside = int(cases[window.members].sum())
        population = float(areas["population"].to_numpy()[window.members].sum())
        expected = total * population / people
        outside = (total - inside) / (total - expected) if expected < total else np.nan
        row = {
            "areas": tuple(names[np.sort(window.members)].tolist()),
            "cases": inside,
            "expected": expected,
            "relative_risk": inside / expected / outside if outside else np.inf,
            "llr": window.llr,
            "p": chance,
            "population": population,
            "centre": names[window.centre],
            "radius": window.radius,
        }
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))
