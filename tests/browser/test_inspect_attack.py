"""On the page for inspections no name and no answer runs as a script: in the list, the form, the receipt."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.payloads import PAYLOADS
from tests.browser.visitor import Site, Visitor, attacked

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(cluster_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application on a district in which every text is an attack."""
    with attacked(cluster_database, home=tmp_path_factory.mktemp("attacked")) as found:
        yield found


@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no policy"])
def test_nothing_runs_on_the_page_for_inspections(chromium: Browser, site: Site, *, policy: bool) -> None:
    """Every facility is found, opened, filled in with attacks, sent, and its receipt opened."""
    visitor = Visitor(chromium, site, "inspector", policy=policy)
    page = visitor.page
    page.goto(f"{site.address}/inspect")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.locator("#find").fill("F")
    links = page.locator("section:has(#find) ul a")
    expect(links).to_have_count(len(PAYLOADS))
    page.wait_for_timeout(200)
    for number in range(len(PAYLOADS)):
        page.goto(f"{site.address}/inspect#facility=F{number}&checklist=clinic")
        expect(page.locator("form.inspect")).to_be_visible()
        page.locator("textarea[name=remark]").fill(PAYLOADS[number])
        page.wait_for_timeout(250)
    page.goto(f"{site.address}/inspect#")
    expect(page.locator("[data-draft]")).to_have_count(len(PAYLOADS))
    page.locator("[data-draft] button").first.click()
    page.locator(".people input:not(:disabled)").first.check()
    for item in page.locator("fieldset.item").all():
        item.locator("input[value=no]").check()
        item.locator("textarea").fill(PAYLOADS[4])
    page.locator("#finish").click()
    page.locator("[data-receipt] a").click()
    expect(page.locator("article.receipt")).to_be_visible()
    page.locator("article.receipt summary").click()
    page.wait_for_timeout(200)
    assert visitor.fired == []
    visitor.context.close()
