"""Areas, officers, assignments, facilities and what belongs to them; imports; changes of areas."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

VERSIONED = ("area", "officer", "assignment", "facility", "licence", "equipment", "operator")
FINAL = ("area_change", "area_change_part")
CURRENT = sa.text("upper_inf(recorded)")

GUARD = """
CREATE OR REPLACE FUNCTION wangge_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE closed tstzrange;
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'wangge: rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    closed := NEW.recorded;
    NEW.recorded := OLD.recorded;
    IF NEW *<> OLD OR NOT upper_inf(OLD.recorded)
        OR upper_inf(closed) OR lower(closed) IS DISTINCT FROM lower(OLD.recorded) THEN
        RAISE EXCEPTION 'wangge: of a row of % only the end of recorded may be set, once', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.recorded := closed;
    RETURN NEW;
END $$
"""

REFUSAL = """
CREATE OR REPLACE FUNCTION wangge_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'wangge: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _create_areas()
    _create_people()
    _create_facilities()
    _create_belongings()
    _create_imports()
    _create_changes()
    _create_guards()


def downgrade() -> None:
    op.drop_table("area_change_part")
    for table in ("area_change", "import_run", *reversed(VERSIONED)):
        op.drop_table(table)
    op.execute("DROP FUNCTION wangge_guard_version()")
    op.execute("DROP FUNCTION wangge_refuse()")


def _code(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=null)


def _text(name: str, *, null: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _version(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("import_id", sa.BigInteger()),
        sa.Column("change_id", sa.BigInteger()),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), nullable=False),
        sa.CheckConstraint("NOT isempty(valid)", name=op.f(f"ck_{table}_valid")),
        sa.CheckConstraint("NOT isempty(recorded)", name=op.f(f"ck_{table}_recorded")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _geometry(kind: str) -> sa.Column[object]:
    return sa.Column("geometry", Geometry(kind, srid=4326, spatial_index=False), nullable=False)


def _index_versions(table: str, *key: str) -> None:
    op.create_index(
        f"uq_{table}_version",
        table,
        [*key, sa.literal_column("lower(valid)")],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=CURRENT,
    )


def _create_areas() -> None:
    op.create_table(
        "area",
        *_version("area"),
        _code("code"),
        _text("name", null=False),
        _code("level"),
        _code("parent_code", null=True),
        sa.Column("dwellings", sa.BigInteger()),
        _geometry("MULTIPOLYGON"),
        postgresql.ExcludeConstraint(
            (sa.text("hashtextextended(code, 0)"), "="),
            (sa.column("valid"), "&&"),
            name="ex_area_versions",
            using="gist",
            where=CURRENT,
        ),
    )
    op.create_index("idx_area_geometry", "area", ["geometry"], postgresql_using="gist")
    op.create_index("ix_area_parent", "area", ["parent_code"])
    _index_versions("area", "code")


def _create_people() -> None:
    op.create_table(
        "officer",
        *_version("officer"),
        _code("code"),
        _text("name", null=False),
        _text("department"),
        _text("work_phone"),
    )
    _index_versions("officer", "code")
    op.create_table(
        "assignment",
        *_version("assignment"),
        _code("officer_code"),
        _code("target_kind"),
        _code("target_code"),
        _code("role"),
        sa.Column("carried", sa.Boolean(), server_default=sa.false(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("hashtextextended(target_code, 0)"), "="),
            (sa.column("target_kind"), "="),
            (sa.column("valid"), "&&"),
            name="ex_assignment_one_primary",
            using="gist",
            where=sa.text("role = 'primary' AND NOT carried AND upper_inf(recorded)"),
        ),
    )
    op.create_index("ix_assignment_target", "assignment", ["target_kind", "target_code"])
    _index_versions("assignment", "officer_code", "target_kind", "target_code", "role")


def _create_facilities() -> None:
    op.create_table(
        "facility",
        *_version("facility"),
        _code("code"),
        _text("name", null=False),
        _text("kind"),
        _text("address"),
        _text("hours"),
        _code("area_code", null=True),
        sa.Column("raw_lon", sa.Double(), nullable=False),
        sa.Column("raw_lat", sa.Double(), nullable=False),
        _text("source_datum", null=False),
        _geometry("POINT"),
    )
    op.create_index("idx_facility_geometry", "facility", ["geometry"], postgresql_using="gist")
    _index_versions("facility", "code")


def _create_belongings() -> None:
    op.create_table("licence", *_version("licence"), _code("facility_code"), _code("number"), _text("kind"))
    _index_versions("licence", "facility_code", "number")
    op.create_table(
        "equipment",
        *_version("equipment"),
        _code("serial"),
        _code("facility_code"),
        _text("kind"),
        _text("maker"),
        _text("model"),
    )
    op.create_index("ix_equipment_facility", "equipment", ["facility_code"])
    _index_versions("equipment", "serial", "facility_code")
    op.create_table(
        "operator", *_version("operator"), _code("operator_code"), _code("facility_code"), _code("qualification")
    )
    op.create_index("ix_operator_facility", "operator", ["facility_code"])
    _index_versions("operator", "operator_code", "facility_code", "qualification")


def _create_imports() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("kind", null=False),
        _text("file", null=False),
        _text("sha256", null=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True)),
        sa.Column("inserted", sa.BigInteger()),
        sa.Column("changed", sa.BigInteger()),
        sa.Column("unchanged", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )


def _create_changes() -> None:
    op.create_table(
        "area_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("kind", null=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("undoes", sa.BigInteger()),
        _text("note"),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["undoes"], ["area_change.id"], name=op.f("fk_area_change_undoes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_change")),
    )
    op.create_table(
        "area_change_part",
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        _code("old_code"),
        _code("new_code"),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("weight_area", sa.Double(), nullable=False),
        sa.Column("weight_dwellings", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["area_change.id"], name=op.f("fk_area_change_part_change_id")),
        sa.PrimaryKeyConstraint("change_id", "old_code", "new_code", name=op.f("pk_area_change_part")),
    )


def _create_guards() -> None:
    op.execute(GUARD)
    op.execute(REFUSAL)
    for table in VERSIONED:
        op.execute(
            f"CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION wangge_guard_version()"
        )
    for table in FINAL:
        op.execute(
            f"CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION wangge_refuse()"
        )
    for table in (*VERSIONED, *FINAL, "import_run"):
        op.execute(
            f"CREATE TRIGGER keep BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION wangge_refuse()"
        )
    op.execute("CREATE TRIGGER guard BEFORE DELETE ON import_run FOR EACH ROW EXECUTE FUNCTION wangge_refuse()")
