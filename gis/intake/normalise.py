"""From a raw file to a canonical frame: columns by their declared names, cells to values, coordinates to degrees.

What can be read rightly is read, with a note in the evidence; what cannot is a problem with its row and column, and
the row is left out of the frame. A problem of the whole file (a missing column, the wrong datum) empties the frame.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.crs import STORAGE, Datum
from gis.intake.cells import Reading, clean_text, read_codes, read_dates, read_integers, read_numbers, read_periods
from gis.intake.position import (
    FileProblem,
    Place,
    describe_reference_system,
    place_points,
    place_polygons,
    read_datum_column,
    read_reference_system,
    restore_raw,
)
from gis.intake.read import RawFile
from gis.intake.source import Source, SourceColumn
from gis.tables import TABLES
from gis.texts import N_, _
from gis.validate import Problem, empty_frame
from gis.validate.report import row_problems

ANGLES: Final = frozenset({"lon", "lat"})
WKT: Final = "geometry"
"""Canonical name of the column that holds polygons as text, in formats without geometry."""

_POLYGONAL: Final = (3, 6)


@dataclass(frozen=True)
class Normalised:
    """The rows of a file that could be read, and all that was noticed on the way."""

    frame: pd.DataFrame
    """Canonical; the index holds the 1-based row numbers of the file and is named "row"."""
    problems: tuple[Problem, ...]
    evidence: dict[str, Any]


def normalise(raw: RawFile, source: Source, *, datum: Datum | None, areas: gpd.GeoDataFrame | None) -> Normalised:
    """A canonical frame from a file that the firewall let pass.

    `datum`: as the user states it. `areas`: the areas of the store, canonical; they tell the datum and the axes.
    """
    evidence: dict[str, Any] = dict(raw.evidence)
    try:
        headers = match_columns(raw, source)
        cells, problems, notes = read_columns(raw, source, headers)
        if notes:
            evidence["converted"] = notes
        frame = _canonical_columns(cells, source)
        if source.geometry:
            place = _find_place(raw, source, cells, datum=datum, areas=areas)
            evidence |= place.evidence
            if raw.crs:
                evidence["crs"] = describe_reference_system(raw.crs)
            problems += place.problems
            frame, more = _with_geometry(frame, cells, place, source, unread={p.row for p in problems})
            problems += more
    except FileProblem as refusal:
        return Normalised(empty_frame(source.kind), (refusal.problem,), evidence | refusal.evidence)
    rejected = {p.row for p in problems if p.severity == "error"}
    kept = frame[~frame.index.isin(list(rejected))] if rejected else frame
    ordered = sorted(problems, key=lambda p: -1 if p.row is None else p.row)
    return Normalised(kept, tuple(ordered), evidence)


def match_columns(raw: RawFile, source: Source) -> dict[str, str]:
    """Canonical name -> header in the file. Raises FileProblem for a column that is there twice or not at all."""
    headers: dict[str, str] = {}
    for header in map(str, raw.frame.columns):
        name = source.resolve(header)
        if name in headers:
            what = _(
                "the columns {one} and {other} both mean {name}. Keep one of them.",
                one=headers[name],
                other=header,
                name=name,
            )
            raise FileProblem("duplicate-column", name, what)
        if name is not None:
            headers[name] = header
    missing = [c.name for c in source.columns if c.required and c.name not in headers]
    if raw.geometry is not None:
        missing = [name for name in missing if name not in ANGLES]
    elif source.geometry == "polygon" and WKT not in headers:
        missing.append(WKT)
    if missing:
        what = _(
            "the required column is missing. The file has: {headers}. Add it or rename a column.",
            headers=", ".join(map(str, raw.frame.columns)) or "-",
        )
        raise FileProblem("missing-column", ", ".join(missing), what)
    return headers


def read_columns(
    raw: RawFile, source: Source, headers: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Problem], dict[str, dict[str, int]]]:
    """Every declared column that is there, read by its type; problems of cells; column -> conversions -> cells."""
    rows = pd.RangeIndex(1, len(raw.frame) + 1, name="row")
    cells: dict[str, pd.Series] = {}
    problems: list[Problem] = []
    notes: dict[str, dict[str, int]] = {}
    for column in source.columns:
        if column.name not in headers or (raw.geometry is not None and column.name in (*ANGLES, WKT)):
            continue
        text = clean_text(raw.frame[headers[column.name]]).set_axis(rows)
        reading, complaint = _read_column(text, column)
        cells[column.name] = reading.values
        problems += row_problems(
            rows,
            reading.unreadable,
            column=column.name,
            rule=complaint[0],
            text=complaint[1],
            values={"value": text},
        )
        if reading.notes:
            notes[column.name] = dict(reading.notes)
    return pd.DataFrame(cells, index=rows), problems, notes


def _read_column(text: pd.Series, column: SourceColumn) -> tuple[Reading, tuple[str, str]]:
    """A column's values by its type, and rule and text for a cell that cannot be read."""
    if column.name in ANGLES:
        complaint = N_("{value} is no coordinate. Write decimal degrees, such as 120.65432.")
        return read_numbers(text, angles=True), ("coordinate", complaint)
    match column.type:
        case "date" | "months":
            return _read_days(text, column)
        case "integer":
            return read_integers(text), ("integer", N_("{value} is no whole number."))
        case "number":
            return read_numbers(text), ("number", N_("{value} is no number."))
        case "code":
            complaint = N_(
                "{value} is a code that a spreadsheet turned into a number. Format the column as text, enter the "
                "codes again and save."
            )
            return read_codes(text), ("damaged-code", complaint)
        case _:
            return Reading(_translate_values(text, column), np.zeros(len(text), dtype=bool), {}), ("", "")


