"""No text of the store and no text of a request runs as a script, on any page, for any role.

The pages are opened twice: as they are, where the content security policy stands guard too, and with the policy
switched off, so that escaping alone has to hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from api.identity import COOKIE
from gis.roles import Actor
from gis.settings import Settings
from tests.api.people import make_session
from tests.browser.application import running
from tests.browser.payloads import PAYLOADS, fill

pytestmark = pytest.mark.browser

UUID = "00000000-0000-4000-8000-0000000000{:02d}"
SCREENS: dict[str, tuple[str, ...]] = {
    "public": (
        "/",
        "/open",
        "/open?q=9900",
        "/open/data",
        "/login",
        "/maps/open",
        "/maps/responsibility",
        "/docs",
        "/none",
    ),
    "admin": ("/admin/accounts", "/admin/audit", "/admin/imports", "/account"),
    "leader": (
        *("/leader", "/leader?area=990001", "/leader/card/990001", "/leader/tree", "/corrections", "/campaigns"),
        *("/facilities", "/outreach", "/maps/responsibility", "/maps/premises", "/maps/outreach", "/campaigns/new"),
    ),
    "inspector": ("/facilities", "/maps/premises", "/outreach", "/campaigns", "/account"),
    "officer": ("/grid", "/maps/grid", "/outreach", "/outreach/new", "/grid/correct", "/campaigns"),
    "grid officer": ("/grid", "/maps/grid"),
}
EACH: dict[str, tuple[str, ...]] = {
    "leader": ("/leader/card/99000100100{:02d}", "/campaigns/C{}", "/leader?area=99000100100{:02d}"),
    "inspector": ("/facilities/F{}",),
    "officer": ("/grid/correct?target=F{}",),
}
REFLECTED = {
    "public": ("/open?q={}", "/login?next={}", "/{}", "/maps/open?on={}", "/open/data/{}"),
    "leader": ("/leader?area={}", "/facilities?q={}", "/facilities?kind={}", "/outreach?kind={}", "/campaigns/{}"),
    "inspector": ("/facilities/{}", "/facilities?area={}&page={}"),
    "officer": ("/grid?area={}", "/grid/correct?target={}", "/outreach/sessions/{}"),
    "admin": (
        "/admin/audit?who={}&action={}&target={}&outcome={}&start={}",
        "/admin/imports/{}",
        "/admin/accounts?q={}",
    ),
}


@dataclass(frozen=True)
class Site:
    """Where the application answers, and the cookie of each role."""

    address: str
    cookies: dict[str, str]


@pytest.fixture(scope="module")
def site(cluster_database: str) -> Iterator[Site]:
    """The application on a district in which every text is an attack."""
    engine = sa.create_engine(cluster_database)
    actors: dict[str, Actor] = fill(engine)
    cookies = {role: make_session(engine, actor)[0] for role, actor in actors.items()}
    engine.dispose()
    with running(Settings(database_url=cluster_database, lang="zh")) as address:
        yield Site(address, cookies)


class Visitor:
    """A browser that notices whatever runs."""

    def __init__(self, browser: Browser, site: Site, role: str, *, policy: bool) -> None:
        self.context: BrowserContext = browser.new_context(
            bypass_csp=not policy, viewport={"width": 1000, "height": 800}
        )
        self.fired: list[str] = []
        self.site = site
        self.context.expose_binding("fired", lambda source, n: self.fired.append(f"{source['frame'].url}: {n}"))
        if role in site.cookies:
            self.context.add_cookies(
                [{"name": COOKIE, "value": site.cookies[role], "url": site.address, "secure": True}]
            )
        self.page: Page = self.context.new_page()
        self.page.on("dialog", self._notice)

    def _notice(self, dialog: Dialog) -> None:
        self.fired.append(dialog.message)
        dialog.dismiss()

    def open(self, path: str) -> int:
        """Opens a page, moves over it, presses its links with an address of a script, and waits for what may come."""
        answer = self.page.goto(self.site.address + path, wait_until="load")
        for link in self.page.locator("a[href^='javascript:' i]").all():
            link.click(force=True, timeout=1000)
        self.page.wait_for_timeout(150)
        return answer.status if answer else 0


@pytest.fixture(params=[True, False], ids=["policy", "no policy"])
def visit(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[dict[str, Visitor]]:
    """One visitor for each role."""
    visitors = {role: Visitor(chromium, site, role, policy=request.param) for role in ("public", *site.cookies)}
    yield visitors
    for visitor in visitors.values():
        visitor.context.close()


@pytest.mark.parametrize("role", SCREENS)
def test_no_stored_text_runs(visit: dict[str, Visitor], role: str) -> None:
    """Names, notes, addresses and all other texts of the store stay text on every page of a role."""
    visitor = visit[role]
    each = [path.format(n) for path in EACH.get(role, ()) for n in range(len(PAYLOADS))]
    statuses = {path: visitor.open(path) for path in (*SCREENS[role], *each)}
    assert visitor.fired == []
    assert {path: status for path, status in statuses.items() if status != 200} == (
        {"/none": 404} if role == "public" else {}
    )


@pytest.mark.parametrize("role", REFLECTED)
def test_no_text_of_a_request_runs(visit: dict[str, Visitor], role: str) -> None:
    """What stands in an address comes back as text, in a page, a form or an error."""
    visitor = visit[role]
    for path in REFLECTED[role]:
        for payload in PAYLOADS:
            visitor.open(path.replace("{}", quote(payload, safe="")))
    assert visitor.fired == []


def test_control_unescaped_texts_would_fire(chromium: Browser, site: Site) -> None:
    """A page that pastes the payloads in fires; with our policy the same page stays silent."""
    body = "<p>" + "</p><p>".join(PAYLOADS[:5]) + f'</p><input value="{PAYLOADS[5]}"><a href="{PAYLOADS[8]}">a</a>'
    for policy in (False, True):
        visitor = Visitor(chromium, site, "public", policy=policy)
        header = visitor.page.goto(f"{site.address}/login").headers["content-security-policy"]  # type: ignore[union-attr]
        visitor.page.route(
            f"{site.address}/pasted",
            lambda route, csp=header: route.fulfill(
                body=body, content_type="text/html", headers={"content-security-policy": csp}
            ),
        )
        visitor.open("/pasted")
        assert bool(visitor.fired) is not policy
        visitor.context.close()


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
    assert urlsplit(site.address).hostname == "127.0.0.1"
    visitor.context.close()
