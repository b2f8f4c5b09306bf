"""Take over what another document of the tenant has published of the same bytes: neither parsed nor embedded again.

Nothing is shared by reference: chunks get ids of their own and everything is sealed for the new version, so that what
becomes of either document leaves the other one alone.
"""

from dataclasses import replace
from typing import Final

import structlog

from ingestion.reading import GENERATION, Reading
from tenancy.compartment import Compartment
from tenancy.ids import ChunkId
from tenancy.sealing import SealBroken
from tenancy.stores.views import Chunk, Upload

_NO_ID: Final = ChunkId("")
_log = structlog.get_logger()


async def find_reading(compartment: Compartment, upload: Upload) -> Reading | None:
    """Return what a live version has of the same bytes, read as the same type by this generation; None for nothing."""
    embedder = compartment.models.embedder
    async with compartment.snapshot() as records:
        for source in await records.documents.find_published(upload.sha256):
            if source.upload.content_type != upload.content_type or source.outcome.generation != GENERATION:
                continue
            try:
                chunks, matrix = await records.published.open(source.document, source.version, embedder)
                tables = await records.columns.open(source.version)
                parts = await records.published.parts(source.version, embedder)
            except SealBroken:  # the other document's harm is not this one's: it is parsed
                _log.warning("reading.damaged", document=source.document)
                continue
            return Reading(
                tuple(replace(chunk, id=_NO_ID) for chunk in chunks), matrix.vectors, source.outcome,
                (_text(chunks), source.outcome.title or ""), tables=tables,
                parts=tuple(map(parts.get, range(len(chunks)))),
            )  # fmt: skip
    return None


def _text(chunks: tuple[Chunk, ...]) -> str:
    """Return the text that chunks were cut from, as far as they hold it: what crosses a cut is whole again."""
    text = ""
    for chunk in chunks:
        text += " " * (chunk.start - len(text)) + chunk.text[max(0, len(text) - chunk.start) :]
    return text
