"""KML and KMZ: a placemark is a row, declared fields are columns, everything else is a hidden place.

Columns are the placemark's name and those fields of ExtendedData whose header is declared. Other fields, the
description, the snippet, balloon texts and the rest of the document are hidden places. KML is longitude and latitude
on WGS 84 by definition. A document type is refused, because entities reach other files and fill the memory.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.intake.readers.channel import BATCH, GEOMETRY, N_, Job, Output, Refused, fold, text_table
from gis.intake.readers.packed import open_archive, read_chunks
from gis.intake.readers.shapes import multipolygon, polygon, to_wkb
from gis.intake.readers.xml import elements

_CHUNK: Final = 2**16
_SHAPES: Final = frozenset({"Point", "Polygon", "LineString", "LinearRing", "MultiGeometry"})
_SILENT: Final = frozenset({"Style", "StyleMap", "Region", "LookAt", "Camera", "styleUrl", "visibility", "open"})
_OTHERS: Final = frozenset(
    {"Schema", "NetworkLink", "GroundOverlay", "PhotoOverlay", "ScreenOverlay", "NetworkLinkControl"}
)

Texts = dict[str, str | None]


def read(job: Job, output: Output) -> None:
    """Send the placemarks. Raises Refused for a document type, broken XML, coordinates that are none."""
    output.crs = "EPSG:4326"
    output.evidence["crs"] = "format"
    if not _is_zip(job.path):
        _read_document(job, output, _blocks(Path(job.path)))
        return
    with open_archive(job.path) as archive:
        documents = [name for name in archive.namelist() if name.lower().endswith(".kml")]
        if len(documents) != 1:
            raise Refused(
                N_("{file} holds {count} KML documents instead of one. Save one layer for each file."),
                count=len(documents),
            )
        _read_document(job, output, read_chunks(archive, documents[0]))


def _is_zip(path: str) -> bool:
    with Path(path).open("rb") as file:
        return file.read(2) == b"PK"


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            yield block


def _read_document(job: Job, output: Output, chunks: Iterable[bytes]) -> None:
    loose: list[tuple[str, str]] = []
    wanted = frozenset({"Placemark", *_SILENT, *_OTHERS})
    found = elements(chunks, wanted, loose=loose)
    placemarks = (element for element in _aside(found, loose) if element.tag == "Placemark")
    first = 1
    while batch := list(islice(placemarks, BATCH)):
        rows, hidden = zip(*(_fields(job, placemark) for placemark in batch), strict=True)
        shapes = [_shape(placemark, row) for row, placemark in enumerate(batch, first)]
        geometries: NDArray[np.object_] = np.empty(len(shapes), dtype=object)
        geometries[:] = shapes
        output.send(_table(rows).append_column(pa.field(GEOMETRY, pa.binary()), to_wkb(geometries)))
        if any(hidden):
            output.send(_table([texts for texts in hidden if texts]), place="ExtendedData, description")
        first += len(batch)
    if first == 1:
        raise Refused(N_("{file} holds no placemark. Export the layer as KML with its features."))
    if loose:
        output.send_texts(["element", "text"], loose, place="document")


def _aside(found: Iterable[tuple[tuple[str, ...], Element]], loose: list[tuple[str, str]]) -> Iterator[Element]:
    """Placemarks pass; texts of overlays, links and balloons are put aside."""
    for path, element in found:
        if path and path[0] not in ("kml", "Document", "Folder"):
            raise Refused(N_("{file} is no KML document. Export the layer as KML."))
        if element.tag == "Placemark":
            yield element
        elif element.tag not in ("styleUrl", "visibility", "open", "Schema"):
            loose.extend(
                (e.tag, e.text) for e in element.iter() if e.tag in ("text", "name", "description", "href") and e.text
            )


def _fields(job: Job, placemark: Element) -> tuple[Texts, Texts]:
    """(declared columns, everything else) of one placemark."""
    shown: Texts = {}
    hidden: Texts = {}
    for child in placemark:
        if child.tag == "ExtendedData":
            for name, text in _extended(child):
                (shown if fold(name) in job.words else hidden)[name] = text
        elif child.tag not in _SHAPES and child.tag not in _SILENT and child.tag != "name":
            text = " ".join(part.strip() for part in child.itertext() if part.strip())
            if text:
                hidden[child.tag] = text
    canonical = {job.words[fold(name)] for name in shown}
    title = (placemark.findtext("name") or "").strip() or None
    if job.words.get("name") not in canonical:
        shown["name"] = title
    elif title not in shown.values():
        hidden["name"] = title
    return shown, hidden


def _extended(element: Element) -> Iterator[tuple[str, str | None]]:
    for field in element.iter():
        if field.tag == "Data":
            yield field.get("name", "#"), (field.findtext("value") or "").strip() or None
        elif field.tag == "SimpleData":
            yield field.get("name", "#"), (field.text or "").strip() or None
        elif field.tag not in ("ExtendedData", "SchemaData", "value") and (field.text or "").strip():
            yield field.tag, (field.text or "").strip()


def _table(rows: Iterable[Texts]) -> pa.Table:
    rows = list(rows)
    names = list(dict.fromkeys(key for row in rows for key in row))
    return text_table(names, [[row.get(name) for name in names] for row in rows])


def _shape(placemark: Element, row: int) -> shapely.Geometry | None:
    try:
        shapes = [_geometry(child) for child in placemark if child.tag in _SHAPES]
    except (ValueError, IndexError, shapely.errors.ShapelyError) as error:
        raise Refused(
            N_("{file}, row {row}: the coordinates are not readable. Export the file again."), row=row
        ) from error
    return shapes[0] if shapes else None


def _geometry(element: Element) -> shapely.Geometry:
    if element.tag == "Polygon":
        outer = element.findtext("outerBoundaryIs/LinearRing/coordinates", "")
        inner = element.findall("innerBoundaryIs/LinearRing/coordinates")
        if not outer.strip():
            return shapely.Polygon()
        return polygon([_coordinates(outer), *(_coordinates(ring.text or "") for ring in inner)])
    if element.tag == "MultiGeometry":
        return _collect([_geometry(child) for child in element if child.tag in _SHAPES])
    points = _coordinates(element.findtext("coordinates", ""))
    if element.tag == "Point":
        return shapely.Point(points[0])
    return shapely.LineString(points)


def _collect(parts: list[shapely.Geometry]) -> shapely.Geometry:
    """A multipolygon of polygons, else a collection."""
    if parts and all(isinstance(part, shapely.Polygon) for part in parts):
        return multipolygon([part for part in parts if isinstance(part, shapely.Polygon)])
    return shapely.GeometryCollection(parts)


def _coordinates(text: str) -> list[list[float]]:
    """Longitude and latitude of each `lon,lat[,height]`."""
    points = [triple.split(",") for triple in text.split()]
    return [[float(point[0]), float(point[1])] for point in points]
