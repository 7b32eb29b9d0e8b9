"""The way from the ranking to the printed sheet of a sweep, and the sweep on the inspector's phone."""

import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from tests.browser.demo_site import PHONE, Site, Walker
from tests.browser.pages import overflow

pytestmark = pytest.mark.browser

STREET = "990102002"
TEAMS = """
every_day = true
[[teams]]
code = "甲"
inspectors = ["O007", "O017"]
qualifications = ["ultrasound"]
start = {name = "卫健局", lon = 120.36, lat = 28.60}
hours = "00:01-23:59"
"""


def test_from_the_ranking_to_the_printed_sheet(chromium: Browser, demo: Site, tmp_path: Path) -> None:
    """A leader walks on: ranking, form, plan, map, sheet; the inspector finds the visits on the phone."""
    leader = Walker(chromium, demo, "leader")
    page = leader.open(f"/rank?area={STREET}")
    page.get_by_role("link", name="据此编排专项检查").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("新建专项检查")
    ranked = page.get_by_label("排序靠前的机构数")
    assert int(ranked.input_value()) > 5
    ranked.fill("8")
    form = page.locator("#plan-here")
    form.get_by_label("专项检查名称").fill("秋季专项检查")
    form.get_by_label("编排秒数").fill("2")
    form.locator("input[name=teams]").set_input_files(
        {"name": "teams.toml", "mimeType": "text/plain", "buffer": TEAMS.encode()}
    )
    form.get_by_role("button", name="编排并发布").click()
    expect(page.locator("#messages")).to_contain_text("专项检查已发布", timeout=60_000)
    address = page.url.partition("?")[0].removeprefix(demo.address)
    page = leader.open(address)
    visits = page.locator("table.visits tbody tr").count()
    assert 1 <= visits <= 8
    routes = leader.frames()[0].locator("body")
    expect(routes).to_contain_text("甲")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="打印路线单 (PDF)").click()
    sheet = PdfReader(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    text = "".join(part.extract_text() for part in sheet.pages)
    codes = re.findall(r"/facilities/(F\d{4})", page.locator("table.visits").first.inner_html())
    assert codes
    assert all(code in text for code in codes)
    assert leader.wrong == []
    leader.context.close()
    _on_the_phone(chromium, demo, address, codes[0])


def _on_the_phone(chromium: Browser, demo: Site, address: str, code: str) -> None:
    """The sweep among the inspector's, its time-table, and the way to the record; nothing is wider than the phone."""
    inspector = Walker(chromium, demo, "inspector", viewport=PHONE, has_touch=True)
    page = inspector.open("/sweeps")
    page.locator(f'a[href="{address}"]').click()
    expect(page.get_by_role("heading", level=1)).to_have_text("秋季专项检查")
    for frame in inspector.frames():
        frame.wait_for_selector("html[data-ready]", state="attached")
    assert overflow(page.main_frame) == []
    expect(page.get_by_role("link", name="记录").first).to_be_visible()
    page.goto(f"{demo.address}/inspect")
    expect(page.locator(f'a[href*="facility={code}"][href*="plan="]').first).to_be_visible()
    assert overflow(page.main_frame) == []
    assert inspector.wrong == []
    inspector.context.close()


def test_the_form_says_that_it_plans(chromium: Browser, demo: Site) -> None:
    """While it is planned the button rests and a bar runs; what is wrong stands above the form, which is kept."""
    leader = Walker(chromium, demo, "leader")
    page = leader.open("/sweeps/new?due=3")
    form = page.locator("#plan-here")
    form.get_by_label("专项检查名称").fill("试")
    form.locator("input[name=teams]").set_input_files(
        {"name": "teams.toml", "mimeType": "text/plain", "buffer": TEAMS.replace("O017", "O999").encode()}
    )
    page.evaluate("document.querySelector('#plan-here').addEventListener('submit', (e) => e.preventDefault())")
    form.get_by_role("button", name="编排并发布").click()
    expect(form.locator(".waiting")).to_be_visible()
    expect(form.get_by_role("button", name="编排并发布")).to_be_disabled()
    page.evaluate("document.querySelector('#plan-here').submit()")
    expect(page.get_by_role("alert")).to_contain_text("O999 没有检查员账号")
    expect(page.locator("#plan-here input[name=title]")).to_have_value("试")
    leader.context.close()
