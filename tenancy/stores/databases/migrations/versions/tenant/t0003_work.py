"""Create what a tenant's work leaves: jobs, the audit trail, answers kept for repeated requests."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import enclose

revision = "t0003"
down_revision = "t0002"


def upgrade(op: Operations) -> None:
    """Create them; an audit entry is never changed, so no right to change one is given."""
    op.create_table(
        "jobs",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease", sa.String(40)),
        sa.Column("lease_until", sa.Float),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("jobs_due", "jobs", ["tenant_id", "due_at"])
    op.create_table(
        "audit",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "replays",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("response", sa.LargeBinary),
    )
    enclose(op, "jobs", "replays")
    enclose(op, "audit", rights="SELECT, INSERT, DELETE")
