"""Importing a frame in one transaction, and reading a table whole."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from gis.store import read, write
from gis.store.engine import transaction

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    """An instant some hours after the first import of the tests."""
    return START + timedelta(hours=hours)


def bring_in(engine: Engine, kind: str, frame: pd.DataFrame, *, now: datetime = START) -> write.Changes:
    """Imports a frame as a file of its own."""
    with transaction(engine) as connection:
        number = write.start_import(connection, kind=kind, file=f"{kind}.csv", sha256="0" * 64, evidence={}, now=now)
        return write.upsert(connection, kind, frame, import_id=number, now=now)


def counts(changes: write.Changes) -> tuple[int, int, int]:
    """Inserted, changed, unchanged."""
    return changes.inserted, changes.changed, changes.unchanged


def read_all(engine: Engine, table: str, /, **wanted: Any) -> Any:
    """The rows of a table, by default all that is known now of every period."""
    with transaction(engine) as connection:
        return read.read_table(connection, table, **({"on": None, "known": None} | wanted))


def periods(frame: pd.DataFrame, *columns: str) -> list[tuple[str | None, ...]]:
    """Each row as the columns, valid_from and valid_to; open ends are None."""
    days = [frame[c].dt.strftime("%Y-%m-%d") for c in ("valid_from", "valid_to")]
    rows = zip(*(frame[c] for c in columns), *days, strict=True)
    return [tuple(None if pd.isna(cell) else str(cell) for cell in row) for row in rows]
