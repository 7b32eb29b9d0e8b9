"""Coordinates: the only place that changes a reference system or a datum, and that measures on the ellipsoid.

Storage is longitude and latitude in degrees, EPSG:4326. CGCS2000 (EPSG:4490) agrees with WGS 84 to a few
centimetres and is stored as it is. GCJ-02 is the shifted datum of Chinese web maps (300-700 m away from WGS 84
inside China, identical outside); BD-09 is Baidu's further shift of GCJ-02. Both are kept beside the raw pair.

An edge of a stored polygon is the straight line between its two vertices in longitude and latitude. Areas are
the exact integral over that figure on the WGS 84 ellipsoid, so that the parts of a polygon always add up to it,
however many vertices a neighbour has on the common border. Web Mercator is never used to measure.
"""

from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.errors import DataRejected
from gis.texts import _

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
DATUMS: Final[tuple[Datum, ...]] = ("wgs84", "cgcs2000", "gcj02", "bd09")

STORAGE: Final = pyproj.CRS.from_epsg(4326)
Floats = NDArray[np.float64]

_ELLIPSOID: Final = pyproj.Geod(ellps="WGS84")
_WGS84_A: Final = 6378137.0
_WGS84_F: Final = 1 / 298.257223563
_E2: Final = _WGS84_F * (2 - _WGS84_F)
_E: Final = _E2**0.5

# Constants of the published GCJ-02 algorithm: Krasovsky 1940 ellipsoid.
_GCJ_A: Final = 6378245.0
_GCJ_E2: Final = 0.00669342162296594323
_BD_PI: Final = np.pi * 3000.0 / 180.0


