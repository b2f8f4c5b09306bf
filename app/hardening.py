"""What a process that holds opened keys gives up before it opens the first one, and what it needs from the system."""

import contextlib
import ctypes
import os
import resource
import sys
from typing import Final

_SET_DUMPABLE: Final = 4  # <linux/prctl.h>; also keeps other processes of the same user out of /proc/PID/mem
_GET_DUMPABLE: Final = 3


def harden() -> None:
    """No core dumps, no reading of this process by others of its user, and no file that others can read."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _prctl(_SET_DUMPABLE)


def raise_descriptor_limit() -> None:
    """Raise the soft limit of open descriptors to the hard one: many systems start a process with 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # some systems name a hard limit that they do not allow
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def dumpable() -> bool:
    """Tell whether other processes of this user may read this one's memory; where nothing is known, yes."""
    return sys.platform != "linux" or _prctl(_GET_DUMPABLE) != 0


def _prctl(option: int) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    answer: int = library.prctl(option, 0, 0, 0, 0)
    if answer < 0:
        raise OSError(ctypes.get_errno(), "prctl is refused here: this process could be read by others")
    return answer
