"""A stream is encrypted to one recipient as it is read, and nothing is left behind by a reader that leaves."""

import asyncio
import threading
from collections.abc import AsyncGenerator

import pyrage
import pytest
from pyrage import x25519

from tenancy.errors import Unavailable
from tenancy.exports.sealing import sealed
from tests.tenancy.exports.reading import until_broken_off, whole

KEY = x25519.Identity.generate()
RECIPIENT = str(KEY.to_public())


async def _pieces(count: int, size: int = 200_000) -> AsyncGenerator[bytes, None]:
    for number in range(count):
        yield bytes([number % 251]) * size


async def _no_threads() -> None:
    """Wait for the threads of this test to end; they have to."""
    for each in threading.enumerate():
        if each.name.startswith("export"):
            await asyncio.to_thread(each.join, 10)
            assert not each.is_alive()


@pytest.mark.parametrize("count", [0, 1, 40])
async def test_what_comes_out_decrypts_to_what_went_in(count: int) -> None:
    out = await whole(sealed(_pieces(count), RECIPIENT))
    assert pyrage.decrypt(out, [KEY]) == await whole(_pieces(count))
    assert await whole(sealed(_pieces(count), RECIPIENT)) != out
    await _no_threads()


async def test_it_reads_no_further_ahead_than_its_reader_has_room() -> None:
    read = 0

    async def counted() -> AsyncGenerator[bytes, None]:
        nonlocal read
        async for piece in _pieces(200):
            read += len(piece)
            yield piece

    out = sealed(counted(), RECIPIENT)
    await anext(out)
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert read < 3_000_000
    await out.aclose()
    await _no_threads()


async def test_a_failure_of_what_is_read_is_raised_as_it_is_and_leaves_no_end() -> None:
    async def failing() -> AsyncGenerator[bytes, None]:
        async for piece in _pieces(20):
            yield piece
        raise Unavailable("records", "The disk is gone.")

    sent = await until_broken_off(sealed(failing(), RECIPIENT), Unavailable)
    assert sent
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sent, [KEY])
    await _no_threads()


async def test_a_reader_that_leaves_ends_the_thread_and_what_it_read_from() -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield bytes(100_000)
        finally:
            closed.set()

    out = sealed(endless(), RECIPIENT)
    await anext(out)
    await out.aclose()
    assert closed.is_set()
    await _no_threads()


async def test_a_reader_that_is_cancelled_ends_the_thread_as_well() -> None:
    waiting = asyncio.Event()

    async def stuck() -> AsyncGenerator[bytes, None]:
        yield bytes(100_000)
        waiting.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(whole(sealed(stuck(), RECIPIENT)))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _no_threads()
