"""The tables that hold one tenant's rows."""

from typing import Final

import sqlalchemy as sa

tenant: Final = sa.MetaData()

NEW_STATE: Final = {
    "epoch": 1, "change": 0, "audit_seq": 0, "audit_head": b"", "position": 0, "documents": 0, "bytes": 0,
    "key_version": 1, "resealed": 0,
}  # fmt: skip
"""The counters of a tenant that was just created."""

FIRST_EMBEDDER: Final = "minilm"
"""What made the vectors from before a row named who did."""

COUNTED: Final = ("requests", "tokens", "spend", "prompt_size", "refusals", "foreign_ids", "canaries")
"""What is counted of a tenant's hour."""


def _table(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(name, tenant, sa.Column("tenant_id", sa.String(40), primary_key=True), *columns)


state = _table(
    "state",
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("audit_seq", sa.BigInteger, nullable=False),
    sa.Column("audit_head", sa.LargeBinary, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("documents", sa.Integer, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    # The data key's version that writers must seal under, and the change at which all of an earlier one was gone.
    sa.Column("key_version", sa.Integer, nullable=False, server_default=sa.text("1")),
    sa.Column("resealed", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    # Whose vectors answer: every live version has blocks by this embedder.
    sa.Column("embedder", sa.String(80), nullable=False, server_default=FIRST_EMBEDDER),
)
documents = _table(
    "documents",
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("live_version", sa.String(40)),
    sa.Column("latest_version", sa.String(40), nullable=False),
    sa.Column("external_mac", sa.LargeBinary),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("tenant_id", "external_mac"),
    sa.UniqueConstraint("tenant_id", "position"),
    sa.Index("documents_change", "tenant_id", "change"),
)
versions = _table(
    "versions",
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("document_id", sa.String(40), nullable=False),
    sa.Column("content_mac", sa.LargeBinary, nullable=False),
    sa.Column("blob", sa.String(40), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("outcome", sa.LargeBinary),
    sa.Column("manifest", sa.LargeBinary),
    sa.Column("terms", sa.LargeBinary),
    sa.Column("terms_generation", sa.Integer, nullable=False, server_default=sa.text("1")),
    sa.ForeignKeyConstraint(["tenant_id", "document_id"], ["documents.tenant_id", "documents.id"], ondelete="CASCADE"),
    sa.Index("versions_document", "tenant_id", "document_id"),
    sa.Index("versions_content", "tenant_id", "content_mac"),
)
chunks = _table(
    "chunks",
    sa.Column("version_id", sa.String(40), primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(40), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("tenant_id", "id"),
    sa.ForeignKeyConstraint(["tenant_id", "version_id"], ["versions.tenant_id", "versions.id"], ondelete="CASCADE"),
)
blocks = _table(
    "blocks",
    sa.Column("version_id", sa.String(40), primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("embedder", sa.String(80), primary_key=True),
    sa.ForeignKeyConstraint(["tenant_id", "version_id"], ["versions.tenant_id", "versions.id"], ondelete="CASCADE"),
)
columns = _table(
    "columns",
    sa.Column("version_id", sa.String(40), primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(["tenant_id", "version_id"], ["versions.tenant_id", "versions.id"], ondelete="CASCADE"),
)
parts = _table(
    "parts",
    sa.Column("version_id", sa.String(40), primary_key=True),
    sa.Column("embedder", sa.String(80), primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(["tenant_id", "version_id"], ["versions.tenant_id", "versions.id"], ondelete="CASCADE"),
)
tombstones = _table(
    "tombstones",
    sa.Column("document_id", sa.String(40), primary_key=True),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Index("tombstones_change", "tenant_id", "change"),
)
clients = _table(
    "clients",
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("roles", sa.String(80), nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("expires_at", sa.Float),
    sa.Column("secret_mac", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("mac", sa.LargeBinary, nullable=False),
    # The secret before, and until when it works beside the newest one.
    sa.Column("earlier_mac", sa.LargeBinary),
    sa.Column("earlier_until", sa.Float),
)
enrolments = _table(
    "enrolments",
    sa.Column("code", sa.String(80), primary_key=True),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("used_at", sa.Float),
    sa.Column("mac", sa.LargeBinary, nullable=False),
)
profiles = _table(
    "profiles",
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
settings = _table(
    "settings",
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
jobs = _table(
    "jobs",
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("lease", sa.String(40)),
    sa.Column("lease_until", sa.Float),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("jobs_due", "tenant_id", "due_at"),
)
audit = _table(
    "audit",
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
interactions = _table(
    "interactions",
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("id", sa.String(40), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("tenant_id", "id"),
    sa.Index("interactions_expiry", "tenant_id", "expires_at"),
)
replays = _table(
    "replays",
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("request", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("response", sa.LargeBinary),
)
usage = _table(
    "usage",
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("day", sa.Integer, nullable=False),  # whole days since 1970-01-01, UTC
    sa.Column("label", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("payer", sa.String(12), nullable=False),
    sa.Column("price", sa.String(80), nullable=False),
    sa.Column("opens", sa.Integer, nullable=False),  # 1 for the first call of its request
    sa.Column("exact", sa.Integer, nullable=False),  # 0 while it is under way, and when its end never became known
    sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
    sa.Column("completion_tokens", sa.BigInteger, nullable=False),
    sa.Column("embedding_tokens", sa.BigInteger, nullable=False),
    sa.Column("byte_days", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.BigInteger, nullable=False),  # micro-dollars, as all that follow
    sa.Column("covered", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("charge", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    # What an operator's report is divided by: words of ours, and an app by a MAC.
    sa.Column("plan", sa.String(40), nullable=False, server_default=""),
    sa.Column("tariff", sa.String(80), nullable=False, server_default=""),
    sa.Column("app", sa.String(24), nullable=False, server_default=""),
    sa.Column("feature", sa.String(200), nullable=False, server_default=""),
    sa.Column("model", sa.String(200), nullable=False, server_default=""),
    sa.Index("usage_day", "tenant_id", "day"),
    sa.Index("usage_at", "tenant_id", "at"),
)
usage_months = _table(
    "usage_months",
    sa.Column("month", sa.Integer, primary_key=True),  # year * 100 + month
    sa.Column("covered", sa.BigInteger, nullable=False),
)
storage_days = _table(
    "storage_days",
    sa.Column("day", sa.Integer, primary_key=True),  # as in the ledger
    sa.Column("bytes", sa.BigInteger, nullable=False),
    # What is less than a micro-dollar, of the cost and of the charge: carried into the next day.
    sa.Column("cost_left", sa.BigInteger, nullable=False),
    sa.Column("charge_left", sa.BigInteger, nullable=False),
)
usage_labels = _table(
    "usage_labels",
    sa.Column("label", sa.String(64), primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
activity = _table(
    "activity",
    sa.Column("hour", sa.BigInteger, primary_key=True),  # epoch seconds at which it begins
    *(sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0")) for name in COUNTED),
    sa.Column("looked_at", sa.Float, nullable=False, server_default=sa.text("0")),
)
alerts = _table(
    "alerts",
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),  # of its entry in the audit
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("episode_mac", sa.LargeBinary, nullable=False),
    sa.Column("due_at", sa.Float),  # when it is to be delivered, or tried again
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("tenant_id", "seq"),
    sa.UniqueConstraint("tenant_id", "episode_mac"),
    sa.Index("alerts_due", "tenant_id", "due_at"),
)
