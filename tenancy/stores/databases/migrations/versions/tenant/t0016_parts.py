"""Keep vectors of the parts of chunks."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import enclose

revision = "t0016"
down_revision = "t0015"


def upgrade(op: Operations) -> None:
    """Create the table; chunks from before have none, and are ranked without."""
    op.create_table(
        "parts",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("version_id", sa.String(40), primary_key=True),
        sa.Column("embedder", sa.String(80), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "version_id"], ["versions.tenant_id", "versions.id"], ondelete="CASCADE"),
    )
    enclose(op, "parts")
