"""Names and passwords of telephones: HTTP Basic over TLS, tokens, waits, and proofs that end at once.

Rules from docs.getodk.org/openrosa-authentication and openrosa-http are named where they are tested.
"""

import base64
import html
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import segno
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.openrosa.setup import settings_code
from gis.roles import SYSTEM, Actor
from gis.services.accounts import basic as accounts_basic
from gis.services.accounts import sign_in as accounts_sign_in
from gis.services.accounts.password import fits, hash_password
from gis.services.audit import verify
from gis.services.workspace import Workspace
from tests.api.accounts_browser import PASSWORD, browse, enter, run, with_password
from tests.api.people import bearer, disable, make_account, make_token
from tests.api.phones import URL, basic, filled, message, parts, send

LIST = "/openrosa/formList"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_a_telephone_is_challenged(phone: TestClient) -> None:
    """openrosa-authentication: without credentials 401 names the scheme; with them the request is answered."""
    for method, address in (("GET", LIST), ("HEAD", URL), ("POST", URL)):
        answer = phone.request(method, address)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith('Basic realm="')
    assert "account" in message(phone.get(LIST))
    assert phone.get(LIST, headers=basic("village")).status_code == 200


def test_every_answer_has_the_headers(phone: TestClient) -> None:
    """openrosa-http: X-OpenRosa-Version is in every answer, errors too; openrosa-form-submission: the size as well."""
    who = basic("village")
    answers = [
        *(phone.get(LIST), phone.get(LIST, headers=who), phone.get("/openrosa/nothing"), phone.post(LIST)),
        *(phone.get("/openrosa/forms/none/1.xml", headers=who), phone.head(URL, headers=who)),
        send(phone, who, b"broken"),
    ]
    assert [answer.status_code for answer in answers] == [401, 200, 404, 405, 404, 204, 400]
    assert {answer.headers["X-OpenRosa-Version"] for answer in answers} == {"1.0"}
    assert all(int(answer.headers["X-OpenRosa-Accept-Content-Length"]) >= 10_000_000 for answer in answers)
    assert "X-OpenRosa-Version" not in phone.get("/healthz").headers, "control: only these addresses"


def test_messages_are_in_the_language_of_the_telephone(phone: TestClient) -> None:
    """openrosa-http: a message is in the language of Accept-Language; that of a browser's cookie does not count."""
    said = {
        language: phone.get(LIST, headers={"Accept-Language": language}) for language in ("zh-CN,en;q=0.5", "en-GB")
    }
    assert [answer.headers["Content-Language"][:2] for answer in said.values()] == ["zh", "en"]
    phone.cookies.set("lang", "zh")
    assert phone.get(LIST, headers={"Accept-Language": "en"}).headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    "header",
    [
        *("Basic", "Basic ", "Basic !!!", "Basic " + "A" * 5000, "Bearer x", 'Digest username="village"', "village"),
        "Basic " + base64.b64encode(b"village").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"vil\0lage:x").decode(),
    ],
)
def test_what_is_no_basic_header_is_challenged(phone: TestClient, header: str) -> None:
    """Broken, too long, or of another scheme: 401 like without one."""
    assert phone.get(LIST, headers={"Authorization": header}).status_code == 401


def test_a_session_is_not_accepted(phone: TestClient, loaded: Engine, village: Actor) -> None:
    """A browser's cookie opens nothing here, so no other site can send anything; control: it opens the web pages."""
    secret = enter(phone, loaded, village)
    assert phone.get(LIST).status_code == 401
    headers = {"X-CSRF-Token": secret}
    assert phone.post(URL, headers=headers, files=parts(filled())).status_code == 401
    assert run(loaded, "SELECT count(*) FROM inspection_record") == 0
    assert phone.get("/account").status_code == 200


def test_no_session_is_made(phone: TestClient, loaded: Engine) -> None:
    """An answer sets no cookie, and the store has no session."""
    assert "set-cookie" not in phone.get(LIST, headers=basic("village")).headers
    assert run(loaded, "SELECT count(*) FROM session") == 0


@pytest.mark.parametrize(("role", "status"), [("admin", 403), ("officer", 403), ("inspector", 200), ("leader", 200)])
def test_only_those_who_inspect_get_forms(phone: TestClient, loaded: Engine, role: Any, status: int) -> None:
    """Inspectors and leaders do; others are told that their role may not."""
    with_password(loaded, make_account(loaded, "somebody", role, None if role == "admin" else "L02"))
    who = basic("somebody")
    statuses = [
        phone.get(LIST, headers=who).status_code,
        phone.get("/openrosa/forms/clinic/1.xml", headers=who).status_code,
    ]
    assert statuses == [status, status]
    if status == 403:
        assert send(phone, who, filled()).status_code == phone.head(URL, headers=who).status_code == 403


