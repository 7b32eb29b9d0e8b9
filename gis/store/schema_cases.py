"""The tables of cases against facilities.

    facility_case 1 -> n case_finding n -> 1 finding    what the case is about; serious or critical, nothing less
    facility_case 1 -> n case_event                     its way through the states, one number after the other
    case_event 1 -> 0..1 case_document                  what was issued with that step
    facility_case 1 -> n case_reply_link                a way for the facility to answer once; only the hash is here
    facility_case 1 -> 0..1 case_reply                  its answer
    signing_key                                         what links are signed with; its owner reads it alone

Rows are added and never changed. Triggers see to it that three people work on a case who are different accounts of
different officers, and that each finding is one that may open a case (`migrations/sql/cases_0005.sql`).
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from gis.store.metadata import code, metadata, text

CASE_ID = "facility_case.id"


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _case(*, primary_key: bool = False) -> sa.Column[object]:
    return sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey(CASE_ID), primary_key=primary_key, nullable=False)


facility_case = sa.Table(
    "facility_case",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    code("facility_code"),
    code("investigator"),
    code("reviewer"),
    code("decider"),
    code("opened_by"),
    _moment("opened_at"),
    sa.CheckConstraint("investigator <> reviewer AND reviewer <> decider AND decider <> investigator", name="people"),
    sa.CheckConstraint("opened_by = investigator", name="opened_by"),
)
sa.Index("ix_facility_case_facility", facility_case.c.facility_code)

case_finding = sa.Table(
    "case_finding",
    metadata,
    _case(primary_key=True),
    sa.Column("finding_id", UUID(as_uuid=False), sa.ForeignKey("finding.id"), primary_key=True),
)
sa.Index("ix_case_finding_finding", case_finding.c.finding_id)

case_event = sa.Table(
    "case_event",
    metadata,
    _case(primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    text("state", null=False),
    code("done_by"),
    _moment("done_at"),
    text("note"),
    text("clock"),
    sa.Column("due_on", sa.Date),
    sa.Column("details", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.CheckConstraint("number > 0", name="number"),
)
sa.Index("ix_case_event_moment", case_event.c.done_at)

case_document = sa.Table(
    "case_document",
    metadata,
    sa.Column("case_id", UUID(as_uuid=False), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    text("kind", null=False),
    code("sha256"),
    sa.Column("content", sa.LargeBinary, nullable=False),
    code("made_by"),
    _moment("made_at"),
    sa.ForeignKeyConstraint(["case_id", "number"], ["case_event.case_id", "case_event.number"]),
    sa.CheckConstraint("kind IN ('notice', 'decision', 'service', 'closure')", name="kind"),
    sa.CheckConstraint("sha256 = encode(sha256(content), 'hex')", name="sha256"),
)

case_reply_link = sa.Table(
    "case_reply_link",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    _case(),
    _moment("expires"),
    code("made_by"),
    _moment("made_at"),
)
sa.Index("ix_case_reply_link_case", case_reply_link.c.case_id)

case_reply = sa.Table(
    "case_reply",
    metadata,
    _case(primary_key=True),
    sa.Column("token_hash", sa.LargeBinary, sa.ForeignKey("case_reply_link.token_hash")),
    text("text", null=False),
    code("sha256"),
    text("origin"),
    _moment("received_at"),
    sa.UniqueConstraint("token_hash", name="uq_case_reply_token_hash"),
)

signing_key = sa.Table(
    "signing_key",
    metadata,
    sa.Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("key", sa.LargeBinary, nullable=False),
    _moment("made_at"),
    sa.CheckConstraint("one", name="one"),
)
