"""The tables of inspections as they are recorded on the spot, and of what they find.

    inspection_plan 1 -> 0..1 inspection_plan_end   a visit that is planned, and why it was given up
    inspection_plan 1 -> n inspection_record        what was recorded of it
    inspection_record n -> n inspection_record      a correction names the records that it replaces
    inspection_record 1 -> n inspection_photo n -> 1 photo
    finding 1 -> n finding_event                    an item that failed, and what became of it

Records of one visit share an `inspection_code`. Those that no other one replaces are its *heads*: one as a rule, more
where people recorded or corrected it without knowing of each other. Rows are added and never changed. The table
`inspection` of `gis.store.schema` has the outcome of every visit, recorded here or imported.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from gis.store.metadata import code, metadata, text

RECORD_ID = "inspection_record.id"


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


inspection_plan = sa.Table(
    "inspection_plan",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    code("facility_code"),
    code("checklist"),
    sa.Column("planned_on", sa.Date, nullable=False),
    text("inspectors", null=False),
    text("planned_by", null=False),
    _moment("planned_at"),
)
sa.Index("ix_inspection_plan_facility", inspection_plan.c.facility_code)

inspection_plan_end = sa.Table(
    "inspection_plan_end",
    metadata,
    sa.Column("plan_id", UUID(as_uuid=False), sa.ForeignKey("inspection_plan.id"), primary_key=True),
    text("reason", null=False),
    text("ended_by", null=False),
    _moment("ended_at"),
)

inspection_record = sa.Table(
    "inspection_record",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    code("inspection_code"),
    sa.Column("plan_id", UUID(as_uuid=False), sa.ForeignKey("inspection_plan.id")),
    sa.Column("corrects", ARRAY(UUID(as_uuid=False)), nullable=False),
    code("facility_code"),
    code("checklist"),
    code("version"),
    sa.Column("inspected_on", sa.Date, nullable=False),
    text("inspectors", null=False),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Column("accuracy_m", sa.Double),
    sa.Column("answers", JSONB, nullable=False),
    text("result", null=False),
    text("channel", null=False),
    text("recorded_by", null=False),
    _moment("recorded_at"),
    sa.CheckConstraint("channel IN ('web', 'openrosa')", name="channel"),
    sa.CheckConstraint("NOT id = ANY(corrects)", name="corrects"),
)
sa.Index("ix_inspection_record_code", inspection_record.c.inspection_code)
sa.Index("ix_inspection_record_facility", inspection_record.c.facility_code, inspection_record.c.inspected_on)
sa.Index("ix_inspection_record_plan", inspection_record.c.plan_id)
sa.Index("ix_inspection_record_moment", inspection_record.c.recorded_at)

photo = sa.Table(
    "photo",
    metadata,
    sa.Column("sha256", sa.Text(collation="C"), primary_key=True),
    text("media_type", null=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

inspection_photo = sa.Table(
    "inspection_photo",
    metadata,
    sa.Column("record_id", UUID(as_uuid=False), sa.ForeignKey(RECORD_ID), primary_key=True),
    sa.Column("field", sa.Text(collation="C"), primary_key=True),
    sa.Column("sha256", sa.Text(collation="C"), sa.ForeignKey("photo.sha256"), nullable=False),
    code("sent_sha256"),
    text("name", null=False),
)
sa.Index("ix_inspection_photo_sha256", inspection_photo.c.sha256)

finding = sa.Table(
    "finding",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    code("inspection_code"),
    sa.Column("record_id", UUID(as_uuid=False), sa.ForeignKey(RECORD_ID), nullable=False),
    code("facility_code"),
    code("checklist"),
    code("version"),
    code("item"),
    text("severity", null=False),
    text("note"),
    sa.Column("found_on", sa.Date, nullable=False),
    sa.Column("deadline_workdays", sa.Integer, nullable=False),
    sa.Column("due_on", sa.Date),
    _moment("recorded_at"),
    sa.CheckConstraint("severity IN ('clerical', 'minor', 'serious', 'critical')", name="severity"),
    sa.UniqueConstraint("inspection_code", "item", name="uq_finding_item"),
)
sa.Index("ix_finding_facility", finding.c.facility_code)

finding_event = sa.Table(
    "finding_event",
    metadata,
    sa.Column("finding_id", UUID(as_uuid=False), sa.ForeignKey("finding.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    text("state", null=False),
    sa.Column("put_right", sa.Boolean),
    sa.Column("inspection_code", sa.Text(collation="C")),
    text("note"),
    text("done_by", null=False),
    _moment("done_at"),
)
sa.Index("ix_finding_event_moment", finding_event.c.done_at)
