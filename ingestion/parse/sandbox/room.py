"""A root folder of the process's own, in memory, that holds only what a parser needs to run."""

import os
from collections.abc import Iterable
from pathlib import Path

from ingestion.parse.sandbox import kernel

WORK = Path("/parser-work")
"""The one place to write in: a file system of the process's own, under a name that no installation lies below."""
_OLD_ROOT = ".outside"


def move_in(folder: Path, *, readable: Iterable[Path], devices: Iterable[Path], owner: int, space: int) -> None:
    """Make a new root folder over `folder` with `readable` (read-only) and `devices` in it, and enter it.

    `WORK` in it is empty, at most `space` bytes, and belongs to user `owner`. Nothing else of the machine can be named
    any more. Needs the right to mount: root, or a user namespace. Ends with the process. Raises OSError.
    """
    os.umask(0o022)  # whatever the service's own is: the parser, as another user, goes through the folders made here
    kernel.unshare(kernel.NEW_MOUNTS)
    kernel.mount(None, "/", None, kernel.MOUNT_PRIVATE | kernel.MOUNT_RECURSIVE)
    kernel.mount("tmpfs", str(folder), "tmpfs", kernel.MOUNT_NOSUID | kernel.MOUNT_NODEV, "size=1m,mode=755")
    for path in dict.fromkeys((*readable, *devices)):
        _bind(path, folder)
    for path in readable:
        if (folder / path.relative_to("/")).exists() and not path.is_symlink():
            kernel.mount_read_only(str(folder / path.relative_to("/")))
    work = folder / WORK.relative_to("/")
    work.mkdir()
    flags = kernel.MOUNT_NOSUID | kernel.MOUNT_NODEV
    kernel.mount("tmpfs", str(work), "tmpfs", flags, f"size={space},mode=700,uid={owner},gid={owner}")
    old = folder / _OLD_ROOT
    old.mkdir()
    kernel.pivot_root(str(folder), str(old))
    os.chdir("/")
    kernel.unmount(f"/{_OLD_ROOT}")


def _bind(path: Path, folder: Path) -> None:
    if not path.exists():
        return
    target = folder / path.relative_to("/")
    if target.exists():
        return  # a folder above it is already there
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() and path.parent == Path("/"):
        target.symlink_to(path.readlink())  # /lib -> usr/lib
        return
    if path.is_dir():
        target.mkdir()
    else:
        target.touch()
    kernel.mount(str(path), str(target), None, kernel.MOUNT_BIND | kernel.MOUNT_RECURSIVE)
