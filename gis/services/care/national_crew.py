"""Who does the tasks of a national run: this process, or the workers of a Dask cluster.

Tasks are pure, so the scheduler does those of a lost worker again on another one.
"""

import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, Protocol

from gis.errors import UsageError
from gis.texts import _

_SECONDS_TO_ANSWER: Final = 20
_LOCAL: Final = {
    "distributed.worker.profile.enabled": False,
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
}
"""Local workers do not look a hundred times a second at what they are doing, which nobody reads here, and keep memory
for the next part instead of giving it back after each array (Dask's own MALLOC_TRIM_THRESHOLD_)."""


class Crew(Protocol):
    """Who does the tasks."""

    def each(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        """Starts the function on each row of the columns; gives a handle a row, which later columns may hold."""

    def results(self, handles: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Position and result of each handle, as they come."""


class Alone:
    """No worker but the process itself."""

    def each(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        """The results themselves."""
        return [function(*row) for row in zip(*columns, strict=True)]

    def results(self, handles: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """In order."""
        return enumerate(handles)


class Workers:
    """The workers of a Dask cluster."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401
        self._client = client

    def each(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        """Futures."""
        return list(self._client.map(function, *map(list, columns), pure=False, batch_size=1000))

    def ask(self, function: Callable[[], Any]) -> list[Any]:
        """What each worker answers."""
        return list(self._client.run(function).values())

    def results(self, handles: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """As they are done; an error of a task is raised here."""
        places = {handle.key: place for place, handle in enumerate(handles)}
        for handle, result in _dask().as_completed(handles, with_results=True):
            yield places[handle.key], result


def _dask() -> Any:  # noqa: ANN401
    """Loaded where it is needed: it takes a second, and most commands need none of it."""
    return import_module("distributed")


@contextmanager
def crew_of(*, cluster: str | None, workers: int) -> Iterator[Crew]:
    """The workers at an address, else that many local processes; with 0 this process alone.

    Raises UsageError where no scheduler answers.
    """
    if cluster is None and workers == 0:
        yield Alone()
        return
    dask = _dask()
    if cluster is not None:
        try:
            client = dask.Client(cluster, timeout=_SECONDS_TO_ANSWER)
        except (OSError, ValueError, TimeoutError) as error:
            raise UsageError(
                _("No Dask scheduler answers at {address}. Start one, or use --workers.", address=cluster)
            ) from error
        with client:
            yield Workers(client)
        return
    with (
        import_module("dask").config.set(_LOCAL),
        tempfile.TemporaryDirectory(prefix="wangge-dask-") as spill,
        dask.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            local_directory=spill,
            silence_logs=logging.CRITICAL,
        ) as local,
        dask.Client(local) as client,
    ):
        yield Workers(client)
