"""Names on a printed map: each where its area is widest, none over another, what finds no room left out."""

import unicodedata
from dataclasses import dataclass, field
from typing import Final

import shapely

from maps.sheets.ground import UNIT_MM

_SHIFTS: Final = (0.0, -1.1, 1.1, -2.2, 2.2)
"""Heights of a line to try above and below the middle."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """A text with its middle and its size in units."""

    text: str
    x: float
    y: float
    size: float

    @property
    def box(self) -> Box:
        """West, north, east, south in units."""
        half = text_width(self.text, self.size) / 2
        return self.x - half, self.y - self.size * 0.65, self.x + half, self.y + self.size * 0.65


@dataclass
class Board:
    """The places that are taken, within a sheet of this width and height in units."""

    width: float
    height: float
    taken: list[Box] = field(default_factory=list)

    def fits(self, box: Box) -> bool:
        """Whether the box is on the sheet and touches nothing."""
        west, north, east, south = box
        inside = west >= 0 and north >= 0 and east <= self.width and south <= self.height
        return inside and not any(
            west < right and left < east and north < low and high < south for left, high, right, low in self.taken
        )

    def put(
        self, text: str, shape: shapely.Polygon | shapely.MultiPolygon, *, size: float, within: bool
    ) -> Label | None:
        """The label in the widest place of the shape, or None; with `within` it may not be wider than the shape."""
        west, _north, east, _south = shape.bounds
        if shape.area == 0 or (within and text_width(text, size) > 1.15 * (east - west)):
            return None
        middle = shapely.get_point(shapely.maximum_inscribed_circle(shape, tolerance=1 / UNIT_MM), 0)
        x, y = shapely.get_x(middle), shapely.get_y(middle)
        for height in (y + shift * size for shift in _SHIFTS):
            label = Label(text, x, height, size)
            if self.fits(label.box) and (not within or shapely.contains_xy(shape, x, height)):
                self.taken.append(label.box)
                return label
        return None


def text_width(text: str, size: float) -> float:
    """About how wide a text of this size is: a Chinese character is as wide as high, a Latin one 0.56 of it."""
    return size * sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.56 for c in text)
