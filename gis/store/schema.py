"""The tables of the store: one for each canonical table, and what is known of imports and of changes of areas.

Two times stand on every row. *valid* is the period of days in which the statement is true in the world; *recorded* is
the period of instants in which the store held it. Nothing is overwritten and nothing deleted: a correction ends the
recorded period of the old row and adds new rows, so that every earlier answer can be given again. Triggers, made by
the migrations, refuse anything else.

A row is *current* while its recorded period has no end. The current rows of one key have periods that do not overlap.
One target has one declared primary at any instant; an assignment is *carried* where a change of areas handed it on
and nobody has confirmed it yet, and several of those may stand side by side until somebody decides.

    area, officer, assignment, facility, licence, equipment, operator,
    outreach, inspection                                                as in gis.tables, with both times
    import_run                                                          one file that was imported
    area_change 1 -> n area_change_part                                 a change of areas and its crosswalk
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.engine import Engine

from gis.store import (
    migrations,
    schema_access,
    schema_care,
    schema_cases,
    schema_draws,
    schema_inspections,
    schema_work,
)
from gis.store.metadata import CURRENT, code, hashed, metadata, text, versioned

__all__ = [
    "STORED",
    "metadata",
    "reset",
    "schema_access",
    "schema_care",
    "schema_cases",
    "schema_draws",
    "schema_inspections",
    "schema_work",
]

area = versioned(
    "area",
    code("code"),
    text("name", null=False),
    code("level"),
    code("parent_code", null=True),
    sa.Column("dwellings", sa.BigInteger),
    sa.Column("geometry", Geometry("MULTIPOLYGON", srid=4326), nullable=False),
    ExcludeConstraint(
        (hashed("code"), "="), ("valid", "&&"), name="ex_area_versions", using="gist", where=sa.text(CURRENT)
    ),
    key=("code",),
)
sa.Index("ix_area_parent", area.c.parent_code)

officer = versioned(
    "officer", code("code"), text("name", null=False), text("department"), text("work_phone"), key=("code",)
)

assignment = versioned(
    "assignment",
    code("officer_code"),
    code("target_kind"),
    code("target_code"),
    code("role"),
    sa.Column("carried", sa.Boolean, nullable=False, server_default=sa.false()),
    ExcludeConstraint(
        (hashed("target_code"), "="),
        ("target_kind", "="),
        ("valid", "&&"),
        name="ex_assignment_one_primary",
        using="gist",
        where=sa.text(f"role = 'primary' AND NOT carried AND {CURRENT}"),
    ),
    key=("officer_code", "target_kind", "target_code", "role"),
)
sa.Index("ix_assignment_officer", assignment.c.officer_code)
sa.Index("ix_assignment_target", assignment.c.target_kind, assignment.c.target_code)

facility = versioned(
    "facility",
    code("code"),
    text("name", null=False),
    text("kind"),
    text("address"),
    text("hours"),
    code("area_code", null=True),
    sa.Column("raw_lon", sa.Double, nullable=False),
    sa.Column("raw_lat", sa.Double, nullable=False),
    text("source_datum", null=False),
    sa.Column("geometry", Geometry("POINT", srid=4326), nullable=False),
    key=("code",),
)

licence = versioned("licence", code("facility_code"), code("number"), text("kind"), key=("facility_code", "number"))

equipment = versioned(
    "equipment",
    code("serial"),
    code("facility_code"),
    text("kind"),
    text("maker"),
    text("model"),
    key=("serial", "facility_code"),
)
sa.Index("ix_equipment_facility", equipment.c.facility_code)

operator = versioned(
    "operator",
    code("operator_code"),
    code("facility_code"),
    code("qualification"),
    key=("operator_code", "facility_code", "qualification"),
)
sa.Index("ix_operator_facility", operator.c.facility_code)

outreach = versioned(
    "outreach",
    code("code"),
    code("area_code"),
    sa.Column("held_on", sa.Date, nullable=False),
    text("kind"),
    sa.Column("reach", sa.BigInteger),
    key=("code",),
)
sa.Index("uq_outreach_code", outreach.c.code, unique=True, postgresql_where=sa.text(CURRENT))
sa.Index("ix_outreach_area", outreach.c.area_code, outreach.c.held_on)
sa.Index("ix_outreach_recorded", sa.func.lower(outreach.c.recorded))

inspection = versioned(
    "inspection",
    code("code"),
    code("facility_code"),
    sa.Column("inspected_on", sa.Date, nullable=False),
    text("checklist"),
    text("inspectors"),
    text("result"),
    *(sa.Column(severity, sa.BigInteger) for severity in ("clerical", "minor", "serious", "critical")),
    key=("code",),
)
sa.Index("uq_inspection_code", inspection.c.code, unique=True, postgresql_where=sa.text(CURRENT))
sa.Index("ix_inspection_facility", inspection.c.facility_code, inspection.c.inspected_on)

import_run = sa.Table(
    "import_run",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    text("kind", null=False),
    text("file", null=False),
    text("sha256", null=False),
    sa.Column("evidence", JSONB, nullable=False),
    sa.Column("started", sa.DateTime(timezone=True), nullable=False),
    sa.Column("recorded", sa.DateTime(timezone=True)),
    sa.Column("inserted", sa.BigInteger),
    sa.Column("changed", sa.BigInteger),
    sa.Column("unchanged", sa.BigInteger),
)

area_change = sa.Table(
    "area_change",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    text("kind", null=False),
    sa.Column("changed_on", sa.Date, nullable=False),
    sa.Column("undoes", sa.BigInteger, sa.ForeignKey("area_change.id")),
    text("note"),
    sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
)

area_change_part = sa.Table(
    "area_change_part",
    metadata,
    sa.Column("change_id", sa.BigInteger, sa.ForeignKey("area_change.id"), primary_key=True),
    sa.Column("old_code", sa.Text(collation="C"), primary_key=True),
    sa.Column("new_code", sa.Text(collation="C"), primary_key=True),
    sa.Column("area_m2", sa.Double, nullable=False),
    sa.Column("weight_area", sa.Double, nullable=False),
    sa.Column("weight_dwellings", sa.Double, nullable=False),
)

STORED: Final[Mapping[str, sa.Table]] = MappingProxyType(
    {
        "areas": area,
        "officers": officer,
        "assignments": assignment,
        "facilities": facility,
        "licences": licence,
        "equipment": equipment,
        "operators": operator,
        "outreach": outreach,
        "inspections": inspection,
        "population": schema_care.population,
        "births": schema_care.area_births,
        "times": schema_care.travel_time,
    }
)
"""Kind of a canonical table -> the table that stores it."""


def reset(engine: Engine) -> None:
    """Removes everything that is stored and leaves an empty schema of the newest version."""
    with engine.begin() as connection:
        for table in (*metadata.tables, "alembic_version"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table} CASCADE")
        functions = "SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'wangge\\_%%'"
        for function in connection.exec_driver_sql(functions).scalars().all():
            connection.exec_driver_sql(f"DROP FUNCTION {function}")
    migrations.upgrade(engine)
