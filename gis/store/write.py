"""Writing: imports of canonical frames, and changes of areas. One caller's transaction holds all of it.

Every write has its *moment*, the instant from which on the store says something else. Moments only go forward: where
the clock does not, the next microsecond is taken, so that every earlier state can be asked for. Writers take turns.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import pandas as pd
import psycopg2.errors
from psycopg2.extensions import adapt
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from gis.errors import DataRejected
from gis.store.assertion import SAMPLE_ROWS, Changes, compare, record, run, stage
from gis.store.change import apply_change
from gis.store.copying import copy_in
from gis.store.moments import next_moment
from gis.store.naming import PERIOD, Names, listed, names_of
from gis.texts import _

__all__ = ["Changes", "apply_change", "start_import", "upsert"]

BULK_ROWS: Final = 50_000
"""A batch larger than this, and than a third of its table, has the indexes of the table made anew after it."""


def start_import(
    connection: Connection, *, kind: str, file: str, sha256: str, evidence: Mapping[str, Any], now: datetime
) -> int:
    """The number of a new import: what file, how it was read, when."""
    return int(
        connection.execute(
            text("""
            INSERT INTO import_run (kind, file, sha256, evidence, started)
            VALUES (:kind, :file, :sha256, CAST(:evidence AS jsonb), :now) RETURNING id"""),
            {"kind": kind, "file": file, "sha256": sha256, "evidence": json.dumps(evidence), "now": _aware(now)},
        ).scalar_one()
    )


def upsert(connection: Connection, kind: str, frame: pd.DataFrame, *, import_id: int, now: datetime) -> Changes:
    """Records what a canonical frame asserts (see `gis.store.assertion`) as part of a started import.

    Raises DataRejected where rows of the frame contradict each other, or a change of areas, or would give a target
    two primaries.
    """
    names = names_of(kind)
    _refuse_bad_periods(frame, names)
    run(connection, "SET LOCAL work_mem = '256MB'")
    moment = next_moment(connection, _aware(now), kind=kind)
    frame = frame[[c for c in (*names.columns, *PERIOD) if c in frame.columns and c != "carried"]]
    if kind != "assignments" and _is_empty(connection, names):
        changes = _fill(connection, names, frame, import_id=import_id, moment=moment)
    else:
        changes = _merge(connection, names, frame, import_id=import_id, moment=moment)
    run(
        connection,
        "UPDATE import_run SET recorded = :moment, inserted = :i, changed = :c, unchanged = :u WHERE id = :id",
        **{"moment": moment, "i": changes.inserted, "c": changes.changed, "u": changes.unchanged, "id": import_id},
    )
    return changes


def _is_empty(connection: Connection, names: Names) -> bool:
    return not connection.execute(text(f"SELECT EXISTS (SELECT FROM {names.table})")).scalar_one()


def _fill(connection: Connection, names: Names, frame: pd.DataFrame, *, import_id: int, moment: datetime) -> Changes:
    """An empty table takes the rows as they are: there is nothing to compare them with.

    The import and its moment are the same in every row. As defaults of this transaction they need not be sent along.
    """
    defaults = {"import_id": import_id, "recorded": f"[{moment.isoformat()},)"}
    with _explained(connection, names), _bulk(connection, names, rows=len(frame)):
        for column, value in defaults.items():
            literal = adapt(value).getquoted().decode()
            connection.exec_driver_sql(f"ALTER TABLE {names.table} ALTER COLUMN {column} SET DEFAULT {literal}")
        copy_in(connection, names.table, frame)
        for column in defaults:
            run(connection, f"ALTER TABLE {names.table} ALTER COLUMN {column} DROP DEFAULT")
    sample = frame[list(names.key)].head(SAMPLE_ROWS).reset_index(drop=True).assign(status="inserted")
    return Changes(len(frame), 0, 0, sample)


def _merge(connection: Connection, names: Names, frame: pd.DataFrame, *, import_id: int, moment: datetime) -> Changes:
    """A table with rows in it: the frame goes beside it, is compared as a set, and what is news is recorded."""
    stage(connection, names)
    copy_in(connection, "incoming", frame)
    changes = compare(connection, names)
    if changes.inserted or changes.changed:
        rows = changes.inserted + changes.changed
        with _explained(connection, names), _bulk(connection, names, rows=rows):
            record(connection, names, import_id=import_id, moment=moment)
    return changes


def _refuse_bad_periods(frame: pd.DataFrame, names: Names) -> None:
    """Periods without a day in them, and periods of one key that overlap."""
    key = list(names.key)
    backwards = frame[frame["valid_to"] <= frame["valid_from"]]
    if len(backwards):
        first = " ".join(map(str, backwards[key].iloc[0]))
        raise DataRejected(_("{key}: the period ends before it starts.", key=first))
    repeated = frame[frame.duplicated(key, keep=False)]
    if repeated.empty:
        return
    ordered = repeated[[*key, *PERIOD]].sort_values([*key, "valid_from"], na_position="first")
    groups = ordered.groupby(key, sort=False)
    until = groups["valid_to"].shift()
    is_later = groups.cumcount() > 0
    clash = ordered[is_later & (until.isna() | ordered["valid_from"].isna() | (ordered["valid_from"] < until))]
    if len(clash):
        first = " ".join(map(str, clash[key].iloc[0]))
        raise DataRejected(
            _("{key} stands in the file twice for the same period.", key=first),
            details={"keys": clash[key].head(SAMPLE_ROWS).to_numpy().tolist()},
        )


@contextmanager
def _bulk(connection: Connection, names: Names, *, rows: int) -> Iterator[None]:
    """For a big batch the indexes of the table are dropped and, sorted, built again at the end of the block."""
    stored = connection.execute(
        text("SELECT reltuples FROM pg_class WHERE oid = CAST(:t AS regclass)"), {"t": names.table}
    ).scalar_one()
    indexes = _indexes(connection, names.table) if rows > BULK_ROWS and rows > stored / 3 else []
    for drop, _make in indexes:
        connection.exec_driver_sql(drop)
    yield
    for _drop, make in indexes:
        connection.exec_driver_sql(make)
    if indexes:
        connection.exec_driver_sql(f"ANALYZE {names.table} ({listed(names.key)})")


def _indexes(connection: Connection, table: str) -> list[tuple[str, str]]:
    """For each index of the table, alone or under a constraint, the statements that drop it and make it again."""
    found = connection.execute(
        text("""
        SELECT CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', CAST(i.indexrelid AS regclass))
                    ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', CAST(i.indrelid AS regclass), c.conname) END,
               CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                    ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', CAST(i.indrelid AS regclass), c.conname,
                                pg_get_constraintdef(c.oid)) END
        FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
        WHERE i.indrelid = CAST(:t AS regclass) ORDER BY i.indexrelid"""),
        {"t": table},
    )
    return [(row[0], row[1]) for row in found]


@contextmanager
def _explained(connection: Connection, names: Names) -> Iterator[None]:
    """Turns what the database refuses in the block into a DataRejected; the transaction may go on."""
    savepoint = connection.begin_nested()
    try:
        yield
    except (DBAPIError, psycopg2.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(cause, psycopg2.IntegrityError | psycopg2.DataError):
            raise
        savepoint.rollback()
        raise _rejection(connection, names, cause) from error
    savepoint.commit()


def _rejection(connection: Connection, names: Names, cause: psycopg2.Error) -> DataRejected:
    if isinstance(cause, psycopg2.errors.ExclusionViolation) and names.kind == "assignments":
        return _two_primaries(connection, cause)
    return DataRejected(
        _("The database refuses the rows: {reason}", reason=cause.diag.message_detail or cause.diag.message_primary)
    )


def _two_primaries(connection: Connection, cause: psycopg2.Error) -> DataRejected:
    """Names the targets and the officers who would both be primary."""
    found = connection.execute(text(_PRIMARIES)).all()
    if not found:
        return DataRejected(_("Two primaries in one period: {reason}", reason=cause.diag.message_detail))
    first = found[0]
    return DataRejected(
        _(
            "{target} would have two primaries in one period: {officers}. End the one before the other begins.",
            target=first.target_code,
            officers=f"{first.one}, {first.other}",
        ),
        details={"doubled": [{"target": r.target_code, "officers": [r.one, r.other]} for r in found]},
    )


def _aware(now: datetime) -> datetime:
    """An instant without a zone is taken as UTC, as everywhere in the store."""
    return now if now.tzinfo else now.replace(tzinfo=UTC)


_PRIMARIES: Final = f"""
SELECT DISTINCT p.target_code, p.officer_code AS one, o.officer_code AS other FROM pending p
JOIN (
    SELECT officer_code, target_kind, target_code, valid FROM pending WHERE role = 'primary'
    UNION ALL
    SELECT officer_code, target_kind, target_code, valid FROM assignment
    WHERE role = 'primary' AND NOT carried AND upper_inf(recorded) AND id NOT IN (SELECT id FROM cuts)
) o USING (target_kind, target_code)
WHERE p.role = 'primary' AND p.valid && o.valid AND p.officer_code <> o.officer_code
ORDER BY {listed(("target_code", "one", "other"))} LIMIT {SAMPLE_ROWS}
"""
