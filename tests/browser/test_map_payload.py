"""Names that hold markup, quotes and scripts stay text in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from maps.responsibility import render
from tests.browser.conftest import Open
from tests.maps.conftest import NASTY, small_district

pytestmark = pytest.mark.browser


def test_names_with_markup_stay_text(watch: Open, tmp_path: Path) -> None:
    """Search, lists, cards, tooltips and labels show such a name letter by letter, and nothing of it runs."""
    path = tmp_path / "map.html"
    path.write_text(render(small_district(name=NASTY), lang="zh", standalone=True), encoding="utf-8")
    page = watch().open(path.as_uri())
    page.locator("#query").fill("330399001001001")
    expect(page.locator("#hits [role=option]").first).to_contain_text("onerror=hit=1")
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup h3")).to_contain_text("<img src=x onerror=hit=1>")
    for kind in ("vacant", "doubled", "hole", "orphan"):
        page.locator(f"details[data-kind={kind}] summary").click()
        expect(page.locator(f"details[data-kind={kind}] .items")).to_contain_text("<script>hit=1")
        page.locator(f"details[data-kind={kind}] .items button").first.click()
    page.mouse.move(800, 500)
    page.locator("#language").click()
    assert page.evaluate("typeof hit") == "undefined"
    assert page.locator("img").count() == 0


def test_control_runs_where_a_name_is_written_as_markup(watch: Open, tmp_path: Path) -> None:
    """The control: the same name written into a page as HTML does run, so the test above can fail."""
    path = tmp_path / "careless.html"
    path.write_text(f"<html data-ready='yes'><p>{NASTY}</p></html>", encoding="utf-8")
    watched = watch()
    page = watched.open(path.as_uri())
    assert page.evaluate("hit") == 1
    watched.errors.clear()
