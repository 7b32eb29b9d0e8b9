"""Clusters in a file: a table of areas in, the clusters out; nothing is stored."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.analysis.scan import Model, Rates, Scan, find_clusters
from gis.errors import DataRejected
from gis.intake.firewall import inspect
from gis.intake.normalise import match_columns, read_columns
from gis.intake.position import FileProblem
from gis.intake.read import read_file
from gis.intake.source import load_source
from gis.roles import Actor, permit
from gis.texts import _
from gis.validate import Problem
from gis.validate.clusters import check_clusters

_NAMED = 5
"""Problems that the message of a refusal holds; its details hold all."""


@dataclass(frozen=True)
class Asked:
    """How to scan; the words of `gis.analysis.scan`."""

    model: Model = "poisson"
    rates: Rates = "high"
    max_share: float = 0.5
    replicates: int = 999
    seed: int = 1
    most: int = 10
    ellipses: Sequence[float] = ()


def scan_file(actor: Actor, file: Path, asked: Asked, *, encoding: str | None = None) -> dict[str, Any]:
    """`{"clusters": [...], "areas", "cases", "population", ...}` of a file with area, x, y, cases, population.

    Raises DataRejected (row, column, remedy; `details["problems"]`) for a file that cannot be scanned, and
    FirewallRefused for one with personal data.
    """
    permit(actor, "clusters.read")
    source = load_source("clusters")
    raw = read_file(file, source, encoding=encoding)
    inspect(raw, source)
    try:
        cells, problems, _notes = read_columns(raw, source, match_columns(raw, source))
    except FileProblem as refusal:
        raise _refusal(file, [refusal.problem]) from None
    frame = cells[["area", "x", "y", "cases", "population"]]
    unread = {(p.row, p.column) for p in problems}
    report = check_clusters(frame, bernoulli=asked.model == "bernoulli")
    problems += [p for p in report.problems if (p.row, p.column) not in unread]
    if problems:
        raise _refusal(file, sorted(problems, key=lambda p: -1 if p.row is None else p.row))
    return describe(scan(frame, asked), frame, asked)


def scan(frame: pd.DataFrame, asked: Asked) -> Scan:
    """The scan on all processors that this process may use."""
    table = frame.astype({"area": "str", "x": "float64", "y": "float64", "cases": "int64", "population": "float64"})
    return find_clusters(
        table.reset_index(drop=True),
        model=asked.model,
        rates=asked.rates,
        max_share=asked.max_share,
        replicates=asked.replicates,
        seed=asked.seed,
        most=asked.most,
        ellipses=asked.ellipses,
        threads=len(os.sched_getaffinity(0)),
    )


def describe(found: Scan, frame: pd.DataFrame, asked: Asked) -> dict[str, Any]:
    """The clusters and what they come from, JSON-ready; an infinite relative risk is None."""
    columns = {name: found.clusters[name].tolist() for name in found.clusters}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for row in rows:
        row["areas"] = list(row["areas"])
        row["relative_risk"] = row["relative_risk"] if np.isfinite(row["relative_risk"]) else None
    return {
        "model": asked.model,
        "rates": asked.rates,
        "max_share": asked.max_share,
        "replicates": asked.replicates,
        "seed": asked.seed,
        "areas": len(frame),
        "cases": int(frame["cases"].sum()),
        "population": float(frame["population"].sum()),
        "clusters": rows,
    }


def _refusal(file: Path, problems: Sequence[Problem]) -> DataRejected:
    """One message with the first problems, and all of them in the details."""
    lines = [p.message for p in problems[:_NAMED]]
    if len(problems) > _NAMED:
        lines.append(_("{count} more problems; --format json lists them all.", count=len(problems) - _NAMED))
    text = f"{file.name}: " + "\n".join(lines)
    return DataRejected(text, details={"problems": [vars(p) for p in problems]})
