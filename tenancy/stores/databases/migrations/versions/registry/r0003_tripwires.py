"""Create the tables of tripwires: whose a reference is, and the alarms that rang."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import share

revision = "r0003"
down_revision = "r0002"


def upgrade(op: Operations) -> None:
    """Create them."""
    op.create_table(
        "tripwires",
        sa.Column("ref", sa.String(16), primary_key=True),
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_tripwires_tenant_id", "tripwires", ["tenant_id"])
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("first_at", sa.Float, nullable=False),
        sa.Column("last_at", sa.Float, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    share(op, "tripwires", "alarms")
