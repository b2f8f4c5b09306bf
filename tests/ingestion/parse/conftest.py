"""One pool of parsers for all tests of formats: preloading takes seconds."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest_asyncio

from ingestion.parse import Extracted, ParserPool

Parse = Callable[[str, bytes], Awaitable[Extracted]]


async def blocks(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    """Yield `content` as an upload arrives."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pool() -> AsyncIterator[ParserPool]:
    """Yield a started pool with the limits the service has."""
    with tempfile.TemporaryDirectory() as folder:
        pool = ParserPool(Path(folder) / "parsers", accept_missing_walls=True)
        await pool.start()
        try:
            yield pool
        finally:
            await pool.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def parse(pool: ParserPool) -> Parse:
    """Return a function that parses bytes under a name."""

    async def parse_bytes(name: str, content: bytes) -> Extracted:
        return await pool.parse(blocks(content), name=name, size=len(content))

    return parse_bytes
