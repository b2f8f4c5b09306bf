"""Create the table of what erased tenants spent, month by month: numbers, no content."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import share

revision = "r0004"
down_revision = "r0003"
_SUMMED = (
    "calls", "opened", "estimated", "prompt_tokens", "completion_tokens", "embedding_tokens", "byte_days", "cost",
    "own", "covered", "charge",
)  # fmt: skip


def upgrade(op: Operations) -> None:
    """Create it."""
    op.create_table(
        "accounts",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("month", sa.Integer, primary_key=True),
        sa.Column("plan", sa.String(40), primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _SUMMED),
        sa.Column("kept_until", sa.Float, nullable=False),
    )
    share(op, "accounts")
