"""Recording an inspection with no signal: nothing is lost, nothing is stored twice, and the receipt is checked."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.demo_site import PHONE, Site
from tests.browser.inspecting import Cut, Telephone, ask, noise, records_of
from tests.browser.pages import audit, overflow
from tests.store.inspecting import photo

pytestmark = pytest.mark.browser

Take = Callable[..., Telephone]

KEPT_PHOTO = """async () => {
  const done = (asked) => new Promise((resolve) => { asked.onsuccess = () => resolve(asked.result); });
  const db = await done(indexedDB.open("wangge-inspect"));
  const [{ blob }] = await done(db.transaction("photos").objectStore("photos").getAll());
  const { width, height } = await createImageBitmap(blob);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { width, height, text: [...bytes].map((byte) => String.fromCharCode(byte)).join("") };
}"""
"""Size and bytes of the photo in the device's own store."""


@pytest.fixture
def take(chromium: Browser, demo: Site) -> Iterator[Take]:
    """Takes a telephone; each test has its own account."""
    taken: list[Telephone] = []

    def make(who: str, **options: object) -> Telephone:
        if who not in demo.cookies:
            demo.add(who, "inspector", "O007")
        taken.append(Telephone(chromium, demo, who, **options))
        return taken[-1]

    yield make
    for telephone in taken:
        telephone.context.close()


def test_recorded_with_no_signal(take: Take, demo: Site) -> None:
    """Loaded once, the page opens, keeps an inspection and sends it when the signal is back: exactly one record."""
    phone = take("offline")
    phone.start()
    phone.lose_signal()
    phone.page.reload()
    phone.shown()
    expect(phone.page.locator("#state")).to_contain_text("没有信号")
    phone.choose("诊所")
    item = phone.fill(picture=photo(width=2400, height=1200))
    phone.page.locator("#take-position").click()
    expect(phone.page.locator(".place p")).to_contain_text("28.25, 120.5")
    phone.finish()
    expect(phone.page.locator("[data-draft]")).to_have_count(1)
    phone.page.reload()
    phone.shown()
    expect(phone.page.locator("[data-draft]")).to_have_count(1)
    phone.find_signal()
    number = phone.confirmed()
    assert records_of(demo, number) == 1
    assert ask(demo, "SELECT answers->>:item FROM inspection_record WHERE id = :id", id=number, item=item) == "no"
    kept = ask(demo, "SELECT content FROM photo JOIN inspection_photo USING (sha256) WHERE record_id = :id", id=number)
    assert b"SECRETPHONE" not in bytes(kept)
    assert b"Exif" not in bytes(kept)
    phone.page.locator("[data-receipt] a").click()
    digest = phone.page.request.get(f"{demo.address}/api/inspections/{number}").json()["sha256"]
    expect(phone.page.locator("article.receipt")).to_contain_text(digest[:12])
    assert phone.wrong == []


def test_photos_lose_their_past_before_they_are_kept(take: Take) -> None:
    """What lies in the device's own store has no place, moment or make, and no side above 1600 px."""
    phone = take("exif")
    phone.start()
    phone.choose("诊所")
    phone.fill(picture=photo(width=2400, height=1200))
    found = phone.page.evaluate(KEPT_PHOTO)
    assert (found["width"], found["height"]) == (1600, 800)
    assert "SECRETPHONE" not in found["text"]
    assert "Exif" not in found["text"]


def test_a_photo_goes_on_where_it_stopped(take: Take, demo: Site) -> None:
    """Cut off after the first piece, the second try begins behind it; what arrives is whole."""
    phone = take("pieces")
    phone.start()
    phone.choose("诊所")
    phone.fill(picture=noise())
    cut = Cut(phone.page, after=1)
    phone.finish()
    expect(phone.page.locator("[data-draft]")).to_contain_text("已尝试")
    assert cut.broken
    assert cut.offsets == [0]
    phone.wrong.clear()
    cut.left = 1000
    phone.page.locator("#send-now").click()
    number = phone.confirmed()
    assert cut.offsets[1] == 256 * 1024
    assert cut.offsets == sorted(set(cut.offsets))
    assert ask(demo, "SELECT count(*) FROM inspection_photo WHERE record_id = :id", id=number) == 1


def test_a_lost_answer_makes_no_second_record(take: Take, demo: Site) -> None:
    """The record arrives, its answer does not: sent again it has the same receipt, and there is one record."""
    phone = take("answer")
    phone.start()
    phone.choose("诊所")
    phone.fill()
    arrived: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not arrived:
            arrived.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    phone.context.route("**/api/inspections", lose)
    phone.finish()
    expect(phone.page.locator("[data-draft]")).to_contain_text("已尝试")
    expect(phone.page.locator("[data-draft] button")).to_have_count(0)
    phone.page.locator("#send-now").click()
    number = phone.confirmed()
    assert json.loads(arrived[0])["record"]["id"] == number
    assert records_of(demo, number) == 1


def test_a_receipt_of_something_else_keeps_the_draft(take: Take, demo: Site) -> None:
    """A receipt whose hash or answers are not those sent is not believed: the draft and its words stay."""
    phone = take("doubt")
    phone.start()
    phone.choose("诊所")
    phone.fill()

    def falsify(route: Route) -> None:
        if route.request.method == "POST":
            answer = route.fetch()
            route.fulfill(response=answer, body=answer.text().replace("证照未悬挂", "证照已悬挂"))
        else:
            route.continue_()

    phone.context.route("**/api/inspections", falsify)
    phone.finish()
    expect(phone.page.locator("[data-draft] .problem")).to_contain_text("不一致")
    expect(phone.page.locator("[data-receipt]")).to_have_count(0)


