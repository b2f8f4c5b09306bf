"""What an export holds: documents with originals, chunks, profiles, settings, clients, audit, logs, usage, alerts.

Rules this module enforces:

* Every table of a tenant is named below, as given out or as left out for a reason; a test fails on one that is not.
* No secret is given out: neither a provider's key nor anything that a client signs in with.
* Paths are made of ids and numbers, so that unpacking writes nowhere else; names stand inside the files.
* Nothing is held open between two pages: each is read in a short transaction that ends with the right to read.
* An original that does not open is named as damaged, and everything else is given out all the same.
"""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from typing import Final

from tenancy.anomalies import chosen
from tenancy.auditing.interactions import Between
from tenancy.card import TenantCard
from tenancy.errors import NotFound
from tenancy.exports.archive import Entry, whole
from tenancy.exports.recipients import recipient_in
from tenancy.identity.binding import SETTINGS
from tenancy.ids import DocumentId
from tenancy.metering.listing import Place
from tenancy.models.environments import Environment
from tenancy.models.own_provider import agreed_host, group_of, shown
from tenancy.sealing import SealBroken
from tenancy.stores.blobs import TenantBlobs
from tenancy.stores.records import Records
from tenancy.stores.views import Chunk, Document, DocumentStatus, Upload

EXPORTED: Final = frozenset(
    {
        "documents", "versions", "chunks", "profiles", "settings", "clients", "audit", "interactions", "usage",
        "usage_labels", "alerts",
    }
)  # fmt: skip
LEFT_OUT: Final = {
    "state": "Counters of this deployment; they say nothing that the entries do not.",
    "blocks": "Vectors: an embedder makes them again from the text.",
    "columns": "The cells of tables, once more: the text holds them all.",
    "parts": "Vectors of parts of the text: an embedder makes them again.",
    "tombstones": "Which documents an index has yet to drop.",
    "enrolments": "Codes that grant access.",
    "jobs": "Work under way in this deployment.",
    "storage_days": "Which days the ledger has a row for, and what is left of a micro-dollar.",
    "usage_months": "How far a plan has covered a month: the calls say what it covered of each.",
    "activity": "Counts by the hour, from which this deployment learns what is usual.",
    "replays": "Answers that are kept for a day for whoever repeats a request.",
}
_PAGE: Final = 200
_ROWS: Final = 2_000  # of the ledger, which has the most and the smallest
DAMAGED: Final = "damaged.jsonl"
"""Which documents came without their originals; it is there, and empty, also where none did."""


@dataclass(frozen=True, slots=True)
class Source:
    """One tenant, read for its export; `snapshot` is one short read transaction."""

    card: TenantCard
    snapshot: Callable[[], AbstractAsyncContextManager[Records]]
    blobs: TenantBlobs


async def entries(source: Source) -> AsyncIterator[Entry]:
    """Yield the files of a tenant's export."""
    yield _object("tenant.json", asdict(source.card))
    yield _object("settings.json", await _settings(source))
    yield _lines("profiles.jsonl", await _profiles(source))
    async with source.snapshot() as records:
        clients = [asdict(each) | {"roles": sorted(each.roles)} for each in await records.clients.list()]
    yield _lines("clients.jsonl", clients)
    damaged: list[dict[str, object]] = []
    async for entry in _documents(source, damaged):
        yield entry
    yield _lines(DAMAGED, damaged)
    async for entry in _audit(source):
        yield entry
    async for entry in _logs(source):
        yield entry
    async for entry in _usage(source):
        yield entry
    yield _lines("alerts.jsonl", await _alerts(source))


def _object(path: str, value: object) -> Entry:
    return whole(path, json.dumps(value, indent=1).encode())


def _lines(path: str, values: list[dict[str, object]]) -> Entry:
    return whole(path, b"".join(json.dumps(value).encode() + b"\n" for value in values))


async def _settings(source: Source) -> dict[str, object]:
    async with source.snapshot() as records:
        providers = {str(each): await shown(records.settings, each) for each in Environment}
        issuer = await records.settings.get(SETTINGS)
        agreed = agreed_host(await records.settings.get(group_of(Environment.PRODUCTION)))
        recipient = await recipient_in(records.settings)
        own = {"platform_provider_host": agreed, "export_recipient": recipient, "issuer": issuer}
        return {"providers": providers, **own, **await chosen.shown(records.settings)}


async def _profiles(source: Source) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    async with source.snapshot() as records:
        for newest in await records.profiles.list():
            cursor: str | None = None
            while True:
                versions, cursor = await records.profiles.versions(newest.name, _PAGE, cursor)
                found += [asdict(version) for version in versions]
                if cursor is None:
                    break
    return found


async def _documents(source: Source, damaged: list[dict[str, object]]) -> AsyncIterator[Entry]:
    cursor: str | None = None
    while True:
        async with source.snapshot() as records:
            page, cursor = await records.documents.page(_PAGE, cursor)
        for document in page:
            async for entry in _document(source, document, damaged):
                yield entry
        if cursor is None:
            return


