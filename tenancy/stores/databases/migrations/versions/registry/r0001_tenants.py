"""Create the tables of who exists: tenants, their wrapped keys, the look-up of clients."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import create_role, share

revision = "r0001"
down_revision = None


def upgrade(op: Operations) -> None:
    """Create them."""
    create_role(op)
    op.create_table(
        "tenants",
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
    )
    op.create_table(
        "tenant_keys",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("family", sa.String(20), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "lookups",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("tenant_id", sa.String(40), nullable=False),
    )
    op.create_index("ix_lookups_tenant_id", "lookups", ["tenant_id"])
    share(op, "tenants", "tenant_keys", "lookups")
