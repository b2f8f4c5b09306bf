"""Create a tenant's interaction logs."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import enclose

revision = "t0006"
down_revision = "t0005"


def upgrade(op: Operations) -> None:
    """Create them, each with the number of its entry in the audit, and the day on which it goes."""
    op.create_table(
        "interactions",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("tenant_id", "id"),
    )
    op.create_index("interactions_expiry", "interactions", ["tenant_id", "expires_at"])
    enclose(op, "interactions")
