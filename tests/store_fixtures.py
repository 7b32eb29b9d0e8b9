"""Fixtures with a real PostGIS: a private cluster for the session and a fresh migrated database for each test."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
from sqlalchemy import Engine, make_url

from gis.store import migrations
from gis.store.cluster import Cluster
from gis.store.engine import make_engine

TEMPLATE = "wangge_template"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private cluster in a short folder that every account may enter; it stops with the session."""
    with tempfile.TemporaryDirectory(prefix="wg-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        private = Cluster(Path(folder))
        private.start()
        _execute(private, f"CREATE DATABASE {TEMPLATE} OWNER wangge")
        engine = make_engine(private.url_of(TEMPLATE))
        migrations.upgrade(engine)
        engine.dispose()
        yield private
        private.stop()


@pytest.fixture(scope="session")
def cluster_url(cluster: Cluster) -> str:
    """Address of the cluster's own database, which has no schema; use `database_url` or `engine` for one."""
    return cluster.url


@pytest.fixture
def database_url(cluster: Cluster) -> Iterator[str]:
    """Address of an empty migrated database of this test's own, dropped after it."""
    name = f"test_{uuid4().hex}"
    _execute(cluster, f"CREATE DATABASE {name} OWNER wangge TEMPLATE {TEMPLATE}")
    yield cluster.url_of(name)
    _execute(cluster, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def cluster_database(cluster: Cluster) -> Iterator[str]:
    """Address of an empty migrated database that the tests of one module share."""
    name = f"shared_{uuid4().hex}"
    _execute(cluster, f"CREATE DATABASE {name} OWNER wangge TEMPLATE {TEMPLATE}")
    yield cluster.url_of(name)
    _execute(cluster, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on that database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def _execute(cluster: Cluster, statement: str) -> None:
    """Runs one statement as the superuser, outside of a transaction."""
    url = make_url(cluster.url_of("postgres", user="postgres"))
    connection = psycopg2.connect(host=str(url.query["host"]), dbname=url.database, user=url.username)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
