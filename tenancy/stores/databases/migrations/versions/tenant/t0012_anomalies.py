"""Count a tenant's hours, and keep its alerts."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import enclose

revision = "t0012"
down_revision = "t0011"

_COUNTED = ("requests", "tokens", "spend", "prompt_size", "refusals", "foreign_ids", "canaries")


def upgrade(op: Operations) -> None:
    """Create both tables; what was done before is not counted. The ledger gets an index by which an hour is found."""
    op.create_table(
        "activity",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0")) for name in _COUNTED),
        sa.Column("looked_at", sa.Float, nullable=False, server_default=sa.text("0")),
    )
    op.create_table(
        "alerts",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("episode_mac", sa.LargeBinary, nullable=False),
        sa.Column("due_at", sa.Float),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("tenant_id", "seq"),
        sa.UniqueConstraint("tenant_id", "episode_mac"),
    )
    op.create_index("alerts_due", "alerts", ["tenant_id", "due_at"])
    op.create_index("usage_at", "usage", ["tenant_id", "at"])
    enclose(op, "activity", "alerts")
