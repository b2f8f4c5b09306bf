"""Make many attempts at once, so that a budget of seconds holds more of them."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Final, TypeVar

Made = TypeVar("Made")
AT_ONCE: Final = 8


async def abreast(attempts: Iterable[Coroutine[None, None, Made]], *, at_once: int = AT_ONCE) -> list[Made]:
    """Run attempts, so many at a time, and return what they made, in their order.

    The first error ends them all and is raised as it is.
    """
    room = asyncio.Semaphore(at_once)

    async def one(attempt: Coroutine[None, None, Made]) -> Made:
        async with room:
            return await attempt

    waiting = list(attempts)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(attempt)) for attempt in waiting]
    except ExceptionGroup as failed:
        raise _first(failed) from failed
    finally:
        for attempt in waiting:
            attempt.close()  # one that never had its turn; of the others nothing is left to close
    return [task.result() for task in tasks]


def _first(failed: ExceptionGroup[Exception]) -> Exception:
    error = failed.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
