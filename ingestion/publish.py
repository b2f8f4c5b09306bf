"""Bring one version of one document from its sealed original to `ready`, or to `failed` with a reason."""

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ingestion.columns import columns_of
from ingestion.description import sound_tripwires
from ingestion.parse import Extracted, ParseFailed, ParserPool
from ingestion.reading import GENERATION, Reading, seal
from ingestion.reuse import find_reading
from tenancy.compartment import Compartment
from tenancy.errors import NotFound
from tenancy.ids import ChunkId
from tenancy.sealing import SealBroken
from tenancy.stores.chunks import SealedVersion
from tenancy.stores.records import Records
from tenancy.stores.views import Chunk, Document, DocumentStatus, Failure, Job, Outcome, Stage
from tenancy.values.embedded_text import parted

# The same bytes give the document there is already, so it has to go first.
_ORIGINAL_DAMAGED: Final = Failure(
    ParseFailed.stage,
    "original_damaged",
    "The stored file is damaged or missing. Delete this document and upload the file again.",
    retryable=False,
)
_NO_ID: Final = ChunkId("")  # a chunk gets its own where it is sealed


class Superseded(Exception):
    """The document was deleted, replaced by a newer version, or taken over by another worker: this work is void."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    """What a version publishes, sealed beforehand, and its outcome but for the stages."""

    version: SealedVersion
    outcome: Outcome


class Stopwatch:
    """Seconds of wall time by stage, in order."""

    def __init__(self) -> None:
        """Start now."""
        self._stages: list[Stage] = []
        self._since = time.perf_counter()

    def lap(self, name: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self._stages.append(Stage(name, round(now - self._since, 3)))
        self._since = now

    def stages(self) -> tuple[Stage, ...]:
        """Return the stages ended so far."""
        return tuple(self._stages)


async def ingest(compartment: Compartment, job: Job, parser: ParserPool) -> DocumentStatus:
    """Do a leased job; Superseded when its work is void. A failure of the document is recorded, not raised."""
    watch = Stopwatch()
    document = await _enter(compartment, job, DocumentStatus.PARSING)
    upload = document.upload
    reading = await find_reading(compartment, upload)
    if reading is None:
        try:
            content = compartment.blobs.read(upload.blob)
            extracted = await parser.parse(content, name=upload.name, size=upload.size)
        except (ParseFailed, SealBroken) as error:
            watch.lap("parsing")
            failure = _ORIGINAL_DAMAGED if isinstance(error, SealBroken) else _failure(error)
            await _fail(compartment, job, Outcome(watch.stages(), failure=failure))
            return DocumentStatus.FAILED
        watch.lap("parsing")
        await _enter(compartment, job, DocumentStatus.EMBEDDING)
        reading = await _embed(compartment, document, extracted, watch)
    else:
        watch.lap("reusing")
    await _finish(compartment, job, document, reading, watch)
    return DocumentStatus.READY


async def _finish(compartment: Compartment, job: Job, document: Document, reading: Reading, watch: Stopwatch) -> None:
    """Seal and publish a reading; anew as often as the document is described anew meanwhile."""
    current: Document | None = document
    while current is not None:
        tripwires = await sound_tripwires(compartment, current.upload, *reading.texts)
        sealed = await seal(compartment, current.id, current.version, current.upload, reading)
        watch.lap("sealing")
        outcome = replace(reading.outcome, tripwires=tuple(sorted({*reading.outcome.tripwires, *tripwires})))
        current = await _publish(compartment, job, current, _Sealed(sealed, outcome), watch)


def _failure(error: ParseFailed) -> Failure:
    return Failure(error.stage, error.code, error.detail, error.retryable)


async def give_up(compartment: Compartment, job: Job, stage: str) -> None:
    """Record that a job failed too often for a reason that is not the document's."""
    detail = "The service could not finish this document. Retry it; if it fails again, tell the operator its id."
    await _fail(compartment, job, Outcome(failure=Failure(stage, "internal", detail, retryable=True)))


async def _enter(compartment: Compartment, job: Job, status: DocumentStatus) -> Document:
    async with compartment.begin() as records:
        if not await records.jobs.renew(job):
            raise Superseded
        document = await _current(records, job)
        if document is None:
            await records.jobs.remove(job)
        else:
            await records.documents.set_status(job.document, job.version, status)
    if document is None:
        raise Superseded
    return document


async def _current(records: Records, job: Job) -> Document | None:
    """Return the job's document while its version is the newest."""
    try:
        document = await records.documents.get(job.document)
    except NotFound:
        return None
    return document if document.version == job.version else None


async def _embed(compartment: Compartment, document: Document, extracted: Extracted, watch: Stopwatch) -> Reading:
    chunks = tuple(
        Chunk(
            _NO_ID, document.id, document.upload.name, ordinal,
            extracted.text[piece.start : piece.end], piece.start, piece.end, piece.layout,
        )
        for ordinal, piece in enumerate(extracted.chunks)
    )  # fmt: skip
    vectors, parts = await compartment.models.embed(await asyncio.to_thread(parted, extracted.title, chunks))
    watch.lap("embedding")
    outcome = Outcome(
        (), len(chunks), extracted.pages, coverage=extracted.account.coverage(), warnings=extracted.account.told(),
        title=extracted.title, generation=GENERATION,
    )  # fmt: skip
    tables = await asyncio.to_thread(columns_of, extracted.text, extracted.layout, extracted.chunks)
    texts = extracted.text, extracted.title or ""
    return Reading(chunks, np.asarray(vectors, np.float32), outcome, texts, tables=tables, parts=parts)


async def _publish(
    compartment: Compartment, job: Job, document: Document, made: _Sealed, watch: Stopwatch
) -> Document | None:
    """Publish what was made; where the document was described anew meanwhile, publish nothing and return it."""
    async with compartment.begin() as records:
        now = await _current(records, job)
        if now is None:
            raise Superseded
        if now.upload != document.upload:
            return now
        if not await records.jobs.remove(job):
            raise Superseded
        await records.chunks.insert(made.version)
        watch.lap("publishing")
        outcome = replace(made.outcome, stages=watch.stages())
        if not await records.documents.finish(job.document, job.version, outcome, DocumentStatus.READY):
            raise Superseded
        replaced = await records.documents.go_live(job.document, job.version)
        await records.audit.add("document.indexed", job.document)
    await compartment.blobs.delete(replaced)
    return None


async def _fail(compartment: Compartment, job: Job, outcome: Outcome) -> None:
    async with compartment.begin() as records:
        if not await records.jobs.remove(job):
            raise Superseded
        await records.documents.finish(job.document, job.version, outcome, DocumentStatus.FAILED)
        await records.audit.add("document.failed", job.document, "failed")
