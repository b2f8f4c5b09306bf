"""Encrypt a stream to a recipient in the age format (age-encryption.org/v1), in a thread of its own.

Rules this module enforces:

* The format's own end is written only after the last byte was: whatever broke off in between does not decrypt.
* The thread ends with the reader: one that leaves, or that never comes back, leaves nothing running behind.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, TypeVar, final

import pyrage
from pyrage import x25519

from tenancy.errors import ServiceError

_AHEAD: Final = 4  # sealed pieces of 64 KiB that wait for the reader
Answer = TypeVar("Answer")


@final
class _Pipe:
    """What the cipher reads from and writes to, in its thread; both are done by the event loop."""

    def __init__(self, plain: AsyncGenerator[bytes, None], out: asyncio.Queue[bytes]) -> None:
        self.failed: ServiceError | OSError | None = None
        self._loop = asyncio.get_running_loop()
        self._plain, self._out = plain, out
        self._left = memoryview(b"")
        self._ending = threading.Lock()
        self._ended = False
        self._under_way: Future[Any] | None = None

    def read(self, most: int) -> bytes:
        """Return up to `most` bytes, none at the end."""
        while not self._left:
            part = self._done(self._next())
            if part is None:
                return b""
            self._left = memoryview(part)
        taken, self._left = self._left[:most], self._left[most:]
        return bytes(taken)

    async def _next(self) -> bytes | None:
        try:
            return await anext(self._plain, None)
        except (ServiceError, OSError) as error:
            self.failed = error  # the cipher knows no errors but its own
            raise

    def write(self, data: bytes) -> int:
        """Hand on a sealed piece, when there is room."""
        self._done(self._out.put(bytes(data)))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what was written is handed on."""

    def _done(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        with self._ending:
            if self._ended:
                work.close()
                raise CancelledError
            self._under_way = under_way = asyncio.run_coroutine_threadsafe(work, self._loop)
        return under_way.result()

    def end(self) -> None:
        """Have whatever the thread waits for be cancelled, now and from now on."""
        with self._ending:
            self._ended = True
            if self._under_way is not None:
                self._under_way.cancel()


async def sealed(plain: AsyncGenerator[bytes, None], recipient: str) -> AsyncGenerator[bytes, None]:
    """Yield `plain` encrypted to `recipient`, which is one that was read before; raises what `plain` raises."""
    out: asyncio.Queue[bytes] = asyncio.Queue(_AHEAD)
    pipe = _Pipe(plain, out)
    pool = ThreadPoolExecutor(1, "export")
    key = x25519.Recipient.from_str(recipient)
    work = asyncio.get_running_loop().run_in_executor(pool, pyrage.encrypt_io, pipe, pipe, [key])
    try:
        while not work.done() or not out.empty():
            piece = asyncio.ensure_future(out.get())
            try:
                await asyncio.wait({piece, work}, return_when=asyncio.FIRST_COMPLETED)
                if piece.done():
                    yield piece.result()
            finally:
                piece.cancel()
        await _finished(work, pipe)
    finally:
        pipe.end()
        with suppress(pyrage.EncryptError):
            await asyncio.wait({work})
            work.result()
        pool.shutdown(wait=False)
        await plain.aclose()


async def _finished(work: "asyncio.Future[None]", pipe: _Pipe) -> None:
    try:
        await work
    except pyrage.EncryptError:
        if pipe.failed is not None:
            raise pipe.failed from None
        raise
