"""The printed responsibility map as SVG: areas by state, borders, gaps, facilities, names, scale bar and legend.

A state is told by pattern as well as by colour, so that a copy in grey can be read. Gaps carry the number under
which the report lists them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

import geopandas as gpd
import shapely

from gis.texts import _
from maps.responsibility import STATES, ResponsibilityData
from maps.sheets.ground import UNIT_MM, Drawn, Ground, choose_areas, lay_ground, path
from maps.sheets.labels import Board, Box, Label
from maps.sheets.legend import COLOURS, FONT, draw_legend
from maps.sheets.table import plain_text
from maps.texts import RESPONSIBILITY

HIGHEST_MM: Final = 156.0
_INK: Final = "#102a2e"
NUMBERED: Final = 60
"""With more gaps than this only their ground is drawn."""
_LABELS: Final = 300
_KEPT_CLEAR: Final = 120
_FREELY: Final = 40
"""Names of so few areas of the second level may be wider than the area."""

_PATTERNS: Final = (
    '<pattern id="vacant" width="60" height="60" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="60" height="60" fill="#fde6e2"/><rect width="18" height="60" fill="#c02a1c"/></pattern>'
    '<pattern id="doubled" width="64" height="64" patternUnits="userSpaceOnUse">'
    '<rect width="64" height="64" fill="#ffd27a"/><circle cx="32" cy="32" r="15" fill="#8a4400"/></pattern>'
)
FILLS: Final = {"covered": COLOURS["covered"], "vacant": "url(#vacant)", "doubled": "url(#doubled)"}


@dataclass(frozen=True)
class Picture:
    """An SVG text with what is to be said about it."""

    svg: str
    level: str
    """The lowest level that is drawn."""
    outside: int
    """Facilities that lie beyond the frame."""


def draw_map(data: ResponsibilityData, *, highest_mm: float = HIGHEST_MM) -> Picture | None:
    """The map of one day in the current language; None where there is no area."""
    if (data.areas.geometry.isna() | data.areas.geometry.is_empty).all():
        return None
    ground = lay_ground(data, highest_mm=highest_mm)
    drawn = choose_areas(data, ground)
    board = Board(ground.width, ground.height)
    points = _facilities(data, ground)
    numbers = list(_numbers(data.faults, ground, board))
    board.taken += _unquiet(drawn)
    legend, legend_height = draw_legend(ground, _legend_keys(data, points))
    height = ground.height + legend_height
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{ground.width * UNIT_MM:.2f}mm" '
        f'height="{height * UNIT_MM:.2f}mm" viewBox="0 0 {ground.width:.0f} {height:.0f}" font-family="{FONT}">',
        f"<defs>{_PATTERNS}</defs>",
        *_paint(drawn),
        *_faults(data.faults, ground),
        *_outlines(drawn, data.levels),
        *_dots(points),
        *numbers,
        *_names(drawn, data.levels, board),
        legend,
        "</svg>",
    ]
    return Picture("\n".join(body), drawn.level, int(len(points) - points["inside"].sum()))


def _paint(drawn: Drawn) -> Iterator[str]:
    """Areas by state, the calm ones first, so that the borders of the others are seen."""
    for state in ("covered", "doubled", "vacant"):
        shapes = drawn.painted.geometry[drawn.painted["state"] == state]
        edge = "#8fb3ab" if state == "covered" else COLOURS[state]
        width = 4 if state == "covered" else 12
        yield (
            f'<g fill="{FILLS[state]}" fill-rule="evenodd" stroke="{edge}" stroke-width="{width}" '
            'stroke-linejoin="round">'
        )
        yield from (f'<path d="{d}"/>' for d in map(path, shapes) if d)
        yield "</g>"


def _unquiet(drawn: Drawn) -> list[Box]:
    """The places of vacant and doubled areas, which names keep clear of while they are few."""
    shapes = drawn.painted.geometry[drawn.painted["state"] != "covered"]
    return [shape.bounds for shape in shapes] if len(shapes) <= _KEPT_CLEAR else []


def _outlines(drawn: Drawn, levels: tuple[str, ...]) -> Iterator[str]:
    """Borders of the levels above, stronger the higher the level."""
    present = [level for level in levels if level in set(drawn.outlined["level"])]
    for step, level in enumerate(reversed(present)):
        width = (9, 22, 32)[min(step, 2)]
        colour = "#6d8a8c" if step == 0 and len(present) > 1 else COLOURS["border"]
        yield f'<g fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round">'
        shapes = drawn.outlined.geometry[drawn.outlined["level"] == level]
        yield from (f'<path d="{d}"/>' for d in map(path, shapes) if d)
        yield "</g>"
    for state in ("doubled", "vacant"):
        shapes = drawn.outlined.geometry[drawn.outlined["state"] == state]
        yield f'<g fill="none" stroke="{COLOURS[state]}" stroke-width="26" stroke-dasharray="70 35">'
        yield from (f'<path d="{d}"/>' for d in map(path, shapes) if d)
        yield "</g>"


def _faults(faults: gpd.GeoDataFrame, ground: Ground) -> Iterator[str]:
    for kind, shape in zip(faults["kind"], ground.place(faults.geometry.to_numpy()), strict=True):
        d = path(shape) if shape is not None else ""
        if d:
            fill = "#ffffff" if kind == "hole" else COLOURS[kind]
            yield (
                f'<path d="{d}" fill="{fill}" fill-opacity="{1 if kind == "hole" else 0.45}" fill-rule="evenodd" '
                f'stroke="{COLOURS[kind]}" stroke-width="14" stroke-linejoin="round"/>'
            )


def _numbers(faults: gpd.GeoDataFrame, ground: Ground, board: Board) -> Iterator[str]:
    """A disc with the number of each gap; two at one place stand beside each other."""
    if len(faults) > NUMBERED:
        return
    radius = 1.45 / UNIT_MM
    shapes = ground.place(faults.geometry.to_numpy())
    for number, (kind, shape) in enumerate(zip(faults["kind"], shapes, strict=True), start=1):
        if shape is None or shape.is_empty:
            continue
        middle = shapely.point_on_surface(shape)
        x, y = shapely.get_x(middle), shapely.get_y(middle)
        for shift in range(6):
            spot = (x + shift * 2 * radius - radius, y - radius, x + shift * 2 * radius + radius, y + radius)
            if board.fits(spot):
                break
        board.taken.append(spot)
        x = (spot[0] + spot[2]) / 2
        yield (
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" fill="{COLOURS[kind]}" stroke="#fff" '
            f'stroke-width="10"/><text x="{x:.0f}" y="{y + 33:.0f}" font-size="92" font-weight="bold" fill="#fff" '
            f'text-anchor="middle">{number}</text>'
        )


def _facilities(data: ResponsibilityData, ground: Ground) -> gpd.GeoDataFrame:
    """Facilities with a point, in units, with `inside`, whether they lie in the frame."""
    there = data.facilities[~(data.facilities.geometry.isna() | data.facilities.geometry.is_empty)]
    placed = gpd.GeoDataFrame(there.drop(columns="geometry"), geometry=ground.place(there.geometry.to_numpy()))
    x, y = placed.geometry.x, placed.geometry.y
    return placed.assign(inside=(x >= 0) & (x <= ground.width) & (y >= 0) & (y <= ground.height))


def _dots(points: gpd.GeoDataFrame) -> Iterator[str]:
    """Every dot is a line of one unit with round ends, which takes little room in a file."""
    shown = points[points["inside"]]
    size = 44 if len(shown) <= 1500 else 26
    for orphan in (False, True):
        own = shown[shown["orphan"].astype(bool) == orphan].geometry
        d = "".join(f"M{x} {y}h1" for x, y in zip(own.x.round().astype(int), own.y.round().astype(int), strict=True))
        colour, wide = (COLOURS["orphan"], 70) if orphan else (COLOURS["facility"], size)
        if d:
            yield f'<path d="{d}" fill="none" stroke="#fff" stroke-width="{wide + 18}" stroke-linecap="round"/>'
            yield f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{wide}" stroke-linecap="round"/>'


def _names(drawn: Drawn, levels: tuple[str, ...], board: Board) -> Iterator[str]:
    """Names from the second level down, higher levels first, large areas before small ones."""
    present = [level for level in levels if level in set(drawn.outlined["level"]) | {drawn.level}]
    for step, level in enumerate(present[1:3] or present):
        source = drawn.painted if level == drawn.level else drawn.outlined
        named = source[source["level"] == level]
        largest = named.geometry.area.sort_values(ascending=False, kind="stable").index[:_LABELS]
        for row in named.loc[largest].itertuples():
            text, calm = plain_text(row.name), row.state == "covered" or level == drawn.level
            if not calm:
                text = _("{name} ({state})", name=text, state=_(RESPONSIBILITY[str(row.state)]))
            within = calm and (step > 0 or len(named) > _FREELY)
            label = board.put(text, row.geometry, size=(150.0, 100.0)[step], within=within)
            if label is not None:
                yield _written(label, bold=step == 0, fill=_INK if calm else COLOURS[str(row.state)])


def _written(label: Label, *, bold: bool, fill: str) -> str:
    return (
        f'<text x="{label.x:.0f}" y="{label.y + label.size * 0.36:.0f}" font-size="{label.size:.0f}" '
        f'font-weight="{"bold" if bold else "normal"}" text-anchor="middle" fill="{fill}" '
        f'stroke="#fff" stroke-width="{label.size * 0.24:.0f}" stroke-linejoin="round" paint-order="stroke">'
        f"{escape(label.text)}</text>"
    )


def _legend_keys(data: ResponsibilityData, points: gpd.GeoDataFrame) -> list[str]:
    shown = points[points["inside"]]
    kinds = [kind for kind in ("hole", "overlap", "outside") if (data.faults["kind"] == kind).any()]
    facilities = [key for key, there in (("facility", ~shown["orphan"]), ("orphan", shown["orphan"])) if there.any()]
    return [*STATES, *kinds, *facilities]
