"""A folium page without what we do not need: no jQuery, no bootstrap, no icon fonts, no base map.

folium draws the map and knows the order of scripts; the page around it (head, panel, data) is ours. Ids are fixed,
so that the same data gives the same bytes.
"""

from collections.abc import Mapping
from html import escape
from typing import Final

import folium
from branca.element import Figure
from folium.elements import JSCSSMixin
from folium.plugins import Fullscreen, MarkerCluster
from folium.template import Template
from folium.utilities import JsCode

from gis.texts import LOCALES, Language
from maps.assets import FOLDER, SCHEME

STATIC: Final = FOLDER / "static"
MAX_ZOOM: Final = 19
Link = tuple[str, str]
Bounds = tuple[float, float, float, float]


def _template(name: str) -> Template:
    template: Template = Template((STATIC / name).read_text(encoding="utf-8"))
    return template


class Page(Figure):
    """The document: language, title, the panel's skeleton, data blocks, then what folium writes."""

    _template = _template("page.html")

    def __init__(self, *, lang: Language, title: str, body: str, blocks: Mapping[str, tuple[str, str]]) -> None:
        """`blocks` maps the id of a data block to its media type and its text, safe inside a script element."""
        super().__init__(title=title)
        self.lang = LOCALES[lang].replace("_", "-")
        self.body = body
        self.blocks = dict(blocks)


class CalmMap(folium.Map):
    """A folium map with Leaflet alone, a scale bar, and a viewport that readers may enlarge."""

    _template = _template("map.html")
    default_js: list[Link] = [link for link in folium.Map.default_js if link[0] == "leaflet"]  # noqa: RUF012
    default_css: list[Link] = [link for link in folium.Map.default_css if link[0] == "leaflet_css"]  # noqa: RUF012


class Program(JSCSSMixin):
    """Our scripts and style sheets, and the call that starts them on the map."""

    _template = Template("{% macro script(this, kwargs) %}wangge.start({{ this._parent.get_name() }});{% endmacro %}")

    def __init__(self, *, scripts: tuple[str, ...], styles: tuple[str, ...]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "program"
        self.default_js = [*MarkerCluster.default_js, *((path, SCHEME + path) for path in scripts)]
        clusters = [link for link in MarkerCluster.default_css if link[1].endswith("/MarkerCluster.css")]
        self.default_css = [*clusters, *((path, SCHEME + path) for path in styles)]


def heading(title: str) -> str:
    """The heading of a page that is nothing but a map, for those who listen to it."""
    return f'<h1 class="hidden">{escape(title)}</h1>\n'


def build_page(page: Page, *, bounds: Bounds, scripts: tuple[str, ...], styles: tuple[str, ...]) -> str:
    """The page as folium renders it, assets still to be localised. Bounds are west, south, east, north in degrees."""
    west, south, east, north = bounds
    chart = CalmMap(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=10,
        tiles=None,
        zoom_control="topright",
        control_scale=True,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
    )
    chart.options["max_zoom"] = MAX_ZOOM
    full = Fullscreen(  # type: ignore[no-untyped-call]
        position="topright", force_separate_button=True, fullscreen_element=JsCode("document.documentElement")
    )
    chart.add_child(full)
    chart.add_child(Program(scripts=scripts, styles=styles))
    for element in (chart, full):
        element._id = "main"
    page.add_child(chart)
    rendered: str = page.render()
    return rendered
