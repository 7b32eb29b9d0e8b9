"""A share over time as the shapes of an SVG: a line with its points, and the band of an interval where there is one.

Shares are in 0..1. The scale begins at the last twentieth below the lowest one, so that small changes show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 320
HEIGHT: Final = 120
LEFT: Final = 44
_TOP: Final = 10
_BOTTOM: Final = 22
_RIGHT: Final = 12


@dataclass(frozen=True)
class Point:
    """One day, in units of the picture."""

    x: float
    y: float
    day: str


@dataclass(frozen=True)
class Tick:
    """One line of the scale."""

    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    """The picture, `width` by `height`, y downwards; without a share that is known it has no points."""

    points: list[Point]
    ticks: list[Tick]
    line: str
    """Points of a polyline."""
    band: str
    """Points of a polygon; empty without intervals."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def draw_trend(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """The picture of rows with `day` (text) and `share`, and perhaps `low, high`; None where it is not known.

    >>> chart = draw_trend([{"day": "2026-01-31", "share": 0.5}, {"day": "2026-02-28", "share": 1.0}])
    >>> chart.line, [tick.text for tick in chart.ticks], chart.band
    ('44.0,98.0 308.0,10.0', ['50%', '75.0%', '100%'], '')
    >>> draw_trend([{"day": "2026-01-31", "share": None}]).points
    []
    """
    known = [(place, row) for place, row in enumerate(rows) if row["share"] is not None]
    if not known:
        return Chart([], [], "", "")
    low = min(row.get("low", row["share"]) for _place, row in known)
    floor = max(0.0, int(low * 20) / 20 - (0.05 if low == 1 else 0))
    step = (WIDTH - LEFT - _RIGHT) / max(len(rows) - 1, 1)

    def spot(place: int, share: float) -> Point:
        height = _TOP + (1 - share) / (1 - floor) * (HEIGHT - _TOP - _BOTTOM)
        return Point(round(LEFT + place * step, 1), round(height, 1), rows[place]["day"])

    def side(name: str) -> list[Point]:
        return [spot(place, row[name]) for place, row in known if name in row]

    middle = (1 + floor) / 2
    texts = [(floor, f"{floor:.0%}"), (middle, f"{middle:.1%}"), (1.0, "100%")]
    points = side("share")
    return Chart(
        points=points,
        ticks=[Tick(spot(0, share).y, text) for share, text in texts],
        line=_path(points),
        band=_path([*side("high"), *reversed(side("low"))]),
    )


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{point.x},{point.y}" for point in points)
