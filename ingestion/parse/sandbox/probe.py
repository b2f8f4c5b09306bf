"""Raising each wall once, each in a process of its own, to see which hold on this machine; prints them as JSON."""

import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from ingestion.parse.sandbox import kernel, landlock, room, seccomp
from ingestion.parse.sandbox.enter import NOBODY, become
from ingestion.parse.sandbox.walls import Walls, leave_namespaces


def _holds(raise_wall: Callable[[], None]) -> bool:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            raise_wall()
            code = 0
        except OSError:
            code = 1
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def _landlock(folder: Path) -> None:
    kernel.prctl(kernel.NO_NEW_PRIVILEGES, 1)
    landlock.restrict(readable=[], devices=[], writable=folder)


def _filter() -> None:
    kernel.prctl(kernel.NO_NEW_PRIVILEGES, 1)
    if not seccomp.available():
        raise OSError
    seccomp.forbid()


def _room(folder: Path) -> None:
    leave_namespaces(kernel.NEW_IPC)
    room.move_in(folder, readable=[Path("/usr")], devices=[], owner=os.geteuid(), space=1 << 20)


def _other_user() -> None:
    # In a root folder of its own a parser reaches what it runs; in the machine's, Python may lie in a closed home.
    become(NOBODY)
    for needed in (os.__file__, __file__):
        Path(needed).read_bytes()


def _main(folder: Path) -> None:
    private_root = _holds(lambda: _room(folder))
    found = Walls(
        landlock=_holds(lambda: _landlock(folder)),
        private_root=private_root,
        network_namespace=_holds(lambda: leave_namespaces(kernel.NEW_NETWORK)),
        process_namespace=_holds(lambda: leave_namespaces(kernel.NEW_PROCESSES)),
        call_filter=_holds(_filter),
        other_user=os.geteuid() == 0 and (private_root or _holds(_other_user)),
    )
    sys.stdout.write(json.dumps(dataclasses.asdict(found)))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        _main(Path(name))
