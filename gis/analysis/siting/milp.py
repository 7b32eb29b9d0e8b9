"""Integer programs, solved by HiGHS through scipy: the best values, and a bound that nothing can beat."""

import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

Floats = NDArray[np.float64]

SCALE: Final = 1e4
"""Objectives are brought to about this size, so that the solver's absolute tolerances mean one part in 10^10."""


@dataclass(frozen=True)
class Program:
    """Minimise cost @ x where low <= matrix @ x <= high and floor <= x <= ceiling; `whole` values are integers."""

    cost: Floats
    matrix: Any
    """Sparse, a row for each condition."""
    low: Floats
    high: Floats
    whole: NDArray[np.bool_]
    floor: Floats
    ceiling: Floats


@dataclass(frozen=True)
class Solved:
    """What the solver found."""

    values: Floats | None
    """None where it found nothing that fits."""
    bound: float
    """No value is below it; infinite where it is shown that nothing fits."""
    finished: bool
    """Whether the search came to its end, by itself."""

    @property
    def impossible(self) -> bool:
        """Whether it is shown that nothing fits."""
        return self.finished and self.values is None


def solve(program: Program, *, seconds: float, relaxed: bool = False) -> Solved:
    """The program's solution; `relaxed` lets all values be fractions, which gives a bound only."""
    size = float(np.abs(program.cost).sum()) or 1.0
    factor = SCALE / size
    options = {"time_limit": max(seconds, 0.05), "mip_rel_gap": 0.0, "presolve": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = milp(
            program.cost * factor,
            integrality=np.zeros(len(program.cost)) if relaxed else program.whole.astype(np.uint8),
            bounds=Bounds(program.floor, program.ceiling),
            constraints=LinearConstraint(program.matrix, program.low, program.high),
            options=options,
        )
    if found.status == 2:
        return Solved(None, np.inf, finished=True)
    bound = getattr(found, "mip_dual_bound", None)
    if relaxed:
        bound = found.fun if found.status == 0 else None
    lowest = -np.inf if bound is None or np.isnan(bound) else float(bound) / factor
    values = None if found.x is None else np.asarray(found.x, dtype=np.float64)
    return Solved(values, lowest, finished=found.status == 0)