def to_storage(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same rows in EPSG:4326. Raises DataRejected where the frame states no reference system."""
    if frame.crs is None:
        raise DataRejected(
            _("The file states no coordinate reference system. Save it with one (a .prj beside a shapefile).")
        )
    return frame if frame.crs == STORAGE else frame.to_crs(STORAGE)


def local_metres(lon: float, lat: float) -> pyproj.Transformer:
    """Degrees -> metres east and north of a point: transverse Mercator, true to scale there (1e-6 within 9 km)."""
    plane = pyproj.CRS.from_proj4(
        f"+proj=tmerc +lat_0={float(lat)!r} +lon_0={float(lon)!r} +k=1 +ellps=WGS84 +units=m +no_defs"
    )
    return pyproj.Transformer.from_crs(STORAGE, plane, always_xy=True)


def area_m2(geometries: ArrayLike) -> Floats:
    """Square metres on the WGS 84 ellipsoid, one value for each polygon or multipolygon in EPSG:4326.

    Anything that is not a polygon, and an empty one, measures 0. Collections count their polygons.

    Source: area under a parallel on the ellipsoid, Snyder 1987 (USGS PP 1395) eq. 3-12, integrated along each
    edge with three-point Gauss-Legendre quadrature.

    >>> one = shapely.box(120.0, 30.0, 120.001, 30.001)
    >>> two = shapely.box(120.001, 30.0, 120.002, 30.001)
    >>> whole, left, right = area_m2([shapely.union(one, two), one, two])
    >>> round(float(whole)), bool(abs(whole - left - right) < 1e-6)
    (21391, True)
    """
    geometries = np.atleast_1d(np.asarray(geometries, dtype=object))
    parts, owner = shapely.get_parts(geometries, return_index=True)
    nested = shapely.get_type_id(parts) == 6
    if nested.any():
        inner, inner_owner = shapely.get_parts(parts[nested], return_index=True)
        parts = np.concatenate([parts[~nested], inner])
        owner = np.concatenate([owner[~nested], owner[nested][inner_owner]])
    flat = (shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)
    parts, owner = parts[flat], owner[flat]
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    if len(rings) == 0:
        return np.zeros(len(geometries))
    is_shell = np.r_[True, ring_part[1:] != ring_part[:-1]]
    areas = _ring_areas(rings)
    signed = np.where(is_shell, areas, -areas)
    return np.bincount(owner[ring_part], signed, minlength=len(geometries)).astype(np.float64)


def distances_m(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> Floats:
    """Metres of the shortest line on the WGS 84 ellipsoid between places in EPSG:4326; shapes as numpy broadcasts them.

    >>> round(float(distances_m(120.0, 30.0, 120.0, 30.01)), 1)
    1108.5
    """
    ends = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in (lon, lat, to_lon, to_lat)))
    west, south, east, north = (end.ravel() for end in ends)
    _there, _back, metres = _ELLIPSOID.inv(west, south, east, north)
    return np.asarray(metres, dtype=np.float64).reshape(ends[0].shape)


def _ring_areas(rings: NDArray[np.object_]) -> Floats:
    """Unsigned square metres inside each closed ring."""
    points, ring = shapely.get_coordinates(rings, return_index=True)
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    first = np.searchsorted(ring, np.arange(len(rings)))
    base = _area_to_equator(lat[first])[ring[:-1]]
    step = np.diff(lon)
    step[ring[1:] != ring[:-1]] = 0.0
    mean = np.zeros_like(step)
    for node, weight in zip(*np.polynomial.legendre.leggauss(3), strict=True):
        at = lat[:-1] * (0.5 - node / 2) + lat[1:] * (0.5 + node / 2)
        mean += weight / 2 * (_area_to_equator(at) - base)
    return np.abs(np.bincount(ring[:-1], step * mean, minlength=len(rings)))


def _area_to_equator(lat: Floats) -> Floats:
    """Square metres between the equator and a parallel, for each radian of longitude."""
    s = np.sin(lat)
    b2 = _WGS84_A**2 * (1 - _E2)
    return b2 / 2 * (s / (1 - _E2 * s * s) + np.arctanh(_E * s) / _E)


def outside_china(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Where GCJ-02 is not shifted: outside the rectangle that the algorithm uses for China."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return ~((lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271))


def from_datum(lon: ArrayLike, lat: ArrayLike, *, datum: Datum) -> tuple[Floats, Floats]:
    """Storage degrees of coordinates that were given in `datum`; the inverse shift is exact to 1e-9 degrees.

    >>> lon, lat = from_datum([121.5315419], [31.1753040], datum="gcj02")
    >>> round(float(lon[0]), 6), round(float(lat[0]), 6)
    (121.527211, 31.177428)
    """
    x, y = np.array(lon, dtype=float, ndmin=1), np.array(lat, dtype=float, ndmin=1)
    if datum == "bd09":
        x, y = _bd09_to_gcj02(x, y)
    if datum in ("bd09", "gcj02"):
        x, y = _gcj02_to_wgs84(x, y)
    return x, y


def to_datum(lon: ArrayLike, lat: ArrayLike, *, datum: Datum) -> tuple[Floats, Floats]:
    """Coordinates in `datum` of storage degrees; the inverse of `from_datum`.

    >>> lon, lat = to_datum([121.5272106], [31.1774276], datum="gcj02")
    >>> round(float(lon[0]), 6), round(float(lat[0]), 6)
    (121.531542, 31.175304)
    """
    x, y = np.array(lon, dtype=float, ndmin=1), np.array(lat, dtype=float, ndmin=1)
    if datum in ("bd09", "gcj02"):
        dx, dy = _gcj02_shift(x, y)
        x, y = x + dx, y + dy
    if datum == "bd09":
        r = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_PI)
        angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_PI)
        x, y = r * np.cos(angle) + 0.0065, r * np.sin(angle) + 0.006
    return x, y


def shift_geometries(geometries: ArrayLike, *, datum: Datum) -> NDArray[np.object_]:
    """New geometries in storage degrees from ones whose coordinates are in `datum`."""
    geometries = np.asarray(geometries, dtype=object)
    if datum in ("wgs84", "cgcs2000"):
        return geometries
    return np.asarray(
        shapely.transform(geometries, lambda xy: np.column_stack(from_datum(xy[:, 0], xy[:, 1], datum=datum)))
    )


def _gcj02_shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Degrees that GCJ-02 adds at each WGS 84 position; zero outside China."""
    x, y, pi = lon - 105.0, lat - 35.0, np.pi
    wave = 20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)
    root = np.sqrt(np.abs(x))
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + 2 / 3 * wave
    d_lat += 2 / 3 * (20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi))
    d_lat += 2 / 3 * (160 * np.sin(y / 12 * pi) + 320 * np.sin(y * pi / 30))
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + 2 / 3 * wave
    d_lon += 2 / 3 * (20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi))
    d_lon += 2 / 3 * (150 * np.sin(x / 12 * pi) + 300 * np.sin(x / 30 * pi))
    phi = np.radians(lat)
    w2 = 1 - _GCJ_E2 * np.sin(phi) ** 2
    d_lat = np.degrees(d_lat / (_GCJ_A * (1 - _GCJ_E2) / (w2 * np.sqrt(w2))))
    d_lon = np.degrees(d_lon / (_GCJ_A / np.sqrt(w2) * np.cos(phi)))
    away = outside_china(lon, lat)
    return np.where(away, 0.0, d_lon), np.where(away, 0.0, d_lat)


def _gcj02_to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon.copy(), lat.copy()
    for _step in range(8):
        dx, dy = _gcj02_shift(x, y)
        x, y = lon - dx, lat - dy
    return x, y


def _bd09_to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Fixed-point inverse of the published forward formula."""
    x, y = lon - 0.0065, lat - 0.006
    for _step in range(8):
        r = np.hypot(lon - 0.0065, lat - 0.006) - 0.00002 * np.sin(y * _BD_PI)
        angle = np.arctan2(lat - 0.006, lon - 0.0065) - 0.000003 * np.cos(x * _BD_PI)
        x, y = r * np.cos(angle), r * np.sin(angle)
    return x, y
