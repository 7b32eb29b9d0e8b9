"""Connections: an engine for any PostgreSQL >= 15 with PostGIS >= 3.3, and transactions on it.

Every session speaks UTC, so that an instant without a zone means the same everywhere.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, ProgrammingError

from gis.errors import DatabaseUnreachable
from gis.texts import _

__all__ = ["Connection", "Engine", "make_app_engine", "make_engine", "parse_url", "transaction", "versions", "work_for"]

OLDEST_POSTGRESQL: Final = 150000
OLDEST_POSTGIS: Final = (3, 3)
EXTENSIONS: Final = ("postgis", "btree_gist")

_OPTIONS: Final = "-c timezone=UTC -c jit=off"
_RETRY_S: Final = 10


def parse_url(url: str) -> URL:
    """The address with our driver, from any of postgres://, postgresql:// and postgresql+psycopg2://.

    Raises DatabaseUnreachable where it is no address of a PostgreSQL.
    """
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.drivername not in ("postgres", "postgresql", "postgresql+psycopg2"):
        raise DatabaseUnreachable(_("WANGGE_DATABASE_URL is no address such as postgresql://user:password@host/name."))
    return parsed.set(drivername="postgresql+psycopg2")


def make_engine(url: str) -> Engine:
    """An engine whose server was seen to answer and to be fit: versions and extensions.

    A missing extension is created where the role may. Raises DatabaseUnreachable otherwise.
    """
    engine = _engine(url, _OPTIONS, pool_size=5)
    with transaction(engine) as connection:
        _check_server(connection)
        for name in EXTENSIONS:
            _check_extension(connection, name)
    return engine


def make_app_engine(url: str, *, role: str | None = None) -> Engine:
    """An engine for the application: it owns nothing, and policies bind it.

    With `role` each connection takes that role at its start. Raises DatabaseUnreachable where its owner, a superuser or
    a role that bypasses policies would come in.
    """
    engine = _engine(url, _OPTIONS + (f" -c role={role}" if role else ""), pool_size=20)
    with transaction(engine) as connection:
        unbound = connection.exec_driver_sql("""
            SELECT r.rolname FROM pg_roles r WHERE r.rolname = current_user AND (
                r.rolsuper OR r.rolbypassrls OR EXISTS (
                    SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relname IN ('area', 'account')))""").scalar()
    if unbound is not None:
        engine.dispose()
        raise DatabaseUnreachable(
            _("The role {role} is not bound by row-level security; give the application another.", role=unbound)
        )
    return engine


def _engine(url: str, options: str, *, pool_size: int) -> Engine:
    return sa.create_engine(
        parse_url(url),
        pool_pre_ping=True,
        pool_size=pool_size,
        connect_args={"connect_timeout": _RETRY_S, "options": options},
    )


def work_for(connection: Connection, *, account: int | None, day: date) -> None:
    """Says, until the transaction ends, whom it works for: an account, or the public where there is none."""
    connection.execute(
        sa.text("""
        SELECT set_config('wangge.account', :account, true), set_config('wangge.role', :role, true),
               set_config('wangge.day', :day, true)"""),
        {"account": str(account or ""), "role": "" if account else "public", "day": day.isoformat()},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction: committed at the end of the block, rolled back on any error.

    Raises DatabaseUnreachable where the server does not answer, or goes away in the middle.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        if isinstance(error, OperationalError) and (error.connection_invalidated or error.statement is None):
            raise DatabaseUnreachable(
                _(
                    "The database at {address} does not answer: {reason}",
                    address=engine.url.render_as_string(hide_password=True),
                    reason=str(error.orig).strip(),
                )
            ) from error
        raise


def versions(engine: Engine) -> tuple[str, str]:
    """Versions of PostgreSQL and of PostGIS, such as ("15.18", "3.3.2")."""
    with transaction(engine) as connection:
        server = str(connection.exec_driver_sql("SHOW server_version").scalar_one()).split()[0]
        postgis = connection.exec_driver_sql(
            "SELECT extversion FROM pg_extension WHERE extname = 'postgis'"
        ).scalar_one()
    return server, str(postgis)


def _check_server(connection: Connection) -> None:
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    if version < OLDEST_POSTGRESQL:
        raise DatabaseUnreachable(
            _(
                "The database is PostgreSQL {found}; wangge needs {needed} or newer.",
                found=version // 10000,
                needed=OLDEST_POSTGRESQL // 10000,
            )
        )


def _check_extension(connection: Connection, name: str) -> None:
    """Creates the extension where it is missing; PostGIS must be new enough."""
    found = connection.execute(
        sa.text("SELECT installed_version, default_version FROM pg_available_extensions WHERE name = :name"),
        {"name": name},
    ).one_or_none()
    if found is None:
        raise DatabaseUnreachable(_("The database server has no extension {name}. Install it there.", name=name))
    version = found.installed_version or found.default_version
    if name == "postgis" and tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST_POSTGIS:
        raise DatabaseUnreachable(_("The database has PostGIS {found}; wangge needs 3.3 or newer.", found=version))
    if found.installed_version is None:
        try:
            connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {name}")
        except ProgrammingError as error:
            raise DatabaseUnreachable(
                _(
                    "The database lacks the extension {name} and its role may not create it. "
                    "Let an administrator run: CREATE EXTENSION {name};",
                    name=name,
                )
            ) from error
