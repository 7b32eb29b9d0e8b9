"""From an OpenStreetMap extract on disk to a canonical road network (`gis.roads`).

The parser runs behind the wall of `gis.intake.sandbox`, with limits of its own, for an extract is larger than a table;
here its answer is taken for what a stranger wrote. A way becomes segments between the nodes where ways meet, where
something stands in the way, or where the extract ends; what lies between is their shape. Nodes are numbered along a
space-filling curve, and segments by the node they begin at, so that what is near on the ground is near in memory.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from gis.crs import distances_m
from gis.errors import DataRejected
from gis.intake import sandbox
from gis.intake.read import check_file
from gis.intake.readers.channel import Job
from gis.intake.roads_tags import read_access, read_barriers, read_limits, read_oneway
from gis.roads import CLOSED, TURN_COLUMNS, RoadNetwork
from gis.texts import N_, _

FORMATS: Final[Mapping[str, str]] = {".pbf": "OSM", ".osm": "OSM"}
MEMORY_MB: Final = 1024
CPU_SECONDS: Final = 120
WALL_SECONDS: Final = 300.0

UNREADABLE: Final = N_(
    "{file} is no readable OpenStreetMap extract: it is cut off, damaged or something else. Fetch it again."
)

_SHORTEST_M: Final = 0.01
_CURVE: Final = 16
_EXEMPT: Final = ("motorcar", "motor_vehicle", "vehicle")

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ReadRoads:
    """A network, and what was left out on the way."""

    network: RoadNetwork
    ways: int
    """Ways of the file with a `highway` that are open to somebody."""
    incomplete: int
    """Those of them that go beyond the extract."""
    restrictions: int
    """Turn restrictions that are kept."""
    unread: int
    """Those that are not: along a way instead of at a node, or with a part beyond the extract."""


def read_roads(file: Path) -> ReadRoads:
    """The roads of an extract (.osm.pbf or .osm).

    Raises DataRejected, with file and remedy, for one that cannot be read or has no roads.
    """
    form = check_file(file, FORMATS)
    job = Job(
        os.path.abspath(file),  # noqa: PTH100
        form,
        "roads",
        None,
        {},
        memory_mb=MEMORY_MB,
        cpu_seconds=CPU_SECONDS,
    )
    parsed = sandbox.parse(job, wall_seconds=WALL_SECONDS)
    try:
        places = parsed.places
        found = build_network(places["ways"], places["nodes"], places["turns"])
    except (KeyError, ValueError, TypeError, pa.ArrowException) as error:
        raise DataRejected(_(UNREADABLE, file=file.name)) from error
    if found is None:
        raise DataRejected(
            _("{file} holds no roads. Cut the extract out again with all ways that have a highway.", file=file.name)
        )
    return found


def build_network(ways: pa.Table, nodes: pa.Table, turns: pa.Table) -> ReadRoads | None:
    """The network of a parser's tables (`gis.intake.readers.osm`); None where there is no road."""
    about = _texts(ways, without=("refs",)).astype({"id": "int64"})
    foot, cars = read_access(about)
    useful = about["highway"].notna().to_numpy() & ((foot != CLOSED) | (cars != CLOSED))
    useful &= ~about["id"].duplicated().to_numpy()
    points = _texts(nodes, without=()).drop_duplicates("id").sort_values("id", ignore_index=True)
    inside = points["lon"].between(-180, 180) & points["lat"].between(-90, 90)
    points = points[inside].reset_index(drop=True)
    points["barrier_code"] = read_barriers(points)
    way, place = _flatten(ways.column("refs"), useful)
    where = np.searchsorted(points["id"].to_numpy(), place)
    where = np.minimum(where, max(len(points) - 1, 0))
    known = points["id"].to_numpy()[where] == place if len(points) else np.zeros(len(place), dtype=bool)
    via = pd.Series([refs[0] if refs else 0 for refs in turns.column("refs").to_pylist()], dtype="int64")
    signals = (points["highway"] == "traffic_signals").to_numpy()
    special = signals | (points["barrier_code"] > 0).to_numpy() | points["id"].isin(via).to_numpy()
    pieces = _cut(way, np.where(known, where, -1), special, points[["lon", "lat"]].to_numpy(dtype=np.float64))
    if pieces is None:
        return None
    oneway, foot_oneway = read_oneway(about)
    kmh, kmh_back = read_limits(about)
    columns = {"highway": about["highway"].to_numpy(), "walk": foot, "drive": cars}
    columns |= {"oneway": oneway, "foot_oneway": foot_oneway, "kmh": kmh, "kmh_back": kmh_back}
    columns |= {"way": about["id"].to_numpy()}
    network, number = _arrange(pieces, points.assign(signals=signals), columns)
    kept, unread = _read_turns(turns, network, points["id"].to_numpy(), number)
    network = RoadNetwork(network.nodes, network.segments, network.shape, network.shape_start, kept)
    incomplete = len(np.unique(way[~known]))
    return ReadRoads(network, int(useful.sum()), incomplete, len(turns) - unread, unread)


