"""Where the rows of a file lie: from its own coordinates, whatever they are, to storage degrees.

The order is fixed: reference system, then axes, then range, then datum. Each step can refuse the file with one
problem that names the remedy, and then nothing further is said, because everything further would follow from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from gis.crs import STORAGE, Datum, from_datum, shift_geometries, to_storage
from gis.intake.doctor import (
    By,
    DatumFinding,
    find_swapped_axes,
    infer_datum,
    latest_polygons,
    resolve_claims,
    sample_inside,
)
from gis.texts import N_, _
from gis.validate import Problem
from gis.validate.report import problem_at, row_problems

DATUM_NAMES: Final[Mapping[Datum, str]] = {"wgs84": "WGS84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}

SAME_PLACE: Final = 1e-6
"""Degrees, about a decimetre: an export rounds no more than that."""

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]


@dataclass(frozen=True)
class Place:
    """Where each row lies, and how that was found."""

    geometry: Geometries
    """In storage degrees; None where a row has none."""
    raw_lon: Floats
    raw_lat: Floats
    """Degrees as they were given, for points; empty for polygons."""
    raw_datum: NDArray[np.object_] | Datum
    """The datum of the raw pair, one for all rows or one for each."""
    problems: tuple[Problem, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)


class FileProblem(Exception):
    """One problem that refuses the whole file; it never leaves the intake."""

    def __init__(self, rule: str, column: str | None, what: str, *, evidence: Mapping[str, Any] | None = None) -> None:
        super().__init__(what)
        self.problem = problem_at(None, column, rule, "error", what)
        self.evidence = dict(evidence or {})


def place_points(
    lon: Floats,
    lat: Floats,
    codes: pd.Series,
    *,
    areas: gpd.GeoDataFrame | None,
    option: Datum | None,
    stated: Datum | None,
) -> Place:
    """Points of facilities, in degrees of a datum that is stated (`option` by the user, `stated` by the file) or not.

    `codes`: the claimed area code of each row. Raises FileProblem.
    """
    known, polygons = latest_polygons(areas)
    check_axes(lon, lat, polygons)
    problems = check_range(lon, lat, codes.index)
    claims = resolve_claims(codes, known)
    finding = infer_datum(lon, lat, claims, polygons, stated=option or stated, by=_who_states(option, stated))
    warnings = judge_datum(finding)
    x, y = from_datum(lon, lat, datum=finding.datum)
    here = np.isfinite(x) & np.isfinite(y)
    points = np.full(len(x), None, dtype=object)
    points[here] = shapely.points(x[here], y[here])
    return Place(points, lon, lat, finding.datum, (*problems, *warnings), {"datum": finding.evidence()})


def read_datum_column(cells: pd.DataFrame) -> Datum | None:
    """The datum of lon and lat as the file's own columns state it; None where they do not.

    Beside a raw pair, as in a file that wangge wrote, `source_datum` is about that pair, and lon and lat are WGS 84.
    Raises FileProblem for several datums in one file, or an unknown one.
    """
    if "source_datum" not in cells or cells["source_datum"].isna().all():
        return None
    if {"raw_lon", "raw_lat"} <= set(cells):
        return "wgs84"
    written = cells["source_datum"].dropna().unique()
    datums = {_name_datum(str(word)) for word in written}
    datum = datums.pop() if len(datums) == 1 else None
    if datum is None:
        what = _(
            "the file states the datum {datums}. Use wgs84, cgcs2000, gcj02 or bd09, one for each file.",
            datums=", ".join(map(str, written[:5])),
        )
        raise FileProblem("datum", "source_datum", what)
    return datum


def _name_datum(word: str) -> Datum | None:
    """The datum that a word such as GCJ-02 or WGS 84 means."""
    plain = "".join(c for c in word.casefold() if c.isalnum())
    return next((d for d in DATUM_NAMES if plain in (d, d.replace("wgs84", "wgs1984"))), None)


def restore_raw(place: Place, cells: pd.DataFrame) -> Place:
    """The same place with the raw pair that the file hands on, row by row, where that pair does lead to the point."""
    if not {"raw_lon", "raw_lat", "source_datum"} <= set(cells):
        return place
    raw_lon, raw_lat = place.raw_lon.copy(), place.raw_lat.copy()
    raw_datum = np.full(len(cells), place.raw_datum, dtype=object)
    lon, lat = shapely.get_x(place.geometry), shapely.get_y(place.geometry)
    x, y = cells["raw_lon"].to_numpy(float), cells["raw_lat"].to_numpy(float)
    for datum in DATUM_NAMES:
        there = from_datum(x, y, datum=datum)
        leads_here = (np.abs(there[0] - lon) < SAME_PLACE) & (np.abs(there[1] - lat) < SAME_PLACE)
        handed = (cells["source_datum"] == datum).to_numpy() & leads_here
        raw_lon[handed], raw_lat[handed], raw_datum[handed] = x[handed], y[handed], datum
    return replace(place, raw_lon=raw_lon, raw_lat=raw_lat, raw_datum=raw_datum)


def place_polygons(
    polygons: Geometries,
    codes: pd.Series,
    parents: pd.Series,
    *,
    areas: gpd.GeoDataFrame | None,
    option: Datum | None,
    stated: Datum | None,
) -> Place:
    """Polygons of areas in degrees. An area claims its own code where the store has it, or else its parent's.

    Raises FileProblem.
    """
    known, stored = latest_polygons(areas)
    west, south, east, north = shapely.bounds(polygons).T
    lon, lat = (west + east) / 2, (south + north) / 2
    check_axes(lon, lat, stored)
    farthest = np.where(np.abs(west) > np.abs(east), west, east), np.where(np.abs(south) > np.abs(north), south, north)
    problems = check_range(*farthest, codes.index, columns=("geometry", "geometry"))
    claims = known.get_indexer(pd.Index(codes))
    claims = np.where(claims >= 0, claims, resolve_claims(parents, known))
    at = np.flatnonzero(claims >= 0)
    x, y, owner = sample_inside(polygons[at])
    finding = infer_datum(x, y, claims[at][owner], stored, stated=option or stated, by=_who_states(option, stated))
    warnings = judge_datum(finding)
    shifted = shift_geometries(polygons, datum=finding.datum)
    nothing = np.empty(0)
    evidence = {"datum": finding.evidence()}
    return Place(shifted, nothing, nothing, finding.datum, (*problems, *warnings), evidence)


def _who_states(option: Datum | None, stated: Datum | None) -> By:
    return "option" if option else "file" if stated else "assumed"


def read_reference_system(
    geometry: Geometries, crs: str | None, *, option: Datum | None
) -> tuple[Geometries, Datum | None]:
    """Geometries in degrees, and the datum that the file states with its reference system.

    A file without one is refused, unless the user states the datum and the coordinates are degrees.
    """
    flat = np.asarray(shapely.force_2d(geometry), dtype=object)
    if crs is None:
        west, south, east, north = shapely.total_bounds(flat)
        if option and west >= -180 and east <= 180 and south >= -90 and north <= 90:
            return flat, None
        raise FileProblem(
            "missing-crs",
            None,
            _(
                "The file does not say in which coordinate reference system it is. Save it with one (a shapefile needs "
                "its .prj file); if the coordinates are degrees, say their datum with --datum."
            ),
        )
    try:
        system = pyproj.CRS.from_user_input(crs)
        frame = to_storage(gpd.GeoDataFrame(geometry=flat, crs=system))
    except CRSError as reason:
        message = _("The coordinate reference system {crs} is not known. Save the file in EPSG:4326.", crs=crs[:80])
        raise FileProblem("unknown-crs", None, message) from reason
    geodetic = system.geodetic_crs
    name = geodetic.datum.name if geodetic and geodetic.datum else ""
    return frame.geometry.to_numpy(), "cgcs2000" if "China 2000" in name or "CGCS" in name.upper() else "wgs84"


def describe_reference_system(crs: str) -> str:
    """A short name for evidence: the authority's code where there is one."""
    try:
        system = pyproj.CRS.from_user_input(crs)
    except CRSError:
        return crs[:80]
    return STORAGE.to_string() if system == STORAGE else str(system.to_string())[:80]


