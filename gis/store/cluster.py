"""The private PostGIS cluster: a database server of our own in a folder, reached through a unix socket only.

A *cluster* is PostgreSQL's word for one server with its data folder. It lives in `HOME/postgres`: `data`, the
`socket` folder and the `log`. Nothing listens on a network port; the folder is closed to all but the account that
runs the server, so whoever can reach the socket may come in without a password. Everything that keeps data safe over
a crash (fsync, synchronous_commit, full_page_writes, page checksums) stays on.

Starting is idempotent: a running server is left alone, what a killed one left behind is cleared, and of two
processes that start it at once one waits for the other.
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from sqlalchemy.engine import URL

from gis.errors import DatabaseUnreachable
from gis.store import grants
from gis.store.server import Account, choose_account, find_programs
from gis.texts import _

DATABASE: Final = "wangge"
"""Name of the database, and of the role that owns it."""

SUPERUSER: Final = "postgres"
LONGEST_SOCKET_PATH: Final = 107
_SOCKET_NAME: Final = ".s.PGSQL.5432"
_PATIENCE_S: Final = 15.0

_CONFIGURATION: Final = """\
# Written by wangge at every start; own settings go into postgresql.conf below the include.
listen_addresses = ''
port = 5432
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
fsync = on
synchronous_commit = on
full_page_writes = on
max_connections = 60
shared_buffers = 256MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 2GB
effective_cache_size = 1GB
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
"""


@dataclass(frozen=True)
class ClusterStatus:
    """What is known of the cluster without starting it."""

    home: Path
    exists: bool
    running: bool
    url: str
    version: str | None
    """Of the running server, such as "15.18"."""
    log: Path


class Cluster:
    """The private cluster of one home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()
        self.folder = self.home / "postgres"
        self.data = self.folder / "data"
        self.log = self.folder / "log"

    @property
    def socket(self) -> Path:
        """Folder of the socket; elsewhere, named by a hash of the home, where that path would be too long."""
        near = self.folder / "socket"
        if len(os.fsencode(near / _SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return near
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        runtime = Path(f"/run/user/{os.geteuid()}")
        if os.geteuid() != 0 and runtime.is_dir():
            return runtime / f"wangge-{digest}"
        return Path(f"/tmp/wangge-{os.geteuid()}-{digest}")  # noqa: S108 - owner and mode are checked by make_folder

    @property
    def url(self) -> str:
        """SQLAlchemy address of the database, as role `wangge`."""
        return self.url_of(DATABASE)

    def url_of(self, database: str, *, user: str = DATABASE) -> str:
        """SQLAlchemy address of another database of the cluster."""
        url = URL.create("postgresql+psycopg2", username=user, database=database, query={"host": str(self.socket)})
        return url.render_as_string(hide_password=False)

    def start(self) -> str:
        """Makes the cluster if there is none, starts it if it does not run, and gives its address.

        Raises DatabaseUnreachable, with the end of the server's log, where it does not come up.
        """
        if self._answers(user=grants.ROLE):
            return self.url
        self.home.mkdir(parents=True, exist_ok=True)
        with self._locked():
            account = choose_account(self.home)
            account.make_folder(self.folder)
            account.make_folder(self.socket)
            if not self.data.exists():
                self._initialise(account)
            if not self._answers(database="template1", user=SUPERUSER):
                self._clear_leftovers()
                self._launch(account)
            if not self._answers(user=grants.ROLE):
                self._create_database()
        return self.url

    def stop(self) -> None:
        """Stops the server; nothing happens where none runs."""
        if not (self.data / "postmaster.pid").exists():
            return
        with self._locked():
            account = choose_account(self.home)
            done = account.run([self._programs() / "pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop"])
        if done.returncode != 0 and self._answers(database="template1", user=SUPERUSER):
            raise DatabaseUnreachable(_("The database does not stop: {reason}", reason=done.stderr.strip()))

    def status(self) -> ClusterStatus:
        """Whether the cluster exists and runs, and where."""
        version = self._answers(database="template1", user=SUPERUSER)
        return ClusterStatus(self.home, self.data.exists(), version is not None, self.url, version, self.log)

    def _programs(self) -> Path:
        """The programs of the version that made the data, else the newest."""
        made_by = self.data / "PG_VERSION"
        return find_programs(version=int(made_by.read_text()) if made_by.exists() else None)

    def _answers(self, *, database: str = DATABASE, user: str = DATABASE) -> str | None:
        """Version of the server if it lets us in, None if not."""
        try:
            connection = psycopg2.connect(host=str(self.socket), dbname=database, user=user, connect_timeout=10)
        except psycopg2.OperationalError:
            return None
        version = connection.get_parameter_status("server_version")
        connection.close()
        return (version or "").split()[0]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Only one process at a time makes, starts or stops the cluster."""
        with (self.home / "postgres.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _initialise(self, account: Account) -> None:
        """A new data folder. It is built under another name, so that a half-made one is never taken for whole."""
        building = self.folder / "data.new"
        shutil.rmtree(building, ignore_errors=True)
        done = account.run(
            [
                *(self._programs() / "initdb", "-D", building, "-U", SUPERUSER, "--auth=trust", "--data-checksums"),
                # Codes sort by their bytes, the same on every machine, and twice as fast as by a dictionary.
                *("--encoding=UTF8", "--locale=C.UTF-8", "--lc-collate=C"),
            ]
        )
        if done.returncode != 0:
            raise DatabaseUnreachable(_("The database could not be created: {reason}", reason=done.stderr.strip()))
        configuration = building / "postgresql.conf"
        own = configuration.read_text(encoding="utf-8")
        configuration.write_text(f"{own}\ninclude 'wangge.conf'\n", encoding="utf-8")
        building.rename(self.data)

    def _launch(self, account: Account) -> None:
        """Starts the server and waits until it answers."""
        configuration = self.data / "wangge.conf"
        quoted = str(self.socket).replace("'", "''")
        configuration.write_text(_CONFIGURATION.format(socket=quoted), encoding="utf-8")
        account.own(configuration)
        seen = self.log.stat().st_size if self.log.exists() else 0
        done = account.run([self._programs() / "pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", "60", "start"])
        if done.returncode != 0:
            log = self.log.read_bytes()[seen:].decode(errors="replace") if self.log.exists() else done.stderr
            raise DatabaseUnreachable(
                _(
                    "The database does not start; the end of {log} says: {reason}",
                    log=self.log,
                    reason=log.strip()[-800:],
                )
            )

    def _clear_leftovers(self) -> None:
        """Waits for what is left of a killed server, then removes its pid file and the lock of its socket.

        PostgreSQL does so itself unless their number is now another process's, as happens after a reboot, or a
        dead one's that nobody has asked for. They may only go when no process works in the data folder any more.
        """
        patience = time.monotonic() + _PATIENCE_S
        while self._processes():
            if self._answers(database="template1", user=SUPERUSER) or time.monotonic() > patience:
                return
            time.sleep(0.05)
        for left in (self.data / "postmaster.pid", self.socket / f"{_SOCKET_NAME}.lock"):
            left.unlink(missing_ok=True)

    def _processes(self) -> list[int]:
        """Processes that work in the data folder: all of PostgreSQL's do."""
        found, data = [], self.data.resolve()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").readlink() == data:
                    found.append(int(process.name))
            except OSError:  # it ended, or belongs to somebody else
                continue
        return found

    def _create_database(self) -> None:
        """The extensions in the template of all databases, the two roles and the database.

        Only a superuser may create PostGIS; from the template each new database, as a restore makes one, has it.
        """
        for database in ("template1", "postgres"):
            connection = psycopg2.connect(host=str(self.socket), dbname=database, user=SUPERUSER)
            connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            with connection.cursor() as cursor:
                if database == "template1":
                    cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
                    cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
                else:
                    self._create_roles(cursor)
            connection.close()

    @staticmethod
    def _create_roles(cursor: psycopg2.extensions.cursor) -> None:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [DATABASE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {DATABASE} LOGIN CREATEDB")
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [grants.ROLE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {grants.ROLE} LOGIN")
            cursor.execute(f"GRANT {grants.ROLE} TO {DATABASE}")
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {DATABASE}")
