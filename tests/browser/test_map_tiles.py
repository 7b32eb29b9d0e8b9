"""The light page that a server sends for many areas: tiles, gaps and search come on demand."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from maps.responsibility import ResponsibilityData
from tests.browser.conftest import Open
from tests.browser.tile_server import Application, serve

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def application(district: ResponsibilityData) -> Application:
    """The district behind a server."""
    return Application(district)


@pytest.fixture(scope="module")
def address(application: Application) -> Iterator[str]:
    """Where it answers."""
    with serve(application) as url:
        yield url


@pytest.fixture
def page(watch: Open, application: Application, address: str) -> Page:
    """The light page, its first view complete."""
    application.sent.clear()
    opened = watch(allowed=(address, "data:", "blob:")).open(address + "/")
    expect(opened.locator("details[data-kind=orphan] .count")).not_to_have_text("…")
    expect(opened.locator(".label span").first).to_be_visible()
    return opened


def test_first_view_asks_for_the_shown_level_only(page: Page, application: Application) -> None:
    """Grids are not asked for until the map is near enough, and the day goes with every tile."""
    tiles = [path for path in application.sent if path.startswith("/tiles/")]
    layers = {path.split("/")[2] for path in tiles}
    assert "grid" not in layers
    assert {"district", "street", "village", "facilities"} >= layers >= {"district", "facilities"}
    assert all("on=2026-06-01" in path for path in tiles)
    assert any(path.startswith("/api/gaps/responsibility?geometry=true&on=2026-06-01") for path in application.sent)


def test_tiles_carry_names_and_officers(page: Page, district: ResponsibilityData) -> None:
    """A click on the map opens the area of the tile, and the server tells the chain."""
    page.mouse.click(700, 330)
    expect(page.locator(".leaflet-popup .who li").first).to_be_visible()
    name = page.locator(".leaflet-popup h3").inner_text()
    assert name in set(district.areas["name"])


def test_search_asks_the_server(page: Page, application: Application) -> None:
    """Text goes to /api/areas, the answer opens, and the map comes near enough for grids."""
    page.locator("#query").fill("330399001001001")
    expect(page.locator("#hits [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup .card")).to_contain_text("330399001001001")
    expect(page.locator(".label span").first).to_contain_text("网格")
    assert any(path.startswith("/tiles/grid/") for path in application.sent)


def test_vacant_entry_finds_its_place(page: Page, district: ResponsibilityData) -> None:
    """A vacant code, of which the page knows no place, is looked up and opened."""
    page.locator("details[data-kind=vacant] summary").click()
    page.locator("details[data-kind=vacant] .items button").first.click()
    expect(page.locator(".leaflet-popup .card")).to_contain_text(district.gaps["vacant"][0])


def test_faults_are_listed_with_their_ground(page: Page) -> None:
    """A hole comes with its polygon, so its entry leads there without another question."""
    page.locator("details[data-kind=hole] summary").click()
    page.locator("details[data-kind=hole] .items button").first.click()
    expect(page.locator(".leaflet-popup .chip.hole")).to_be_visible()


def test_day_input_asks_for_the_page_of_that_day(page: Page, application: Application) -> None:
    """Another day in the date field loads the page again with `?on=`."""
    page.locator("#date").fill("2025-07-01")
    page.wait_for_url("**/?on=2025-07-01")
    assert "/?on=2025-07-01" in application.sent
