"""Keep requests below the rate that a target allows, and wait for what can only be asked for.

The only place of the suite that waits on a clock: a black box has nothing to listen to.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, final

Answer = TypeVar("Answer")
_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 1.0


class NotInTime(Exception):
    """What was waited for did not come; the message says what."""


@final
class Pacer:
    """Lets requests go one by one, `rate` of them a second at most."""

    def __init__(self, rate: float) -> None:
        """Let the first go at once."""
        self._gap = 1.0 / rate
        self._next = 0.0

    async def turn(self) -> None:
        """Return when the next request may go."""
        now = asyncio.get_running_loop().time()
        mine = max(now, self._next)
        self._next = mine + self._gap
        if mine > now:
            await asyncio.sleep(mine - now)


async def until(ask: Callable[[], Awaitable[Answer | None]], what: str, seconds: float) -> Answer:
    """Ask until the answer is not None and return it; NotInTime, naming `what`, after `seconds`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    pause = _FIRST_PAUSE
    while True:
        answer = await ask()
        if answer is not None:
            return answer
        if loop.time() >= deadline:
            raise NotInTime(f"{what} did not happen within {seconds:.0f} s.")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


async def passing(seconds: float) -> None:
    """Return when so much time has passed: what moves with time alone is told from what moves for a reason."""
    await asyncio.sleep(seconds)
