"""Frames to the database and back, in bulk: COPY of CSV text, geometry as hex EWKB.

EWKB is PostGIS's well-known binary with the number of the reference system in it. All polygons are stored as
multipolygons, so that one shape is always the same bytes and versions can be compared exactly.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg2.extensions
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import shapely
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from gis.crs import STORAGE

SRID: Final = 4326
_CHUNK_ROWS: Final = 50_000
_POINT_HEADER: Final = np.frombuffer(bytes.fromhex("0101000020E6100000"), dtype=np.uint8)
_HEX_PAIRS: Final = np.frombuffer(b"".join(b"%02X" % byte for byte in range(256)), dtype=np.uint16)
_POLYGON, _MULTIPOLYGON = 3, 6


def copy_in(connection: Connection, target: str, frame: pd.DataFrame) -> None:
    """Copies all rows into the table `target`, whose columns are the frame's with `valid` for the period.

    One thread writes the text while the server takes in the chunk before.
    """
    starts = range(0, len(frame), _CHUNK_ROWS)
    columns = ", ".join(_stored_names(frame.columns))
    with ThreadPoolExecutor(max_workers=1) as writer:
        chunks = writer.map(lambda start: _to_csv(frame.iloc[start : start + _CHUNK_ROWS]), starts)
        with _cursor(connection) as cursor:
            cursor.copy_expert(f"COPY {target} ({columns}) FROM STDIN (FORMAT csv)", _Stream(chunks), size=1 << 20)


def copy_out(
    connection: Connection, query: str, parameters: Mapping[str, Any], types: Mapping[str, pa.DataType]
) -> pa.Table:
    """All rows of a query with named parameters, as an Arrow table with the given column types."""
    text = io.BytesIO()
    with _cursor(connection) as cursor:
        bound = cursor.mogrify(query, parameters).decode()
        cursor.copy_expert(f"COPY ({bound}) TO STDOUT (FORMAT csv, HEADER)", text, size=1 << 20)
    return pyarrow.csv.read_csv(
        pa.BufferReader(text.getbuffer()),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict(types),
            include_columns=list(types),
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def to_frame(table: pa.Table) -> pd.DataFrame:
    """A canonical frame of an Arrow table: dates as datetime64[s], whole numbers as Int64."""
    dates = {f.name: pa.timestamp("s") for f in table.schema if pa.types.is_date(f.type)}
    schema = pa.schema([pa.field(f.name, dates.get(f.name, f.type)) for f in table.schema])
    mapper = {pa.int64(): pd.Int64Dtype()}.get
    return cast("pd.DataFrame", table.cast(schema).to_pandas(types_mapper=mapper))


def to_geometry(wkb: pa.ChunkedArray) -> gpd.array.GeometryArray:
    """Geometries in EPSG:4326 of hex WKB."""
    shapes = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False))
    return gpd.array.GeometryArray(np.asarray(shapes, dtype=object), crs=STORAGE)


def _cursor(connection: Connection) -> psycopg2.extensions.cursor:
    """A psycopg2 cursor in the same transaction."""
    return cast("psycopg2.extensions.cursor", connection.connection.cursor())


def _stored_names(columns: Iterable[str]) -> list[str]:
    """The frame's columns with `valid` in place of the two dates of the period."""
    names = [f'"{name}"' for name in columns if name not in ("valid_from", "valid_to")]
    return [*names, "valid"] if "valid_from" in columns else names


def _to_csv(frame: pd.DataFrame) -> bytes:
    """The rows as CSV without a header; missing is an empty field without quotes."""
    arrays: dict[str, pa.Array] = {}
    for name in frame.columns:
        if name == "geometry":
            arrays[name] = to_ewkb_hex(np.asarray(frame[name].values, dtype=object))
        elif name not in ("valid_from", "valid_to"):
            arrays[name] = pa.array(frame[name], from_pandas=True)
    if "valid_from" in frame:
        arrays["valid"] = _to_periods(frame)
    text = io.BytesIO()
    pyarrow.csv.write_csv(pa.table(arrays), text, pyarrow.csv.WriteOptions(include_header=False))
    return text.getvalue()


def _to_periods(frame: pd.DataFrame) -> pa.Array:
    """Texts such as [2020-01-01,) from the two dates; a missing one is an open end."""
    ends = [
        pa.array(frame[name], from_pandas=True).cast(pa.date32()).cast(pa.string()).fill_null("")
        for name in ("valid_from", "valid_to")
    ]
    return pc.binary_join_element_wise("[", ends[0], ",", ends[1], ")", "")


def to_ewkb_hex(shapes: NDArray[np.object_]) -> pa.Array:
    """Hex EWKB, EPSG:4326, two dimensions; missing stays missing. Polygons become multipolygons."""
    kinds = shapely.get_type_id(shapes)
    if len(shapes) and (kinds == 0).all() and not shapely.is_empty(shapes).any():
        return _points_to_ewkb_hex(shapely.get_coordinates(shapes))
    single = kinds == _POLYGON
    if single.any():
        shapes = shapes.copy()
        shapes[single] = shapely.multipolygons(shapes[single], indices=np.arange(single.sum()))
    stamped = shapely.set_srid(shapes, SRID)
    return pa.array(shapely.to_wkb(stamped, hex=True, include_srid=True, output_dimension=2, byte_order=1), pa.string())


def _points_to_ewkb_hex(coordinates: NDArray[np.float64]) -> pa.Array:
    """The same for points alone, without a call for each: header and coordinates are laid side by side."""
    raw = np.empty((len(coordinates), 25), dtype=np.uint8)
    raw[:, :9] = _POINT_HEADER
    raw[:, 9:] = np.ascontiguousarray(coordinates, dtype="<f8").view(np.uint8).reshape(-1, 16)
    offsets = np.arange(len(coordinates) + 1, dtype=np.int32) * 50
    return pa.StringArray.from_buffers(len(coordinates), pa.py_buffer(offsets), pa.py_buffer(_HEX_PAIRS[raw]))


class _Stream(io.RawIOBase):
    """What `copy_expert` reads from: the chunks one after the other."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)
