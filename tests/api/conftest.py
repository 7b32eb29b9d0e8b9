"""Fixtures: the application, on a real PostGIS that holds the awkward district."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from gis.store.cluster import Cluster
from gis.store.engine import make_engine
from tests.api.awkward import application, district, load, serve
from tests.api.people import bearer, make_account, make_token
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
