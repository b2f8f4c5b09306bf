"""Create the tables of work that spans tenants: due lanes, erasures, the deployment's own values."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import share

revision = "r0002"
down_revision = "r0001"


def upgrade(op: Operations) -> None:
    """Create them."""
    op.create_table(
        "lanes",
        sa.Column("ref", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(40), nullable=False, unique=True),
        sa.Column("marked_at", sa.Float, nullable=False),
        sa.Column("due_at", sa.Float),
    )
    op.create_index("ix_lanes_due_at", "lanes", ["due_at"])
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant_id", sa.String(40), nullable=False, unique=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("requested_at", sa.Float, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text),
    )
    op.create_table(
        "deployment",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    share(op, "lanes", "erasures", "deployment")
