"""The tables of sweeps.

    sweep 1 -> n sweep_revision             a sweep that was published; its plans, the newest of which holds
    sweep_revision 1 -> 1 sweep_plan        the plan as a document, whose hash the revision has
    sweep_revision 1 -> n sweep_visit       its visits, each with the planned inspection that it became
    sweep 1 -> 0..1 sweep_end               that it was closed or withdrawn

Rows are added and never changed: a plan made anew is a new revision with all visits, and those that stayed as they were
keep their planned inspection. Triggers refuse a revision after the end, a plan with another hash, and a visit whose
planned inspection is of another facility (`migrations/sql/sweeps_0007.sql`).
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from gis.store.metadata import code, metadata, text

REVISION = ("sweep_revision.sweep_id", "sweep_revision.number")


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _revision() -> tuple[sa.Column[object], sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("sweep_id", UUID(as_uuid=False), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.ForeignKeyConstraint(["sweep_id", "number"], REVISION),
    )


sweep = sa.Table(
    "sweep",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    text("title", null=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    code("published_by"),
    _moment("published_at"),
    sa.CheckConstraint("days BETWEEN 1 AND 31", name="days"),
)

sweep_revision = sa.Table(
    "sweep_revision",
    metadata,
    sa.Column("sweep_id", UUID(as_uuid=False), sa.ForeignKey("sweep.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    code("sha256"),
    code("made_by"),
    _moment("made_at"),
    sa.CheckConstraint("number > 0", name="number"),
)

sweep_plan = sa.Table(
    "sweep_plan",
    metadata,
    *_revision(),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("facilities", ARRAY(sa.Text), nullable=False),
)

sweep_visit = sa.Table(
    "sweep_visit",
    metadata,
    *_revision(),
    sa.Column("facility_code", sa.Text(collation="C"), primary_key=True),
    text("team", null=False),
    sa.Column("visit_on", sa.Date, nullable=False),
    sa.Column("arrive", sa.Integer, nullable=False),
    sa.Column("leave", sa.Integer, nullable=False),
    sa.Column("plan_id", UUID(as_uuid=False), sa.ForeignKey("inspection_plan.id"), nullable=False),
    sa.CheckConstraint("0 <= arrive AND arrive <= leave AND leave <= 1440", name="times"),
)
sa.Index("ix_sweep_visit_facility", sweep_visit.c.facility_code)
sa.Index("ix_sweep_visit_plan", sweep_visit.c.plan_id)

sweep_end = sa.Table(
    "sweep_end",
    metadata,
    sa.Column("sweep_id", UUID(as_uuid=False), sa.ForeignKey("sweep.id"), primary_key=True),
    text("state", null=False),
    text("reason"),
    code("ended_by"),
    _moment("ended_at"),
    sa.CheckConstraint("state IN ('closed', 'withdrawn')", name="state"),
)
