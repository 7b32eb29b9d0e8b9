"""GeoParquet and plain Parquet: simple columns as text, the primary geometry as WKB, nested ones as hidden places."""

import json
from typing import Any, Final

import pyarrow as pa
from pyarrow import compute, parquet

from gis.intake.readers.channel import BATCH, GEOMETRY, N_, Job, Output, Refused, unique_headers
from gis.intake.readers.geojson import flatten
from gis.intake.readers.shapes import clean_wkb, send_with_wkt

_MOST_ROWS: Final = 20_000_000


def read(job: Job, output: Output) -> None:
    """Send the rows. Raises Refused for a damaged file and for geometry that is not WKB."""
    try:
        with parquet.ParquetFile(job.path, memory_map=False, pre_buffer=False) as file:
            if file.metadata.num_rows > _MOST_ROWS:
                raise Refused(N_("{file} has more than {rows} rows. Split it."), rows=_MOST_ROWS)
            unique_headers(file.schema_arrow.names)
            geometry = _geometry_column(file.schema_arrow, output)
            first = 1
            if not file.metadata.num_rows:
                _send(job, output, file.schema_arrow.empty_table(), geometry, first)
            for batch in file.iter_batches(batch_size=BATCH, use_threads=False):
                _send(job, output, pa.Table.from_batches([batch]), geometry, first)
                first += batch.num_rows
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise Refused(N_("{file} is no readable Parquet file: it is cut off or damaged. Save it again.")) from error


def _geometry_column(schema: pa.Schema, output: Output) -> str | None:
    """The primary geometry column; its reference system goes to the output. No `crs` means degrees on WGS 84."""
    try:
        geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
        name = geo.get("primary_column")
        column = geo.get("columns", {}).get(name, {})
        encoding, crs = column.get("encoding", "WKB"), column.get("crs", "EPSG:4326")
    except (ValueError, AttributeError) as error:
        raise Refused(N_("{file}: the GeoParquet metadata are broken. Save it again.")) from error
    if name is None:
        return None
    if encoding != "WKB" or name not in schema.names:
        raise Refused(N_("{file}: the geometry is not stored as WKB. Save it as GeoParquet with WKB geometry."))
    output.crs = crs if isinstance(crs, str) or crs is None else json.dumps(crs)
    return str(name)


def _send(job: Job, output: Output, table: pa.Table, geometry: str | None, first: int) -> None:
    columns: dict[str, Any] = {}
    for name in table.column_names:
        column = table.column(name)
        if name == geometry:
            columns[GEOMETRY] = clean_wkb(column.to_pylist(), first_row=first)
        elif pa.types.is_nested(column.type):
            _send_nested(output, name, column)
        else:
            columns[name] = column_text(name, column)
    rows = pa.table(columns) if columns else pa.table({"#1": pa.nulls(table.num_rows, pa.string())})
    send_with_wkt(job, output, rows)


def _send_nested(output: Output, name: str, column: pa.ChunkedArray) -> None:
    flat = [flatten(json.loads(json.dumps(v, default=str)), name) for v in column.to_pylist() if v is not None]
    names = list(dict.fromkeys(key for row in flat for key in row))
    if names:
        output.send_texts(names, [[row.get(key) for key in names] for row in flat], place="nested")


def column_text(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of simple values as text: whole numbers without `.0`, dates as YYYY-MM-DD, empty text as null."""
    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        raise Refused(N_("{file}, column {column}: binary data. Remove the column."), column=name)
    if pa.types.is_dictionary(kind):
        return column_text(name, column.cast(kind.value_type))
    if pa.types.is_floating(kind):
        return _numbers_text(column.cast(pa.float64()))
    if pa.types.is_timestamp(kind):
        text = compute.strftime(column.cast(pa.timestamp("s"), safe=False), format="%Y-%m-%d %H:%M:%S")
        return compute.replace_substring_regex(text, pattern=" 00:00:00$", replacement="")
    text = column.cast(pa.string())
    return compute.if_else(compute.equal(text, ""), pa.scalar(None, pa.string()), text)


def _numbers_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    column = compute.if_else(compute.is_nan(column), pa.scalar(None, pa.float64()), column)
    whole = compute.and_(compute.equal(compute.floor(column), column), compute.less(compute.abs(column), 2.0**53))
    integers = compute.if_else(whole, column, pa.scalar(0.0)).cast(pa.int64()).cast(pa.string())
    return compute.if_else(whole, integers, column.cast(pa.string()))
