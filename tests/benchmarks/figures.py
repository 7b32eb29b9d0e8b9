"""What every benchmark measures with: a figure, the median of some timings, and a child process for memory."""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypedDict, TypeVar

Result = TypeVar("Result")


class Figure(TypedDict):
    """One line of output."""

    name: str
    value: float
    unit: str
    peer: str | None
    peer_value: float | None
    ratio: float | None


def figure(name: str, value: float, unit: str, *, peer: str | None = None, peer_value: float | None = None) -> Figure:
    """A line, rounded to four significant digits."""
    ratio = None if peer_value is None else _rounded(value / peer_value)
    return Figure(
        name=name,
        value=_rounded(value),
        unit=unit,
        peer=peer,
        peer_value=None if peer_value is None else _rounded(peer_value),
        ratio=ratio,
    )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def median_seconds(work: Callable[[], Result], *, repeats: int = 3) -> tuple[float, Result]:
    """Median of the wall times of some runs, and the result of the last."""
    times = []
    for _turn in range(repeats):
        begin = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times), result


def medians_side_by_side(
    works: Mapping[str, Callable[[], Result]], *, repeats: int = 3
) -> dict[str, tuple[float, Result]]:
    """Median wall time and last result of each, in rounds: what else the machine does falls on all alike."""
    rounds = [{name: median_seconds(work, repeats=1) for name, work in works.items()} for _turn in range(repeats)]
    return {name: (statistics.median(turn[name][0] for turn in rounds), rounds[-1][name][1]) for name in works}


def peak_megabytes(work: Callable[[], object]) -> float:
    """The highest resident memory of a fresh process that does the work, its imports included.

    Read from /proc: `getrusage` would count what the process that started it held at that moment.
    """
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("spawn").Process(target=_report_peak, args=(work, sender))
    child.start()
    sender.close()
    peak: float = receiver.recv()
    child.join()
    return peak


def _report_peak(work: Callable[[], object], sender: Connection) -> None:
    work()
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    sender.send(int(peak.split()[1]) / 1024)
