"""The tables of accounts and of the audit.

    account 1 -> n session     somebody signed in with a browser
    account 1 -> n token       a key for programs
    audit                      who did what to which record: a chain in which each row seals the one before it
    audit_head                 the last link of the chain, kept apart, so that a cut-off end is noticed

A secret that opens something is stored as a hash only. Policies and the functions they call are in
`migrations/sql`; the application's own role may add to the audit, and read or change nothing here.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from gis.store.metadata import code, metadata, text

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    code("name"),
    text("role", null=False),
    code("officer_code", null=True),
    text("password_hash"),
    text("totp_secret"),
    sa.Column("totp_step", sa.BigInteger),
    text("issuer"),
    text("subject"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("locked_until", sa.DateTime(timezone=True)),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("disabled", sa.DateTime(timezone=True)),
    sa.CheckConstraint("role IN ('admin', 'leader', 'inspector', 'officer')", name="role"),
    sa.UniqueConstraint("name"),
    sa.UniqueConstraint("issuer", "subject", name="uq_account_subject"),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False),
    text("csrf", null=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended", sa.DateTime(timezone=True)),
)
sa.Index("ix_session_account_id", session.c.account_id)

token = sa.Table(
    "token",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False),
    text("scope", null=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
    sa.Column("revoked", sa.DateTime(timezone=True)),
    sa.CheckConstraint("scope IN ('read', 'write')", name="scope"),
)
sa.Index("ix_token_account_id", token.c.account_id)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    text("who", null=False),
    text("role", null=False),
    text("action", null=False),
    text("target"),
    text("outcome", null=False),
    text("origin"),
    sa.Column("details", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.Column("previous", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
sa.Index("ix_audit_at", audit.c.at)
sa.Index("ix_audit_who", audit.c.who)
sa.Index("ix_audit_target", audit.c.target)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("one", name="one"),
)