async def _document(source: Source, document: Document, damaged: list[dict[str, object]]) -> AsyncIterator[Entry]:
    """Yield a document's files; nothing of one that was deleted since its page was read."""
    try:
        async with source.snapshot() as records:
            document = await records.documents.get(document.id)
    except NotFound:
        return
    original = await _original(source, document.upload)
    if original is None and await _gone(source, document.id, document.upload):
        return
    folder, upload = f"documents/{document.id}", document.upload
    told = _told(upload) | {"id": document.id, "status": document.status, "outcome": asdict(document.outcome)}
    if document.live is not None:
        told["live"] = _told(document.live.upload) | {"outcome": asdict(document.live.outcome)}
    yield _object(f"{folder}/document.json", told)
    if original is None:
        damaged.append({"id": document.id, "name": upload.name, "sha256": upload.sha256})
    else:
        yield Entry(f"{folder}/original", upload.size, original)
    async for entry in _live(source, document, folder, damaged):
        yield entry
    async for entry in _chunks(source, document, folder):
        yield entry


def _told(upload: Upload) -> dict[str, object]:
    return {name: value for name, value in asdict(upload).items() if name != "blob"}


async def _live(
    source: Source, document: Document, folder: str, damaged: list[dict[str, object]]
) -> AsyncIterator[Entry]:
    """Yield the original that answers while a newer one is pending or has failed."""
    if document.live is None:
        return
    upload = document.live.upload
    original = await _original(source, upload)
    if original is not None:
        yield Entry(f"{folder}/live", upload.size, original)
    elif not await _gone(source, document.id, upload):
        damaged.append({"id": document.id, "name": upload.name, "sha256": upload.sha256})


async def _original(source: Source, upload: Upload) -> AsyncIterator[bytes] | None:
    """Return an original that was read through once, and is open from here on; None if it does not open whole.

    An archive says how long a file is before the file: what turned out damaged half-way could only break it off.
    """
    blob, size = upload.blob, 0
    try:
        async for part in source.blobs.read(blob):
            size += len(part)
        content = source.blobs.read(blob)
        first = await anext(content)
    except SealBroken:
        return None
    return _from(first, content) if size == upload.size else None


async def _gone(source: Source, document: DocumentId, upload: Upload) -> bool:
    """Tell whether a document, or the version whose original was to be read, is there no longer."""
    try:
        async with source.snapshot() as records:
            now = await records.documents.get(document)
    except NotFound:
        return True
    kept = {now.upload.blob} | ({now.live.upload.blob} if now.live else set())
    return now.status is DocumentStatus.DELETING or upload.blob not in kept


async def _from(first: bytes, following: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in following:
        yield part


async def _chunks(source: Source, document: Document, folder: str) -> AsyncIterator[Entry]:
    after, number = -1, 0
    while document.live_version is not None:
        async with source.snapshot() as records:
            page = await records.chunks.page(document.live_version, _PAGE, after)
        if not page:
            return
        number, after = number + 1, page[-1].ordinal
        yield _lines(f"{folder}/chunks/{number:05}.jsonl", [_chunk(chunk) for chunk in page])


def _chunk(chunk: Chunk) -> dict[str, object]:
    return asdict(chunk) | {"page": chunk.layout.page_at(chunk.start)}


async def _audit(source: Source) -> AsyncIterator[Entry]:
    """Yield the audit, newest entries first, as of the page that was read first."""
    cursor, number = None, 0
    while True:
        async with source.snapshot() as records:
            page, cursor = await records.audit.page(_PAGE, cursor)
        number += 1
        yield _lines(f"audit/{number:05}.jsonl", [asdict(entry) for entry in page])
        if cursor is None:
            return


async def _logs(source: Source) -> AsyncIterator[Entry]:
    """Yield the interaction logs whose day has not come, newest first."""
    cursor, number = None, 0
    while True:
        async with source.snapshot() as records:
            page, cursor = await records.interactions.page(_PAGE, cursor, Between(), time.time())
        number += 1
        yield _lines(f"logs/{number:05}.jsonl", [asdict(log) for log in page])
        if cursor is None:
            return


async def _usage(source: Source) -> AsyncIterator[Entry]:
    """Yield the ledger, day by day from the oldest row on; a call that ends meanwhile is as it was or as it became."""
    after: Place | None = None
    number = 0
    while True:
        async with source.snapshot() as records:
            page, after = await records.usage.page(_ROWS, after)
        number += 1
        yield _lines(f"usage/{number:05}.jsonl", [asdict(row) for row in page])
        if after is None:
            return


async def _alerts(source: Source) -> list[dict[str, object]]:
    """Return the alerts, newest first."""
    found, cursor = list[dict[str, object]](), None
    while True:
        async with source.snapshot() as records:
            page, cursor = await records.alerts.page(_PAGE, cursor)
        found += [asdict(alert) for alert in page]
        if cursor is None:
            return found
