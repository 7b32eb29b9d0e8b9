"""GeoJSON, one feature at a time: simple properties are columns, everything else is a hidden place.

RFC 7946 says longitude and latitude on WGS 84; the `crs` member of the older draft is believed where it is there.
Objects and lists in properties are flattened to `property.key`; members that are foreign to GeoJSON are kept as text.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gis.intake.readers.channel import BATCH, GEOMETRY, N_, Job, Output, Refused, text_table
from gis.intake.readers.shapes import multipolygon, polygon, to_wkb

Json = Any
"""Whatever a JSON text may say; looked at before it is used."""

_CHUNK: Final = 2**20
_LONGEST: Final = 64 * 2**20
"""Characters of one value."""
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_EPSG: Final = re.compile(r"(?:urn:ogc:def:crs:)?EPSG:[\d.]*:?(\d+)", re.IGNORECASE)


class _Text:
    """JSON text read through a window, so that a long list of features is never held whole."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text, self._at, self._ended = "", 0, False
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant)

    def _more(self) -> None:
        chunk = self._file.read(max(_CHUNK, len(self._text) - self._at))
        self._ended = not chunk
        self._text = self._text[self._at :] + self._decode(chunk, self._ended)
        self._at = 0

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._more()

    def skip(self, character: str) -> bool:
        """Step over a character if it comes next."""
        found = self.peek() == character
        self._at += found
        return found

    def expect(self, character: str) -> None:
        if not self.skip(character):
            raise _broken()

    def value(self) -> Json:
        """The next value whole; more of the file is read until it is complete."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended or len(self._text) - self._at > _LONGEST:
                    raise _broken() from error
            else:
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            self._more()


def _broken() -> Refused:
    return Refused(N_("{file} is no complete GeoJSON: it is cut off or broken. Save it again."))


def _refuse_constant(_name: str) -> None:
    raise _broken()


def read(job: Job, output: Output) -> None:
    """Send the features. Raises Refused for broken JSON, another type of document, a geometry that cannot be."""
    output.crs = "EPSG:4326"
    foreign: list[tuple[str, str]] = []
    try:
        with Path(job.path).open("rb") as file:
            features = _features(_Text(file), foreign)
            first = 1
            while batch := list(islice(features, BATCH)):
                _send_batch(output, batch, first, foreign)
                first += len(batch)
    except (UnicodeDecodeError, RecursionError) as error:
        raise _broken() from error
    for name, value in [item for item in foreign if item[0] == "crs"]:
        output.crs = _crs(json.loads(value))
        foreign.remove((name, value))
    output.evidence["crs"] = "crs member" if output.crs != "EPSG:4326" else "format"
    if foreign:
        output.send_texts(["member", "value"], foreign, place="members")


def _features(text: _Text, foreign: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """The features of the collection; the other members of the document go to `foreign`."""
    text.expect("{")
    kind, listed = None, False
    while not text.skip("}"):
        key = text.value()
        text.expect(":")
        if key == "features" and text.skip("["):
            listed = True
            while not text.skip("]"):
                yield _checked(text.value())
                if not text.skip(","):
                    text.expect("]")
                    break
        elif key == "type":
            kind = text.value()
        elif key not in ("bbox",):
            value = text.value()
            foreign.append((str(key), value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))
        else:
            text.value()
        if not text.skip(","):
            text.expect("}")
            break
    if text.peek():
        raise _broken()
    if kind != "FeatureCollection" or not listed:
        raise Refused(N_("{file} is JSON but no GeoJSON FeatureCollection. Export the layer as GeoJSON."))


def _checked(feature: object) -> dict[str, Any]:
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        raise _broken()
    return feature


def _send_batch(output: Output, features: list[dict[str, Any]], first: int, foreign: list[tuple[str, str]]) -> None:
    rows: list[dict[str, str | None]] = []
    nested: list[dict[str, str | None]] = []
    for feature in features:
        simple: dict[str, str | None] = {}
        deep: dict[str, str | None] = {}
        for key, value in (feature.get("properties") or {}).items():
            if isinstance(value, dict | list):
                deep |= flatten(value, key)
            else:
                simple[key.replace("\x00", "")] = _text_of(value)
        rows.append(simple)
        if deep:
            nested.append(deep)
        foreign.extend(
            (key, json.dumps(value, ensure_ascii=False))
            for key, value in feature.items()
            if key not in ("type", "properties", "geometry", "bbox")
        )
    wkb = to_wkb(_geometries(features, first))
    output.send(_table(rows).append_column(pa.field(GEOMETRY, pa.binary()), wkb))
    if nested:
        output.send(_table(nested), place="nested")


def _table(rows: list[dict[str, str | None]]) -> pa.Table:
    names = list(dict.fromkeys(key for row in rows for key in row))
    if not names:
        return pa.table({"#1": pa.nulls(len(rows), pa.string())})
    return text_table(names, [[row.get(name) for name in names] for row in rows])


def _geometries(features: list[dict[str, Any]], first: int) -> NDArray[np.object_]:
    shapes: NDArray[np.object_] = np.empty(len(features), dtype=object)
    for at, feature in enumerate(features):
        try:
            shapes[at] = _shape(feature.get("geometry"))
        except (shapely.errors.ShapelyError, ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
            raise Refused(
                N_("{file}, row {row}: the geometry is no GeoJSON geometry. Export it again."), row=first + at
            ) from error
    return shapes


def _shape(geometry: Json) -> shapely.Geometry | None:
    """Polygons straight from their lists, which is fast; the rest through GEOS."""
    if geometry is None:
        return None
    kind, coordinates = geometry["type"], geometry.get("coordinates")
    if kind == "Polygon" and coordinates:
        return polygon(coordinates)
    if kind == "MultiPolygon" and coordinates and all(coordinates):
        return multipolygon([polygon(rings) for rings in coordinates])
    return shapely.from_geojson(json.dumps(geometry))


def flatten(value: object, prefix: str) -> dict[str, str | None]:
    """Every scalar in nested objects and lists, under the path that leads to it.

    >>> flatten({"a": [1, {"b": "x"}]}, "p")
    {'p.a.0': '1', 'p.a.1.b': 'x'}
    """
    if not isinstance(value, dict | list):
        return {prefix: _text_of(value)}
    items: Iterable[tuple[object, object]] = value.items() if isinstance(value, dict) else enumerate(value)
    found: dict[str, str | None] = {}
    for key, inner in items:
        found |= flatten(inner, f"{prefix}.{key}".replace("\x00", ""))
    return found


def _text_of(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return str(value)


def _crs(member: object) -> str | None:
    """What the old `crs` member names, as `EPSG:n`; None for null, which means unknown."""
    properties = member.get("properties") if isinstance(member, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if "CRS84" in name:
        return "EPSG:4326"
    match = _EPSG.fullmatch(name)
    return f"EPSG:{match[1]}" if match else None
