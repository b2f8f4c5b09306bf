"""A process that ends with the block that started it, with its starter, and with a cancelled wait."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Final

from evals.launch import tie

PIPE: Final = asyncio.subprocess.PIPE
NOTHING: Final = asyncio.subprocess.DEVNULL
_GRACE_SECONDS: Final = 20
_LONGEST_LINE: Final = 1 << 26
Process = asyncio.subprocess.Process


@asynccontextmanager
async def child(
    *command: str,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    stdin: int = NOTHING,
    stdout: int = NOTHING,
    stderr: int | IO[bytes] = NOTHING,
) -> AsyncIterator[Process]:
    """Yield a running process; at the end of the block it is asked to end, and made to after 20 s.

    It is asked too where this process is killed.
    """
    bound = (sys.executable, "-I", "-S", tie.__file__, str(os.getpid()), *command)
    process = await asyncio.create_subprocess_exec(
        *bound,
        cwd=folder,
        env=environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        limit=_LONGEST_LINE,
        start_new_session=True,  # Ctrl-C at a terminal is for the one who started it, who ends it then
    )
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    """Ask a process to end, insist after a while; nothing that it still writes can hold it up."""
    with suppress(ProcessLookupError):
        if process.returncode is None:
            process.terminate()
    try:
        async with asyncio.timeout(_GRACE_SECONDS):
            await process.communicate()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
