"""A telephone at an inspection: the page for it filled in by hand, and what the database has of it afterwards."""

import io
import random
from typing import Any, Final

import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.demo_site import PHONE, Site, Walker
from tests.store.inspecting import photo

PLACE: Final = {"longitude": 120.5, "latitude": 28.25, "accuracy": 12}


class Telephone(Walker):
    """A browser of a telephone, whose failed requests are no fault while it has no signal."""

    def __init__(self, browser: Browser, site: Site, who: str, **options: Any) -> None:
        super().__init__(browser, site, who, viewport=PHONE, geolocation=PLACE, permissions=["geolocation"], **options)

    def start(self, where: str = "/inspect") -> Page:
        """The page, once it is kept for the time without a signal."""
        self.page.goto(self.site.address + where)
        self.shown()
        self.page.evaluate("navigator.serviceWorker.ready.then((kept) => kept.active.state)")
        expect(self.page.locator("#view-title")).to_be_visible()
        return self.page

    def shown(self) -> None:
        """Waits until the page shows something."""
        self.page.wait_for_selector("html[data-ready]", state="attached")

    def lose_signal(self) -> None:
        """From here on no request arrives."""
        self.context.set_offline(True)

    def find_signal(self) -> None:
        """The network is back; what failed meanwhile had to."""
        self.wrong.clear()
        self.context.set_offline(False)

    def choose(self, facility: str) -> None:
        """Opens a new form by the search."""
        self.page.locator("#find").fill(facility)
        self.page.locator("section:has(#find) ul a").first.click()
        expect(self.page.locator("form.inspect")).to_be_visible()

    def fill(self, *, note: str = "证照未悬挂", picture: bytes | None = None) -> str:
        """Answers everything, the first item with no; its name."""
        self.page.locator(".people input:not(:disabled)").first.check()
        items = self.page.locator("fieldset.item")
        for at in range(items.count()):
            items.nth(at).locator("input[value=yes]").check()
        failed = str(items.first.get_attribute("id")).removeprefix("item-")
        items.first.locator("input[value=no]").check()
        self.page.locator(f"[name={failed}_note]").fill(note)
        if picture is not None:
            self.attach(failed, picture)
        return failed

    def attach(self, item: str, picture: bytes) -> None:
        """Gives an item its photo."""
        file: Any = {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": picture}
        self.page.locator(f"[name={item}_photo]").set_input_files(file)
        expect(self.page.locator(f"#item-{item} .photo img")).to_be_visible()

    def finish(self) -> None:
        """Puts the draft in the outbox."""
        self.page.locator("#finish").click()
        expect(self.page.locator("form.inspect")).to_have_count(0)

    def confirmed(self, number: int = 1) -> str:
        """The number of the record whose receipt came last."""
        receipts = self.page.locator("[data-receipt]")
        expect(receipts).to_have_count(number)
        expect(self.page.locator("[data-draft]")).to_have_count(0)
        return str(receipts.first.get_attribute("data-receipt"))


def noise(side: int = 1400) -> bytes:
    """A photo that stays large when it is packed, so that it takes several pieces."""
    grain = Image.frombytes("RGB", (side, side), random.Random(5).randbytes(3 * side * side))
    kept = io.BytesIO()
    grain.save(kept, "JPEG", quality=90, exif=Image.open(io.BytesIO(photo())).getexif())
    return kept.getvalue()


def ask(site: Site, statement: str, **values: Any) -> Any:
    """The first value of a statement."""
    with site.engine().connect() as connection:
        return connection.execute(sa.text(statement), values).scalar()


def records_of(site: Site, record: str) -> int:
    """How many records there are of the inspection that a record belongs to."""
    statement = """SELECT count(*) FROM inspection_record WHERE inspection_code =
                   (SELECT inspection_code FROM inspection_record WHERE id = CAST(:id AS uuid))"""
    return int(ask(site, statement, id=record))


class Cut:
    """Lets the first pieces of photos through, then breaks the connection until it is mended."""

    def __init__(self, page: Page, *, after: int) -> None:
        self.left = after
        self.offsets: list[int] = []
        self.broken = False
        page.context.route("**/api/inspections/*/photos/*", self._decide)

    def _decide(self, route: Route) -> None:
        if route.request.method != "PATCH":
            route.continue_()
            return
        if self.left == 0:
            self.broken = True
            route.abort()
            return
        self.left -= 1
        self.offsets.append(int(route.request.headers["upload-offset"]))
        route.continue_()
