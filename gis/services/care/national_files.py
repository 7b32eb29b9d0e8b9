"""Folders of parquet: which parts there are, and one part read, checked and written.

The columns are those of `wangge access table`; a part of the demand and its times are files of the same name in two
folders. Only the declared columns are read. A point or polygon column `geometry` of the demand (GeoParquet) goes on
into the result.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import uuid4

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gis.errors import DataRejected
from gis.intake.firewall import inspect
from gis.intake.read import RawFile
from gis.intake.source import load_source
from gis.texts import _

DRAFTS: Final = "*.draft"
"""What a worker that was lost while it wrote leaves behind."""
_HARMLESS: Final = frozenset({"geometry", "__null_dask_index__", "__index_level_0__"})


def list_parts(folder: Path) -> list[str]:
    """Names of the parquet files in a folder and those below it, in order. Raises DataRejected where there is none."""
    if not folder.is_dir():
        raise DataRejected(_("{file} is no folder. Name a folder of parquet files.", file=folder))
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet") if path.is_file())
    if not found:
        raise DataRejected(_("{file} holds no .parquet file. Write one for each part of the country.", file=folder))
    return found


def match_parts(demand: Path, times: Path) -> list[str]:
    """Names of the parts. Raises DataRejected where a file has no counterpart of the same name."""
    names, others = list_parts(demand), list_parts(times)
    for folder, lacking in ((times, set(names) - set(others)), (demand, set(others) - set(names))):
        if lacking:
            text = _(
                "{folder} lacks {names}. Demand and times of a part are files of one name; one without times is empty.",
                folder=folder,
                names=", ".join(sorted(lacking)[:5]),
            )
            raise DataRejected(text)
    return names


def read_supply(path: Path) -> pd.DataFrame:
    """site, capacity of the whole country, from one file or a folder of them, indexed by row from 1."""
    files = [path] if path.is_file() else [path / name for name in list_parts(path)]
    frame = pd.concat([read_columns(file, "access_supply") for file in files], ignore_index=True)
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1))


def read_columns(file: Path, kind: str) -> pd.DataFrame:
    """The declared columns of a file, codes as text and numbers as float64.

    Raises DataRejected naming file and column, FirewallRefused for personal data among headers and codes.
    """
    source = load_source(kind)
    try:
        headers = pq.read_schema(file).names
        named = {source.resolve(header): header for header in headers if header not in _HARMLESS}
        missing = [c.name for c in source.columns if c.required and c.name not in named]
        if missing:
            text = _("{file}: the column {column} is missing. Add it.", file=file.name, column=", ".join(missing))
            raise DataRejected(text)
        wanted = [named[c.name] for c in source.columns if c.required]
        table = pq.read_table(file, columns=wanted, partitioning=None, use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise DataRejected(_("{file} cannot be read as parquet. Write it again.", file=file)) from error
    table = table.rename_columns([c.name for c in source.columns if c.required])
    frame = pd.DataFrame({c.name: _cast(table, c.name, c.type == "number", file) for c in source.columns if c.required})
    if kind != "access_times":
        shown = frame[[c.name for c in source.columns if c.required and c.type == "code"]]
        blank = pd.DataFrame(index=shown.index, columns=[h for h in headers if h not in _HARMLESS], dtype="str")
        blank[named[shown.columns[0]]] = shown.iloc[:, 0]
        inspect(RawFile(file, blank, None, None, "UTF-8", {}, ()), source)
    return frame


def _cast(table: pa.Table, name: str, number: bool, file: Path) -> "pd.Series":
    """A column as text or as numbers."""
    column = table.column(name)
    try:
        if number:
            return pd.Series(column.cast(pa.float64()).to_numpy(), dtype="float64")
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        return pd.Series(column.cast(pa.large_string()).to_pandas(), dtype="str")
    except pa.ArrowException as error:
        words = {"file": file.name, "column": name}
        raise DataRejected(_("{file}: the column {column} has another type. Write it anew.", **words)) from error


def has_geometry(file: Path) -> bool:
    """Whether a file is GeoParquet."""
    metadata: Mapping[bytes, bytes] = pq.read_schema(file).metadata or {}
    return b"geo" in metadata


def write_part(found: pd.DataFrame, demand: Path, out: Path) -> None:
    """Writes a part's result whole; with the geometry of its demand, where that has one."""
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_suffix(f".{uuid4()}.draft")
    table = found.rename_axis("cell").reset_index()
    if has_geometry(demand):
        places = gpd.read_parquet(demand, columns=[gpd.read_parquet(demand).geometry.name])
        placed = gpd.GeoDataFrame(table, geometry=places.geometry.array, crs=places.crs)
        placed.to_parquet(draft, index=False)
    else:
        table.to_parquet(draft, index=False)
    draft.replace(out)
