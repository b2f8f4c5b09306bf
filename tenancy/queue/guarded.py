"""Let work in the background fail alone: written down with whose it is, and no reason for a process to end."""

from collections.abc import Awaitable, Callable

import structlog

from tenancy.errors import ServiceError, Unavailable

_log = structlog.get_logger()


async def guarded(kind: str, owner: str | None, work: Callable[[], Awaitable[None]]) -> bool:
    """Do some work; False, with a line in the log, where it failed in whatever way. `owner` is an opaque id."""
    try:
        await work()
    except Exception as error:  # noqa: BLE001 - in the background: whatever one tenant's work does, others' goes on
        foreseen = isinstance(error, ServiceError | OSError)
        cause = None if isinstance(error, Unavailable | OSError) else error.__cause__ if foreseen else error
        told = _log.warning if foreseen else _log.error
        told("housekeeping.failed", kind=kind, tenant=owner, failure=type(error).__name__, exc_info=cause)
        return False
    return True
