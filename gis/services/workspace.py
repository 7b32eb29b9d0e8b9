"""The workspace: the settings of this process and its connection pools to the database.

There are two: one of the owner, for the command line, imports and accounts, and one of the application's own role,
which row-level security binds to what the actor of each transaction may see.

Without a database address in the settings the workspace runs a private PostGIS cluster in its home folder. The
first transaction starts the cluster where needed and brings an empty or older private schema up to date. A
database of the user's own is filled when it is empty and never migrated without being asked.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from gis.errors import DatabaseUnreachable
from gis.roles import Actor
from gis.services.kept import Kept
from gis.settings import Settings
from gis.store import engine as store_engine
from gis.store import migrations
from gis.store.cluster import DATABASE, Cluster
from gis.store.grants import ROLE
from gis.texts import _

if TYPE_CHECKING:
    from gis.store.engine import Connection, Engine


Answer = TypeVar("Answer")
ANSWERS_BYTES: Final = 384 * 2**20
"""How much is kept of answers that were made."""


class Workspace:
    """Opens transactions on the database that the settings name; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = Lock()
        self._engine: Engine | None = None
        self._app: Engine | None = None
        self._answers = Kept(ANSWERS_BYTES)

    @cached_property
    def cluster(self) -> Cluster | None:
        """The private cluster, or None where the settings name a database."""
        return None if self.settings.database_url else Cluster(self.settings.home)

    def engine(self, *, migrate: bool = True) -> "Engine":
        """The connection pool, made at the first call. Raises DatabaseUnreachable."""
        with self._lock:
            if self._engine is None:
                url = self.settings.database_url or self._start()
                fresh = store_engine.make_engine(url)
                if migrate:
                    self._bring_up_to_date(fresh)
                self._engine = fresh
            return self._engine

    def app_engine(self) -> "Engine":
        """The pool of the role that policies bind, made at the first call. Raises DatabaseUnreachable."""
        owner = self.engine()
        with self._lock:
            if self._app is None:
                if self.cluster is not None:
                    self._app = store_engine.make_app_engine(self.cluster.url_of(DATABASE, user=ROLE))
                elif self.settings.app_database_url:
                    self._app = store_engine.make_app_engine(self.settings.app_database_url)
                else:
                    url = owner.url.render_as_string(hide_password=False)
                    self._app = store_engine.make_app_engine(url, role=ROLE)
            return self._app

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator["Connection"]:
        """One transaction for this actor: committed at the end of the block, rolled back by any exception.

        Everybody but the system works as a role that row-level security binds to what the actor may see.
        """
        if actor.role == "system":
            with store_engine.transaction(self.engine()) as connection:
                yield connection
            return
        with store_engine.transaction(self.app_engine()) as connection:
            store_engine.work_for(connection, account=actor.account, day=today())
            yield connection

    @contextmanager
    def owner_transaction(self) -> Iterator["Connection"]:
        """One transaction that nothing binds: for accounts, for imports, and for the audit's reader."""
        with store_engine.transaction(self.engine()) as connection:
            yield connection

    def remember(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """What `make` gives, kept under a key that says all it depends on; nobody may change it."""
        return self._answers.get(key, make)

    def close(self) -> None:
        """Gives the connections back; the private cluster goes on running."""
        with self._lock:
            for pool in (self._engine, self._app):
                if pool is not None:
                    pool.dispose()
            self._engine = self._app = None

    def _start(self) -> str:
        assert self.cluster is not None
        return self.cluster.start()

    def _bring_up_to_date(self, engine: "Engine") -> None:
        current, newest = migrations.current(engine), migrations.newest()
        if current == newest:
            return
        if current is not None and self.cluster is None:
            raise DatabaseUnreachable(
                _(
                    "The database has schema {current}, this version needs {newest}. Run `wangge db migrate`.",
                    current=current,
                    newest=newest,
                )
            )
        migrations.upgrade(engine)


def today() -> date:
    """The day it is where this process runs."""
    return datetime.now().astimezone().date()
