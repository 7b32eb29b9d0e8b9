"""A stand-in for the web application: the light page, its tiles made by mapbox_vector_tile, gaps, search and chain.

It answers on 127.0.0.1 and notes what it was asked for and how many bytes it sent.
"""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import mapbox_vector_tile
import numpy as np
import shapely
from numpy.typing import NDArray

from gis.texts import Language
from maps.assets import served
from maps.responsibility import ResponsibilityData, render_tiled, summarise

HALF = math.pi * 6378137.0
"""Half the width of the world in the coordinates of web tiles."""


def to_tiles(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees -> the plane that web tiles are cut from."""
    x = lonlat[:, 0] / 180 * HALF
    y = np.log(np.tan(np.pi / 4 + np.radians(lonlat[:, 1]) / 2)) * HALF / np.pi
    return np.column_stack([x, y])


@dataclass
class Application:
    """The data it serves, and what it was asked for."""

    data: ResponsibilityData
    lang: Language = "zh"
    sent: dict[str, int] = field(default_factory=dict)
    """Path with query -> bytes of the answer."""

    def __post_init__(self) -> None:
        areas = self.data.areas
        self.columns = [c for c in ("code", "name", "level", "officer", "state") if c in areas]
        plane = shapely.transform(areas.geometry.to_numpy(), to_tiles)
        self.plane = {level: plane[(areas["level"] == level).to_numpy()] for level in self.data.levels}
        self.rows = {level: areas[areas["level"] == level] for level in self.data.levels}
        self.points = shapely.transform(self.data.facilities.geometry.to_numpy(), to_tiles)

    def answer(self, target: str) -> tuple[str, bytes] | None:  # noqa: PLR0911
        """Media type and body, or None for 404."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        place = [unquote(part) for part in parts.path.strip("/").split("/")]
        match place:
            case [""]:
                return "text/html; charset=utf-8", render_tiled(summarise(self.data), lang=self.lang).encode()
            case ["assets", name]:
                asset = served(name)
                return None if asset is None else (asset.media_type, asset.content)
            case ["tiles", layer, z, x, y]:
                return "application/vnd.mapbox-vector-tile", self.tile(layer, int(z), int(x), int(y))
            case ["api", "gaps", "responsibility"]:
                faults = json.loads(self.data.faults.to_json(drop_id=True))
                return _json({"on": query["on"], **self.data.gaps, "geometry": faults})
            case ["api", "areas"]:
                return _json(self.search(query["q"], int(query["limit"])))
            case ["api", "who", code]:
                return _json({"target": code, "chain": self.chain(code)})
        return None

    def tile(self, layer: str, z: int, x: int, y: int) -> bytes:
        """One vector tile: areas clipped to it, or the facilities in it counted on a lattice of 16 by 16."""
        side = 2 * HALF / 2**z
        west, north = x * side - HALF, HALF - y * side
        bounds = (west, north - side, west + side, north)
        if layer == "facilities":
            features = self._facilities(bounds)
        else:
            margin = side / 64
            wide = (bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin)
            near = np.flatnonzero(shapely.intersects(self.plane[layer], shapely.box(*wide)))
            shapes = shapely.clip_by_rect(shapely.simplify(self.plane[layer][near], side / 4096), *wide)
            rows = self.rows[layer].iloc[near][self.columns]
            records = rows.astype(object).where(rows.notna(), None).to_dict("records")
            features = [
                {"geometry": shape, "properties": {k: v for k, v in row.items() if v is not None}}
                for shape, row in zip(shapes, records, strict=True)
                if not shape.is_empty
            ]
        for feature in features:
            feature["geometry"] = shapely.transform(feature["geometry"], lambda xy: (xy - bounds[:2]) / side * 4096)
        tile: bytes = mapbox_vector_tile.encode([{"name": layer, "features": features}])
        return tile

    def _facilities(self, bounds: tuple[float, float, float, float]) -> list[dict[str, Any]]:
        xy = shapely.get_coordinates(self.points)
        step = (bounds[2] - bounds[0]) / 16
        cell = np.floor((xy - bounds[:2]) / step).astype(int)
        inside = np.flatnonzero(((cell >= 0) & (cell < 16)).all(axis=1))
        features = []
        for key in np.unique(cell[inside] @ [16, 1]):
            members = inside[cell[inside] @ [16, 1] == key]
            one = self.data.facilities.iloc[members[0]]
            names = {"code": one["code"], "name": one["name"], "kind": one["kind"]} if len(members) == 1 else {}
            middle = shapely.Point(*xy[members].mean(axis=0))
            features.append({"geometry": middle, "properties": {**names, "count": len(members)}})
        return features

    def search(self, text: str, limit: int) -> dict[str, Any]:
        """Areas by the start of their code or a part of their name."""
        areas = self.data.areas
        hits = areas[areas["code"].str.startswith(text) | areas["name"].str.contains(text, regex=False)]
        items = [
            {"code": row.code, "name": row.name, "level": row.level, "bbox": list(row.geometry.bounds)}
            for row in hits[["code", "name", "level", "geometry"]].head(limit).itertuples(index=False, name="Row")
        ]
        return {"total": len(hits), "items": items}

    def chain(self, code: str) -> list[dict[str, Any]]:
        """The area and all above it."""
        by_code = self.data.areas.set_index("code")
        links = []
        while code in by_code.index:
            row = by_code.loc[code]
            link = {"area": code, "level": row["level"], "officer": row["officer"], "role": "primary"}
            links.append({**link, "from": "2025-01-01", "to": None})
            code = row["parent_code"]
        return links


def _json(value: object) -> tuple[str, bytes]:
    return "application/json", json.dumps(value, ensure_ascii=False).encode()


@contextmanager
def serve(application: Application) -> Iterator[str]:
    """The address it answers on while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = application.answer(self.path)
            self.send_response(200 if answer else 404)
            media_type, body = answer or ("text/plain", b"")
            application.sent[self.path] = len(body)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            with suppress(BrokenPipeError, ConnectionResetError):  # a browser drops tiles it no longer needs
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