def check_axes(lon: Floats, lat: Floats, polygons: Geometries) -> None:
    """Raises FileProblem where longitude and latitude changed places."""
    evidence = find_swapped_axes(lon, lat, polygons)
    if not evidence:
        return
    if evidence["by"] == "range":
        reason = _("most latitudes are beyond the poles or where nobody lives")
    else:
        reason = _(
            "{inside} % of the points lie in a known area as they are, {exchanged} % once exchanged",
            inside=f"{100 * evidence['inside']:.1f}",
            exchanged=f"{100 * evidence['inside_exchanged']:.1f}",
        )
    what = _(
        "Longitude and latitude are exchanged: {reason}. Exchange the two columns (or save the file with "
        "x = longitude, y = latitude) and import again.",
        reason=reason,
    )
    raise FileProblem("swapped-axes", None, what, evidence={"axes": evidence})


def check_range(
    lon: Floats, lat: Floats, rows: pd.Index, *, columns: tuple[str, str] = ("lon", "lat")
) -> list[Problem]:
    """One problem for each row outside the globe; raises FileProblem where most rows are, for then they are metres."""
    beyond_lon, beyond_lat = np.abs(lon) > 180, np.abs(lat) > 90
    beyond = beyond_lon | beyond_lat
    if beyond.sum() > max(1, 0.5 * np.isfinite(lon).sum()):
        example = f"{lon[beyond][0]:.3f}, {lat[beyond][0]:.3f}"
        what = _(
            "The coordinates (such as {example}) are no degrees of longitude and latitude. Save the file in "
            "EPSG:4326, or state the reference system that it is really in.",
            example=example,
        )
        raise FileProblem("coordinate", None, what)
    text = N_("{value} is outside the globe. Longitude is -180 to 180 degrees, latitude -90 to 90.")
    return [
        problem
        for column, values, mask in ((columns[0], lon, beyond_lon), (columns[1], lat, beyond_lat))
        for problem in row_problems(
            rows, mask, column=column, rule="coordinate", text=text, values={"value": pd.Series(values)}
        )
    ]


