"""The tables of the store: one for each canonical table, and what is known of imports and of changes of areas.

Two times stand on every row. *valid* is the period of days in which the statement is true in the world; *recorded* is
the period of instants in which the store held it. Nothing is overwritten and nothing deleted: a correction ends the
recorded period of the old row and adds new rows, so that every earlier answer can be given again. Triggers, made by
the migrations, refuse anything else.

A row is *current* while its recorded period has no end. The current rows of one key have periods that do not overlap.
One target has one declared primary at any instant; an assignment is *carried* where a change of areas handed it on
and nobody has confirmed it yet, and several of those may stand side by side until somebody decides.

    area, officer, assignment, facility, licence, equipment, operator   as in gis.tables, with both times
    import_run                                                          one file that was imported
    area_change 1 -> n area_change_part                                 a change of areas and its crosswalk
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, TSTZRANGE, ExcludeConstraint
from sqlalchemy.engine import Engine

from gis.store import migrations

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

CURRENT: Final = "upper_inf(recorded)"
"""SQL: the row is what the store says now."""


def _code(name: str, *, null: bool = False) -> sa.Column[str]:
    """Codes sort by their bytes on every server, as they do in Python."""
    return sa.Column(name, sa.Text(collation="C"), nullable=null)


def _text(name: str, *, null: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _hash(column: str) -> sa.TextClause:
    """64 bits of a code. An exclusion constraint compares these four times faster than texts."""
    return sa.text(f"hashtextextended({column}, 0)")


def _versioned(name: str, *items: sa.schema.SchemaItem, key: tuple[str, ...]) -> sa.Table:
    """A table whose rows are versions: periods, where they came from, and one current version of a key from a day on.

    `import_id` and `change_id` name the import or change that made the row. They carry no foreign key: checking
    it for each of a million rows takes longer than writing them.
    """
    table = sa.Table(
        name,
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("import_id", sa.BigInteger),
        sa.Column("change_id", sa.BigInteger),
        sa.Column("valid", DATERANGE, nullable=False),
        sa.Column("recorded", TSTZRANGE, nullable=False),
        *items,
        sa.CheckConstraint("NOT isempty(valid)", name="valid"),
        sa.CheckConstraint("NOT isempty(recorded)", name="recorded"),
    )
    sa.Index(
        f"uq_{name}_version",
        *(table.c[column] for column in key),
        sa.func.lower(table.c.valid),
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text(CURRENT),
    )
    return table


area = _versioned(
    "area",
    _code("code"),
    _text("name", null=False),
    _code("level"),
    _code("parent_code", null=True),
    sa.Column("dwellings", sa.BigInteger),
    sa.Column("geometry", Geometry("MULTIPOLYGON", srid=4326), nullable=False),
    ExcludeConstraint(
        (_hash("code"), "="), ("valid", "&&"), name="ex_area_versions", using="gist", where=sa.text(CURRENT)
    ),
    key=("code",),
)
sa.Index("ix_area_parent", area.c.parent_code)

officer = _versioned(
    "officer", _code("code"), _text("name", null=False), _text("department"), _text("work_phone"), key=("code",)
)

assignment = _versioned(
    "assignment",
    _code("officer_code"),
    _code("target_kind"),
    _code("target_code"),
    _code("role"),
    sa.Column("carried", sa.Boolean, nullable=False, server_default=sa.false()),
    ExcludeConstraint(
        (_hash("target_code"), "="),
        ("target_kind", "="),
        ("valid", "&&"),
        name="ex_assignment_one_primary",
        using="gist",
        where=sa.text(f"role = 'primary' AND NOT carried AND {CURRENT}"),
    ),
    key=("officer_code", "target_kind", "target_code", "role"),
)
sa.Index("ix_assignment_target", assignment.c.target_kind, assignment.c.target_code)

facility = _versioned(
    "facility",
    _code("code"),
    _text("name", null=False),
    _text("kind"),
    _text("address"),
    _text("hours"),
    _code("area_code", null=True),
    sa.Column("raw_lon", sa.Double, nullable=False),
    sa.Column("raw_lat", sa.Double, nullable=False),
    _text("source_datum", null=False),
    sa.Column("geometry", Geometry("POINT", srid=4326), nullable=False),
    key=("code",),
)

licence = _versioned("licence", _code("facility_code"), _code("number"), _text("kind"), key=("facility_code", "number"))

equipment = _versioned(
    "equipment",
    _code("serial"),
    _code("facility_code"),
    _text("kind"),
    _text("maker"),
    _text("model"),
    key=("serial", "facility_code"),
)
sa.Index("ix_equipment_facility", equipment.c.facility_code)

operator = _versioned(
    "operator",
    _code("operator_code"),
    _code("facility_code"),
    _code("qualification"),
    key=("operator_code", "facility_code", "qualification"),
)
sa.Index("ix_operator_facility", operator.c.facility_code)

import_run = sa.Table(
    "import_run",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _text("kind", null=False),
    _text("file", null=False),
    _text("sha256", null=False),
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
    _text("kind", null=False),
    sa.Column("changed_on", sa.Date, nullable=False),
    sa.Column("undoes", sa.BigInteger, sa.ForeignKey("area_change.id")),
    _text("note"),
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
    }
)
"""Kind of a canonical table -> the table that stores it."""


def reset(engine: Engine) -> None:
    """Removes everything that is stored and leaves an empty schema of the newest version."""
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    migrations.upgrade(engine)