def test_wrong_names_and_passwords_are_one_answer(phone: TestClient, loaded: Engine, village: Actor) -> None:
    """Nobody learns whether a name exists, or has one-time codes, or is disabled; each says what to do about codes."""
    with_password(loaded, make_account(loaded, "coded", "inspector", "L02"), totp_secret=TOTP)
    disable(loaded, with_password(loaded, make_account(loaded, "gone", "inspector", "L02")))
    make_account(loaded, "no password", "inspector", "L02")
    tried = [basic("village", "not the password"), basic("nobody"), basic("coded"), basic("gone"), basic("no password")]
    answers = [phone.get(LIST, headers=who) for who in tried]
    assert {answer.status_code for answer in answers} == {401}
    assert len({message(answer) for answer in answers}) == 1
    assert "API token" in message(answers[0])
    assert run(loaded, "SELECT count(*) FROM audit WHERE action = 'session.open' AND outcome = 'denied'") == 5


def test_wrong_passwords_make_the_name_wait(phone: TestClient, loaded: Engine) -> None:
    """As when signing in: after five wrong ones the sixth attempt waits, whatever it brings, with the time to wait."""
    for name in ("village", "nobody at all"):
        statuses = [phone.get(LIST, headers=basic(name, "not the password")).status_code for _try in range(5)]
        assert statuses == [401] * 5
        sixth = phone.get(LIST, headers=basic(name))
        assert (sixth.status_code, 1 <= int(sixth.headers["Retry-After"]) <= 30) == (429, True)
        assert "Wait" in message(sixth)


def test_attempts_of_one_address_are_limited(database_url: str, village: Actor) -> None:
    """Guesses count for the network address as at the sign-in form; right passwords do not, for phones share one."""
    with browse(database_url, login_per_minute=2) as client:
        names = [client.get(LIST, headers=basic(f"guess {number}")).status_code for number in range(3)]
        assert names == [401, 401, 429]
    with browse(database_url, login_per_minute=2) as client:
        for _phone in range(5):
            client.app.state.proofs = accounts_basic.Proofs()  # type: ignore[attr-defined]
            assert client.get(LIST, headers=basic("village")).status_code == 200


def test_a_token_is_as_good_as_the_password(phone: TestClient, loaded: Engine, village: Actor) -> None:
    """Of the same account only; one that only reads sends nothing; with one-time codes it is the way in."""
    with_password(loaded, village, totp_secret=TOTP)
    write, read = make_token(loaded, village), make_token(loaded, village, scope="read")
    assert phone.get(LIST, headers=basic("village")).status_code == 401, "control: the password is not enough"
    assert phone.get(LIST, headers=basic("village", read)).status_code == 200
    assert send(phone, basic("village", read), filled()).status_code == 403
    assert send(phone, basic("village", write), filled()).status_code == 201
    assert phone.get(LIST, headers=basic("chief", write)).status_code == 401
    assert phone.get(LIST, headers=bearer(write)).status_code == 401
    run(loaded, "UPDATE token SET revoked = now()")
    assert phone.get(LIST, headers=basic("village", write)).status_code == 401


def test_a_password_that_somebody_else_chose_opens_nothing(phone: TestClient, loaded: Engine, village: Actor) -> None:
    """A one-time password leads to the web page where another is chosen."""
    with_password(loaded, village)
    run(loaded, "UPDATE account SET password_hash = 'once:' || password_hash WHERE name = 'village'")
    answer = phone.get(LIST, headers=basic("village"))
    assert answer.status_code == 403
    assert "browser" in message(answer)


def test_a_password_is_taken_over_tls_only(database_url: str, village: Actor) -> None:
    """openrosa-authentication: Basic must not be used over http; control: from this machine it may."""
    with browse(database_url) as client:
        transport = client._transport
        answers = []
        for address, base in (
            ("10.1.2.3", "http://x.example"),
            ("10.1.2.3", "https://x.example"),
            ("127.0.0.1", "http://x.example"),
        ):
            transport.client = (address, 1)  # type: ignore[attr-defined]
            answers.append(client.get(base + LIST, headers=basic("village")))
    assert [answer.status_code for answer in answers] == [403, 200, 200]
    assert "https" in message(answers[0])


