"""Random draws: rows are added and never changed. What the database refuses is said in words."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal, Unpack

import pandas as pd
import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.engine import Connection

from gis.store.copying import copy_out, to_frame
from gis.store.filters import Filters, build_where
from gis.store.naming import names_of

Row = dict[str, Any]
FileKind = Literal["list", "proof"]

_ALL: Final = """
    SELECT CAST(c.id AS text) AS id, c.sha256, c.draw_on, c.facilities, c.terms, c.committed_by, c.committed_at,
           f.list_sha256, f.candidates, f.inspectors, f.frozen_at, r.seed, r.nonce, r.seal, r.revealed_at
    FROM draw_commitment c LEFT JOIN draw_freeze f ON f.draw_id = c.id LEFT JOIN draw_reveal r ON r.draw_id = c.id"""


def read_visit_records(
    connection: Connection, *, on: date, known: datetime | None, **filters: Unpack[Filters]
) -> pd.DataFrame:
    """What the inspections up to the day say of each facility: facility_code (str), last, critical, serious
    (datetime64[s]: the last one, and the last one with such a finding), inspectors (str: those of the last day, `;`).
    """
    where, values = build_where(names_of("inspections"), filters, on=on, known=known)
    query = f"""
        SELECT facility_code, max(last) AS last,
               max(inspected_on) FILTER (WHERE critical > 0) AS critical,
               max(inspected_on) FILTER (WHERE serious > 0) AS serious,
               string_agg(inspectors, ';' ORDER BY inspectors) FILTER (WHERE inspected_on = last) AS inspectors
        FROM (
            SELECT s.facility_code, s.inspected_on, s.critical, s.serious, s.inspectors,
                   max(s.inspected_on) OVER (PARTITION BY s.facility_code) AS last
            FROM inspection s WHERE {where}) seen
        GROUP BY facility_code"""
    days = dict.fromkeys(("last", "critical", "serious"), pa.date32())
    types = {"facility_code": pa.string(), **days, "inspectors": pa.string()}
    return to_frame(copy_out(connection, query, values, types))


def add_commitment(connection: Connection, row: Mapping[str, Any], *, nonce: str) -> bool:
    """Stores a commitment (id, sha256, draw_on, facilities, terms, committed_by, committed_at) with what hides it.

    False where the number is taken.
    """
    added = connection.execute(
        text("""
        INSERT INTO draw_commitment (id, sha256, draw_on, facilities, terms, committed_by, committed_at)
        VALUES (:id, :sha256, :draw_on, :facilities, CAST(:terms AS jsonb), :committed_by, :committed_at)
        ON CONFLICT DO NOTHING"""),
        {**row, "terms": json.dumps(row["terms"])},
    )
    if added.rowcount != 1:
        return False
    connection.execute(
        text("INSERT INTO draw_nonce (draw_id, nonce) VALUES (:id, :nonce)"), {"id": row["id"], "nonce": nonce}
    )
    return True


def find_nonce(connection: Connection, draw: str, *, as_owner: bool) -> str | None:
    """What hides the seed of a draw; None for whoever did not commit it."""
    query = "SELECT wangge_draw_nonce(:id)" if not as_owner else "SELECT nonce FROM draw_nonce WHERE draw_id = :id"
    found: str | None = connection.execute(text(query), {"id": draw}).scalar_one_or_none()
    return found


def add_freeze(connection: Connection, draw: str, row: Mapping[str, Any], content: bytes, codes: Sequence[str]) -> bool:
    """Stores a frozen list (list_sha256, candidates, inspectors, frozen_by, frozen_at); False where there is one."""
    added = connection.execute(
        text("""
        INSERT INTO draw_freeze (draw_id, list_sha256, candidates, inspectors, frozen_by, frozen_at)
        VALUES (:id, :list_sha256, :candidates, :inspectors, :frozen_by, :frozen_at) ON CONFLICT DO NOTHING"""),
        {"id": draw, **row},
    )
    if added.rowcount == 1:
        _add_file(connection, draw, "list", content, codes)
    return added.rowcount == 1


def add_reveal(connection: Connection, draw: str, row: Mapping[str, Any], content: bytes, codes: Sequence[str]) -> bool:
    """Stores a seed (seed, nonce, seal, revealed_by, revealed_at) with its proof; False where it was shown before."""
    added = connection.execute(
        text("""
        INSERT INTO draw_reveal (draw_id, seed, nonce, seal, revealed_by, revealed_at)
        VALUES (:id, :seed, :nonce, :seal, :revealed_by, :revealed_at) ON CONFLICT DO NOTHING"""),
        {"id": draw, **row},
    )
    if added.rowcount == 1:
        _add_file(connection, draw, "proof", content, codes)
    return added.rowcount == 1


def add_facilities(connection: Connection, draw: str, drawn: Iterable[Mapping[str, Any]]) -> None:
    """Stores what was drawn (facility, stratum, probability, inspectors, recused, problem)."""
    connection.execute(
        text("""
        INSERT INTO draw_facility (draw_id, facility_code, stratum, probability, inspectors, recused, problem)
        VALUES (:id, :facility, :stratum, :probability, :inspectors, CAST(:recused AS jsonb), :problem)"""),
        [{"id": draw, **line, "recused": json.dumps(line["recused"], ensure_ascii=False)} for line in drawn],
    )


def list_all(connection: Connection, *, limit: int, offset: int) -> tuple[list[Row], int]:
    """A page of the draws, the newest first, and how many there are."""
    rows = _rows(
        connection, f"{_ALL} ORDER BY c.committed_at DESC, c.id LIMIT :limit OFFSET :offset", limit=limit, offset=offset
    )
    return rows, int(connection.execute(text("SELECT count(*) FROM draw_commitment")).scalar_one())


def find(connection: Connection, draw: str) -> Row | None:
    """One draw as `list_all` has it; None where there is none."""
    found = _rows(connection, f"{_ALL} WHERE c.id = CAST(:id AS uuid)", id=draw)
    return found[0] if found else None


def facilities_of(connection: Connection, draw: str, *, mine: bool) -> list[Row]:
    """What was drawn, by code, with the name of each facility; with `mine` those that the account answers for."""
    return _rows(
        connection,
        """
        SELECT d.facility_code, f.name AS facility_name, d.stratum, d.probability, d.inspectors, d.recused, d.problem
        FROM draw_facility d LEFT JOIN LATERAL (
            SELECT name FROM facility WHERE code = d.facility_code AND upper_inf(recorded)
            ORDER BY upper(valid) DESC NULLS FIRST LIMIT 1) f ON true
        WHERE d.draw_id = CAST(:id AS uuid) AND (NOT :mine OR d.facility_code IN (SELECT wangge_facility_codes()))
        ORDER BY d.facility_code""",
        id=draw,
        mine=mine,
    )


def read_file(connection: Connection, draw: str, kind: FileKind) -> tuple[bytes, frozenset[str]] | None:
    """A frozen list or a proof with the codes of all facilities in it; None where none is seen."""
    found = connection.execute(
        text("SELECT content, facilities FROM draw_file WHERE draw_id = CAST(:id AS uuid) AND kind = :kind"),
        {"id": draw, "kind": kind},
    ).one_or_none()
    return None if found is None else (bytes(found.content), frozenset(found.facilities))


def has_file(connection: Connection, draw: str, kind: FileKind) -> bool:
    """Whether such a file is seen."""
    query = "SELECT EXISTS (SELECT FROM draw_file WHERE draw_id = CAST(:id AS uuid) AND kind = :kind)"
    return bool(connection.execute(text(query), {"id": draw, "kind": kind}).scalar_one())


def own_codes(connection: Connection) -> frozenset[str]:
    """Codes of all facilities that the account answers for."""
    return frozenset(connection.execute(text("SELECT wangge_facility_codes()")).scalars())


def _add_file(connection: Connection, draw: str, kind: FileKind, content: bytes, codes: Sequence[str]) -> None:
    connection.execute(
        text("INSERT INTO draw_file (draw_id, kind, content, facilities) VALUES (:id, :kind, :content, :codes)"),
        {"id": draw, "kind": kind, "content": content, "codes": list(codes)},
    )


def _rows(connection: Connection, statement: str, **values: object) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(text(statement), values)]
