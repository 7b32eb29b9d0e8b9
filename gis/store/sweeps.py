"""Published sweeps: rows are added and never changed. What the database refuses is said in words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

Row = dict[str, Any]

_ALL: Final = """
    SELECT CAST(s.id AS text) AS id, s.title, s.starts_on, s.days, s.published_by, s.published_at,
           r.number, r.sha256, r.made_by, r.made_at, e.state AS ended, e.reason, e.ended_by, e.ended_at
    FROM sweep s
    JOIN LATERAL (SELECT * FROM sweep_revision WHERE sweep_id = s.id AND made_at <= coalesce(
        CAST(:known AS timestamptz), 'infinity') ORDER BY number DESC LIMIT 1) r ON true
    LEFT JOIN sweep_end e ON e.sweep_id = s.id AND e.ended_at <= coalesce(CAST(:known AS timestamptz), 'infinity')
    WHERE (NOT :mine OR EXISTS (SELECT FROM sweep_visit v WHERE v.sweep_id = s.id
           AND v.facility_code IN (SELECT wangge_facility_codes())))"""

_OF_VISITS: Final = """
    FROM sweep_visit v JOIN inspection_record r ON r.plan_id = v.plan_id
    WHERE v.sweep_id = CAST(:id AS uuid) AND v.number = :number
      AND (NOT :mine OR v.facility_code IN (SELECT wangge_facility_codes()))
      AND r.inspected_on <= :on AND r.recorded_at <= coalesce(CAST(:known AS timestamptz), 'infinity')"""
"""The records of the visits of a revision."""


def add_sweep(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Stores a sweep (id, title, starts_on, days, published_by, published_at); False where its number is taken."""
    added = connection.execute(
        text("""
        INSERT INTO sweep (id, title, starts_on, days, published_by, published_at)
        VALUES (:id, :title, :starts_on, :days, :published_by, :published_at) ON CONFLICT DO NOTHING"""),
        row,
    )
    return added.rowcount == 1


def add_revision(
    connection: Connection, sweep: str, row: Mapping[str, Any], content: bytes, codes: Sequence[str]
) -> bool:
    """Stores a plan (number, sha256, made_by, made_at) with all facilities in it.

    False where somebody else was first, or the sweep has ended.
    """
    try:
        with connection.begin_nested():
            connection.execute(
                text("""
                INSERT INTO sweep_revision (sweep_id, number, sha256, made_by, made_at)
                VALUES (:id, :number, :sha256, :made_by, :made_at)"""),
                {"id": sweep, **row},
            )
    except IntegrityError:
        return False
    connection.execute(
        text("INSERT INTO sweep_plan (sweep_id, number, content, facilities) VALUES (:id, :number, :content, :codes)"),
        {"id": sweep, "number": row["number"], "content": content, "codes": list(codes)},
    )
    return True


