"""GeoPackage: one layer is the main table, every other table with data of its own is a hidden place.

The main layer is the one named like the kind that is imported, or the only one. GDAL reads it, so that curves become
straight lines; SQLite reads the rest. A reference system that is numbered 0 or -1 is "undefined" in this format.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyogrio.errors import DataLayerError, DataSourceError
from pyogrio.raw import open_arrow
from pyogrio.raw import read as read_layer

from gis.intake.readers.channel import BATCH, GEOMETRY, N_, Job, Output, Refused, fold, unique_headers
from gis.intake.readers.parquet import column_text
from gis.intake.readers.shapes import clean_wkb

_MAGIC: Final = b"SQLite format 3\x00"
_STRUCTURE: Final = ("gpkg_", "rtree_", "sqlite_")
_TOLD: Final = ("gpkg_metadata", "gpkg_data_columns", "gpkg_data_column_constraints")
"""Tables of the format itself that hold free text."""

_STRAIGHT: Final = frozenset(range(1, 8))


def read(job: Job, output: Output) -> None:
    """Send the main layer and all hidden places. Raises Refused for a cut or damaged file, an unclear main layer."""
    with Path(job.path).open("rb") as file:
        if file.read(16) != _MAGIC:
            raise Refused(N_("{file} is no GeoPackage: it is cut off or damaged. Save it again."))
    try:
        with closing(sqlite3.connect(f"{Path(job.path).as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            layer, has_shapes = _main_layer(job, database)
            output.evidence["layer"] = layer
            crs = _send_layer(job, output, layer, has_shapes)
            output.crs = crs if has_shapes and _is_defined(database, layer) else None
            for table in _other_tables(database, layer):
                _send_table(output, database, table)
    except MemoryError:
        raise
    except (sqlite3.Error, DataSourceError, DataLayerError, pa.ArrowException, OSError) as error:
        raise Refused(N_("{file} is no readable GeoPackage: it is cut off or damaged. Save it again.")) from error


def _main_layer(job: Job, database: sqlite3.Connection) -> tuple[str, bool]:
    """(its name, whether it has geometry)."""
    listed = database.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall()
    layers = [name for name, kind in listed if kind == "features"]
    tables = [name for name, kind in listed if kind == "attributes"]
    candidates = layers if layers and (job.geometry or not tables) else tables
    named = [name for name in candidates if fold(name) == job.kind]
    chosen = named or candidates
    if len(chosen) != 1:
        raise Refused(
            N_("{file} has {count} layers and none of them is named {kind}. Name the layer so, or save it alone."),
            count=len(candidates),
            kind=job.kind,
        )
    return chosen[0], candidates is layers


def _is_defined(database: sqlite3.Connection, layer: str) -> bool:
    found = database.execute("SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)).fetchone()
    return found is not None and found[0] not in (0, -1)


def _send_layer(job: Job, output: Output, layer: str, has_shapes: bool) -> str | None:
    """Send the rows of the layer; returns its reference system."""
    first = 1
    with open_arrow(
        job.path, layer=layer, return_fids=True, read_geometry=has_shapes, batch_size=BATCH, use_pyarrow=True
    ) as (about, batches):
        unique_headers(about["fields"])
        for batch in batches:
            table = pa.Table.from_batches([batch])
            columns = {name: column_text(name, table.column(name)) for name in about["fields"]}
            if has_shapes:
                wkb = table.column(about["geometry_name"] or "wkb_geometry").to_pylist()
                fids = table.column(about["fid_column"] or "OGC_FID").to_pylist()
                columns[GEOMETRY] = clean_wkb(_straighten(job.path, layer, wkb, fids), first_row=first)
            output.send(pa.table(columns))
            first += batch.num_rows
    if first == 1:
        output.send_texts(list(about["fields"]), [])
    return about["crs"] if isinstance(about["crs"], str) else None


def _straighten(path: str, layer: str, wkb: list[bytes | None], fids: list[int]) -> list[bytes | None]:
    """The same geometries, curves replaced by straight lines; GDAL reads the curved ones once more for that."""
    curved = [i for i, value in enumerate(wkb) if value is not None and not _is_straight(value)]
    if not curved:
        return wkb
    _about, found, straight, _fields = read_layer(
        path, layer=layer, columns=[], fids=[fids[i] for i in curved], return_fids=True
    )
    by_fid = dict(zip(found.tolist(), straight, strict=True))
    return [by_fid.get(fids[i]) if i in set(curved) else value for i, value in enumerate(wkb)]


def _is_straight(wkb: bytes) -> bool:
    kind = int.from_bytes(wkb[1:5], "little" if wkb[:1] == b"\x01" else "big")
    return (kind & 0xFFFF) % 1000 in _STRAIGHT


def _other_tables(database: sqlite3.Connection, layer: str) -> Iterator[str]:
    listed = database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    for (name,) in listed:
        if name != layer and (name in _TOLD or not name.lower().startswith(_STRUCTURE)):
            yield name


def _send_table(output: Output, database: sqlite3.Connection, table: str) -> None:
    quoted = table.replace('"', '""')
    cursor = database.execute(f'SELECT * FROM "{quoted}"')
    names = [column[0] or "#" for column in cursor.description]
    while rows := cursor.fetchmany(BATCH):
        output.send_texts(names, [[_text(value) for value in row] for row in rows], place=table)


def _text(value: object) -> str | None:
    """A value as text; a geometry or a picture has none."""
    if isinstance(value, bytes):
        return None
    return None if value is None else str(value)
