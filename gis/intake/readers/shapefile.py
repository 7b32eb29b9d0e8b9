"""Shapefiles, loose or in one zip archive, with the attributes in the right encoding.

A shapefile is three files at least: .shp (shapes), .shx (where each begins) and .dbf (attributes); .prj states the
reference system and .cpg the encoding. All have the same name and stand side by side.
"""

import io
from collections.abc import Callable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.intake.readers import dbf
from gis.intake.readers.channel import GEOMETRY, N_, Job, Output, Refused, text_table, unique_headers
from gis.intake.readers.encoding import codec_name, detect
from gis.intake.readers.packed import open_archive, read_whole
from gis.intake.readers.rings import read_shapes
from gis.intake.readers.shapes import to_wkb

_NEEDED: Final = (".shx", ".dbf")

Part = Callable[[str], IO[bytes] | None]
"""Opens the file with an ending such as `.dbf`; None where there is none."""


def read(job: Job, output: Output) -> None:
    """Send the rows that are not deleted. Raises Refused for a missing or damaged part."""
    with ExitStack() as stack:
        part = _zipped(job.path, stack) if job.path.lower().endswith(".zip") else _beside(Path(job.path), stack)
        missing = [ending for ending in _NEEDED if part(ending) is None]
        if missing:
            raise Refused(
                N_("{file}: the {part} that belongs to it is missing. Put all parts of the shapefile side by side."),
                part=", ".join(missing),
            )
        output.crs = _text_of(part(".prj")) or None
        codec = _detect(job, output, part)
        _send(output, part, codec)


def _beside(path: Path, stack: ExitStack) -> Part:
    names = {other.name.lower(): other for other in path.parent.glob("*") if other.stem == path.stem}

    def open_part(ending: str) -> IO[bytes] | None:
        found = path if ending == ".shp" else names.get(path.stem.lower() + ending)
        return stack.enter_context(found.open("rb")) if found else None

    return open_part


def _zipped(path: str, stack: ExitStack) -> Part:
    archive = stack.enter_context(open_archive(path))
    names = [name for name in archive.namelist() if not name.startswith("__MACOSX")]
    shapes = [name for name in names if name.lower().endswith(".shp")]
    if len(shapes) != 1:
        raise Refused(
            N_("{file} holds {count} shapefiles instead of one. Put one shapefile into each archive."),
            count=len(shapes),
        )
    stem = shapes[0][:-4].lower()

    def open_part(ending: str) -> IO[bytes] | None:
        found = next((name for name in names if name.lower() == stem + ending), None)
        return io.BytesIO(read_whole(archive, found)) if found else None

    return open_part


def _detect(job: Job, output: Output, part: Part) -> str:
    table = _table(part)
    cpg = _text_of(part(".cpg"))
    encoding, evidence = detect(
        dbf.as_bytes(table), given=job.encoding, cpg=cpg.strip() or None, ldid=table.ldid, known=job.known
    )
    output.evidence["encoding"] = evidence
    return codec_name(encoding)


def _table(part: Part) -> dbf.Table:
    data = part(".dbf")
    return dbf.open_table(data or io.BytesIO())


def _text_of(data: IO[bytes] | None) -> str:
    return data.read(2**16).decode("utf-8-sig", errors="replace") if data else ""


def _send(output: Output, part: Part, codec: str) -> None:
    table = _table(part)
    names = unique_headers(dbf.headers(table, codec))
    shapes = read_shapes(part(".shp") or io.BytesIO())
    for batch in table.batches():
        drawn = list(islice(shapes, len(batch)))
        if len(drawn) < len(batch):
            raise _unequal()
        rows = dbf.rows(table, batch, codec)
        kept = [(row, shape) for row, shape in zip(rows, drawn, strict=True) if row is not None]
        geometries: NDArray[np.object_] = np.empty(len(kept), dtype=object)
        geometries[:] = [shape for _row, shape in kept]
        _send_rows(output, names, [row for row, _shape in kept], geometries)
    if not table.records:
        _send_rows(output, names, [], np.empty(0, dtype=object))
    if next(shapes, _END) is not _END:
        raise _unequal()


_END: Final = shapely.Point()


def _unequal() -> Refused:
    return Refused(N_("{file}: .shp and .dbf have different numbers of rows. Copy the whole shapefile again."))


def _send_rows(output: Output, names: list[str], rows: list[list[str | None]], geometries: NDArray[np.object_]) -> None:
    output.send(text_table(names, rows).append_column(pa.field(GEOMETRY, pa.binary()), to_wkb(geometries)))
