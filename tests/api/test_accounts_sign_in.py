"""Signing in: words and waits that tell nothing, one-time codes, sessions with an end, cookies, limits."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.limits import ADDRESSES_KEPT, Buckets
from gis.errors import TooMany
from gis.roles import Actor
from gis.services.accounts.password import NAMES_KEPT, StrangeNames, fits, hash_password
from gis.services.accounts.sign_in import matching_step
from tests.api.accounts_browser import COOKIE, PASSWORD, browse, enter, run, said, sign_in, with_password
from tests.api.people import bearer, disable, make_account, make_token

TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def browser(database_url: str) -> Iterator[TestClient]:
    """A browser without cookies."""
    with browse(database_url) as client:
        yield client


@pytest.fixture
def leader(engine: Engine) -> Actor:
    """An account with the password of the tests."""
    return with_password(engine, make_account(engine, "leader", "leader", "L01"))


def test_a_wrong_password_and_an_unknown_name_are_one_answer(browser: TestClient, leader: Actor) -> None:
    """Nobody learns from the answer whether an account exists: same status, same words."""
    answers = [sign_in(browser, leader.name, "not the password"), sign_in(browser, "nobody-1", "not the password")]
    assert {answer.status_code for answer in answers} == {401}
    assert len({said(answer.text) for answer in answers}) == 1
    assert sign_in(browser, leader.name).status_code == 303, "control: the right password opens"


@pytest.mark.parametrize("name", ["leader", "nobody-2"])
def test_after_five_wrong_passwords_a_name_waits(browser: TestClient, leader: Actor, name: str) -> None:
    """The sixth attempt is refused unread, with the time to wait, whether the name exists or not."""
    statuses = [sign_in(browser, name, "not the password").status_code for _try in range(5)]
    assert statuses == [401] * 5
    sixth = sign_in(browser, name)
    assert sixth.status_code == 429
    assert 1 <= int(sixth.headers["Retry-After"]) <= 30
    assert said(sixth.text).startswith("Too many wrong passwords for this name.")


def test_the_wait_doubles_and_a_success_ends_it(browser: TestClient, leader: Actor, engine: Engine) -> None:
    """After each wait one more wrong password doubles it; the right one sets the count back."""
    ago = datetime.now(UTC) - timedelta(seconds=1)
    run(engine, "UPDATE account SET failures = 6, locked_until = :ago", ago=ago)
    assert sign_in(browser, leader.name, "not the password").status_code == 401
    wait = run(engine, "SELECT extract(epoch FROM locked_until - now()) FROM account")
    assert 110 < wait <= 120
    run(engine, "UPDATE account SET locked_until = :ago", ago=ago)
    assert sign_in(browser, leader.name).status_code == 303
    assert run(engine, "SELECT failures FROM account") == 0
    assert run(engine, "SELECT locked_until FROM account") is None


def test_names_that_do_not_exist_take_bounded_memory() -> None:
    """However many names are tried, only the latest are remembered; one that is tried again is."""
    names, now = StrangeNames(), datetime.now(UTC)
    for number in range(NAMES_KEPT + 10):
        names.count(f"name {number}", now)
    assert len(names._counts) == NAMES_KEPT
    for _try in range(4):
        names.count("name 100", now)
    with pytest.raises(TooMany):
        names.count("name 100", now)
    names.count("name 100", now + timedelta(seconds=31))


def test_a_hash_of_older_parameters_is_renewed(browser: TestClient, leader: Actor, engine: Engine) -> None:
    """Who signs in gets a hash of today's parameters; it still fits."""
    old = Argon2Hasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    run(engine, "UPDATE account SET password_hash = :old", old=old)
    assert sign_in(browser, leader.name).status_code == 303
    new = run(engine, "SELECT password_hash FROM account")
    assert "$argon2id$" in new
    assert "m=65536,t=3" in new
    assert fits(PASSWORD, new) == (True, None)


def test_a_hash_hides_the_password_and_is_salted() -> None:
    """Two hashes of one password differ, and a password that is too short gets none."""
    assert hash_password(PASSWORD) != hash_password(PASSWORD)
    with pytest.raises(Exception, match="10"):
        hash_password("short")


def test_a_code_is_needed_where_it_is_set_up(browser: TestClient, leader: Actor, engine: Engine) -> None:
    """Without the one-time code, or with a wrong one, the answer is that of a wrong password; with it one enters."""
    with_password(engine, leader, totp_secret=TOTP)
    wrong = said(sign_in(browser, leader.name, "not the password").text)
    assert said(sign_in(browser, leader.name).text) == wrong
    assert said(sign_in(browser, leader.name, code="000000x").text) == wrong
    assert sign_in(browser, leader.name, code=pyotp.TOTP(TOTP).now()).status_code == 303


def test_a_code_opens_once(browser: TestClient, leader: Actor, engine: Engine) -> None:
    """The same code a second time is refused; the code of a later step is not."""
    with_password(engine, leader, totp_secret=TOTP)
    now = time.time()
    code = pyotp.TOTP(TOTP).at(now)
    assert sign_in(browser, leader.name, code=code).status_code == 303
    assert sign_in(browser, leader.name, code=code).status_code == 401
    assert sign_in(browser, leader.name, code=pyotp.TOTP(TOTP).at(now + 30)).status_code == 303


