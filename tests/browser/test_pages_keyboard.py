"""With the keyboard alone: the skip link, a focus that can be seen, every control, and a way out of each map."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.demo_site import OWN_GRID, Site, Walker

pytestmark = pytest.mark.browser

MOST = 400
"""So many steps are enough for any page and the map in it."""
FOCUSED = """() => {
  const deepest = (root) => {
    const at = root.activeElement;
    return at?.tagName === "IFRAME" ? deepest(at.contentDocument) : at;
  };
  const at = deepest(document);
  const style = getComputedStyle(at);
  const ring = parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none";
  const line = at.ownerSVGElement && parseFloat(style.strokeWidth) >= 3;
  const inside = at.ownerDocument !== document;
  at.dataset.reached = "yes";
  const seen = ring || line || at === at.ownerDocument.body;
  return { tag: at.tagName, name: at.outerHTML.slice(0, 160), seen, inside };
}"""
MISSED = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter((e) => e.checkVisibility() && !e.disabled && e.tabIndex >= 0 && e.type !== "radio" && !e.dataset.reached)
  .map((e) => e.outerHTML.slice(0, 160))"""
PAGES = {
    "public": ("/open",),
    "leader": ("/leader", "/campaigns/2026-ultrasound"),
    "inspector": ("/facilities", "/inspect", "/inspections?state=planned"),
    "officer": (f"/grid?area={OWN_GRID}", f"/grid/correct?kind=boundary&target={OWN_GRID}", "/outreach/new"),
    "admin": ("/admin/accounts", "/admin/imports"),
}


@pytest.fixture(params=PAGES)
def walker(chromium: Browser, demo: Site, request: pytest.FixtureRequest) -> Iterator[tuple[Walker, tuple[str, ...]]]:
    """A browser of one of them, and the pages to walk."""
    walker = Walker(chromium, demo, request.param)
    yield walker, PAGES[request.param]
    walker.context.close()


def test_every_control_is_reached_and_seen(walker: tuple[Walker, tuple[str, ...]]) -> None:
    """Steps of the tab key reach every control, each with a mark to be seen, through the map and out of it."""
    visitor, paths = walker
    for path in paths:
        page = visitor.open(path)
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        unseen, inside, last = walk_through(page)
        assert unseen == [], path
        assert page.evaluate(MISSED) == [], path
        assert not last, f"{path}: no way out of the map"
        if page.locator("iframe").count():
            assert inside, f"{path}: no way into the map"


def walk_through(page: Page) -> tuple[list[str], bool, bool]:
    """Steps until the end of the page: what was focused without a mark, whether the map was entered, and not left."""
    unseen, inside, at = [], False, {"inside": False, "tag": ""}
    for step in range(MOST):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        inside = inside or bool(at["inside"])
        if step and at["tag"] == "BODY" and not at["inside"]:
            break
        if not at["seen"]:
            unseen.append(str(at))
    return unseen, inside, bool(at["inside"])


def test_the_skip_link(chromium: Browser, demo: Site) -> None:
    """The first step shows the skip link, and it leads past the bar."""
    visitor = Walker(chromium, demo, "leader")
    page = visitor.open("/campaigns")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    visitor.context.close()
