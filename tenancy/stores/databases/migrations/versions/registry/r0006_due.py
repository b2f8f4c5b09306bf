"""Create the tables of work that falls due tenant by tenant, and of the lease of whoever does it."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import share

revision = "r0006"
down_revision = "r0005"


def upgrade(op: Operations) -> None:
    """Create them; the first housekeeper makes everything due for the tenants that are there."""
    op.create_table(
        "due",
        sa.Column("ref", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("due_at", sa.Float),
        sa.Column("done_at", sa.Float, nullable=False),
        sa.Column("marks", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
    )
    op.create_index("ix_due_kind_due_at", "due", ["kind", "due_at"])
    leases = op.create_table(
        "leases",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("holder", sa.String(40), nullable=False),
        sa.Column("term", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
    op.execute(leases.insert().values(name="housekeeping", holder="", term=0, expires_at=0.0))
    op.create_index("ix_tenants_created_at_id", "tenants", ["created_at", "id"])
    share(op, "due", "leases")
