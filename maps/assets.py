"""The web assets of a page: every library and style sheet comes from this machine, never from a CDN.

folium writes links to content delivery networks. After a page is rendered, `localise` replaces each of them by our
own copy (installed by npm into `maps/node_modules`, or written by us in `maps/static`), and refuses the page if one
address is not known. A *standalone* page carries its assets inside and opens from disk with no network; a *served*
page links them as `/assets/<name>.<hash>.<ending>`, which may be cached for ever because the name changes with the
content. Both kinds state a content security policy: only these scripts run, and a standalone page can reach nothing.

An *asset path* is `static/<file>` or `<npm package>/<file>`; in a page it is written `asset:<asset path>`. Each
library is preceded by its licence, as the licences ask.
"""

import base64
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gis.errors import WanggeError
from gis.texts import _

FOLDER: Final = Path(__file__).resolve().parent
PACKAGES: Final = FOLDER / "node_modules"
SCHEME: Final = "asset:"
SERVED_UNDER: Final = "/assets/"

FOLIUM_URLS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js": "leaflet/dist/leaflet.js",
        "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css": "leaflet/dist/leaflet.css",
        "https://cdn.jsdelivr.net/npm/leaflet.fullscreen@3.0.0/Control.FullScreen.min.js": (
            "leaflet.fullscreen/Control.FullScreen.js"
        ),
        "https://cdn.jsdelivr.net/npm/leaflet.fullscreen@3.0.0/Control.FullScreen.css": (
            "leaflet.fullscreen/Control.FullScreen.css"
        ),
        "https://cdnjs.cloudflare.com/ajax/libs/leaflet.markercluster/1.1.0/leaflet.markercluster.js": (
            "leaflet.markercluster/dist/leaflet.markercluster.js"
        ),
        "https://cdnjs.cloudflare.com/ajax/libs/leaflet.markercluster/1.1.0/MarkerCluster.css": (
            "leaflet.markercluster/dist/MarkerCluster.css"
        ),
    }
)
"""Address that folium writes -> asset path of our copy."""

LIBRARIES: Final = (
    *FOLIUM_URLS.values(),
    "maplibre-gl/dist/maplibre-gl.js",
    "maplibre-gl/dist/maplibre-gl.css",
    "@maplibre/maplibre-gl-leaflet/leaflet-maplibre-gl.js",
    "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui.css",
    "htmx.org/dist/htmx.min.js",
)
"""Asset paths of other people's work that may be served."""

_LINKS: Final = frozenset({"src", "href", "srcset", "data", "action", "formaction", "poster", "background", "ping"})
_FAR: Final = re.compile(r"""["'`(]\s*(?:(?:https?|wss?|ftp):)?//[\w\[]""", re.IGNORECASE)
_CSS_URL: Final = re.compile(r"""url\(\s*(["']?)(?!data:|#)([^"')]+)\1\s*\)""")
_HASHES: Final = re.compile(r"'(sha256-[\w+/=]+)'")
_SOURCE_MAP: Final = re.compile(rb"(?://[#@]\s*sourceMappingURL=\S+|/\*#\s*sourceMappingURL=.*?\*/)")


@dataclass(frozen=True)
class Asset:
    """One file as a page gets it: licence in front, no source map, images of a style sheet inside."""

    path: str
    name: str
    """File name with the first 12 hexadecimal digits of the content's SHA-256."""
    media_type: str
    content: bytes

    @property
    def url(self) -> str:
        """Address under which the web application serves it."""
        return SERVED_UNDER + self.name


@cache
def load(path: str) -> Asset:
    """The asset at an asset path. Raises WanggeError where the file is not there."""
    file = FOLDER / path if path.startswith("static/") else PACKAGES / path
    try:
        content = _SOURCE_MAP.sub(b"", file.read_bytes())
    except OSError as error:
        raise WanggeError(_("The web asset {path} is missing. Run `make setup`.", path=path)) from error
    if file.suffix == ".css":
        content = _CSS_URL.sub(lambda m: f"url({_data_uri(file.parent, m[2])})", content.decode()).encode()
    content = _licence(path) + content
    digest = hashlib.sha256(content).hexdigest()[:12]
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Asset(path, f"{file.stem}.{digest}{file.suffix}", media_type, content)


@cache
def _served() -> Mapping[str, Asset]:
    own = (f"static/{f.name}" for f in (FOLDER / "static").iterdir() if f.suffix in {".js", ".css"})
    return MappingProxyType({asset.name: asset for asset in map(load, sorted({*LIBRARIES, *own}))})


def served(name: str) -> Asset | None:
    """The asset that a served page links as `/assets/<name>`, or None."""
    return _served().get(name)


def _data_uri(folder: Path, reference: str) -> str:
    """A file next to a style sheet as a data: address. Raises WanggeError for an address elsewhere."""
    file = (folder / reference).resolve()
    if "//" in reference or not file.is_relative_to(FOLDER) or not file.is_file():
        raise WanggeError(_("A style sheet refers to the unknown address {url}.", url=reference))
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"data:{media_type};base64,{base64.b64encode(file.read_bytes()).decode()}"


