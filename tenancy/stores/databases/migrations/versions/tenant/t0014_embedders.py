"""Let a version have vectors by two embedders, and say which one's answer and by which terms it is found."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import is_postgresql

revision = "t0014"
down_revision = "t0013"

_FIRST = "minilm"  # the only embedder that there was


def upgrade(op: Operations) -> None:
    """Put the embedder into the key of blocks; sealed values stay as they are."""
    op.add_column("state", sa.Column("embedder", sa.String(80), nullable=False, server_default=_FIRST))
    op.add_column("versions", sa.Column("terms_generation", sa.Integer, nullable=False, server_default=sa.text("1")))
    if is_postgresql(op):
        op.add_column("blocks", sa.Column("embedder", sa.String(80), nullable=False, server_default=_FIRST))
        op.alter_column("blocks", "embedder", server_default=None)
        op.drop_constraint("blocks_pkey", "blocks")
        op.create_primary_key("blocks_pkey", "blocks", ["tenant_id", "version_id", "ordinal", "embedder"])
    else:
        _make_anew(op)


def _make_anew(op: Operations) -> None:
    """SQLite cannot change a key, so the table is copied."""
    op.create_table(
        "blocks_anew",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("version_id", sa.String(40), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("embedder", sa.String(80), primary_key=True),
        sa.ForeignKeyConstraint(["tenant_id", "version_id"], ["versions.tenant_id", "versions.id"], ondelete="CASCADE"),
    )
    op.execute("INSERT INTO blocks_anew SELECT tenant_id, version_id, ordinal, body, 'minilm' FROM blocks")
    op.drop_table("blocks")
    op.rename_table("blocks_anew", "blocks")
