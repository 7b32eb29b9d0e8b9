"""The canonical road network: frames that the intake makes of a map and the analysis travels on.

A *node* is a place where roads meet, end, or where something stands in the way. A *segment* is the road between two
nodes, drawn by its shape; its *forward* direction is from `tail` to `head`, as it was drawn on the map. What the map
says outright about who may use it is kept apart from the class of the road, so that a policy decides about the rest.
Positions are storage degrees.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Mode = Literal["walk", "drive"]
MODES: Final[tuple[Mode, ...]] = ("walk", "drive")

OPEN, BY_CLASS, CLOSED = 1, 0, -1
"""What a map says about a way for one mode: allowed outright, nothing, forbidden."""

NODE_COLUMNS: Final = ("lon", "lat", "signals", "barrier")
"""`signals`: traffic lights. `barrier`: 1 stops vehicles, 2 stops everybody, 0 nobody."""

SEGMENT_COLUMNS: Final = (
    *("tail", "head", "length_m", "highway", "walk", "drive"),
    *("oneway", "foot_oneway", "kmh", "kmh_back", "way"),
)
"""`oneway` for vehicles and `foot_oneway`: 1 forward only, -1 backward only, 0 both ways. `kmh`, `kmh_back`: the limit
forward and backward, missing where the map has none. `way`: its number on the map."""

TURN_COLUMNS: Final = ("from_segment", "node", "to_segment", "only")
"""A vehicle that comes from a segment to a node may not go on to another; `only`: may go on to nothing else."""


@dataclass(frozen=True)
class RoadNetwork:
    """Roads of one map. Raises ValueError for frames that do not fit together."""

    nodes: pd.DataFrame
    segments: pd.DataFrame
    shape: NDArray[np.float64]
    """Longitude and latitude of the vertices of all segments."""
    shape_start: NDArray[np.int64]
    """First vertex of each segment, and the end."""
    turns: pd.DataFrame

    def __post_init__(self) -> None:
        for frame, columns in (
            (self.nodes, NODE_COLUMNS),
            (self.segments, SEGMENT_COLUMNS),
            (self.turns, TURN_COLUMNS),
        ):
            if tuple(frame.columns) != columns:
                raise ValueError(f"columns {tuple(frame.columns)} instead of {columns}")
        ends = self.segments[["tail", "head"]].to_numpy()
        if len(self.segments) and not 0 <= ends.min() <= ends.max() < len(self.nodes):
            raise ValueError("a segment ends at no node")
        if len(self.shape_start) != len(self.segments) + 1 or self.shape_start[-1] != len(self.shape):
            raise ValueError("the shapes are not those of the segments")
        steps = np.diff(self.shape_start)
        if len(steps) and steps.min() < 2:
            raise ValueError("a segment has no length")

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all roads."""
        west, south = self.shape.min(axis=0)
        east, north = self.shape.max(axis=0)
        return float(west), float(south), float(east), float(north)
