"""The .shp file: points and polygons, straight from its records.

A polygon record is a list of rings without a word on which hole belongs to which shell: shells run clockwise, holes
the other way, and a hole belongs to the smallest shell around it. A ring that runs the wrong way and lies in no shell
is taken as a shell, as GDAL does. Source: ESRI Shapefile Technical Description, July 1998.
"""

import struct
from collections.abc import Iterator
from typing import IO, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.intake.readers.channel import N_, Refused
from gis.intake.readers.shapes import multipolygon, polygon

_MAGIC: Final = 9994
_NULL: Final = 0
_POINTS: Final = (1, 11, 21)
_POLYGONS: Final = (5, 15, 25)

Rings = list[NDArray[np.float64]]


def read_shapes(data: IO[bytes]) -> Iterator[shapely.Geometry | None]:
    """The geometry of each record in order. Raises Refused for a cut file and for lines, multipoints, patches."""
    head = data.read(100)
    if len(head) < 100 or struct.unpack(">i", head[:4])[0] != _MAGIC:
        raise Refused(N_("{file} is no shapefile. Copy the whole shapefile again."))
    row = 0
    while record := data.read(8):
        row += 1
        length = struct.unpack(">i", record[4:])[0] * 2 if len(record) == 8 else -1
        content = data.read(length) if length >= 4 else b""
        if len(content) != length or length < 4:
            raise Refused(
                N_("{file}, row {row}: the .shp is cut off or damaged. Copy the whole shapefile again."), row=row
            )
        try:
            yield _shape(content, row)
        except (struct.error, ValueError, IndexError, shapely.errors.ShapelyError) as error:
            raise Refused(
                N_("{file}, row {row}: the shape is damaged. Repair the layer and save it again."), row=row
            ) from error


def _shape(content: bytes, row: int) -> shapely.Geometry | None:
    kind = struct.unpack_from("<i", content)[0]
    if kind == _NULL:
        return None
    if kind in _POINTS:
        return shapely.Point(*struct.unpack_from("<2d", content, 4))
    if kind in _POLYGONS:
        return _polygon(_rings(content))
    raise Refused(
        N_("{file}, row {row}: neither a point nor a polygon (shape type {type}). Export polygons or points."),
        row=row,
        type=kind,
    )


def _rings(content: bytes) -> Rings:
    parts, points = struct.unpack_from("<2i", content, 36)
    if parts < 0 or points < 0:
        raise ValueError(parts)
    starts = np.frombuffer(content, "<i4", parts, 44)
    coordinates = np.frombuffer(content, "<f8", points * 2, 44 + 4 * parts).reshape(-1, 2)
    return [ring for ring in np.split(coordinates, starts[1:]) if len(ring)]


def _polygon(rings: Rings) -> shapely.Geometry:
    if len(rings) <= 1:
        return polygon(rings) if rings else shapely.Polygon()
    made = [shapely.LinearRing(ring) for ring in rings]
    counter = shapely.is_ccw(made)
    shells = [i for i in range(len(rings)) if not counter[i]]
    holes = [i for i in range(len(rings)) if counter[i]]
    owned = _owners([made[i] for i in shells], [made[i] for i in holes])
    polygons = [
        polygon([rings[s], *(rings[h] for h, o in zip(holes, owned, strict=True) if o == at)])
        for at, s in enumerate(shells)
    ]
    polygons += [polygon([rings[h]]) for h, o in zip(holes, owned, strict=True) if o < 0]
    return polygons[0] if len(polygons) == 1 else multipolygon(polygons)


def _owners(shells: list[shapely.LinearRing], holes: list[shapely.LinearRing]) -> NDArray[np.int64]:
    """For each hole the position of the smallest shell that covers it, -1 for none."""
    owned = np.full(len(holes), -1)
    if len(shells) == 1:
        return np.zeros_like(owned)
    solid = [shapely.Polygon(shell) for shell in shells]
    for i in np.argsort([-part.area for part in solid]):
        owned[shapely.covers(solid[i], holes)] = i
    return owned
