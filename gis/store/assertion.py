"""Taking in what a file says, as one set: which rows are news, what they end, and what stays of that.

A file row *asserts* a key, a period and attributes. It is compared with the current versions of its key:

- It is *unchanged* where they say the same over all of its period.
- Otherwise the versions that its period meets are closed, what lies outside of it is recorded again as it was, and
  the row itself is recorded. Where a version begins on the same day as the row, the row restates that version: the end
  in the file replaces the end in the store, which is how a licence, a facility or an assignment is ended.
- An event (a row of a table with a `day`) has one version: a row that says something else of it replaces it whole,
  whatever day it was said to be on before.
- If one row of a key is news, all rows of that key are, so that importing the file again finds each of them as it is.

A change of areas outweighs a file that does not know of it. A row that is exactly a version that such a change ended
is an old file and unchanged. A row whose period runs across the day of such a change, and that says something else, is
refused. A declared primary ends the carried ones on its target from its first day on: somebody has decided.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pandas as pd
from sqlalchemy import text
from sqlalchemy.engine import Connection

from gis.errors import DataRejected
from gis.store.naming import Names, listed
from gis.tables import TABLES
from gis.texts import _

SAMPLE_ROWS: Final = 50


@dataclass(frozen=True)
class Changes:
    """How many rows of a file were new, changed what is stored, or said nothing new."""

    inserted: int
    changed: int
    unchanged: int
    sample: pd.DataFrame
    """Up to 50 rows that are new or changed: the key columns and `status` ("inserted" or "changed")."""


def stage(connection: Connection, names: Names, *, name: str = "incoming") -> None:
    """An empty temporary table for the rows of a file, numbered from 1 in their order."""
    run(connection, f"DROP TABLE IF EXISTS pg_temp.{name}")
    run(
        connection,
        f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {listed(names.columns)}, valid FROM {names.table} LIMIT 0",
    )
    run(connection, f"ALTER TABLE {name} ADD COLUMN row bigint GENERATED ALWAYS AS IDENTITY")
    if "carried" in names.columns:
        run(connection, f"ALTER TABLE {name} ALTER COLUMN carried SET DEFAULT false")


def compare(connection: Connection, names: Names) -> Changes:
    """Fills the temporary tables `pending` (rows that are news) and `cuts` (what they take from which version).

    Raises DataRejected where a row contradicts a change of areas.
    """
    run(connection, f"ANALYZE incoming (row, {listed(names.key)})")
    run(connection, "DROP TABLE IF EXISTS pg_temp.pending, pg_temp.cuts")
    run(
        connection,
        f"""
        CREATE TEMP TABLE pending ON COMMIT DROP AS SELECT i.* FROM incoming i WHERE NOT EXISTS (
            SELECT FROM {names.table} s WHERE upper_inf(s.recorded)
            AND {names.match("s", "i")} AND s.valid = i.valid AND {names.same("s", "i")})""",
    )
    if connection.execute(text("SELECT EXISTS (SELECT FROM area_change)")).scalar_one():
        _drop_ended_by_change(connection, names)
        _refuse_contradictions(connection, names)
    run(connection, f"ANALYZE pending (row, {listed(names.key)})")
    _drop_agreeing(connection, names)
    _find_cuts(connection, names)
    return _count(connection, names)


def record(connection: Connection, names: Names, *, import_id: int, moment: datetime) -> None:
    """Closes what is cut, records again what stays of it, and records the pending rows."""
    values = {"moment": moment, "import_id": import_id}
    close_cut(connection, names, moment=moment)
    run(
        connection,
        f"""
        INSERT INTO {names.table} ({listed(names.columns)}, valid, recorded, import_id, change_id)
        SELECT {listed(names.columns, "s")}, unnest(datemultirange(s.valid) - c.cut), tstzrange(:moment, NULL),
               s.import_id, s.change_id
        FROM (SELECT id, range_agg(cut) AS cut FROM cuts GROUP BY id) c JOIN {names.table} s USING (id)""",
        **values,
    )
    run(
        connection,
        f"""
        INSERT INTO {names.table} ({listed(names.columns)}, valid, recorded, import_id)
        SELECT {listed(names.columns)}, valid, tstzrange(:moment, NULL), :import_id FROM pending ORDER BY row""",
        **values,
    )


def close_cut(connection: Connection, names: Names, *, moment: datetime) -> None:
    """Ends the recorded period of every version in `cuts`."""
    run(
        connection,
        f"UPDATE {names.table} SET recorded = tstzrange(lower(recorded), :moment) WHERE id IN (SELECT id FROM cuts)",
        moment=moment,
    )


def run(connection: Connection, statement: str, **values: object) -> int:
    """Executes one statement and returns the number of rows it touched."""
    return connection.execute(text(statement), values).rowcount


def _drop_ended_by_change(connection: Connection, names: Names) -> None:
    """A row that is exactly what a change of areas ended comes from an old file: nothing is news in it."""
    run(
        connection,
        f"""
        DELETE FROM pending i USING {names.table} h JOIN area_change c ON c.recorded = upper(h.recorded)
        WHERE {names.match("h", "i")} AND {names.same("h", "i")}
          AND lower(h.valid) IS NOT DISTINCT FROM lower(i.valid) AND (h.valid = i.valid OR upper_inf(i.valid))""",
    )


def _refuse_contradictions(connection: Connection, names: Names) -> None:
    """A row that runs across the day of a change, as if nothing had happened, and says something else."""
    found = connection.execute(
        text(f"""
        SELECT DISTINCT {listed(names.key, "i")}, c.id AS number, c.changed_on
        FROM pending i JOIN {names.table} s ON {names.match("s", "i")}
        JOIN area_change c ON c.id = s.change_id AND c.recorded = lower(s.recorded)
        WHERE c.changed_on IN (lower(s.valid), upper(s.valid))
          AND i.valid @> c.changed_on AND lower(i.valid) IS DISTINCT FROM c.changed_on
        ORDER BY {listed(names.key, "i")}, c.id LIMIT {SAMPLE_ROWS}""")
    ).all()
    if not found:
        return
    first = found[0]
    key = " ".join(first[: len(names.key)])
    message = _(
        "{key} was changed by area change {number} on {day}. Give the row a valid_from on or after that day.",
        key=key,
        number=first.number,
        day=first.changed_on,
    )
    if names.kind == "areas":
        message = _(
            "{key} was changed by area change {number} on {day}. "
            "Give the row a valid_from on or after that day, or use `wangge areas redraw`.",
            key=key,
            number=first.number,
            day=first.changed_on,
        )
    raise DataRejected(message, details={"keys": [list(row[: len(names.key)]) for row in found]})


def _drop_agreeing(connection: Connection, names: Names) -> None:
    """Keys with which the store agrees over the whole period of each of their rows, if in other pieces."""
    run(
        connection,
        f"""
        WITH differing AS MATERIALIZED (
            SELECT {listed(names.key, "i")} FROM pending i
            LEFT JOIN {names.table} s ON upper_inf(s.recorded) AND {names.match("s", "i")} AND s.valid && i.valid
            GROUP BY i.row, i.valid, {listed(names.key, "i")}
            HAVING (bool_and({names.same("s", "i")}) AND range_agg(s.valid) @> i.valid
                AND NOT bool_or(lower(s.valid) IS NOT DISTINCT FROM lower(i.valid) AND NOT s.valid <@ i.valid))
                IS NOT TRUE)
        DELETE FROM pending i WHERE NOT EXISTS (SELECT FROM differing d WHERE {names.match("d", "i")})""",
    )


def _find_cuts(connection: Connection, names: Names) -> None:
    """`cuts`: row of the file, id of a current version that it takes days from, and which days."""
    lasting = """CASE WHEN lower(s.valid) IS NOT DISTINCT FROM lower(i.valid)
            THEN daterange(lower(i.valid), NULL) ELSE i.valid END"""
    cut = lasting if TABLES[names.kind].day is None else "daterange(NULL, NULL)"
    run(
        connection,
        f"""
        CREATE TEMP TABLE cuts ON COMMIT DROP AS
        SELECT i.row, s.id, {cut} AS cut
        FROM pending i
        JOIN {names.table} s ON upper_inf(s.recorded) AND {names.match("s", "i")} AND s.valid && i.valid""",
    )
    if names.kind == "assignments":
        run(
            connection,
            """
            INSERT INTO cuts SELECT i.row, s.id, daterange(lower(i.valid), NULL)
            FROM incoming i JOIN assignment s USING (target_kind, target_code, role)
            WHERE upper_inf(s.recorded) AND s.carried AND role = 'primary' AND s.valid && i.valid
              AND (lower(i.valid) >= lower(s.valid) OR i.row IN (SELECT row FROM pending))""",
        )
    run(connection, "ANALYZE cuts")


def _count(connection: Connection, names: Names) -> Changes:
    effects = """
        SELECT row, bool_or(cuts) AS changed
        FROM (SELECT row, false AS cuts FROM pending UNION ALL SELECT row, true FROM cuts) e GROUP BY row"""
    total, touched, changed = connection.execute(
        text(f"""
        SELECT (SELECT count(*) FROM incoming), count(*), count(*) FILTER (WHERE changed) FROM ({effects}) e""")
    ).one()
    rows = connection.execute(
        text(f"""
        SELECT {listed(names.key, "i")}, CASE WHEN changed THEN 'changed' ELSE 'inserted' END AS status
        FROM incoming i JOIN ({effects}) e USING (row) ORDER BY row LIMIT {SAMPLE_ROWS}""")
    ).all()
    sample = pd.DataFrame(rows, columns=[*names.key, "status"], dtype="str")
    return Changes(touched - changed, changed, total - touched, sample)
