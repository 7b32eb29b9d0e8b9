"""Access by plain loops over a table, as the papers write it; slow, and for small tables only."""

from collections.abc import Callable, Mapping

Pair = tuple[str, str]


def plain_access(
    demand: Mapping[str, float],
    supply: Mapping[str, float],
    times: Mapping[Pair, float],
    *,
    minutes: float,
    weight: Callable[[float], float],
    three: bool = False,
    within: bool = False,
) -> dict[str, float]:
    """Access of each cell by its definition; `three` for 3SFCA, `within` for choices in the catchment only."""

    def share(cell: str, site: str) -> float:
        if not three:
            return 1.0
        choices = [m for (c, _s), m in times.items() if c == cell and (m <= minutes or not within)]
        return weight(times[cell, site]) / sum(weight(m) for m in choices)

    near = {pair: weight(m) for pair, m in times.items() if m <= minutes and weight(m) > 0}
    load = {
        site: sum(demand[c] * w * share(c, s) for (c, s), w in near.items() if s == site and demand[c])
        for site in supply
    }
    return {
        cell: sum(supply[s] / load[s] * w * share(c, s) for (c, s), w in near.items() if c == cell and load[s])
        for cell in demand
    }


HOSPITAL_DEMAND = {"1": 100.0, "2": 50.0, "3": 10.0}
HOSPITAL_SUPPLY = {"1": 15.0, "2": 20.0, "3": 100.0}


def hospital_times(*, inbound: float, outbound: float, across: float) -> dict[Pair, float]:
    """Three tracts, a hospital in the third: minutes to it, from it, and between the other two."""
    own = {(tract, tract): 1.0 for tract in "123"}
    return {
        **own,
        **{(tract, "3"): inbound for tract in "12"},
        **{("3", tract): outbound for tract in "12"},
        **{("1", "2"): across, ("2", "1"): across},
    }


HOSPITAL = {
    "gridlock": hospital_times(inbound=40, outbound=40, across=80),
    "fast inbound": hospital_times(inbound=20, outbound=40, across=80),
    "fast outbound": hospital_times(inbound=40, outbound=20, across=80),
    "fast both ways": hospital_times(inbound=20, outbound=20, across=40),
}
"""PySAL `access` 1.1.9, tests/test_hospital_example.py, scenarios 0 to 3."""
