"""The pages of accounts and of the audit: every form needs the session's secret, and shows what may be shown once."""

import re
from collections.abc import Iterator

import pyotp
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.routes import account, admin_accounts, admin_audit
from gis.roles import Actor
from gis.services import audit
from tests.api.accounts_browser import COOKIE, PASSWORD, browse, enter, run, said, secret, sign_in, with_password
from tests.api.awkward import RECORDED, district
from tests.api.people import bearer, make_account, make_session, make_token

NEW = "another long password"
FORMS = {
    "/account/password": {"old": PASSWORD, "new": NEW},
    "/account/sign-out": {},
    "/account/totp": {"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "code": "000000"},
    "/account/totp/remove": {"password": PASSWORD},
    "/account/tokens": {"days": "3", "scope": "read"},
    "/account/tokens/revoke": {"created": "2026-01-01T00:00:00+00:00"},
    "/admin/accounts": {"name": "new", "role": "admin"},
    "/admin/accounts/{number}/disable": {},
    "/admin/accounts/{number}/enable": {},
    "/admin/accounts/{number}/password": {},
    "/admin/accounts/{number}/officer": {"officer": "L02"},
    "/admin/accounts/{number}/totp": {},
    "/admin/accounts/{number}/subject": {"subject": "anna"},
    "/admin/audit/verify": {},
    "/logout": {},
}
"""Every form of these pages, with values that fit."""


@pytest.fixture
def browser(database_url: str, engine: Engine) -> Iterator[TestClient]:
    """A browser without cookies, of a database with officers."""
    load_officers(engine)
    with browse(database_url) as client:
        yield client


def load_officers(engine: Engine) -> None:
    """The officers L01 and L02."""
    from gis.store import write

    with engine.begin() as connection:
        number = write.start_import(
            connection, kind="officers", file="officers.csv", sha256="0" * 64, evidence={}, now=RECORDED
        )
        write.upsert(connection, "officers", district()["officers"], import_id=number, now=RECORDED)


@pytest.fixture
def admin(engine: Engine) -> Actor:
    """An admin with the password of the tests."""
    return with_password(engine, make_account(engine, "boss", "admin"))


@pytest.fixture
def leader(engine: Engine) -> Actor:
    """A leader with the password of the tests."""
    return with_password(engine, make_account(engine, "leader", "leader", "L01"))


def test_every_form_is_in_the_list() -> None:
    """A route that changes something and is not in the list above fails here."""
    routers = (account.router, admin_accounts.router, admin_audit.router)
    paths = {route.path for router in routers for route in router.routes if "POST" in route.methods}  # type: ignore[attr-defined]
    assert paths == set(FORMS) - {"/logout"}


@pytest.mark.parametrize("path", FORMS)
def test_a_form_needs_the_secret_of_its_session(
    browser: TestClient, engine: Engine, admin: Actor, leader: Actor, path: str
) -> None:
    """Without the secret, or with that of another session, nothing happens; with it the form is taken."""
    address = path.format(number=leader.account)
    own = enter(browser, engine, admin)
    foreign = make_session(engine, leader)[1]
    for more in ({}, {"csrf": ""}, {"csrf": foreign}):
        assert browser.post(address, data={**FORMS[path], **more}).status_code == 403
    answer = browser.post(address, data={**FORMS[path], "csrf": own})
    assert answer.status_code != 403, said(answer.text)


@pytest.mark.parametrize("path", [path for path in FORMS if path.startswith("/admin")])
def test_only_an_admin_manages(browser: TestClient, engine: Engine, leader: Actor, path: str) -> None:
    """A leader is refused at every form and page of an admin, and the attempt is in the audit."""
    csrf = enter(browser, engine, leader)
    address = path.format(number=leader.account)
    assert browser.post(address, data={**FORMS[path], "csrf": csrf}).status_code == 403
    assert browser.get("/admin/accounts").status_code == 403
    assert run(engine, "SELECT count(*) FROM audit WHERE who = 'leader' AND outcome = 'denied'") == 2


def test_a_token_that_reads_changes_nothing(browser: TestClient, engine: Engine, admin: Actor) -> None:
    """A read token may look at the accounts and not add one; a write token may; neither changes its own account."""
    form = {"name": "new", "role": "admin"}
    reads, writes = (bearer(make_token(engine, admin, scope=scope)) for scope in ("read", "write"))
    assert browser.get("/admin/accounts", headers=reads).status_code == 200
    assert browser.post("/admin/accounts", data=form, headers=reads).status_code == 403
    assert browser.post("/admin/accounts", data=form, headers=writes).status_code == 200
    assert browser.post("/account/tokens", data=FORMS["/account/tokens"], headers=writes).status_code == 403


def test_a_new_password_ends_all_other_sessions(browser: TestClient, engine: Engine, leader: Actor) -> None:
    """The old password is needed; after the change this session goes on, another is over, the new password opens."""
    other, _csrf = make_session(engine, leader)
    csrf = enter(browser, engine, leader)
    wrong = browser.post("/account/password", data={"old": "not the password", "new": NEW, "csrf": csrf})
    assert (wrong.status_code, said(wrong.text)) == (403, "The password is wrong.")
    assert browser.post("/account/password", data={"old": PASSWORD, "new": NEW, "csrf": csrf}).status_code == 303
    assert browser.get("/account").status_code == 200
    browser.cookies.clear()
    assert browser.get("/account", headers={"Cookie": f"{COOKIE}={other}"}).status_code == 401
    assert sign_in(browser, leader.name).status_code == 401
    assert sign_in(browser, leader.name, NEW).status_code == 303


def test_signing_out_everywhere_ends_every_session(browser: TestClient, engine: Engine, leader: Actor) -> None:
    """This session and all others are over."""
    other, _csrf = make_session(engine, leader)
    csrf = enter(browser, engine, leader)
    assert browser.post("/account/sign-out", data={"csrf": csrf}).status_code == 303
    assert run(engine, "SELECT count(*) FROM session WHERE ended IS NULL") == 0
    assert browser.get("/account", headers={"Cookie": f"{COOKIE}={other}"}).status_code == 401


def test_one_time_codes_are_set_up_and_taken_off(browser: TestClient, engine: Engine, leader: Actor) -> None:
    """A picture and a key; a code confirms them; the password takes them off."""
    csrf = enter(browser, engine, leader)
    page = browser.get("/account/totp")
    assert "data:image/svg+xml" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    key = secret(page.text)
    wrong = browser.post("/account/totp", data={"secret": key, "code": "12345x", "csrf": csrf})
    assert wrong.status_code == 400
    assert secret(wrong.text) == key
    code = pyotp.TOTP(key).now()
    assert browser.post("/account/totp", data={"secret": key, "code": code, "csrf": csrf}).status_code == 303
    assert run(engine, "SELECT totp_secret FROM account") == key
    assert browser.post("/account/totp", data={"secret": key, "code": code, "csrf": csrf}).status_code == 400
    off = "/account/totp/remove"
    assert browser.post(off, data={"password": "not the password", "csrf": csrf}).status_code == 403
    assert browser.post(off, data={"password": PASSWORD, "csrf": csrf}).status_code == 303
    assert run(engine, "SELECT totp_secret FROM account") is None


def test_a_token_is_shown_once_and_revoked(browser: TestClient, engine: Engine, leader: Actor) -> None:
    """It opens the API until it is revoked; the page never shows it again; a year is the most."""
    csrf = enter(browser, engine, leader)
    page = browser.post("/account/tokens", data={"days": "365", "scope": "read", "csrf": csrf})
    token = secret(page.text)
    listed = browser.get("/account").text
    assert token not in listed
    made = re.search(r'name="created" value="([^"]+)"', listed)
    assert made
    plain = {**bearer(token), "Cookie": ""}
    assert browser.get("/api/areas", headers=plain).status_code == 200
    assert browser.post("/account/tokens/revoke", data={"created": made[1], "csrf": csrf}).status_code == 303
    browser.cookies.clear()
    assert browser.get("/api/areas", headers=bearer(token)).status_code == 401


@pytest.mark.parametrize(("days", "scope"), [("366", "read"), ("0", "read"), ("3", "everything")])
def test_no_token_for_longer_or_for_more(
    browser: TestClient, engine: Engine, leader: Actor, days: str, scope: str
) -> None:
    """A token holds for 1 to 365 days and is for read or write."""
    csrf = enter(browser, engine, leader)
    assert browser.post("/account/tokens", data={"days": days, "scope": scope, "csrf": csrf}).status_code == 400


def test_a_one_time_password_opens_one_page_only(browser: TestClient, engine: Engine, admin: Actor) -> None:
    """Whoever signs in with it does nothing else before choosing another; then everything is as usual."""
    csrf = enter(browser, engine, admin)
    page = browser.post("/admin/accounts", data={"name": "new", "role": "leader", "officer": "L01", "csrf": csrf})
    once = secret(page.text)
    assert page.headers["Cache-Control"] == "no-store"
    browser.cookies.clear()
    assert sign_in(browser, "new", once).headers["location"] == "/account"
    for path in ("/api/areas", "/account/totp", "/"):
        assert browser.get(path).headers["location"] == "/account"
    form = {"old": once, "new": NEW, "csrf": run(engine, "SELECT csrf FROM session ORDER BY created DESC LIMIT 1")}
    assert browser.post("/account/password", data=form).status_code == 303
    assert browser.get("/api/areas").status_code == 200
    browser.cookies.clear()
    assert sign_in(browser, "new", once).status_code == 401


def test_an_admin_changes_an_account(browser: TestClient, engine: Engine, admin: Actor, leader: Actor) -> None:
    """Officer, one-time codes and the state; an unknown officer is refused; nobody disables the own account."""
    with_password(engine, leader, totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    csrf, address = enter(browser, engine, admin), f"/admin/accounts/{leader.account}"
    assert browser.post(f"{address}/officer", data={"officer": "L02", "csrf": csrf}).status_code == 303
    assert browser.post(f"{address}/officer", data={"officer": "L99", "csrf": csrf}).status_code == 404
    assert browser.post(f"{address}/officer", data={"officer": "", "csrf": csrf}).status_code == 400
    assert browser.post(f"{address}/totp", data={"csrf": csrf}).status_code == 303
    assert browser.post(f"{address}/disable", data={"csrf": csrf}).status_code == 303
    row = run(
        engine, "SELECT concat_ws('/', officer_code, totp_secret, disabled IS NULL) FROM account WHERE name='leader'"
    )
    assert row == "L02/f"
    assert browser.post(f"/admin/accounts/{admin.account}/disable", data={"csrf": csrf}).status_code == 400
    assert browser.get("/admin/accounts/999").status_code == 404


def test_pages_show_no_hash(browser: TestClient, engine: Engine, admin: Actor, leader: Actor) -> None:
    """Neither passwords' nor sessions' nor tokens' hashes are in a page."""
    enter(browser, engine, admin)
    make_token(engine, leader)
    hashes = [run(engine, f"SELECT encode(token_hash, 'hex') FROM {table} LIMIT 1") for table in ("session", "token")]
    for path in ("/admin/accounts", f"/admin/accounts/{leader.account}", "/account"):
        html = browser.get(path).text
        assert "argon2" not in html
        assert not any(found in html for found in hashes)


def test_officers_are_found_by_part_of_a_name(browser: TestClient, engine: Engine, admin: Actor) -> None:
    """The list to choose from has code and name, and no work phone."""
    enter(browser, engine, admin)
    html = browser.get("/admin/officers?officer=赵").text
    assert 'value="L02"' in html
    assert "L01" not in html
    assert "work_phone" not in html


@pytest.mark.parametrize("name", ["", " ", "a\x07b", "x" * 65, "13812345678"])
def test_a_name_that_does_not_fit_is_refused(browser: TestClient, engine: Engine, admin: Actor, name: str) -> None:
    """Names are visible, not too long, and no number of a person."""
    csrf = enter(browser, engine, admin)
    answer = browser.post("/admin/accounts", data={"name": name, "role": "admin", "csrf": csrf})
    assert answer.status_code in (400, 422)
    assert run(engine, "SELECT count(*) FROM account") == 1


def test_the_audit_is_searched_by_address(browser: TestClient, engine: Engine, admin: Actor, app_audit: None) -> None:
    """Filters and page are in the address; markup in a row stays text."""
    enter(browser, engine, admin)
    html = browser.get("/admin/audit?who=EVA&outcome=denied").text
    assert "&lt;script&gt;" in html
    assert "<script>alert" not in html
    assert "others.did" not in html
    assert "others.did" in browser.get("/admin/audit?page=2").text
    assert "Nothing fits." in browser.get("/admin/audit?from=2001-01-01&to=2001-01-02").text
    assert "others.did" in browser.get("/admin/audit?action=others&from=2001-01-01&to=9999-12-31").text
    assert browser.get("/admin/audit?from=yesterday").status_code == 422


def test_the_chain_is_checked_from_the_page(browser: TestClient, engine: Engine, admin: Actor, app_audit: None) -> None:
    """The page says how many rows hold and the head; after a change of one row it says which does not."""
    csrf = enter(browser, engine, admin)
    html = browser.post("/admin/audit/verify", data={"csrf": csrf}).text
    head = run(engine, "SELECT encode(hash, 'hex') FROM audit_head")
    assert head in html
    assert "All 61 rows hold." in html
    run(engine, "ALTER TABLE audit DISABLE TRIGGER USER")
    run(engine, "UPDATE audit SET who = 'somebody' WHERE number = 3")
    assert "row 3 does not hold" in browser.post("/admin/audit/verify", data={"csrf": csrf}).text


def test_the_audit_as_csv_runs_nothing(browser: TestClient, engine: Engine, admin: Actor, app_audit: None) -> None:
    """Formula cells get an apostrophe, and the download itself is in the audit."""
    enter(browser, engine, admin)
    answer = browser.get("/admin/audit/csv?who=eva")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert "'=1+1" in answer.text
    assert run(engine, "SELECT count(*) FROM audit WHERE action = 'export.audit'") == 1


@pytest.fixture
def app_audit(engine: Engine) -> None:
    """Sixty rows of somebody's deeds after one of another kind."""
    eva = Actor("leader", "eva")
    with engine.begin() as connection:
        audit.record(connection, Actor("leader", "other"), "others.did", "x")
        for _row in range(59):
            audit.record(connection, eva, "thing.do", "=1+1")
        audit.record(connection, eva, "thing.do", "<script>alert(1)</script>", outcome="denied")
