"""The tables of random draws.

    draw_commitment 1 -> 1 draw_nonce       a seed that was given away as a hash, and the terms; what hides the seed
    draw_commitment 1 -> 0..1 draw_freeze   the list to draw from, frozen afterwards: its hash
    draw_freeze 1 -> 0..1 draw_reveal       the seed, shown after that
    draw_commitment 1 -> 0..2 draw_file     the frozen list and the proof, byte by byte
    draw_reveal 1 -> n draw_facility        what was drawn, and who goes there

Rows are added and never changed. A trigger refuses a seed that is not the committed one, or that is shown before the
list is frozen (`migrations/sql/draws_0006.sql`). Hashes, counts and moments are for everybody.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from gis.store.metadata import code, metadata, text

COMMITMENT_ID = "draw_commitment.id"
FREEZE_ID = "draw_freeze.draw_id"


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _draw(target: str) -> sa.Column[object]:
    return sa.Column("draw_id", UUID(as_uuid=False), sa.ForeignKey(target), primary_key=True, nullable=False)


def _codes(name: str) -> sa.Column[object]:
    return sa.Column(name, ARRAY(sa.Text), nullable=False)


draw_commitment = sa.Table(
    "draw_commitment",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    code("sha256"),
    sa.Column("draw_on", sa.Date, nullable=False),
    sa.Column("facilities", sa.Integer, nullable=False),
    sa.Column("terms", JSONB, nullable=False),
    code("committed_by"),
    _moment("committed_at"),
    sa.CheckConstraint("facilities > 0", name="facilities"),
)

draw_nonce = sa.Table("draw_nonce", metadata, _draw(COMMITMENT_ID), text("nonce", null=False))

draw_freeze = sa.Table(
    "draw_freeze",
    metadata,
    _draw(COMMITMENT_ID),
    code("list_sha256"),
    sa.Column("candidates", sa.Integer, nullable=False),
    sa.Column("inspectors", sa.Integer, nullable=False),
    code("frozen_by"),
    _moment("frozen_at"),
)

draw_reveal = sa.Table(
    "draw_reveal",
    metadata,
    _draw(FREEZE_ID),
    text("seed", null=False),
    text("nonce", null=False),
    code("seal"),
    code("revealed_by"),
    _moment("revealed_at"),
)

draw_file = sa.Table(
    "draw_file",
    metadata,
    _draw(COMMITMENT_ID),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    _codes("facilities"),
    sa.CheckConstraint("kind IN ('list', 'proof')", name="kind"),
)

draw_facility = sa.Table(
    "draw_facility",
    metadata,
    _draw("draw_reveal.draw_id"),
    sa.Column("facility_code", sa.Text(collation="C"), primary_key=True),
    text("stratum", null=False),
    text("probability", null=False),
    _codes("inspectors"),
    sa.Column("recused", JSONB, nullable=False),
    text("problem"),
)
sa.Index("ix_draw_facility_facility", draw_facility.c.facility_code)
