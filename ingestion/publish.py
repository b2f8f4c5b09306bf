"""Bring one version of one document from its sealed original to `ready`, or to `failed` with a reason."""

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.chunk import carried_heading, embedded_text
from ingestion.parse import Extracted, ParseFailed, ParserPool
from tenancy.compartment import Compartment
from tenancy.errors import NotFound
from tenancy.ids import ChunkId, new_id
from tenancy.models.terms import term_counts
from tenancy.sealing import SealBroken
from tenancy.stores.chunks import SealedVersion
from tenancy.stores.vectors import Matrix
from tenancy.stores.views import Chunk, Document, DocumentStatus, Failure, Job, Outcome, Stage, Upload
from tenancy.tripwires.alarms import Surface

# The same bytes give the document there is already, so it has to go first.
_ORIGINAL_DAMAGED: Final = Failure(
    ParseFailed.stage,
    "original_damaged",
    "The stored file is damaged or missing. Delete this document and upload the file again.",
    retryable=False,
)
_PARTED: Final = re.compile(r"[\W_]+")


class Superseded(Exception):
    """The document was deleted, replaced by a newer version, or taken over by another worker: this work is void."""


@dataclass(frozen=True, slots=True)
class _Embedded:
    chunks: tuple[Chunk, ...]
    sealed: SealedVersion
    tripwires: tuple[str, ...]


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
    tripwires = await _tripwires(compartment, upload, extracted)
    embedded = await _embed(compartment, document, extracted, watch, tripwires)
    await _publish(compartment, job, embedded, extracted, watch)
    return DocumentStatus.READY


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
        try:
            document = await records.documents.get(job.document)
        except NotFound:
            document = None
        if document is None or document.version != job.version:
            await records.jobs.remove(job)
            void = True
        else:
            await records.documents.set_status(job.document, job.version, status)
            void = False
    if void or document is None:
        raise Superseded
    return document


async def _tripwires(compartment: Compartment, upload: Upload, extracted: Extracted) -> tuple[str, ...]:
    """Sound the alarm for foreign tripwires that come in with a document, and return their names.

    A document is never refused for them, or whoever has seen one could keep another tenant's documents out with it.
    What came in this way does not block that tenant's answers either.
    """
    said = [upload.name, upload.external_id or "", *(f"{key} {value}" for key, value in upload.metadata.items())]
    found = await asyncio.to_thread(compartment.tripwires.found, extracted.text, extracted.title or "", *said)
    foreign = await compartment.tripwires.foreign(found)
    await compartment.tripwires.sound(foreign, Surface.UPLOAD, blocked=False)
    return tuple(str(token) for token in sorted(foreign))


def carried(extracted: Extracted) -> list[str]:
    """Return what is embedded of each chunk, the carried title and heading included, as the chunker counted it."""
    return [
        embedded_text(
            extracted.title, extracted.text[piece.start : piece.end], carried_heading(piece.layout, piece.start)
        )
        for piece in extracted.chunks
    ]


def _words(name: str) -> str:
    """Return the words of a file's name, by which people ask for what it holds; its ending is none of them."""
    stem, dot, _suffix = name.rpartition(".")
    return _PARTED.sub(" ", stem if dot else name)


async def _embed(
    compartment: Compartment, document: Document, extracted: Extracted, watch: Stopwatch, tripwires: tuple[str, ...]
) -> _Embedded:
    texts = carried(extracted)
    vectors = await compartment.models.embed(texts)
    watch.lap("embedding")
    chunks = tuple(
        Chunk(
            ChunkId(new_id("chk")), document.id, document.upload.name, ordinal,
            extracted.text[piece.start : piece.end], piece.start, piece.end, piece.layout,
        )
        for ordinal, piece in enumerate(extracted.chunks)
    )  # fmt: skip

    def seal() -> SealedVersion:
        name = _words(document.upload.name)
        sparse = [compartment.index.sparse(term_counts(f"{name}\n{text}")) for text in texts]
        matrix = Matrix.of(np.asarray(vectors), sparse)
        tags = {**document.upload.metadata, "document_id": document.id, "content_type": document.upload.content_type}
        if document.upload.external_id is not None:
            tags["external_id"] = document.upload.external_id
        return compartment.index.seal_version(document.version, chunks, matrix, tags)

    sealed = await asyncio.to_thread(seal)
    watch.lap("sealing")
    return _Embedded(chunks, sealed, tripwires)


async def _publish(
    compartment: Compartment, job: Job, embedded: _Embedded, extracted: Extracted, watch: Stopwatch
) -> None:
    async with compartment.begin() as records:
        if not await records.jobs.remove(job):
            raise Superseded
        await records.chunks.insert(embedded.sealed)
        watch.lap("publishing")
        outcome = Outcome(
            watch.stages(), len(embedded.chunks), extracted.pages, tripwires=embedded.tripwires,
            coverage=extracted.account.coverage(), warnings=extracted.account.told(),
        )  # fmt: skip
        if not await records.documents.finish(job.document, job.version, outcome, DocumentStatus.READY):
            raise Superseded
        replaced = await records.documents.go_live(job.document, job.version)
        await records.audit.add("document.indexed", job.document)
    await compartment.blobs.delete(replaced)


async def _fail(compartment: Compartment, job: Job, outcome: Outcome) -> None:
    async with compartment.begin() as records:
        if not await records.jobs.remove(job):
            raise Superseded
        await records.documents.finish(job.document, job.version, outcome, DocumentStatus.FAILED)
        await records.audit.add("document.failed", job.document, "failed")
