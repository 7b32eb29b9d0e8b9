"""A draw in which every text is an attack: its seed, its inspectors, and the facilities that it drew."""

import json
from typing import Final

import sqlalchemy as sa
from sqlalchemy import text

DRAW: Final = "00000000-0000-4000-8000-0000000d0001"
_STEPS: Final = (
    """INSERT INTO draw_commitment (id, sha256, draw_on, facilities, terms, committed_by, committed_at)
       VALUES (:draw, encode(sha256(convert_to(CAST(:seed AS text) || :nonce, 'UTF8')), 'hex'), '2026-05-01', 3,
               CAST(:terms AS jsonb), :seed, '2026-05-01')""",
    "INSERT INTO draw_freeze VALUES (:draw, :seed, 3, 2, :seed, '2026-05-02')",
    "INSERT INTO draw_reveal VALUES (:draw, :seed, :nonce, :seed, :seed, '2026-05-03')",
    "INSERT INTO draw_file VALUES (:draw, 'proof', 'x', '{F0}')",
)
_DRAWN: Final = """
    INSERT INTO draw_facility VALUES (
        :draw, :facility, 'never', '1/3', ARRAY[CAST(:text AS text)], CAST(:recused AS jsonb), :text)"""


def add_draw(connection: sa.Connection, texts: tuple[str, ...]) -> None:
    """One draw of all facilities F0, F1, ..."""
    terms = json.dumps({"inspectors_each": 2, "record_days": 1, "weights": {"never": 1}})
    for step in _STEPS:
        connection.execute(text(step), {"draw": DRAW, "seed": texts[0], "nonce": "0" * 64, "terms": terms})
    for number, payload in enumerate(texts):
        recused = json.dumps([{"inspector": payload, "reason": "interest"}])
        values = {"draw": DRAW, "facility": f"F{number}", "text": payload, "recused": recused}
        connection.execute(text(_DRAWN), values)