def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names whose passwords are really looked at from here on."""
    seen: list[str] = []

    def look(password: str, hashed: str | None) -> tuple[bool, str | None]:
        seen.append(password)
        return fits(password, hashed)

    monkeypatch.setattr(accounts_sign_in, "fits", look)
    return seen


def test_a_password_is_looked_at_once_in_five_minutes(
    phone: TestClient, loaded: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many requests come, eight at once, and no row of the account is counted as a wrong attempt by them."""
    now = [0.0]
    phone.app.state.proofs = accounts_basic.Proofs(clock=lambda: now[0])  # type: ignore[attr-defined]
    seen = checks(monkeypatch)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: phone.get(LIST, headers=basic("village")), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(seen) == 1
    now[0] = accounts_basic.HELD_S + 1
    assert phone.get(LIST, headers=basic("village")).status_code == 200
    assert len(seen) == 2
    assert phone.get(LIST, headers=basic("village", PASSWORD + "x")).status_code == 401, "control: not any password"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("disabled = now()", 401),
        ("password_hash = :other", 401),
        (f"totp_secret = '{TOTP}'", 401),
        ("locked_until = now() + interval '1 minute'", 429),
        ("role = 'officer'", 403),
        ("failures = 0", 200),
    ],
)
def test_a_proof_ends_at_once(phone: TestClient, loaded: Engine, change: str, status: int) -> None:
    """Disabled, another password, one-time codes, a wait, another role: the next request knows. Control: nothing."""
    assert phone.get(LIST, headers=basic("village")).status_code == 200
    other = hash_password("another long password") if ":other" in change else ""
    run(loaded, f"UPDATE account SET {change} WHERE name = 'village'", **({"other": other} if other else {}))
    assert phone.get(LIST, headers=basic("village")).status_code == status


def test_proofs_take_bounded_memory_and_say_nothing() -> None:
    """The oldest is forgotten first; neither name nor password stands in memory in clear or in a plain hash."""
    proofs, others = accounts_basic.Proofs(), accounts_basic.Proofs()
    account: Any = type("A", (), {"id": 1, "password_hash": "h"})()
    for number in range(accounts_basic.PROOFS_KEPT + 5):
        proofs.keep(proofs.key_of(f"n{number}", "p"), account)
    assert len(proofs) == accounts_basic.PROOFS_KEPT
    assert proofs.find(proofs.key_of("n0", "p")) is None
    assert proofs.find(proofs.key_of("n100", "p")) is not None
    assert proofs.key_of("a", "b") != others.key_of("a", "b")
    assert proofs.key_of("a:b", "c") != proofs.key_of("a", "b:c")


def test_the_audit_names_who_gave_a_password(phone: TestClient, loaded: Engine, served: Workspace) -> None:
    """A right password is written down once, not at each request; the chain holds."""
    for _try in range(3):
        phone.get(LIST, headers=basic("village"))
    assert run(loaded, "SELECT string_agg(who || ' ' || outcome, ',') FROM audit WHERE action = 'session.prove'") == (
        "village done"
    )
    assert verify(served, SYSTEM).broken_at is None


def test_the_account_page_sets_a_telephone_up(phone: TestClient, loaded: Engine, village: Actor) -> None:
    """collect-import-export: JSON with general and admin, zlib, Base64. Server and name are in it, never a password."""
    enter(phone, loaded, village)
    page = phone.get("/account").text
    assert "https://wangge.example/openrosa" in page
    code = settings_code("https://wangge.example/openrosa", "village")
    settings = json.loads(zlib.decompress(base64.b64decode(code)))
    assert {"general", "admin"} <= set(settings)
    general = settings["general"]
    assert (general["server_url"], general["username"]) == ("https://wangge.example/openrosa", "village")
    assert not [key for key in (*general, *settings["admin"]) if "pass" in key or "_pw" in key]
    picture = segno.make(code, error="m", micro=False)
    assert picture.svg_data_uri(scale=4, border=4, light="#fff", dark="#000") in html.unescape(page)


@pytest.mark.parametrize("role", ["admin", "officer"])
def test_others_are_not_told_of_telephones(phone: TestClient, loaded: Engine, role: Any) -> None:
    """Who does not inspect has no use for it."""
    enter(phone, loaded, make_account(loaded, "somebody", role, None if role == "admin" else "L02"))
    page = phone.get("/account")
    assert page.status_code == 200
    assert "ODK" not in page.text
