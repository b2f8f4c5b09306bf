"""One document inside its sandboxed process: receive it, extract it, answer."""

import os
import warnings
from pathlib import Path
from typing import Final

from ingestion.chunk import Measures
from ingestion.formats.extract import extract, warm_up
from ingestion.measures import load_measures
from ingestion.parse.damage import damage_reported
from ingestion.parse.outcome import Extracted, ParseFailed
from ingestion.parse.reply import encode
from ingestion.parse.wire import Order
from tenancy.models.encoders.installed import chosen, sources

_BLOCK: Final = 1 << 18


def preload(encoder: str | None = None, folder: Path | None = None) -> Measures:
    """Do once, in the parent of all, what every document would otherwise wait for.

    Chunks are measured in the tokens of `encoder`, by default of the best that is installed; `folder` may hold it.
    """
    warnings.simplefilter("ignore")
    warm_up()
    return load_measures(chosen(sources(folder), encoder).pieces().count)


def serve(measures: Measures, order: Order, channel: int) -> None:
    """Read a document from `channel` to its end, write the answer to it. The current folder is the parser's own."""
    answer: Extracted | ParseFailed
    try:
        with damage_reported(order.limits):
            answer = extract(_receive(order, channel), order.format, order.limits, measures)
    except ParseFailed as failure:
        answer = failure
    _send(channel, encode(answer))


def _receive(order: Order, channel: int) -> Path:
    path = Path(f"document.{order.format.name}").absolute()
    left = order.limits.document_bytes
    with path.open("wb") as copy:
        while block := os.read(channel, _BLOCK):
            left -= len(block)
            if left >= 0:
                copy.write(block)
    if left < 0:
        raise ParseFailed("too_large")
    return path


def _send(channel: int, answer: bytes) -> None:
    view = memoryview(answer)
    while view:
        view = view[os.write(channel, view) :]
