"""Create the trail of what operators do: entries that the application may add and not change, and where they end."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import share

revision = "r0005"
down_revision = "r0004"


def upgrade(op: Operations) -> None:
    """Create it, without an entry."""
    op.create_table(
        "operations",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_operations_at", "operations", ["at"])
    op.create_index("ix_operations_tenant_id", "operations", ["tenant_id"])
    end = op.create_table(
        "operations_end",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )
    op.execute(end.insert().values(name="operations", seq=0, digest=b""))
    share(op, "operations", rights="SELECT, INSERT")
    share(op, "operations_end", rights="SELECT, UPDATE")
