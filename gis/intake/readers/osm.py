"""OpenStreetMap extracts, PBF or XML: ways with a `highway`, the nodes they go through, and turn restrictions.

Only the tags that say who may go where, and how fast, are handed on: no names, no addresses, nothing that people wrote.
The file is read twice, so that the nodes of houses and trees are never held.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import osmium
import pyarrow as pa

from gis.intake.readers.channel import N_, Job, Output, Refused

WAYS: Final = "ways"
NODES: Final = "nodes"
TURNS: Final = "turns"
WAY_TAGS: Final = (
    *("highway", "area", "access", "foot", "vehicle", "motor_vehicle", "motorcar", "motorroad", "service"),
    *("oneway", "oneway:motor_vehicle", "oneway:foot", "junction", "maxspeed", "maxspeed:forward", "maxspeed:backward"),
)
NODE_TAGS: Final = ("highway", "barrier", "access", "foot", "vehicle", "motor_vehicle", "motorcar", "bollard")
RESTRICTIONS: Final = ("restriction", "restriction:motorcar", "restriction:motor_vehicle")

_BATCH: Final = 50_000
_LARGEST_ID: Final = 2**40


def read(job: Job, output: Output) -> None:
    """Send ways, nodes and turns. Raises Refused for a file that is cut off, damaged or something else."""
    try:
        wanted = _send_ways(job, output)
        _send_nodes(job, output, wanted)
    except RuntimeError as error:
        raise Refused(
            N_("{file} is no readable OpenStreetMap extract: it is cut off, damaged or something else. Fetch it again.")
        ) from error


def _send_ways(job: Job, output: Output) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Sends ways and turns; gives back the nodes that the ways go through."""
    kinds = osmium.osm.WAY | osmium.osm.RELATION
    keys = osmium.filter.KeyFilter("highway", *RESTRICTIONS)
    ways, turns, used = _Rows(output, WAYS, WAY_TAGS), _Rows(output, TURNS, ()), [np.empty(0, dtype=np.int64)]
    thing: Any
    for thing in osmium.FileProcessor(job.path, kinds).with_filter(keys):
        if thing.is_way() and "highway" in thing.tags:
            refs = array("q", (node.ref for node in thing.nodes if 0 < node.ref < _LARGEST_ID))
            ways.add(thing.id, [thing.tags.get(tag) for tag in WAY_TAGS], refs=refs)
            if len(ways.ids) >= _BATCH:
                used.append(ways.send())
        elif thing.is_relation() and any(key in thing.tags for key in RESTRICTIONS):
            _add_turn(turns, thing)
    used.append(ways.send())
    turns.send()
    return np.unique(np.concatenate(used))


def _add_turn(turns: "_Rows", relation: Any) -> None:  # noqa: ANN401 (osmium's views have no types)
    """Restrictions at a node; those along a way are counted by the parent, by having no node."""
    kind = next((relation.tags[key] for key in RESTRICTIONS if key in relation.tags), "")
    members: dict[tuple[str, str], list[int]] = {}
    for member in relation.members:
        members.setdefault((member.role, member.type), []).append(member.ref)
    via = members.get(("via", "n"), [])
    node = via[0] if len(via) == 1 and 0 < via[0] < _LARGEST_ID else 0
    sides = [members.get((role, "w"), []) for role in ("from", "to")]
    turns.add(relation.id, [kind, relation.tags.get("except")], refs=array("q", [node]), sides=sides)


def _send_nodes(job: Job, output: Output, wanted: np.ndarray[Any, np.dtype[np.int64]]) -> None:
    nodes = _Rows(output, NODES, NODE_TAGS)
    if len(wanted):
        chosen = osmium.filter.IdFilter(wanted.tolist())
        node: Any
        for node in osmium.FileProcessor(job.path, osmium.osm.NODE).with_filter(chosen):
            if node.location.valid():
                position = (node.location.lon, node.location.lat)
                nodes.add(node.id, [node.tags.get(tag) for tag in NODE_TAGS], position=position)
                if len(nodes.ids) >= _BATCH:
                    nodes.send()
    nodes.send()


class _Rows:
    """Rows of one place, handed over in batches."""

    def __init__(self, output: Output, place: str, tags: Sequence[str]) -> None:
        self._output, self._place = output, place
        self._tags = tags or ("restriction", "except")
        self._clear()

    def _clear(self) -> None:
        self.ids = array("q")
        self._texts: list[list[str | None]] = []
        self._refs: list[array[int]] = []
        self._sides: list[Sequence[Iterable[int]]] = []
        self._positions: list[tuple[float, float]] = []

    def add(
        self,
        number: int,
        texts: list[str | None],
        *,
        refs: "array[int] | None" = None,
        sides: Sequence[Iterable[int]] | None = None,
        position: tuple[float, float] | None = None,
    ) -> None:
        """One row."""
        self.ids.append(number)
        self._texts.append(texts)
        if refs is not None:
            self._refs.append(refs)
        if sides is not None:
            self._sides.append(sides)
        if position is not None:
            self._positions.append(position)

    def send(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Hands the rows over; gives back all references of theirs."""
        columns: dict[str, pa.Array] = {"id": pa.array(np.frombuffer(self.ids, dtype=np.int64))}
        for number, tag in enumerate(self._tags):
            columns[tag] = pa.array([row[number] for row in self._texts], pa.string())
        flat = np.concatenate([np.empty(0, dtype=np.int64), *(np.frombuffer(r, dtype=np.int64) for r in self._refs)])
        if self._place != NODES:
            ends = np.cumsum([0, *map(len, self._refs)]).astype(np.int32)
            columns["refs"] = pa.ListArray.from_arrays(pa.array(ends), pa.array(flat))
        if self._place == TURNS:
            for number, side in enumerate(("from", "to")):
                columns[side] = pa.array([list(row[number]) for row in self._sides], pa.list_(pa.int64()))
        if self._place == NODES:
            position = np.array(self._positions, dtype=np.float64).reshape(-1, 2)
            columns |= {"lon": pa.array(position[:, 0]), "lat": pa.array(position[:, 1])}
        self._output.send(pa.table(columns), place=self._place)
        self._clear()
        return flat
