"""Watching one parser process from outside: its priority, its deadline, its end, its folder."""

import math
import os
import resource
import select
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, Self, final

from ingestion.parse.damage import MUCH, peak_memory
from ingestion.parse.outcome import WAITED, Limits
from ingestion.parse.sandbox import kernel
from ingestion.parse.sandbox.enter import enter_sandbox
from ingestion.parse.sandbox.walls import leave_namespaces
from ingestion.parse.wire import Order, Verdict, encode_verdict

Work = Callable[[Order, int], None]
_ASIDE = 15  # the niceness of a parser that has had its turn: others' small documents go first
_ASIDE_GROUP = 10  # that of its session's group, where Linux groups processes so and niceness counts inside one only
_LOOK_SECONDS = 0.25
_POLITE = 1  # the exit code of a parser that could not even report its failure


@final
class Priority:
    """How a parser stands beside other processes when the processors are busy."""

    def __init__(self, parser: int) -> None:
        """Watch over a process that was just forked: what it is given up to will be out of reach later."""
        self._parser = parser
        self._group: int | None = None
        with suppress(OSError):
            self._group = os.open(f"/proc/{parser}/autogroup", os.O_WRONLY | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        """Hold what `lower` needs."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Let it go."""
        if self._group is not None:
            os.close(self._group)

    def lower(self) -> None:
        """Let every other process go first, as far as the system allows."""
        with suppress(OSError):
            os.setpriority(os.PRIO_PGRP, self._parser, _ASIDE)
        if self._group is not None:
            with suppress(OSError):
                os.write(self._group, str(_ASIDE_GROUP).encode())

    def times(self) -> tuple[float, float]:
        """Return the seconds that the process ran, and those that it was ready to and did not; zeros where unknown."""
        try:
            ran, waited, *_ = Path(f"/proc/{self._parser}/schedstat").read_text(encoding="ascii").split()
            return int(ran) / 1e9, int(waited) / 1e9
        except (OSError, ValueError):
            return 0.0, 0.0


def watch(order: Order, document: int, status: int, work: Work) -> NoReturn:
    """Run `work(order, document)` in a sandboxed process, kill it at its deadline, report on `status`, and exit.

    Called in a freshly forked process, which it ends. The parser is killed as well when the pool closes its end of
    `status`. The folder is gone before the report is sent.
    """
    code = _POLITE
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if kernel.LINUX:
            kernel.prctl(kernel.PARENT_DEATH_SIGNAL, signal.SIGKILL)
        os.nice(order.niceness)  # answers to questions go first
        order.folder.mkdir(mode=0o700, parents=True)
        try:
            verdict = _run(order, document, status, work)
        finally:
            shutil.rmtree(order.folder, ignore_errors=True)
        with suppress(BrokenPipeError):
            os.write(status, encode_verdict(verdict))
        code = 0
    finally:
        os._exit(code)


def _run(order: Order, document: int, status: int, work: Work) -> Verdict:
    flags = 0
    if order.walls.network_namespace:
        flags |= kernel.NEW_NETWORK
    if order.walls.process_namespace:
        flags |= kernel.NEW_PROCESSES
    if order.walls.private_root or flags:
        leave_namespaces(flags | kernel.NEW_IPC | kernel.NEW_HOSTNAME)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(wake)
    parser = os.fork()
    if parser == 0:
        _parse(order, document, work)
    os.close(document)
    if kernel.LINUX:
        kernel.prctl(kernel.DUMPABLE, 0)
    with Priority(parser) as priority:
        return _wait(parser, woken, status, order.limits, priority)


def _parse(order: Order, document: int, work: Work) -> NoReturn:
    code = _POLITE
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        enter_sandbox(order.folder, order.walls, order.limits, keep=(document,))
        work(order, document)
        code = 0
    finally:
        os._exit(code)


def _wait(parser: int, woken: int, status: int, limits: Limits, priority: Priority) -> Verdict:
    begun, on_turn = time.monotonic(), kernel.LINUX
    before = peak_memory(resource.getrusage(resource.RUSAGE_SELF))  # a parser begins with what its parents have loaded
    events = select.poll()
    events.register(woken, select.POLLIN)
    events.register(status, select.POLLHUP)
    while True:
        ended, how, used = os.wait4(parser, os.WNOHANG)
        if ended:
            break
        ran, waited = priority.times()
        if on_turn and ran >= limits.turn_seconds:
            priority.lower()
            on_turn = False
        remaining = limits.seconds + min(waited, WAITED * limits.seconds) - (time.monotonic() - begun)
        pause = min(remaining, _LOOK_SECONDS if on_turn else math.inf)
        ready = {descriptor for descriptor, _event in events.poll(max(0.0, pause) * 1000)}
        if woken in ready:
            os.read(woken, 64)
        if status in ready or remaining <= 0:
            _kill(parser)
            os.waitpid(parser, 0)
            return Verdict(signal.SIGKILL, 0, timed_out=remaining <= 0)
    with suppress(ProcessLookupError):
        os.killpg(parser, signal.SIGKILL)  # what it left behind in its group, where no process namespace ended it
    code = os.waitstatus_to_exitcode(how)
    taken = peak_memory(used) - before
    return Verdict(max(-code, 0), max(code, 0), timed_out=False, much_memory=taken > MUCH * limits.memory_bytes)


def _kill(parser: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(parser, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(parser, signal.SIGKILL)
