"""Files of places to travel between: a code and a point a row, such as facilities or the cells of a grid."""

from typing import Final

import numpy as np
import pandas as pd
import shapely

from gis.errors import DataRejected
from gis.intake.normalise import match_columns, read_columns
from gis.intake.position import FileProblem, place_points, read_reference_system
from gis.intake.read import RawFile
from gis.intake.source import Source, load_source
from gis.texts import _
from gis.validate import Problem

_USED: Final = ("code", "lon", "lat")
_CODES: Final = ("cell", "site", "place", "origin", "destination", "格网", "站点", "地点")
_COUNTS: Final = (
    *("population", "demand", "capacity", "人口", "需求", "容量"),
    *(f"women_{age}_{age + 4}" for age in range(15, 50, 5)),
)


def place_source() -> Source:
    """What such a file may hold: the code under any of its names, the point, and what facilities and cells have."""
    facilities = load_source("facilities")
    columns = tuple(c for c in facilities.columns if c.name in _USED)
    columns = tuple(c.model_copy(update={"aliases": (*c.aliases, *_CODES)}) if c.name == "code" else c for c in columns)
    others = [c for c in facilities.columns if c.name not in _USED]
    unread = tuple(name for column in others for name in (column.name, *column.aliases))
    return Source(kind="places", columns=columns, geometry="point", ignored=(*facilities.ignored, *unread, *_COUNTS))


def read_places(raw: RawFile, source: Source) -> pd.DataFrame:
    """`code` (str), `lon`, `lat` of a file that the firewall let pass, in its order.

    Raises DataRejected, naming row and column, for a row without a code or a point, and for a code that is there twice.
    """
    try:
        headers = match_columns(raw, source)
        cells, problems, _notes = read_columns(raw, source, headers)
        stated = None
        if raw.geometry is not None:
            points, stated = read_reference_system(raw.geometry, raw.crs, option=None)
            lon, lat = shapely.get_x(points), shapely.get_y(points)
        else:
            lon, lat = cells["lon"].to_numpy(float), cells["lat"].to_numpy(float)
        codes = pd.Series(None, index=cells.index, dtype="str")
        place = place_points(lon, lat, codes, areas=None, option=None, stated=stated)
    except FileProblem as refusal:
        raise _rejection(refusal.problem) from None
    for problem in (*problems, *place.problems):
        if problem.severity == "error":
            raise _rejection(problem)
    nowhere = shapely.is_missing(place.geometry)
    code = cells["code"].astype("str")
    wrong = np.asarray(nowhere | code.isna() | code.duplicated())
    if wrong.any():
        row = int(cells.index[wrong][0])
        if nowhere[wrong.argmax()]:
            message, column = _("Row {row}: the place has no point. Fill in lon and lat.", row=row), "lon"
        else:
            message, column = _("Row {row}: the code is missing or stands in the file twice.", row=row), "code"
        raise DataRejected(message, details={"row": row, "column": column})
    found = pd.DataFrame({"code": code, "lon": shapely.get_x(place.geometry), "lat": shapely.get_y(place.geometry)})
    return found.reset_index(drop=True)


def _rejection(problem: Problem) -> DataRejected:
    details = {"row": problem.row, "column": problem.column, "rule": problem.rule}
    return DataRejected(problem.message, details=details)
