"""Frames as JSON: missing is null, days are ISO text, geometry is GeoJSON (RFC 7946, degrees of WGS84).

Whole columns are turned at a time and geometry is written by GEOS: a model for every row would cost several times
as much as the JSON itself.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from starlette.responses import Response

JSON = "application/json"
GEOJSON = "application/geo+json"
NO_STORE: Final = {"Cache-Control": "no-store"}


def to_json(document: object) -> str:
    """One JSON document; NaN in it is our bug and raises ValueError."""
    return _ENCODER.encode(document)


def unkept(document: object, *, status: int = 200) -> Response:
    """JSON that no cache keeps."""
    return Response(to_json(document), status, NO_STORE, media_type=JSON)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict a row, without geometry."""
    columns = {str(name): _plain(frame[name]) for name in frame.columns if name != "geometry"}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def boxes(frame: pd.DataFrame) -> list[list[float] | None]:
    """The box `[west, south, east, north]` of each row's geometry, in degrees; None where there is none."""
    bounds = shapely.bounds(frame["geometry"].to_numpy())
    return [box if known else None for box, known in zip(bounds.tolist(), ~np.isnan(bounds[:, 0]), strict=True)]


def geometry(frame: pd.DataFrame) -> Any:  # noqa: ANN401 - GeoJSON is any of seven shapes
    """GeoJSON geometry of the only row."""
    text = shapely.to_geojson(frame["geometry"].to_numpy()[0])
    return json.loads(text) if text else None


def feature_collection(frame: pd.DataFrame, properties: list[dict[str, Any]], **members: object) -> str:
    """A GeoJSON FeatureCollection as text; `members` stand beside its features."""
    shapes = shapely.to_geojson(frame["geometry"].to_numpy())
    features = ",".join(
        f'{{"type":"Feature","properties":{to_json(row)},"geometry":{shape or "null"}}}'
        for row, shape in zip(properties, shapes, strict=True)
    )
    foreign = "".join(f"{json.dumps(name)}:{to_json(value)}," for name, value in members.items())
    return f'{{"type":"FeatureCollection",{foreign}"features":[{features}]}}'


def _plain(column: "pd.Series[Any]") -> list[Any]:
    """The values as Python's own, None where missing."""
    missing = column.isna()
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        values = column.map(lambda moment: moment.isoformat(), na_action="ignore")
    elif pd.api.types.is_datetime64_any_dtype(column):
        days = np.datetime_as_string(column.to_numpy("datetime64[D]"))
        values = pd.Series(days, index=column.index, dtype=object)
    else:
        values = column
    return values.astype(object).where(~missing, None).tolist()


def _scalar(value: object) -> Any:  # noqa: ANN401 - whatever JSON has for it
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"No JSON for {type(value).__name__}")


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_scalar)
