"""The tables of work in progress: proposed corrections of the map, and campaigns.

    correction 1 -> 0..1 correction_decision     an officer says where the map is wrong; a leader accepts or refuses
    campaign 1 -> n campaign_target              what is to be reached in which area
    campaign 1 -> 0..1 campaign_acceptance       the campaign was accepted: its report is what it was that day

Rows are added and never changed. The view `correction_now` shows each correction with what became of it.
"""

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import UUID

from gis.store.metadata import code, metadata, text

correction = sa.Table(
    "correction",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    text("kind", null=False),
    code("target_code"),
    code("area_code"),
    text("note"),
    text("proposed_by", null=False),
    sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("geometry", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
    sa.CheckConstraint("kind IN ('boundary', 'point')", name="kind"),
)
sa.Index("ix_correction_area", correction.c.area_code)

correction_decision = sa.Table(
    "correction_decision",
    metadata,
    sa.Column("correction_id", UUID(as_uuid=False), sa.ForeignKey("correction.id"), primary_key=True),
    sa.Column("accepted", sa.Boolean, nullable=False),
    text("reason"),
    text("decided_by", null=False),
    sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("change_id", sa.BigInteger),
)

campaign = sa.Table(
    "campaign",
    metadata,
    code("code"),
    text("name", null=False),
    sa.Column("launch_on", sa.Date, nullable=False),
    sa.Column("action_on", sa.Date, nullable=False),
    sa.Column("acceptance_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    text("created_by", null=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("code"),
    sa.CheckConstraint(
        "launch_on < action_on AND action_on < acceptance_on AND acceptance_on < ends_on", name="stages"
    ),
)

campaign_target = sa.Table(
    "campaign_target",
    metadata,
    sa.Column("campaign_code", sa.Text(collation="C"), sa.ForeignKey("campaign.code"), primary_key=True),
    sa.Column("area_code", sa.Text(collation="C"), primary_key=True),
    sa.Column("measure", sa.Text(collation="C"), primary_key=True),
    sa.Column("target", sa.BigInteger, nullable=False),
    sa.CheckConstraint("measure IN ('sessions', 'inspected', 'rectified')", name="measure"),
    sa.CheckConstraint("target > 0", name="target"),
)

campaign_acceptance = sa.Table(
    "campaign_acceptance",
    metadata,
    sa.Column("campaign_code", sa.Text(collation="C"), sa.ForeignKey("campaign.code"), primary_key=True),
    text("accepted_by", null=False),
    sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
    text("remark"),
)
