"""Note on a tenant's lane when a worker of its own was last at work."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "r0007"
down_revision = "r0006"


def upgrade(op: Operations) -> None:
    """Add the column; nobody has attended a lane yet."""
    op.add_column("lanes", sa.Column("attended_at", sa.Float))
