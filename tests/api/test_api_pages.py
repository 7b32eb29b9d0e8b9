"""Pages, languages, headers and the documentation; nothing is asked of another host."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from api.main import ROUTERS, create_app
from gis.settings import Settings
from tests.api.awkward import MARKUP, serve

MAPS = ["/maps/responsibility", "/maps/open"]
PAGES = ["/open", "/open/data", "/login", "/docs", *MAPS]


@pytest.fixture(scope="module")
def still() -> Iterator[TestClient]:
    """A client of an application that needs no database."""
    yield from serve(create_app(Settings(lang="en")))


class Links(HTMLParser):
    """Collects every address in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("src", "href", "action") and value]


def links(html: str) -> list[str]:
    """Addresses of scripts, styles, pictures, links and forms of a page."""
    parser = Links()
    parser.feed(html)
    return parser.found


@pytest.mark.parametrize("address", PAGES)
def test_pages_load_everything_from_this_machine(client: TestClient, address: str) -> None:
    """No page names another host, and every asset that it names is there, to be kept for good."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", answer.text)
    assets = [link for link in links(answer.text) if link.startswith("/assets/")]
    assert assets
    for link in assets:
        asset = client.get(link)
        assert asset.status_code == 200, link
        assert "immutable" in asset.headers["Cache-Control"]


def test_the_documentation_names_no_host_at_all(still: TestClient) -> None:
    """The docs page holds no absolute address, and its program forbids the public validator."""
    html = still.get("/docs").text
    assert not re.search(r"https?://(?!127\.0\.0\.1)", html)
    program = next(link for link in links(html) if "/docs." in link)
    assert "validatorUrl: null" in still.get(program).text


def test_a_page_with_a_far_script_would_be_noticed() -> None:
    """Control: the pattern of the tests above finds an address on another host."""
    page = '<script src="https://cdn.example.org/x.js"></script><a href="//example.org">'
    assert len(re.findall(r"""(?:src|href|action)=["'](?:https?:)?//""", page)) == 2


@pytest.mark.parametrize("address", [*PAGES, "/api/areas", "/healthz", "/nothing", "/tiles/grid/0/0/0"])
def test_security_headers_are_on_every_answer(client: TestClient, address: str) -> None:
    """Nobody may frame an answer (a map only our own pages), guess its type, or run a script that is not ours."""
    headers = client.get(address).headers
    framed_by = "'self'" if address in MAPS else "'none'"
    assert f"frame-ancestors {framed_by}" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "'unsafe-inline'" not in headers["Content-Security-Policy"].partition("script-src")[2].partition(";")[0]


@pytest.mark.parametrize("address", ["/open", "/open/data", "/login", "/docs", "/nothing"])
def test_our_pages_need_no_inline_script(client: TestClient, address: str) -> None:
    """With script-src 'self' an inline script would not run, so there is none."""
    answer = client.get(address, headers={"Accept": "text/html"})
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert not re.findall(r"<script(?![^>]*\bsrc=)", answer.text)
    assert not re.findall(r"<[^>]+\son[a-z]+=", answer.text)


def test_the_map_states_which_scripts_may_run(client: TestClient) -> None:
    """The map's own policy lists its scripts by hash; markup in a name stays text."""
    html = client.get("/maps/responsibility?on=2025-03-01").text
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy
    assert "script-src 'self' 'sha256-" in policy[1]
    assert "'unsafe-inline'" not in policy[1].partition("script-src")[2].partition(";")[0]
    assert MARKUP not in html
    assert "<script>alert" not in html


def test_many_areas_are_served_as_tiles(app: Any, client: TestClient) -> None:
    """Above the threshold of the settings the page holds no area and asks for tiles."""
    light = create_app(app.state.settings.model_copy(update={"tile_threshold": 3}))
    full = client.get("/maps/responsibility").text
    for reader in serve(light):
        html = reader.get("/maps/responsibility").text
        assert "五马街道" in full
        assert "五马街道" not in html
        assert "maplibre" in html


def test_the_address_chooses_the_language_then_the_cookie_then_the_setting(client: TestClient) -> None:
    """?lang= wins and is kept for the pages that follow; what is no language of ours falls back."""
    assert client.get("/open").headers["Content-Language"] == "en"
    assert 'lang="zh-CN"' in client.get("/open?lang=zh").text
    assert client.get("/open").headers["Content-Language"] == "zh-CN"
    assert client.get("/open?lang=en").headers["Content-Language"] == "en"
    client.cookies.set("lang", "../../etc")
    assert client.get("/nothing").headers["Content-Language"] in ("en", "zh-CN")


def test_texts_inside_worker_threads_are_in_the_language_of_the_request(client: TestClient) -> None:
    """A service's message, made in a thread of the pool, is Chinese for one reader and English for the next."""
    chinese = client.get("/api/areas/nothing?lang=zh").json()["message"]
    english = client.get("/api/areas/nothing?lang=en").json()["message"]
    assert english.isascii()
    assert english != chinese


def test_chinese_is_the_language_where_nobody_chose(database_url: str) -> None:
    """Pages are Chinese unless the setting says otherwise."""
    for client in serve(create_app(Settings(database_url=database_url))):
        assert client.get("/docs").headers["Content-Language"] == "zh-CN"


def test_a_long_answer_is_compressed(client: TestClient) -> None:
    """JSON and pages are gzipped for readers who accept it."""
    answer = client.get("/api/areas?geometry=true", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_health_of_a_working_service(client: TestClient) -> None:
    """The versions of database, PostGIS and schema, and 200."""
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "database", "postgis", "schema"}
    assert answer.json()["status"] == "ok"


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Address and description of every operation of an OpenAPI document."""
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def test_every_route_is_documented(still: TestClient) -> None:
    """Each route for programs has summary, description and a description of each parameter; pages for people are not
    among them."""
    document = still.get("/openapi.json").json()
    documented = dict(operations(document))
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    assert {route.path for route in routes if route.include_in_schema} == set(documented)
    assert not [route.path for route in routes if not route.include_in_schema and route.path.startswith("/api")]
    for path, operation in documented.items():
        assert operation["summary"], path
        assert operation["description"], path
        assert all(parameter.get("description") for parameter in operation["parameters"]), path
        assert "422" in operation["responses"], path
        assert {"200", "201", "204"} & set(operation["responses"]), path


def test_every_route_of_records_takes_on_and_known(still: TestClient) -> None:
    """Whatever is read as of any day and as known at any time; work in progress and changes have no such times."""
    work = (
        *("/api/campaigns", "/api/corrections", "/api/changes", "/api/inspections", "/api/photos", "/api/findings"),
        *("/api/tasks", "/api/cases", "/api/draws", "/api/sweeps", "/api/facilities/{code}/history"),
        "/maps/sweep/{code}",
    )
    for path, methods in still.get("/openapi.json").json()["paths"].items():
        if path.startswith(("/api/", "/tiles/", "/maps/")) and not path.startswith(work) and "get" in methods:
            assert {"on", "known", "lang"} <= {parameter["name"] for parameter in methods["get"]["parameters"]}, path


def test_the_documentation_is_in_the_language_of_the_reader(still: TestClient) -> None:
    """The Chinese document has the same addresses and keys, and Chinese descriptions."""
    english = still.get("/openapi.json?lang=en").json()
    chinese = still.get("/openapi.json?lang=zh").json()
    assert english["paths"].keys() == chinese["paths"].keys()
    assert english["components"]["schemas"].keys() == chinese["components"]["schemas"].keys()
    assert not chinese["paths"]["/api/areas"]["get"]["summary"].isascii()
