"""Let whatever is timed be alone on the machine: processes that attack take turns.

Everything else runs beside each other. What times answers waits until the others pause between two families, and they
wait until it is done; a difference of a millisecond could not be told from another attack's work otherwise.
"""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, final

from evals.families.registry import Family
from evals.stage.stage import Stage
from evals.verdicts.family import Evidence


@final
class Turns:
    """This process's place among those that share a folder.

    Whoever wants to be alone holds `door` while waiting for `room`, so that nobody else goes in meanwhile. The locks
    are the system's, and end with their process.
    """

    def __init__(self, door: IO[bytes], room: IO[bytes]) -> None:
        """Go in beside the others."""
        self._door, self._room = door, room
        self._enter(fcntl.LOCK_SH)

    def _enter(self, how: int) -> None:
        fcntl.flock(self._door, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._room, how)
        finally:
            fcntl.flock(self._door, fcntl.LOCK_UN)

    def pause(self) -> None:
        """Let whoever wants to be alone go first; waits until that is done."""
        fcntl.flock(self._room, fcntl.LOCK_UN)
        self._enter(fcntl.LOCK_SH)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be alone until the block ends."""
        fcntl.flock(self._room, fcntl.LOCK_UN)  # or two who want to be would wait for each other
        self._enter(fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_SH)

    def kept_by(self, family: Family) -> Family:
        """Return a family that is alone while it runs, if it has to be."""
        if not family.timed:
            return family

        async def run(stage: Stage, evidence: Evidence) -> None:
            with self.alone():
                await family.run(stage, evidence)

        return replace(family, run=run)


@contextmanager
def taking_turns(folder: Path) -> Iterator[Turns]:
    """Take turns with every process that names the same folder, until the block ends."""
    with ExitStack() as stack:
        door, room = (stack.enter_context((folder / name).open("ab")) for name in ("door", "room"))
        yield Turns(door, room)
