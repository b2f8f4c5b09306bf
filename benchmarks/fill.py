"""Put many chunks into a tenant without parsing or embedding, to measure what comes after.

Vectors are random unit vectors: no timing here depends on what they say.
"""

import asyncio

import numpy as np
from numpy.typing import NDArray

from tenancy.compartment import Compartment
from tenancy.ids import BlobRef, ChunkId, new_id
from tenancy.models.terms import document_counts
from tenancy.stores.vectors import Matrix
from tenancy.stores.views import Chunk, DocumentStatus, Outcome, Upload
from tenancy.values.part_vectors import PartVectors

DOCUMENT_CHUNKS = 50
_PARTS = 16


def unit_vectors(count: int, seed: int, dimension: int = 384) -> NDArray[np.float32]:
    """Return random unit vectors, float32 (count, dimension)."""
    made = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    normed: NDArray[np.float32] = made / np.linalg.norm(made, axis=1, keepdims=True)
    return normed


def random_parts(text: str) -> PartVectors:
    """Return random vectors of as many equal parts as a chunk of prose has."""
    borders = np.linspace(0, len(text), _PARTS + 1).astype(np.uint32)
    codes = np.random.default_rng(len(text)).integers(-127, 128, (_PARTS, 384), np.int8)
    return PartVectors(borders[:-1], borders[1:], codes)


async def fill(compartment: Compartment, texts: list[str], vectors: NDArray[np.float32]) -> None:
    """Publish one chunk for each text, 50 to a document."""
    for start in range(0, len(texts), DOCUMENT_CHUNKS):
        part = texts[start : start + DOCUMENT_CHUNKS]
        await _publish(compartment, f"document-{start}.txt", part, vectors[start : start + DOCUMENT_CHUNKS])


async def _publish(compartment: Compartment, name: str, texts: list[str], vectors: NDArray[np.float32]) -> None:
    upload = Upload(name, new_id("sha"), sum(map(len, texts)), "text/plain", 0.0, BlobRef(new_id("blb")))
    async with compartment.begin() as records:
        document = await records.documents.add(upload)
    chunks, position = [], 0
    for ordinal, text in enumerate(texts):
        end = position + len(text)
        chunks.append(Chunk(ChunkId(new_id("chk")), document.id, name, ordinal, text, position, end))
        position = end + 2
    sparse = [compartment.index.sparse(document_counts(text)) for text in texts]
    matrix = Matrix.of(vectors, sparse)
    parts = list(map(random_parts, texts))
    sealed = await asyncio.to_thread(
        compartment.index.seal_version, document.version, chunks, matrix, {"document_id": document.id}, (), parts
    )
    async with compartment.begin() as records:
        await records.chunks.insert(sealed)
        outcome = Outcome(chunks=len(chunks))
        await records.documents.finish(document.id, document.version, outcome, DocumentStatus.READY)
        await records.documents.go_live(document.id, document.version)
