"""How much antenatal care is needed where: births, pregnancies, visits and machine hours of a year, modelled per cell.

A *cell* is a piece of a map with residents, 250 metres wide or more; women are counted by five-year age group. Nothing
here is about a person, and nothing comes from a register of persons: there are cells and totals of areas only. Small
totals of registered births never come in (`gis.analysis.demand.births`), so none can come out.

Method: James et al. 2018, Scientific Data 5:180090 (doi 10.1038/sdata.2018.90), the gridded births and pregnancies of
WorldPop. In each cell women of an age times the births that a woman of that age has in a year, added up over the ages,
are the *expected* births. In an area with a registered total they are multiplied by what makes them that total. Births
times the pregnancies for each birth are pregnancies. WorldPop scales whole countries, this module each area.

Intervals are of 95 % and for what is expected of a year, not for what one year will bring. Every factor has a relative
error, all are taken as independent, and errors of products add up on the log scale (the delta method):

    the women and the rates of one cell       `population`, `rates_of_cell`, independent from cell to cell
    the level of the rates                    `rates`, common to all; it cancels where a registered total is known
    a registered total of n births            1 / sqrt(n), as a Poisson count, and 5 / sqrt(12) for the rounding
    pregnancies for each birth                `pregnancies`

In a scaled area only the share of a cell is uncertain: with relative error e of each cell and shares s the variance of
log(share) is e^2 (1 - 2 s + sum of s^2), none where one cell is the whole area. The delta method is chosen over
simulation: at errors of 10 to 20 % it comes to the same (a test simulates), gives the same figures every time, and
costs nothing on a country of cells. Low and high ends of several cells added up are an interval that is too wide, never
too narrow: independent errors cancel in part.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.policies import DemandPolicy
from gis.tables import WOMEN

Floats = NDArray[np.float64]

Z: Final = 1.959963984540054
"""Standard errors on either side of a 95 % interval."""
ROUNDED_TO: Final = 5
"""Registered totals are used and shown in steps of this."""
COLUMNS: Final = (
    *("women", "expected", "births", "pregnancies", "demand", "low", "high"),
    *("visits_1", "visits_2", "visits_3", "visits", "hours", "scaled", "area_code"),
)
MINUTES: Final = 60


def rates_table(policy: DemandPolicy) -> pd.DataFrame:
    """Births of a year for each woman: a row for each setting and each area with rates of its own."""
    return pd.DataFrame.from_dict({**policy.fertility, **policy.fertility_of}, orient="index", columns=list(WOMEN))


def model_demand(
    cells: pd.DataFrame, rates: pd.DataFrame, births: pd.DataFrame | None, policy: DemandPolicy
) -> pd.DataFrame:
    """Births, pregnancies, visits and hours of a year that are to be expected in each cell.

    Parameters: `cells` with `area_code` (may be missing), the seven columns of women and `rates`, the row of the table
    `rates` that holds in the cell; with `births`, also `total`, the area whose registered total the cell is part of
    (missing: none). `births`: index area, `per_year` and `counted`, both above 0, from `share_totals`; None for none.

    Returns on the cells' index: `women` (15 to 49), `expected` (births by the rates alone), `births`, `pregnancies`,
    `demand` (the same, under the name that access uses), `low, high` (95 % of pregnancies), `visits_1` to `visits_3` by
    trimester, `visits`, `hours` of ultrasound, all float64; `scaled` (bool: to a registered total), `area_code`.

    In an area with a total, cells without any woman get it by residents (`population`, where there is one), or in equal
    parts. Raises KeyError for rates that are not in the table.

    >>> from gis.policies import shipped_demand_policy
    >>> town = pd.DataFrame({age: [10.0, 30.0] for age in WOMEN}, index=["a", "b"])
    >>> town = town.assign(area_code="S", total="S", rates="urban")
    >>> totals = pd.DataFrame({"per_year": [20.0], "counted": [60.0]}, index=["S"])
    >>> policy = shipped_demand_policy()
    >>> model_demand(town, rates_table(policy), totals, policy)["births"].round(6).tolist()
    [5.0, 15.0]
    """
    women = cells[list(WOMEN)].to_numpy(np.float64)
    expected = (women * rates.loc[list(cells["rates"]), list(WOMEN)].to_numpy(np.float64)).sum(axis=1)
    cell_error2 = policy.population_error**2 + policy.cell_rates_error**2
    scaled = np.zeros(len(cells), dtype=bool)
    found, variance = expected, np.full(len(cells), cell_error2 + policy.rates_error**2)
    if births is not None and len(births) and len(cells):
        at = births.index.get_indexer(pd.Index(cells["total"]))
        scaled = at >= 0
        found, variance = expected.copy(), variance.copy()
        share = _shares(cells[scaled], expected[scaled], at[scaled])
        per_year, counted = (births[name].to_numpy(np.float64)[at[scaled]] for name in ("per_year", "counted"))
        found[scaled] = share * per_year
        concentration = np.bincount(at[scaled], share**2, minlength=len(births))[at[scaled]]
        rounding = ROUNDED_TO**2 / 12 / per_year**2
        spread = np.maximum(1 - 2 * share + concentration, 0.0)
        variance[scaled] = cell_error2 * spread + 1 / counted + rounding
    pregnancies = found * policy.pregnancies_per_birth
    factor = np.exp(Z * np.sqrt(variance + policy.pregnancies_error**2))
    visits = _by_trimester(policy.visits, pregnancies, found)
    scans = _by_trimester(policy.scans, pregnancies, found)
    return pd.DataFrame(
        {
            **{"women": women.sum(axis=1), "expected": expected, "births": found, "pregnancies": pregnancies},
            **{"demand": pregnancies, "low": pregnancies / factor, "high": pregnancies * factor},
            **{f"visits_{n}": column for n, column in enumerate(visits, 1)},
            **{"visits": sum(visits), "hours": sum(scans) * policy.scan_minutes / MINUTES, "scaled": scaled},
            "area_code": cells["area_code"].to_numpy(),
        },
        index=cells.index,
    )


def _shares(cells: pd.DataFrame, expected: Floats, at: NDArray[np.intp]) -> Floats:
    """Each cell's share of the births of its area: by expected births, else by residents, else in equal parts."""
    residents = cells["population"].to_numpy(np.float64) if "population" in cells else np.zeros(len(cells))
    share = np.zeros(len(cells))
    left = np.ones(len(cells), dtype=bool)
    for weight in (expected, np.nan_to_num(residents), np.ones(len(cells))):
        total = np.bincount(at, weight, minlength=at.max(initial=0) + 1)[at]
        use = left & (total > 0)
        share[use] = weight[use] / total[use]
        left &= ~use
    return share


def _by_trimester(needed: tuple[float, ...], pregnancies: Floats, births: Floats) -> list[Floats]:
    """In the first trimester for every pregnancy, afterwards for those that end in a birth."""
    return [number * (pregnancies if n == 0 else births) for n, number in enumerate(needed)]
