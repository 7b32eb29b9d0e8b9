"""The admin's way: an import with its preview, accounts, the audit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.demo_site import PASSWORD, Site, Walker

pytestmark = pytest.mark.browser

HEAD = "code,name,kind,lon,lat,address\n"
GOOD = (
    "T0001,新设门诊部,诊所,120.3601,28.6201,云溪街道兴业路1号\nT0002,新设药房,药店,120.3611,28.6211,云溪街道兴业路2号\n"
)
FAULTS = GOOD + "T0003,没有坐标的诊所,诊所,,,云溪街道\nT0003,重复的编号,诊所,220.1,28.6,云溪街道\n"


@pytest.fixture
def admin(chromium: Browser, demo: Site) -> Iterator[Walker]:
    """A browser of the admin; nothing may have gone wrong in it."""
    walker = Walker(chromium, demo, "admin")
    yield walker
    walker.context.close()
    assert walker.wrong == []


def upload(walker: Walker, path: Path) -> None:
    """Sends a file of facilities to the preview."""
    page = walker.open("/admin/imports")
    page.locator("select[name=kind]").select_option("facilities")
    page.locator("input[name=file]").set_input_files(path)
    page.locator("#upload button").click()
    page.wait_for_url("**/admin/imports/preview/**")


def test_a_file_with_faults_and_a_good_one(admin: Walker, tmp_path: Path) -> None:
    """The preview shows evidence, problems by row and a map; a file with faults cannot be confirmed, a good one can."""
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text(HEAD + FAULTS, encoding="utf-8")
    good.write_text(HEAD + GOOD, encoding="utf-8")
    upload(admin, bad)
    page = admin.page
    expect(page.locator("#problems ~ .scroll tbody tr .badge.bad")).not_to_have_count(0)
    expect(page.locator("main")).to_contain_text("UTF-8", ignore_case=True)
    expect(page.locator("#confirm")).to_have_count(0)
    upload(admin, good)
    frame = admin.frames()[0]
    frame.wait_for_selector("html[data-ready]", state="attached")
    expect(frame.locator("h1")).to_have_count(1)
    page.locator("#confirm button").click()
    page.wait_for_url("**done=true**")
    expect(page.locator("main")).to_contain_text("good.csv")
    expect(page.locator("main")).to_contain_text("SHA-256")


def test_an_account_is_made_and_ended(admin: Walker, chromium: Browser, demo: Site) -> None:
    """A new account gets a password shown once; once it is disabled, its open session is out at the next request."""
    page = admin.open("/admin/accounts")
    page.locator("input[name=name]").fill("t-new-inspector")
    page.locator("select[name=role]").select_option("inspector")
    page.locator("input[name=officer]").fill("O007")
    page.locator("#add ~ form button").click()
    secret = page.locator("code.secret").inner_text()
    newcomer = Walker(chromium, demo, "nobody")
    newcomer.page.goto(f"{demo.address}/login")
    newcomer.page.locator("input[name=name]").fill("t-new-inspector")
    newcomer.page.locator("input[name=password]").fill(secret)
    newcomer.page.locator("main form button").first.click()
    newcomer.page.wait_for_url("**/account**")
    newcomer.page.locator("input[name=old]").fill(secret)
    newcomer.page.locator("input[name=new]").fill(PASSWORD)
    newcomer.page.locator("form[action='/account/password'] button").click()
    newcomer.page.wait_for_load_state()
    newcomer.page.goto(f"{demo.address}/facilities")
    assert newcomer.page.url.endswith("/facilities")
    page.goto(f"{demo.address}/admin/accounts")
    page.locator("a", has_text="t-new-inspector").click()
    page.locator("form[action$='/disable'] button").click()
    expect(page.locator("form[action$='/enable']")).to_have_count(1)
    newcomer.page.reload()
    assert "/login" in newcomer.page.url
    newcomer.context.close()


def test_the_audit_is_searched_and_checked(admin: Walker) -> None:
    """The audit is searched by deed and person, and its chain is checked."""
    page = admin.open("/admin/audit")
    page.locator("input[name=action]").fill("outreach.record")
    page.locator("form[role=search] button").click()
    page.wait_for_url("**action=outreach.record**")
    deeds = page.locator("tbody tr td:nth-child(4)").all_inner_texts()
    assert {deed.split()[-1] for deed in deeds} == {"outreach.record"}
    page.locator("form[action^='/admin/audit/verify'] button").click()
    expect(page.locator("main .message")).to_be_visible()
    expect(page.locator("main .problem")).to_have_count(0)
