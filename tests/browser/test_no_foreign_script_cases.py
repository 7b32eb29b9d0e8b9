"""No text of a case runs as a script on the public page of a reply, nor does a reply where the authority reads it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.case_payloads import CASE, reply_token
from tests.browser.payloads import PAYLOADS
from tests.browser.visitor import Site, Visitor, attacked

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(cluster_database: str) -> Iterator[Site]:
    """The application on a district in which every text is an attack."""
    with attacked(cluster_database) as found:
        yield found


@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no policy"])
def test_no_text_of_a_notice_runs(chromium: Browser, site: Site, policy: bool) -> None:
    """What was found, the facts, the law and the proposal stay text, and so does a reply that is given back."""
    visitor = Visitor(chromium, site, "public", policy=policy)
    for number, payload in enumerate(PAYLOADS):
        waits = number % 2 == 0
        assert visitor.open(f"/reply/{reply_token(number)}") == (200 if waits else 410)
        if waits:
            visitor.page.fill("textarea[name=reply]", f"{payload} 13812345678")
            with visitor.page.expect_navigation():
                visitor.page.click("main form button")
            assert visitor.page.locator(".problem").count() == 1
            assert payload in visitor.page.input_value("textarea[name=reply]")
    visitor.context.close()
    assert visitor.fired == []


def test_no_text_of_a_reply_runs(chromium: Browser, site: Site) -> None:
    """A reply that came over its link is text on the page of the case, and so are the texts of a step given back."""
    visitor = Visitor(chromium, site, "public", policy=False)
    reply = PAYLOADS[1].replace("src=x ", "src=y ")
    visitor.open(f"/reply/{reply_token(0)}")
    visitor.page.fill("textarea[name=reply]", reply)
    visitor.page.click("main form button")
    visitor.page.wait_for_selector("dl")
    visitor.context.close()
    assert visitor.fired == []
    reader = Visitor(chromium, site, "leader", policy=False)
    assert reader.open(f"/cases/{CASE.format(0)}") == 200
    assert reply in reader.page.inner_text("main")
    for payload in PAYLOADS[1:5:3]:
        reader.page.evaluate("() => document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        reader.page.locator("textarea").first.fill(f"{payload} 13812345678")
        with reader.page.expect_navigation():
            reader.page.locator("main form.stack button").first.click()
        assert payload in reader.page.locator("textarea").first.input_value()
    reader.context.close()
    assert reader.fired == []
