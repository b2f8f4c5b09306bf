"""Let a client's secret before work for a while beside its newest one."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "t0010"
down_revision = "t0007"


def upgrade(op: Operations) -> None:
    """Add the columns; no client that is there already has two secrets."""
    op.add_column("clients", sa.Column("earlier_mac", sa.LargeBinary))
    op.add_column("clients", sa.Column("earlier_until", sa.Float))
