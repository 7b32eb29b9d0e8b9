"""Problems of the literature go through the search that plans sweeps."""

import os
from pathlib import Path

import numpy as np
import pytest
from pyvrp import Solution

from gis.analysis.sweeps.engine import LARGE, Budget, cost_of, improve
from gis.analysis.sweeps.instances import read_instance, solve_instance
from gis.errors import DataRejected, UsageError

CAPACITY = """NAME : four
TYPE : CVRP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 2
NODE_COORD_SECTION
1 0 0
2 0 10
3 1 10
4 0 -10
5 1 -10
DEMAND_SECTION
1 0
2 1
3 1
4 1
5 1
DEPOT_SECTION
1
-1
EOF
"""
WINDOWS = CAPACITY.replace("TYPE : CVRP", "TYPE : VRPTW\nVEHICLES : 4\nSERVICE_TIME : 1").replace(
    "DEPOT_SECTION", "TIME_WINDOW_SECTION\n1 0 100\n2 0 90\n3 0 90\n4 0 90\n5 0 90\nDEPOT_SECTION"
)
PRIZES = WINDOWS.replace("TYPE : VRPTW", "TYPE : PCVRPTW").replace(
    "DEPOT_SECTION", "PRIZE_SECTION\n1 0\n2 {0}\n3 {0}\n4 {0}\n5 {0}\nDEPOT_SECTION"
)


def write(folder: Path, text: str, *, sol: str | None = None) -> Path:
    """The instance as a file, with its solution beside."""
    file = folder / "four.vrp"
    file.write_text(text, encoding="utf-8")
    if sol is not None:
        file.with_suffix(".sol").write_text(sol, encoding="utf-8")
    return file


def test_distances_are_rounded_as_the_literature_does(tmp_path: Path) -> None:
    """Capacities alone: whole numbers. Windows: cut off after the first decimal. The best known is counted anew."""
    routes = "Route #1: 1 2\nRoute #2: 3 4\nCost 99\n"
    whole = read_instance(write(tmp_path, CAPACITY, sol=routes))
    assert (whole.unit, whole.best_known) == (1, 42)
    tenths = read_instance(write(tmp_path, WINDOWS, sol=routes))
    assert (tenths.unit, tenths.best_known) == (10, 42)
    assert solve_instance(tenths, 0.2, seed=1).cost == 42


def test_prizes_are_never_worse_than_visiting_nobody(tmp_path: Path) -> None:
    """Small prizes leave all at home at the sum of the prizes; large ones send vehicles out."""
    poor = read_instance(write(tmp_path, PRIZES.format(1))).data
    rich = read_instance(write(tmp_path, PRIZES.format(90))).data
    assert improve(poor, Budget(turns=20), seed=1) == Solution(poor, [])
    found = improve(rich, Budget(turns=50), seed=1)
    assert len(found.routes()) == 2
    assert cost_of(rich, found) < cost_of(rich, Solution(rich, []))


def test_a_start_is_never_made_worse(tmp_path: Path) -> None:
    """What is brought along comes back where nothing better is found."""
    data = read_instance(write(tmp_path, CAPACITY)).data
    best = Solution(data, [[0, 1], [2, 3]])
    assert cost_of(data, improve(data, Budget(turns=1), seed=1, starts=[best])) <= cost_of(data, best)


def make_large(number: int, *, capacity: int = 20) -> str:
    """Clients by chance around a depot, so many that the search goes part by part."""
    rng = np.random.default_rng(1)
    places = "".join(f"{place} {x} {y}\n" for place, (x, y) in enumerate(rng.integers(-999, 999, (number, 2)), start=2))
    demands = "".join(f"{place} 1\n" for place in range(2, number + 2))
    head = f"NAME : large\nTYPE : CVRP\nDIMENSION : {number + 1}\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : {capacity}\n"
    return f"{head}NODE_COORD_SECTION\n1 0 0\n{places}DEMAND_SECTION\n1 0\n{demands}DEPOT_SECTION\n1\n-1\nEOF\n"


def test_processors_change_no_route_of_a_large_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are shared among them; with the same seed and turns one and four find the same. Another seed does not."""
    data = read_instance(write(tmp_path, make_large(LARGE))).data
    found = []
    for processors, seed in ((1, 1), (4, 1), (1, 2)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _pid, n=processors: set(range(n)))
        found.append(improve(data, Budget(turns=60), seed=seed))
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_a_file_that_is_no_instance_is_refused(tmp_path: Path) -> None:
    """One message naming the file."""
    with pytest.raises(UsageError, match="no file"):
        read_instance(tmp_path / "none.vrp")
    with pytest.raises(DataRejected, match=r"four.vrp is no VRPLIB instance"):
        read_instance(write(tmp_path, "nothing of the kind\n"))
