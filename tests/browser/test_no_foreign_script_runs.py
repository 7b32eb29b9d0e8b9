"""No text of the store and no text of a request runs as a script, on any page, for any role.

The pages are opened twice: as they are, where the content security policy stands guard too, and with the policy
switched off, so that escaping alone has to hold.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import Browser

from api.identity import COOKIE
from tests.access.test_authorization import ROUTES
from tests.browser.payloads import PAYLOADS
from tests.browser.screens import EACH, FORMS, NO_SCREENS, REFLECTED, SCREENS
from tests.browser.visitor import TOUCH, Site, Visitor, attacked

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(cluster_database: str) -> Iterator[Site]:
    """The application on a district in which every text is an attack."""
    with attacked(cluster_database) as found:
        yield found


def batched(texts: tuple[str, ...], size: int) -> list[tuple[str, ...]]:
    """The texts in groups."""
    return [texts[first : first + size] for first in range(0, len(texts), size)]


@pytest.fixture(params=[True, False], ids=["policy", "no policy"])
def visitor(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A visitor of the role that a test is about."""
    visitor = Visitor(chromium, site, request.node.callspec.params["role"], policy=request.param)
    yield visitor
    visitor.context.close()


@pytest.mark.parametrize("role", SCREENS)
def test_no_stored_text_runs(visitor: Visitor, role: str) -> None:
    """Names, notes, addresses and all other texts of the store stay text on every page of a role."""
    each = [path.format(n) for path in EACH.get(role, ()) for n in range(2 if visitor.policy else len(PAYLOADS))]
    statuses = {path: visitor.open(path) for path in (*SCREENS[role], *each)}
    assert visitor.fired == []
    assert {path: status for path, status in statuses.items() if status != 200} == (
        {"/none": 404} if role == "public" else {}
    )


@pytest.mark.parametrize("role", REFLECTED)
def test_no_text_of_a_request_runs(visitor: Visitor, role: str) -> None:
    """What stands in an address comes back as text, in a page, a form or an error."""
    for path in REFLECTED[role]:
        for payloads in batched(PAYLOADS, 3):
            visitor.open(path.replace("{}", quote(" ".join(payloads), safe="")))
    assert visitor.fired == []


@pytest.mark.parametrize("role", FORMS)
def test_no_text_of_a_form_runs(visitor: Visitor, role: str) -> None:
    """A form that is refused comes back with what was typed, as text."""
    for path, form in FORMS[role]:
        for payload in PAYLOADS[1:5:3]:
            visitor.open(path)
            assert visitor.page.locator(form).count(), (path, form)
            with visitor.page.expect_navigation():
                visitor.page.locator(form).first.evaluate(FILL, payload)
            visitor.page.wait_for_timeout(60)
    assert visitor.fired == []


FILL = """(form, text) => {
  for (const field of form.elements)
    if (field.name && field.name !== "csrf" && field.type !== "hidden" && field.tagName !== "BUTTON") {
      field.removeAttribute("pattern"); field.removeAttribute("maxlength");
      if (["text", "search", "textarea", "password"].includes(field.type)) field.value = text;
    }
  form.submit();
}"""
"""Types a text into each field of a form and sends it, without the checks of the browser."""


def test_every_screen_is_visited() -> None:
    """A route that gives a page and is neither visited nor named as none fails; control: a new one is noticed."""
    routes = {row["what"].split()[1] for row in ROUTES if row["what"].startswith("GET ")}
    pages = {path for path in routes if not path.startswith(("/api/", "/tiles/"))} - set(NO_SCREENS)
    visited = [path for paths in (*SCREENS.values(), *EACH.values()) for path in paths]
    assert missing(pages, visited) == set()
    assert missing(pages | {"/new/{code}"}, visited) == {"/new/{code}"}


def missing(pages: set[str], visited: list[str]) -> set[str]:
    """Route patterns that no visited address fits."""
    plain = [path.partition("?")[0] for path in visited]
    return {p for p in pages if not any(re.fullmatch(re.sub(r"\\?\{\w+\\?\}", "[^/]+", p), path) for path in plain)}


@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no policy"])
def test_the_page_that_leaves_runs_nothing(chromium: Browser, site: Site, tmp_path: Path, *, policy: bool) -> None:
    """The page of one file, opened from the disk, holds no text that runs."""
    visitor = Visitor(chromium, site, "leader", policy=policy)
    answer = visitor.context.request.get(
        f"{site.address}/leader/export/html?area=990001", headers={"Cookie": f"{COOKIE}={site.cookies['leader']}"}
    )
    assert answer.ok, answer.text()[:500]
    file = tmp_path / "map.html"
    file.write_bytes(answer.body())
    visitor.page.goto(file.as_uri())
    visitor.page.wait_for_timeout(1500)
    visitor.page.evaluate(TOUCH)
    visitor.page.wait_for_timeout(300)
    assert visitor.fired == []
    visitor.context.close()


def test_control_unescaped_texts_would_fire(chromium: Browser, site: Site) -> None:
    """A page that pastes the payloads in fires; with our policy the same page stays silent."""
    body = "<p>" + "</p><p>".join(PAYLOADS[:5]) + f'</p><input value="{PAYLOADS[5]}"><a href="{PAYLOADS[8]}">a</a>'
    header = httpx2.get(f"{site.address}/login").headers["content-security-policy"]
    for policy in (None, header):
        with pasted(body, policy) as address:
            visitor = Visitor(chromium, Site(address, {}), "public", policy=True)
            visitor.open("/")
            assert bool(visitor.fired) is (policy is None), policy
            visitor.context.close()


@contextmanager
def pasted(body: str, policy: str | None) -> Iterator[str]:
    """A server of one page, with or without a policy."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_given: object) -> None:
            """Nothing is written."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("role", SCREENS)
def test_every_page_has_a_policy_without_inline_scripts(site: Site, chromium: Browser, role: str) -> None:
    """Each page says which scripts may run: files of ours, or those whose hash it names."""
    visitor = Visitor(chromium, site, role, policy=True)
    for path in SCREENS[role]:
        answer = visitor.page.goto(site.address + path)
        assert answer is not None
        said = answer.headers["content-security-policy"] + (
            visitor.page.locator("meta[http-equiv='Content-Security-Policy']").first.get_attribute("content") or ""
            if visitor.page.locator("meta[http-equiv='Content-Security-Policy']").count()
            else ""
        )
        scripts = said.partition("script-src")[2].partition(";")[0]
        assert scripts or "default-src 'none'" in said, path
        assert "unsafe-inline" not in scripts, path
        assert "unsafe-eval" not in scripts, path
    visitor.context.close()
