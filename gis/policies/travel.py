"""How long ways take: speeds, delays at junctions, and what stands in for roads where there are none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from gis.errors import UsageError
from gis.policies.reader import Reader, load
from gis.settings import DATA
from gis.texts import _

SHIPPED: Final = DATA / "policies" / "travel.toml"
FASTEST_KMH: Final = 200.0


@dataclass(frozen=True)
class TravelPolicy:
    """Speeds in km/h, delays in seconds. Raises UsageError for a number that cannot be."""

    farthest_m: float = 500.0
    """A place further than this from any road is not covered by the roads."""
    walk_kmh: float = 4.8
    walk_classes: tuple[str, ...] = ()
    """Classes of ways that are open on foot unless the map says otherwise."""
    share_of_limit: float = 0.8
    """The speed driven where there is a limit, as a share of it."""
    signal_seconds: float = 2.0
    turn_seconds: float = 7.5
    turn_bias: float = 1.075
    u_turn_seconds: float = 20.0
    left_hand_traffic: bool = False
    other_kmh: float = 10.0
    drive_kmh: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Class of way -> speed where no limit is known; other classes are closed unless the map says otherwise."""
    walk_factor: float = 1.36
    drive_factor: float = 1.343
    straight_drive_kmh: float = 25.0

    def __post_init__(self) -> None:
        speeds = {"walk.kmh": self.walk_kmh, "drive.other_kmh": self.other_kmh}
        speeds |= {"straight_line.drive_kmh": self.straight_drive_kmh}
        speeds |= {f"drive.kmh.{name}": kmh for name, kmh in self.drive_kmh.items()}
        ranges = {name: (value, 0.5, FASTEST_KMH) for name, value in speeds.items()}
        ranges |= {
            "farthest_m": (self.farthest_m, 1.0, 100_000.0),
            "drive.share_of_limit": (self.share_of_limit, 0.1, 1.5),
            "drive.signal_seconds": (self.signal_seconds, 0.0, 600.0),
            "drive.turn_seconds": (self.turn_seconds, 0.0, 600.0),
            "drive.turn_bias": (self.turn_bias, 0.5, 2.0),
            "drive.u_turn_seconds": (self.u_turn_seconds, 0.0, 600.0),
            "straight_line.walk_factor": (self.walk_factor, 1.0, 10.0),
            "straight_line.drive_factor": (self.drive_factor, 1.0, 10.0),
        }
        for name, (value, least, most) in ranges.items():
            if not least <= value <= most:
                raise UsageError(
                    _("{name}: {value} is not from {least} to {most}.", name=name, value=value, least=least, most=most)
                )

    def to_json(self) -> dict[str, Any]:
        """The policy as plain values, for a key that says all a result depends on."""
        return {**vars(self), "drive_kmh": dict(sorted(self.drive_kmh.items()))}


def read_travel_policy(file: Path | None = None) -> TravelPolicy:
    """The policy of a file, that of `data/policies/travel.toml` where none is given.

    Raises UsageError, naming file, key and what would do, for one that cannot be read.
    """
    source = file or SHIPPED
    found = Reader(source, load(source))
    found.refuse_others("farthest_m", "walk", "drive", "straight_line")
    walk, drive, straight = found.table("walk"), found.table("drive"), found.table("straight_line")
    walk.refuse_others("kmh", "classes")
    drive.refuse_others(
        *("share_of_limit", "signal_seconds", "turn_seconds", "turn_bias", "u_turn_seconds"),
        *("left_hand_traffic", "other_kmh", "kmh"),
    )
    straight.refuse_others("walk_factor", "drive_factor", "drive_kmh")
    usual, speeds = TravelPolicy(), drive.table("kmh")
    left = drive.values.get("left_hand_traffic", False)
    if not isinstance(left, bool):
        raise drive.wrong("left_hand_traffic", _("true or false"))
    try:
        return TravelPolicy(
            farthest_m=_decimal(found, "farthest_m", usual.farthest_m),
            walk_kmh=_decimal(walk, "kmh", usual.walk_kmh),
            walk_classes=walk.texts("classes"),
            share_of_limit=_decimal(drive, "share_of_limit", usual.share_of_limit),
            signal_seconds=_decimal(drive, "signal_seconds", usual.signal_seconds),
            turn_seconds=_decimal(drive, "turn_seconds", usual.turn_seconds),
            turn_bias=_decimal(drive, "turn_bias", usual.turn_bias),
            u_turn_seconds=_decimal(drive, "u_turn_seconds", usual.u_turn_seconds),
            left_hand_traffic=left,
            other_kmh=_decimal(drive, "other_kmh", usual.other_kmh),
            drive_kmh=MappingProxyType({name: _decimal(speeds, name, 0.0) for name in speeds.values}),
            walk_factor=_decimal(straight, "walk_factor", usual.walk_factor),
            drive_factor=_decimal(straight, "drive_factor", usual.drive_factor),
            straight_drive_kmh=_decimal(straight, "drive_kmh", usual.straight_drive_kmh),
        )
    except UsageError as error:
        if str(source) in error.message:
            raise
        raise UsageError(f"{source}: {error.message}") from None


def _decimal(table: Reader, key: str, usual: float) -> float:
    """A number with or without decimals."""
    value = table.values.get(key, usual)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise table.wrong(key, _("a number"))
    return float(value)


@cache
def shipped_travel_policy() -> TravelPolicy:
    """That of `data/policies/travel.toml`, read once."""
    return read_travel_policy()
