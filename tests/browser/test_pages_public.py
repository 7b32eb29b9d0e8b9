"""The public's way: click or search, who answers, the office's number and no other; the files; signing in and out."""

import json
import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.demo_site import PASSWORD, PHONE, STREET, Site, Walker

pytestmark = pytest.mark.browser

OFFICE = "0000-8800000"
NUMBER = re.compile(r"0000-88\d{5}")
"""Every work phone of the demo district, and the number of its office."""


@pytest.fixture
def visitor(chromium: Browser, demo: Site) -> Iterator[Walker]:
    """Somebody without an account, on a phone."""
    walker = Walker(chromium, demo, "public", viewport=PHONE, has_touch=True)
    yield walker
    walker.context.close()


def test_click_and_search_say_who_answers(visitor: Walker) -> None:
    """A place of the map and a name both lead to the officers of the place, and to the office's number only."""
    page = visitor.open("/open")
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#answer ol.chain li")).not_to_have_count(0)
    assert page.url.endswith("/open"), "the point stands in no address"
    assert set(NUMBER.findall(page.content())) == {OFFICE}
    page.locator("input[name=q]").fill("云溪街道")
    page.locator("input[name=q]").press("Enter")
    page.locator(f".hits a[href='/open?code={STREET}']").click()
    expect(page.locator("#answer h2")).to_have_text("云溪街道")
    expect(page.locator("#answer .chain")).to_contain_text("林文明")
    assert set(NUMBER.findall(page.content())) == {OFFICE}
    for path in ("/maps/open", "/maps/responsibility", "/open/data", f"/api/who/{STREET}", "/open/data/areas.geojson"):
        answer = visitor.context.request.get(visitor.site.address + path).text()
        assert set(NUMBER.findall(answer)) <= {OFFICE}, path
    assert visitor.wrong == []


def test_control_staff_see_numbers(chromium: Browser, demo: Site) -> None:
    """The pattern finds work phones where a leader sees them."""
    walker = Walker(chromium, demo, "leader")
    assert set(NUMBER.findall(walker.open("/leader").content())) - {OFFICE}
    walker.context.close()


def test_open_data_downloads(visitor: Walker) -> None:
    """Every file of the open data downloads and is not empty."""
    page = visitor.open("/open/data")
    links = page.locator("a[download]")
    assert links.count() >= 2
    for link in links.all():
        with page.expect_download() as waiting:
            link.click()
        content = waiting.value.path().read_bytes()
        assert len(content) > 100
        if waiting.value.suggested_filename.endswith("geojson"):
            assert json.loads(content)["features"]
    assert visitor.wrong == []


def sign_in(page: Page, site: Site, name: str, *, password: str = PASSWORD, code: str = "") -> None:
    """Fills the form in by hand."""
    page.goto(f"{site.address}/login")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=code]").fill(code)
    page.locator("main form button").first.click()
    page.wait_for_load_state()


def test_sign_in_with_a_one_time_code(visitor: Walker, demo: Site) -> None:
    """One-time codes are set up on the account's page; from then on the password alone opens nothing."""
    account = demo.add("totp", "leader", "O001", password=True)
    page = visitor.page
    sign_in(page, demo, account.name)
    expect(page).to_have_url(re.compile("/leader"))
    page.goto(f"{demo.address}/account/totp")
    totp = pyotp.TOTP(page.locator("code.secret").inner_text())
    page.locator("input[name=code]").fill(totp.at(time.time() - 30))
    page.locator("main form button").click()
    page.wait_for_load_state()
    page.locator(".who button").click()
    page.wait_for_load_state()
    assert page.goto(f"{demo.address}/leader") is not None
    assert "/login" in page.url
    sign_in(page, demo, account.name)
    expect(page.locator("[role=alert]")).to_be_visible()
    sign_in(page, demo, account.name, code=totp.now())
    expect(page).to_have_url(re.compile("/leader"))


def test_lock_out_is_said(visitor: Walker, demo: Site) -> None:
    """After wrong passwords the page says how long to wait, and then the right one does not open either."""
    account = demo.add("locked", "inspector", "O007", password=True)
    for _turn in range(5):
        sign_in(visitor.page, demo, account.name, password="something wrong")
    sign_in(visitor.page, demo, account.name)
    expect(visitor.page.locator("[role=alert]")).to_contain_text(re.compile("[0-9]"))
    assert "/login" in visitor.page.url
