"""A child process ends with its block, with a cancelled wait, and with a starter that is killed."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from evals.launch.child import PIPE, child

_STARTER = """
import asyncio, sys
from pathlib import Path
from evals.launch.child import PIPE, child

async def main():
    waits = "import sys; print('up', flush=True); sys.stdin.read()"
    async with child(sys.executable, "-c", waits, folder=Path("."), stdin=PIPE, stdout=PIPE) as process:
        await process.stdout.readline()
        print(process.pid, flush=True)
        await process.wait()

asyncio.run(main())
"""


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def test_a_child_ends_with_its_block(tmp_path: Path) -> None:
    waits = (sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()")
    async with child(*waits, folder=tmp_path, stdin=PIPE, stdout=PIPE) as process:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"up\n"
    assert process.returncode == -signal.SIGTERM


async def test_a_child_ends_where_waiting_for_it_is_cancelled(tmp_path: Path) -> None:
    pids: list[int] = []
    started = asyncio.Event()

    async def wait() -> None:
        async with child(sys.executable, "-c", "input()", folder=tmp_path, stdin=PIPE) as process:
            pids.append(process.pid)
            started.set()
            await process.wait()

    waiting = asyncio.create_task(wait())
    await started.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert _is_gone(pids[0])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has ended")
async def test_a_child_ends_when_its_starter_is_killed() -> None:
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _STARTER, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE
    )
    assert starter.stdout is not None
    pid = int(await starter.stdout.readline())
    watched = os.pidfd_open(pid)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(watched, ended.set)
    starter.kill()
    await starter.wait()
    await ended.wait()
    asyncio.get_running_loop().remove_reader(watched)
    os.close(watched)
    assert _is_gone(pid)
