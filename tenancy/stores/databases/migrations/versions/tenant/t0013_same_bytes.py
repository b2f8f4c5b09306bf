"""Let several documents of a tenant hold the same bytes."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import is_postgresql

revision = "t0013"
down_revision = "t0012"


def upgrade(op: Operations) -> None:
    """Make the digest of a version's bytes an index where it was a key; rows stay as they are."""
    if is_postgresql(op):
        op.drop_constraint("versions_tenant_id_content_mac_key", "versions")
    else:
        _make_anew(op)
    op.create_index("versions_content", "versions", ["tenant_id", "content_mac"])


def _make_anew(op: Operations) -> None:
    """SQLite cannot drop a key, so the table is copied; chunks and blocks go on naming it."""
    op.create_table(
        "versions_anew",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("content_mac", sa.LargeBinary, nullable=False),
        sa.Column("blob", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("outcome", sa.LargeBinary),
        sa.Column("manifest", sa.LargeBinary),
        sa.Column("terms", sa.LargeBinary),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.id"], ondelete="CASCADE"
        ),
    )
    op.execute("INSERT INTO versions_anew SELECT * FROM versions")
    op.drop_table("versions")
    op.rename_table("versions_anew", "versions")
    op.create_index("versions_document", "versions", ["tenant_id", "document_id"])
