"""Let a tenant's counters say under which version of its data key its values are sealed."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "t0004"
down_revision = "t0003"


def upgrade(op: Operations) -> None:
    """Add the columns; a tenant that is there already has its first key."""
    op.add_column("state", sa.Column("key_version", sa.Integer, nullable=False, server_default=sa.text("1")))
    op.add_column("state", sa.Column("resealed", sa.BigInteger, nullable=False, server_default=sa.text("0")))
