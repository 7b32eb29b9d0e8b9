"""Small road networks for tests: nodes as metres east and north of a corner, ways as lists of them with tags."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import osmium
import pyarrow as pa

from gis.intake.readers.osm import NODE_TAGS, WAY_TAGS
from gis.intake.roads import ReadRoads, build_network
from gis.roads import RoadNetwork

LON, LAT = 120.0, 30.0
PER_LON, PER_LAT = 96_486.3, 110_852.4
"""Metres of a degree at that corner."""

Tags = dict[str, str]
Positions = dict[int, tuple[float, float]]
Ways = dict[int, tuple[list[int], Tags]]
Turn = tuple[str, int, int, int]
"""Kind, way it comes from, node, way it goes to."""


def at(east: float, north: float) -> tuple[float, float]:
    """Longitude and latitude of a place in metres."""
    return LON + east / PER_LON, LAT + north / PER_LAT


def read_town(
    positions: Positions, ways: Ways, *, tags: Mapping[int, Tags] | None = None, turns: Sequence[Turn] = ()
) -> ReadRoads | None:
    """What the intake makes of it; `tags` are those of nodes."""
    node_tags = tags or {}
    places = {number: at(*metres) for number, metres in positions.items()}
    nodes: dict[str, object] = {"id": list(places)}
    nodes |= {
        tag: pa.array([node_tags.get(number, {}).get(tag) for number in places], pa.string()) for tag in NODE_TAGS
    }
    nodes |= {"lon": [place[0] for place in places.values()], "lat": [place[1] for place in places.values()]}
    roads: dict[str, object] = {"id": list(ways)}
    roads |= {tag: pa.array([about.get(tag) for _refs, about in ways.values()], pa.string()) for tag in WAY_TAGS}
    roads["refs"] = pa.array([list(refs) for refs, _about in ways.values()], pa.list_(pa.int64()))
    restrictions = {
        "id": pa.array(range(len(turns)), pa.int64()),
        "restriction": pa.array([turn[0] for turn in turns], pa.string()),
        "except": pa.array([None] * len(turns), pa.string()),
        "refs": pa.array([[turn[2]] for turn in turns], pa.list_(pa.int64())),
        "from": pa.array([[turn[1]] for turn in turns], pa.list_(pa.int64())),
        "to": pa.array([[turn[3]] for turn in turns], pa.list_(pa.int64())),
    }
    return build_network(pa.table(roads), pa.table(nodes), pa.table(restrictions))


def make_town(
    positions: Positions, ways: Ways, *, tags: Mapping[int, Tags] | None = None, turns: Sequence[Turn] = ()
) -> RoadNetwork:
    """Its network."""
    found = read_town(positions, ways, tags=tags, turns=turns)
    assert found is not None
    return found.network


STREET: Tags = {"highway": "residential"}
BLOCK: Positions = {1: (0, 0), 2: (200, 0), 3: (200, 200), 4: (0, 200)}
"""Corners of a square block of 200 m, from the south-west anticlockwise."""


def block(**streets: Tags) -> Ways:
    """The four streets of the block, 12 23 34 41, with tags for those that have their own: `way12={...}`."""
    pairs = {12: [1, 2], 23: [2, 3], 34: [3, 4], 41: [4, 1]}
    return {number: (refs, STREET | streets.get(f"way{number}", {})) for number, refs in pairs.items()}


def write_osm(
    path: Path, positions: Positions, ways: Ways, *, tags: dict[int, Tags] | None = None, relations: str = ""
) -> Path:
    """An extract as XML, or as PBF by its ending."""
    text = ['<?xml version="1.0"?>', '<osm version="0.6">']
    for number, metres in positions.items():
        lon, lat = at(*metres)
        inside = "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in (tags or {}).get(number, {}).items())
        text.append(f'<node id="{number}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{inside}</node>')
    for number, (refs, about) in ways.items():
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        inside += "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in about.items())
        text.append(f'<way id="{number}" version="1">{inside}</way>')
    plain = path.with_suffix(".osm")
    plain.write_text("\n".join([*text, relations, "</osm>"]), encoding="utf-8")
    if path.suffix == ".pbf":
        with osmium.SimpleWriter(str(path)) as writer:
            for thing in osmium.FileProcessor(str(plain)):
                writer.add(thing)
    return path
