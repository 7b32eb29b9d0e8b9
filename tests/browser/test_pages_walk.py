"""Every page as each role: no fault in the console, no other host, the right language, one heading, no side scroll.

A page is loaded once in each language, and looked at in the size of a desk and of a phone, light and dark. What stands
in the marker pane of a map is left out of the audit of WCAG: where a mark lies is the place itself, which 2.5.8 calls
essential, and every mark is in the list or the table beside the map as well. So is the canvas, which has no elements.
"""

from collections.abc import Callable
from typing import get_args

import pytest
from playwright.sync_api import Browser

from gis.texts import Language
from tests.browser.demo_site import DESKTOP, PHONE, Site, Walker
from tests.browser.pages import FOREIGN, PAGES, addresses, audit, faults_of_frame, overflow, wrong_language

pytestmark = pytest.mark.browser

LISTENED = tuple(who for who in PAGES if who != "street")
"""Who is listened to: the leader of a street has the pages of the leader of the district."""

Walk = Callable[[str, Language], tuple[list[str], list[str]]]


@pytest.fixture(scope="module")
def walk(chromium: Browser, demo: Site) -> Walk:
    """Walks through all pages of one of them, once for each language: the faults, and what axe-core found."""
    walked: dict[tuple[str, Language], tuple[list[str], list[str]]] = {}

    def go(who: str, lang: Language) -> tuple[list[str], list[str]]:
        if (who, lang) not in walked:
            walker = Walker(chromium, demo, who, lang=lang, color_scheme="light")
            faults: list[str] = []
            barriers: list[str] = []
            for path in addresses(demo, who):
                faults += [f"{path}: {fault}" for fault in look(walker, path, lang)]
                barriers += (
                    [f"{path} {fault}" for fault in listen(walker, path)] if lang == "zh" and who in LISTENED else []
                )
            walker.context.close()
            walked[who, lang] = ([*faults, *walker.wrong], barriers)
        return walked[who, lang]

    return go


def look(walker: Walker, path: str, lang: Language) -> list[str]:
    """Opens a page; what is wrong with its texts and its width. The maps in it are pages of their own right."""
    walker.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page = walker.open(path)
    documents = walker.frames()
    documents += [] if page.main_frame in documents else [page.main_frame]
    if path in FOREIGN:
        return []
    faults = [f"{frame.url}: {fault}" for frame in documents for fault in faults_of_frame(frame, lang)]
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        faults += [fault for frame in documents for fault in overflow(frame)]
    return faults


def listen(walker: Walker, path: str) -> list[str]:
    """What axe-core finds in the open page; the dark scheme can differ in contrast only."""
    if path in FOREIGN:
        return []
    faults = []
    for size in (DESKTOP, PHONE):
        walker.page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            walker.page.emulate_media(color_scheme=scheme)
            only = ["color-contrast"] if scheme == "dark" else None
            faults += [f"{size['width']} {scheme} {fault}" for fault in audit(walker, only=only)]
    walker.page.emulate_media(color_scheme="light")
    return faults


@pytest.mark.parametrize("lang", get_args(Language))
@pytest.mark.parametrize("who", PAGES)
def test_every_page(walk: Walk, who: str, lang: Language) -> None:
    """A page speaks one language, has one h1 and a title, and fits a screen of 1280 px and one of 360 px."""
    faults, _barriers = walk(who, lang)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("who", LISTENED)
def test_every_page_is_accessible(walk: Walk, who: str) -> None:
    """axe-core finds nothing against WCAG 2.2 A and AA on any page, on a desk and on a phone, light and dark."""
    _faults, barriers = walk(who, "zh")
    assert not barriers, "\n".join(barriers)


def test_control_a_wrong_page_is_found(chromium: Browser, demo: Site) -> None:
    """English on a Chinese page, a second heading, a pale text, a field without a name and a wide box are found."""
    walker = Walker(chromium, demo, "public")
    page = walker.open("/open/data")
    page.evaluate("""() => document.querySelector("main").insertAdjacentHTML("afterbegin",
      "<h1>2</h1><p class=pale>Accounts</p><input id=nameless>" +
      "<p>A name has 1 to 64 characters, all of them visible.</p>")""")
    page.evaluate("document.querySelector('.pale').style.color = '#ddd'")
    page.evaluate("document.querySelector('.pale').style.width = '2000px'")
    barriers = " ".join(audit(walker))
    faults = " ".join(faults_of_frame(page.main_frame, "zh"))
    walker.context.close()
    assert "color-contrast" in barriers
    assert "label" in barriers
    assert "wrong language: Accounts" in faults
    assert "wrong language: A name has 1 to 64" in faults
    assert "2 h1" in faults
    assert wrong_language(["账号", "99", "Accounts"], "en") == ["账号"]


def test_control_a_wide_page_is_found(chromium: Browser, demo: Site) -> None:
    """A box wider than the phone is found."""
    walker = Walker(chromium, demo, "public", viewport=PHONE)
    page = walker.open("/open/data")
    assert overflow(page.main_frame) == []
    page.evaluate("document.querySelector('main').style.width = '2000px'")
    assert overflow(page.main_frame)
    walker.context.close()
