"""Evidence before anything is written: which datum the coordinates are in, and whether their axes are swapped.

A *claim* is the area code that a row names for itself: a facility's `area_code`, an area's own code where the store
has it already, or else its parent. A coordinate *fits* under a datum if, taken to be in it, it lies in the polygon of
the claimed area. Points of the GCJ-02 datum lie 300 to 700 m away from the truth, so of two datums the one that puts
clearly more points into the area they claim is the one they are in.

Only points on which two datums disagree tell them apart: far inside a district both fit. One datum *beats* another if
at least three points, and at least 0.5 % of all, fit under it alone, and at least twice as many as fit under the other
alone. A wrong claim, or a boundary that is drawn roughly, speaks against both datums alike and decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.crs import Datum, from_datum

SAMPLE: Final = 5000
"""Points that are looked at, at most."""
SEED: Final = 20240501

LEAST_POINTS: Final = 3
LEAST_SHARE: Final = 0.005
TIMES_AS_MANY: Final = 2
FITS: Final = 0.5
"""A datum under which fewer points fit than this share is never inferred."""

CODE_PREFIXES: Final = (15, 12, 9, 6)
LAST_SETTLEMENT: Final = 84.0
"""Degrees of latitude beyond which nobody lives; a coordinate beyond it is a longitude."""

_CANDIDATES: Final[tuple[Datum, ...]] = ("wgs84", "gcj02", "bd09")

By = Literal["option", "file", "claimed-areas", "assumed"]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Positions = NDArray[np.intp]


@dataclass(frozen=True)
class DatumFinding:
    """The datum of a file, who says so, and how well each datum fits."""

    datum: Datum
    by: By
    shares: Mapping[Datum, float]
    """Share of the points that fit under each datum, 0 to 1; empty without claims."""
    points: int
    """Number of points with a claim that were looked at."""
    contradicted_by: Datum | None = None
    """The datum that beats the one which the file or the user states."""

    def evidence(self) -> dict[str, Any]:
        """JSON-ready."""
        candidates = {datum: round(share, 4) for datum, share in self.shares.items()}
        return {"chosen": self.datum, "by": self.by, "candidates": candidates, "points": self.points}


def infer_datum(
    lon: Floats,
    lat: Floats,
    claims: Positions,
    polygons: NDArray[np.object_],
    *,
    stated: Datum | None = None,
    by: By = "assumed",
) -> DatumFinding:
    """The datum of points in degrees, each with the position of its claimed polygon in `polygons` (-1: no claim).

    `stated`: what the user (`by` option) or the file says; it holds unless another datum beats it. Without it the
    datum that beats WGS 84 is taken, and WGS 84 where none does.
    """
    usable = np.flatnonzero((claims >= 0) & np.isfinite(lon) & np.isfinite(lat))
    if len(usable) > SAMPLE:
        usable = np.sort(np.random.default_rng(SEED).choice(usable, SAMPLE, replace=False))
    fits = _fits_by_datum(lon[usable], lat[usable], polygons, claims[usable])
    shares: Mapping[Datum, float] = MappingProxyType(
        {d: float(f.mean()) for d, f in fits.items()} if len(usable) else {}
    )
    reference: Datum = "wgs84" if stated in (None, "cgcs2000") else stated
    if not shares:
        return DatumFinding(stated or "wgs84", by, shares, 0)
    best = max(shares, key=lambda datum: shares[datum])
    better = best if shares[best] >= FITS and beats(fits[best], fits.get(reference, fits["wgs84"])) else None
    if stated:
        return DatumFinding(stated, by, shares, len(usable), contradicted_by=better)
    if better:
        return DatumFinding(better, "claimed-areas", shares, len(usable))
    confirmed = shares["wgs84"] >= FITS and all(beats(fits["wgs84"], f) for d, f in fits.items() if d != "wgs84")
    return DatumFinding("wgs84", "claimed-areas" if confirmed else "assumed", shares, len(usable))


def beats(one: Mask, other: Mask) -> bool:
    """Whether clearly more points fit under one datum than under another; see the definition above."""
    alone, against = int((one & ~other).sum()), int((other & ~one).sum())
    return alone >= max(LEAST_POINTS, LEAST_SHARE * len(one)) and alone >= TIMES_AS_MANY * against


def _fits_by_datum(lon: Floats, lat: Floats, polygons: NDArray[np.object_], claims: Positions) -> dict[Datum, Mask]:
    """Which points fit, under each datum that moves any of them at all (GCJ-02 does not outside China)."""
    used, at = np.unique(claims, return_inverse=True)
    sound = shapely.make_valid(polygons[used])
    shapely.prepare(sound)
    fits: dict[Datum, Mask] = {}
    for datum in _CANDIDATES:
        x, y = from_datum(lon, lat, datum=datum)
        if datum == "wgs84" or np.abs(x - lon).max(initial=0) > 1e-7:
            fits[datum] = np.asarray(shapely.intersects_xy(sound[at], x, y))
    return fits


def resolve_claims(codes: pd.Series, known: pd.Index) -> Positions:
    """Position in `known` of each claimed code, or of the area that its first 15, 12, 9 or 6 digits name; -1: none.

    >>> resolve_claims(pd.Series(["330303001", "33030300", "CHI01", None]), pd.Index(["330303", "CHI01"])).tolist()
    [0, 0, 1, -1]
    """
    place, distinct = pd.factorize(codes)
    at = known.get_indexer(pd.Index(distinct))
    for i in np.flatnonzero(at < 0):
        code = str(distinct[int(i)])
        if code.isdecimal():
            shorter = known.get_indexer(pd.Index([code[:n] for n in CODE_PREFIXES if n < len(code)], dtype="str"))
            at[i] = next((found for found in shorter if found >= 0), -1)
    return np.where(place >= 0, np.append(at, -1)[place], -1)


def latest_polygons(areas: gpd.GeoDataFrame | None) -> tuple[pd.Index, NDArray[np.object_]]:
    """Codes and polygons of areas, one each: the version that is in force longest."""
    if areas is None or len(areas) == 0:
        return pd.Index([], dtype="str"), np.empty(0, dtype=object)
    latest = areas.sort_values("valid_to", na_position="last", kind="stable").drop_duplicates("code", keep="last")
    latest = latest[latest.geometry.notna()]
    return pd.Index(latest["code"]), latest.geometry.to_numpy()


def sample_inside(polygons: NDArray[np.object_], *, total: int = SAMPLE) -> tuple[Floats, Floats, Positions]:
    """About `total` points inside polygons (at most that many polygons), evenly over each: lon, lat, position."""
    rng = np.random.default_rng(SEED)
    usable = np.flatnonzero(~shapely.is_missing(polygons) & ~shapely.is_empty(polygons))
    if len(usable) > total:
        usable = np.sort(rng.choice(usable, total, replace=False))
    if len(usable) == 0:
        return np.empty(0), np.empty(0), usable
    sound = shapely.make_valid(polygons[usable])
    shapely.prepare(sound)
    owner = np.repeat(np.arange(len(usable)), 2 * max(1, total // len(usable)))
    west, south, east, north = shapely.bounds(sound)[owner].T
    lon = west + (east - west) * rng.random(len(owner))
    lat = south + (north - south) * rng.random(len(owner))
    inside = shapely.contains_xy(sound[owner], lon, lat)
    return lon[inside], lat[inside], usable[owner[inside]]


def find_swapped_axes(lon: Floats, lat: Floats, polygons: NDArray[np.object_]) -> dict[str, Any] | None:
    """Evidence that longitude and latitude changed places, JSON-ready; None where nothing speaks for it.

    They did if most latitudes are none (beyond 84 degrees) while the longitudes would be, or if hardly a point lies
    in any known area, but most do once the two are exchanged.
    """
    usable = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if len(usable) > SAMPLE:
        usable = np.random.default_rng(SEED).choice(usable, SAMPLE, replace=False)
    if len(usable) == 0:
        return None
    x, y = lon[usable], lat[usable]
    impossible = (np.abs(y) > LAST_SETTLEMENT) & (np.abs(y) <= 180) & (np.abs(x) <= LAST_SETTLEMENT)
    if impossible.mean() > 0.5:
        return {"by": "range", "points": len(usable), "impossible": round(float(impossible.mean()), 4)}
    as_given, exchanged = _share_in_any(x, y, polygons), _share_in_any(y, x, polygons)
    if as_given < 0.05 and exchanged > 0.5:
        return {"by": "areas", "points": len(usable), "inside": as_given, "inside_exchanged": exchanged}
    return None


def _share_in_any(lon: Floats, lat: Floats, polygons: NDArray[np.object_]) -> float:
    """Share of the points that lie in at least one polygon."""
    if len(polygons) == 0:
        return 0.0
    hit = shapely.STRtree(np.asarray(shapely.points(lon, lat), dtype=object)).query(polygons, predicate="intersects")[1]
    return round(len(np.unique(hit)) / len(lon), 4)