def _texts(table: pa.Table, *, without: tuple[str, ...]) -> pd.DataFrame:
    names = [name for name in table.column_names if name not in without]
    return pd.DataFrame(table.select(names).to_pandas())


def _flatten(refs: pa.ChunkedArray, useful: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """The way (its row) and the node of every reference of the useful ways."""
    length = refs.combine_chunks().value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    way = np.repeat(np.arange(len(length)), length)
    place = refs.combine_chunks().flatten().to_numpy().astype(np.int64)
    kept = useful[way]
    return way[kept], place[kept]


@dataclass(frozen=True)
class _Pieces:
    """Segments before they are put in order."""

    way: Ints
    tail: Ints
    """Row of the node in the table of points; `head` too."""
    head: Ints
    length_m: NDArray[np.float64]
    vertices: Ints
    """Rows of all vertices; `start` says where each segment's begin."""
    start: Ints


def _cut(way: Ints, where: Ints, special: NDArray[np.bool_], xy: NDArray[np.float64]) -> _Pieces | None:
    """Cuts ways where they meet each other or themselves, at special nodes, and where a node is not known."""
    pair = (way[1:] == way[:-1]) & (where[1:] >= 0) & (where[:-1] >= 0) & (where[1:] != where[:-1])
    first = np.flatnonzero(pair)
    if len(first) == 0:
        return None
    begin, end = where[first], where[first + 1]
    length = distances_m(xy[begin, 0], xy[begin, 1], xy[end, 0], xy[end, 1])
    meets = np.bincount(where[where >= 0], minlength=len(xy)) > 1
    stop = (meets | special)[begin]
    fresh = stop | np.r_[True, np.diff(first) > 1]
    segment = np.cumsum(fresh) - 1
    opening = np.flatnonzero(fresh)
    closing = np.r_[opening[1:] - 1, len(first) - 1]
    number = closing - opening + 2
    start = np.r_[0, np.cumsum(number)]
    vertices = np.empty(start[-1], dtype=np.int64)
    vertices[start[1:] - 1] = end[closing]
    vertices[np.arange(len(begin)) + segment] = begin
    metres = np.maximum(np.bincount(segment, length), _SHORTEST_M)
    return _Pieces(way[first][opening], begin[opening], end[closing], metres, vertices, start)


def _arrange(
    pieces: _Pieces, points: pd.DataFrame, columns: Mapping[str, NDArray[np.generic]]
) -> tuple[RoadNetwork, Ints]:
    """The network in the order of a space-filling curve, without turns; and the number of each point as a node."""
    ends = np.unique(np.r_[pieces.tail, pieces.head])
    xy = points[["lon", "lat"]].to_numpy(dtype=np.float64)
    ends = ends[np.argsort(curve_order(xy[ends]), kind="stable")]
    number = np.full(len(points), -1, dtype=np.int64)
    number[ends] = np.arange(len(ends))
    nodes = points.loc[ends, ["lon", "lat", "signals"]].assign(barrier=points["barrier_code"].to_numpy()[ends])
    tail, head = number[pieces.tail], number[pieces.head]
    order = np.lexsort((head, tail))
    size = np.diff(pieces.start)[order]
    start = np.r_[0, np.cumsum(size)]
    vertex = np.repeat(pieces.start[:-1][order] - start[:-1], size) + np.arange(start[-1])
    segments = pd.DataFrame({"tail": tail[order], "head": head[order], "length_m": pieces.length_m[order]})
    row = pieces.way[order]
    segments = segments.assign(**{name: values[row] for name, values in columns.items()})
    segments["highway"] = segments["highway"].astype("str")
    no_turns = pd.DataFrame({name: pd.Series(dtype="int64") for name in TURN_COLUMNS})
    shape = xy[pieces.vertices[vertex]]
    return RoadNetwork(nodes.reset_index(drop=True), segments, shape, start.astype(np.int64), no_turns), number


def curve_order(xy: NDArray[np.float64]) -> Ints:
    """A key for each position whose order keeps neighbours together: the place on Morton's curve (1966).

    >>> curve_order(np.array([[0.0, 0.0], [1.0, 1.0], [0.1, 0.1], [0.9, 1.0]])).argsort().tolist()
    [0, 2, 3, 1]
    """
    low = xy.min(axis=0)
    span = max(float((xy.max(axis=0) - low).max()), 1e-12)
    cells = ((xy - low) / span * (2**_CURVE - 1)).astype(np.int64)
    key = np.zeros(len(xy), dtype=np.int64)
    for bit in range(_CURVE):
        key |= ((cells[:, 0] >> bit) & 1) << (2 * bit)
        key |= ((cells[:, 1] >> bit) & 1) << (2 * bit + 1)
    return key


def _read_turns(turns: pa.Table, network: RoadNetwork, ids: Ints, number: Ints) -> tuple[pd.DataFrame, int]:
    """Restrictions as pairs of segments at a node, and how many of the file are none."""
    frame = pd.DataFrame(turns.to_pandas()).assign(turn=np.arange(len(turns)))
    exempt = frame["except"].fillna("").str.split(";").map(lambda words: any(w.strip() in _EXEMPT for w in words))
    kind = frame["restriction"].fillna("")
    fit = kind.str.startswith(("no_", "only_")) & ~exempt.astype(bool)
    frame = frame[fit].assign(only=kind[fit].str.startswith("only_"), via=[refs[0] for refs in frame["refs"][fit]])
    place = np.minimum(np.searchsorted(ids, frame["via"].to_numpy(dtype=np.int64)), len(ids) - 1)
    known = ids[place] == frame["via"].to_numpy()
    frame = frame.assign(node=np.where(known, number[place], -1))
    pairs = frame[["turn", "node", "only", "from", "to"]].explode("from").explode("to").dropna()
    pairs = pairs[pairs["node"] >= 0].astype({"from": "int64", "to": "int64"})
    there = network.segments[["tail", "head", "way"]].reset_index(names="segment")
    touching = pd.concat([there[["segment", "way", end]].rename(columns={end: "node"}) for end in ("tail", "head")])
    touching = touching.drop_duplicates()
    joined = pairs.merge(touching.rename(columns={"segment": "from_segment", "way": "from"}), on=["node", "from"])
    joined = joined.merge(touching.rename(columns={"segment": "to_segment", "way": "to"}), on=["node", "to"])
    unread = len(turns) - joined["turn"].nunique()
    kept = joined[list(TURN_COLUMNS)].drop_duplicates(ignore_index=True)
    return kept.astype({"from_segment": "int64", "node": "int64", "to_segment": "int64", "only": "bool"}), unread
