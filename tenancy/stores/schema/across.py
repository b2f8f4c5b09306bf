"""The tables that span tenants: a short list, without content."""

from typing import Final

import sqlalchemy as sa

registry: Final = sa.MetaData()

SUMMED: Final = (
    "calls", "opened", "estimated", "prompt_tokens", "completion_tokens", "embedding_tokens", "byte_days", "cost",
    "own", "covered", "charge",
)  # fmt: skip
"""What is added up over a ledger's rows, and kept of an erased tenant's months."""

tenants = sa.Table(
    "tenants",
    registry,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("name_key", sa.String(64), nullable=False, unique=True),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("plan", sa.String(40), nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("embedder", sa.String(80), nullable=False),
    sa.Column("limits", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("mac", sa.LargeBinary, nullable=False),
    sa.Index("ix_tenants_created_at_id", "created_at", "id"),
)
tenant_keys = sa.Table(
    "tenant_keys",
    registry,
    sa.Column("tenant_id", sa.String(40), primary_key=True),
    sa.Column("family", sa.String(20), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)
lookups = sa.Table(
    "lookups",
    registry,
    sa.Column("key", sa.String(80), primary_key=True),
    sa.Column("tenant_id", sa.String(40), nullable=False, index=True),
)
lanes = sa.Table(
    "lanes",
    registry,
    sa.Column("ref", sa.String(40), primary_key=True),
    sa.Column("tenant_id", sa.String(40), nullable=False, unique=True),
    sa.Column("marked_at", sa.Float, nullable=False),
    sa.Column("due_at", sa.Float, index=True),
    sa.Column("attended_at", sa.Float),  # when the tenant's own worker last said that it is at work
)
due = sa.Table(
    "due",
    registry,
    sa.Column(
        "ref", sa.String(40), primary_key=True
    ),  # a lane's or, of an erasure, which outlives the lane, its own id
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("due_at", sa.Float),
    sa.Column("done_at", sa.Float, nullable=False),
    sa.Column("marks", sa.BigInteger, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Index("ix_due_kind_due_at", "kind", "due_at"),
)
leases = sa.Table(
    "leases",
    registry,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("holder", sa.String(40), nullable=False),
    sa.Column("term", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
)
erasures = sa.Table(
    "erasures",
    registry,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("tenant_id", sa.String(40), nullable=False, unique=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("requested_at", sa.Float, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("receipt", sa.Text),
)
deployment = sa.Table(
    "deployment",
    registry,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
tripwires = sa.Table(
    "tripwires",
    registry,
    sa.Column("ref", sa.String(16), primary_key=True),
    sa.Column("tenant_id", sa.String(40), nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
alarms = sa.Table(
    "alarms",
    registry,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("first_at", sa.Float, nullable=False),
    sa.Column("last_at", sa.Float, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
accounts = sa.Table(
    "accounts",
    registry,
    sa.Column("tenant_id", sa.String(40), primary_key=True),
    sa.Column("month", sa.Integer, primary_key=True),
    sa.Column("plan", sa.String(40), primary_key=True),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in SUMMED),
    sa.Column("kept_until", sa.Float, nullable=False),
)
operations = sa.Table(
    "operations",
    registry,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("tenant_id", sa.String(40), nullable=False, index=True),  # empty where it concerns none
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
operations_end = sa.Table(
    "operations_end",
    registry,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
)