def test_a_refused_record_is_edited_and_sent(take: Take, demo: Site) -> None:
    """What the server does not take says why and stays; put right it is sent."""
    phone = take("refused")
    phone.start()
    phone.choose("诊所")
    phone.fill(note="联系 13912345678")
    phone.finish()
    expect(phone.page.locator("[data-draft] .problem")).to_be_visible()
    phone.page.locator("[data-draft] button").click()
    expect(phone.page.locator("form.inspect > .problem").first).to_be_visible()
    phone.page.locator("textarea").first.fill("证照未悬挂")
    phone.finish()
    assert records_of(demo, phone.confirmed()) == 1


def test_two_devices_disagree(take: Take, demo: Site) -> None:
    """Both correct the same record with no signal: both are kept, the second says so, and one is chosen."""
    first = take("both")
    first.start()
    first.choose("诊所")
    first.fill()
    first.finish()
    record = first.confirmed()
    second = take("both")
    for phone in (first, second):
        phone.start()
        phone.page.goto(f"{demo.address}/inspect#correct={record}")
        expect(phone.page.locator("form.inspect")).to_be_visible()
        phone.lose_signal()
    for phone, item in ((first, 1), (second, 2)):
        phone.page.locator("fieldset.item").nth(item).locator("input[value=no]").check()
        phone.finish()
    first.find_signal()
    first.confirmed(2)
    second.find_signal()
    second.confirmed(1)
    expect(second.page.locator("[data-receipt] .badge.bad")).to_be_visible()
    assert records_of(demo, record) == 3
    second.page.locator("[data-receipt] a").click()
    second.page.locator("article.receipt .problem a").click()
    second.page.wait_for_url(re.compile("/inspections/"))
    assert audit(second) == []
    assert overflow(second.page.main_frame) == []
    second.page.locator("#settle button").first.click()
    second.page.wait_for_url("**done=settled**")
    assert second.page.locator("#settle").count() == 0
    assert records_of(demo, record) == 4
    assert second.wrong == []


def test_drafts_belong_to_an_account(take: Take, demo: Site) -> None:
    """Signed out, all is kept and said so; another account on the device sees none of it; the own one goes on."""
    phone = take("owner")
    phone.start()
    phone.choose("诊所")
    phone.fill()
    phone.lose_signal()
    phone.finish()
    own = phone.context.cookies()
    phone.context.clear_cookies()
    phone.context.add_cookies([cookie for cookie in own if cookie["name"] == "lang"])  # type: ignore[misc]
    phone.find_signal()
    expect(phone.page.locator("#state")).to_contain_text("退出登录")
    phone.page.reload()
    phone.shown()
    expect(phone.page.locator("#state a")).to_have_attribute("href", "/login?next=%2Finspect")
    expect(phone.page.locator("[data-draft]")).to_have_count(1)
    other = take("stranger")
    phone.context.add_cookies(other.context.cookies())  # type: ignore[arg-type]
    phone.page.goto(f"{demo.address}/facilities")
    phone.page.goto(f"{demo.address}/inspect")
    phone.shown()
    expect(phone.page.locator("#account")).to_have_text(demo.actors["stranger"].name)
    expect(phone.page.locator("[data-draft]")).to_have_count(0)
    phone.context.clear_cookies()
    phone.context.add_cookies(own)  # type: ignore[arg-type]
    phone.page.goto(f"{demo.address}/facilities")
    phone.page.goto(f"{demo.address}/inspect")
    assert records_of(demo, phone.confirmed()) == 1


def test_signing_out_takes_the_data_along(take: Take, demo: Site) -> None:
    """After a sign-out the device has no list of facilities; drafts stay for who signs in again."""
    phone = take("leaving")
    phone.start()
    assert phone.page.evaluate("caches.has('wangge-inspect-data')")
    phone.page.goto(f"{demo.address}/facilities")
    phone.page.locator("form[action='/logout'] button").click()
    phone.page.wait_for_url(f"{demo.address}/")
    assert not phone.page.evaluate("caches.has('wangge-inspect-data')")
    phone.wrong.clear()


def test_the_page_on_a_phone(take: Take) -> None:
    """Start, form, form with gaps, receipt: no sideways scroll at 360 px, nothing against WCAG A and AA."""
    phone = take("looks", color_scheme="light")
    page = phone.start()

    def look() -> list[str]:
        faults = overflow(page.main_frame)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            faults += audit(phone)
        return faults

    assert page.viewport_size == PHONE
    assert look() == []
    page.locator("#find").fill("诊所")
    assert look() == []
    phone.choose("诊所")
    page.locator("#finish").click()
    expect(page.locator(".finish .problem")).to_be_visible()
    assert look() == []
    phone.fill(picture=photo(width=800, height=600))
    assert look() == []
    phone.finish()
    phone.confirmed()
    page.locator("[data-receipt] a").click()
    page.locator("article.receipt summary").click()
    assert look() == []


def test_hashes_are_those_of_the_server(take: Take) -> None:
    """The JSON that is hashed is byte for byte what Python writes, for texts and numbers of every kind."""
    phone = take("numbers")
    page = phone.start()
    script = page.locator("script[type=module]").get_attribute("src")
    assert script
    numbers = (0.0, -0.0, 8.0, 120.005, 1e-7, 1.5e-5, 0.0001, 123456789012345.6, 1e16, 1e22, -179.9999999)
    for number in numbers:
        record = {"lon": number, "answers": {"z": '引号"\\\n\u2028😀\x7f', "a": "1.0"}, "plan_id": None, "corrects": []}
        text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        made = page.evaluate(
            "async ([path, text]) => (await import(path)).canonical(JSON.parse(text))",
            [script.replace("main.js", "receipt.js"), text],
        )
        assert made == text
