"""The way of a grid officer on a phone, with the leader who decides, and of an inspector at a desk."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser.demo_site import OWN_GRID, PHONE, Site, Walker

pytestmark = pytest.mark.browser

FACILITY = "F0548"
"""A facility in the officer's own grid."""


@pytest.fixture
def officer(chromium: Browser, demo: Site) -> Iterator[Walker]:
    """A browser of the grid officer: a phone, with touch."""
    walker = Walker(chromium, demo, "officer", viewport=PHONE, has_touch=True, is_mobile=True)
    yield walker
    walker.context.close()
    assert walker.wrong == []


def ask(site: Site, statement: str, **values: Any) -> Any:
    """The first value of a statement."""
    with site.engine().connect() as connection:
        return connection.execute(sa.text(statement), values).scalar()


def test_a_session_sent_twice_is_stored_once(officer: Walker, demo: Site) -> None:
    """The form leads to a receipt; sent again, as a phone does without a network, it leads to the same receipt."""
    page = officer.open(f"/grid?area={OWN_GRID}")
    page.locator(f"a[href^='/outreach/new?area={OWN_GRID}']").first.tap()
    page.wait_for_url("**/outreach/new**")
    page.locator("input[name=kind]").fill("义诊咨询")
    page.locator("input[name=reach]").fill("17")
    code = page.locator("input[name=code]").input_value()
    form = page.evaluate("Object.fromEntries(new FormData(document.querySelector('main form')))")
    page.locator("main form button").tap()
    page.wait_for_url(f"**/outreach/sessions/{code}**")
    receipt = page.locator("main dl").inner_text()
    again = officer.context.request.post(f"{demo.address}/outreach/new", form=form, max_redirects=0)
    assert again.status == 303
    assert code in again.headers["location"]
    officer.open(f"/outreach/sessions/{code}")
    assert page.locator("main dl").inner_text() == receipt
    assert ask(demo, "SELECT count(*) FROM outreach WHERE code = :code", code=code) == 1


def test_names_are_refused_where_kinds_belong(officer: Walker) -> None:
    """A number of a person in the kind of a session is refused aloud, and what was typed is still there."""
    page = officer.open(f"/outreach/new?area={OWN_GRID}")
    page.locator("input[name=kind]").fill("13912345678")
    page.locator("input[name=reach]").fill("5")
    page.locator("main form button").tap()
    expect(page.locator(".problem[role=alert]")).to_be_visible()
    expect(page.locator("input[name=reach]")).to_have_value("5")
    officer.wrong.clear()


def drag(page: Page, frame: Frame, selector: str, x: float, y: float) -> None:
    """Moves a handle of the map in its frame."""
    handle = frame.locator(selector).first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + x / 2, box["y"] + box["height"] / 2 + y / 2, steps=4)
    page.mouse.move(box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y, steps=4)
    page.mouse.up()


def propose(walker: Walker, kind: str, target: str, note: str) -> None:
    """Reports an error by dragging a handle of the map."""
    page = walker.open(f"/grid/correct?kind={kind}&target={target}")
    frame = walker.frames()[0]
    page.locator("#editor").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('editor').scrollIntoView({ block: 'center' })")
    drag(page, frame, ".handle", 24, 18)
    if kind == "boundary":
        drawn = page.locator("#drawn")
        expect(drawn).to_have_text(str(drawn.get_attribute("data-changed")))
    page.locator("textarea[name=note]").fill(note)
    page.locator("#correction button").last.tap()
    page.wait_for_url(re.compile("/grid(\\?|$)"))


def test_corrections_from_the_grid_to_the_map(officer: Walker, chromium: Browser, demo: Site) -> None:
    """An officer moves a point and a corner; the leader accepts both; the map has them and the audit names them."""
    propose(officer, "point", FACILITY, "门口在路的另一边")
    propose(officer, "boundary", OWN_GRID, "边界在河的东岸")
    expect(officer.page.locator("#corrections + ul li")).to_have_count(2)
    leader = Walker(chromium, demo, "leader")
    before = shape_of(leader, OWN_GRID)
    for _turn in range(2):
        page = leader.open("/corrections?state=proposed")
        page.locator("textarea[name=reason]").first.fill("已核实")
        page.locator("button[value=accept]").first.click()
        page.wait_for_load_state()
        expect(page.locator(".problem")).to_have_count(0)
    leader.open("/corrections?state=proposed")
    expect(leader.page.locator("article.correction")).to_have_count(0)
    assert shape_of(leader, OWN_GRID) != before
    assert leader.wrong == []
    leader.context.close()
    officer.open(f"/grid?area={OWN_GRID}")
    expect(officer.page.locator("#corrections + ul .badge.good")).to_have_count(2)
    admin = Walker(chromium, demo, "admin")
    admin.open("/admin/audit?action=correction")
    rows = admin.page.locator("tbody tr")
    assert rows.count() >= 4
    expect(admin.page.locator("tbody")).to_contain_text(demo.actors["officer"].name)
    expect(admin.page.locator("tbody")).to_contain_text(demo.actors["leader"].name)
    admin.context.close()


def shape_of(walker: Walker, code: str) -> Any:
    """The geometry that the leader's GeoJSON has of an area."""
    answer = walker.context.request.get(f"{walker.site.address}/leader/export/geojson?area={code}")
    assert answer.ok
    return json.loads(answer.text())["features"][0]["geometry"]


def test_filters_live_in_the_address(chromium: Browser, demo: Site) -> None:
    """A filter is in the address at once, the back button takes it back, and the address alone brings it again."""
    walker = Walker(chromium, demo, "inspector")
    page = walker.open("/facilities")
    everything = page.locator("#count").inner_text()
    page.locator("select[name=licence]").select_option("valid")
    page.wait_for_url("**licence=valid**")
    expect(page.locator("#count")).not_to_have_text(everything)
    some = page.locator("#count").inner_text()
    page.locator("#q").fill("诊所")
    page.wait_for_url("**q=**")
    expect(page.locator("#count")).not_to_have_text(some)
    fewer, address = page.locator("#count").inner_text(), page.url
    page.go_back()
    expect(page.locator("#count")).to_have_text(some)
    expect(page.locator("#q")).to_have_value("")
    page.go_back()
    expect(page.locator("#count")).to_have_text(everything)
    expect(page.locator("select[name=licence]")).to_have_value("")
    page.goto(address)
    expect(page.locator("#count")).to_have_text(fewer)
    assert walker.wrong == []
    walker.context.close()


def test_row_and_mark_find_each_other(chromium: Browser, demo: Site) -> None:
    """The link of a row opens its mark; a mark that is clicked lights its row up."""
    walker = Walker(chromium, demo, "inspector")
    page = walker.open("/facilities?task=unlicensed")
    page.goto(f"{demo.address}/facilities")
    frame = walker.frames()[0]
    frame.wait_for_selector("html[data-ready]", state="attached")
    row = page.locator("#results tbody tr").first
    row.locator("a.show").click()
    expect(frame.locator(".leaflet-popup")).to_contain_text(str(row.get_attribute("data-code")))
    frame.locator(".leaflet-popup-close-button").click()
    frame.locator(f".leaflet-marker-icon[title='{row.locator('td').first.inner_text()}']").first.click()
    expect(page.locator("tr.chosen")).to_have_count(1)
    walker.context.close()
    assert walker.wrong == []
