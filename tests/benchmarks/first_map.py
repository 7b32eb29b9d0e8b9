"""The first map of the demo district: from the click on its page in the bar to a drawn map, in headless Chromium.

The server is warm: it has made the page once, for a browser of its own. Each turn is a new browser context, so nothing
is in its cache. *Visible* is when the map inside the page says that it is ready, the browser has painted two frames
more, and the map has something of the district in it. The leader of the whole district looks; beside it the public.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from api.identity import COOKIE
from gis.roles import SYSTEM
from gis.services.demo import load_demo
from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.store.cluster import Cluster
from gis.store.engine import make_engine
from tests.api.people import make_account, make_session
from tests.benchmarks.figures import Figure, figure
from tests.browser.application import running
from tests.browser.conftest import CHROMIUM_ARGUMENTS

CHROMIUM = Path("/usr/bin/chromium")
TURNS = 7
PAINTED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
  done(document.querySelectorAll(".leaflet-pane path, .leaflet-pane canvas").length))))"""


def run(*, quick: bool = False) -> Iterator[Figure]:
    """Median and worst seconds from the click to the map, for the leader and for the public."""
    if not CHROMIUM.exists():
        return
    with tempfile.TemporaryDirectory(prefix="wg-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        settings = Settings(home=Path(folder), lang="zh", public_per_minute=0)
        load_demo(Workspace(settings), SYSTEM)
        cluster = Cluster(Path(folder))
        engine = make_engine(cluster.url)
        session, _csrf = make_session(engine, make_account(engine, "leader", "leader", "O001"))
        engine.dispose()
        try:
            with running(settings) as address, sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
                for who, cookie, start, link in (
                    ("leader", session, "/campaigns", "/leader"),
                    ("public", None, "/login", "/open"),
                ):
                    turns = [
                        view(browser, address, cookie, start, link) for _turn in range(1 + (2 if quick else TURNS))
                    ]
                    yield figure(f"first_map.demo.{who}.median_seconds", statistics.median(turns[1:]), "s")
                    yield figure(f"first_map.demo.{who}.worst_seconds", max(turns[1:]), "s")
                browser.close()
        finally:
            cluster.stop()


def view(browser: Browser, address: str, session: str | None, start: str, link: str) -> float:
    """Seconds from the click on the link in the bar until the map in the page is drawn."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    if session:
        context.add_cookies([{"name": COOKIE, "value": session, "url": address.replace("http:", "https:")}])
    page = context.new_page()
    page.goto(address + start)
    page.wait_for_load_state("networkidle")
    begin = time.perf_counter()
    page.locator(f"nav a[href='{link}']").click()
    element = page.locator("iframe.map").element_handle()
    frame = element.content_frame() if element else None
    assert frame is not None
    frame.wait_for_selector("html[data-ready]", state="attached")
    frame.wait_for_selector(".leaflet-pane path, .leaflet-pane canvas", state="attached")
    drawn = frame.evaluate(PAINTED)
    seconds = time.perf_counter() - begin
    assert drawn > 0
    context.close()
    return seconds
