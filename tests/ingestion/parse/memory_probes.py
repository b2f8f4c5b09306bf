"""The ways of a process to more memory; each takes `SIZE` bytes, writes to every page and says so."""

import ctypes
import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

SIZE: Final = 256 << 20
PROCESSES: Final = 64
_PARTS: Final = 4
_PAGE: Final = mmap.PAGESIZE
_GROWS_DOWN: Final = 0x0100  # MAP_GROWSDOWN of mmap(2), the same on x86_64 and aarch64
_CREATE, _REMOVE = 0o1000, 0  # IPC_CREAT, IPC_RMID

_libc = ctypes.CDLL(None, use_errno=True)
if hasattr(_libc, "shmat"):
    _libc.shmat.restype = ctypes.c_void_p


def _touch(memory: bytearray | mmap.mmap) -> bool:
    memory[::_PAGE] = b"x" * ((len(memory) + _PAGE - 1) // _PAGE)
    return True


def _heap(_target: str) -> bool:
    return _touch(bytearray(SIZE))


def _shared_mapping(_target: str) -> bool:
    return _touch(mmap.mmap(-1, SIZE))


def _growing_stack(_target: str) -> bool:
    return _touch(mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _GROWS_DOWN))


def _memory_files(_target: str) -> bool:
    return all(_filled(os.memfd_create("probe")) for _ in range(_PARTS))


def _folder(_target: str) -> bool:
    made = [Path(f"part-{number}") for number in range(_PARTS)]
    return all(_filled(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)) for path in made)


def _filled(descriptor: int) -> bool:
    block = b"x" * (1 << 20)
    for _ in range(SIZE // _PARTS // len(block)):
        if os.write(descriptor, block) < len(block):
            raise OSError
    return True


def _system_v(_target: str) -> bool:
    segment = _libc.shmget(0, ctypes.c_size_t(SIZE), _CREATE | 0o600)
    if segment < 0:
        raise OSError(ctypes.get_errno(), "shmget")
    address = _libc.shmat(segment, None, 0)
    _libc.shmctl(segment, _REMOVE, None)  # it goes with this process
    if address in {None, ctypes.c_void_p(-1).value}:
        raise OSError(ctypes.get_errno(), "shmat")
    ctypes.memset(address, 1, SIZE)
    return True


def _children(_target: str) -> bool:
    """Hold a part in each of several processes at the same time."""
    return _held(_PARTS, lambda: _touch(bytearray(SIZE // _PARTS))) == _PARTS


def _processes(_target: str) -> bool:
    return _held(PROCESSES + 1, lambda: True) > PROCESSES


def _held(count: int, take: Callable[[], bool]) -> int:
    """Return how many processes could be made that took something, all alive at once."""
    said, say = os.pipe()
    kept, keep = os.pipe()
    children = []
    try:
        for _ in range(count):
            child = os.fork()
            if child == 0:
                _hold(take, say, kept, keep)
            children.append(child)
        os.close(say)
        return sum(answer == ord("y") for answer in _answers(said, count))
    finally:
        os.close(keep)
        for child in children:
            os.waitpid(child, 0)


def _answers(said: int, count: int) -> bytes:
    answers = b""
    while len(answers) < count and (more := os.read(said, count)):
        answers += more
    return answers


def _hold(take: Callable[[], bool], say: int, kept: int, keep: int) -> None:
    os.close(keep)
    try:
        took = take()
    except (OSError, MemoryError):
        took = False
    os.write(say, b"y" if took else b"n")
    os.read(kept, 1)  # until the parent has counted
    os._exit(0)


MEMORY: Final[dict[str, Callable[[str], bool]]] = {
    "heap": _heap,
    "shared_mapping": _shared_mapping,
    "growing_stack": _growing_stack,
    "memory_files": _memory_files,
    "system_v": _system_v,
    "children": _children,
    "folder": _folder,
}
PROBES: Final[dict[str, Callable[[str], bool]]] = {**MEMORY, "processes": _processes}
