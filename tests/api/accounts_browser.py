"""A browser for tests of accounts: https, so that safe cookies travel, and no redirect is followed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.main import create_app
from gis.roles import Actor
from gis.services.accounts.password import hash_password
from gis.settings import Settings
from gis.store import accounts
from tests.api.people import make_session

OURS = "https://wangge.example"
COOKIE = "__Host-wangge"
PASSWORD = "a long test password"
HASH = hash_password(PASSWORD)


@contextmanager
def browse(database_url: str, **settings: Any) -> Iterator[TestClient]:
    """A browser without cookies, of an application on this database."""
    app = create_app(Settings(database_url=database_url, lang="en", **settings))
    with TestClient(app, base_url=OURS, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


def with_password(engine: Engine, actor: Actor, **columns: Any) -> Actor:
    """The account, after it got the password of the tests and other columns."""
    assert actor.account is not None
    with engine.begin() as connection:
        accounts.change(connection, actor.account, password_hash=HASH, **columns)
    return actor


def enter(client: TestClient, engine: Engine, actor: Actor) -> str:
    """Gives the browser a session of the account; the secret of its forms."""
    token, csrf = make_session(engine, actor)
    client.cookies.set(COOKIE, token)
    return csrf


def sign_in(client: TestClient, name: str, password: str = PASSWORD, **more: str) -> Any:
    """The answer to the form."""
    return client.post("/login", data={"name": name, "password": password, **more})


def said(html: str) -> str:
    """What the page says is wrong."""
    found = re.search(r'<p class="problem" role="alert">([^<]*)</p>', html)
    return found[1] if found else ""


def secret(html: str) -> str:
    """What the page shows once."""
    found = re.search(r'<code class="secret">([^<]*)</code>', html)
    assert found, html
    return found[1]


def run(engine: Engine, statement: str, **values: Any) -> Any:
    """One statement straight on the database; its first value, if it gives rows."""
    with engine.begin() as connection:
        result = connection.execute(text(statement), values)
        return result.scalar() if result.returns_rows else None
