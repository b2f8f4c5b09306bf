"""The way into the sandbox: what a document's process gives up before it sees the first byte of the document."""

import os
import resource
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

import ingestion
from ingestion.parse.outcome import Limits
from ingestion.parse.sandbox import kernel, landlock, room, seccomp
from ingestion.parse.sandbox.walls import Walls

NOBODY: Final = 65534
_DEVICES: Final = tuple(Path("/dev") / name for name in ("null", "zero", "random", "urandom"))
_SYSTEM: Final = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/fonts",
    "/etc/mime.types",
    "/etc/magic",
    "/etc/alternatives",
)


def readable_paths() -> tuple[Path, ...]:
    """Return what a parser reads to run: Python, its packages, this package and the system's programs and fonts."""
    python = (sys.base_prefix, sys.prefix, str(Path(ingestion.__file__).parent))
    named = [Path(path) for path in (*_SYSTEM, *python)]
    resolved = [path.resolve() for path in named if not path.is_symlink()]
    return tuple(dict.fromkeys((*named, *resolved)))


def enter_sandbox(folder: Path, walls: Walls, limits: Limits, *, keep: tuple[int, ...]) -> Path:
    """Raise `walls` around this single-threaded process for good; return the one folder it may write to.

    `folder` is an empty folder of its own, `keep` are the descriptors it may keep besides an empty 0, 1 and 2. The
    environment is emptied. Raises OSError when a wall that was asked for does not hold: end the process then.
    """
    _close_descriptors(keep)
    data_before = _data_in_use()
    paths = readable_paths()
    owner = NOBODY if walls.other_user else os.geteuid()
    work = folder
    if walls.private_root:
        room.move_in(folder, readable=paths, devices=_DEVICES, owner=owner, space=limits.folder_bytes)
        work = room.WORK
    elif walls.other_user:
        os.chown(folder, owner, owner)
    if walls.other_user:
        become(owner)
    _empty_environment(work)
    os.chdir(work)
    if kernel.LINUX:
        kernel.drop_capabilities()
        kernel.prctl(kernel.PARENT_DEATH_SIGNAL, signal.SIGKILL)
        kernel.prctl(kernel.NO_NEW_PRIVILEGES, 1)
        kernel.prctl(kernel.DUMPABLE, 0)
    if walls.resource_limits:
        # The kernel counts processes per user: among a person's own ones, as on a laptop, the number means nothing.
        _limit_resources(limits, data_before, count_processes=walls.other_user or walls.process_namespace)
    if walls.landlock:
        landlock.restrict(readable=paths, devices=_DEVICES, writable=work)
    if walls.call_filter:
        seccomp.forbid()
    return work


def _close_descriptors(keep: tuple[int, ...]) -> None:
    empty = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(empty, standard)
    highest = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1 << 16)
    last = 3
    for descriptor in sorted(keep):
        os.closerange(last, descriptor)
        last = descriptor + 1
    os.closerange(last, highest)


def become(user: int) -> None:
    """Be `user` and nobody else from here on, without groups. Raises OSError unless root."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _empty_environment(work: Path) -> None:
    tempfile.tempdir = str(work)  # some library asked for the folder while preloading, and the answer was kept
    os.environ.clear()
    os.environ.update(
        HOME=str(work), TMPDIR=str(work), PATH="/usr/local/bin:/usr/bin:/bin", LC_ALL="C.UTF-8", OMP_THREAD_LIMIT="1"
    )


def _limit_resources(limits: Limits, data_before: int, *, count_processes: bool) -> None:
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: limits.seconds,
        resource.RLIMIT_FSIZE: limits.folder_bytes,
        resource.RLIMIT_NOFILE: 256,
        # The preloaded parsers are part of the process already: the document may use this much on top of them. Not
        # the address space: pandoc's runtime reserves a terabyte that it never touches.
        resource.RLIMIT_DATA: data_before + limits.memory_bytes,
    }
    if count_processes:
        wanted[resource.RLIMIT_NPROC] = limits.processes
    # The kernel ends a process at the hard limit without saying that its time was up, which the soft one does.
    beyond = {resource.RLIMIT_CPU: 1}
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        most = value + beyond.get(kind, 0)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (min(value, allowed), allowed))


def _data_in_use() -> int:
    """Return the bytes that RLIMIT_DATA counts for this process now; asked before /proc is out of reach."""
    if not kernel.LINUX:
        return 0
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return pages * resource.getpagesize()
