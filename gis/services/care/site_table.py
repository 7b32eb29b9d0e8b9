"""Where to put sites, from files: demand, candidates and times in, the sites to open out; nothing is stored."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.analysis.siting.choose import SECONDS, Model, Siting, choose_sites
from gis.errors import UsageError
from gis.roles import Actor, permit
from gis.services.file_tables import read_table
from gis.texts import N_, _
from gis.validate import Problem
from gis.validate.access import check_demand, check_times
from gis.validate.report import problem_at
from gis.validate.siting import check_candidates

_UNKNOWN_SITE = N_("{value} is none of the candidates. Correct the code, or leave the row out.")


@dataclass(frozen=True)
class Asked:
    """What is looked for; the words of `gis.analysis.siting.choose`."""

    model: Model
    p: int | None = None
    limit: float | None = None
    capacitated: bool = False
    seed: int = 1
    seconds: float = SECONDS


@dataclass(frozen=True)
class Files:
    """The three tables: cell, demand; site [, existing, capacity]; origin, destination, minutes."""

    demand: Path
    candidates: Path
    times: Path
    encoding: str | None = None


def site_files(
    actor: Actor, files: Files, asked: Asked, *, progress: Callable[[str], None] = lambda _step: None
) -> dict[str, Any]:
    """`{"model", "objective", "sites", "assignment", "bound", "gap", "proven", ...}` of three files.

    Raises UsageError for a question without the numbers that its model needs, DataRejected (file, row, column,
    remedy; `details["problems"]`) for a file that cannot be used or a question that no choice of sites answers
    (`details["cells"]`: those that no candidate reaches), and FirewallRefused for a file with personal data.
    """
    permit(actor, "siting.plan")
    refuse_question(asked)
    progress(_("Reading {file}", file=files.demand.name))
    demand = read_table(files.demand, "access_demand", check_demand, encoding=files.encoding)
    progress(_("Reading {file}", file=files.candidates.name))
    candidates = read_table(
        files.candidates, "site_candidates", lambda frame: _check_all(frame, asked), encoding=files.encoding
    )
    cells, sites = pd.Index(demand["cell"]), pd.Index(candidates["site"])
    progress(_("Reading {file}", file=files.times.name))
    times = read_table(
        files.times,
        "access_times",
        lambda frame: check_times(frame, cells=cells, sites=sites, unknown_site=_UNKNOWN_SITE),
        encoding=files.encoding,
    )
    progress(_("Choosing sites"))
    table = candidates.set_index("site")
    if "existing" in table:
        table["existing"] = (table["existing"] == "yes").fillna(False).astype(bool)
    begin = time.perf_counter()
    found = choose_sites(
        demand.set_index("cell")["demand"],
        table,
        times,
        model=asked.model,
        p=asked.p,
        limit=asked.limit,
        capacitated=asked.capacitated,
        seed=asked.seed,
        seconds=asked.seconds,
    )
    return {**describe(found), "seconds": round(time.perf_counter() - begin, 3)}


def refuse_question(asked: Asked) -> None:
    """Raises UsageError where a number is missing that the model needs, or is none."""
    if asked.model in ("lscp", "mclp") and asked.limit is None:
        raise UsageError(_("{model} needs --limit: how far a site reaches.", model=asked.model))
    if asked.model != "lscp" and asked.p is None:
        raise UsageError(_("{model} needs --p: how many sites are open.", model=asked.model))
    if asked.limit is not None and not (math.isfinite(asked.limit) and asked.limit >= 0):
        raise UsageError(_("--limit is a number of at least 0."))
    if asked.p is not None and asked.p < 1:
        raise UsageError(_("--p is a whole number of at least 1."))


def describe(found: Siting) -> dict[str, Any]:
    """What was found, JSON-ready; a cell that no site serves is assigned to None."""
    rows = found.assignment
    served = rows["site"].notna().to_numpy()
    sites = rows["site"].astype(object).where(served, None)
    minutes = rows["minutes"].round(6).astype(object).where(np.isfinite(rows["minutes"]), None)
    document: dict[str, Any] = {
        "model": found.model,
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "proven": found.proven,
        "sites": list(found.sites),
        "assignment": dict(zip(map(str, rows.index), sites, strict=True)),
        "minutes": dict(zip(map(str, rows.index), minutes, strict=True)),
        "unserved": [str(code) for code in rows.index[~served]],
    }
    if found.shares is not None:
        columns = (found.shares[name] for name in ("cell", "site", "share"))
        document["shares"] = [
            {"cell": cell, "site": site, "share": round(share, 6)} for cell, site, share in zip(*columns, strict=True)
        ]
    return document


def _check_all(frame: pd.DataFrame, asked: Asked) -> list[Problem]:
    if frame.empty:
        return [problem_at(None, None, "no-rows", "error", _("The file has no rows. Add one for each candidate."))]
    if asked.capacitated and "capacity" not in frame:
        text = _("the column is missing, and --capacitated needs it. Add it, or leave --capacitated out.")
        return [problem_at(None, "capacity", "missing-column", "error", text)]
    return check_candidates(frame, capacitated=asked.capacitated)
