"""Create the ledger of calls to models: numbers in the clear, and what they are booked under, sealed."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import enclose

revision = "t0005"
down_revision = "t0004"


def upgrade(op: Operations) -> None:
    """Create them."""
    op.create_table(
        "usage",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("payer", sa.String(12), nullable=False),
        sa.Column("price", sa.String(80), nullable=False),
        sa.Column("opens", sa.Integer, nullable=False),
        sa.Column("exact", sa.Integer, nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
        sa.Column("completion_tokens", sa.BigInteger, nullable=False),
        sa.Column("embedding_tokens", sa.BigInteger, nullable=False),
        sa.Column("byte_days", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.BigInteger, nullable=False),
    )
    op.create_index("usage_day", "usage", ["tenant_id", "day"])
    op.create_table(
        "usage_labels",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("label", sa.String(64), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    enclose(op, "usage", "usage_labels")
