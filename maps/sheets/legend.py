"""The strip under a printed map: scale bar, north, and what each colour and sign means."""

from html import escape
from typing import Final

from gis.texts import _
from maps.sheets.ground import Ground
from maps.sheets.labels import text_width
from maps.texts import RESPONSIBILITY

FONT: Final = "Noto Sans CJK SC"
COLOURS: Final = {
    "covered": "#d3ebe4",
    "vacant": "#c02a1c",
    "doubled": "#8a4400",
    "hole": "#8b1a78",
    "overlap": "#4a3fc4",
    "outside": "#1b5fb0",
    "orphan": "#b0175c",
    "facility": "#0b6b63",
    "border": "#1e4448",
}
_SIZE: Final = 125
_LINE: Final = 250
_SWATCH: Final = 210
_DOT: Final = 100


def draw_legend(ground: Ground, keys: list[str]) -> tuple[str, float]:
    """The strip as SVG, and its height in units."""
    top = ground.height + 130
    parts = [_scale_bar(ground, top), _north(ground, top)]
    x, y = 0.0, top + _LINE * 1.25
    for key in keys:
        text = _(RESPONSIBILITY[key])
        sign = _DOT if key in ("facility", "orphan") else _SWATCH
        wide = sign + 60 + text_width(text, _SIZE) + 190
        if x + wide > ground.width and x > 0:
            x, y = 0.0, y + _LINE
        parts.append(_swatch(key, x, y))
        parts.append(
            f'<text x="{x + sign + 60:.0f}" y="{y + 45:.0f}" font-size="{_SIZE}" fill="#15272b">{escape(text)}</text>'
        )
        x += wide
    return "\n".join(parts), y + _LINE * 0.6 - ground.height


def round_length(longest: float) -> float:
    """The longest of 1, 2, 5, 10, 20 ... metres that is no longer than this.

    >>> [round_length(longest) for longest in (1.5, 730, 4999)]
    [1.0, 500.0, 2000.0]
    """
    power = 10.0 ** (len(str(int(longest))) - 1)
    return max(step * power for step in (1, 2, 5) if step * power <= longest)


def _scale_bar(ground: Ground, y: float) -> str:
    length = round_length(ground.metres * ground.width / 4)
    wide = length / ground.metres
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    return (
        f'<path d="M2 {y - 40:.0f}v40h{wide:.0f}v-40M{2 + wide / 2:.0f} {y:.0f}v-25" fill="none" stroke="#15272b" '
        f'stroke-width="14"/>'
        f'<text x="{wide + 70:.0f}" y="{y + 10:.0f}" font-size="{_SIZE}" fill="#15272b">{text}</text>'
    )


def _north(ground: Ground, y: float) -> str:
    x, text = ground.width - 90, escape(_("North"))
    return (
        f'<path d="M{x:.0f} {y - 120:.0f}l55 160l-55 -40l-55 40z" fill="#15272b"/>'
        f'<text x="{x - 90:.0f}" y="{y + 20:.0f}" font-size="{_SIZE}" text-anchor="end" fill="#15272b">{text}</text>'
    )


def _swatch(key: str, x: float, y: float) -> str:
    if key in ("facility", "orphan"):
        radius = 45 if key == "orphan" else 32
        return f'<circle cx="{x + _DOT / 2:.0f}" cy="{y:.0f}" r="{radius}" fill="{COLOURS[key]}"/>'
    fill = {"covered": COLOURS["covered"], "hole": "#ffffff"}.get(key, COLOURS[key])
    fill = f"url(#{key})" if key in ("vacant", "doubled") else fill
    opacity = 0.45 if key in ("overlap", "outside") else 1
    edge = "#8fb3ab" if key == "covered" else COLOURS[key]
    return (
        f'<rect x="{x + 6:.0f}" y="{y - 65:.0f}" width="{_SWATCH - 12}" height="130" fill="{fill}" '
        f'fill-opacity="{opacity}" stroke="{edge}" stroke-width="12"/>'
    )
