"""Fixtures: the application, on a real PostGIS that holds the awkward district."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy import Engine

from api.identity import COOKIE, CSRF_HEADER
from gis.roles import Actor
from gis.services.workspace import Workspace
from gis.store.cluster import Cluster
from gis.store.engine import make_engine
from tests.api.accounts_browser import browse, with_password
from tests.api.awkward import application, district, load, serve
from tests.api.people import bearer, make_account, make_session, make_token
from tests.store_fixtures import TEMPLATE

if TYPE_CHECKING:
    from starlette.testclient import TestClient


@pytest.fixture(scope="session")
def district_url(cluster: Cluster) -> str:
    """Address of a database with the awkward district, for tests that only read."""
    postgres = sa.create_engine(
        cluster.url_of("postgres", user="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with postgres.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE awkward OWNER wangge TEMPLATE {TEMPLATE}"))
    return cluster.url_of("awkward")


@pytest.fixture(scope="session")
def leader(district_url: str) -> dict[str, str]:
    """The header of the leader who answers for the whole awkward district."""
    engine = make_engine(district_url)
    load(engine, district())
    token = make_token(engine, make_account(engine, "leader", "leader", "L01"))
    engine.dispose()
    return bearer(token)


@pytest.fixture
def app(district_url: str) -> FastAPI:
    """An application on the awkward district."""
    return application(district_url)


@pytest.fixture
def client(app: FastAPI, leader: dict[str, str]) -> Iterator["TestClient"]:
    """A client of the awkward district who is its leader."""
    yield from serve(app, leader)


@pytest.fixture
def visitor(app: FastAPI, leader: dict[str, str]) -> Iterator["TestClient"]:
    """A client of the awkward district without an account."""
    del leader  # it fills the district
    yield from serve(app)


@pytest.fixture
def loaded(engine: Engine) -> Engine:
    """The database with the awkward district."""
    load(engine, district())
    return engine


@pytest.fixture
def village(loaded: Engine) -> Actor:
    """An inspector of one village, where F1 stands; L01 may go along."""
    return with_password(loaded, make_account(loaded, "village", "inspector", "L02"))


@pytest.fixture
def chief(loaded: Engine) -> Actor:
    """A leader who answers for the whole district, so for F1 and F2."""
    return with_password(loaded, make_account(loaded, "chief", "leader", "L01"))


@pytest.fixture
def web(database_url: str, village: Actor) -> Iterator["TestClient"]:
    """A client without an account that follows no redirect."""
    del village
    for client in serve(application(database_url)):
        client.follow_redirects = False
        yield client


@pytest.fixture
def token(loaded: Engine, chief: Actor) -> dict[str, str]:
    """The header with the chief's token."""
    return bearer(make_token(loaded, chief))


@pytest.fixture
def session(loaded: Engine, chief: Actor) -> dict[str, str]:
    """The headers of the chief's session, with the secret of its forms."""
    cookie, secret = make_session(loaded, chief)
    return {"Cookie": f"{COOKIE}={cookie}", CSRF_HEADER: secret}


@pytest.fixture
def phone(database_url: str, loaded: Engine, village: Actor, chief: Actor, tmp_path: object) -> Iterator["TestClient"]:
    """A telephone, over TLS, that has no account set."""
    with browse(database_url, home=tmp_path) as client:
        yield client


@pytest.fixture
def served(phone: "TestClient") -> Workspace:
    """The workspace of the server that the telephone speaks to."""
    found = phone.app.state.workspace  # type: ignore[attr-defined]
    assert isinstance(found, Workspace)
    return found
