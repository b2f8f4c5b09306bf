"""Run attacks on copies, some at a time, each in a process of its own, and keep what they find as it comes."""

import asyncio
import json
import shutil
import signal
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from evals.launch.child import PIPE, Process, child
from evals.launch.service import Launched, NotStarted, launched
from evals.mutants.attack.scratch import Scratch, end_all, scratch
from evals.mutants.copying import copied, python_of
from evals.mutants.outcome.results import Results
from evals.mutants.places import CannotChange
from evals.mutants.tasks import Task

Done = TypeVar("Done")

SETTINGS: Final = {"BULKHEAD_SENTINEL_INTERVAL_SECONDS": "0"}
"""No tenants but those of the stage, unless a mutant has settings of its own."""
_PROGRAMS: Final = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
_SEED_SECONDS: Final = 900
_FAMILY_SECONDS: Final = 120
_LAST_WORDS: Final = 1_500


async def attacks(tasks: Sequence[Task], at_once: int, results: Results, limit: float | None = None) -> None:
    """Attack every copy, so many at a time. Broken suites share one whole service.

    `limit` is how many seconds one seed may take. Whatever was begun is ended, and nothing is left, also if this is
    cancelled.
    """
    places = asyncio.Semaphore(at_once)
    with scratch() as place:

        async def one(task: Task, service: Launched | None) -> None:
            async with places:
                results.begin(task)
                results.end(task, await _attacked(task, service, place, results, limit or seconds_for(task)))

        async def all_of(some: Sequence[Task], service: Launched | None) -> None:
            async with asyncio.TaskGroup() as group:
                for task in some:
                    group.create_task(one(task, service))

        await all_of([task for task in tasks if not task.of_the_suite], None)
        of_suite = [task for task in tasks if task.of_the_suite]
        try:
            if of_suite:
                async with launched(place.room(), SETTINGS, place.memory) as service:
                    await all_of(of_suite, service)
        except NotStarted as error:
            for task in of_suite:
                results.end(task, str(error))


def seconds_for(task: Task) -> float:
    """Return how many seconds one seed of a task may take."""
    return max(_SEED_SECONDS, _FAMILY_SECONDS * len(task.families))


async def _attacked(task: Task, service: Launched | None, place: Scratch, results: Results, limit: float) -> str:
    """Make a copy, attack it, remove it; return why that ended before it was done, if it did."""
    with ExitStack() as stack:
        room = place.room()
        stack.callback(shutil.rmtree, room, ignore_errors=True)
        try:
            copy = await _done(partial(stack.enter_context, copied(task.changes, within=room)))
        except CannotChange as error:
            return str(error)
        temporary, errors = room / "tmp", stack.enter_context((room / "errors").open("w+b"))
        temporary.mkdir()
        attacker = child(
            str(python_of(copy)),
            "-P",
            "-m",
            "evals.mutants.attack.attacking",
            folder=copy,
            environment={"PATH": _PROGRAMS, "TMPDIR": str(temporary)},
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
        )
        stack.callback(end_all, room)  # before the copy is removed
        async with attacker as process:
            order = _order(task, service, place)
            late = await _heard(process, order, partial(results.hear, task), limit * len(task.seeds))
        if late:
            return f"It took longer than {limit * len(task.seeds):.0f} s."
        return _last_words(errors.name) if process.returncode else ""


def _order(task: Task, service: Launched | None, place: Scratch) -> bytes:
    """Return what the attacking process is told; not on its command line, where a token could be read."""
    told = {"families": task.families, "seeds": task.seeds, "trials": task.trials}
    told |= {"settings": {**SETTINGS, **task.settings}, "service": None if service is None else asdict(service)}
    return json.dumps(told | {"turns": place.disk, "memory": place.memory}, default=str).encode()


async def _heard(process: Process, order: bytes, hear: Callable[[dict[str, Any]], None], limit: float) -> bool:
    """Give a process its order and listen until it ends; return whether that took too long."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("it was started with pipes")
    try:
        async with asyncio.timeout(limit):
            with suppress(ConnectionError):
                process.stdin.write(order)
                await process.stdin.drain()
                process.stdin.close()
            async for line in process.stdout:
                with suppress(ValueError):  # a broken copy may say anything
                    said = json.loads(line)
                    if isinstance(said, dict) and "seed" in said:
                        hear(said)
            await process.wait()
    except TimeoutError:
        return True
    return False


def _last_words(path: str) -> str:
    """Return the last line, and beneath it what came before."""
    said = Path(path).read_text(encoding="utf-8", errors="replace").strip()
    return f"{said.rpartition(chr(10))[2]}\n{said[-_LAST_WORDS:]}" if said else "It ended without a word."


async def _done(work: Callable[[], Done]) -> Done:
    """Do blocking work in a thread; who is cancelled meanwhile waits until it is done."""
    working = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise


async def until_told(work: Coroutine[object, object, Done]) -> Done:
    """Do work until it is done; SIGTERM or SIGINT cancels it once, so that it can clear up undisturbed."""
    task = asyncio.create_task(work)
    told = asyncio.Event()

    def tell() -> None:
        if not told.is_set():
            told.set()
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, tell)
    return await task
