"""Outreach and inspections; accounts, sessions, tokens and the audit; corrections and campaigns; who sees which row."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"
VERSIONED = ("outreach", "inspection")
FINAL = ("audit", "correction", "correction_decision", "campaign", "campaign_target", "campaign_acceptance")
SECURED = (
    *("area", "officer", "assignment", "facility", "licence", "equipment", "operator", "outreach", "inspection"),
    *("import_run", "area_change", "area_change_part"),
)
CURRENT = sa.text("upper_inf(recorded)")


def upgrade() -> None:
    _create_events()
    _create_accounts()
    _create_audit()
    _create_corrections()
    _create_campaigns()
    _create_guards()
    for name in ("audit_0002.sql", "security_0002.sql"):
        op.get_bind().exec_driver_sql((SQL / name).read_text(encoding="utf-8").replace("%", "%%"))


def downgrade() -> None:
    op.execute("DROP VIEW correction_now")
    op.drop_index("ix_assignment_officer", "assignment")
    for table in SECURED:
        for policy in ("seen", "added", "ended"):
            op.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in (
        *("campaign_acceptance", "campaign_target", "campaign", "correction_decision", "correction"),
        *("inspection", "outreach", "token", "session", "account", "audit_head"),
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION wangge_audit, wangge_audit_text")
    op.drop_table("audit")
    for name in (
        *("runs_campaign", "mark", "moment", "facility_codes", "facility_rows", "sees_all", "above", "scope"),
        *("roots", "officer", "role", "day", "setting"),
    ):
        op.execute(f"DROP FUNCTION wangge_{name}")


def _code(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=null)


def _text(name: str, *, null: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _moment(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _create_event(table: str, place: str, day: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("import_id", sa.BigInteger()),
        sa.Column("change_id", sa.BigInteger()),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded", postgresql.TSTZRANGE(), nullable=False),
        _code("code"),
        _code(place),
        sa.Column(day, sa.Date(), nullable=False),
        *columns,
        sa.CheckConstraint("NOT isempty(valid)", name=op.f(f"ck_{table}_valid")),
        sa.CheckConstraint("NOT isempty(recorded)", name=op.f(f"ck_{table}_recorded")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(
        f"uq_{table}_version",
        table,
        ["code", sa.literal_column("lower(valid)")],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=CURRENT,
    )
    op.create_index(f"uq_{table}_code", table, ["code"], unique=True, postgresql_where=CURRENT)
    op.create_index(f"ix_{table}_{place.split('_', maxsplit=1)[0]}", table, [place, day])


def _create_events() -> None:
    op.create_index("ix_assignment_officer", "assignment", ["officer_code"])
    _create_event("outreach", "area_code", "held_on", _text("kind"), sa.Column("reach", sa.BigInteger()))
    op.create_index("ix_outreach_recorded", "outreach", [sa.literal_column("lower(recorded)")])
    counts = (sa.Column(name, sa.BigInteger()) for name in ("clerical", "minor", "serious", "critical"))
    texts = (_text(name) for name in ("checklist", "inspectors", "result"))
    _create_event("inspection", "facility_code", "inspected_on", *texts, *counts)


def _create_accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _code("name"),
        _text("role", null=False),
        _code("officer_code", null=True),
        *(_text("password_hash"), _text("totp_secret"), sa.Column("totp_step", sa.BigInteger())),
        *(_text("issuer"), _text("subject")),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        *(_moment("locked_until", null=True), _moment("created"), _moment("disabled", null=True)),
        sa.CheckConstraint("role IN ('admin', 'leader', 'inspector', 'officer')", name=op.f("ck_account_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("issuer", "subject", name="uq_account_subject"),
    )
    keys: dict[str, tuple[sa.schema.SchemaItem, ...]] = {
        "session": (_text("csrf", null=False), _moment("created"), _moment("seen"), _moment("ended", null=True)),
        "token": (_text("scope", null=False), _moment("created"), _moment("expires"), _moment("revoked", null=True)),
    }
    for table, columns in keys.items():
        op.create_table(
            table,
            sa.Column("token_hash", sa.LargeBinary(), nullable=False),
            sa.Column("account_id", sa.BigInteger(), nullable=False),
            *columns,
            sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f(f"fk_{table}_account_id")),
            sa.PrimaryKeyConstraint("token_hash", name=op.f(f"pk_{table}")),
        )
        op.create_index(f"ix_{table}_account_id", table, ["account_id"])
    op.create_check_constraint(op.f("ck_token_scope"), "token", "scope IN ('read', 'write')")


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        _moment("at"),
        *(_text("who", null=False), _text("role", null=False), _text("action", null=False), _text("target")),
        *(_text("outcome", null=False), _text("origin")),
        sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    for column in ("at", "who", "target"):
        op.create_index(f"ix_audit_{column}", "audit", [column])
    op.create_table(
        "audit_head",
        sa.Column("one", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_audit_head_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_audit_head")),
    )


def _create_corrections() -> None:
    op.create_table(
        "correction",
        sa.Column("id", postgresql.UUID(as_uuid=False), nullable=False),
        *(_text("kind", null=False), _code("target_code"), _code("area_code"), _text("note")),
        *(_text("proposed_by", null=False), _moment("proposed_at")),
        sa.Column("geometry", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        sa.CheckConstraint("kind IN ('boundary', 'point')", name=op.f("ck_correction_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_area", "correction", ["area_code"])
    op.create_table(
        "correction_decision",
        sa.Column("correction_id", postgresql.UUID(as_uuid=False), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        *(_text("reason"), _text("decided_by", null=False), _moment("decided_at")),
        sa.Column("change_id", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["correction.id"], name=op.f("fk_correction_decision_correction_id")
        ),
        sa.PrimaryKeyConstraint("correction_id", name=op.f("pk_correction_decision")),
    )


def _create_campaigns() -> None:
    stages = ("launch_on", "action_on", "acceptance_on", "ends_on")
    op.create_table(
        "campaign",
        *(_code("code"), _text("name", null=False)),
        *(sa.Column(day, sa.Date(), nullable=False) for day in stages),
        *(_text("created_by", null=False), _moment("created_at")),
        sa.CheckConstraint(
            "launch_on < action_on AND action_on < acceptance_on AND acceptance_on < ends_on",
            name=op.f("ck_campaign_stages"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_campaign")),
    )
    op.create_table(
        "campaign_target",
        *(_code("campaign_code"), _code("area_code"), _code("measure")),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "measure IN ('sessions', 'inspected', 'rectified')", name=op.f("ck_campaign_target_measure")
        ),
        sa.CheckConstraint("target > 0", name=op.f("ck_campaign_target_target")),
        sa.ForeignKeyConstraint(["campaign_code"], ["campaign.code"], name=op.f("fk_campaign_target_campaign_code")),
        sa.PrimaryKeyConstraint("campaign_code", "area_code", "measure", name=op.f("pk_campaign_target")),
    )
    op.create_table(
        "campaign_acceptance",
        _code("campaign_code"),
        *(_text("accepted_by", null=False), _moment("accepted_at"), _text("remark")),
        sa.ForeignKeyConstraint(
            ["campaign_code"], ["campaign.code"], name=op.f("fk_campaign_acceptance_campaign_code")
        ),
        sa.PrimaryKeyConstraint("campaign_code", name=op.f("pk_campaign_acceptance")),
    )


def _create_guards() -> None:
    """The functions are of the first version."""
    guards = dict.fromkeys(VERSIONED, "wangge_guard_version") | dict.fromkeys(FINAL, "wangge_refuse")
    for table, function in guards.items():
        op.execute(
            f"CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        op.execute(
            f"CREATE TRIGGER keep BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION wangge_refuse()"
        )