def _licence(path: str) -> bytes:
    """The licence of the npm package that an asset belongs to, as a comment; nothing for our own files."""
    parts = path.split("/")
    if parts[0] == "static":
        return b""
    package = "/".join(parts[: 2 if parts[0].startswith("@") else 1])
    texts = sorted(f for f in (PACKAGES / package).iterdir() if re.match(r"(mit-)?licen[cs]e", f.name, re.IGNORECASE))
    if not texts:
        raise WanggeError(_("The package {package} comes without its licence.", package=package))
    return f"/*! {package}\n{texts[0].read_text(encoding='utf-8').replace('*/', '* /')}\n*/\n".encode()


def localise(html: str, *, standalone: bool) -> str:
    """The same page with its assets from this machine and a content security policy in its head.

    Raises WanggeError where the page refers to any address that is not one of ours.
    """
    page = _Rewriter(standalone=standalone)
    page.feed(html)
    page.close()
    return page.result()


def script_hashes(page: str) -> list[str]:
    """The hashes of the scripts that a finished page holds, for the policy of another page that shows it inside."""
    policy = page.partition('<meta http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
    return _HASHES.findall(policy)


class _Rewriter(HTMLParser):
    """Copies a page tag by tag, replacing links, refusing unknown ones, and hashing the scripts it holds."""

    def __init__(self, *, standalone: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.standalone = standalone
        self.out: list[str] = []
        self.hashes: list[str] = []
        self.head: int | None = None
        self.script: list[str] | None = None
        self.linked = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Replaces a script or style sheet, checks every other address."""
        values = {name: value or "" for name, value in attrs}
        self.linked = tag == "script" and "src" in values
        if self.linked:
            self._add_script(load(_resolve(values["src"])))
        elif tag == "link" and values.get("rel") == "stylesheet":
            self._add_style(load(_resolve(values["href"])))
        else:
            for name, value in values.items():
                if (name.rpartition(":")[2] in _LINKS and not value.startswith(("data:", "#"))) or _FAR.search(value):
                    _resolve(value)
            if tag == "script" and values.get("type", "") in {"", "module", "text/javascript"}:
                self.script = []
            self.out.append(self.get_starttag_text() or "")
            if tag == "head":
                self.head = len(self.out)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<link ... />` is the same as `<link ...>`."""
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        """Scripts and styles that folium wrote into the page may hold no address either."""
        if self.linked:
            return
        if self.script is not None:
            self.script.append(data)
        if (self.script is not None or self.cdata_elem == "style") and (far := _FAR.search(data)):
            _resolve(data[far.start() :][:80])
        self.out.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Ends a script: its hash goes into the policy."""
        if self.linked:
            self.linked = False
            return
        if tag == "script" and self.script is not None:
            self.hashes.append(_hash("".join(self.script)))
            self.script = None
        self.out.append(f"</{tag}>")

    def handle_entityref(self, name: str) -> None:
        """Kept as written."""
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """Kept as written."""
        self.out.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        """Comments are not part of the page."""

    def handle_decl(self, decl: str) -> None:
        """The doctype."""
        self.out.append(f"<!{decl}>")

    def result(self) -> str:
        """The finished page. Raises WanggeError for a page without a head."""
        if self.head is None:
            raise WanggeError(_("The page has no head to put its security policy in."))
        policy = escape(self._policy(), quote=True).replace("&#x27;", "'")
        meta = f'\n<meta http-equiv="Content-Security-Policy" content="{policy}">'
        return "".join((*self.out[: self.head], meta, *self.out[self.head :]))

    def _add_script(self, asset: Asset) -> None:
        if not self.standalone:
            self.out.append(f'<script src="{asset.url}"></script>')
            return
        text = inline_script(asset.content.decode())
        self.hashes.append(_hash(text))
        self.out.append(f"<script>{text}</script>")

    def _add_style(self, asset: Asset) -> None:
        if self.standalone:
            text = asset.content.decode().replace("</", "<\\/")
            self.out.append(f"<style>{text}</style>")
        else:
            self.out.append(f'<link rel="stylesheet" href="{asset.url}">')

    def _policy(self) -> str:
        itself = "" if self.standalone else " 'self'"
        reach = "'none'" if self.standalone else "'self'"
        hashes = "".join(f" '{h}'" for h in self.hashes)
        return "; ".join(
            (
                "default-src 'none'",
                f"script-src{itself}{hashes}",
                f"style-src{itself} 'unsafe-inline'",
                f"img-src{itself} data: blob:",
                "worker-src blob:",
                f"connect-src {reach}",
                "base-uri 'none'",
                "form-action 'none'",
            )
        )


def inline_script(text: str) -> str:
    r"""JavaScript that may stand between script tags: what would end the element is written with a backslash.

    >>> print(inline_script("a = '</script><!-- b';"))
    a = '<\/script><\!-- b';
    """
    return re.sub(r"<(?=/script)", r"<\\", text, flags=re.IGNORECASE).replace("<!--", "<\\!--")


def _resolve(url: str) -> str:
    """The asset path behind an address in a page. Raises WanggeError for an unknown one."""
    if url.startswith(SCHEME):
        return url.removeprefix(SCHEME)
    if url not in FOLIUM_URLS:
        raise WanggeError(_("The page refers to an address outside this machine: {url}", url=url.strip()))
    return FOLIUM_URLS[url]


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
