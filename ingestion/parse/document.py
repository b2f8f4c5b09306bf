"""One document inside its sandboxed process: receive it, extract it, answer."""

import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Final

from ingestion.formats.extract import extract, warm_up
from ingestion.parse.outcome import Extracted, ParseFailed
from ingestion.parse.reply import encode
from ingestion.parse.wire import Order

_BLOCK: Final = 1 << 18
_MUCH: Final = 0.7  # of the allowed memory: whatever fails then failed for want of it


def preload() -> None:
    """Do once, in the parent of all, what every document would otherwise wait for."""
    warnings.simplefilter("ignore")
    warm_up()


def serve(order: Order, channel: int) -> None:
    """Read a document from `channel` to its end, write the answer to it. The current folder is the parser's own."""
    answer: Extracted | ParseFailed
    before = _peak_memory()
    try:
        answer = extract(_receive(order, channel), order.format, order.limits)
    except ParseFailed as failure:
        answer = failure
    except MemoryError:
        answer = ParseFailed("too_much_memory")
    except RecursionError:
        answer = ParseFailed("too_deep")
    except Exception as error:  # noqa: BLE001 - the edge of the parser process: a dozen libraries raise what they like
        answer = ParseFailed("too_much_memory" if _out_of_memory(error, before, order) else "damaged")
    _send(channel, encode(answer))


def _out_of_memory(error: BaseException | None, before: int, order: Order) -> bool:
    # Libraries written in C report it in an error of their own or mistake it for the end of the document.
    if _peak_memory() - before > _MUCH * order.limits.memory_bytes:
        return True
    while error is not None:
        if isinstance(error, MemoryError) or "memory" in str(error).lower():
            return True
        error = error.__cause__ or error.__context__
    return False


def _peak_memory() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


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
