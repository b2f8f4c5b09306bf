"""Ask many things at a time, and keep the order of the answers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

Answer = TypeVar("Answer")
WIDTH: Final = 8
"""How many requests are on their way at a time: enough to keep a small service busy, too few to make it queue."""


async def together(asks: Iterable[Callable[[], Awaitable[Answer]]], *, width: int = WIDTH) -> list[Answer]:
    """Return the answers in the order of the questions; raises the first error once all others have ended."""
    free = asyncio.Semaphore(width)

    async def one(ask: Callable[[], Awaitable[Answer]]) -> Answer:
        async with free:
            return await ask()

    answers = await asyncio.gather(*(one(ask) for ask in asks), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]