def test_a_code_holds_for_one_step_before_and_after() -> None:
    """Clocks may differ by one step of 30 seconds, not by two."""
    now, totp = 1_800_000_000.0, pyotp.TOTP(TOTP)
    step = int(now) // 30
    fitting = [matching_step(TOTP, totp.generate_otp(step + shift), after=None, now=now) for shift in (-2, -1, 0, 1, 2)]
    assert fitting == [None, step - 1, step, step + 1, None]
    assert matching_step(TOTP, totp.generate_otp(step), after=step, now=now) is None


def test_the_cookie_is_safe(browser: TestClient, leader: Actor) -> None:
    """Only this host sets it, only over https, no script reads it, and other sites' forms do not send it."""
    cookie = sign_in(browser, leader.name).headers["set-cookie"]
    name, *attributes = [part.strip().lower() for part in cookie.split(";")]
    assert name.startswith("__host-wangge=")
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= set(attributes)
    assert not any(attribute.startswith("domain") for attribute in attributes)


def test_each_sign_in_has_a_new_session_and_ends_the_one_before(browser: TestClient, leader: Actor) -> None:
    """A session that somebody planted is not taken over, and the former one of this browser is closed."""
    browser.cookies.set(COOKIE, "planted")
    sign_in(browser, leader.name)
    first = browser.cookies.get(COOKIE, domain="wangge.example")
    assert first != "planted"
    browser.cookies.clear()
    browser.cookies.set(COOKIE, str(first))
    assert browser.get("/account").status_code == 200
    sign_in(browser, leader.name)
    browser.cookies.clear()
    browser.cookies.set(COOKIE, str(first))
    assert browser.get("/account").status_code in (303, 401)


@pytest.mark.parametrize(
    ("column", "minutes", "status"),
    [("seen", 29, 200), ("seen", 31, 401), ("created", 719, 200), ("created", 721, 401)],
)
def test_a_session_ends_by_itself(
    browser: TestClient, leader: Actor, engine: Engine, column: str, minutes: int, status: int
) -> None:
    """Unused for 30 minutes, or 12 hours old, a session is over; a minute less and it is not."""
    enter(browser, engine, leader)
    run(engine, f"UPDATE session SET {column} = {column} - make_interval(mins => :minutes)", minutes=minutes)
    assert browser.get("/account", headers={"Accept": "application/json"}).status_code == status


def test_a_disabled_account_is_refused_at_the_next_request(browser: TestClient, leader: Actor, engine: Engine) -> None:
    """Session and token of a disabled account open nothing any more."""
    enter(browser, engine, leader)
    token = make_token(engine, leader)
    assert browser.get("/account").status_code == 200
    disable(engine, leader)
    assert browser.get("/account").status_code == 401
    browser.cookies.clear()
    assert browser.get("/api/areas", headers=bearer(token)).status_code == 401


def test_another_site_cannot_sign_a_browser_in(browser: TestClient, leader: Actor) -> None:
    """The form of another site is refused, by what the browser says of it; that of our own is not."""
    form = {"name": leader.name, "password": PASSWORD}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert browser.post("/login", data=form, headers=headers).status_code == 403
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://wangge.example"}):
        assert browser.post("/login", data=form, headers=headers).status_code == 303


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tx"])
def test_signing_in_leads_nowhere_else(browser: TestClient, leader: Actor, address: str) -> None:
    """After signing in the browser stays here, whatever the address asked for."""
    assert sign_in(browser, leader.name, next=address).headers["location"] == "/leader"


def test_attempts_of_one_address_are_limited(database_url: str) -> None:
    """More than the setting allows in a minute is answered 429 with the time to wait; a header changes nothing."""
    with browse(database_url, login_per_minute=3) as browser:
        answers = [
            browser.post("/login", data={"name": f"n{n}", "password": "x"}, headers={"X-Forwarded-For": f"10.0.0.{n}"})
            for n in range(4)
        ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 20


def test_what_the_public_asks_is_limited(database_url: str, engine: Engine) -> None:
    """Beyond the burst the public waits, in the one error format; files for the browser and who is signed in do not."""
    leader = make_account(engine, "reader", "leader", "L01")
    with browse(database_url, public_per_minute=1, public_burst=3) as browser:
        answers = [browser.get("/api/areas") for _try in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert set(answers[-1].json()) == {"error", "message", "details"}
        assert int(answers[-1].headers["Retry-After"]) <= 60
        assert browser.get("/assets/nothing.js").status_code == 404
        assert browser.get("/api/areas", headers={"Authorization": "Bearer unknown"}).status_code == 429
        assert browser.get("/api/areas", headers=bearer(make_token(engine, leader))).status_code == 200
        browser.cookies.set(COOKIE, "unknown")
        assert browser.get("/api/areas").status_code == 429
        enter(browser, engine, leader)
        assert browser.get("/api/areas").status_code == 200


def test_a_bucket_fills_again_and_memory_is_bounded() -> None:
    """Tokens come back with time, no more than the burst; addresses are forgotten beyond a number; 0 is no limit."""
    now = [0.0]
    buckets = Buckets(60, 2, clock=lambda: now[0])
    assert [buckets.take("a") for _try in range(3)] == [0, 0, 1]
    now[0] = 1
    assert buckets.take("a") == 0
    now[0] = 1000
    assert [buckets.take("a") > 0 for _try in range(3)] == [False, False, True]
    for number in range(ADDRESSES_KEPT + 5):
        buckets.take(str(number))
    assert len(buckets) == ADDRESSES_KEPT
    assert {Buckets(0, 1).take("a") for _try in range(9)} == {0}
