"""The single-file responsibility map, opened from disk by a browser without network."""

from base64 import b64encode
from typing import Literal

import pytest
from playwright.sync_api import expect

from maps.responsibility import ResponsibilityData, render
from tests.browser.conftest import Open, Watched

pytestmark = pytest.mark.browser

Weight = Literal["paths", "packed"]


BOTH = pytest.mark.parametrize("weight", ["paths", "packed"], indirect=True)


@pytest.fixture(scope="module")
def weight(request: pytest.FixtureRequest) -> Weight:
    """The way a single file is drawn: as paths unless a test asks for both."""
    chosen: Weight = getattr(request, "param", "paths")
    return chosen


@pytest.fixture(scope="module")
def file(weight: Weight, district: ResponsibilityData, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the map on the disk."""
    path = tmp_path_factory.mktemp("maps") / f"{weight}.html"
    path.write_text(render(district, lang="zh", standalone=True, threshold=2000 if weight == "paths" else 10))
    return path.as_uri()


def colours(watched: Watched) -> int:
    """How many different colours a coarse look at the middle of the map finds."""
    png = watched.page.screenshot(clip={"x": 500, "y": 150, "width": 600, "height": 500})
    return int(
        watched.page.evaluate(
            """async (data) => {
                const image = new Image();
                image.src = "data:image/png;base64," + data;
                await image.decode();
                const canvas = document.createElement("canvas");
                [canvas.width, canvas.height] = [60, 50];
                const ink = canvas.getContext("2d");
                ink.imageSmoothingEnabled = false;
                ink.drawImage(image, 0, 0, 60, 50);
                const dots = new Uint32Array(ink.getImageData(0, 0, 60, 50).data.buffer);
                return new Set(dots).size;
            }""",
            b64encode(png).decode(),
        )
    )


@BOTH
def test_polygons_are_drawn_without_network(watch: Open, file: str) -> None:
    """A page from disk draws its areas and asks for nothing but itself."""
    watched = watch(offline=True)
    page = watched.open(file)
    page.wait_for_timeout(600)
    assert colours(watched) > 15
    assert [url for url in watched.requests if not url.startswith(("data:", "blob:"))] == [file]


@BOTH
def test_policy_stops_the_page_from_speaking(watch: Open, file: str) -> None:
    """The policy of a page from disk refuses connections and foreign scripts: a control of the policy itself."""
    watched = watch(allowed=("file:", "data:", "blob:", "http://127.0.0.1"))
    page = watched.open(file)
    reached = page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'reached', (error) => error.name)")
    assert reached == "TypeError"
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'hit = 1'; document.body.append(s); }"
    )
    assert page.evaluate("typeof hit") == "undefined"
    assert any("Content Security Policy" in error for error in watched.errors)
    assert not any(url.startswith("http") for url in watched.requests)
    watched.errors.clear()


def test_search_finds_and_opens_by_keyboard(watch: Open, file: str) -> None:
    """A code typed into the search and Enter open the area it names."""
    page = watch().open(file)
    page.locator("#query").fill("330399005")
    expect(page.locator("#hits [role=option]").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert page.locator("#query").get_attribute("aria-activedescendant") == "hit-1"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup .card")).to_contain_text("330399005")
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup .card")).to_have_count(0)


@BOTH
def test_list_entry_leads_to_the_place(watch: Open, district: ResponsibilityData, file: str) -> None:
    """Each kind of gap is counted, and an entry of its list opens the gap in the middle of the map."""
    page = watch().open(file)
    planted = {
        "vacant": len(district.gaps["vacant"]),
        "doubled": len(district.gaps["doubled"]),
        **{str(kind): int(n) for kind, n in district.faults["kind"].value_counts().items()},
        "orphan": int(district.facilities["orphan"].sum()),
    }
    for kind, count in planted.items():
        row = page.locator(f"details[data-kind={kind}]")
        expect(row.locator(".count")).to_have_text(str(count))
        row.locator("summary").click()
        expect(row.locator(".items li")).to_have_count(count)
        row.locator(".items button").first.click()
        expect(page.locator(f".leaflet-popup .chip.{kind}")).to_be_visible()
        card = page.locator(".leaflet-popup", has=page.locator(f".chip.{kind}")).bounding_box()
        assert card is not None
        assert 368 < card["x"] < 1280
        row.locator("summary").click()


def test_chain_names_everybody_above(watch: Open, district: ResponsibilityData, file: str) -> None:
    """The card of a grid names who answers for it and for every area above it."""
    page = watch().open(file)
    page.locator("#query").fill("330399001001001")
    expect(page.locator("#hits [role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    lines = page.locator(".who li")
    expect(lines).to_have_count(4)
    officer = district.areas.set_index("code").loc["330399", "officer"]
    assert str(officer) in lines.nth(3).inner_text()


def test_language_changes_in_the_page(watch: Open, file: str) -> None:
    """One button turns every fixed text from Chinese into English and back."""
    page = watch().open(file)
    assert page.locator("h1").inner_text() == "责任地图"
    page.locator("#language").click()
    assert page.locator("h1").inner_text() == "Responsibility map"
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "责任" not in page.locator("#panel").inner_text().replace("示例区", "")
    page.locator("#language").click()
    assert page.title() == "责任地图"


def test_level_is_switchable(watch: Open, file: str) -> None:
    """Choosing a level shows its count of areas."""
    page = watch().open(file)
    page.locator("#levels input[value=grid]").check()
    assert "1,728" in page.locator("#coverage").inner_text()
    page.locator("#levels input[value=street]").check()
    assert "12" in page.locator("#coverage .figure").inner_text()


def test_phone_has_no_sideways_scroll(watch: Open, file: str) -> None:
    """At 360 pixels nothing sticks out, and the panel opens and closes as a sheet."""
    page = watch(width=360, height=740, has_touch=True, is_mobile=True).open(file)
    for _turn in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.evaluate("visualViewport.scale") == 1
        page.locator("#grip").click()
        expect(page.locator("#gaps")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.locator("#language").click()
        page.locator("#grip").click()
        expect(page.locator("#gaps")).to_be_hidden()


def test_everything_is_reached_by_keyboard(watch: Open, file: str) -> None:
    """Tab visits language, search, level, colour, each kind of gap, the map and its buttons, each with a name."""
    page = watch().open(file)
    page.keyboard.press("Escape")
    visited = []
    for _turn in range(24):
        page.keyboard.press("Tab")
        visited.append(
            page.evaluate(
                """() => {
                    const e = document.activeElement;
                    const name = e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent;
                    return [e.id || e.name || e.parentElement?.dataset.kind || e.className, Boolean(name?.trim())];
                }"""
            )
        )
    names = [name for name, _named in visited]
    for wanted in ("language", "query", "levels", "colours", "vacant", "orphan", "facilities", "map_main"):
        assert wanted in names, names
    assert all(named for name, named in visited if name and "body" not in str(name)), visited


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(watch: Open, file: str, scheme: str) -> None:
    """Every text of the panel has a contrast of at least 4.5 to 1 in both colour schemes (WCAG AA)."""
    page = watch(color_scheme=scheme).open(file)
    for fold in page.locator("#gaps summary").all():
        fold.click()
    poor = page.evaluate(CONTRAST)
    assert poor == []


CONTRAST = """() => {
    const numbers = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (e) => {
        const c = numbers(getComputedStyle(e).backgroundColor);
        return c.length === 3 || c[3] === 1 ? c : e.parentElement ? ground(e.parentElement) : [255, 255, 255];
    };
    const poor = [];
    for (const e of document.querySelectorAll("#panel *")) {
        const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        if (!own || !e.checkVisibility()) continue;
        const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) poor.push([e.tagName, e.className, e.textContent.slice(0, 20), ratio]);
    }
    return poor;
}"""
