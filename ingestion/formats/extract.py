"""From a file to checked, chunked text: the order of the steps, whatever the format."""

from pathlib import Path

from ingestion.chunk import Measures, chunk
from ingestion.formats.account import account
from ingestion.formats.assembly import assemble
from ingestion.formats.catalogue import FORMATS
from ingestion.formats.pdf import warm_up_pdf
from ingestion.formats.record import Format
from ingestion.formats.refusals import refuse
from ingestion.parse.outcome import Extracted, Limits, ParseFailed


def extract(path: Path, kind: Format, limits: Limits, measures: Measures) -> Extracted:
    """Return what the document at `path` holds, in chunks by `measures`. Raises ParseFailed; libraries raise more."""
    refuse(path, kind, limits)
    found = kind.read(path, limits)
    assembled = assemble(found, limits)
    if not assembled.text.strip():
        raise ParseFailed("no_text")
    chunks = chunk(assembled.text, assembled.blocks, assembled.title, measures, assembled.layout)
    if len(chunks) > limits.chunks:
        raise ParseFailed("too_large")
    last = max((page for _position, page in assembled.layout.pages), default=1)
    pages = None if found.pages is None else max(found.pages, last)
    return Extracted(assembled.text, assembled.title, pages, chunks, assembled.layout, account(found))


def warm_up() -> None:
    """Load in the parent every reader and what it needs."""
    for each in FORMATS:
        each.load()
    warm_up_pdf()
