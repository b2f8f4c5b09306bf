"""Say by which generation of terms documents are found that were published before that was said."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "r0008"
down_revision = "r0007"


def upgrade(op: Operations) -> None:
    """Note the first one where there are tenants; a new deployment begins with the newest."""
    deployment = sa.table("deployment", sa.column("key", sa.String), sa.column("value", sa.LargeBinary))
    first = sa.select(sa.literal("terms"), sa.literal(b"1", sa.LargeBinary))
    before = first.where(sa.select(sa.table("tenants", sa.column("id")).c.id).exists())
    op.execute(deployment.insert().from_select(["key", "value"], before))
