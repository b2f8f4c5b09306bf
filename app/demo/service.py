"""Start a service of one's own on loopback, and end it."""

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_END_SECONDS: Final = 20
_COMMAND: Final = (sys.executable, "-P", "-m", "app.cli")


class NotStarted(Exception):
    """The service ended before it answered; the message holds its last words."""


@dataclass(frozen=True, slots=True)
class Started:
    """A running service: its two addresses and an operator's token."""

    url: str
    operators: str
    token: str
    process: subprocess.Popen[str]


def free_ports(count: int) -> list[int]:
    """Return ports on loopback that were free a moment ago."""
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in taken]


@contextmanager
def started(folder: Path, environment: Mapping[str, str]) -> Iterator[Started]:
    """Run a service in `folder`, which gets its log, until the block ends; NotStarted if it does not come up."""
    port, admin_port = free_ports(2)
    arguments = (*_COMMAND, "serve", "--port", str(port), "--admin-port", str(admin_port))
    with (folder / "service.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            arguments,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            _await_greeting(process, folder / "service.log")
            token = _operator_token(folder, environment)
            yield Started(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin_port}", token, process)
        finally:
            end(process)


def end(process: subprocess.Popen[str]) -> int:
    """Ask a service to end, insist after 20 s; return its exit code."""
    process.terminate()
    try:
        process.communicate(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    return process.returncode


def _await_greeting(process: subprocess.Popen[str], log: Path) -> None:
    """Return once the service has said that both its addresses answer."""
    if process.stdout is None or not process.stdout.readline():
        process.wait()
        raise NotStarted(f"The service did not start: {log.read_text(encoding='utf-8').strip()[-2000:]}")


def _operator_token(folder: Path, environment: Mapping[str, str]) -> str:
    arguments = (*_COMMAND, "operator", "token")
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode != 0:
        raise NotStarted(f"No operator token: {done.stderr.strip()}")
    return done.stdout.strip().splitlines()[-1]
