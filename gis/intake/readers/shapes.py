"""Geometries made harmless: parsed inside the wall, flattened to two dimensions, sent on as plain WKB.

Curves are refused by GEOS and have to be straightened by who wrote them, or by GDAL before they come here. A
geometry that is invalid (a bow tie) passes: whether that is acceptable is decided later, with its row.
"""

from collections.abc import Sequence
from typing import Final, cast

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.intake.readers.channel import GEOMETRY, N_, Job, Output, Refused, fold

WKT: Final = "geometry"
"""Canonical column that holds geometry as well-known text, in formats without geometry."""

_UNREADABLE: Final = (shapely.errors.ShapelyError, NotImplementedError, TypeError, ValueError)


def to_wkb(geometries: NDArray[np.object_]) -> pa.Array:
    """Two-dimensional WKB, null where there is no geometry."""
    flat = shapely.force_2d(geometries)
    return pa.array(shapely.to_wkb(flat, include_srid=False), pa.binary())


def clean_wkb(values: Sequence[bytes | None], *, first_row: int) -> pa.Array:
    """WKB from a file, parsed and written anew. Raises Refused with the row of one that does not parse."""
    try:
        return to_wkb(np.asarray(shapely.from_wkb(np.asarray(values, dtype=object)), dtype=object))
    except _UNREADABLE:
        for row, value in enumerate(values, first_row):
            try:
                shapely.from_wkb(value)
            except _UNREADABLE as error:
                raise Refused(
                    N_("{file}, row {row}: the geometry cannot be read. Straighten curves, close rings, save again."),
                    row=row,
                ) from error
        raise


def polygon(rings: Sequence[ArrayLike]) -> shapely.Polygon:
    """A polygon from its shell and holes. Raises ValueError or ShapelyError for coordinates that are none."""
    made = [cast(shapely.LinearRing, shapely.linearrings(np.asarray(ring, dtype=np.float64)[:, :2])) for ring in rings]
    return shapely.polygons(made[0], made[1:] or None)


def multipolygon(polygons: Sequence[shapely.Polygon]) -> shapely.MultiPolygon:
    """Several polygons as one geometry."""
    return shapely.multipolygons(list(polygons))


def send_with_wkt(job: Job, output: Output, table: pa.Table) -> None:
    """Send rows of the main table; a column of well-known text is the geometry, in degrees as lon and lat are.

    Text that is no geometry becomes a missing one; the column stays in the table, so that the row can be named.
    """
    written = [name for name in table.column_names if job.words.get(fold(name)) == WKT]
    if written and job.geometry:
        parsed = shapely.from_wkt(table.column(written[0]).to_numpy(), on_invalid="ignore")
        table = table.append_column(pa.field(GEOMETRY, pa.binary()), to_wkb(np.asarray(parsed, dtype=object)))
        output.crs = "EPSG:4326"
        output.evidence["crs"] = "convention"
    output.send(table)
