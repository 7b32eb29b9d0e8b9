"""What the tags of a way or a node say about who may go there: decisions, each with where it comes from.

The rules are those of the OpenStreetMap wiki ("Key:access", "Key:oneway", "Key:maxspeed", "Key:barrier",
"Relation:restriction"); where it leaves room, those of OSRM's car profile:

- The narrowest tag counts: motorcar, motor_vehicle, vehicle, access for vehicles; foot, access for walkers.
- `private` is closed: a place inside a closed yard is walked to from the street. `destination`, `customers` and
  `delivery` are open, for inspectors are going there. `emergency`, `agricultural`, `forestry`, `psv` and `bus` are
  closed to cars.
- Conditional restrictions (by hour) are not read; neither are those for lorries.
- Roundabouts and motorways are one way unless the map says otherwise. `oneway` binds vehicles, `oneway:foot` walkers.
  Lanes that change direction (`reversible`, `alternating`) are closed to vehicles.
- Service roads are roads, but `emergency_access` is not. Ferries are none: their timetable is not on the map. Roads
  that are planned, being built or given up have another `highway` and fall out by their class.
- A car does not pass a barrier, apart from gates, toll booths, cattle grids and the like, and from what a tag opens.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.roads import BY_CLASS, CLOSED, OPEN

_CLOSED_TO_CARS: Final = ("no", "private", "agricultural", "forestry", "emergency", "psv", "bus")
_CLOSED_ON_FOOT: Final = ("no", "private", "agricultural", "forestry", "emergency")
_OPEN: Final = ("yes", "permissive", "designated", "official", "destination", "customers", "delivery")
_PASSABLE: Final = (
    *("gate", "lift_gate", "swing_gate", "toll_booth", "border_control", "cattle_grid", "sally_port", "entrance"),
    *("no", "height_restrictor", "rumble_strip", "bump_gate", "kerb"),
)
_VEHICLES: Final = ("motorcar", "motor_vehicle", "vehicle")
_KMH_PER_MPH: Final = 1.609344
_KMH_PER_KNOT: Final = 1.852
_WALKING_PACE: Final = 7.0
"""`maxspeed=walk`: what courts in Germany take it for; the wiki's own example."""
_FASTEST: Final = 200.0

Codes = NDArray[np.int8]


def read_access(ways: pd.DataFrame) -> tuple[Codes, Codes]:
    """What ways say to walkers and to cars: OPEN, BY_CLASS or CLOSED."""
    foot = _verdict(ways, ("foot",), closed=_CLOSED_ON_FOOT)
    cars = _verdict(ways, _VEHICLES, closed=_CLOSED_TO_CARS)
    foot[((ways["motorroad"] == "yes") & ways["foot"].isna()).to_numpy()] = CLOSED
    cars[(ways["service"] == "emergency_access").to_numpy()] = CLOSED
    cars[ways["oneway"].isin(["reversible", "alternating"]).to_numpy()] = CLOSED
    return foot, cars


def _verdict(frame: pd.DataFrame, keys: tuple[str, ...], *, closed: tuple[str, ...]) -> Codes:
    """By the narrowest of the keys that stands there; the general `access` can close, but opens nothing."""
    said = frame[list(keys)].bfill(axis=1).iloc[:, 0]
    found = np.full(len(frame), BY_CLASS, dtype=np.int8)
    found[(said.isna() & frame["access"].isin(closed)).to_numpy()] = CLOSED
    found[said.isin(_OPEN).to_numpy()] = OPEN
    found[said.isin(closed).to_numpy()] = CLOSED
    return found


def read_oneway(ways: pd.DataFrame) -> tuple[Codes, Codes]:
    """The direction for vehicles and for walkers: 1 forward only, -1 backward only, 0 both."""
    said = ways["oneway:motor_vehicle"].fillna(ways["oneway"])
    implied = ways["junction"].isin(["roundabout", "circular"]) | (ways["highway"] == "motorway")
    vehicles = np.where((said.isna() & implied).to_numpy(), 1, _direction(said))
    return vehicles.astype(np.int8), _direction(ways["oneway:foot"])


def _direction(said: "pd.Series[str]") -> Codes:
    forward = said.isin(["yes", "true", "1"]).to_numpy()
    backward = said.isin(["-1", "reverse"]).to_numpy()
    return np.where(forward, 1, np.where(backward, -1, 0)).astype(np.int8)


def read_limits(ways: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Limits in km/h forward and backward, NaN for none that is a number."""
    both = read_speed(ways["maxspeed"])
    forward, backward = read_speed(ways["maxspeed:forward"]), read_speed(ways["maxspeed:backward"])
    return np.where(np.isnan(forward), both, forward), np.where(np.isnan(backward), both, backward)


def read_speed(said: "pd.Series[str]") -> NDArray[np.float64]:
    """Kilometres an hour of texts such as "50", "30 mph" or "walk"; NaN for others, such as "none" and "CN:urban".

    >>> said = pd.Series(["50", "30 mph", "10 knots", "walk", "none", "0", None, "60;40"], dtype="str")
    >>> read_speed(said).round(1).tolist()
    [50.0, 48.3, 18.5, 7.0, nan, nan, nan, 40.0]
    """
    text = said.str.strip().str.lower()
    several = text.str.contains(";", na=False)
    parts = text[several].str.split(";").explode()
    found = _plain_speed(text)
    if several.any():
        lowest = pd.Series(_plain_speed(parts), index=parts.index).groupby(level=0).min()
        found[several.to_numpy()] = lowest.reindex(text.index[several]).to_numpy()
    return found


def _plain_speed(text: "pd.Series[str]") -> NDArray[np.float64]:
    pieces = text.str.extract(r"^\s*(\d{1,3}(?:\.\d+)?)\s*(mph|knots|km/h|kmh|kph)?\s*$")
    units = {"mph": _KMH_PER_MPH, "knots": _KMH_PER_KNOT}
    number = pd.to_numeric(pieces[0]) * pieces[1].map(units).astype(float).fillna(1.0)
    kmh = number.mask((text == "walk").fillna(False), _WALKING_PACE).to_numpy(dtype=np.float64, copy=True)
    kmh[~((kmh >= 1.0) & (kmh <= _FASTEST))] = np.nan
    return kmh


def read_barriers(nodes: pd.DataFrame) -> Codes:
    """1 where a node stops cars, 2 where it stops walkers too, 0 where neither."""
    cars = _verdict(nodes, _VEHICLES, closed=_CLOSED_TO_CARS)
    foot = _verdict(nodes, ("foot",), closed=_CLOSED_ON_FOOT)
    barred = nodes["barrier"].notna() & ~nodes["barrier"].isin(_PASSABLE) & (nodes["bollard"] != "rising")
    stops_cars = (cars == CLOSED) | (barred.to_numpy() & (cars != OPEN) & (nodes["access"] != "yes").to_numpy())
    return np.where(foot == CLOSED, 2, np.where(stops_cars, 1, 0)).astype(np.int8)
