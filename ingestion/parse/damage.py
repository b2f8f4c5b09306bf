"""Saying that a document is damaged in place of whatever its library raised."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ingestion.parse.outcome import Limits, ParseFailed

MUCH: Final = 0.7
"""Of the allowed memory: whatever fails then failed for want of it."""


@contextmanager
def damage_reported(limits: Limits) -> Iterator[None]:
    """Raise ParseFailed, with the likeliest code, for any error of what is done within."""
    before = peak_memory(resource.getrusage(resource.RUSAGE_SELF))
    try:
        yield
    except ParseFailed:
        raise
    except MemoryError as error:
        raise ParseFailed("too_much_memory") from error
    except RecursionError as error:
        raise ParseFailed("too_deep") from error
    except Exception as error:  # a dozen libraries raise what they like
        raise ParseFailed("too_much_memory" if _out_of_memory(error, before, limits) else "damaged") from error


def _out_of_memory(error: BaseException | None, before: int, limits: Limits) -> bool:
    # Libraries written in C report it in an error of their own or mistake it for the end of the document.
    if peak_memory(resource.getrusage(resource.RUSAGE_SELF)) - before > MUCH * limits.memory_bytes:
        return True
    while error is not None:
        if isinstance(error, MemoryError) or "memory" in str(error).lower():
            return True
        error = error.__cause__ or error.__context__
    return False


def peak_memory(used: resource.struct_rusage) -> int:
    """Return the most memory, in bytes, that a process has had at once."""
    return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
