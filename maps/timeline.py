"""A time line of lanes as the shapes of an SVG: periods as bars, events of one day as marks.

Periods of one lane that are in force together lie in rows beneath each other, so gaps and overlaps can be seen. A mark
differs by shape and sign as well as by colour. What began before the first year shown, or goes on, runs to the edge.
The template that writes the SVG escapes every text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

WIDTH: Final = 960
LEFT: Final = 12
_RIGHT: Final = 12
_TOP: Final = 24
_HEADING: Final = 24
_ROW: Final = 18
_BAR: Final = 12
_LEAST: Final = 3
"""Width of the shortest bar."""
_YEARS: Final = 60
"""The line goes back no farther, and no farther on than a tenth of it."""
_TICKS: Final = 12
SIGNS: Final = {"good": "✓", "warn": "!", "bad": "✕", "plain": "·"}


class Fact(Protocol):
    """What is drawn: `gis.services.facilities.history.Entry`."""

    @property
    def lane(self) -> str:
        """Name of its lane."""

    @property
    def start(self) -> date | None:
        """First day; None is since always."""

    @property
    def end(self) -> date | None:
        """The first day after it; None is still."""

    @property
    def text(self) -> str:
        """What it says."""

    @property
    def tone(self) -> str:
        """A key of SIGNS."""

    @property
    def is_event(self) -> bool:
        """Whether it is of one day."""


@dataclass(frozen=True)
class Bar:
    """A period."""

    x: float
    y: float
    width: float
    height: int
    tone: str
    text: str


@dataclass(frozen=True)
class Mark:
    """An event; x and y of its middle."""

    x: float
    y: float
    tone: str
    sign: str
    text: str


@dataclass(frozen=True)
class Lane:
    """One lane; `y` is the base of its heading."""

    heading: str
    y: float
    bars: list[Bar]
    marks: list[Mark]


@dataclass(frozen=True)
class Timeline:
    """The picture, y downwards."""

    width: int
    height: int
    lanes: list[Lane]
    years: list[tuple[float, int]]
    """x of the first of January, and the year."""
    today: float


def draw_timeline(facts: Sequence[Fact], lanes: Iterable[tuple[str, str]], *, on: date) -> Timeline:
    """The picture of `facts` in `lanes` (name and heading, in order); a lane without facts is drawn empty.

    >>> line = draw_timeline([], [("licences", "Licences")], on=date(2026, 7, 1))
    >>> [year for _x, year in line.years], line.lanes[0].bars
    ([2026, 2027], [])
    """
    scale = _Scale(*_span(facts, on))
    drawn, y = [], _TOP
    for name, heading in lanes:
        mine = [fact for fact in facts if fact.lane == name]
        rows = _stack([fact for fact in mine if not fact.is_event])
        first = y + _HEADING
        bars = [_bar(fact, scale, first + number * _ROW) for number, row in enumerate(rows) for fact in row]
        events = [fact for fact in mine if fact.is_event]
        height = first + len(rows) * _ROW
        marks = [_mark(fact, scale, height + _ROW / 2) for fact in events]
        drawn.append(Lane(heading, y + _HEADING - 8, bars, marks))
        y = height + (_ROW if events or not rows else 0) + 6
    return Timeline(WIDTH, y, drawn, scale.years(), scale.x(on))


@dataclass(frozen=True)
class _Scale:
    first: date
    last: date

    def x(self, day: date | None, *, otherwise: date | None = None) -> float:
        """Place of a day, kept inside the picture; of `otherwise` where it is not known."""
        day = min(max(day or otherwise or self.first, self.first), self.last)
        share = (day - self.first).days / (self.last - self.first).days
        return round(LEFT + share * (WIDTH - LEFT - _RIGHT), 1)

    def years(self) -> list[tuple[float, int]]:
        """At most a dozen of them, evenly spaced."""
        years = range(self.first.year, self.last.year + 1)
        step = -(-len(years) // _TICKS)
        firsts = [date(year, 1, 1) for year in years if year % step == 0]
        return [(self.x(day), day.year) for day in firsts if self.first <= day <= self.last]


def _span(facts: Sequence[Fact], on: date) -> tuple[date, date]:
    """Whole years around all days that are known, today among them."""
    days = [day for fact in facts for day in (fact.start, fact.end) if day is not None] + [on]
    first = max(min(days).year, on.year - _YEARS, 1)
    last = min(max(days).year, on.year + _YEARS // 10, 9998)
    return date(min(first, last), 1, 1), date(last + 1, 1, 1)


def _stack(facts: Sequence[Fact]) -> list[list[Fact]]:
    """Rows without overlaps: each period goes into the first row that is free when it begins."""
    rows: list[list[Fact]] = []
    for fact in sorted(facts, key=lambda fact: fact.start or date.min):
        begin = fact.start or date.min
        free = (row for row in rows if (row[-1].end or date.max) <= begin)
        row = next(free, None)
        if row is None:
            rows.append([fact])
        else:
            row.append(fact)
    return rows


def _bar(fact: Fact, scale: _Scale, y: float) -> Bar:
    start, end = scale.x(fact.start, otherwise=scale.first), scale.x(fact.end, otherwise=scale.last)
    return Bar(start, y, round(max(end - start - 1, _LEAST), 1), _BAR, fact.tone, fact.text)


def _mark(fact: Fact, scale: _Scale, y: float) -> Mark:
    return Mark(scale.x(fact.start), y, fact.tone, SIGNS.get(fact.tone, SIGNS["plain"]), fact.text)
