"""Which stored values are sealed under a tenant's data key, and the place that each was sealed for.

A rotation seals all of these anew and then destroys the key: a column that is missing here would be lost. A test reads
the schema and fails on a column of bytes that stands neither here nor among those that are no sealed data.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from tenancy.ids import TenantId
from tenancy.keys.tenant_keys import Purpose
from tenancy.stores.documents.blocks import sealed_for
from tenancy.stores.documents.parts import parts_row
from tenancy.stores.schema import (
    alerts,
    blocks,
    chunks,
    clients,
    columns,
    jobs,
    parts,
    profiles,
    replays,
    settings,
    usage_labels,
    versions,
)

_MANY: Final = 200
_FEW: Final = 8  # a block of a thousand vectors is one to six megabytes
Row = sa.Row[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One column; `place` gives the row's and the column's name in what a value was sealed for.

    `batch` is how many values are read at a time, `also` a column that `place` needs besides the key.
    """

    table: sa.Table
    column: str
    place: Callable[[Row], tuple[str, str]]
    purpose: Purpose = Purpose.RECORDS
    batch: int = _MANY
    also: str | None = None

    @property
    def key(self) -> list[sa.Column[Any]]:
        """The columns of the table's primary key after the tenant."""
        return [column for column in self.table.primary_key.columns if column.name != "tenant_id"]

    def older(self, tenant: TenantId, version: int) -> sa.ColumnElement[bool]:
        """Tell the tenant's values that are sealed under another version than this one."""
        begins = sa.func.substr(self.value, 1, len(beginning(version)), type_=sa.LargeBinary)
        return sa.and_(self.table.c.tenant_id == tenant, self.value.is_not(None), begins != beginning(version))

    @property
    def value(self) -> sa.Column[Any]:
        """The column of sealed values."""
        return self.table.c[self.column]


def beginning(version: int) -> bytes:
    """Return how every value begins that is sealed under a version: format and version, as tenancy.sealing has it."""
    return b"\x01" + version.to_bytes(4, "big")


def _of_version(column: str, batch: int = _MANY) -> SealedColumn:
    return SealedColumn(versions, column, lambda row: (row.id, column), batch=batch)


SEALED: Final = (
    _of_version("body"),
    _of_version("outcome"),
    _of_version("manifest"),
    _of_version("terms", _FEW),
    SealedColumn(chunks, "body", lambda row: (f"{row.version_id}.{row.ordinal}", row.id), also="id"),
    SealedColumn(
        blocks, "body", lambda row: (sealed_for(row.version_id, row.embedder, row.ordinal), "body"), batch=_FEW
    ),
    SealedColumn(columns, "body", lambda row: (f"{row.version_id}.{row.ordinal}", "body"), batch=_FEW),
    SealedColumn(parts, "body", lambda row: (parts_row(row.version_id, row.embedder, row.ordinal), "body")),
    SealedColumn(clients, "body", lambda row: (row.id, "body")),
    SealedColumn(profiles, "body", lambda row: (f"{row.name}.{row.version}", "body")),
    SealedColumn(settings, "body", lambda row: (row.name, "body")),
    SealedColumn(jobs, "body", lambda row: (row.id, "body"), Purpose.JOBS),
    SealedColumn(alerts, "body", lambda row: (row.id, "body")),
    SealedColumn(usage_labels, "body", lambda row: (row.label, "body")),
    SealedColumn(replays, "response", lambda row: (row.key, "response")),
)
"""Every one of them."""

NOT_DATA: Final = frozenset(
    {
        "state.audit_head", "documents.external_mac", "versions.content_mac", "clients.secret_mac", "clients.mac",
        "clients.earlier_mac", "enrolments.mac", "replays.request", "audit.digest", "audit.body",
        "interactions.body", "alerts.episode_mac",
    }
)  # fmt: skip
"""Columns of bytes that are none: MACs under the match key, and what is sealed under the retention key."""
