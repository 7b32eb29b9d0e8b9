"""The private cluster and the schema: start, stop, status, migrate, reset, back up and restore."""

from pathlib import Path
from typing import Any

from gis.errors import UsageError
from gis.services.workspace import Workspace
from gis.store import backup as store_backup
from gis.store import engine, migrations, schema
from gis.texts import _


def start(workspace: Workspace) -> dict[str, Any]:
    """Starts the private cluster where needed and brings its schema up to date."""
    workspace.engine()
    return status(workspace)


def stop(workspace: Workspace) -> dict[str, Any]:
    """Stops the private cluster. Raises UsageError where the settings name another database."""
    if workspace.cluster is None:
        raise UsageError(_("WANGGE_DATABASE_URL names the database; wangge neither starts nor stops it."))
    workspace.close()
    workspace.cluster.stop()
    return status(workspace)


def status(workspace: Workspace) -> dict[str, Any]:
    """What runs where: `{"private", "running", "home", "database", "postgis", "schema", "newest"}`."""
    cluster = workspace.cluster
    running = cluster.status().running if cluster else True
    known: dict[str, Any] = {
        "private": cluster is not None,
        "running": running,
        "home": str(workspace.settings.home.absolute()) if cluster else None,
        "database": None,
        "postgis": None,
        "schema": None,
        "newest": migrations.newest(),
    }
    if running:
        pool = workspace.engine(migrate=False)
        known["database"], known["postgis"] = engine.versions(pool)
        known["schema"] = migrations.current(pool)
    return known


def migrate(workspace: Workspace) -> dict[str, Any]:
    """Brings the schema to the newest version."""
    migrations.upgrade(workspace.engine(migrate=False))
    return status(workspace)


def reset(workspace: Workspace) -> dict[str, Any]:
    """Empties the database: every table is dropped and made anew."""
    schema.reset(workspace.engine(migrate=False))
    return status(workspace)


def back_up(workspace: Workspace, file: Path) -> int:
    """Writes the whole database to one file and returns its bytes."""
    store_backup.backup(workspace.engine(), file)
    return file.stat().st_size


def restore(workspace: Workspace, file: Path) -> dict[str, Any]:
    """Replaces the database by a backup; a failed restore leaves it as it was."""
    store_backup.restore(workspace.engine(), file)
    workspace.close()
    return status(workspace)
