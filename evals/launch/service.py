"""Start a service of the run's own with the `bulkhead` command, and end it."""

import asyncio
import shlex
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from evals.launch.child import PIPE, Process, child
from evals.target.spec import TargetSpec

_START_SECONDS: Final = 180
"""Longer than a service may take, on a machine where others start at the same time."""
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a memory file system is the point

_SENTINELS: Final = "BULKHEAD_SENTINEL_INTERVAL_SECONDS"
_WITHOUT: Final = {
    "walls": (
        "W3",
        "This deployment keeps its records in SQLite, a file for each tenant, and no results were handed over.",
    ),
    "drill": ("W5", f"This deployment has no sentinels: {_SENTINELS} is 0."),
}
"""Which family cannot look where a place is not there, and why."""


class NotStarted(Exception):
    """The service ended before it answered; the message holds its last words."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A running service: what its target file needs from the environment, and where it keeps everything."""

    environment: Mapping[str, str]
    data: Path
    keys: Path
    index: Path
    log: Path
    temporary: Path
    process: int

    drill: Path | None = None
    """A program that makes the alarm ring; None where the deployment has no tenants of its own that could."""

    def opened(self, spec: TargetSpec, walls: Path | None = None) -> TargetSpec:
        """Return the target as a white box (reach 4): where its stores are, and what `walls` says of PostgreSQL's."""
        places = {
            "data": self.data,
            "keys": self.keys,
            "index": self.index,
            "parsers": _parsers(self.index),
            "log": self.log,
            "temporary": self.temporary,
        }
        more = {"walls": walls, "drill": self.drill}
        absent = {family: reason for place, (family, reason) in _WITHOUT.items() if more[place] is None}
        there = {name: str(path) for name, path in {**places, **more}.items() if path is not None}
        return replace(spec, reach=4, white_box=there, absent={**spec.absent, **absent})


@asynccontextmanager
async def launched(folder: Path, environment: Mapping[str, str], memory: Path | None = None) -> AsyncIterator[Launched]:
    """Run a service that keeps everything below `folder` until the block ends; raises NotStarted.

    `environment` is what the service sees besides what is set here. `memory` is where its index lies, on a memory file
    system; one is looked for otherwise.
    """
    async with AsyncExitStack() as stack:
        memory = memory or (_MEMORY if _MEMORY.is_dir() else folder)
        index = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bulkhead-evals-", dir=memory)))
        stack.callback(shutil.rmtree, _parsers(index), ignore_errors=True)
        port, admin_port = free_ports(2)
        data, log, temporary = folder / "data", folder / "service.log", folder / "temporary"
        temporary.mkdir()
        settings = {
            **environment,
            "TMPDIR": str(temporary),
            "BULKHEAD_DATA_DIR": str(data),
            "BULKHEAD_INDEX_DIR": str(index),
            "BULKHEAD_EGRESS_ALLOW": "127.0.0.1",
            "BULKHEAD_ACCEPT_INDEX_ON_DISK": environment.get("BULKHEAD_ACCEPT_INDEX_ON_DISK", "1"),
        }
        arguments = ("serve", "--port", str(port), "--admin-port", str(admin_port))
        process = await stack.enter_async_context(_started(arguments, settings, folder, log))
        yield Launched(
            environment={
                "BULKHEAD_URL": f"http://127.0.0.1:{port}",
                "BULKHEAD_ADMIN_URL": f"http://127.0.0.1:{admin_port}",
                "BULKHEAD_OPERATOR_TOKEN": await _operator_token(settings, folder),
            },
            data=data,
            keys=data.with_name(data.name + ".keys"),
            index=index,
            log=log,
            temporary=temporary,
            process=process.pid,
            drill=_drill(settings, folder, port) if float(settings.get(_SENTINELS, 1)) else None,
        )


def _drill(settings: Mapping[str, str], folder: Path, port: int) -> Path:
    """Write the program that drills the service on a port: its own command, with its own settings."""
    kept = {name: value for name, value in settings.items() if name.startswith("BULKHEAD_") or name == "TMPDIR"}
    named = [f"export {name}={shlex.quote(value)}" for name, value in kept.items()]
    asked = shlex.join([command(), "drill", "--json", "--url", f"http://127.0.0.1:{port}"])
    program = folder / "drill"
    program.touch(mode=0o700)
    program.write_text("\n".join(["#!/bin/sh", *named, f"exec {asked}", ""]), encoding="utf-8")
    return program


def _parsers(index: Path) -> Path:
    """Return where the service's parsers work, beside its index."""
    return index.with_name(index.name + "-parsers")


def free_ports(count: int) -> list[int]:
    """Return ports on loopback that were free a moment ago."""
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in taken]


def command() -> str:
    """Return where the `bulkhead` command is: beside this Python, else on the path; raises NotStarted."""
    beside = Path(sys.executable).with_name("bulkhead")
    found = str(beside) if beside.exists() else shutil.which("bulkhead")
    if found is None:
        raise NotStarted("There is no `bulkhead` command here. Install it, or name a running service with --target.")
    return found


@asynccontextmanager
async def _started(
    arguments: tuple[str, ...], settings: Mapping[str, str], folder: Path, log: Path
) -> AsyncIterator[Process]:
    """Start the service and yield once it has said that both its addresses answer; raises NotStarted."""
    with log.open("wb") as errors:
        starting = child(command(), *arguments, folder=folder, environment=settings, stdout=PIPE, stderr=errors)
        async with starting as process:
            try:
                async with asyncio.timeout(_START_SECONDS):
                    greeting = b"" if process.stdout is None else await process.stdout.readline()
            except TimeoutError:
                raise NotStarted(f"The service did not answer within {_START_SECONDS} s: {_last_words(log)}") from None
            if not greeting:
                await process.wait()
                raise NotStarted(f"The service did not start: {_last_words(log)}")
            yield process


def _last_words(log: Path) -> str:
    """Return the last line that a service wrote, and beneath it what came before."""
    words = log.read_text(encoding="utf-8", errors="replace").strip()[-2000:]
    return f"{words.rpartition(chr(10))[2]}\n{words}" if "\n" in words else words


async def _operator_token(settings: Mapping[str, str], folder: Path) -> str:
    asked = (command(), "operator", "token")
    async with child(*asked, folder=folder, environment=settings, stdout=PIPE, stderr=PIPE) as process:
        out, errors = await process.communicate()
    if process.returncode != 0:
        raise NotStarted(f"No operator token: {errors.decode().strip()}")
    return out.decode().split()[-1]