def add_visits(connection: Connection, sweep: str, number: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Stores visits (facility_code, team, visit_on, arrive, leave, plan_id)."""
    connection.execute(
        text("""
        INSERT INTO sweep_visit (sweep_id, number, facility_code, team, visit_on, arrive, leave, plan_id)
        VALUES (:id, :number, :facility_code, :team, :visit_on, :arrive, :leave, :plan_id)"""),
        [{"id": sweep, "number": number, **row} for row in rows],
    )


def add_end(connection: Connection, sweep: str, row: Mapping[str, Any]) -> bool:
    """Ends a sweep (state, reason, ended_by, ended_at); False where it has ended."""
    added = connection.execute(
        text("""
        INSERT INTO sweep_end (sweep_id, state, reason, ended_by, ended_at)
        VALUES (:id, :state, :reason, :ended_by, :ended_at) ON CONFLICT DO NOTHING"""),
        {"id": sweep, **row},
    )
    return added.rowcount == 1


def list_all(connection: Connection, *, mine: bool, limit: int, offset: int) -> tuple[list[Row], int]:
    """A page of the sweeps, the latest first, each with its newest revision and its end, and how many there are.

    `mine` keeps to those with a visit to a facility that the account answers for.
    """
    query = f"{_ALL} ORDER BY s.starts_on DESC, s.published_at DESC, s.id LIMIT :limit OFFSET :offset"
    rows = _rows(connection, query, known=None, mine=mine, limit=limit, offset=offset)
    counted = connection.execute(text(f"SELECT count(*) FROM ({_ALL}) AS s"), {"known": None, "mine": mine})
    return rows, int(counted.scalar_one())


def find(connection: Connection, sweep: str, *, mine: bool, known: datetime | None = None) -> Row | None:
    """One sweep as `list_all` has it, as it was known at a time; None where there is none."""
    found = _rows(connection, f"{_ALL} AND s.id = CAST(:id AS uuid)", id=sweep, mine=mine, known=known)
    return found[0] if found else None


def read_plan(connection: Connection, sweep: str, number: int) -> tuple[bytes, frozenset[str]] | None:
    """The document of a revision with the codes of all facilities in it; None where none is seen."""
    found = connection.execute(
        text("SELECT content, facilities FROM sweep_plan WHERE sweep_id = CAST(:id AS uuid) AND number = :number"),
        {"id": sweep, "number": number},
    ).one_or_none()
    return None if found is None else (bytes(found.content), frozenset(found.facilities))


def visits_of(
    connection: Connection, sweep: str, number: int, *, mine: bool, on: date, known: datetime | None
) -> list[Row]:
    """The visits of a revision, by day, team and time, with what became of them up to a day, as known at a time.

    `state` is done, given-up or open; `inspection_code`, `inspected_on`, `result` of those done, `reason` of those
    given up; with the names of facilities and the `inspectors` and `checklist` of the planned inspections.
    """
    return _rows(
        connection,
        """
        SELECT v.facility_code, f.name AS facility_name, v.team, v.visit_on, v.arrive, v.leave,
               CAST(v.plan_id AS text) AS plan_id, p.inspectors, p.checklist, r.inspection_code, r.inspected_on,
               i.result, e.reason,
               CASE WHEN r.inspection_code IS NOT NULL THEN 'done'
                    WHEN e.plan_id IS NOT NULL THEN 'given-up' ELSE 'open' END AS state
        FROM sweep_visit v JOIN inspection_plan p ON p.id = v.plan_id
        LEFT JOIN LATERAL (
            SELECT inspection_code, inspected_on FROM inspection_record
            WHERE plan_id = v.plan_id AND inspected_on <= :on
              AND recorded_at <= coalesce(CAST(:known AS timestamptz), 'infinity')
            ORDER BY recorded_at, id LIMIT 1) r ON true
        LEFT JOIN inspection i ON i.code = r.inspection_code
            AND i.recorded @> coalesce(CAST(:known AS timestamptz), now())
        LEFT JOIN inspection_plan_end e ON e.plan_id = v.plan_id
            AND e.ended_at <= coalesce(CAST(:known AS timestamptz), 'infinity')
        LEFT JOIN LATERAL (
            SELECT name FROM facility WHERE code = v.facility_code AND upper_inf(recorded)
            ORDER BY upper(valid) DESC NULLS FIRST LIMIT 1) f ON true
        WHERE v.sweep_id = CAST(:id AS uuid) AND v.number = :number
          AND (NOT :mine OR v.facility_code IN (SELECT wangge_facility_codes()))
        ORDER BY v.visit_on, v.team, v.arrive, v.facility_code""",
        **{"id": sweep, "number": number, "mine": mine, "on": on, "known": known},
    )


def find_running(connection: Connection, plans: Sequence[str], *, on: date) -> list[str]:
    """Those of the planned inspections that are visits of a sweep whose days hold this one."""
    found = connection.execute(
        text("""
        SELECT DISTINCT CAST(v.plan_id AS text) FROM sweep_visit v JOIN sweep s ON s.id = v.sweep_id
        WHERE v.plan_id = ANY(CAST(:plans AS uuid[])) AND CAST(:on AS date) - s.starts_on BETWEEN 0 AND s.days - 1"""),
        {"plans": list(plans), "on": on},
    )
    return list(found.scalars())


def findings_of(
    connection: Connection, sweep: str, number: int, *, mine: bool, on: date, known: datetime | None
) -> list[Row]:
    """severity, `made` (by a visit of the sweep, or met again by one), `state` and `put_right` up to a day; by finding.

    Those that a correction withdrew are left out.
    """
    return _rows(
        connection,
        f"""
        SELECT f.severity, f.inspection_code IN (SELECT r.inspection_code {_OF_VISITS}) AS made,
               coalesce(e.state, 'open') AS state, e.put_right
        FROM finding f LEFT JOIN LATERAL (
            SELECT state, put_right FROM finding_event WHERE finding_id = f.id AND CAST(done_at AS date) <= :on
            AND done_at <= coalesce(CAST(:known AS timestamptz), 'infinity') ORDER BY number DESC LIMIT 1) e ON true
        WHERE (f.inspection_code IN (SELECT r.inspection_code {_OF_VISITS}) OR f.id IN (
                SELECT finding_id FROM finding_event WHERE inspection_code IN (SELECT r.inspection_code {_OF_VISITS})))
          AND coalesce(e.state, 'open') <> 'withdrawn'
        ORDER BY f.found_on, f.id""",
        **{"id": sweep, "number": number, "mine": mine, "on": on, "known": known},
    )


def facilities_of_officer(connection: Connection, officer: str) -> frozenset[str]:
    """Codes of the facilities that somebody with an account of this officer sees, and the asking leader too."""
    query = text("SELECT wangge_officer_facilities(:officer)")
    return frozenset(connection.execute(query, {"officer": officer}).scalars())


def _rows(connection: Connection, statement: str, **values: object) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(text(statement), values)]
