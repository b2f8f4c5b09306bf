"""Let whatever is timed be alone on the machine: processes that attack take turns.

Everything else runs beside each other. What times answers waits until the others pause between two families, and they
wait until it is done; a difference of a millisecond could not be told from another attack's work otherwise.
"""

import fcntl
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Final, final

from evals.families.registry import Family
from evals.stage.stage import Stage
from evals.target.pacing import until
from evals.verdicts.family import Evidence

_LONGEST_SECONDS: Final = 24 * 3_600


@final
class Turns:
    """This process's place among those that share a folder.

    Whoever wants to be alone holds `door` while waiting for `room`, so that nobody else goes in meanwhile. The locks
    are the system's, and end with their process. Waiting can be cancelled.
    """

    def __init__(self, door: IO[bytes], room: IO[bytes]) -> None:
        """Take the two files; `enter` goes in."""
        self._door, self._room = door, room

    async def enter(self, how: int = fcntl.LOCK_SH) -> None:
        """Go in beside the others, or alone."""
        await _locked(self._door, fcntl.LOCK_EX)
        try:
            await _locked(self._room, how)
        finally:
            fcntl.flock(self._door, fcntl.LOCK_UN)

    async def pause(self) -> None:
        """Let whoever wants to be alone go first; waits until that is done."""
        fcntl.flock(self._room, fcntl.LOCK_UN)
        await self.enter()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Be alone until the block ends."""
        fcntl.flock(self._room, fcntl.LOCK_UN)  # or two who want to be would wait for each other
        await self.enter(fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_SH)

    def kept_by(self, family: Family) -> Family:
        """Return a family that is alone while it runs, if it has to be, and lets others be alone before it."""

        async def run(stage: Stage, evidence: Evidence) -> None:
            if not family.timed:
                await self.pause()
                await family.run(stage, evidence)
                return
            async with self.alone():
                await family.run(stage, evidence)

        return replace(family, run=run)


async def _locked(file: IO[bytes], how: int) -> None:
    async def taken() -> bool | None:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        return True

    await until(taken, "A turn", _LONGEST_SECONDS)


@asynccontextmanager
async def taking_turns(folder: Path) -> AsyncIterator[Turns]:
    """Take turns with every process that names the same folder, until the block ends."""
    with ExitStack() as stack:
        door, room = (stack.enter_context((folder / name).open("ab")) for name in ("door", "room"))
        turns = Turns(door, room)
        await turns.enter()
        yield turns