def judge_datum(finding: DatumFinding) -> list[Problem]:
    """A warning where the datum is only assumed; raises FileProblem where the stated one is contradicted."""
    evidence = {"datum": finding.evidence()}
    if finding.contradicted_by:
        fits = finding.contradicted_by
        # CGCS2000 and WGS 84 agree, so the claims are only ever counted under one of the two.
        counted: Datum = "wgs84" if finding.datum == "cgcs2000" else finding.datum
        what = _(
            "The coordinates are said to be {stated}, but they fit {fits}: taken as {fits}, {share_fits} % of {points} "
            "points lie in the area they claim; taken as {stated}, {share} %. Import again with --datum {option}.",
            stated=DATUM_NAMES[finding.datum],
            fits=DATUM_NAMES[fits],
            share_fits=f"{100 * finding.shares[fits]:.1f}",
            points=finding.points,
            share=f"{100 * finding.shares.get(counted, finding.shares['wgs84']):.1f}",
            option=fits,
        )
        raise FileProblem("datum", None, what, evidence=evidence)
    if finding.by != "assumed":
        return []
    what = _(
        "Nothing says which datum the coordinates are in, and no claimed area codes tell; WGS84 is assumed. State it "
        "with --datum (wgs84, cgcs2000, gcj02, bd09)."
    )
    return [problem_at(None, None, "datum-assumed", "warning", what)]
