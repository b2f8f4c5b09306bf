"""A process's own index folder: in memory, locked while it lives, removed after a crash.

Rules this module enforces:

* The folder is on a memory file system and swap is off, encrypted or kept out; otherwise the process refuses to start
  unless it was told, in so many words, to accept it.
* Each process has its own folder under a lock. A folder whose lock is free belongs to nobody alive and is removed at
  start.
* A folder that somebody removed under a running process is replaced by another, under the same conditions.
"""

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO, final

import structlog

from tenancy.errors import ServiceError, Unavailable

_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
_FREE_MARGIN: Final = 64 * 1024 * 1024
_log = structlog.get_logger()


class IndexOnDisk(ServiceError):
    """Awake collections would reach a disk; the process must not start."""

    code = "index_on_disk"


def default_root() -> Path:
    """Return where index folders go when no setting says so."""
    memory = Path("/dev/shm")  # noqa: S108  # shared memory is the point: folders in it are 0700 and locked
    return (memory if memory.is_dir() else Path("/tmp")) / f"bulkhead-index-{os.getuid()}"  # noqa: S108  # as above


def filesystem_of(path: Path) -> str:
    """Return the type of the file system that holds `path`, or `unknown`."""
    mounts = Path("/proc/self/mountinfo")
    if not mounts.exists():
        return "unknown"
    best, kind = "", "unknown"
    resolved = str(path.resolve())
    for line in mounts.read_text(encoding="utf-8").splitlines():
        left, _, right = line.partition(" - ")
        point = left.split()[4]
        inside = resolved == point or resolved.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, right.split()[0]
    return kind


def swap_in_clear() -> bool:
    """Tell whether pages may be swapped to a device that is neither memory (zram) nor encrypted (dm-crypt)."""
    swaps = Path("/proc/swaps")
    if not swaps.exists():
        return True  # nothing is known: assume the worse
    devices = [line.split()[0] for line in swaps.read_text(encoding="utf-8").splitlines()[1:]]
    return any(not _safe_swap(device) for device in devices)


def _safe_swap(device: str) -> bool:
    name = Path(device).resolve().name
    if name.startswith("zram"):
        return True
    marker = Path("/sys/block") / name / "dm" / "uuid"
    return marker.exists() and marker.read_text(encoding="utf-8").startswith("CRYPT-")


def _noswap(path: Path) -> bool:
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    return any(f" {path} " in line and "noswap" in line for line in mounts)


def why_not_memory(root: Path) -> str | None:
    """Return why collections below `root` could reach a disk, or None when they cannot."""
    kind = filesystem_of(root)
    if kind not in _MEMORY:
        return f"{root} is on {kind}, not on a memory file system"
    if swap_in_clear() and not _noswap(root):
        return "swap is on and not encrypted"
    return None


@final
class IndexFolder:
    """This process's folder of awake collections."""

    def __init__(self, root: Path, *, accept_disk: bool) -> None:
        """Remove what dead processes left below `root` and take a folder of our own."""
        self._root = root
        self._accept_disk = accept_disk
        self._replacing = threading.Lock()
        self._closed = False
        self._take()

    def _take(self) -> None:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_own(self._root)
        reason = why_not_memory(self._root)
        if reason is not None and not self._accept_disk:
            raise IndexOnDisk(
                f"Awake collections could reach a disk: {reason}. Point BULKHEAD_INDEX_DIR at a tmpfs and turn swap "
                "off, or set BULKHEAD_ACCEPT_INDEX_ON_DISK=1 to accept it."
            )
        with _alone(self._root):  # else another process that starts takes our folder, not locked yet, for a dead one's
            self.reaped = reap(self._root)
            self.path = self._root / f"run-{secrets.token_hex(8)}"
            self.path.mkdir(mode=0o700)
            self._lock = _hold(self.path)

    def fresh(self) -> Path:
        """Return a new folder's name for one collection, in another folder of ours if somebody removed this one.

        Unavailable where there is none to be had. It may wait for a lock: call it in a thread.
        """
        with self._replacing:
            if self._closed:
                raise Unavailable("index", "The index of this process is closed.")
            if not self.path.is_dir():
                self._replace()
            return self.path / secrets.token_hex(12)

    def _replace(self) -> None:
        self._lock.close()
        try:
            self._take()
        except (IndexOnDisk, OSError) as error:
            _log.error("index_folder.lost", error=type(error).__name__)
            raise Unavailable("index", "The index folder was removed and cannot be made again.") from None
        _log.warning("index_folder.replaced")

    def lacks(self, coming: int) -> int:
        """Return how many bytes would have to become free before `coming` more fit in; 0 or less where they do.

        A margin must be free in any case: others keep files here too, and a page that cannot be had ends the process.
        """
        there = next(folder for folder in (self.path, *self.path.parents) if folder.exists())
        return max(coming, _FREE_MARGIN) - shutil.disk_usage(there).free

    async def answer(self) -> None:
        """Return when there is a folder for collections; Unavailable when there is none."""
        await asyncio.to_thread(self.fresh)

    def close(self) -> None:
        """Remove the folder with everything in it."""
        with self._replacing:
            self._closed = True
            shutil.rmtree(self.path, ignore_errors=True)
            self._lock.close()


def _require_own(root: Path) -> None:
    """Refuse a root that somebody else prepared: whoever owns it could put links where folders are expected."""
    found = root.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_uid not in {0, os.geteuid()}:
        raise IndexOnDisk(f"{root} is a link or belongs to another user. Remove it or set BULKHEAD_INDEX_DIR.")


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    with (root / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _hold(folder: Path) -> TextIO:
    lock = (folder / "lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise
    return lock


def reap(root: Path) -> int:
    """Remove every folder below `root` whose process is gone; return how many."""
    found = list(_dead(root))
    for folder in found:
        shutil.rmtree(folder)
    return len(found)


def _dead(root: Path) -> Iterator[Path]:
    """Give the folders whose process is gone, each held while it is looked at."""
    for folder in sorted(root.glob("run-*")):
        try:
            lock = _hold(folder)
        except BlockingIOError:
            continue  # its owner is alive
        with lock:
            yield folder


def left_behind(root: Path) -> list[Path]:
    """Return the folders below `root` whose process is gone."""
    if not root.is_dir():
        return []
    with _alone(root):
        return list(_dead(root))


def remove_left_behind(root: Path, name: str) -> bool:
    """Remove one folder of a process that is gone; False where it is gone already, or somebody's after all."""
    with _alone(root):
        for folder in _dead(root):
            if folder.name == name:
                shutil.rmtree(folder)
                return True
    return False
