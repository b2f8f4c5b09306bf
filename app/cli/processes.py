"""How a command that runs a service or a worker ends when a part of it does."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.cli.outcome import fail, failures_are_sentences
from app.serve import CannotListen
from app.telemetry import places_of
from ingestion.parse import WallsMissing
from tenancy.errors import ServiceError


@contextmanager
def endings_are_sentences() -> Iterator[None]:
    """Turn what stops a process into one sentence; of a defect, its type and its place, never its message."""
    with failures_are_sentences():
        try:
            yield
        except (CannotListen, WallsMissing) as error:
            fail(str(error))
        except ExceptionGroup as group:
            first = _first(group)
            if isinstance(first, ServiceError):
                fail(first.detail)
            places = places_of(first) or ["an unknown place"]
            fail(f"A part of the process broke, so all of it ended: {type(first).__name__} at {places[-1]}.")


def _first(error: Exception) -> Exception:
    """Return the first error in a group that is no group itself."""
    return _first(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error
