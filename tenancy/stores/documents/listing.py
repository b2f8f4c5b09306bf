"""Find documents by what stands sealed in their rows.

Rules this module enforces:

* What has a column is asked of the database: position, status, and the caller's own id by its digest. Names, metadata
  and times are sealed, so the tenant's own rows are opened one after another, newest first.
* One call opens a bounded number of rows. Where they are used up its page is short, be it empty, and the cursor goes on
  behind the last row that was opened: no document is left out.
"""

import asyncio
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import sqlalchemy as sa

from tenancy.keys.tenant_keys import TenantKeys
from tenancy.stores.databases.cursors import Cursors
from tenancy.stores.databases.store import Transaction
from tenancy.stores.documents.rows import DocumentRows
from tenancy.stores.schema import documents
from tenancy.stores.views import Document, DocumentStatus, Scalar, Upload

MOST_OPENED: Final = 10_000
"""Rows that one call opens, as many as documents of the standard plan: 10,000 took 0.4 s of a processor."""
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Criteria:
    """What the documents of a list have: None and nothing narrow nothing.

    `name` is compared as Unicode's composed form; each field of `metadata` has one of its values; `since` is the first
    second and `until` the first that is too late, both of `created_at`, in epoch seconds.
    """

    status: DocumentStatus | None = None
    name: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, Sequence[Scalar]] | None = None
    since: float | None = None
    until: float | None = None

    @property
    def sealed(self) -> bool:
        """Tell whether rows must be opened to find out."""
        return any(each is not None for each in (self.name, self.metadata, self.since, self.until))

    def meets(self, upload: Upload) -> bool:
        """Tell whether a document's newest upload is wanted as far as it is sealed."""
        return (
            (self.name is None or _composed(upload.name) == _composed(self.name))
            and (self.since is None or upload.created_at >= self.since)
            and (self.until is None or upload.created_at < self.until)
            and all(
                field in upload.metadata and any(_equal(upload.metadata[field], value) for value in values)
                for field, values in (self.metadata or {}).items()
            )
        )


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _equal(kept: Scalar, asked: Scalar) -> bool:
    """Compare as filters of a search do: numbers by value, and true is not 1."""
    return kept == asked and isinstance(kept, bool) == isinstance(asked, bool)


@final
class DocumentList:
    """The list of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys, rows: DocumentRows) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._rows = rows
        self._cursors = Cursors(keys, "documents")

    async def page(
        self, limit: int, cursor: str | None, criteria: Criteria, most_opened: int
    ) -> tuple[list[Document], str | None]:
        """Return up to `limit` documents, newest first, and the cursor of the next page."""
        query = self._rows.select().order_by(documents.c.position.desc())
        if criteria.status is not None:
            query = query.where(documents.c.status == criteria.status)
        if criteria.external_id is not None:
            query = query.where(documents.c.external_mac == self._rows.external_mac(criteria.external_id))
        below = None if cursor is None else self._cursors.read(cursor)
        found: list[Document] = []
        opened, batch = 0, min(_BATCH, most_opened) if criteria.sealed else limit + 1
        while opened < most_opened:
            rows = (await self._db.execute(_below(query, below).limit(batch))).all()
            opened += len(rows)
            found += await asyncio.to_thread(self._chosen, rows, criteria, limit + 1 - len(found))
            if len(found) > limit:
                return found[:limit], self._cursors.write(found[limit - 1].position)
            if len(rows) < batch:
                return found, None
            below = rows[-1].position
        return found, self._cursors.write(int(below or 0))

    def _chosen(self, rows: Sequence[sa.Row[Any]], criteria: Criteria, most: int) -> list[Document]:
        """Return the first of the rows that meet what is asked for, opened."""
        chosen: list[Document] = []
        for row in rows:
            if len(chosen) == most:
                break
            if not criteria.sealed or criteria.meets(self._rows.upload(row.latest_version, row.body)):
                chosen.append(self._rows.view(row))
        return chosen


def _below(query: sa.Select[tuple[Any, ...]], position: int | None) -> sa.Select[tuple[Any, ...]]:
    return query if position is None else query.where(documents.c.position < position)
