"""Become a command that is sent a signal when the process that started it ends, however that ends.

A program: `python -I -S tie.py PARENT SIGNAL COMMAND…`. Only Linux can tie a process so; elsewhere it only becomes the
command.
"""

import ctypes
import os
import signal
import sys
from typing import Final

_SET_PARENT_DEATH_SIGNAL: Final = 1  # <linux/prctl.h>


def tie(parent: int, number: int = signal.SIGTERM) -> None:
    """Ask for a signal when the parent ends; SystemExit where it has ended already."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, ctypes.c_ulong(number), 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(128 + number)


if __name__ == "__main__":
    tie(int(sys.argv[1]), int(sys.argv[2]))
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 - what the caller names
