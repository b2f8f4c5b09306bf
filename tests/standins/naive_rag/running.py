"""The naive server as a process of its own on loopback."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvicorn

from tests.standins.naive_rag.leaks import NAIVE, Leak
from tests.standins.naive_rag.server import naive_rag

_ROOT: Final = Path(__file__).resolve().parents[3]
_MODULE: Final = "tests.standins.naive_rag.running"


@contextmanager
def running_naive_rag(leaks: frozenset[Leak] = NAIVE) -> Iterator[str]:
    """Run the server until the block ends; yield its address.

    The socket listens before the process is there: a request that comes too early waits in its queue, and nobody has
    to ask whether the server is up.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", _MODULE, str(listener.fileno()), *sorted(leaks)]
        process = subprocess.Popen(command, cwd=_ROOT, pass_fds=[listener.fileno()], env={"PATH": os.environ["PATH"]})
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _serve(descriptor: str, *names: str) -> None:
    app = naive_rag(frozenset(map(Leak, names)))
    with socket.socket(fileno=int(descriptor)) as listener:
        config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    _serve(*sys.argv[1:])
