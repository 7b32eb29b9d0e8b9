"""The leader's way: the tree by keyboard, the card, the map, other days, what changed, the files, a campaign."""

import io
import json
import re
from collections.abc import Iterator

import openpyxl
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect
from pypdf import PdfReader

from tests.browser.demo_site import STREET, Site, Walker

pytestmark = pytest.mark.browser


@pytest.fixture
def leader(chromium: Browser, demo: Site) -> Iterator[Walker]:
    """A browser of the leader of the district; nothing may have gone wrong in it."""
    walker = Walker(chromium, demo, "leader")
    yield walker
    walker.context.close()
    assert walker.wrong == []


def chosen_on_map(page: Page) -> FrameLocator:
    """The map of the leader's page."""
    return page.frame_locator("#map")


def test_tree_card_and_map_say_the_same(leader: Walker) -> None:
    """With the keyboard alone: a branch opens, an area is chosen, the card tells of it and the map shows it."""
    page = leader.open("/leader")
    toggle = page.locator(f"#tree button[aria-controls='in-{STREET}']")
    toggle.focus()
    page.keyboard.press("Enter")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    village = page.locator(f"#in-{STREET} a[data-area]").first
    expect(village).to_be_visible()
    name, code = village.inner_text(), village.get_attribute("data-area")
    for _turn in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.area") == code:
            break
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_have_attribute("data-area", str(code))
    expect(page.locator("#card-title")).to_contain_text(name)
    expect(page.locator("#said")).to_contain_text(name)
    expect(chosen_on_map(page).locator(".leaflet-popup")).to_contain_text(name)
    assert f"area={code}" in page.url
    page.go_back()
    expect(page.locator("#card")).to_have_attribute("data-area", "990102")


def test_click_in_the_map_opens_the_card(leader: Walker) -> None:
    """A click on a place of the map shows its card."""
    page = leader.open("/leader")
    box = page.locator("#map").bounding_box()
    assert box is not None
    for across in (0.6, 0.65, 0.55):
        page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * 0.5)
        page.wait_for_timeout(600)
        if page.locator("#card").get_attribute("data-area") != "990102":
            break
    expect(page.locator("#card")).not_to_have_attribute("data-area", "990102")
    assert f"area={page.locator('#card').get_attribute('data-area')}" in page.url


def test_the_slider_of_days(leader: Walker) -> None:
    """A key on the slider moves the day by one; the address, the card, the map and the exports follow."""
    page = leader.open("/leader?on=2026-03-10")
    page.locator("#slider").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**on=2026-03-09**")
    expect(page.locator("#map")).to_have_attribute("src", re.compile("on=2026-03-09"))
    expect(page.locator(".exports a").first).to_have_attribute("href", re.compile("on=2026-03-09"))


def test_what_changed_since(leader: Walker) -> None:
    """The merge of 1 March 2026 stands among the changes since February, and not among those since June."""
    page = leader.open("/leader?on=2026-03-10")
    page.locator("#since-form input[name=since]").fill("2026-02-15")
    page.locator("#since-form button").click()
    expect(page.locator("#below time[datetime='2026-03-01']").first).to_be_attached()
    page.locator("#since-form input[name=since]").fill("2026-03-08")
    page.locator("#since-form button").click()
    expect(page.locator("#below time[datetime='2026-03-01']")).to_have_count(0)
    page.locator("#since-form input[name=since]").fill("2026-04-08")
    page.locator("#since-form button").click()
    expect(page.locator("#below [role=alert]")).to_be_visible()


def download(page: Page, press: str) -> tuple[str, bytes]:
    """The name and the bytes of the file behind a link."""
    with page.expect_download() as waiting:
        page.locator(press).click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def test_every_export(leader: Walker, chromium: Browser) -> None:
    """PDF, XLSX, GeoJSON and HTML download, hold the chosen street, and the HTML opens with the network off."""
    page = leader.open(f"/leader?area={STREET}&on=2026-06-01")
    name = page.locator("#card-title").inner_text().split()[0]
    files = {
        ending: download(page, f".exports a[href*='/export/{ending}']") for ending in ("pdf", "xlsx", "geojson", "html")
    }
    assert all(title.endswith(f".{ending}") for ending, (title, _content) in files.items())
    sheet = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(files["pdf"][1])).pages)
    assert name in sheet
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"][1]), read_only=True)
    assert any(name in map(str, row) for rows in book for row in rows.values)
    areas = json.loads(files["geojson"][1])["features"]
    assert {area["properties"]["code"][:9] for area in areas} == {STREET}
    context = chromium.new_context(offline=True)
    alone = context.new_page()
    faults: list[str] = []
    alone.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    alone.set_content(files["html"][1].decode())
    alone.wait_for_selector("html[data-ready]", state="attached")
    context.close()
    assert faults == []


def test_a_campaign(leader: Walker) -> None:
    """A leader plans a campaign with a target, sees it, and downloads the report of it as PDF and XLSX."""
    page = leader.open("/campaigns/new")
    page.locator("input[name=name]").fill("冬季走访行动")
    page.locator("input[name=code]").fill("winter-walk")
    for key, day in (
        ("launch_on", "2026-11-01"),
        ("action_on", "2026-11-10"),
        ("acceptance_on", "2026-12-10"),
        ("ends_on", "2026-12-20"),
    ):
        page.locator(f"input[name={key}]").fill(day)
    page.locator("input[name=area]").first.fill(STREET)
    page.locator("input[name=target]").first.fill("12")
    page.locator("main form.stack button:not(.hidden):not(.second)").click()
    page.wait_for_url("**/campaigns/winter-walk*")
    expect(page.locator("h1")).to_contain_text("冬季走访行动")
    _name, content = download(page, "a[href*='report.pdf']")
    assert "冬季走访行动" in PdfReader(io.BytesIO(content)).pages[0].extract_text()
    _name, content = download(page, "a[href*='report.xlsx']")
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames
