"""The demo district behind the real application, once for all tests of a run, with a browser for each role.

The tests that share it may change it: each brings records of its own and counts on nobody else's.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import uuid4

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Page, Request, Response

from api.identity import COOKIE
from gis.roles import SYSTEM, Actor, Role
from gis.services.accounts.password import hash_password
from gis.services.demo import OFFICE, load_demo
from gis.services.inspections.demo import add_demo_inspections
from gis.services.outreach import record_session
from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.store import accounts
from gis.store.cluster import Cluster
from tests.api.people import make_account, make_session
from tests.browser.application import running
from tests.browser.demo_case import add_case
from tests.browser.demo_sweep import add_sweep
from tests.store_fixtures import TEMPLATE

PASSWORD: Final = "a long test password"
DESKTOP: Final = {"width": 1280, "height": 800}
PHONE: Final = {"width": 360, "height": 740}
PEOPLE: Final[dict[str, tuple[Role, str | None]]] = {
    "leader": ("leader", "O001"),
    "street": ("leader", "O006"),
    "inspector": ("inspector", "O007"),
    "officer": ("officer", "O060"),
    "admin": ("admin", None),
}
"""Who walks -> role and officer: the leader of the district, that of street 990102001, the inspector of street
990102002, a grid officer of street 990102005."""
STREET: Final = "990102001"
OWN_GRID: Final = "990102005003006"


@dataclass
class Site:
    """Where the application answers, on which database, and the cookie of each one."""

    address: str
    database_url: str
    session: str
    """Code of an outreach session that was recorded on a page."""
    case: str = ""
    """Number of a case that waits for the reply of its facility."""
    reply: str = ""
    """Token of the link for it."""
    sweep: str = ""
    """Number of a sweep that is published."""
    cookies: dict[str, str] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def engine(self) -> sa.Engine:
        """An engine on the database, as its owner."""
        return sa.create_engine(self.database_url, poolclass=sa.NullPool)

    def add(self, name: str, role: Role, officer: str | None, *, password: bool = False) -> Actor:
        """One more account with a session; with the password of the tests, where somebody is to sign in by hand."""
        engine = self.engine()
        actor = make_account(engine, f"t-{name}-{secrets.token_hex(3)}", role, officer)
        assert actor.account is not None
        if password:
            with engine.begin() as connection:
                accounts.change(connection, actor.account, password_hash=hash_password(PASSWORD))
        self.actors[name], self.cookies[name] = actor, make_session(engine, actor)[0]
        return actor


@pytest.fixture(scope="session")
def demo(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application on the demo district."""
    postgres = sa.create_engine(
        cluster.url_of("postgres", user="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    name = f"demo_{uuid4().hex}"
    with postgres.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} OWNER wangge TEMPLATE {TEMPLATE}"))
    settings = Settings(
        database_url=cluster.url_of(name),
        home=tmp_path_factory.mktemp("demo"),
        office_name=OFFICE["WANGGE_OFFICE_NAME"],
        office_phone=OFFICE["WANGGE_OFFICE_PHONE"],
    )
    workspace = Workspace(settings)
    load_demo(workspace, SYSTEM)
    session = str(uuid4())
    with running(settings) as address:
        made = Site(address, cluster.url_of(name), session)
        for who, (role, officer) in PEOPLE.items():
            made.add(who, role, officer)
        second = made.add("second", "inspector", "O027")
        add_demo_inspections(workspace, inspectors=(made.actors["inspector"].name, second.name))
        record_session(
            workspace,
            made.actors["leader"],
            code=session,
            area=STREET,
            held_on=date(2026, 11, 2),
            kind="健康讲座",
            reach=30,
        )
        reviewer = made.add("reviewer", "inspector", "O017")
        people = (made.actors["inspector"], reviewer, made.actors["leader"])
        made.case, made.reply = add_case(made.engine(), workspace, *people)
        made.sweep = add_sweep(made.engine(), workspace, made.actors["leader"])
        yield made


class Walker:
    """A browser of one of them, which keeps what went wrong: the console, requests that failed, other hosts."""

    def __init__(self, browser: Browser, site: Site, who: str, *, lang: str = "zh", **options: object) -> None:
        settings = {"viewport": DESKTOP, "reduced_motion": "reduce", "accept_downloads": True, **options}
        self.context: BrowserContext = browser.new_context(**settings)  # type: ignore[arg-type]
        self.context.set_default_timeout(60_000)
        self.site, self.wrong = site, list[str]()
        safe = site.address.replace("http:", "https:")
        self.context.add_cookies([{"name": "lang", "value": lang, "url": site.address}])
        if who in site.cookies:
            self.context.add_cookies([{"name": COOKIE, "value": site.cookies[who], "url": safe}])
        self.page: Page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._ask)
        self.page.on("requestfailed", self._fail)
        self.page.on("response", self._answer)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "GPU stall" not in message.text:
            self.wrong.append(f"{self.page.url}: {message.text}")

    def _ask(self, request: Request) -> None:
        if not request.url.startswith((self.site.address, "data:", "blob:")):
            self.wrong.append(f"{self.page.url}: asked for {request.url}")

    def _fail(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"{request.url}: {request.failure}")

    def _answer(self, answer: Response) -> None:
        if answer.status >= 400:
            self.wrong.append(f"{answer.url}: {answer.status}")

    def open(self, path: str) -> Page:
        """A page once it and the maps in it are ready."""
        self.page.goto(self.site.address + path, wait_until="load")
        for frame in self.frames():
            frame.wait_for_selector("html[data-ready]", state="attached")
        return self.page

    def frames(self) -> list[Frame]:
        """The maps inside the page, each brought into view; the page itself, where it is a map."""
        inside = []
        for element in self.page.locator("iframe").all():
            element.scroll_into_view_if_needed()
            handle = element.element_handle()
            frame = handle.content_frame() if handle else None
            if frame is not None:
                inside.append(frame)
        is_map = "/maps/" in self.page.url or self.page.url.endswith("/map")
        return [*inside, self.page.main_frame] if is_map else inside
