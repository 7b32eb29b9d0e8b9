"""Clusters in a file: a table of areas in, the clusters out; nothing is stored."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.analysis.scan.clusters import Model, Rates, Scan, find_clusters
from gis.roles import Actor, permit
from gis.services.file_tables import read_table
from gis.validate.clusters import check_clusters


@dataclass(frozen=True)
class Asked:
    """How to scan; the words of `gis.analysis.scan.clusters`."""

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
    bernoulli = asked.model == "bernoulli"
    frame = read_table(
        file, "clusters", lambda table: check_clusters(table, bernoulli=bernoulli).problems, encoding=encoding
    )
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
