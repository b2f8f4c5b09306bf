"""A real Redis on a socket of its own, and lanes in a fresh registry."""

import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from redis import Redis

from tenancy.queue.redis import RedisQueue
from tests.services import requires


class Server:
    """A redis-server that can be stopped and started again, empty."""

    def __init__(self, folder: Path, program: Path) -> None:
        self._folder = folder
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.client = Redis(unix_socket_path=str(self.socket))

    def start(self) -> None:
        """Start it and wait until it answers."""
        options: list[object] = ["--port", "0", "--unixsocket", self.socket, "--dir", self._folder]
        options += ["--save", "", "--appendonly", "no"]
        command = [str(each) for each in (self._program, *options)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert self._process.stdout is not None
        said = b""
        for line in self._process.stdout:
            said += line
            if b"eady to accept connections" in line:
                return
        raise AssertionError(said.decode())

    def raw(self, *command: str | bytes) -> Any:  # noqa: ANN401 - whatever Redis answers
        """Send a command as somebody with access to Redis would."""
        return self.client.execute_command(*command)  # type: ignore[no-untyped-call]  # the client leaves it untyped

    def stop(self) -> None:
        """Kill it; everything in it is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a Redis of this test's own."""
    folder = Path(mkdtemp(prefix="bulkhead-redis-"))  # short: a socket's path has at most 107 bytes
    made = Server(folder, requires("redis-server"))
    made.start()
    yield made
    made.client.close()
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
async def queue(server: Server) -> AsyncIterator[RedisQueue]:
    """Give the queue of a deployment on it."""
    made = RedisQueue(server.url, secrets.token_bytes(32))
    yield made
    await made.close()
