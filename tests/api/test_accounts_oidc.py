"""Signing in through a real OpenID Connect provider: another process on loopback that speaks HTTP."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.main import create_app
from gis.settings import ROOT, Settings
from tests.api.people import make_account
from tests.oidc_provider import CLIENT, SECRET

OURS = "https://wangge.example"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Address of a running provider."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "tests.oidc_provider:app", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "OIDC_ISSUER": address})
    try:
        wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def wait_for(address: str) -> None:
    """Until the provider answers."""
    for _try in range(150):
        try:
            httpx2.get(f"{address}/jwks", trust_env=False)
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the provider does not start")


@pytest.fixture
def browser(issuer: str, database_url: str, engine: Engine) -> Iterator[TestClient]:
    """A browser of an application whose provider knows anna as the account leader."""
    leader = make_account(engine, "leader", "leader", "L01")
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE account SET issuer = :issuer, subject = 'anna' WHERE id = :id"),
            {"issuer": issuer, "id": leader.account},
        )
    settings = Settings(
        database_url=database_url,
        lang="en",
        oidc_issuer=issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SecretStr(SECRET),
    )
    order(issuer, sub="anna", fault="")
    with TestClient(create_app(settings), base_url=OURS, follow_redirects=False) as client:
        yield client


def order(issuer: str, **what: str) -> None:
    """Tells the provider who comes next, and which fault the token has."""
    httpx2.post(f"{issuer}/control", json=what, trust_env=False).raise_for_status()


def walk(browser: TestClient) -> str:
    """To the provider and back: the path of the callback with its code and state."""
    away = browser.get("/login/oidc?next=/account")
    assert away.status_code == 303, away.text
    back = httpx2.get(away.headers["location"], trust_env=False)
    assert back.status_code == 302, back.text
    parts = urlsplit(back.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}" == OURS
    return f"{parts.path}?{parts.query}"


def denied(engine: Engine) -> list[str]:
    """Why sign-ins through the provider were refused, as the audit has it."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT details ->> 'why' FROM audit WHERE action = 'session.open' AND outcome = 'denied'")
        )
        return [row[0] for row in rows]


def test_the_button_is_there_when_a_provider_is_set_up(browser: TestClient, database_url: str) -> None:
    """The page offers the provider exactly where the settings name one."""
    assert 'href="/login/oidc"' in browser.get("/login").text
    with TestClient(create_app(Settings(database_url=database_url, lang="en")), base_url=OURS) as without:
        assert "/login/oidc" not in without.get("/login").text
        assert without.get("/login/oidc").status_code == 404


def test_a_known_subject_is_signed_in(browser: TestClient) -> None:
    """With code, PKCE, state and nonce the account of the subject gets a session, and goes where it wanted."""
    answer = browser.get(walk(browser))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert browser.get("/account").status_code == 200


def test_the_code_travels_with_pkce_state_and_nonce(browser: TestClient) -> None:
    """The provider is asked for a code bound to a challenge, and each walk has values of its own."""
    asked = [parse_qs(urlsplit(browser.get("/login/oidc").headers["location"]).query) for _walk in range(2)]
    assert asked[0]["code_challenge_method"] == ["S256"]
    assert asked[0]["response_type"] == ["code"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name][0]) >= 40
        assert asked[0][name] != asked[1][name]


@pytest.mark.parametrize("fault", ["nonce", "no-nonce", "expired", "audience", "issuer", "signature"])
def test_a_faulty_id_token_opens_nothing(browser: TestClient, engine: Engine, issuer: str, fault: str) -> None:
    """An ID token with another nonce, or none, an old one, or one for or from somebody else is refused and noted."""
    order(issuer, fault=fault)
    answer = browser.get(walk(browser))
    assert answer.status_code == 401
    assert "does not hold" in answer.text
    assert browser.get("/account").status_code in (303, 401)
    assert len(denied(engine)) == 1


def test_another_state_is_refused(browser: TestClient, engine: Engine) -> None:
    """A code that comes back with a state which this browser did not take along opens nothing."""
    answer = browser.get(walk(browser).partition("&state=")[0] + "&state=another")
    assert answer.status_code == 401
    assert denied(engine) == ["state"]


def test_another_browser_cannot_use_the_answer(browser: TestClient) -> None:
    """The address of the callback is worth nothing without the cookie of the browser that went out."""
    callback = walk(browser)
    browser.cookies.clear()
    assert browser.get(callback).status_code == 401


def test_a_callback_works_once(browser: TestClient) -> None:
    """The same callback a second time is refused, although the browser still sends the cookie."""
    callback = walk(browser)
    key = browser.cookies["__Host-wangge-oidc"]
    assert browser.get(callback).status_code == 303
    browser.cookies.clear()
    assert browser.get(callback, headers={"Cookie": f"__Host-wangge-oidc={key}"}).status_code == 401


def test_a_used_code_is_refused_by_the_provider(browser: TestClient, engine: Engine) -> None:
    """A code that was exchanged before opens nothing in another walk."""
    first = walk(browser)
    code = parse_qs(urlsplit(first).query)["code"][0]
    assert browser.get(first).status_code == 303
    second = parse_qs(urlsplit(walk(browser)).query)
    answer = browser.get("/login/oidc/callback", params={"code": code, "state": second["state"][0]})
    assert answer.status_code == 401
    assert denied(engine) == ["OAuthError"]


def test_an_unknown_subject_gets_no_account(browser: TestClient, engine: Engine, issuer: str) -> None:
    """Somebody whom only the provider knows is told so, and no account comes into being."""
    order(issuer, sub="berta")
    answer = browser.get(walk(browser))
    assert answer.status_code == 401
    assert "berta" in answer.text
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM account")).scalar_one() == 1


def test_a_disabled_account_stays_out(browser: TestClient, engine: Engine) -> None:
    """The provider's word does not open an account that is disabled here."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE account SET disabled = now()"))
    assert browser.get(walk(browser)).status_code == 401


def test_a_provider_that_is_away_is_said(database_url: str) -> None:
    """Where the provider does not answer the page says so, and the password form is still there."""
    settings = Settings(database_url=database_url, lang="en", oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT)
    with TestClient(create_app(settings), base_url=OURS, follow_redirects=False) as client:
        answer = client.get("/login/oidc")
        assert answer.status_code == 401
        assert 'name="password"' in answer.text


@pytest.mark.parametrize("issuer_address", ["http://id.example", "ftp://127.0.0.1", "http://localhost.example"])
def test_an_unsafe_issuer_is_not_used(database_url: str, issuer_address: str) -> None:
    """A provider is https, or on this machine; another address counts as none."""
    settings = Settings(database_url=database_url, lang="en", oidc_issuer=issuer_address, oidc_client_id=CLIENT)
    with TestClient(create_app(settings), base_url=OURS) as client:
        assert client.get("/login/oidc").status_code == 404
