"""A district in which every text is an attack, and a browser that notices whatever runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from api.identity import COOKIE
from gis.roles import Actor
from gis.settings import Settings
from tests.api.people import make_session
from tests.browser.application import running
from tests.browser.payloads import fill

TOUCH = """() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const link of document.querySelectorAll("a[href^='javascript:' i]")) link.click();
  for (const name of Object.keys(window).filter((key) => key.startsWith("map_"))) {
    const layers = [];
    try { window[name].eachLayer((layer) => layers.push(layer)); } catch { continue; }
    for (const layer of layers.slice(0, 40)) {
      try {
        layer.openTooltip?.(); layer.openPopup?.(); layer.fire?.("click", {latlng: window[name].getCenter()});
      } catch {}
    }
  }
  for (const shape of [...document.querySelectorAll("path.leaflet-interactive, .leaflet-marker-icon")].slice(0, 20))
    for (const kind of ["mouseover", "mousemove", "click"])
      shape.dispatchEvent(new MouseEvent(kind, {bubbles: true, clientX: 300, clientY: 300}));
  for (const box of document.querySelectorAll("input[type=search], input[type=text], input:not([type])")) {
    box.focus(); box.value = "9900"; box.dispatchEvent(new Event("input", {bubbles: true}));
  }
}"""
"""Opens what is folded, presses addresses of scripts, opens popups and tooltips of maps, and types into searches."""


@dataclass(frozen=True)
class Site:
    """Where the application answers, and the cookie of each role."""

    address: str
    cookies: dict[str, str]


@contextmanager
def attacked(database: str, **settings: object) -> Iterator[Site]:
    """The application on such a district."""
    engine = sa.create_engine(database)
    actors: dict[str, Actor] = fill(engine)
    cookies = {role: make_session(engine, actor)[0] for role, actor in actors.items()}
    engine.dispose()
    chosen = Settings(database_url=database, lang="zh").model_copy(update=settings)
    with running(chosen) as address:
        yield Site(address, cookies)


class Visitor:
    """A browser that notices whatever runs."""

    def __init__(self, browser: Browser, site: Site, role: str, *, policy: bool) -> None:
        self.context: BrowserContext = browser.new_context(
            bypass_csp=not policy, viewport={"width": 1000, "height": 800}
        )
        self.policy = policy
        self.fired: list[str] = []
        self.site = site
        self.context.expose_binding("fired", lambda source, n: self.fired.append(f"{source['frame'].url}: {n}"))
        if role in site.cookies:
            self.context.add_cookies(
                [{"name": COOKIE, "value": site.cookies[role], "url": site.address.replace("http:", "https:")}]
            )
        self.page: Page = self.context.new_page()
        self.page.on("dialog", self._notice)

    def _notice(self, dialog: Dialog) -> None:
        self.fired.append(dialog.message)
        dialog.dismiss()

    def open(self, path: str) -> int:
        """Opens a page, moves over it, presses its links with an address of a script, and waits for what may come."""
        answer = self.page.goto(self.site.address + path, wait_until="load")
        for frame in self.page.frames:
            frame.evaluate(TOUCH)
        self.page.wait_for_timeout(60)
        return answer.status if answer else 0
