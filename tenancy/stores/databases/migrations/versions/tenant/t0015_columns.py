"""Keep the columns of a version's tables."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import enclose

revision = "t0015"
down_revision = "t0014"


def upgrade(op: Operations) -> None:
    """Create the table; what was published before has no columns and is asked as text."""
    op.create_table(
        "columns",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("version_id", sa.String(40), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "version_id"], ["versions.tenant_id", "versions.id"], ondelete="CASCADE"),
    )
    enclose(op, "columns")
