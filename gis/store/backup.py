"""Backups: the whole database in one file, and back again without a moment in which there is none.

The file is PostgreSQL's custom archive (pg_dump -Fc). A restore fills a new database beside the old one and checks it;
only then do the two swap names, in one transaction. Whatever fails before leaves the database as it was. The role must
be allowed to create databases, as the one of the private cluster is.
"""

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError

from gis.errors import DatabaseUnreachable, DataRejected
from gis.store import grants, migrations
from gis.store.engine import make_engine
from gis.store.server import find_programs
from gis.texts import _

_TRIES: Final = 20
_PAUSE_S: Final = 0.25


def backup(engine: Engine, file: Path) -> None:
    """Writes everything that is stored to a file, which appears whole or not at all.

    Raises DatabaseUnreachable where pg_dump fails.
    """
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".wangge-") as folder:
        draft = Path(folder) / "backup"
        # spatial_ref_sys belongs to PostGIS, which brings it along itself.
        failure = _run(
            engine.url, "pg_dump", "--format=custom", "--exclude-table-data=spatial_ref_sys", f"--file={draft}"
        )
        if failure:
            raise DatabaseUnreachable(_("The backup failed: {reason}", reason=failure))
        draft.replace(file)


def restore(engine: Engine, file: Path) -> None:
    """Replaces everything that is stored by what the file holds; connections to the database are cut.

    Raises DataRejected where the file is no whole backup of wangge, DatabaseUnreachable where the role may not create a
    database. In either case everything is as it was.
    """
    if not file.is_file():
        raise DataRejected(_("There is no file {file}.", file=file))
    fresh, old = (f"wangge_{purpose}_{uuid4().hex[:12]}" for purpose in ("restore", "old"))
    _execute(engine, f'CREATE DATABASE "{fresh}"')
    try:
        _fill(engine.url.set(database=fresh), file)
        _swap(engine, fresh, old)
    except BaseException:
        _execute(engine, f'DROP DATABASE IF EXISTS "{fresh}" WITH (FORCE)')
        raise
    _execute(engine, f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')


def _fill(url: URL, file: Path) -> None:
    """Puts the file into the empty database, brings it up to date and sees that it is one of ours."""
    filled = make_engine(url.render_as_string(hide_password=False))
    try:
        failure = _run(
            url, "pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", "--no-comments", str(file)
        )
        if failure:
            raise DataRejected(_("{file} is no whole backup: {reason}", file=file.name, reason=failure))
        version = migrations.current(filled)
        if version is None or not migrations.is_known(version):
            raise DataRejected(
                _(
                    "{file} is no backup of this version of wangge (its schema: {version}).",
                    file=file.name,
                    version=version,
                )
            )
        migrations.upgrade(filled)
        with filled.begin() as connection:
            grants.apply(connection)
    finally:
        filled.dispose()


def _swap(engine: Engine, fresh: str, old: str) -> None:
    """Gives the new database the name of the old one, in one transaction; nobody may be connected to either."""
    name = engine.url.database
    engine.dispose()
    outside = _outside(engine)
    try:
        for attempt in range(_TRIES):
            try:
                with outside.begin() as connection:
                    _disconnect_all(connection, name, fresh)
                    connection.exec_driver_sql(f'ALTER DATABASE "{name}" RENAME TO "{old}"')
                    connection.exec_driver_sql(f'ALTER DATABASE "{fresh}" RENAME TO "{name}"')
                return
            except DBAPIError as error:
                if getattr(error.orig, "pgcode", None) != "55006" or attempt == _TRIES - 1:
                    raise
                time.sleep(_PAUSE_S)
    finally:
        outside.dispose()


def _disconnect_all(connection: sa.Connection, *names: str | None) -> None:
    connection.execute(
        sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY(:names)"),
        {"names": list(names)},
    )


def _outside(engine: Engine) -> Engine:
    """An engine on the server's maintenance database."""
    return sa.create_engine(engine.url.set(database="postgres"), poolclass=sa.NullPool)


def _execute(engine: Engine, statement: str) -> None:
    """Runs one statement outside of a transaction and of the database itself."""
    outside = _outside(engine).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with outside.connect() as connection:
            connection.exec_driver_sql(statement)
    except DBAPIError as error:
        raise DatabaseUnreachable(
            _("The database server refuses a restore: {reason}", reason=str(error.orig).strip())
        ) from error
    finally:
        outside.dispose()


def _run(url: URL, program: str, *options: str) -> str | None:
    """Runs one of PostgreSQL's programs on a database; its complaint, or None if it has none."""
    query = {key: str(value) for key, value in url.query.items()}
    settings = {
        "PGHOST": query.get("host", url.host),
        "PGPORT": query.get("port", url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGSSLMODE": query.get("sslmode"),
    }
    done = subprocess.run(
        [find_programs() / program, "--no-password", f"--dbname={url.database}", *options],
        env={**os.environ, "LC_ALL": "C.UTF-8", **{k: str(v) for k, v in settings.items() if v is not None}},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip()[-500:] or str(done.returncode) if done.returncode else None
