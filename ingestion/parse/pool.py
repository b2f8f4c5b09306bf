"""The worker's side of parsing: documents go out to sandboxed processes, checked text comes back."""

import asyncio
import secrets
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final

import structlog

from ingestion.formats.detection import HEAD_BYTES, detect
from ingestion.parse import wire
from ingestion.parse.outcome import WAITED, Extracted, Limits, ParseFailed
from ingestion.parse.reply import Untrustworthy, decode
from ingestion.parse.sandbox.walls import Walls, walls

_log = structlog.get_logger()
_PRELOAD_SECONDS: Final = 120
_GRACE_SECONDS: Final = 30
_BLOCK: Final = 1 << 18
_STATUS_BYTES: Final = 4096
_SIGNAL_KILL: Final = 9
_SIGNAL_CPU: Final = 24
# All that the parsers' parent sees of an environment: one thread for each library.
_ENVIRONMENT: Final = MappingProxyType(
    {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "LC_ALL": "C.UTF-8",
    }
)


class WallsMissing(Exception):
    """This machine cannot keep a parser from files or from the network, and no setting accepts that."""


def require(found: Walls) -> Walls:
    """Return `found`; raise WallsMissing unless a wall stands before the files and one before the network."""
    if not (found.files and found.network):
        raise WallsMissing(
            "Parsers would run here without a wall before files or the network. Use a Linux kernel with Landlock and "
            "namespaces, or accept it with BULKHEAD_ACCEPT_UNWALLED_PARSERS=1."
        )
    return found


