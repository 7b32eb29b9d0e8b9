"""Whether this process can do its work: the database, its PostGIS and its schema."""

from typing import Any

from gis.services.workspace import Workspace
from gis.store import engine, migrations


def check(workspace: Workspace) -> dict[str, Any]:
    """`{"status", "database", "postgis", "schema"}`. Raises DatabaseUnreachable where no database answers."""
    pool = workspace.engine()
    server, postgis = engine.versions(pool)
    current = migrations.current(pool)
    status = "ok" if current == migrations.newest() else "outdated"
    return {"status": status, "database": server, "postgis": postgis, "schema": current}
