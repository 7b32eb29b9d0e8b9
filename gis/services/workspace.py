"""The workspace: the settings of this process and its one connection pool to the database.

Without a database address in the settings the workspace runs a private PostGIS cluster in its home folder. The
first transaction starts the cluster where needed and brings an empty or older private schema up to date. A
database of the user's own is filled when it is empty and never migrated without being asked.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar, cast

from gis.errors import DatabaseUnreachable
from gis.settings import Settings
from gis.store import engine as store_engine
from gis.store import migrations
from gis.store.cluster import Cluster
from gis.texts import _

if TYPE_CHECKING:
    from gis.store.engine import Connection, Engine


Answer = TypeVar("Answer")
ANSWERS_KEPT: Final = 4


class Workspace:
    """Opens transactions on the database that the settings name; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = Lock()
        self._engine: Engine | None = None
        self._answers: OrderedDict[Hashable, object] = OrderedDict()

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

    @contextmanager
    def transaction(self) -> Iterator["Connection"]:
        """One transaction: committed at the end of the block, rolled back by any exception."""
        with store_engine.transaction(self.engine()) as connection:
            yield connection

    def remember(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """What `make` gives, kept under a key that says all it depends on; the latest few answers are kept."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return cast("Answer", self._answers[key])
        answer = make()
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > ANSWERS_KEPT:
                self._answers.popitem(last=False)
        return answer

    def close(self) -> None:
        """Gives the connections back; the private cluster goes on running."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

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
