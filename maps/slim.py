"""A map alone, without a panel, to stand inside a page of the web application.

The page around it has the words; the map shows shapes, tells names under the pointer, and may say where it was
clicked.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gis.texts import N_, Language
from maps.assets import localise
from maps.compact import script_json
from maps.page import STATIC, Bounds, Page, build_page, heading
from maps.texts import in_both_languages
from maps.view import CHINA

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "zoom_in": N_("Zoom in"),
        "zoom_out": N_("Zoom out"),
        "full": N_("Full screen"),
        "home": N_("Whole district"),
        "unreadable": N_("This browser is too old to open this map. Use a current Chrome, Edge, Firefox or Safari."),
    }
)

_SCRIPTS: Final = ("text", "data", "slim")
_GL: Final = ("maplibre-gl/dist/maplibre-gl.js", "@maplibre/maplibre-gl-leaflet/leaflet-maplibre-gl.js")
_STYLES: Final = ("static/page.css", "static/map.css", "static/slim.css")


def build_slim(
    script: str,
    texts: Mapping[str, str],
    content: Mapping[str, Any],
    *,
    lang: Language,
    bounds: Bounds | None,
    tiled: bool = False,
) -> str:
    """The page that `static/<script>.js` draws of `content`; `texts` has at least title and map. Bounds in degrees."""
    known = in_both_languages({**TEXTS, **texts})
    west, south, east, north = bounds or CHINA
    facts = {"lang": lang, "bounds": (west, south, east, north), "texts": known}
    blocks = {
        "wangge-page": ("application/json", script_json(facts)),
        "wangge-data": ("application/json", script_json(content)),
    }
    body = heading(known[lang]["title"]) + (STATIC / "slim.html").read_text(encoding="utf-8")
    page = Page(lang=lang, title=known[lang]["title"], body=body, blocks=blocks)
    own = tuple(f"static/{name}.js" for name in (*_SCRIPTS, script))
    html = build_page(
        page,
        bounds=(west, south, east, north),
        scripts=(*_GL, *own) if tiled else own,
        styles=("maplibre-gl/dist/maplibre-gl.css", *_STYLES) if tiled else _STYLES,
    )
    return localise(html, standalone=False)
