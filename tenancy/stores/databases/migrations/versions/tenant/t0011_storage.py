"""Create the days for which a tenant's storage has been booked."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import enclose

revision = "t0011"
down_revision = "t0010"


def upgrade(op: Operations) -> None:
    """Create them empty: no day from before is booked afterwards."""
    op.create_table(
        "storage_days",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("cost_left", sa.BigInteger, nullable=False),
        sa.Column("charge_left", sa.BigInteger, nullable=False),
    )
    enclose(op, "storage_days")
