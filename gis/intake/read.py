"""From a file to the tables in it, as text: nothing is interpreted here, and nothing is left out.

The *main table* is the one that is imported. A *hidden place* is anything else in the file that holds text: another
sheet, a comment, a nested object, a second layer. It is handed on so that the firewall can look there as well.
Which parser reads a file is decided by the ending of its name; the parser runs behind a wall (`sandbox`).
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.errors import DataRejected, UsageError
from gis.intake import sandbox
from gis.intake.readers.channel import GEOMETRY, MAIN, Job
from gis.intake.readers.encoding import canonical_encoding
from gis.intake.source import Source
from gis.texts import _

FORMATS: Final[Mapping[str, str]] = {
    ".csv": "CSV",
    ".xlsx": "XLSX",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".gpkg": "GPKG",
    ".shp": "SHP",
    ".zip": "SHP",
    ".kml": "KML",
    ".kmz": "KML",
    ".parquet": "Parquet",
    ".geoparquet": "Parquet",
    ".tif": "Raster",
    ".tiff": "Raster",
}
"""Ending of the name -> format."""

MOST_BYTES: Final = 2**30
"""Size of a file."""


@dataclass(frozen=True)
class HiddenPlace:
    """Text that is not in the main table, and where it stands."""

    name: str
    frame: pd.DataFrame


@dataclass(frozen=True)
class RawFile:
    """A file as it is."""

    path: Path
    frame: pd.DataFrame
    """The main table: original headers in order, every value `str` or null, RangeIndex."""
    geometry: NDArray[np.object_] | None
    """Shapely geometries in the file's own coordinates, two-dimensional; None where the format has none."""
    crs: str | None
    """As the file states it, WKT or `EPSG:n`; None where it states nothing."""
    encoding: str
    evidence: Mapping[str, Any]
    """JSON-ready: how the file was understood."""
    hidden: tuple[HiddenPlace, ...]


def read_file(path: Path, source: Source, *, encoding: str | None = None) -> RawFile:
    """The tables of a file.

    Raises DataRejected (file, row where it is known, remedy) for what is unreadable, too big or hostile; UsageError
    for an encoding that does not exist.
    """
    path = Path(path)
    form = check_file(path, FORMATS)
    if encoding is not None and canonical_encoding(encoding) is None:
        raise UsageError(_("Unknown encoding {encoding}. Use UTF-8, GB18030 or Big5.", encoding=encoding))
    job = Job(os.path.abspath(path), form, source.kind, source.geometry, source.words, encoding)  # noqa: PTH100
    parsed = sandbox.parse(job)
    evidence: dict[str, Any] = {"format": form, **parsed.evidence}
    chosen = evidence.get("encoding", {}).get("chosen", "UTF-8")
    main = parsed.places.get(MAIN, pa.table({}))
    hidden = [HiddenPlace(name, _texts(table)) for name, table in parsed.places.items() if name != MAIN]
    geometry = _geometry(main, path)
    if geometry is not None:
        main = main.drop_columns([GEOMETRY])
    return RawFile(path, _texts(main), geometry, parsed.crs, chosen, evidence, tuple(hidden))


def check_file(path: Path, formats: Mapping[str, str]) -> str:
    """The format of a file that exists, is an ordinary one, and is not huge. Raises DataRejected for any other."""
    form = formats.get(path.suffix.lower())
    if form is None:
        known = ", ".join(formats)
        raise DataRejected(_("{file}: unknown ending. Use one of {known}.", file=path.name, known=known))
    try:
        about = path.stat()
    except (OSError, ValueError) as error:
        raise DataRejected(_("{file} does not exist or cannot be read. Check the path.", file=path.name)) from error
    if not stat.S_ISREG(about.st_mode) or not os.access(path, os.R_OK):
        raise DataRejected(_("{file} does not exist or cannot be read. Check the path.", file=path.name))
    if about.st_size == 0:
        raise DataRejected(_("{file} is empty. Save the data again.", file=path.name))
    if about.st_size > MOST_BYTES:
        raise DataRejected(_("{file} is larger than {size} MB. Split it.", file=path.name, size=MOST_BYTES >> 20))
    return form


def _texts(table: pa.Table) -> pd.DataFrame:
    """A frame of text columns."""
    columns = {name: table.column(name).to_pandas() for name in table.column_names}
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows), dtype="str")


def _geometry(table: pa.Table, path: Path) -> NDArray[np.object_] | None:
    """The geometries that a parser sent; they were parsed once already behind the wall."""
    if GEOMETRY not in table.column_names:
        return None
    try:
        return np.asarray(shapely.from_wkb(table.column(GEOMETRY).to_numpy()), dtype=object)
    except (shapely.errors.ShapelyError, TypeError) as error:
        raise DataRejected(_("{file}: the geometry cannot be read. Save it again.", file=path.name)) from error
