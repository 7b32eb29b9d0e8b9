"""Change files: an areas file with one more column, `old_code`, in which almost everything may be left out.

What a row leaves out is taken over from the area that it replaces, so only `code` must be there; a file without
polygons (CSV, XLSX) is fine where the kind of change needs none.
"""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.crs import STORAGE
from gis.errors import DataRejected
from gis.intake.normalise import WKT, match_columns, read_columns
from gis.intake.position import FileProblem, Place, place_polygons, read_reference_system
from gis.intake.read import RawFile
from gis.intake.source import Source, SourceColumn, load_source
from gis.texts import _
from gis.validate import Problem

OLD_CODE: Final = SourceColumn(name="old_code", aliases=("原编码", "原代码", "旧编码", "旧代码", "原区划代码"))


def change_source() -> Source:
    """What a change file may hold: the columns of areas, only `code` required, and `old_code`."""
    areas = load_source("areas")
    columns = tuple(c.model_copy(update={"required": c.name == "code"}) for c in areas.columns)
    return Source(kind=areas.kind, columns=(*columns, OLD_CODE), geometry="polygon", ignored=areas.ignored)


def read_change_rows(raw: RawFile, source: Source, *, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows of a change file that the firewall let pass, as `gis.analysis.areas.changes.plan_change` takes them.

    Index: the 1-based row numbers of the file. Geometry in EPSG:4326, None where a row has none. `areas`: those of
    the store, which tell the datum. Raises DataRejected with the first error.
    """
    try:
        with_polygons = raw.geometry is not None or any(source.resolve(str(h)) == WKT for h in raw.frame.columns)
        headers = match_columns(raw, source if with_polygons else source.model_copy(update={"geometry": None}))
        cells, problems, _notes = read_columns(raw, source, headers)
        geometry = np.full(len(cells), None, dtype=object)
        if with_polygons:
            place = _place(raw, cells, areas)
            problems += place.problems
            geometry = place.geometry
    except FileProblem as refusal:
        raise _rejection(refusal.problem) from None
    for problem in problems:
        if problem.severity == "error":
            raise _rejection(problem)
    return gpd.GeoDataFrame(cells.drop(columns=WKT, errors="ignore"), geometry=geometry, crs=STORAGE)


def _place(raw: RawFile, cells: pd.DataFrame, areas: gpd.GeoDataFrame) -> Place:
    if raw.geometry is not None:
        polygons, stated = read_reference_system(raw.geometry, raw.crs, option=None)
    else:
        polygons, stated = shapely.from_wkt(cells[WKT].to_numpy(object), on_invalid="ignore"), None
    parents = cells["parent_code"] if "parent_code" in cells else pd.Series(None, index=cells.index, dtype="str")
    return place_polygons(polygons, cells["code"], parents, areas=areas, option=None, stated=stated)


def _rejection(problem: Problem) -> DataRejected:
    details = {"row": problem.row, "column": problem.column, "rule": problem.rule}
    return DataRejected(problem.message, details=details)


VALUES: Final = Source(
    kind="values",
    columns=(
        SourceColumn(name="area_code", type="code", required=True, aliases=("区域编码", "区划代码", "编码")),
        SourceColumn(name="value", type="number", required=True, aliases=("数值", "值")),
    ),
)
"""A table of totals by area, one row an area."""


def read_values(raw: RawFile) -> pd.Series:
    """Totals (float64) indexed by area code, of a file that the firewall let pass. Raises DataRejected."""
    try:
        headers = match_columns(raw, VALUES)
        cells, problems, _notes = read_columns(raw, VALUES, headers)
    except FileProblem as refusal:
        raise _rejection(refusal.problem) from None
    for problem in problems:
        raise _rejection(problem)
    twice = cells["area_code"].duplicated() | cells["area_code"].isna()
    if twice.any():
        row = int(cells.index[twice][0])
        message = _("Row {row}, column area_code: the code is missing or stands in the file twice.", row=row)
        raise DataRejected(message, details={"row": row, "column": "area_code"})
    return cells.astype({"area_code": "str"}).set_index("area_code")["value"].astype(float)
