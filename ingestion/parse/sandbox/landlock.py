"""Landlock: which paths this process, and all it starts, may still reach (Linux 5.13 and later).

Source: Documentation/userspace-api/landlock.rst of the Linux kernel. Needs no privilege, and nothing undoes it.
"""

import ctypes
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ingestion.parse.sandbox import kernel

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1

_EXECUTE: Final = 1 << 0
_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_FOLDER: Final = 1 << 3
_TRUNCATE: Final = 1 << 14
_DEVICE_IOCTL: Final = 1 << 15
_FILE_RIGHTS: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_IOCTL
_READ: Final = _EXECUTE | _READ_FILE | _READ_FOLDER

# The highest file right each version of the interface knows; a right the kernel does not know may not be named.
_RIGHTS_BY_VERSION: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_RIGHTS_NOW: Final = (1 << 16) - 1
_NETWORK_SINCE: Final = 4
_SCOPES_SINCE: Final = 6
_BIND_AND_CONNECT: Final = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Return the kernel's Landlock interface version, 0 where there is none."""
    if not kernel.LINUX:
        return 0
    try:
        return kernel.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def restrict(*, readable: Iterable[Path], devices: Iterable[Path], writable: Path) -> None:
    """Allow reading and executing below `readable`, reading and writing `devices`, everything below `writable`.

    All else is refused from here on: other paths, TCP, and signals and abstract sockets beyond this process's own
    children, as far as the kernel's version goes. A path that does not exist is left out. Needs "no new privileges".
    Raises OSError where Landlock is missing.
    """
    abi = version()
    every = _RIGHTS_BY_VERSION.get(abi, _RIGHTS_NOW)
    attributes = _Ruleset(
        every,
        _BIND_AND_CONNECT if abi >= _NETWORK_SINCE else 0,
        _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= _SCOPES_SINCE else 0,
    )
    size = 24 if abi >= _SCOPES_SINCE else 16 if abi >= _NETWORK_SINCE else 8
    ruleset = kernel.syscall(_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    try:
        for path in readable:
            _allow(ruleset, path, _READ)
        for path in devices:
            _allow(ruleset, path, (_READ_FILE | _WRITE_FILE | _DEVICE_IOCTL) & every)
        _allow(ruleset, writable, every)
        kernel.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    with suppress(FileNotFoundError, PermissionError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                rights &= _FILE_RIGHTS
            rule = _PathBeneath(rights, descriptor)
            kernel.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(descriptor)
