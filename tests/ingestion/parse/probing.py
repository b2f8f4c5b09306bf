"""A program that runs one probe behind chosen walls, on the way a document's process takes, and prints what it found.

`python -m tests.ingestion.parse.probing PROBE WALLS TARGET`: WALLS is a JSON object of `Walls`, TARGET what the probe
tries to reach. It prints `reached` or `refused`.
"""

import ctypes
import json
import os
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

SECRET = b"the parent's opened key " * 4
_secret = ctypes.create_string_buffer(SECRET)
_MEMORY = 256 << 20


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


def _temporary(_target: str) -> bool:
    with tempfile.TemporaryFile() as file:
        return file.write(b"x") == 1


def _memory(_target: str) -> bool:
    return len(bytearray(_MEMORY)) == _MEMORY


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
    "list_folder": _list_folder,
    "write_beside": _write_beside,
    "parent_memory": _parent_memory,
    "tcp": _tcp,
    "udp": _udp,
    "unix": _unix,
    "signal_parent": _signal_parent,
    "temporary": _temporary,
    "memory": _memory,
    "descriptor": _descriptor,
    "environment": _environment,
    "new_namespace": _new_namespace,
    "regain_root": _regain_root,
}


def _probe(name: str, target: str) -> bytes:
    try:
        return b"reached" if PROBES[name](target) else b"refused"
    except (OSError, MemoryError):
        return b"refused"


def main() -> None:
    """Probe, and print the answer."""
    name, walls, target, folder = sys.argv[1:]
    tempfile.gettempdir()  # as a library does while preloading: the module keeps the answer
    target = target.replace("PARENT", str(os.getpid()))
    near, far = socket.socketpair()
    near_status, far_status = socket.socketpair()
    limits = replace(Limits(), memory_bytes=_MEMORY // 2, seconds=60)
    dropped, drop = os.pipe()
    if os.fork() == 0:
        os.close(drop)
        os.read(dropped, 1)
        near.close()
        near_status.close()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        if walls == "null":  # no sandbox at all: the plain forked process
            os.write(far.fileno(), _probe(name, target))
            os._exit(0)
        order = Order(Path(folder), FORMATS.named("txt"), Walls(**json.loads(walls)), limits)
        watch(order, far.fileno(), far_status.fileno(), lambda _order, channel: _answer(channel, name, target))
    far.close()
    far_status.close()
    if kernel.LINUX:
        # Like a service that is not root: else giving up its capabilities alone would keep a parser from our memory.
        kernel.drop_capabilities()
    os.close(drop)
    answer = near.recv(64)
    near_status.recv(4096)
    sys.stdout.write(answer.decode() or "died")


def _answer(channel: int, name: str, target: str) -> None:
    os.write(channel, _probe(name, target))


if __name__ == "__main__":
    main()
