"""Routing problems of the literature, in VRPLIB's format, solved by the search that plans sweeps.

Instances with time windows state coordinates, and the literature counts their distances cut off after the first
decimal (Solomon's as used by the DIMACS challenge of 2021; http://dimacs.rutgers.edu/programs/challenge/vrp/vrptw/);
those with capacities alone round to the nearest whole number (Uchoa and others, 2017, doi 10.1016/j.ejor.2016.08.012).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyvrp import ProblemData, read, read_solution, solve
from pyvrp.stop import MaxRuntime

from gis.analysis.sweeps.engine import Budget, cost_of, improve
from gis.errors import DataRejected, UsageError
from gis.texts import _

WINDOWS: Final = "TIME_WINDOW_SECTION"
TENTHS: Final = 10


@dataclass(frozen=True)
class Instance:
    """A problem read from a file."""

    name: str
    data: ProblemData
    unit: int
    """Whole numbers of the data to one of the literature."""
    best_known: float | None
    """What the solution beside the file costs, in the literature's numbers; prizes that are missed included."""


@dataclass(frozen=True)
class Outcome:
    """What was found, in the literature's numbers; None where nothing feasible was."""

    cost: float | None
    routes: int


def read_instance(file: Path) -> Instance:
    """An instance with its best known cost, where a `.sol` lies beside. Raises UsageError, DataRejected."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(_("There is no file {file}.", file=file)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataRejected(_("{file} cannot be read: {why}.", file=file.name, why=error)) from None
    windows = WINDOWS in text
    try:
        data = read(file, round_func="dimacs" if windows else "round")
    except (ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        raise DataRejected(_("{file} is no VRPLIB instance: {why}.", file=file.name, why=error)) from None
    unit = TENTHS if windows else 1
    return Instance(file.stem, data, unit, _best_known(file.with_suffix(".sol"), data, unit))


def _best_known(file: Path, data: ProblemData, unit: int) -> float | None:
    """What the routes of a solution file cost, counted anew; None without a file or where they are not feasible."""
    if not file.is_file():
        return None
    try:
        infeasible, cost = cost_of(data, read_solution(file, data))
    except (ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        raise DataRejected(_("{file} is no solution of its instance: {why}.", file=file.name, why=error)) from None
    return None if infeasible else cost / unit


def solve_instance(instance: Instance, seconds: float, *, seed: int) -> Outcome:
    """The routes of the search that plans sweeps."""
    found = improve(instance.data, Budget(seconds=seconds), seed=seed)
    infeasible, cost = cost_of(instance.data, found)
    return Outcome(None if infeasible else cost / instance.unit, len(found.routes()))


def solve_by_pyvrp_alone(instance: Instance, seconds: float, *, seed: int) -> Outcome:
    """The same by PyVRP as it comes: the peer."""
    found = solve(instance.data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False).best
    infeasible, cost = cost_of(instance.data, found)
    return Outcome(None if infeasible else cost / instance.unit, len(found.routes()))
