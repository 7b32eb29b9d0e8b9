"""The files of the open data: made when first asked for, kept until the data changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from api.frames import GEOJSON, feature_collection, records
from gis.services import open_data
from gis.services.workspace import Workspace, today
from gis.spreadsheet import neutralise
from gis.texts import N_, _

CSV: Final = "text/csv; charset=utf-8"


@dataclass(frozen=True)
class Held:
    """One file as it is of this day."""

    content: bytes
    rows: int
    columns: tuple[str, ...]
    mark: str
    """Changes with the content."""


@dataclass(frozen=True)
class OpenFile:
    """One file that everybody may have."""

    title: str
    read: Callable[[Workspace], pd.DataFrame]
    media_type: str


FILES: Final[Mapping[str, OpenFile]] = MappingProxyType(
    {
        "areas.geojson": OpenFile(N_("Areas as GeoJSON"), open_data.open_areas, GEOJSON),
        "facilities.geojson": OpenFile(N_("Facilities as GeoJSON"), open_data.open_facilities, GEOJSON),
        "facilities.csv": OpenFile(N_("Facilities as CSV"), open_data.open_facilities, CSV),
        "duties.csv": OpenFile(N_("Who answers for each area, as CSV"), open_data.open_duties, CSV),
    }
)
"""File name -> file."""


@dataclass
class _Shelf:
    """The files of one state of the data; the next state takes their place."""

    lock: Lock = field(default_factory=Lock)
    mark: str = ""
    files: dict[str, Held] = field(default_factory=dict)


def hold(workspace: Workspace, name: str) -> Held:
    """The file of this name, one of `FILES`, as it is now."""
    shelf = workspace.remember("open-files", _Shelf)
    with shelf.lock:
        mark = open_data.mark(workspace)
        if shelf.mark != mark:
            shelf.mark, shelf.files = mark, {}
        if name not in shelf.files:
            shelf.files[name] = _make(workspace, FILES[name], f"{name}-{mark}")
        return shelf.files[name]


def describe(workspace: Workspace, name: str) -> dict[str, Any]:
    """What a file holds, JSON-ready, in the reader's language."""
    held = hold(workspace, name)
    return {
        "file": name,
        "title": _(FILES[name].title),
        "as_of": today().isoformat(),
        "rows": held.rows,
        "bytes": len(held.content),
        "media_type": FILES[name].media_type,
        "columns": {column: _(open_data.COLUMNS[column]) for column in held.columns},
    }


def _make(workspace: Workspace, file: OpenFile, mark: str) -> Held:
    frame = file.read(workspace)
    columns = [str(column) for column in frame.columns]
    if file.media_type == GEOJSON:
        rows = frame.drop(columns=["lon", "lat"], errors="ignore")
        text = feature_collection(rows, records(rows), as_of=today().isoformat())
        columns = [column for column in columns if column not in ("lon", "lat")]
    else:
        flat = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
        # The mark at the start tells spreadsheets that it is UTF-8.
        text = "\ufeff" + neutralise(flat).to_csv(index=False, lineterminator="\n")
        columns = [column for column in columns if column != "geometry"]
    return Held(text.encode(), len(frame), tuple(columns), mark)
