"""Create a tenant's counters and documents: versions, sealed chunks, blocks of vectors, tombstones."""

import sqlalchemy as sa
from alembic.operations import Operations

from tenancy.stores.databases.migrations.row_security import APP_ROLE, enclose, is_postgresql

revision = "t0001"
down_revision = None

# One call opens a tenant's scope for the transaction, finds out whether the tenant is there and, for a writer, waits
# for the one before it.
_ENTER = """
CREATE FUNCTION bulkhead_enter(entered text, writes boolean) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('bulkhead.tenant', entered, true);
  IF writes THEN
    PERFORM 1 FROM state WHERE tenant_id = entered FOR UPDATE;
  ELSE
    PERFORM 1 FROM state WHERE tenant_id = entered;
  END IF;
  RETURN FOUND;
END $$
"""


def upgrade(op: Operations) -> None:
    """Create them."""
    op.create_table(
        "state",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("change", sa.BigInteger, nullable=False),
        sa.Column("audit_seq", sa.BigInteger, nullable=False),
        sa.Column("audit_head", sa.LargeBinary, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("documents", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )
    _create_documents(op)
    _create_chunks(op)
    enclose(op, "state", "documents", "versions", "chunks", "blocks", "tombstones")
    if is_postgresql(op):
        op.execute(_ENTER)
        op.execute("REVOKE ALL ON FUNCTION bulkhead_enter(text, boolean) FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION bulkhead_enter(text, boolean) TO {APP_ROLE}")


def _create_documents(op: Operations) -> None:
    op.create_table(
        "documents",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("live_version", sa.String(40)),
        sa.Column("latest_version", sa.String(40), nullable=False),
        sa.Column("external_mac", sa.LargeBinary),
        sa.Column("change", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("tenant_id", "external_mac"),
        sa.UniqueConstraint("tenant_id", "position"),
    )
    op.create_index("documents_change", "documents", ["tenant_id", "change"])
    op.create_table(
        "versions",
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
        sa.UniqueConstraint("tenant_id", "content_mac"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.id"], ondelete="CASCADE"
        ),
    )
    op.create_index("versions_document", "versions", ["tenant_id", "document_id"])


def _create_chunks(op: Operations) -> None:
    of_version = ["tenant_id", "version_id"], ["versions.tenant_id", "versions.id"]
    op.create_table(
        "chunks",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("version_id", sa.String(40), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(*of_version, ondelete="CASCADE"),
    )
    op.create_table(
        "blocks",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("version_id", sa.String(40), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(*of_version, ondelete="CASCADE"),
    )
    op.create_table(
        "tombstones",
        sa.Column("tenant_id", sa.String(40), primary_key=True),
        sa.Column("document_id", sa.String(40), primary_key=True),
        sa.Column("change", sa.BigInteger, nullable=False),
    )
    op.create_index("tombstones_change", "tombstones", ["tenant_id", "change"])
