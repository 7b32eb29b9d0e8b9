"""Demand out of files: cells, areas and registered births in, modelled cells out; nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from gis.analysis.demand.run import Demand, run_demand
from gis.crs import Datum
from gis.errors import DataRejected
from gis.intake.firewall import inspect
from gis.intake.normalise import normalise
from gis.intake.read import read_file
from gis.intake.source import load_source
from gis.policies import read_demand_policy
from gis.roles import Actor, permit
from gis.services.file_tables import read_table, refuse
from gis.services.imports.care import count_women
from gis.services.imports.run import locate_rows
from gis.services.workspace import today
from gis.tables import WOMEN, Kind
from gis.texts import _
from gis.validate import Report, Stored, empty_frame, validate
from gis.validate.care import check_totals


@dataclass(frozen=True)
class Files:
    """What is modelled from; at least cells, or areas with dwellings."""

    population: Path | None = None
    totals: Path | None = None
    """Residents by area, in the place of cells."""
    areas: Path | None = None
    births: Path | None = None
    policy: Path | None = None
    datum: Datum | None = None
    encoding: str | None = None


def model_files(actor: Actor, files: Files, *, levels: Sequence[str]) -> Demand:
    """Modelled demand, with the warnings of the files among its notes.

    Raises DataRejected (file, row, column, remedy; `details["problems"]`) for a file that cannot be used,
    FirewallRefused for one with personal data, UsageError for a policy that cannot be.
    """
    permit(actor, "demand.read")
    if files.population is None and files.areas is None:
        raise DataRejected(_("Nothing to model from. Give --population, or --areas with dwellings."))
    if files.areas is None and (files.births is not None or files.totals is not None):
        raise DataRejected(_("Totals and registered births belong to areas. Give --areas too."))
    if files.population is not None and files.totals is not None:
        raise DataRejected(_("Residents stand in two files. Give --population or --totals."))
    policy = read_demand_policy(files.policy)
    notes: list[str] = []
    nothing = Stored.empty()
    areas = gpd.GeoDataFrame(_read(files.areas, "areas", nothing, files, notes, levels=levels))
    there = Stored(areas, nothing.officers, nothing.assignments, nothing.facility_codes)
    cells = gpd.GeoDataFrame(_read(files.population, "population", there, files, notes, levels=levels))
    women = count_women(cells, areas, levels=levels)
    known = Stored(areas, nothing.officers, nothing.assignments, nothing.facility_codes, women=women)
    births = _read(files.births, "births", known, files, notes, levels=levels)
    totals = None if files.totals is None else _read_totals(files.totals, areas, encoding=files.encoding)
    found = run_demand(cells, areas, births, policy, levels=levels, totals=totals)
    return Demand(found.cells, found.reported, (*notes, *found.notes))


def _read(
    file: Path | None, kind: Kind, stored: Stored, files: Files, notes: list[str], *, levels: Sequence[str]
) -> pd.DataFrame:
    """A canonical frame of a file without any error; empty where there is no file. Warnings go to the notes."""
    if file is None:
        return empty_frame(kind)
    source = load_source(kind)
    raw = read_file(file, source, encoding=files.encoding)
    report = Report(inspect(raw, source))
    normalised = normalise(raw, source, datum=files.datum, areas=stored.areas)
    report = report.plus(normalised.problems)
    frame = normalised.frame
    if not report.refuses_file:
        located = locate_rows(kind, frame, stored.areas)
        checked = validate(kind, frame, levels=tuple(levels), stored=stored, located=located, today=today())
        report = report.plus(checked.problems)
    errors = [p for p in report.problems if p.severity == "error"]
    if errors:
        raise refuse(file, errors)
    notes += [f"{file.name}: {p.message}" for p in report.problems]
    return frame


def _read_totals(file: Path, areas: gpd.GeoDataFrame, *, encoding: str | None) -> pd.DataFrame:
    """Residents, and women where they are known, by area code. Raises DataRejected and FirewallRefused."""
    columns = ["area_code", "population", *WOMEN]
    blank = dict.fromkeys(WOMEN, "float64")
    frame = read_table(
        file,
        "totals",
        lambda table: check_totals(table.reindex(columns=columns).astype(blank), areas=areas),
        encoding=encoding,
    )
    return frame.reindex(columns=columns).astype(blank).set_index("area_code")
