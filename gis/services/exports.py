"""Taking a table out: GeoJSON, GPKG, GeoParquet, CSV or XLSX by the file's ending, with the columns of the contract.

What is written can be imported again. The file appears whole or not at all. In CSV and XLSX a cell that a
spreadsheet would run as a formula gets an apostrophe before it.
"""

import tempfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

import geopandas as gpd
import pandas as pd

from gis.errors import NotAllowed, UsageError
from gis.roles import Actor, permit, visible
from gis.services import audit
from gis.services.scope import own
from gis.services.workspace import Workspace, today
from gis.spreadsheet import neutralise
from gis.store import read
from gis.tables import TABLES, Kind
from gis.texts import _

_INTERNAL: Final = ("carried",)


def export_table(
    workspace: Workspace,
    actor: Actor,
    kind: str,
    out: Path,
    *,
    on: date | None = None,
    known: datetime | None = None,
) -> int:
    """Writes the rows in force on the day and returns how many. Raises UsageError for a kind or an ending."""
    if kind not in TABLES:
        raise UsageError(_("Unknown kind {kind}; one of: {kinds}.", kind=kind, kinds=", ".join(TABLES)))
    permit(actor, "export")
    if kind == "births" and actor.role != "system":
        raise NotAllowed(_("Your role may not read {table}.", table=kind))
    check_ending(out, _WRITERS)
    with workspace.transaction(actor) as connection:
        frame = read.read_table(
            connection, cast("Kind", kind), on=on or today(), known=known, mine=own(connection, actor)
        )
        audit.record(connection, actor, f"export.{kind}", out.name, details={"rows": len(frame)})
    frame = visible(frame, actor.role, table=kind)
    write_whole(out, lambda path: _WRITERS[out.suffix.lower()](_contract_columns(frame, kind), path))
    return len(frame)


def check_table_ending(out: Path) -> None:
    """Raises UsageError unless a table can be written to this file."""
    check_ending(out, _TABLE_WRITERS)


def write_table(frame: pd.DataFrame, out: Path) -> None:
    """Writes a table without geometry, whole or not at all."""
    check_table_ending(out)
    write_whole(out, lambda path: _TABLE_WRITERS[out.suffix.lower()](frame, path))


def check_ending(out: Path, known: Mapping[str, object]) -> None:
    """Raises UsageError unless the ending is known and the folder is there."""
    if out.suffix.lower() not in known:
        raise UsageError(
            _("{file}: unknown ending; one of: {endings}.", file=out.name, endings=", ".join(sorted(known)))
        )
    if not out.absolute().parent.is_dir():
        raise UsageError(_("There is no folder {folder}.", folder=out.absolute().parent))


def write_whole(out: Path, write: Callable[[Path], None]) -> None:
    """Writes beside the target and moves it there at the end, so that no half file is ever seen."""
    with tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=".wangge-") as folder:
        draft = Path(folder) / out.name
        write(draft)
        draft.replace(out)


def _contract_columns(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Days as text, points as lon and lat after the first three columns, nothing internal; an event has no period."""
    unwanted = _INTERNAL if TABLES[kind].day is None else (*_INTERNAL, "valid_from", "valid_to")
    plain = frame.drop(columns=[c for c in unwanted if c in frame.columns])
    for name in plain.columns:
        if pd.api.types.is_datetime64_any_dtype(plain[name]):
            days = plain[name].dt.strftime("%Y-%m-%d")
            plain[name] = days.astype(object).where(days.notna(), None)
    if TABLES[kind].geometry == "point" and isinstance(plain, gpd.GeoDataFrame):
        plain.insert(3, "lon", plain.geometry.x.to_numpy())
        plain.insert(4, "lat", plain.geometry.y.to_numpy())
    return plain


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Without a geometry type of its own: polygons as well-known text; formula cells neutralised."""
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    if isinstance(frame, gpd.GeoDataFrame) and "lon" not in frame.columns:
        plain["geometry"] = frame.geometry.to_wkt(rounding_precision=9)
    return neutralise(plain)


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    _flat(frame).to_csv(path, index=False, lineterminator="\n")


def _write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    _flat(frame).to_excel(path, index=False, engine="openpyxl")


def _spatial(frame: pd.DataFrame, path: Path) -> gpd.GeoDataFrame:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise UsageError(_("{file}: this table has no geometry; write it as .csv, .xlsx or .parquet.", file=path.name))
    return frame


def _write_geojson(frame: pd.DataFrame, path: Path) -> None:
    _spatial(frame, path).to_file(path, driver="GeoJSON", engine="pyogrio", RFC7946="YES")


def _write_gpkg(frame: pd.DataFrame, path: Path) -> None:
    _spatial(frame, path).to_file(path, driver="GPKG", engine="pyogrio", layer=path.stem)


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False)


_WRITERS: Final[Mapping[str, Callable[[pd.DataFrame, Path], None]]] = MappingProxyType(
    {
        ".csv": _write_csv,
        ".xlsx": _write_xlsx,
        ".geojson": _write_geojson,
        ".json": _write_geojson,
        ".gpkg": _write_gpkg,
        ".parquet": _write_parquet,
    }
)
_TABLE_WRITERS: Final = MappingProxyType({ending: _WRITERS[ending] for ending in (".csv", ".xlsx", ".parquet")})
