"""Access for a whole country, part by part, on the workers of a Dask cluster or in this process.

Every task is a pure function of files and of what the task before it gave, so the scheduler runs a task again when its
worker is lost, and nothing changes in the result (`gis.analysis.access.parts` says why). Workers need wangge and the
folders at the same path. A worker needs room for its share of the parts: what it cannot hold is spilled to disk.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gis.analysis.access.checks import reject
from gis.analysis.access.codes import Lookup
from gis.analysis.access.kernel import Floats, Ints, Scale
from gis.analysis.access.parts import (
    Load,
    Part,
    Size,
    add_load,
    find_scale,
    finish_part,
    load_part,
    prepare_part,
    ratios_of,
    size_part,
)
from gis.analysis.access.weights import make_rule, parse_weights
from gis.errors import DataRejected, UsageError
from gis.roles import Actor, permit
from gis.services.care.access_table import Asked
from gis.services.care.national_crew import Crew
from gis.services.care.national_files import DRAFTS, match_parts, read_columns, read_supply, write_part
from gis.texts import N_, Language, _, current_language, use_language
from gis.validate.access import check_supply

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """What is measured, and where it goes."""

    demand: Path
    supply: Path
    times: Path
    out: Path
    asked: Asked
    language: Language = "en"


class Done(NamedTuple):
    """What a part came to."""

    unreachable: int
    unreachable_people: float
    without: float
    """People whose access is 0: nothing within the catchment."""


def national_access(actor: Actor, job: Job, crew: Crew, *, progress: Progress = lambda _step: None) -> dict[str, Any]:
    """Access of every cell of the parts as a folder of parquet; what it came to.

    The folder is there whole or not at all. Raises DataRejected naming file, row, column and remedy, UsageError for a
    folder that exists already.
    """
    permit(actor, "national.run")
    if job.out.exists():
        raise UsageError(_("{file} exists already. Name a new folder.", file=job.out))
    if not job.out.absolute().parent.is_dir():
        raise UsageError(_("There is no folder {file}. Make it first.", file=job.out.absolute().parent))
    weights = parse_weights(job.asked.weights, minutes=job.asked.minutes)
    make_rule(job.asked.minutes, job.asked.method, weights, job.asked.choice)
    names = match_parts(job.demand, job.times)
    progress(_("Reading {file}", file=job.supply.name))
    supply = _supply(job.supply, _mark(job.supply))
    with tempfile.TemporaryDirectory(dir=job.out.absolute().parent, prefix=".wangge-") as staging:
        draft = Path(staging) / "result"
        draft.mkdir(mode=0o755)
        found = _measure(job, names, supply, crew, draft, progress)
        for stray in draft.rglob(DRAFTS):
            stray.unlink()
        draft.rename(job.out)
    return {"out": str(job.out), "parts": len(names), "sites": len(supply.lookup.index), **found}


def _measure(
    job: Job, names: list[str], supply: "Supply", crew: Crew, draft: Path, progress: Progress
) -> dict[str, Any]:
    """The three steps."""
    count = len(names)

    def collect(handles: Sequence[Any], text: str) -> Iterator[tuple[int, Any]]:
        for done, (place, result) in enumerate(crew.results(handles), start=1):
            progress(_(text, done=done, all=count))
            yield place, result

    parts = crew.each(_prepare, [job] * count, names)
    described: dict[int, tuple[Size, pd.Index[Any]]] = dict(
        collect(crew.each(_describe, parts), N_("Prepared {done} of {all} parts"))
    )
    _check_doubled([described[place][1] for place in range(count)], names)
    sizes = [described[place][0] for place in range(count)]
    scale = find_scale(sizes)
    total = np.zeros((len(supply.lookup.index), 2), dtype=np.int64)
    reached: dict[int, Ints] = {}
    for place, load in collect(crew.each(_load, parts, [scale] * count), N_("Added up {done} of {all} parts")):
        add_load(total, load)
        reached[place] = load.site
    ratio = ratios_of(total, supply.capacity, scale)
    sites = [reached[place] for place in range(count)]
    tasks = crew.each(_finish, [job] * count, names, parts, sites, [ratio[some] for some in sites], [draft] * count)
    done: list[Done] = [result for _place, result in sorted(collect(tasks, N_("Wrote {done} of {all} parts")))]
    return {
        "cells": sum(size.cells for size in sizes),
        "pairs": sum(size.pairs for size in sizes),
        "people": sum(size.people for size in sizes),
        "unreachable_cells": sum(one.unreachable for one in done),
        "unreachable_people": sum(one.unreachable_people for one in done),
        "people_without_access": sum(one.without for one in done),
        "sites_reached": int((ratio > 0).sum()),
    }


class Supply(NamedTuple):
    """The sites of the country."""

    lookup: Lookup
    capacity: Floats


def _mark(path: Path) -> tuple[int, int]:
    """Changes when a file does."""
    try:
        about = path.stat()
    except OSError as error:
        raise DataRejected(_("{file} does not exist or cannot be read. Check the path.", file=path)) from error
    return about.st_mtime_ns, about.st_size


@lru_cache(maxsize=1)
def _supply(path: Path, _changed: tuple[int, int]) -> Supply:
    """Read once in each process."""
    frame = read_supply(path)
    _name_file(path.name, lambda: reject(check_supply(frame)))
    return Supply(Lookup(pd.Index(frame["site"])), frame["capacity"].to_numpy())


def _name_file(name: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401
    """The result of the work; a refusal gets the name of the file before it."""
    try:
        return work()
    except DataRejected as error:
        if error.message.startswith(name):
            raise
        raise DataRejected(f"{name}: {error.message}", details=error.details) from None


def _prepare(job: Job, name: str) -> Part:
    """Task: reads a part and prepares it."""
    with use_language(job.language):
        sites = _supply(job.supply, _mark(job.supply)).lookup
        demand = read_columns(job.demand / name, "access_demand").set_index("cell")["demand"]
        times = read_columns(job.times / name, "access_times")
        asked = job.asked
        weights = parse_weights(asked.weights, minutes=asked.minutes)
        ways: dict[str, Any] = {"minutes": asked.minutes, "method": asked.method, "choice": asked.choice}
        part: Part = _name_file(name, lambda: prepare_part(demand, times, sites, weights=weights, **ways))
        return part


def _describe(part: Part) -> tuple[Size, "pd.Index[Any]"]:
    """Task: how large a part is, and its codes."""
    return size_part(part), part.reach.cells


def _load(part: Part, scale: Scale) -> Load:
    """Task: what a part brings to the sites."""
    return load_part(part, scale)


def _finish(job: Job, name: str, part: Part, site: Ints, ratio: Floats, draft: Path) -> Done:
    """Task: access of a part's cells, written."""
    sites = _supply(job.supply, _mark(job.supply)).lookup.index
    found = finish_part(part, site, ratio, sites)
    write_part(found, job.demand / name, draft / name)
    lost = found["access"].isna().to_numpy()
    nothing = found["access"].eq(0).to_numpy()
    return Done(int(lost.sum()), float(part.demand[lost].sum()), float(part.demand[nothing].sum()))


def _check_doubled(codes: "list[pd.Index[Any]]", names: list[str]) -> None:
    """No cell may stand in two parts."""
    every = pd.Series(np.concatenate([some.astype(object) for some in codes]), dtype="str")
    doubled = every.duplicated(keep=False)
    if doubled.any():
        part = np.repeat(np.arange(len(codes)), [len(some) for some in codes])
        code = every[doubled].iloc[0]
        where = [names[place] for place in part[(every == code).to_numpy()]]
        raise DataRejected(
            _("The cell {code} stands in {parts}. A cell belongs to one part.", code=code, parts=", ".join(where))
        )


def make_job(demand: Path, supply: Path, times: Path, out: Path, asked: Asked) -> Job:
    """A job with absolute paths, in the language of the caller."""
    return Job(
        demand=demand.absolute(),
        supply=supply.absolute(),
        times=times.absolute(),
        out=out.absolute(),
        asked=asked,
        language=current_language(),
    )
