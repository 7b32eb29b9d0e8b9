"""The way from the ranking over the preview to the printed sheet of a sweep, and the sweep on the inspector's phone."""

import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from gis.texts import Language
from tests.browser.demo_site import DESKTOP, PHONE, Site, Walker
from tests.browser.pages import audit, faults_of_frame, overflow

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
    """A leader walks on: ranking, form, preview, plan, map, sheet; the inspector finds the visits on the phone."""
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
    form.get_by_role("button", name="编排并预览").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("预览：秋季专项检查", timeout=60_000)
    planned = page.locator("table.visits:not(.team-days) tbody tr").count()
    inside = leader.frames()[0]
    inside.wait_for_selector("html[data-ready]", state="attached")
    expect(inside.locator(".stop.visited")).to_have_count(planned)
    page.get_by_role("button", name="发布").first.click()
    expect(page.locator("#messages")).to_contain_text("专项检查已发布", timeout=60_000)
    address = page.url.partition("?")[0].removeprefix(demo.address)
    page = leader.open(address)
    visits = page.locator("table.visits:not(.team-days) tbody tr").count()
    assert 1 <= visits == planned <= 8
    routes = leader.frames()[0].locator("body")
    expect(routes).to_contain_text("甲")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="打印路线单 (PDF)").click()
    sheet = PdfReader(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    text = "".join(part.extract_text() for part in sheet.pages)
    codes = re.findall(r"/facilities/(F\d{4})", page.locator("table.visits:not(.team-days)").first.inner_html())
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
    form.get_by_role("button", name="编排并预览").click()
    expect(form.locator(".waiting")).to_be_visible()
    expect(form.get_by_role("button", name="编排并预览")).to_be_disabled()
    page.evaluate("document.querySelector('#plan-here').submit()")
    expect(page.get_by_role("alert")).to_contain_text("O999 没有检查员账号")
    expect(page.locator("#plan-here input[name=title]")).to_have_value("试")
    expect(page.locator("#plan-here textarea")).to_have_value(re.compile("O999"))
    leader.context.close()


def preview(page: Page) -> None:
    """From the form that is open to the preview, with the teams written into the form."""
    form = page.locator("#plan-here")
    form.locator("input[name=title]").fill("预演")
    form.locator("input[name=seconds]").fill("1")
    form.locator("textarea[name=teams_text]").fill(TEAMS)
    with page.expect_navigation(wait_until="load", timeout=60_000):
        form.locator("button").click()
    page.wait_for_selector("#decide", state="attached")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_preview_keeps_to_what_every_page_keeps_to(chromium: Browser, demo: Site, lang: Language) -> None:
    """Language, headings, nothing wider than the phone, nothing that axe-core finds, light and dark; no error."""
    leader = Walker(chromium, demo, "leader", lang=lang)
    page = leader.open(f"/sweeps/new?due=8&area={STREET}")
    preview(page)
    map_frame = leader.frames()[0]
    map_frame.wait_for_selector("html[data-ready]", state="attached")
    faults = [fault for frame in (page.main_frame, map_frame) for fault in faults_of_frame(frame, lang)]
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            only = ["color-contrast"] if scheme == "dark" else None
            faults += [f"{size['width']} {scheme} {fault}" for fault in audit(leader, only=only)]
        faults += [*overflow(page.main_frame), *overflow(map_frame)]
    assert faults == []
    assert leader.wrong == []
    leader.context.close()


def test_a_stop_of_the_preview_is_looked_up_beside_it(chromium: Browser, demo: Site) -> None:
    """A link of the map or of the time-table opens a window of its own, so that the preview is not lost."""
    leader = Walker(chromium, demo, "leader")
    page = leader.open(f"/sweeps/new?due=4&area={STREET}")
    preview(page)
    inside = leader.frames()[0]
    inside.wait_for_selector("html[data-ready]", state="attached")
    inside.locator(".stop.visited").first.click()
    with leader.context.expect_page() as opened:
        inside.locator(".leaflet-popup a[href^='/facilities/']").click()
    assert "/facilities/F" in opened.value.url
    with leader.context.expect_page() as opened:
        page.locator("table.visits a[href^='/facilities/']").first.click()
    assert "/facilities/F" in opened.value.url
    assert page.locator("#decide").count() == 1
    leader.context.close()


def test_with_the_keyboard_and_without_a_script(chromium: Browser, demo: Site) -> None:
    """Change leads back to what was typed, the teams too; then the plan is published."""
    leader = Walker(chromium, demo, "leader", java_script_enabled=False)
    page = leader.page
    page.goto(f"{demo.address}/sweeps/new?due=4&area={STREET}")
    preview(page)
    page.get_by_role("button", name="修改").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#plan-here input[name=title]")).to_have_value("预演")
    expect(page.locator("#plan-here input[name=due]")).to_have_value("4")
    expect(page.locator("#plan-here textarea")).to_have_value(re.compile("O017"))
    page.locator("#plan-here button").focus()
    page.keyboard.press("Enter")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载方案").first.click()
    assert waiting.value.suggested_filename == "sweep.json"
    page.get_by_role("button", name="发布").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("专项检查已发布")
    leader.context.close()
