"""The folders in which a run keeps everything that it makes: removed with their processes, however the run ends.

Rules this module enforces:

* Everything lies below two folders, one of them on a memory file system, each with a lock that the run holds.
* At its end a run kills what still works there and removes both.
* A run that was killed could not: its locks are free then, and the next run does it.
"""

import fcntl
import os
import select
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PREFIX: Final = "bulkhead-mutants-"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a memory file system is the point
_PROCESSES: Final = Path("/proc")
_LOCK: Final = "lock"
_ROUNDS: Final = 20
_END_MILLISECONDS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Scratch:
    """A run's folders: on disk, and in memory for the indexes of its services."""

    disk: Path
    memory: Path

    def room(self) -> Path:
        """Make an empty folder for one task."""
        return _open(Path(tempfile.mkdtemp(prefix="", dir=self.disk)))


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Yield the folders of a new run, after removing those of runs that were killed."""
    disk = Path(tempfile.gettempdir())
    places = [disk, *([_MEMORY] if _MEMORY.is_dir() else [])]
    for place in places:
        reap(place)
    with ExitStack() as stack:
        held = [_open(stack.enter_context(_held(place))) for place in places]
        yield Scratch(held[0], held[-1])


def _open(folder: Path) -> Path:
    """Let other users through: parsers and databases may be others, and have folders of their own below."""
    folder.chmod(0o711)
    return folder


def reap(place: Path) -> None:
    """Remove the folders below `place` whose run has ended, and end what still works in them."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError), (folder / _LOCK).open("rb") as lock:  # another user's, or of a run that works
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _clear(folder)


@contextmanager
def _held(place: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    try:
        with (folder / "making").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / "making").rename(folder / _LOCK)  # nobody sees the lock before it is held
            yield folder
    finally:
        _clear(folder)


def _clear(folder: Path) -> None:
    end_all(folder)
    shutil.rmtree(folder, ignore_errors=True)


def end_all(folder: Path) -> None:
    """Kill every process whose program or environment lies below a folder, and wait until each has ended."""
    for _ in range(_ROUNDS):  # one may start another while it is looked for
        found = list(working_in(folder))
        if not found:
            return
        for pid in found:
            _kill(pid, folder)


def working_in(folder: Path) -> Iterator[int]:
    """Yield the processes whose program or environment lies below a folder; none where the system does not tell."""
    for entry in _PROCESSES.iterdir() if _PROCESSES.is_dir() else ():
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _works_in(entry, folder):
            yield int(entry.name)


def _works_in(process: Path, folder: Path) -> bool:
    below = f"{folder}/".encode()
    with suppress(OSError):
        if (process / "cmdline").read_bytes().partition(b"\0")[0].startswith(below):
            return True
    with suppress(OSError):
        return b"=" + below in (process / "environ").read_bytes()
    return False


def _kill(pid: int, folder: Path) -> None:
    with suppress(OSError):
        held = os.pidfd_open(pid)
        try:
            if _works_in(_PROCESSES / str(pid), folder):  # still the same: its number cannot be another's from now on
                signal.pidfd_send_signal(held, signal.SIGKILL)
                ended = select.poll()
                ended.register(held, select.POLLIN)
                ended.poll(_END_MILLISECONDS)
        finally:
            os.close(held)
