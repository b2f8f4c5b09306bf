"""A program that runs probes behind chosen walls, on the way a document's process takes, and prints what they found.

`python -m tests.ingestion.parse.probing PROBES WALLS FOLDER`: PROBES is a JSON object of what each probe tries to
reach, by the probe's name; WALLS is a JSON object of `Walls`. It prints a JSON object of `reached` or `refused` by
name; a probe that was ended is `died`.
"""

import ctypes
import json
import os
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingestion.formats.catalogue import FORMATS
from ingestion.parse import Limits, Walls
from ingestion.parse.sandbox import kernel
from ingestion.parse.warden import watch
from ingestion.parse.wire import Order
from tests.ingestion.parse import memory_probes

SECRET = b"the parent's opened key " * 4
_secret = ctypes.create_string_buffer(SECRET)
_libc = ctypes.CDLL(None, use_errno=True)
_SEIZE = 0x4206  # PTRACE_SEIZE


def _read_file(target: str) -> bool:
    return bool(Path(target).read_bytes())


def _list_folder(target: str) -> bool:
    return bool(list(Path(target).iterdir()))


def _write_beside(target: str) -> bool:
    return Path(target).write_bytes(b"left behind") > 0


def _parent_memory(target: str) -> bool:
    with Path(f"/proc/{target}/mem").open("rb", buffering=0) as memory:
        memory.seek(ctypes.addressof(_secret))
        return memory.read(len(SECRET)) == SECRET


def _tcp(target: str) -> bool:
    with socket.create_connection(("127.0.0.1", int(target)), timeout=5):
        return True


def _udp(target: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"out", ("127.0.0.1", int(target))) > 0


def _unix(target: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(target.replace("@", "\0", 1) if target.startswith("@") else target)
        return True


def _signal_parent(target: str) -> bool:
    os.kill(int(target), 0)
    return True


def _limit_parent(target: str) -> bool:
    return len(resource.prlimit(int(target), resource.RLIMIT_NOFILE)) > 0


def _trace_parent(target: str) -> bool:
    _check(_libc.ptrace(_SEIZE, int(target), None, None))
    return True  # its end lets go


class _Place(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def _copy_parent_memory(target: str) -> bool:
    """Copy from the parent by process_vm_readv, which needs no file."""
    copy = ctypes.create_string_buffer(len(SECRET))
    here, there = _Place(ctypes.addressof(copy), len(SECRET)), _Place(ctypes.addressof(_secret), len(SECRET))
    _check(_libc.process_vm_readv(int(target), ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
    return copy.raw == SECRET


def _parent_environment(target: str) -> bool:
    return bool(Path(f"/proc/{target}/environ").read_bytes())


def _segment(target: str) -> bool:
    """Attach to shared memory that another process made, and read it."""
    _libc.shmat.restype = ctypes.c_void_p
    address = _libc.shmat(int(target), None, 0)
    if address in {None, ctypes.c_void_p(-1).value}:
        raise OSError(ctypes.get_errno(), "shmat")
    return ctypes.string_at(address, 1) == b"s"


def _check(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _temporary(_target: str) -> bool:
    with tempfile.TemporaryFile() as file:
        return file.write(b"x") == 1


def _descriptor(target: str) -> bool:
    return bool(os.pread(int(target), 10, 0))


def _environment(target: str) -> bool:
    before = Path("/proc/self/environ").read_bytes() if Path("/proc/self/environ").exists() else b""
    return target.encode() in before or target in str(os.environ)


def _new_namespace(_target: str) -> bool:
    kernel.unshare(kernel.NEW_USER)
    return True


def _regain_root(_target: str) -> bool:
    os.setuid(0)
    return os.geteuid() == 0


PROBES: dict[str, Callable[[str], bool]] = {
    "read_file": _read_file,
    "key_file": _read_file,
    "list_folder": _list_folder,
    "write_beside": _write_beside,
    "parent_memory": _parent_memory,
    "tcp": _tcp,
    "udp": _udp,
    "unix": _unix,
    "abstract": _unix,
    "signal_parent": _signal_parent,
    "limit_parent": _limit_parent,
    "trace_parent": _trace_parent,
    "copy_parent_memory": _copy_parent_memory,
    "parent_environment": _parent_environment,
    "segment": _segment,
    "temporary": _temporary,
    "descriptor": _descriptor,
    "environment": _environment,
    "new_namespace": _new_namespace,
    "regain_root": _regain_root,
    **memory_probes.PROBES,
}


def _probe(name: str, target: str) -> str:
    try:
        return "reached" if PROBES[name](target) else "refused"
    except (OSError, MemoryError):
        return "refused"


def _probe_all(probes: dict[str, str], channel: int) -> None:
    """Run each probe in a process of its own, one after the other, and send what they found."""
    found = {}
    for name, target in probes.items():
        said, say = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(say, _probe(name, target).encode())
            os._exit(0)
        os.close(say)
        found[name] = os.read(said, 64).decode() or "died"
        os.close(said)
        os.waitpid(child, 0)
    os.write(channel, json.dumps(found).encode())


def main() -> None:
    """Probe, and print the answer."""
    asked, walls, folder = sys.argv[1:]
    tempfile.gettempdir()  # as a library does while preloading: the module keeps the answer
    probes = {name: target.replace("PARENT", str(os.getpid())) for name, target in json.loads(asked).items()}
    near, far = socket.socketpair()
    near_status, far_status = socket.socketpair()
    half = memory_probes.SIZE // 2
    limits = replace(Limits(), memory_bytes=half, folder_bytes=half, seconds=60, processes=memory_probes.PROCESSES)
    dropped, drop = os.pipe()
    if os.fork() == 0:
        os.close(drop)
        os.read(dropped, 1)
        near.close()
        near_status.close()
        if walls == "null":  # no sandbox at all: the plain forked process
            _probe_all(probes, far.fileno())
            os._exit(0)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        order = Order(Path(folder), FORMATS.named("txt"), Walls(**json.loads(walls)), limits)
        watch(order, far.fileno(), far_status.fileno(), lambda _order, channel: _probe_all(probes, channel))
    far.close()
    far_status.close()
    if kernel.LINUX:
        # Like a service that is not root: else giving up its capabilities alone would keep a parser from our memory.
        kernel.drop_capabilities()
    os.close(drop)
    answer = near.recv(1 << 16)
    near_status.recv(4096)
    sys.stdout.write(answer.decode() or json.dumps(dict.fromkeys(probes, "died")))


if __name__ == "__main__":
    main()
