"""What a proposed correction must be: a geometry that can be, on a target that the actor answers for."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
import shapely

from gis.crs import Datum, area_m2, local_metres, shift_geometries
from gis.errors import DataRejected, NotFound
from gis.roles import Actor
from gis.services.scope import own, require_own_area
from gis.services.workspace import today
from gis.store import access, read
from gis.store.engine import Connection
from gis.texts import _

Shape = shapely.Point | shapely.MultiPolygon
Kind = Literal["boundary", "point"]

MOST_VERTICES: Final = 20_000
FARTHEST_M: Final = 20_000.0
"""A point of a facility lies no farther from its area, in metres."""
_TYPES: Final[Mapping[str, tuple[str, ...]]] = {"boundary": ("Polygon", "MultiPolygon"), "point": ("Point",)}


def read_shape(kind: str, geometry: Mapping[str, Any], *, datum: Datum) -> Shape:
    """The geometry in storage degrees, a boundary as MultiPolygon, without heights. Raises DataRejected."""
    if kind not in _TYPES:
        raise DataRejected(_("A correction is of a boundary or of a point."))
    if geometry.get("type") not in _TYPES[kind]:
        types = ", ".join(_TYPES[kind])
        raise DataRejected(_("The geometry must be GeoJSON of one of these types: {types}.", types=types))
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except (shapely.errors.GEOSException, ValueError, TypeError, RecursionError):
        raise DataRejected(_("The geometry is no GeoJSON that can be read.")) from None
    if shape is None or shape.is_empty:
        raise DataRejected(_("The geometry is empty."))
    shape = shapely.force_2d(shape)
    _check_coordinates(shapely.get_coordinates(shape))
    shape = shift_geometries(np.array([shape], dtype=object), datum=datum)[0]
    if not shape.is_valid:
        reason = shapely.is_valid_reason(shape)
        raise DataRejected(_("The polygon is not valid: {reason}.", reason=reason), details={"reason": reason})
    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


def _check_coordinates(xy: np.ndarray[Any, Any]) -> None:
    if len(xy) > MOST_VERTICES:
        raise DataRejected(_("The polygon has {count} corners; at most {most}.", count=len(xy), most=MOST_VERTICES))
    if not (np.isfinite(xy).all() and (np.abs(xy) <= (180, 90)).all()):
        raise DataRejected(_("Longitudes are within -180..180 and latitudes within -90..90."))


def check_place(connection: Connection, actor: Actor, kind: Kind, target: str, shape: Shape) -> str:
    """Code of the area that a correction belongs to, one that the actor answers for.

    Raises NotFound for a target that is not there today or is not the actor's, DataRejected for a shape elsewhere.
    """
    return (
        _check_area(connection, actor, target, shape)
        if kind == "boundary"
        else _check_facility(connection, actor, target, shape)
    )


def require_own_facility(connection: Connection, actor: Actor, code: str) -> None:
    """Raises NotFound unless the facility is in force today where the actor answers."""
    mine = own(connection, actor)
    if not read.count_table(connection, "facilities", on=today(), known=None, codes=[code], mine=mine):
        raise NotFound(_("No facility {code} on {on}.", code=code, on=today()))


def _check_area(connection: Connection, actor: Actor, code: str, shape: Shape) -> str:
    require_own_area(connection, actor, code)
    area = read.read_table(connection, "areas", on=today(), known=None, codes=[code])
    if area.empty:
        raise NotFound(_("No area {code} among those that you answer for.", code=code))
    if shapely.area(shapely.intersection(area.geometry.iloc[0], shape)) == 0:
        raise DataRejected(_("The new boundary lies away from {code} as it is now.", code=code))
    return code


def _check_facility(connection: Connection, actor: Actor, code: str, shape: Shape) -> str:
    require_own_facility(connection, actor, code)
    facility = read.read_table(connection, "facilities", on=today(), known=None, codes=[code])
    place = facility.geometry.iloc[0]
    scope = access.scope(connection)
    around = read.read_table(connection, "areas", on=today(), known=None, bbox=(place.x, place.y, place.x, place.y))
    # The boundary of the smallest area of the actor's own that holds the facility, else the area that a file claims.
    around = around[around["code"].isin(list(scope))]
    ground = around.iloc[[int(np.argmin(shapely.area(around.geometry.to_numpy())))]] if len(around) else around
    claimed = facility["area_code"].iloc[0]
    if ground.empty and claimed in scope:
        ground = read.read_table(connection, "areas", on=today(), known=None, codes=[claimed])
    if ground.empty:
        raise NotFound(_("No facility {code} in the areas that you answer for.", code=code))
    if metres_apart(ground.geometry.iloc[0], shape) > FARTHEST_M:
        most = f"{FARTHEST_M / 1000:g}"
        raise DataRejected(_("The point lies more than {most} km from {area}.", most=most, area=ground["code"].iloc[0]))
    return str(ground["code"].iloc[0])


def metres_apart(area: shapely.Geometry, point: Shape) -> float:
    """Metres between an area and a point, both in EPSG:4326; 0 inside."""
    x, y = point.centroid.x, point.centroid.y
    plane = local_metres(x, y)
    near = shapely.transform(area, lambda xy: np.column_stack(plane.transform(xy[:, 0], xy[:, 1])))
    return float(shapely.distance(near, shapely.Point(0, 0)))


def ground_m2(before: Shape, after: Shape) -> tuple[float, float]:
    """Square metres of two shapes on the ellipsoid."""
    one, other = area_m2(np.array([before, after], dtype=object))
    return float(one), float(other)
