"""Schema and cross-table rules: a canonical frame in, a Report out. Raises nothing, prints nothing.

A file is judged together with what the store holds already (`Stored`): a parent, an officer or a facility may stand in
either. An error rejects its row, or the file where no row is to blame; a warning rejects nothing.
"""

from datetime import date

import geopandas as gpd
import pandas as pd

from gis.tables import TABLES
from gis.texts import N_
from gis.validate.areas import check_areas, check_orphaned_children
from gis.validate.care import check_births, check_population, check_times
from gis.validate.duty import check_assignments
from gis.validate.events import check_days, check_inspections, check_places
from gis.validate.facilities import check_facilities
from gis.validate.report import Problem, Report, Severity, row_problems
from gis.validate.rows import check_cells, check_duplicates, check_periods, check_points, check_schema, is_one_of
from gis.validate.stored import Stored, empty_frame

__all__ = ["Problem", "Report", "Severity", "Stored", "empty_frame", "validate"]


def validate(
    kind: str,
    frame: pd.DataFrame,
    *,
    levels: tuple[str, ...],
    stored: Stored,
    located: pd.Series | None = None,
    today: date | None = None,
) -> Report:
    """Every problem of a canonical frame, in the order of its rows; those of the whole file come first.

    `levels`: of areas, highest first. `located`: for facilities, the code of the lowest area that contains each, on the
    index of `frame`, null for none; without it nothing is said about orphans; for cells, that of any area that does.
    `today`: events after it are rejected; without it none is.
    """
    table = TABLES[kind]
    problems = check_schema(frame, table)
    if problems:
        return Report(tuple(problems))
    problems += check_cells(frame, table) + check_periods(frame) + check_duplicates(frame, table)
    if table.day is not None:
        problems += check_days(frame, table.day, today=today)
    if kind == "areas":
        problems += check_areas(gpd.GeoDataFrame(frame), levels=levels, stored=stored.areas)
        problems += check_orphaned_children(frame, stored.areas, problems)
    elif kind == "assignments":
        problems += check_assignments(frame, stored=stored)
    elif kind == "facilities":
        problems += check_points(gpd.GeoDataFrame(frame))
        problems += check_facilities(frame, areas=stored.areas, located=located)
    elif kind == "outreach":
        problems += check_places(frame, areas=stored.areas)
    elif "facility_code" in table.references:
        problems += check_owners(frame, stored=stored)
    elif kind == "population":
        problems += check_points(gpd.GeoDataFrame(frame)) + check_population(frame, located=located)
    elif kind == "births":
        problems += check_births(frame, areas=stored.areas, stored=stored.births, women=stored.women)
    elif kind == "times":
        problems += check_times(
            frame, cells=stored.cells, facilities=pd.Index(list(stored.facility_codes), dtype="str")
        )
    if kind == "inspections":
        problems += check_inspections(frame)
    return Report(tuple(sorted(problems, key=lambda p: -1 if p.row is None else p.row)))


def check_owners(frame: pd.DataFrame, *, stored: Stored) -> list[Problem]:
    """A licence, a machine, an operator or an inspection belongs to a facility of the store."""
    owners = frame["facility_code"]
    return row_problems(
        frame.index,
        owners.notna() & ~is_one_of(owners, pd.Index(list(stored.facility_codes), dtype="str")),
        column="facility_code",
        rule="unknown-facility",
        text=N_("facility {code} is not in the database. Correct the code, or import the facilities first."),
        values={"code": owners},
    )
