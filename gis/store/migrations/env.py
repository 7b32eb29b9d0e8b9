"""How Alembic runs the migrations: on the connection that `migrations.upgrade` hands in, or as an SQL script."""

from typing import Any, Final

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy.engine import Connection

from gis.store.schema import metadata

# The hooks keep PostGIS's own tables and spatial indexes out of the comparison.
OPTIONS: Final[dict[str, Any]] = {
    "target_metadata": metadata,
    "include_object": alembic_helpers.include_object,
    "process_revision_directives": alembic_helpers.writer,
    "render_item": alembic_helpers.render_item,
}


def _run_online(connection: Connection) -> None:
    context.configure(connection=connection, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def _run_offline() -> None:
    context.configure(dialect_name="postgresql", literal_binds=True, as_sql=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    _run_offline()
else:
    _run_online(context.config.attributes["connection"])
