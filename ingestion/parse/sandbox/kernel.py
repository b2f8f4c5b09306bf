"""Linux system calls that Python 3.11 does not wrap, reached through ctypes; absent elsewhere."""

import ctypes
import os
import sys
from typing import Final

LINUX: Final = sys.platform == "linux"

NEW_USER: Final = 0x10000000
NEW_MOUNTS: Final = 0x00020000
NEW_NETWORK: Final = 0x40000000
NEW_PROCESSES: Final = 0x20000000
NEW_IPC: Final = 0x08000000
NEW_HOSTNAME: Final = 0x04000000

MOUNT_NOSUID: Final = 0x2
MOUNT_NODEV: Final = 0x4
MOUNT_BIND: Final = 0x1000
MOUNT_RECURSIVE: Final = 0x4000
MOUNT_PRIVATE: Final = 0x40000
UNMOUNT_DETACH: Final = 0x2

PARENT_DEATH_SIGNAL: Final = 1
DUMPABLE: Final = 4
SECCOMP: Final = 22
NO_NEW_PRIVILEGES: Final = 38

_PIVOT_ROOT: Final = {"x86_64": 155, "aarch64": 41}
_MOUNT_SETATTR: Final = 442
_MOUNT_SETATTR_RECURSIVE: Final = 0x8000
_MOUNT_ATTR_READ_ONLY: Final = 0x1
_CAPABILITY_VERSION_3: Final = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: object) -> int:
    """Call `number` with ints, bytes, None or ctypes references. Raises OSError with the kernel's errno."""
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *wide))
    if result < 0:
        _raise(f"system call {number}")
    return result


def unshare(flags: int) -> None:
    """Enter the fresh namespaces that `flags` (NEW_*) name; that of processes begins with the next child.

    Source: unshare(2). Raises OSError.
    """
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def prctl(option: int, value: int, pointer: object = None) -> None:
    """Set one attribute of this process, as described in its manual page. Raises OSError."""
    _check(_libc.prctl(option, ctypes.c_ulong(value), pointer, 0, 0), "prctl")


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Attach a file system; names are given as text, flags are MOUNT_*. Raises OSError."""
    names = [None if name is None else os.fsencode(name) for name in (source, target, kind, options)]
    _check(_libc.mount(names[0], names[1], names[2], ctypes.c_ulong(flags), names[3]), "mount")


def unmount(target: str) -> None:
    """Detach what is mounted at `target`, now and lazily. Raises OSError."""
    _check(_libc.umount2(os.fsencode(target), UNMOUNT_DETACH), "umount2")


def pivot_root(new_root: str, old_root: str) -> None:
    """Make `new_root` the root folder and hang the present one below `old_root`. Raises OSError."""
    number = _PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise OSError("pivot_root is not known on this machine")
    syscall(number, os.fsencode(new_root), os.fsencode(old_root))


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )


def mount_read_only(target: str) -> None:
    """Make everything mounted at and below `target` read-only (Linux 5.12, mount_setattr(2)). Raises OSError."""
    attributes = _MountAttributes(_MOUNT_ATTR_READ_ONLY, 0, 0, 0)
    size = ctypes.sizeof(attributes)
    here = -100
    syscall(_MOUNT_SETATTR, here, os.fsencode(target), _MOUNT_SETATTR_RECURSIVE, ctypes.byref(attributes), size)


def drop_capabilities() -> None:
    """Give up every capability of this process. Source: capset(2). Raises OSError."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, nothing), "capset")


def _check(result: int, call: str) -> None:
    if result != 0:
        _raise(call)


def _raise(call: str) -> None:
    number = ctypes.get_errno()
    raise OSError(number, f"{call}: {os.strerror(number)}")
