"""No text of a file that is only looked at runs as a script, nor one of a plan, nor one that a map asks for as tiles.

These screens are not of the store at rest: the preview of an import shows a file before anything of it is written, that
of a sweep a plan that is stored nowhere, and the map of many areas asks for its texts piece by piece.
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from tests.access.conftest import add
from tests.browser.payloads import PAYLOADS, frames
from tests.browser.visitor import TOUCH, Site, Visitor, attacked

pytestmark = pytest.mark.browser

NAME = "<img src=x onerror=fired(90)>"


@pytest.fixture(scope="module")
def site(cluster_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The district of attacks with a folder for uploads, where every map is one of tiles."""
    with attacked(cluster_database, home=tmp_path_factory.mktemp("home"), tile_threshold=1) as found:
        yield found


@pytest.fixture(scope="module")
def with_clinics(site: Site, cluster_database: str) -> None:
    """The same district with facilities that can be visited."""
    del site
    engine = sa.create_engine(cluster_database)
    add(engine, "facilities", places())
    engine.dispose()


@pytest.fixture(params=[True, False], ids=["policy", "no policy"])
def visit(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Opens a browser of a role, with our policy or without."""
    opened: list[Visitor] = []

    def visit(role: str) -> Visitor:
        opened.append(Visitor(chromium, site, role, policy=request.param))
        return opened[-1]

    yield visit
    for visitor in opened:
        visitor.context.close()


def facilities(*, faults: bool = False, unknown: bool = False) -> bytes:
    """A CSV whose every text is a payload; with `faults` codes and places too, with `unknown` a column of its own."""
    made = io.StringIO()
    rows = csv.writer(made)
    more = [PAYLOADS[1]] if unknown else []
    rows.writerow(["code", "name", "kind", "lon", "lat", "address", "hours", *more])
    for number, text in enumerate(PAYLOADS):
        place = [text, text] if faults and number % 2 else [120.005 + number / 100, 28.005]
        rows.writerow([text if faults else f"N{number}", text, text, *place, text, text, *more])
    return made.getvalue().encode()


def areas() -> bytes:
    """Grids of other shapes, as GeoJSON, whose names are payloads."""
    features = []
    for number, text in enumerate(PAYLOADS):
        west, east = 120 + number / 100, 120 + number / 100 + 0.009
        ring = [[west, 28], [east, 28], [east, 28.009], [west, 28.009], [west, 28]]
        code = f"99000100100{number:02d}"
        properties = {"code": code, "name": text, "level": "grid", "parent_code": "990001001001"}
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": properties, "geometry": shape})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


FILES = {
    "facilities": ("facilities", f"{NAME}.csv", facilities(), "iframe.map"),
    "faults": ("facilities", f"{NAME}.csv", facilities(faults=True), "#problems ~ .scroll tbody tr"),
    "areas": ("areas", f"{NAME}.geojson", areas(), "iframe.map"),
    "refused": ("facilities", f"{NAME}.csv", facilities(unknown=True), ".problem"),
}
"""Kind, name and content of a file, and what its page must have on it to be the one that is meant."""


@pytest.mark.parametrize("what", FILES)
def test_no_text_of_a_file_runs(visit: Any, what: str) -> None:
    """File name, header, values, problems, the sample and the map of a preview are text, and so is a refusal."""
    kind, name, content, seen = FILES[what]
    visitor: Visitor = visit("admin")
    visitor.open("/admin/imports")
    page = visitor.page
    page.locator("select[name=kind]").select_option(kind)
    page.locator("input[name=file]").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
    with page.expect_navigation(wait_until="load"):
        page.locator("#upload button").click()
    expect(page.locator(seen)).not_to_have_count(0)
    assert "fired" in page.locator("main").inner_text(), "the control: the page shows texts of the file"
    assert ("/preview/" in page.url) is (what != "refused")
    for frame in page.frames:
        if "/map" in frame.url:
            frame.wait_for_selector("html[data-ready]", state="attached")
        frame.evaluate(TOUCH)
    page.wait_for_timeout(300)
    assert visitor.fired == []


def places() -> gpd.GeoDataFrame:
    """Clinics whose names and addresses are payloads."""
    many = range(len(PAYLOADS))
    frame = frames()["facilities"].assign(code=[f"K{n}" for n in many], kind="诊所", hours=None)
    return frame.astype({"kind": "str", "hours": "str"})


def teams(text: str) -> str:
    """A file of one team in which every text is this one."""
    said = json.dumps(text)
    place = f"start = {{name = {said}, lon = 120.005, lat = 28.005}}"
    people = f'inspectors = ["O0", "O1"]\nqualifications = [{said}]\n{place}\nhours = "00:01-23:59"'
    return f"every_day = true\n[[teams]]\ncode = {said}\n{people}\n"


def test_no_text_of_a_plan_runs(visit: Any, with_clinics: None) -> None:
    """The preview of a sweep, the map inside it, and the form that comes back from it show texts as text."""
    del with_clinics
    visitor: Visitor = visit("leader")
    for number, text in enumerate(PAYLOADS):
        visitor.open("/sweeps/new?due=30")
        page = visitor.page
        page.locator("#plan-here textarea").fill(teams(text))
        page.locator("#plan-here input[name=seconds]").fill("1")
        page.locator("#plan-here input[name=title]").evaluate("(field, text) => { field.value = text }", text)
        page.locator("#plan-here input[name=seed]").fill(text)
        with page.expect_navigation(wait_until="load"):
            page.locator("#plan-here button").click()
        expect(page.locator("#decide")).to_have_count(1)
        inside = page.frames[1]
        inside.wait_for_selector("html[data-ready]", state="attached")
        assert number or inside.locator(".stop.visited").count(), "the control: there are visits on the map"
        for frame in page.frames:
            frame.evaluate(TOUCH)
        assert "fired" in page.locator("main").inner_text(), "the control: the page shows texts of the plan"
        with page.expect_navigation(wait_until="load"):
            page.locator("#decide .second").first.click()
        expect(page.locator("#plan-here textarea")).to_have_count(1)
        page.wait_for_timeout(100)
    assert visitor.fired == []


@pytest.mark.parametrize("role", ["leader", "grid officer"])
def test_no_text_of_a_tile_runs(visit: Any, role: str) -> None:
    """Names, officers, gaps and hits of the search on the map of tiles are text."""
    visitor: Visitor = visit(role)
    assert visitor.open("/maps/responsibility") == 200
    page = visitor.page
    page.wait_for_selector("html[data-ready]", state="attached")
    for summary in page.locator("details > summary").all():
        summary.evaluate("summary => summary.parentElement.open = true")
    page.locator("#query").fill("9900010010")
    expect(page.locator("#hits [role=option]")).not_to_have_count(0)
    for place in range(6):
        page.locator("#query").fill("9900010010")
        hits = page.locator("#hits [role=option]")
        expect(hits).not_to_have_count(0)
        hits.nth(place % hits.count()).click()
        expect(page.locator(".leaflet-popup .card").last).to_be_visible()
        page.mouse.move(480 + 10 * place, 400)
        page.wait_for_timeout(100)
    assert "fired" in page.locator("body").inner_text(), "the control: the map shows texts of the store"
    assert visitor.fired == []


def test_control_a_preview_that_pastes_would_fire(visit: Any, tmp_path: Path) -> None:
    """The same texts in a page without escaping are noticed by the same visitor."""
    visitor: Visitor = visit("admin")
    file = tmp_path / "pasted.html"
    file.write_text(f"<meta charset=utf-8><p>{facilities(faults=True).decode()}</p>", encoding="utf-8")
    visitor.page.goto(file.as_uri())
    visitor.page.wait_for_timeout(300)
    assert visitor.fired
