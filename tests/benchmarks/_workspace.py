"""An empty database for one benchmark; apart from the figures, whose child processes must load nothing of ours."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.store.cluster import Cluster


@contextmanager
def own_workspace() -> Iterator[Workspace]:
    """A workspace on a private database of its own, gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="wg-", dir="/tmp") as name:
        home = Path(name)
        home.chmod(0o755)
        workspace = Workspace(Settings(home=home))
        try:
            yield workspace
        finally:
            workspace.close()
            Cluster(home).stop()