class ParserPool:
    """At most `max_parallel` parser processes at a time, forked from one preloaded parent that is restarted if it dies.

    `workdir` holds one folder per running document and must be the pool's alone; where the parser cannot be given a
    memory file system of its own, clear text is written there, so it belongs on tmpfs.
    """

    def __init__(
        self,
        workdir: Path,
        limits: Limits | None = None,
        *,
        max_parallel: int = 2,
        accept_missing_walls: bool = False,
        niceness: int = 10,
        encoder: Sequence[str] = (),
    ) -> None:
        """Keep the settings; nothing starts before `start`.

        `encoder` is the name, and the folder if it has one, of the encoder in whose tokens chunks are measured; without
        one, it is the best that is installed.
        """
        self._encoder = encoder
        self._niceness = niceness
        self._workdir = workdir
        self._limits = limits or Limits()
        self._places = asyncio.Semaphore(max_parallel)
        self._accept_missing_walls = accept_missing_walls
        self._walls = Walls()
        self._starting = asyncio.Lock()
        self._handing = asyncio.Lock()
        self._parent: asyncio.subprocess.Process | None = None
        self._control: socket.socket | None = None

    async def start(self) -> Walls:
        """Check the walls, empty the work folder, begin to preload; return the walls. Raises WallsMissing."""
        self._walls = await asyncio.to_thread(walls)
        if not self._accept_missing_walls:
            require(self._walls)
        await asyncio.to_thread(self._sweep)
        await self._spawn()
        return self._walls

    async def preloaded(self) -> None:
        """Return once documents can be parsed without waiting for the libraries; ParseFailed when that cannot be."""
        await self._ready()

    async def stop(self) -> None:
        """End the preloaded parent and every parser, and remove what they left."""
        async with self._starting:
            await self._end_parent()
        await asyncio.to_thread(self._sweep)

    async def parse(self, content: AsyncIterator[bytes], *, name: str, size: int) -> Extracted:
        """Return the text of the document whose `size` bytes `content` yields; only its type is taken from `name`.

        Raises ParseFailed with a reason for a person. Cancelling it kills the parser.
        """
        if size > self._limits.document_bytes:
            raise ParseFailed("too_large")
        if size == 0:
            raise ParseFailed("empty")
        async with self._places:
            head, rest = await _take_head(content)
            kind = detect(name, head)
            if kind is None:
                raise ParseFailed("unsupported")
            folder = self._workdir / secrets.token_hex(8)
            order = wire.Order(folder, kind, self._walls, self._limits, self._niceness)
            try:
                async with asyncio.timeout(self._longest()):
                    raw, verdict = await self._exchange(order, head, rest)
            except TimeoutError as error:
                raise ParseFailed("timed_out") from error
        return await asyncio.to_thread(judge, raw, verdict, self._limits)

    def _longest(self) -> float:
        """Return the seconds after which even a parser that never got a processor has been ended."""
        return (1 + WAITED) * self._limits.seconds + _GRACE_SECONDS + _PRELOAD_SECONDS

    async def _exchange(
        self, order: wire.Order, head: bytes, rest: AsyncIterator[bytes]
    ) -> tuple[bytes, wire.Verdict | None]:
        document, far_document = socket.socketpair()
        status, far_status = socket.socketpair()
        with document, status:
            with far_document, far_status:
                await self._hand_over(order, far_document, far_status)
            document.setblocking(False)  # noqa: FBT003 - positional only
            status.setblocking(False)  # noqa: FBT003 - positional only
            await _send(document, head, rest)
            raw = await _receive(document, self._limits.reply_bytes)
            verdict = wire.decode_verdict(await _receive(status, _STATUS_BYTES))
        return raw, verdict

    async def _hand_over(self, order: wire.Order, document: socket.socket, status: socket.socket) -> None:
        """Give `order` to the preloaded parent, once more to a new one if it had died unnoticed."""
        async with self._handing:
            for _attempt in range(2):
                control = await self._ready()
                sending = asyncio.ensure_future(asyncio.to_thread(wire.send_order, control, order, document, status))
                try:
                    await asyncio.shield(sending)
                except asyncio.CancelledError:
                    await asyncio.wait([sending])  # a thread still holds the descriptors that would be closed now
                    raise
                except OSError:
                    async with self._starting:
                        await self._end_parent()
                else:
                    return
        raise ParseFailed("unavailable")

    async def _ready(self) -> socket.socket:
        async with self._starting:
            if self._parent is None or self._control is None or self._parent.returncode is not None:
                await self._end_parent()
                await self._spawn()
            control = self._control
            if control is None:
                raise ParseFailed("unavailable")
            if not control.getblocking():
                await self._await_preloaded(control)
            return control

    async def _await_preloaded(self, control: socket.socket) -> None:
        try:
            async with asyncio.timeout(_PRELOAD_SECONDS):
                said = await asyncio.get_running_loop().sock_recv(control, len(wire.READY))
        except (TimeoutError, OSError):
            said = b""
        if said != wire.READY:
            await self._end_parent()
            raise ParseFailed("unavailable")
        control.setblocking(True)  # noqa: FBT003 - positional only

    async def _spawn(self) -> None:
        control, far = socket.socketpair()
        control.setblocking(False)  # noqa: FBT003 - positional only
        with far:
            self._parent = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-m",
                "ingestion.parse.zygote",
                str(far.fileno()),
                *self._encoder,
                pass_fds=(far.fileno(),),
                env=dict(_ENVIRONMENT),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control = control
        _log.info("parser.preload_started", pid=self._parent.pid)

    async def _end_parent(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._parent is not None:
            with suppress(ProcessLookupError):
                self._parent.kill()  # every warden, and through it every parser, dies with it
            await self._parent.wait()
            self._parent = None

    def _sweep(self) -> None:
        self._workdir.mkdir(parents=True, exist_ok=True)
        self._workdir.chmod(0o711)  # a parser that is another user goes through it to its own folder
        for left in self._workdir.iterdir():
            shutil.rmtree(left)


async def _take_head(content: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    head = b""
    rest = aiter(content)
    while len(head) < HEAD_BYTES:
        try:
            head += await anext(rest)
        except StopAsyncIteration:
            break
    return head, rest


async def _send(document: socket.socket, head: bytes, rest: AsyncIterator[bytes]) -> None:
    if await _sent(document, head):
        async for block in rest:
            if not await _sent(document, block):
                return
        with suppress(OSError):  # it ended meanwhile
            document.shutdown(socket.SHUT_WR)


async def _sent(document: socket.socket, block: bytes) -> bool:
    """Send `block`, or say that the parser no longer listens: it has refused, and its answer says why."""
    try:
        await asyncio.get_running_loop().sock_sendall(document, block)
    except ConnectionError:
        return False
    return True


async def _receive(channel: socket.socket, most: int) -> bytes:
    loop = asyncio.get_running_loop()
    received = bytearray()
    with suppress(ConnectionError):
        while len(received) <= most and (block := await loop.sock_recv(channel, _BLOCK)):
            received += block
    return bytes(received)


def judge(raw: bytes, verdict: wire.Verdict | None, limits: Limits) -> Extracted:
    """Return what a parser answered in `raw` if it ended well and kept every rule; its watcher's `verdict` comes first.

    Raises ParseFailed otherwise.
    """
    if verdict is None:
        raise ParseFailed("unavailable")
    if verdict.timed_out or verdict.signal == _SIGNAL_CPU:
        raise ParseFailed("timed_out")
    # Nobody else kills a parser but a kernel out of memory; libraries in C end by other signals where they get no more.
    if verdict.signal == _SIGNAL_KILL or (verdict.signal and verdict.much_memory):
        raise ParseFailed("too_much_memory")
    if verdict.signal or verdict.code or len(raw) > limits.reply_bytes:
        raise ParseFailed("crashed")
    try:
        return decode(raw, limits)
    except Untrustworthy as error:
        _log.warning("parser.answer_refused", rule=str(error))
        raise ParseFailed("crashed") from error
