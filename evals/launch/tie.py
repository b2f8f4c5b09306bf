"""Become a command that is told to end when the process that started it has ended, however that ended.

A program: `python -I -S tie.py PARENT COMMAND…`. Only Linux can tie a process so; elsewhere it only becomes the
command.
"""

import ctypes
import os
import signal
import sys
from typing import Final

_SET_PARENT_DEATH_SIGNAL: Final = 1  # <linux/prctl.h>


def tie(parent: int) -> None:
    """Ask for SIGTERM when the parent ends; SystemExit where it has ended already."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, ctypes.c_ulong(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(128 + signal.SIGTERM)


if __name__ == "__main__":
    tie(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - what the caller names