def _read_days(text: pd.Series, column: SourceColumn) -> tuple[Reading, tuple[str, str]]:
    """The same for days and for periods of months."""
    if column.type == "date":
        complaint = N_("{value} is no date. Write it as YYYY-MM-DD.")
        return read_dates(text, may_stay_open=column.name == "valid_to"), ("date", complaint)
    complaint = N_("{value} is no period of whole months. Write 2023, 2021..2023, 2023-01 or 2023-01..2023-06.")
    return read_periods(text), ("period", complaint)


def _translate_values(text: pd.Series, column: SourceColumn) -> pd.Series:
    """The canonical word for each value that the source lists under other names, such as 街道 for street."""
    if not column.values:
        return text
    words = {**column.values, **{word: word for word in column.values.values()}}
    place, distinct = pd.factorize(text)
    found = pd.Series([words.get(v, words.get(v.casefold(), v)) for v in map(str, distinct)], dtype="str")
    return pd.Series(found.reindex(place).to_numpy(), index=text.index, dtype="str")


def _canonical_columns(cells: pd.DataFrame, source: Source) -> pd.DataFrame:
    """All columns of the table in order, without position; those that the file lacks are missing throughout.

    An event is in force from its day.
    """
    schema, day = TABLES[source.kind].schema, TABLES[source.kind].day
    if day is not None:
        cells = cells.assign(valid_from=cells[day])
    columns = {
        name: cells[name].astype(str(column.dtype))
        if name in cells
        else pd.Series(index=cells.index, dtype=str(column.dtype))
        for name, column in schema.columns.items()
    }
    return pd.DataFrame(columns, index=cells.index)


def _find_place(
    raw: RawFile, source: Source, cells: pd.DataFrame, *, datum: Datum | None, areas: gpd.GeoDataFrame | None
) -> Place:
    """Where the rows lie, from the file's geometry or from its columns. Raises FileProblem."""
    missing = pd.Series(None, index=cells.index, dtype="str")
    geometry, stated = raw.geometry, None
    if geometry is not None:
        geometry, stated = read_reference_system(geometry, raw.crs, option=datum)
    if source.geometry == "polygon":
        polygons = (
            geometry if geometry is not None else shapely.from_wkt(cells[WKT].to_numpy(object), on_invalid="ignore")
        )
        polygons = np.asarray(polygons, dtype=object)
        codes, parents = cells["code"], cells.get("parent_code", missing)
        return place_polygons(polygons, codes, parents, areas=areas, option=datum, stated=stated)
    if geometry is not None:
        single = _single_points(_middles(geometry) if source.kind == "population" else geometry)
        lon, lat = shapely.get_x(single), shapely.get_y(single)
    else:
        lon, lat = cells["lon"].to_numpy(float), cells["lat"].to_numpy(float)
    stated = stated or read_datum_column(cells)
    place = place_points(lon, lat, cells.get("area_code", missing), areas=areas, option=datum, stated=stated)
    return restore_raw(place, cells)


def _middles(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """The middle of each polygon; all else stays."""
    flat = np.isin(shapely.get_type_id(geometry), _POLYGONAL)
    return np.where(flat, shapely.centroid(geometry), geometry)


def _single_points(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Points, also out of multipoints that hold one; None for anything else."""
    points = np.asarray(shapely.get_geometry(geometry, 0), dtype=object)
    points[(shapely.get_type_id(points) != 0) | (shapely.get_num_geometries(geometry) != 1)] = None
    return points


def _with_geometry(
    frame: pd.DataFrame, cells: pd.DataFrame, place: Place, source: Source, *, unread: set[int | None]
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """The frame with its geometry, and the rows whose geometry is missing or of another sort.

    `unread`: rows that have a problem already; a point that is missing because of it is not worth a second one.
    """
    if source.geometry == "polygon":
        other = ~np.isin(shapely.get_type_id(place.geometry), _POLYGONAL)
        written = cells[WKT].notna().to_numpy() if WKT in cells else False
        other &= ~shapely.is_missing(place.geometry) | written
        text = N_("the geometry is no polygon. An area needs a polygon or several.")
        problems = row_problems(frame.index, other, column="geometry", rule="geometry-type", text=text)
        return gpd.GeoDataFrame(frame, geometry=place.geometry, crs=STORAGE), problems
    blank = shapely.is_missing(place.geometry)
    if blank.any():
        blank &= ~frame.index.isin(list(unread))
    text = N_("the row has no point. Fill in lon and lat, or import with --partial to leave such rows out.")
    problems = row_problems(frame.index, blank, column="lon", rule="missing-point", text=text)
    source_datum = pd.Series(place.raw_datum, index=frame.index, dtype="str")
    frame = frame.assign(raw_lon=place.raw_lon, raw_lat=place.raw_lat, source_datum=source_datum)
    return gpd.GeoDataFrame(frame, geometry=place.geometry, crs=STORAGE), problems


__all__ = ["Normalised", "normalise"]
