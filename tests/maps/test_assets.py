"""Web assets: nothing from a CDN, everything from this machine, and a policy that holds the page to it."""

import base64
import hashlib
import re
from pathlib import Path

import folium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import WanggeError
from maps.assets import FOLDER, FOLIUM_URLS, LIBRARIES, inline_script, load, localise, served
from maps.page import CalmMap

PAGE = "<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
SCRIPT = re.compile(r"<script(?![^>]*(?:src|application/json|application/gzip))[^>]*>(.*?)</script>", re.DOTALL)


def calm_page() -> str:
    """What folium renders for an empty map of ours."""
    rendered: str = CalmMap(tiles=None, zoom_control="topright").get_root().render()
    return rendered


def policy_of(page: str) -> str:
    """The content security policy a page states."""
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found
    return found[1]


def test_standalone_page_links_nothing() -> None:
    """A page for the disk holds its scripts and styles; no element refers to another file."""
    page = localise(calm_page(), standalone=True)
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*\b(?:src|href)=\"(?!data:)[^\"]*\"", page) == []
    assert "Leaflet 1.9.4" in page


def test_served_page_links_hashed_files() -> None:
    """A served page links /assets/ only; each file is served, and its name carries the hash of its content."""
    page = localise(calm_page(), standalone=False)
    links = re.findall(r"<(?:script|link)[^>]*\b(?:src|href)=\"(?!data:)([^\"]*)\"", page)
    assert len(links) == 2
    for link in links:
        asset = served(link.removeprefix("/assets/"))
        assert asset is not None
        assert hashlib.sha256(asset.content).hexdigest()[:12] in link


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ('<script src="https://example.org/x.js"></script>', ""),
        ('<link rel="stylesheet" href="https://example.org/x.css"/>', ""),
        ('<link rel="preload" href="//example.org/font.woff2">', ""),
        ("<style>a { background: url(https://example.org/x.png) }</style>", ""),
        ("<style>@import '//example.org/x.css';</style>", ""),
        ("", '<img src="https://example.org/x.png">'),
        ("", '<img srcset="/x.png 2x">'),
        ("", '<a href="next.html">next</a>'),
        ("", '<p style="background:url(https://example.org/x.png)">x</p>'),
        ("", '<script>L.tileLayer("https://tile.openstreetmap.org/{z}/{x}/{y}.png")</script>'),
        ("", '<svg><use xlink:href="http://example.org/x.svg#a"></use></svg>'),
    ],
)
@pytest.mark.parametrize("standalone", [True, False])
def test_unknown_address_is_refused(head: str, body: str, standalone: bool) -> None:
    """A page that refers to any address that is not ours is not made."""
    with pytest.raises(WanggeError):
        localise(PAGE.format(head=head, body=body), standalone=standalone)


def test_plain_page_passes() -> None:
    """The control: the same page without a foreign address is made, and keeps its text and its entities."""
    body = '<p style="color:red">1 &lt; 2 &#8212; <a href="#top">up</a></p><script>x = 1 // no address</script>'
    page = localise(PAGE.format(head='<link rel="icon" href="data:,">', body=body), standalone=True)
    assert body in page


def test_folium_default_page_is_refused() -> None:
    """folium's own map, with its jQuery, bootstrap, icon fonts and tiles, does not pass."""
    with pytest.raises(WanggeError, match="https://"):
        localise(folium.Map().get_root().render(), standalone=True)


@pytest.mark.parametrize("standalone", [True, False])
def test_policy_allows_exactly_the_scripts_of_the_page(standalone: bool) -> None:
    """Each inline script's SHA-256 stands in the policy, and nothing else but our own host when served."""
    page = localise(calm_page(), standalone=standalone)
    scripts = [s for s in SCRIPT.findall(page) if s]
    expected = {"sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts}
    policy = policy_of(page)
    assert set(re.findall(r"'(sha256-[^']+)'", policy)) == expected
    assert "default-src 'none'" in policy
    assert ("connect-src 'none'" in policy) == standalone
    assert ("script-src 'self'" in policy) != standalone
    assert "unsafe-eval" not in policy
    assert re.search(r"script-src[^;]*unsafe", policy) is None


def test_page_without_head_is_refused() -> None:
    """A page that has no place for its policy is not made."""
    with pytest.raises(WanggeError):
        localise("<p>text</p>", standalone=True)


@given(st.text(alphabet="<>/!-scriptSCRIPT '\"\\", max_size=60))
def test_inlined_script_cannot_end_its_element(text: str) -> None:
    """However a script is written, nothing in it ends or comments out its element."""
    inlined = inline_script(text).lower()
    assert "</script" not in inlined
    assert "<!--" not in inlined


@pytest.mark.parametrize("path", LIBRARIES)
def test_library_carries_its_licence(path: str) -> None:
    """Each library starts with the licence of its package and asks for no source map."""
    content = load(path).content
    assert re.search(rb"(?i)copyright|permission", content[:3000])
    assert b"sourceMappingURL" not in content


def test_style_sheets_hold_their_images() -> None:
    """No style sheet refers to another file: its images are inside."""
    for path in {p for p in (*LIBRARIES, *FOLIUM_URLS.values()) if p.endswith(".css")}:
        addresses = re.findall(rb"url\(\s*[\"']?([^)\"']*)", load(path).content)
        assert [a for a in addresses if not a.startswith((b"data:", b"#"))] == []


@pytest.mark.parametrize("name", ["leaflet.js", "../page.py", "..", "", "static/page.js", "package.json"])
def test_only_listed_assets_are_served(name: str) -> None:
    """A name without its hash, or of anything else, is not served."""
    assert served(name) is None


def test_missing_asset_says_what_to_do() -> None:
    """Without the npm packages the message names the command that brings them."""
    with pytest.raises(WanggeError, match="make setup"):
        load("no-such-package/index.js")


def test_own_scripts_build_no_html_from_text() -> None:
    """No script of ours writes HTML or runs text: everything becomes a text node."""
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTML")
    scripts = sorted((FOLDER / "static").glob("*.js"))
    assert len(scripts) > 5
    assert [s.name for s in scripts if forbidden.search(s.read_text(encoding="utf-8"))] == []


def test_lock_file_names_no_registry() -> None:
    """The lock file pins versions and hashes and leaves the registry to whoever installs."""
    assert "resolved" not in Path(FOLDER / "package-lock.json").read_text(encoding="utf-8")
