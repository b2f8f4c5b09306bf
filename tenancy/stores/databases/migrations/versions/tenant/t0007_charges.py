"""Let the ledger say what a call is charged beside what it cost, and by what an operator's report is divided."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import enclose

revision = "t0007"
down_revision = "t0006"


def upgrade(op: Operations) -> None:
    """Add the columns; calls that are there already were charged nothing, under no tariff."""
    for name in ("covered", "charge"):
        op.add_column("usage", sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0")))
    for name, length in (("plan", 40), ("tariff", 80), ("app", 24), ("feature", 200), ("model", 200)):
        op.add_column("usage", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.create_table(
        "usage_months",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("month", sa.Integer, primary_key=True),
        sa.Column("covered", sa.BigInteger, nullable=False),
    )
    enclose(op, "usage_months")
