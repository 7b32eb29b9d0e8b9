"""Versions of the schema: each file in `versions` takes a database from one to the next.

They run from the program, without an ini file. What PostGIS keeps for itself (spatial_ref_sys, spatial indexes) is
left alone by the three hooks of geoalchemy2 in `env.py`.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from gis.errors import DatabaseUnreachable
from gis.store import grants
from gis.texts import _


def upgrade(engine: Engine) -> None:
    """Brings the database to the newest version, in one transaction; nothing happens where it has it.

    Raises DatabaseUnreachable where the database was made by a newer wangge.
    """
    with engine.begin() as connection:
        version = current(connection)
        if version == newest():
            return
        if not is_known(version):
            raise DatabaseUnreachable(
                _(
                    "The database has schema {version}, which this wangge does not know. Use a newer one.",
                    version=version,
                )
            )
        command.upgrade(_config(connection), "head")
        grants.apply(connection)


def current(database: Engine | Connection) -> str | None:
    """The schema version of a database, None where it has no schema yet."""
    if isinstance(database, Engine):
        with database.connect() as connection:
            return current(connection)
    return MigrationContext.configure(database).get_current_revision()


def newest() -> str:
    """The version that this program works with."""
    return str(_scripts().get_current_head())


def is_known(version: str | None) -> bool:
    """Whether a database of this version (None: without a schema) can be brought to the newest one."""
    return version is None or version in {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(None))


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
